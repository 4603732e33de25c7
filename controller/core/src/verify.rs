//! Verification: is what the stations saw of this pack what was commanded for it?
//!
//! A join over the recipe's stations. Called by `line` when a pack's proof may be complete. Must
//! never look for a code anywhere else than on its own pack (but may tell that it belongs to a
//! neighbour), and never repair what was read.

use crate::event::CameraReading;
use crate::line_config::LineConfig;
use crate::reason::RejectReason;
use crate::record::ReadContent;
use crate::station::{Joined, StationRules, joined};
use crate::track::Slot;
use codes::{Expiry, Gtin, Lot, NationalNumber, SerialNumber, build_pack_with_symbology};
use contracts::camera::{InLineGrade, ReadStatus, flags};

/// A camera result as it was bound to a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Sequence of the result.
    pub seq: u64,
    /// Trigger of the camera's epoch.
    pub trigger: u32,
    /// What the camera found.
    pub status: ReadStatus,
    /// The result is complete, of the right recipe and of a camera that counts here.
    pub trusted: bool,
    /// In-line grade.
    pub grade: InLineGrade,
    /// What it read.
    pub content: ReadContent,
}

impl Reading {
    /// Takes over a result; `simulation` lets simulated cameras count (OPC 40100-1).
    #[must_use]
    pub fn new(result: &CameraReading, simulation: bool) -> Self {
        let partial = result.flags & flags::PARTIAL != 0;
        let simulated = result.flags & flags::SIMULATED != 0;
        Self {
            seq: result.seq,
            trigger: result.trigger,
            status: result.status,
            trusted: result.recipe_ok && !partial && (simulation || !simulated),
            grade: result.grade,
            content: result.content,
        }
    }
}

/// What is the same on every pack of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchData {
    /// Product code.
    pub gtin: Gtin,
    /// Expiry date.
    pub expiry: Expiry,
    /// Batch number.
    pub lot: Lot,
    /// National number, where the market wants one in the code.
    pub national: Option<NationalNumber>,
    /// What the stations beside the camera must find.
    pub stations: StationRules,
}

/// Where the proof of a pack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Something has not been reported yet.
    Open,
    /// Every station of the recipe reported OK for this pack.
    Complete,
    /// It failed.
    Failed(RejectReason),
}

impl BatchData {
    /// True when `read` is byte for byte what is commanded for `number`.
    #[must_use]
    pub fn matches(&self, number: &SerialNumber, read: &ReadContent) -> bool {
        let national = self.national.as_ref();
        let expected =
            build_pack_with_symbology(&self.gtin, number, &self.expiry, &self.lot, national);
        expected.as_bytes() == read.as_bytes()
    }
}

/// The proof of a pack: label bound and confirmed, one trusted result, content and grade, and every
/// other station of the recipe.
#[must_use]
pub fn proof(slot: &Slot, batch: &BatchData, config: &LineConfig) -> Proof {
    let by_code = proof_of_code(slot, batch, config);
    if by_code != Proof::Complete {
        // The code is judged first, also when a station has found a fault before it was read: only
        // the code tells that labels have slipped.
        return by_code;
    }
    match joined(&slot.stations, &batch.stations) {
        Joined::Failed(reason) => Proof::Failed(reason),
        Joined::Open => Proof::Open,
        Joined::Proven => Proof::Complete,
    }
}

fn proof_of_code(slot: &Slot, batch: &BatchData, config: &LineConfig) -> Proof {
    if let Some(fault) = slot.fault {
        return Proof::Failed(fault);
    }
    if slot.duplicate {
        return Proof::Failed(RejectReason::ResultDuplicate);
    }
    let Some(reading) = &slot.reading else {
        return Proof::Open;
    };
    if let Some(reason) = unread(reading) {
        return Proof::Failed(reason);
    }
    let Some(label) = &slot.label else {
        return Proof::Failed(RejectReason::NoJob);
    };
    if label.void {
        return Proof::Failed(RejectReason::PrintUnconfirmed);
    }
    if !batch.matches(&label.number, &reading.content) {
        return Proof::Failed(RejectReason::ContentMismatch);
    }
    if reading.grade.overall < config.grade_min {
        return Proof::Failed(RejectReason::LowGrade);
    }
    if label.confirmed { Proof::Complete } else { Proof::Open }
}

fn unread(reading: &Reading) -> Option<RejectReason> {
    match reading.status {
        ReadStatus::Error => Some(RejectReason::CameraError),
        ReadStatus::NoRead => Some(RejectReason::NoRead),
        ReadStatus::Multiple => Some(RejectReason::MultipleCodes),
        ReadStatus::Decoded if !reading.trusted => Some(RejectReason::CameraError),
        ReadStatus::Decoded => None,
    }
}

/// Why a pack is rejected whose proof is still open when it must be decided.
#[must_use]
pub fn overdue_reason(slot: &Slot, batch: &BatchData) -> RejectReason {
    if let Joined::Failed(reason) = joined(&slot.stations, &batch.stations) {
        return reason;
    }
    match (&slot.reading, &slot.label) {
        (Some(_), Some(label)) if !label.confirmed => RejectReason::PrintUnconfirmed,
        (Some(_), _) => RejectReason::StationNoResult,
        (None, None) => RejectReason::NoJob,
        (None, Some(_)) => RejectReason::NoResult,
    }
}
