//! What the unit works towards, and the steps within a PackML acting state.
//!
//! Part of `Line`; `course` goes from step to step. Must never hold anything but where it stands.

use crate::ids::{EncoderCount, Nanos};

/// What the unit works towards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Run on.
    Run,
    /// Complete the order.
    Complete,
    /// Stop cleanly and leave the order open.
    Shutdown,
}

/// Steps within a PackML acting state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// None under way.
    None,
    /// Waiting until old permits, and by need old print jobs, are dead.
    Clearing { flush: Option<u16>, permit_epoch: u32 },
    /// The belt runs with the gate in reject.
    Purging { from: EncoderCount, ejected_before: u64, flushed: bool },
    /// The belt is empty; counters come to rest.
    Arming { until: Nanos, flushed: bool },
    /// The belt runs on without new packs.
    Draining,
    /// The belt is empty; the labeler drops what it has.
    Flushing { flush: u16 },
}

impl Phase {
    pub(super) const fn is_clearing(self) -> bool {
        matches!(self, Self::Clearing { .. })
    }

    /// Packs on the belt are rejected whatever is known of them.
    pub(super) const fn is_purging(self) -> bool {
        matches!(self, Self::Clearing { .. } | Self::Purging { .. } | Self::Arming { .. })
    }

    /// The labeler drops what it has: a job sent now would be printed behind that, for no pack.
    pub(super) const fn drops_jobs(self) -> bool {
        matches!(self, Self::Clearing { .. } | Self::Flushing { .. })
    }

    pub(super) const fn deadline(self) -> Option<Nanos> {
        match self {
            Self::Arming { until, .. } => Some(until),
            _ => None,
        }
    }
}
