//! One figure for everything that the core said in a set of batches: a change of the core that
//! means to change nothing is held against it, before and after.
//!
//! Not kept as a constant: any change of a decision, of the simulator or of the person moves it.
//! Run it on both sides of a change with `--ignored --nocapture` and compare.

use crate::batches;
use line_core::event::{Input, Output};
use line_core::ids::Nanos;
use packline::simulation::observer::{CoreStart, Observer};
use packline::simulation::virtual_line::{Pace, VirtualLine};
use sha2::{Digest, Sha256};

/// Hashes every output with the number of the input that it followed.
#[derive(Default)]
struct Listener {
    hash: Sha256,
    inputs: u64,
    outputs: u64,
}

impl Observer for Listener {
    fn begin(&mut self, _: CoreStart<'_>) {}

    fn input(&mut self, _: Nanos, _: &Input) {
        self.inputs += 1;
    }

    fn output(&mut self, output: &Output) {
        self.outputs += 1;
        self.hash.update(format!("{} {output:?}\n", self.inputs));
    }

    fn settled(&mut self) {}
}

#[test]
#[ignore = "a figure to compare before and after a change: run it with --ignored --nocapture"]
fn figure_of_every_output() {
    let mut all = Sha256::new();
    let (mut inputs, mut outputs) = (0, 0);
    for (about, batch) in batches() {
        let mut line = VirtualLine::observed(batch, Pace::Even, Listener::default());
        assert!(line.run(), "{about}: standstill");
        let heard = std::mem::take(line.observer());
        all.update(heard.hash.finalize());
        (inputs, outputs) = (inputs + heard.inputs, outputs + heard.outputs);
    }
    let figure: String = all.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{inputs} inputs, {outputs} outputs: {figure}");
}
