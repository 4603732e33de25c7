//! Where the time of a batch goes, when somebody asks.
//!
//! Used by campaigns on a sample of their batches. Must never change what happens.

use std::time::Instant;

/// Nanoseconds by part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// In the core: `handle` and `poll`.
    pub core_ns: u64,
    /// In the simulated world.
    pub world_ns: u64,
    /// In the judge.
    pub judge_ns: u64,
    /// The whole batch.
    pub all_ns: u64,
}

/// A part that is being measured, or not.
pub(super) struct Span(Option<Instant>);

impl Span {
    pub(super) fn begin(metered: bool) -> Self {
        Self(metered.then(Instant::now))
    }

    pub(super) fn end(self, into: &mut u64) {
        if let Some(begun) = self.0 {
            *into += begun.elapsed().as_nanos() as u64;
        }
    }
}
