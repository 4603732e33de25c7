//! No difference between the core and the reference, input by input, whatever happens on the line.

use crate::batches;
use packline::simulation::reference::Reference;
use packline::simulation::virtual_line::{Pace, VirtualLine};

#[test]
fn the_reference_has_no_difference() {
    let (mut wrong, mut inputs) = (Vec::new(), 0);
    for (about, batch) in batches() {
        let mut line = VirtualLine::observed(batch, Pace::Even, Reference::default());
        if !line.run() {
            wrong.push(format!("{about}: standstill"));
        }
        let reference = line.observer();
        inputs += reference.inputs();
        if let Some(first) = reference.differences().first() {
            wrong.push(format!("{about}: {} differences, first {first:#?}", reference.count()));
        }
    }
    eprintln!("{inputs} inputs compared");
    assert!(inputs > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}
