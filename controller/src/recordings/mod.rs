//! Recordings of batches: where they are kept, and what comes of it when one is run again.
//!
//! `recordings/BATCH/0001.rec` and so on in the data directory, one file for each life of the core
//! in that batch. Must never change a recording once it is written.

mod compare;
mod header;
mod life;
mod outcome;
mod replay;
mod save;
mod steps;
mod store;

pub use compare::{CompareError, Difference};
pub use header::{Origin, header, serials_sha256};
pub use outcome::{Outcome, ReplayError};
pub use replay::{Seen, Source, replay};
pub use save::{Lived, alone, save};
pub(crate) use steps::RESULT_IN;
pub use steps::{Step, Told, steps_of};
pub use store::{Begun, Store, StoreError};
