//! Rows of the ledger in memory.
//!
//! Filled by `apply`. Must never hold what no record or declaration says.

use contracts::open_scs::SerialState;
use line_core::event::PackFate;
use line_core::ids::{EncoderCount, Epoch, JobSeq, SerialIndex, TrackIndex};
use line_core::reason::RejectReason;
use line_core::record::{LineCounts, Verdict};

/// Who commissioned a serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommissionedBy {
    /// The exit eye.
    Line,
    /// A person's resolution.
    Resolution,
}

/// A serial of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialRow {
    /// OPEN-SCS state.
    pub state: SerialState,
    /// Its print job.
    pub job: Option<(Epoch, JobSeq)>,
    /// The pack that bears it.
    pub track: Option<TrackIndex>,
    /// Printed, as far as known.
    pub printed: bool,
    /// Who commissioned it.
    pub commissioned_by: Option<CommissionedBy>,
}

impl SerialRow {
    /// Allocated and not dispatched.
    #[must_use]
    pub const fn allocated() -> Self {
        Self {
            state: SerialState::Allocated,
            job: None,
            track: None,
            printed: false,
            commissioned_by: None,
        }
    }

    /// Printed and valid, whatever came later.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.state as u8 >= SerialState::Encoded as u8
    }
}

/// A pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackRow {
    /// Its serial.
    pub serial: Option<SerialIndex>,
    /// Its last verdict.
    pub verdict: Option<Verdict>,
    /// Why it was rejected.
    pub reason: Option<RejectReason>,
    /// An accept is on record.
    pub accepted: bool,
    /// What became of it.
    pub fate: PackFate,
    /// Encoder count at the infeed.
    pub infeed: EncoderCount,
    /// Line-I/O epoch of the counts.
    pub io_epoch: Epoch,
    /// Count at the exit.
    pub exit_count: Option<EncoderCount>,
    /// Count at the confirmed ejection.
    pub eject_count: Option<EncoderCount>,
    /// An exit edge stands for it although the line did not commission it.
    pub exit_edge: bool,
}

impl PackRow {
    pub(super) const fn entered(infeed: EncoderCount, io_epoch: Epoch) -> Self {
        Self {
            serial: None,
            verdict: None,
            reason: None,
            accepted: false,
            fate: PackFate::InProcess,
            infeed,
            io_epoch,
            exit_count: None,
            eject_count: None,
            exit_edge: false,
        }
    }
}

/// The line's own counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CountBase {
    pub(super) bases: line_core::event::CountBases,
    /// Sums when the bases began.
    pub(super) begin: LineCounts,
    /// Latest sums.
    pub(super) latest: LineCounts,
}
