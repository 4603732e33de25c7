//! What the verifier says.
//!
//! Must never claim more than was checked.

use super::anchors::NewestAnchor;
use crate::chain::EventColumns;
use crate::ids::LedgerKind;
use crate::seal::Seal;
use serde::Serialize;

/// Whether the chains are whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Yes.
    Ok,
    /// No.
    Broken,
    /// Not looked at, because something before it was broken.
    NotChecked,
}

/// The first thing found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// Event that it was found at; 0 when it belongs to no event.
    pub seq: i64,
    /// The event's chain, when it was read.
    pub chain: Option<String>,
    /// The event's number in its chain, when it was read.
    pub chain_seq: Option<i64>,
    /// What.
    pub what: String,
}

impl Bad {
    /// At an event that was read.
    pub(super) fn at(event: &EventColumns<'_>, what: &str) -> Self {
        let (chain, chain_seq) = (Some(event.chain.to_owned()), Some(event.chain_seq));
        Self { seq: event.seq, chain, chain_seq, what: what.to_owned() }
    }

    /// At an event that could not be read, or with 0 at none.
    pub(super) fn seq(seq: i64, what: &str) -> Self {
        Self { seq, chain: None, chain_seq: None, what: what.to_owned() }
    }
}

/// A batch that is not closed: what of it could still be changed unseen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenBatch {
    /// The batch.
    pub batch: String,
    /// Events in its chain.
    pub events: i64,
    /// Those of them that no anchor covers; all of them without anchors.
    pub events_since_last_anchor: i64,
}

/// A batch in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SealedBatch {
    /// The batch.
    pub batch: String,
    /// Name of the file.
    pub file: String,
    /// SHA-256 that the file must have, hex.
    pub sha256: String,
    /// Events in it.
    pub events: i64,
}

impl SealedBatch {
    pub(super) fn of(seal: &Seal) -> Self {
        Self {
            batch: seal.batch.as_str().to_owned(),
            file: seal.file.clone(),
            sha256: seal.sha256.clone(),
            events: seal.events,
        }
    }
}

/// What the verifier says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Simulation or production, as the chain says.
    pub kind: Option<LedgerKind>,
    /// Line, as the chain says.
    pub line_id: Option<String>,
    /// Events read and found good, with those of sealed batches.
    pub records: i64,
    /// Batches in files of their own: what is in them is not looked at here.
    pub sealed: Vec<SealedBatch>,
    /// Files of those that were verified and are the ones on record.
    pub sealed_verified: usize,
    /// Batch chains among them, trial runs included.
    pub batches: u64,
    /// Those that are not closed.
    pub open_batches: Vec<OpenBatch>,
    /// Hashes, links, batch heads, signatures of checkpoints and rotations.
    pub chain: Outcome,
    /// Rebuilt and equal, schema included.
    pub projections: Outcome,
    /// Hash of the site chain's last event, hex.
    pub head: String,
    /// Keys that signed, one after another.
    pub signing_keys: usize,
    /// Anchors were given, at least one, and all fit.
    pub anchored: bool,
    /// Anchors that were given, about what is there.
    pub anchors: usize,
    /// Anchors about events that a restore from an older backup has lost.
    pub anchors_of_lost_part: usize,
    /// Epoch of the ledger: 1 at creation, one more after each restore.
    pub ledger_epoch: Option<u32>,
    /// The newest of them.
    pub newest_anchor: Option<NewestAnchor>,
    /// Events that no anchor covers: what could be cut off or rewritten unseen.
    pub records_after_last_anchor: i64,
    /// The first thing found wrong.
    pub first_bad: Option<Bad>,
}

impl VerifyReport {
    /// True when nothing was found wrong.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.first_bad.is_none()
    }
}
