//! What devices and ledger report, as it goes into the core: fixed size, no meaning yet.
//!
//! Part of the closed list of inputs. Must never hold a date, a handle or a string.

use super::PackFate;
use crate::ids::{EncoderCount, Epoch, JobSeq, SerialIndex, TrackIndex};
use crate::reason::RejectReason;
use crate::record::{ReadContent, Verdict};
use contracts::camera::{InLineGrade, ReadStatus};
use contracts::labeler::{LabelerFault, LabelerStatus};
use contracts::station::{Finding, Station};

/// Device totals that count as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountBases {
    /// Line-I/O epoch that the bases belong to.
    pub io_epoch: Epoch,
    /// Infeed.
    pub infeed: u32,
    /// Exit.
    pub exit: u32,
    /// Eject confirm.
    pub eject: u32,
    /// Labeler epoch that `printed` belongs to.
    pub labeler_epoch: Epoch,
    /// Labels printed.
    pub printed: u32,
}

/// The labeler's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelerReport {
    /// Its epoch.
    pub epoch: Epoch,
    /// The batch header in force is ours.
    pub header_ok: bool,
    /// Last job accepted.
    pub last_accepted: JobSeq,
    /// Last job printed.
    pub last_printed: JobSeq,
    /// Last job applied.
    pub last_applied: JobSeq,
    /// Labels printed in the epoch.
    pub printed_total: u32,
    /// Labels applied in the epoch.
    pub applied_total: u32,
    /// Number of the last flush performed.
    pub flush_done: u16,
    /// First job dropped by it, 0 for none.
    pub flushed_from: JobSeq,
    /// Last job dropped by it.
    pub flushed_to: JobSeq,
    /// Latest refusal.
    pub fault: LabelerFault,
}

impl LabelerReport {
    /// From a status frame; `header_hash` is the hash of the order's header.
    #[must_use]
    pub fn from_status(status: &LabelerStatus, header_hash: u32) -> Self {
        Self {
            epoch: Epoch(status.epoch),
            header_ok: status.header_hash == header_hash,
            last_accepted: JobSeq(status.last_accepted),
            last_printed: JobSeq(status.last_printed),
            last_applied: JobSeq(status.last_applied),
            printed_total: status.printed_total,
            applied_total: status.applied_total,
            flush_done: status.action_done,
            flushed_from: JobSeq(status.flushed_from),
            flushed_to: JobSeq(status.flushed_to),
            fault: status.fault,
        }
    }
}

/// One camera result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraReading {
    /// Epoch of the camera.
    pub epoch: Epoch,
    /// Sequence in the epoch.
    pub seq: u64,
    /// n-th trigger of the epoch.
    pub trigger: u32,
    /// What it found.
    pub status: ReadStatus,
    /// Bits of `contracts::camera::flags`.
    pub flags: u8,
    /// The camera used the order's recipe.
    pub recipe_ok: bool,
    /// In-line grade.
    pub grade: InLineGrade,
    /// What it read, with symbology identifier.
    pub content: ReadContent,
}

/// One result of a station beside the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StationReading {
    /// Which.
    pub station: Station,
    /// Epoch of the station.
    pub epoch: Epoch,
    /// Sequence in the epoch.
    pub seq: u32,
    /// n-th strobe of the epoch.
    pub trigger: u32,
    /// How it went.
    pub finding: Finding,
    /// Bits of `contracts::camera::flags`.
    pub flags: u8,
    /// The station used the order's recipe.
    pub recipe_ok: bool,
    /// Milligrams, or 1 for present.
    pub value: i32,
    /// What it read.
    pub content: ReadContent,
}

/// A pack of an open batch as the ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveredPack {
    /// The pack.
    pub track: TrackIndex,
    /// Encoder count at the infeed.
    pub infeed: EncoderCount,
    /// Line-I/O epoch that the count belongs to.
    pub io_epoch: Epoch,
    /// Its serial.
    pub serial: Option<SerialIndex>,
    /// Its verdict, when there is one.
    pub verdict: Option<Verdict>,
    /// Why it was rejected.
    pub reason: Option<RejectReason>,
    /// Its fate.
    pub fate: PackFate,
    /// Encoder count of its exit or ejection, when there was one.
    pub fate_count: Option<EncoderCount>,
    /// Seen at the exit.
    pub exit_seen: bool,
}
