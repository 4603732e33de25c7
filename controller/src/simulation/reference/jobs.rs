//! Print jobs: assigned once, sent once, printed as the labeler counts, applied as strobes come.
//!
//! Part of the reference. Must never ask the core.

use super::pack::{Label, Pack};
use super::view::View;
use contracts::packml::UnitState;
use line_core::event::{Dispatch, LabelerReport};
use line_core::ids::{EncoderCount, Epoch, JobSeq, RecordSeq, SerialIndex};
use line_core::reason::{HoldCause as H, InvalidCause};
use line_core::record::{Device, RecordBody};

/// A job that is neither on a pack and printed, nor given up.
pub(super) struct Job {
    pub(super) job: JobSeq,
    pub(super) serial: SerialIndex,
    pub(super) record: RecordSeq,
    pub(super) sent: bool,
    pub(super) printed: bool,
    pub(super) applied: bool,
}

impl View {
    pub(super) fn labeler_up(&mut self, report: &LabelerReport) {
        self.labeler_up = true;
        let epoch = report.epoch;
        self.step.facts.push(RecordBody::LinkUp { device: Device::Labeler, epoch });
        let of_jobs = (!self.jobs.is_empty()).then_some(self.job_epoch);
        // Without a report the counts tell whose labels they were, and before them the jobs.
        let of_counts = self.counting.then_some(self.bases.labeler_epoch);
        let known = self.labeler.map(|l| l.epoch).or(of_counts).or(of_jobs);
        if known.is_some_and(|known| known != epoch) {
            self.step.labeler_restarted = true;
            if self.counting {
                self.earlier.printed = self.sums().printed.max(self.labels_explained);
                (self.printed, self.bases.printed) = (0, 0);
                self.bases.labeler_epoch = epoch;
                self.step.facts.push(self.counts_begin());
            }
            self.hold(H::LabelerRestart);
        }
        self.labeler_report(report);
    }

    pub(super) fn labeler_report(&mut self, report: &LabelerReport) {
        self.labeler = Some(*report);
        if !self.counting || report.epoch == self.bases.labeler_epoch {
            self.printed = report.printed_total;
        }
        self.confirm();
    }

    /// A label counts when the labeler says both: printed and applied.
    fn confirm(&mut self) {
        let Some(report) = self.labeler else { return };
        for label in self.packs.iter_mut().filter_map(|p| p.label.as_mut()) {
            let there = label.job <= report.last_printed && label.job <= report.last_applied;
            label.confirmed |= there && label.epoch == report.epoch;
        }
    }

    /// A strobe: the next label is on the pack that stands at the labeler.
    pub(super) fn at_labeler(&mut self, count: u64) {
        let (offset, window) = (self.c.labeler_counts, self.c.window_counts);
        let here = |p: &Pack| p.open() && p.is_at(count, offset, window);
        let told_before = |p: &Pack| here(p) && p.recovered && p.label.is_some();
        if !self.counting || self.packs.iter().any(told_before) {
            return;
        }
        let next = self.jobs.iter_mut().find(|j| !j.applied).filter(|j| j.sent);
        let Some(job) = next else { return self.hold(H::Slip) };
        job.applied = true;
        let (serial, job, epoch) = (job.serial, job.job, self.job_epoch);
        let bare = self.packs.iter_mut().find(|p| here(p) && p.label.is_none());
        let Some(pack) = bare else {
            self.forget_done();
            return self.hold(H::Slip);
        };
        pack.label = Some(Label { serial, job, epoch, confirmed: false, void: false });
        let (track, count) = (pack.track, EncoderCount(count));
        self.step.facts.push(RecordBody::LabelApplied { track, serial, job, count });
        self.forget_done();
        self.confirm();
    }

    pub(super) fn recovered_label(serial: SerialIndex) -> Label {
        Label { serial, job: JobSeq(0), epoch: Epoch(0), confirmed: true, void: false }
    }

    pub(super) fn recover_job(
        &mut self,
        serial: SerialIndex,
        job: JobSeq,
        printed: bool,
        applied: bool,
    ) {
        self.next_job = job.next();
        let record = RecordSeq(0);
        self.jobs.push(Job { job, serial, record, sent: true, printed, applied });
    }

    /// Jobs begin anew on an empty belt, behind a flush.
    pub(super) fn arm_jobs(&mut self) {
        let Some(report) = self.labeler.filter(|_| self.flush.take().is_some()) else { return };
        self.must(self.jobs.is_empty(), "no job outlives a flush", self.jobs.len());
        (self.job_epoch, self.next_job) = (report.epoch, report.last_accepted.next());
    }

    pub(super) fn assigned(
        &mut self,
        serial: SerialIndex,
        epoch: Epoch,
        job: JobSeq,
        at: RecordSeq,
    ) {
        let expected = (self.job_epoch, self.next_job);
        if (epoch, job) != expected {
            self.differ("number of a print job", expected, (epoch, job));
        }
        let new = serial.0 >= self.next_serial && (serial.0 as usize) < self.numbers.len();
        self.must(new, "a serial is given to one job, in order", serial);
        self.must(self.unit == UnitState::Execute, "jobs are assigned in Execute", self.unit);
        (self.next_serial, self.next_job) = (serial.0 + 1, job.next());
        let (record, sent, printed, applied) = (at, false, false, false);
        self.jobs.push(Job { job, serial, record, sent, printed, applied });
        let ahead = self.jobs.iter().filter(|j| !j.printed).count();
        self.must(ahead <= usize::from(self.c.look_ahead), "the look-ahead is bounded", ahead);
    }

    pub(super) fn dispatched(&mut self, dispatch: Dispatch) {
        let Dispatch { labeler_epoch, job, serial, number } = dispatch;
        self.must(self.labeler_up, "a job is sent to a labeler that answers", job);
        self.must(!self.clearing, "no job is sent while old ones are dropped", job);
        let first = self.used.sent.insert(serial.0);
        self.must(first, "a serial is sent once", serial);
        let told = self.numbers.get(serial.0 as usize);
        if told != Some(&number) {
            self.differ("number of the serial", told.copied(), number);
        }
        let (epoch, durable) = (self.job_epoch, self.durable);
        let known = self.jobs.iter_mut().find(|j| j.job == job && j.serial == serial);
        let Some(known) = known.filter(|j| !j.sent && labeler_epoch == epoch) else {
            return self.differ("a job that was assigned and not sent", (), dispatch);
        };
        known.sent = true;
        let on_disk = known.record <= durable;
        self.must(on_disk, "a job is sent when its assignment is on disk", dispatch);
    }

    pub(super) fn was_printed(&mut self, serial: SerialIndex, epoch: Epoch, job: JobSeq) {
        let counted = self.labeler.is_some_and(|l| l.epoch == epoch && l.last_printed >= job);
        let known = self.jobs.iter_mut().find(|j| j.serial == serial && j.job == job);
        let live = known.filter(|j| j.sent && !j.printed).map(|j| j.printed = true).is_some();
        self.must(counted && live, "a print that the labeler counts, once", (serial, job));
        self.labels_explained += 1;
        self.forget_done();
    }

    /// Nothing more happens to a job that is printed and applied.
    fn forget_done(&mut self) {
        self.jobs.retain(|j| !(j.printed && j.applied));
    }

    pub(super) fn serial_invalid(
        &mut self,
        serial: SerialIndex,
        cause: InvalidCause,
        printed: bool,
    ) {
        let allowed = match cause {
            InvalidCause::Flushed => self.flush_is_done(),
            InvalidCause::LabelerEpoch => self.step.labeler_restarted,
            InvalidCause::Restart | InvalidCause::BatchEnd => false,
        };
        self.must(allowed, "a serial becomes invalid by flush or labeler epoch", serial);
        let at = self.jobs.iter().position(|j| j.serial == serial && !j.printed);
        let mut label = self.packs.iter_mut().filter_map(|p| p.label.as_mut());
        let worn = label.find(|l| l.serial == serial).map(|l| l.void = true).is_some();
        let Some(job) = at.map(|at| self.jobs.remove(at)) else {
            return self.differ("an unprinted serial becomes invalid", (), serial);
        };
        if printed != (worn || job.applied) {
            self.differ("is an invalid serial on a label", worn || job.applied, printed);
        }
        self.labels_explained += u64::from(printed);
    }

    fn flush_is_done(&self) -> bool {
        self.labeler_up && self.labeler.map(|l| l.flush_done) == self.flush
    }

    pub(super) fn label_scrapped(&mut self, serial: SerialIndex) {
        let allowed = self.flush_is_done() || self.step.labeler_restarted;
        let on_web = |j: &Job| j.serial == serial && j.printed && !j.applied;
        let at = self.jobs.iter().position(on_web);
        self.must(allowed && at.is_some(), "a label on the web is scrapped by a flush", serial);
        at.map(|at| self.jobs.remove(at));
    }

    pub(super) fn extra_labels(&mut self, count: u32) {
        let printed = match self.step.labeler_restarted {
            // The old epoch's labels; the new one's are another sum.
            true => self.earlier.printed,
            false => self.sums().printed,
        };
        let expected = printed.saturating_sub(self.labels_explained);
        if u64::from(count) != expected {
            self.differ("labels beyond the jobs", expected, count);
        }
        self.labels_explained += u64::from(count);
    }
}
