//! The line's own counters since the batch's counts began, over device epochs.
//!
//! Called by `line` with the devices' free-running totals. Must never count by itself: these
//! figures are what the books are checked against (invariant I4).

use crate::event::CountBases;
use crate::ids::Epoch;
use crate::record::LineCounts;
use contracts::line_io::{CHANNELS, Channel};

/// Sums of earlier epochs, bases and latest totals of the present ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    earlier: LineCounts,
    bases: CountBases,
    totals: [u32; CHANNELS],
    printed: u32,
    counting: bool,
}

impl Counts {
    /// Takes over what the ledger knows of an open batch.
    pub fn recover(&mut self, earlier: LineCounts, bases: CountBases) {
        self.earlier = earlier;
        self.bases = bases;
        self.totals[Channel::Infeed.index()] = bases.infeed;
        self.totals[Channel::Exit.index()] = bases.exit;
        self.totals[Channel::EjectConfirm.index()] = bases.eject;
        self.printed = bases.printed;
        self.counting = true;
    }

    /// After a clean stop: the counts begin anew behind the next purge, on top of these.
    pub fn carry(&mut self, earlier: LineCounts) {
        self.earlier = earlier;
    }

    /// Notes the line I/O's totals.
    pub fn line_io(&mut self, totals: [u32; CHANNELS]) {
        self.totals = totals;
    }

    /// Notes the labeler's total.
    pub fn labeler(&mut self, printed: u32) {
        self.printed = printed;
    }

    /// True once the batch's counts have begun.
    #[must_use]
    pub const fn counting(&self) -> bool {
        self.counting
    }

    /// Counts begin, or go on after a clean stop: what the devices say now is zero.
    pub fn begin(&mut self, io_epoch: Epoch, labeler_epoch: Epoch) {
        self.rebase(io_epoch, labeler_epoch);
        self.counting = true;
    }

    /// A new line-I/O epoch: its totals begin at `totals`.
    pub fn new_line_io(&mut self, io_epoch: Epoch, totals: [u32; CHANNELS]) {
        self.earlier = self.now();
        self.totals = totals;
        let labeler = self.bases.labeler_epoch;
        self.rebase(io_epoch, labeler);
    }

    /// A new labeler epoch: its total begins at `printed`. What it had printed since it was last
    /// asked went with its counter, but for `accounted`, the labels that are on record one by one.
    /// The line I/O's bases stay: it may hold edges that it has counted and we have not read.
    pub fn new_labeler(&mut self, labeler_epoch: Epoch, printed: u32, accounted: u64) {
        self.earlier.printed = self.now().printed.max(accounted);
        (self.printed, self.bases.printed) = (printed, printed);
        self.bases.labeler_epoch = labeler_epoch;
    }

    fn rebase(&mut self, io_epoch: Epoch, labeler_epoch: Epoch) {
        self.bases = CountBases {
            io_epoch,
            infeed: self.totals[Channel::Infeed.index()],
            exit: self.totals[Channel::Exit.index()],
            eject: self.totals[Channel::EjectConfirm.index()],
            labeler_epoch,
            printed: self.printed,
        };
    }

    /// Sums of earlier epochs.
    #[must_use]
    pub const fn earlier(&self) -> LineCounts {
        self.earlier
    }

    /// Bases of the present epochs.
    #[must_use]
    pub const fn bases(&self) -> CountBases {
        self.bases
    }

    /// The n-th infeed edge of the batch for an ordinal of the device, 0 before the counts began.
    #[must_use]
    pub fn track(&self, infeed_ordinal: u32) -> u32 {
        let here = infeed_ordinal.saturating_sub(self.bases.infeed);
        here.saturating_add(u32::try_from(self.earlier.infeed).unwrap_or(u32::MAX / 2))
    }

    /// The counts of the batch: before they begin, and between a clean stop and the next purge,
    /// what the devices have counted since is not the batch's.
    #[must_use]
    pub fn of_batch(&self) -> LineCounts {
        if self.counting { self.now() } else { self.earlier }
    }

    /// The counts now.
    #[must_use]
    pub fn now(&self) -> LineCounts {
        let since = |channel: Channel, base: u32| {
            u64::from(self.totals[channel.index()].saturating_sub(base))
        };
        LineCounts {
            infeed: self.earlier.infeed + since(Channel::Infeed, self.bases.infeed),
            exit: self.earlier.exit + since(Channel::Exit, self.bases.exit),
            eject_confirm: self.earlier.eject_confirm
                + since(Channel::EjectConfirm, self.bases.eject),
            printed: self.earlier.printed
                + u64::from(self.printed.saturating_sub(self.bases.printed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_run_on_over_epochs() {
        let mut counts = Counts::default();
        counts.line_io([10, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0]);
        counts.labeler(9);
        assert_eq!(counts.of_batch(), LineCounts::default());
        counts.begin(Epoch(1), Epoch(1));
        assert_eq!(counts.now(), LineCounts::default());
        assert_eq!(counts.track(11), 1);
        counts.line_io([15, 0, 0, 0, 0, 11, 3, 0, 0, 0, 0]);
        counts.labeler(14);
        counts.new_line_io(Epoch(2), [0; CHANNELS]);
        counts.new_labeler(Epoch(5), 0, 3);
        assert_eq!(counts.track(1), 6, "an edge that was counted and not read yet");
        counts.line_io([2, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
        counts.labeler(1);
        let now = counts.now();
        assert_eq!((now.infeed, now.exit, now.eject_confirm, now.printed), (7, 4, 2, 6));
        assert_eq!(counts.track(1), 6);
        counts.new_labeler(Epoch(6), 0, 40);
        assert_eq!(counts.now().printed, 40, "a restart of ours and the labeler's at once");
    }
}
