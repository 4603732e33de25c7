//! Records: facts that are due, the course of the unit, counters.
//!
//! Part of the reference. Must never ask the core.

use super::view::View;
use contracts::line_io::{Channel, inputs};
use contracts::packml::UnitState as S;
use contracts::station::Station;
use line_core::ids::Epoch;
use line_core::reason::HoldCause as H;
use line_core::record::{Record, RecordBody as B};

impl View {
    pub(super) fn record(&mut self, record: &Record) {
        let expected = (self.emitted.next(), self.now);
        if expected != (record.seq, record.now) {
            self.differ("number and time of a record", expected, record);
        }
        let epochs = [self.step.io_epoch_before, self.io_epoch].map(Option::unwrap_or_default);
        let known = [self.step.io_seq_before, self.io_seq].contains(&record.io_seq)
            && epochs.contains(&record.io_epoch);
        self.must(known, "a record tells the last event handled", record);
        self.emitted = record.seq;
        self.under_way.push_back((record.seq, record.io_seq));
        match record.body {
            B::UnitState { from, to } => self.unit_state(from, to),
            B::OrderState { from, to } => {
                let before = std::mem::replace(&mut self.order, to);
                self.must(before == from, "the order's state before", from);
            }
            B::Hold { cause } => self.held(cause),
            B::HoldEnded { cause } => {
                self.must(self.waiting.is_empty(), "a hold ends when no pack waits", cause);
                let waits = cause == H::FirstPack && self.first_pack_due && !self.step.stop_told;
                self.must(!waits, "this hold ends with the approval, or the order", cause);
                self.holds.retain(|&c| c != cause);
            }
            B::PurgeBegin { permit_epoch } => self.purge_begin(permit_epoch),
            B::PurgeEnd { .. } => self.purge_end(),
            B::JobAssigned { serial, labeler_epoch, job } => {
                self.assigned(serial, labeler_epoch, job, record.seq);
            }
            B::Printed { serial, labeler_epoch, job } => {
                self.was_printed(serial, labeler_epoch, job);
            }
            B::SerialInvalid { serial, cause, printed } => {
                self.serial_invalid(serial, cause, printed);
            }
            B::LabelScrapped { serial } => self.label_scrapped(serial),
            B::ExtraLabels { count } => self.extra_labels(count),
            B::Verdict { .. } => self.verdict(&record.body, record.seq),
            B::CountsBegin { .. } => self.bases_told(&record.body),
            B::Counts { counts, in_process } => {
                let open = self.packs.iter().filter(|p| p.open()).count() as u32;
                let sums = if self.counting { self.sums() } else { self.earlier };
                if (counts, in_process) != (sums, open) {
                    self.differ("the line's counters", (sums, open), (counts, in_process));
                }
            }
            B::GradeTrend { .. } | B::Suspended { .. } | B::ResultDiscarded { .. } => {}
            B::LinkUp { .. }
            | B::LinkDown { .. }
            | B::PackInfeed { .. }
            | B::LabelApplied { .. }
            | B::StationResult { .. }
            | B::PackExited { .. }
            | B::PackEjected { .. }
            | B::EjectedWithoutPack { .. }
            | B::ExitedWithoutPack { .. }
            | B::PackUnresolved { .. }
            | B::PackResolved { .. } => self.fact(record.body),
        }
    }

    fn fact(&mut self, body: B) {
        match self.step.facts.iter().position(|due| *due == body) {
            Some(at) => drop(self.step.facts.remove(at)),
            None => self.differ("a fact that the inputs tell", self.step.facts.clone(), body),
        }
    }

    fn held(&mut self, cause: H) {
        let seen = self.step.holds.contains(&cause);
        // Rules of the core that the reference does not follow; see the module's head.
        let of_the_core = matches!(
            cause,
            H::PoolEmpty
                | H::LedgerCredit
                | H::CameraOutOfStep
                | H::StationOutOfStep
                | H::LabelerFault
                | H::Slip
        );
        let shown = cause == H::FirstPack && self.step.first_pack_shown;
        let shown = shown || cause == H::PowerFail && self.power_fails();
        self.must(seen || shown || of_the_core, "a hold for a cause that is there", cause);
        self.must(self.can_be_held(), "a hold in a state that can be held", self.unit);
        if !seen {
            self.doubt(cause);
        }
        self.holds.push(cause);
        self.step.held.push(cause);
        (self.purging, self.clearing) = (false, false);
        // At the order's end: whether the labeler has dropped its jobs is not known then.
        self.needs_purge |= self.unit == S::Completing && self.flush.is_some();
        self.needs_purge |= !matches!(
            cause,
            H::Operator
                | H::ConsecutiveRejects
                | H::RejectPercentage
                | H::PoolEmpty
                | H::LedgerCredit
                | H::BinFull
                | H::BinUnlocked
                | H::Utilities
                | H::LabelerLink
                | H::CameraLink
                | H::StationLink
                | H::FirstPack
                | H::PowerFail
        );
    }

    fn unit_state(&mut self, from: S, to: S) {
        let before = std::mem::replace(&mut self.unit, to);
        self.must(before == from, "the unit's state before", from);
        let empty = !self.packs.iter().any(|p| p.open());
        match (from, to) {
            (S::Starting | S::Unholding, S::Execute | S::Completing) if self.purging => {
                self.must(self.purged && empty, "a purge ends before the line runs", to);
                self.armed();
            }
            (S::Unholding, S::Execute) | (S::Held, S::Completing) => {
                self.must(!self.needs_purge, "no running on where proof was lost", from);
            }
            (S::Completing, S::Complete | S::Stopped) => {
                let done = empty && self.jobs.is_empty();
                self.must(done, "an order ends with an empty belt and no job out", to);
            }
            (S::Unholding | S::Holding | S::Held, S::Stopped) => {
                self.must(self.is_heard(), "a line stops when its devices are heard", from);
            }
            (_, S::Execute) => self.must(
                matches!(from, S::Unsuspending),
                "Execute is entered from Starting, Unholding or Unsuspending",
                from,
            ),
            _ => {}
        }
        if from == S::Held {
            self.in_a_row = 0;
            self.last_hundred.clear();
        }
        if !matches!(to, S::Starting | S::Unholding) {
            (self.purging, self.clearing) = (false, false);
        }
    }

    /// An empty belt: from now on the devices' n-th triggers are the line I/O's.
    fn armed(&mut self) {
        self.packs.clear();
        self.camera.arm(self.totals[Channel::CameraTrigger.index()]);
        for station in Station::ALL.into_iter().filter(|&s| self.batch.stations.names(s)) {
            self.stations[station.index()].arm(self.totals[Channel::of(station).index()]);
        }
        self.arm_jobs();
        self.needs_purge = false;
    }

    fn purge_begin(&mut self, permit_epoch: u32) {
        let closed = permit_epoch == self.permit_epoch && permit_epoch >= self.purge_epoch;
        self.must(
            self.clearing && closed,
            "a purge begins when old permits are dead",
            permit_epoch,
        );
        let dropped = self.flush.is_none() || self.jobs.is_empty();
        self.must(dropped, "a purge begins when old jobs are dropped", self.jobs.len());
        self.clearing = false;
        self.purge_from = Some(self.encoder);
    }

    fn purge_end(&mut self) {
        let travel = self.purge_from.map_or(0, |from| self.encoder.abs_diff(from));
        let empty = !self.packs.iter().any(|p| p.open());
        let clear = self.io_inputs & inputs::ANY_EYE_BLOCKED == 0;
        let done = self.purging && travel >= self.c.purge_counts && empty && clear && self.drained;
        self.must(done, "a purge ends after its travel, with clear eyes and no pack", travel);
        self.purged = true;
        (self.missing, self.foreign, self.lost) = (false, false, false);
    }

    /// The first begin of the counts is at an empty belt; later ones follow a device's epoch.
    fn bases_told(&mut self, body: &B) {
        if self.counting {
            return self.fact(*body);
        }
        let io = self.io_epoch.unwrap_or_default();
        let labeler = self.labeler.map_or(Epoch(0), |l| l.epoch);
        self.bases = self.zero_here(io, labeler);
        self.counting = true;
        let expected = self.counts_begin();
        if expected != *body {
            self.differ("where the counts begin", expected, body);
        }
    }
}
