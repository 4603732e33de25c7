//! The creation of a ledger cut off at any operation: the next start has a ledger, or makes one.
//!
//! On real files, for the service asks the operating system for them. Must never take away a ledger
//! that was in use.

use crate::reference::{LEDGER, Place, Reference};
use crash_vfs::{Cut, Image, Medium, Random, Replay};
use packline::service::books::{forget_unborn, require_intact};
use std::error::Error;

fn write(place: &Place, image: &Image) -> std::io::Result<()> {
    for (name, bytes) in image {
        std::fs::write(place.path().join(&**name), bytes)?;
    }
    Ok(())
}

/// Starts after each cut; how many began anew, and how many found the ledger made.
pub fn start_after_each_cut(reference: &Reference) -> Result<[usize; 2], Box<dyn Error>> {
    let mut replay = Replay::new(&reference.trace, Medium::Honest);
    let mut starts = [0; 2];
    let mut random = Random::new(1);
    while replay.at() < reference.marks[0] {
        for cut in Cut::ALL {
            let place = reference.home.beside()?;
            write(&place, &replay.image(cut, &mut random))?;
            let about = format!("operation {} {cut:?}", replay.at());
            require_intact(&place.ledger).map_err(|error| format!("{about}: {error}"))?;
            let made = place.ledger.exists();
            let bench = if made { place.open() } else { place.create() };
            drop(bench.map_err(|error| format!("{about}: {error}"))?);
            starts[usize::from(made)] += 1;
        }
        replay.step();
    }
    Ok(starts)
}

/// An empty file where a ledger was in use is no interrupted creation.
pub fn an_empty_ledger_stays(reference: &Reference) -> Result<(), Box<dyn Error>> {
    for used in ["signing.pub", "anchors.jsonl"] {
        let place = reference.home.beside()?;
        std::fs::write(&place.ledger, b"")?;
        std::fs::write(place.path().join(used), b"\n")?;
        forget_unborn(place.path(), &place.ledger)?;
        assert!(place.ledger.exists(), "{LEDGER} beside {used} was taken away");
        assert!(require_intact(&place.ledger).is_err(), "{LEDGER} beside {used} is a loss");
    }
    Ok(())
}
