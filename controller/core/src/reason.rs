//! Closed lists: why a pack was rejected, why the line holds, why a serial became invalid, how an
//! unresolved pack was resolved. The README lists them; records hold their names.
//!
//! Used by decisions and records. Must never be extended without README and docs.

use serde::{Deserialize, Serialize};

/// Why a pack was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum RejectReason {
    /// The labeler had no job for it, or its strobe was not seen: no serial is bound.
    NoJob,
    /// The labeler's own count of applied labels does not confirm the edge.
    PrintUnconfirmed,
    /// The camera found no code.
    NoRead,
    /// More than one code in view.
    MultipleCodes,
    /// The camera reported an error, a partial result or another recipe.
    CameraError,
    /// The code is not the one commanded.
    ContentMismatch,
    /// The code belongs to a neighbour: the labels have slipped.
    Slip,
    /// In-line grade below the recipe's limit.
    LowGrade,
    /// No result by the time the pack reached the gate.
    NoResult,
    /// The result came too late to be proven in time.
    ResultLate,
    /// A second result for the same pack.
    ResultDuplicate,
    /// The accept was not durable in time.
    LedgerLate,
    /// The permit was not acknowledged in time.
    PermitLate,
    /// No ledger credit at infeed: not tracked.
    Untracked,
    /// Not seen where a station expected it.
    LostAtStation,
    /// An eye was blocked for longer than a pack: touching packs.
    Touching,
    /// A neighbour could not be kept apart from it at the gate.
    NotSeparable,
    /// The link to a device that must prove it was down.
    LinkDown,
    /// On the belt when the line was purged.
    Purge,
    /// The readable text is not the one commanded.
    TextMismatch,
    /// The carton is not the order's.
    CartonMismatch,
    /// The tamper-evident label is not there.
    TamperEvidenceMissing,
    /// Lighter or heavier than the recipe allows.
    WeightOutOfLimits,
    /// A station had nothing to read or weigh.
    StationNoRead,
    /// A station reported an error, a partial result or another recipe.
    StationError,
    /// A station of the recipe did not report by the time the pack reached the gate.
    StationNoResult,
    /// Nothing is wrong with it: the order's first pack is not approved yet.
    FirstPack,
}

/// Why the unit is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum SuspendCause {
    /// The machine before us has nothing to deliver and the belt is empty.
    Starved,
    /// The machine behind us cannot take packs.
    Blocked,
}

/// Why the line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum HoldCause {
    /// A person.
    Operator,
    /// N rejects in a row.
    ConsecutiveRejects,
    /// Too many rejects among the last hundred.
    RejectPercentage,
    /// No serial left for the next label.
    PoolEmpty,
    /// Labels and packs have slipped against each other.
    Slip,
    /// A pack's fate is not explained.
    UnexplainedPack,
    /// A pack where none was expected.
    ForeignPack,
    /// Packs stuck together, or an eye that stays blocked.
    BlockedEye,
    /// The link to the labeler is down.
    LabelerLink,
    /// The link to the camera is down.
    CameraLink,
    /// The link to the line I/O is down.
    LineIoLink,
    /// The labeler restarted.
    LabelerRestart,
    /// The camera restarted.
    CameraRestart,
    /// The line I/O restarted.
    LineIoRestart,
    /// Camera results and triggers do not match.
    CameraOutOfStep,
    /// The labeler refused a job.
    LabelerFault,
    /// The line I/O dropped the run permit by itself.
    LineIoFault,
    /// No credit for further records.
    LedgerCredit,
    /// The ledger cannot commit, or does not know whether it did.
    Ledger,
    /// The reject bin is full.
    BinFull,
    /// Safety chain or air pressure.
    Utilities,
    /// The service restarted in mid-batch.
    Restart,
    /// The link to a station beside the camera is down.
    StationLink,
    /// A station beside the camera restarted.
    StationRestart,
    /// A station's results and strobes do not match.
    StationOutOfStep,
    /// The reject bin is not locked.
    BinUnlocked,
    /// A pack is missing where it should be and one is where none should be: no position on the
    /// belt is certain, and it is emptied by hand.
    PositionsLost,
    /// The first pack lies in the reject bin and waits to be approved by two persons.
    FirstPack,
    /// The mains have failed and a UPS carries the line: the belt was drained before.
    PowerFail,
}

impl HoldCause {
    /// True when the belt must be purged before the line may run on: position or binding of what
    /// is on the belt is no longer proven.
    #[must_use]
    pub const fn needs_purge(self) -> bool {
        use HoldCause as H;
        match self {
            H::Operator
            | H::ConsecutiveRejects
            | H::RejectPercentage
            | H::PoolEmpty
            | H::LedgerCredit
            | H::BinFull
            | H::Utilities
            | H::LabelerLink
            | H::CameraLink
            | H::StationLink
            | H::BinUnlocked
            | H::FirstPack
            | H::PowerFail => false,
            H::Slip
            | H::UnexplainedPack
            | H::ForeignPack
            | H::BlockedEye
            | H::LineIoLink
            | H::LabelerRestart
            | H::CameraRestart
            | H::LineIoRestart
            | H::CameraOutOfStep
            | H::LabelerFault
            | H::LineIoFault
            | H::Ledger
            | H::StationRestart
            | H::StationOutOfStep
            | H::PositionsLost
            | H::Restart => true,
        }
    }

    /// True when the jobs at the labeler can no longer be joined with strobes: what is unprinted
    /// must be dropped and becomes invalid.
    #[must_use]
    pub const fn needs_flush(self) -> bool {
        use HoldCause as H;
        match self {
            H::Slip
            | H::LabelerRestart
            | H::LabelerFault
            | H::LineIoRestart
            | H::Ledger
            | H::PositionsLost
            | H::Restart => true,
            H::Operator
            | H::ConsecutiveRejects
            | H::RejectPercentage
            | H::PoolEmpty
            | H::UnexplainedPack
            | H::ForeignPack
            | H::BlockedEye
            | H::LabelerLink
            | H::CameraLink
            | H::LineIoLink
            | H::CameraRestart
            | H::CameraOutOfStep
            | H::LineIoFault
            | H::LedgerCredit
            | H::BinFull
            | H::BinUnlocked
            | H::StationLink
            | H::StationRestart
            | H::StationOutOfStep
            | H::FirstPack
            | H::PowerFail
            | H::Utilities => false,
        }
    }
}

/// Why a serial became SNInvalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum InvalidCause {
    /// Flushed from the labeler, reported unprinted.
    Flushed,
    /// The labeler restarted: print status unknown.
    LabelerEpoch,
    /// The controller restarted before the job was sent or confirmed.
    Restart,
    /// Batch end, never dispatched, by policy of the order.
    BatchEnd,
}

/// How a person resolved a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Resolution {
    /// Found behind the gate: needs a durable accept and an exit edge that no other pack owns.
    Exited,
    /// Found in the reject bin.
    Ejected,
    /// Taken by hand.
    Removed,
}
