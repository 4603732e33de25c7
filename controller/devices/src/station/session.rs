//! A station as a device that gives results by sequence: see [`results`](crate::results); the same
//! for each kind of station and over either protocol.
//!
//! Driven by the transports and, in virtual time, by the simulated line. Must never judge a result.

use crate::results::{Counters, ResultSource, ResultsSession};
use contracts::station::{Station, StationResult, StationStatus};
use line_core::event::{Input, StationReading};
use line_core::ids::Epoch;
use line_core::record::ReadContent;

/// The conversation with a station.
pub type StationSession = ResultsSession<Beside>;

/// What is a station's own.
#[derive(Clone, Copy, Debug)]
pub struct Beside(Station);

impl StationSession {
    /// A session that has not met its device.
    #[must_use]
    pub const fn new(station: Station) -> Self {
        Self::of(Beside(station))
    }

    /// Which station it talks to.
    #[must_use]
    pub const fn station(&self) -> Station {
        self.source().0
    }
}

impl ResultSource for Beside {
    type Status = StationStatus;
    type Result = StationResult;
    type Seq = u32;

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn counters(status: &StationStatus) -> Counters {
        let StationStatus { epoch, recipe_hash, last_seq, triggers } = *status;
        Counters { epoch, recipe_hash, last_seq: u64::from(last_seq), triggers }
    }

    fn seq(result: &StationResult) -> u64 {
        u64::from(result.seq)
    }

    fn wanted(seq: u64) -> u32 {
        number(seq)
    }

    fn up(&self, epoch: Epoch, recipe_ok: bool, triggers: u32) -> Input {
        Input::StationUp { station: self.0, epoch, recipe_ok, triggers }
    }

    fn down(&self) -> Input {
        Input::StationDown { station: self.0 }
    }

    fn reading(&self, result: &StationResult, epoch: Epoch, recipe_hash: Option<u32>) -> Input {
        Input::StationResult(StationReading {
            station: self.0,
            epoch,
            seq: result.seq,
            trigger: result.trigger,
            finding: result.finding,
            flags: result.flags,
            recipe_ok: recipe_hash == Some(result.recipe_hash),
            value: result.value,
            content: ReadContent::new(&result.content),
        })
    }

    fn sample(&self, triggers: u32, last_seq: u64) -> Input {
        Input::StationSample { station: self.0, triggers, last_seq: number(last_seq) }
    }
}

/// A sequence number of a station's contract; the last one has no next.
fn number(seq: u64) -> u32 {
    u32::try_from(seq).unwrap_or(u32::MAX)
}
