//! What came of a replay, and why there may be none.
//!
//! Filled by `replay.rs` and `life.rs`. Must never call identical what was not compared.

use super::compare::{CompareError, Difference};
use ledger::LedgerError;
use line_core::ids::RecordSeq;
use line_core::record::RecordBody;
use recording::{End, ReadError};
use serde::Serialize;
use std::path::PathBuf;

/// What came of it; the JSON of `packline replay`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// The batch.
    pub batch: String,
    /// Lives of the core that were run.
    pub segments: u32,
    /// Inputs given.
    pub inputs: u64,
    /// Packs that entered.
    pub packs: u64,
    /// Records that the core made.
    pub records: u64,
    /// Verdicts among them.
    pub verdicts: u64,
    /// Records that were compared and are the same.
    pub compared: u64,
    /// No difference was found.
    pub identical: bool,
    /// The first one.
    pub first_difference: Option<Difference>,
    /// Every record of the batch was compared.
    pub complete: bool,
    /// Records in the ledger that the recording does not reach.
    pub not_recorded: u64,
    /// Records made at the end of a life that was cut short: never durable, never committed.
    pub uncommitted: u64,
    /// Version of the core's rules that ran now, and those that ran then.
    pub rules: (u16, Vec<u16>),
    /// Time of the core in all, comparing included, in microseconds, and for each pack.
    pub took_us: u64,
    /// The same for each pack.
    pub us_per_pack: f64,
    /// What else is to be said.
    pub notes: Vec<String>,
}

/// Why a recording cannot be run again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It is damaged, or not of this version.
    #[error("{}: {error}", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Block, offset and what is wrong.
        error: ReadError,
    },
    /// It cannot be read.
    #[error("failed to read {}: {error}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is whole and makes no sense, or does not belong to this ledger.
    #[error("{}: {what}", file.display())]
    Nonsense {
        /// Which file.
        file: PathBuf,
        /// What.
        what: String,
    },
    /// It was not compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
}

impl From<LedgerError> for ReplayError {
    fn from(error: LedgerError) -> Self {
        Self::Compare(error.into())
    }
}

impl Outcome {
    pub(super) fn count(&mut self, body: &RecordBody) {
        self.records += 1;
        self.verdicts += u64::from(matches!(body, RecordBody::Verdict { .. }));
        self.packs += u64::from(matches!(body, RecordBody::PackInfeed { .. }));
    }

    pub(super) fn differs(&mut self, difference: Difference) {
        self.first_difference.get_or_insert(difference);
    }

    /// A record that the ledger does not have: allowed only when it was never durable.
    pub(super) fn beyond(
        &mut self,
        segment: u32,
        (seq, got, input): (RecordSeq, String, u64),
        durable: RecordSeq,
        whole: bool,
    ) {
        if whole || seq <= durable {
            let what = "a record that was durable is not there";
            let (record, ledger_seq, expected) = (seq.0, None, String::new());
            self.differs(Difference { segment, record, input, ledger_seq, what, expected, got });
        }
    }
}

/// What is to be said of a life that ended early.
pub(super) fn ending(segment: u32, end: Option<End>, left: u64) -> Option<String> {
    let why = match end {
        Some(End::Clean) => return None,
        Some(End::Full) => "it had reached its bound",
        Some(End::Gap) => "the recorder could not follow",
        Some(End::LedgerLost) => "the ledger's handle was lost",
        None => "its process ended, or still runs",
    };
    let behind = if left == 0 { "nothing".into() } else { format!("{left} records") };
    Some(format!("segment {segment} ends early: {why}; {behind} of the ledger lies behind it"))
}
