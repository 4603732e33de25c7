//! The labeler's reports and strobes: prints confirmed, labels bound to packs, jobs refilled.
//!
//! Part of `Line`. A serial binds to a pack at `applied`: the strobe's place tells the pack, its
//! order the job, and the labeler's own counters must agree. Must never bind by guess.

use super::Line;
use crate::event::{LabelerReport, Output};
use crate::ids::{EncoderCount, JobSeq};
use crate::print::Job;
use crate::reason::{HoldCause, InvalidCause};
use crate::record::{Device, RecordBody};
use crate::register::Stage;
use crate::track::{Label, Slot};
use contracts::labeler::LabelerFault;
use contracts::packml::{UnitMode, UnitState};

impl Line {
    pub(super) fn labeler_up(&mut self, report: LabelerReport) {
        self.labeler_up = true;
        self.record(RecordBody::LinkUp { device: Device::Labeler, epoch: report.epoch });
        let known = self.labeler.map(|l| l.epoch);
        let jobs_epoch = (!self.print.is_empty()).then(|| self.print.epoch());
        // After a restart of ours the counts know whose they are; a label that no pack got may be
        // of an earlier epoch.
        let counted = self.counts.counting().then(|| self.counts.bases().labeler_epoch);
        if known.or(counted).or(jobs_epoch).is_some_and(|k| k != report.epoch) {
            self.labeler_restarted(&report);
        }
        self.labeler_report(report);
    }

    /// Its queue and counters are gone: whatever was not reported printed is in doubt.
    fn labeler_restarted(&mut self, report: &LabelerReport) {
        let accounted = self.labels_accounted;
        self.void_jobs(InvalidCause::LabelerEpoch);
        if self.counts.counting() {
            self.counts.new_labeler(report.epoch, 0, accounted);
            self.record_bases();
        }
        self.hold(HoldCause::LabelerRestart);
    }

    pub(super) fn labeler_down(&mut self) {
        if self.labeler_up {
            self.labeler_up = false;
            self.record(RecordBody::LinkDown { device: Device::Labeler });
            self.hold(HoldCause::LabelerLink);
        }
    }

    pub(super) fn labeler_report(&mut self, report: LabelerReport) {
        self.labeler = Some(report);
        if !self.counts.counting() || report.epoch == self.counts.bases().labeler_epoch {
            self.counts.labeler(report.printed_total);
        }
        if report.epoch == self.print.epoch() {
            self.confirm_prints(&report);
        }
        use LabelerFault as F;
        let refused = matches!(report.fault, F::Gap | F::Conflict | F::WebBreak);
        if (refused || !report.header_ok) && self.unit == UnitState::Execute {
            self.hold(HoldCause::LabelerFault);
        }
        self.refill();
    }

    fn confirm_prints(&mut self, report: &LabelerReport) {
        let labeler_epoch = report.epoch;
        while let Some(job) = self.print.next_printed(report.last_printed) {
            let (serial, job) = (job.serial, job.job);
            self.labels_accounted += 1;
            self.record(RecordBody::Printed { serial, labeler_epoch, job });
        }
        self.confirm_labels(report.last_printed.min(report.last_applied));
        self.print.retire();
    }

    /// Labels up to this job are printed and applied.
    fn confirm_labels(&mut self, confirmed: JobSeq) {
        let (offset, window) = (self.config.labeler_counts, self.config.window_counts);
        let encoder = self.io.encoder;
        let reached = |at: EncoderCount| at.plus(offset) <= encoder.plus(window);
        let told =
            |s: &Slot| s.label.is_some_and(|l| !l.confirmed && !l.void && l.job <= confirmed);
        let wanted = |s: &Slot| Stage::Confirm.awaits(s) && told(s);
        while let Some(slot) = self.tracker.awaiting(Stage::Confirm, reached, wanted) {
            let Some(label) = &mut slot.label else { return };
            label.confirmed = true;
        }
    }

    /// A strobe: the next job's label is on the pack that stands at the labeler.
    pub(super) fn at_labeler(&mut self, count: EncoderCount) {
        let (offset, window) = (self.config.labeler_counts, self.config.window_counts);
        let here = |s: &Slot| s.in_process() && s.is_at(count, offset, window);
        let known = self.tracker.has_recovered()
            && self.tracker.find(|s| here(s) && s.label.is_some() && s.recovered).is_some();
        if known || !self.counts.counting() {
            return;
        }
        let Some(job) = self.print.apply_next() else {
            self.hold(HoldCause::Slip);
            return;
        };
        let reached = |at: EncoderCount| at.plus(offset) <= count.plus(window);
        let bare = |s: &Slot| here(s) && s.label.is_none();
        let Some(slot) = self.tracker.awaiting(Stage::Label, reached, bare) else {
            self.hold(HoldCause::Slip);
            return;
        };
        slot.label = Some(Label {
            job: job.job,
            serial: job.serial,
            number: job.number,
            confirmed: false,
            void: false,
            marked: false,
        });
        let (track, serial, job) = (slot.track, job.serial, job.job);
        self.record(RecordBody::LabelApplied { track, serial, job, count });
        if let Some(report) = self.labeler
            && report.epoch == self.print.epoch()
        {
            self.confirm_prints(&report);
        }
        self.refill();
    }

    /// Takes every job out: unprinted serials become invalid, and labels on packs whose print was
    /// never confirmed are void (invariant I3).
    pub(super) fn void_jobs(&mut self, cause: InvalidCause) {
        while let Some(job) = self.print.take_any() {
            if !job.printed {
                self.void_job(&job, cause);
            } else if !job.applied {
                // Printed and never applied: its label was on the web, which is scrapped now.
                self.record(RecordBody::LabelScrapped { serial: job.serial });
            }
        }
        self.declare_extra_labels();
    }

    fn void_job(&mut self, job: &Job, cause: InvalidCause) {
        let wears = |s: &Slot| s.label.is_some_and(|l| l.serial == job.serial);
        let mut printed = job.applied;
        if let Some(slot) = self.tracker.find(wears)
            && let Some(label) = &mut slot.label
        {
            label.void = true;
            printed = true;
        }
        self.labels_accounted += u64::from(printed);
        self.record(RecordBody::SerialInvalid { serial: job.serial, cause, printed });
    }

    /// Labels that the labeler's counter has beyond its jobs: printed twice.
    pub(super) fn declare_extra_labels(&mut self) {
        let extra = self.counts.now().printed.saturating_sub(self.labels_accounted);
        if self.counts.counting() && extra > 0 {
            self.labels_accounted += extra;
            self.record(RecordBody::ExtraLabels { count: extra as u32 });
        }
    }

    /// Keeps the labeler's look-ahead full while the line runs.
    pub(super) fn refill(&mut self) {
        let prints = self.config.mode != UnitMode::Challenge;
        let runs = self.unit == UnitState::Execute && self.labeler_up && prints;
        while runs && self.print.has_room(usize::from(self.config.look_ahead)) {
            let Some(serial) = self.pool.take() else { break };
            let (index, job) = (serial.index(), self.print.next_job());
            let labeler_epoch = self.print.epoch();
            let body = RecordBody::JobAssigned { serial: index, labeler_epoch, job };
            let record = self.record(body);
            self.print.assign(serial, record);
        }
    }

    /// Sends the jobs whose assignment is durable; none behind a flush, nor before one that is due.
    pub(super) fn dispatch(&mut self) {
        if !self.labeler_up || self.phase.drops_jobs() || self.holds.needs_flush() {
            return;
        }
        while let Some(dispatch) = self.print.dispatch(self.durable) {
            self.put(Output::Dispatch(dispatch));
        }
    }
}
