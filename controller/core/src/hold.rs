//! The causes for which the line holds now.
//!
//! Called by `line`. Must never end a hold by itself.

use crate::reason::HoldCause;

/// A set of causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    causes: u32,
    purge: bool,
    flush: bool,
    since_purge: u32,
}

const ALL: [HoldCause; 29] = {
    use HoldCause as H;
    [
        H::Operator,
        H::ConsecutiveRejects,
        H::RejectPercentage,
        H::PoolEmpty,
        H::Slip,
        H::UnexplainedPack,
        H::ForeignPack,
        H::BlockedEye,
        H::LabelerLink,
        H::CameraLink,
        H::LineIoLink,
        H::LabelerRestart,
        H::CameraRestart,
        H::LineIoRestart,
        H::CameraOutOfStep,
        H::LabelerFault,
        H::LineIoFault,
        H::LedgerCredit,
        H::Ledger,
        H::BinFull,
        H::Utilities,
        H::Restart,
        H::StationLink,
        H::StationRestart,
        H::StationOutOfStep,
        H::BinUnlocked,
        H::PositionsLost,
        H::FirstPack,
        H::PowerFail,
    ]
};

impl Holds {
    /// Every cause, in the order of their numbers.
    #[must_use]
    pub const fn all() -> [HoldCause; ALL.len()] {
        ALL
    }

    /// Adds a cause; false when it was there already.
    pub fn add(&mut self, cause: HoldCause) -> bool {
        let bit = 1 << (cause as u8);
        let new = self.causes & bit == 0;
        self.causes |= bit;
        self.since_purge |= bit;
        self.purge |= cause.needs_purge();
        self.flush |= cause.needs_flush();
        new
    }

    /// True when nothing holds the line.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.causes == 0
    }

    /// True when the belt must be purged before the line goes on.
    #[must_use]
    pub const fn needs_purge(&self) -> bool {
        self.purge
    }

    /// True when the labeler's queue must be dropped with the purge.
    #[must_use]
    pub const fn needs_flush(&self) -> bool {
        self.flush
    }

    /// True when this cause is among them.
    #[must_use]
    pub const fn contains(&self, cause: HoldCause) -> bool {
        self.causes & (1 << (cause as u8)) != 0
    }

    /// True when this cause has held the line since the belt was purged, ended or not.
    #[must_use]
    pub const fn since_purge(&self, cause: HoldCause) -> bool {
        self.since_purge & (1 << (cause as u8)) != 0
    }

    /// The causes, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = HoldCause> {
        ALL.into_iter().filter(move |&cause| self.contains(cause))
    }

    /// Forgets the causes, but not that a purge is due.
    pub fn end(&mut self) {
        self.causes = 0;
    }

    /// The belt has been purged. What must begin anew on it has not yet.
    pub fn purged(&mut self) {
        self.since_purge = 0;
    }

    /// A flush that was asked for at the order's end is broken off: whether the labeler has dropped
    /// its jobs is not known.
    pub fn owe_flush(&mut self) {
        self.purge = true;
        self.flush = true;
    }

    /// Triggers and print jobs have begun anew on the purged belt: nothing is due any more. A hold
    /// that came between the purge and this leaves both due.
    pub fn armed(&mut self) {
        self.purge = false;
        self.flush = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_bit_of_its_own_and_is_listed_once() {
        let mut holds = Holds::default();
        for cause in ALL {
            assert!(holds.add(cause), "{cause:?}");
            assert!(!holds.add(cause), "{cause:?}");
        }
        assert_eq!(holds.iter().count(), ALL.len());
        assert_eq!(holds.causes.count_ones() as usize, ALL.len());
        holds.end();
        assert!(holds.is_empty() && holds.needs_purge());
    }
}
