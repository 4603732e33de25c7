//! Print jobs between pool and pack: assigned, durable, sent, printed, applied; bounded look-ahead.
//!
//! Called by `line`. A serial becomes a job here and nothing can make a second job of it. Must
//! never send a job whose assignment is not durable, nor tell a print that the labeler did not.

use crate::event::{Dispatch, LabelerReport};
use crate::ids::{Epoch, JobSeq, RecordSeq, SerialIndex};
use crate::limits::{APPLIED_PENDING, LOOK_AHEAD_MAX};
use crate::pool::AllocatedSerial;
use codes::SerialNumber;
use heapless::Deque;

/// Jobs that are assigned and whose label is not yet known to be on a pack.
pub const JOBS: usize = LOOK_AHEAD_MAX + APPLIED_PENDING;

/// A job and how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Number within the labeler's epoch.
    pub job: JobSeq,
    /// Index in the pool.
    pub serial: SerialIndex,
    /// The serial number.
    pub number: SerialNumber,
    /// Record that must be durable before it is sent.
    pub record: RecordSeq,
    /// It was handed to the labeler's link.
    pub sent: bool,
    /// The labeler confirmed the print.
    pub printed: bool,
    /// Its strobe was seen and it was bound to a pack.
    pub applied: bool,
}

/// The jobs of the current labeler epoch, oldest first.
#[derive(Debug, Default)]
pub struct PrintQueue {
    jobs: Deque<Job, JOBS>,
    epoch: Epoch,
    next: JobSeq,
    last_applied: JobSeq,
    unsent: usize,
    unprinted: usize,
}

impl PrintQueue {
    /// Begins an epoch, or goes on in it after a flush: the next job is the one after
    /// `last_accepted`. Jobs still here must have been taken out before.
    pub fn arm(&mut self, report: &LabelerReport) {
        debug_assert!(self.jobs.is_empty());
        self.epoch = report.epoch;
        self.next = report.last_accepted.next();
        self.last_applied = report.last_applied;
    }

    /// Labeler epoch of the jobs.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Jobs that are assigned and not printed.
    #[must_use]
    pub const fn unprinted(&self) -> usize {
        self.unprinted
    }

    /// Jobs whose label is not yet on a pack: assigned, sent, or printed and on the web.
    #[must_use]
    pub fn unapplied(&self) -> usize {
        self.jobs.iter().filter(|j| !j.applied).count()
    }

    /// True when `look_ahead` leaves room for one more job.
    #[must_use]
    pub fn has_room(&self, look_ahead: usize) -> bool {
        !self.jobs.is_full() && self.unprinted() < look_ahead.min(LOOK_AHEAD_MAX)
    }

    /// Turns a serial into the next job; `record` is the record of its assignment.
    /// Call only when there is room.
    pub fn assign(&mut self, serial: AllocatedSerial, record: RecordSeq) {
        let job = Job {
            job: self.next,
            serial: serial.index(),
            number: serial.number(),
            record,
            sent: false,
            printed: false,
            applied: false,
        };
        if self.jobs.push_back(job).is_ok() {
            self.next = self.next.next();
            self.unsent += 1;
            self.unprinted += 1;
        }
    }

    /// The number that the next job will have.
    #[must_use]
    pub const fn next_job(&self) -> JobSeq {
        self.next
    }

    /// After a restart: the epoch of the latest job, open or not.
    pub fn recover_epoch(&mut self, epoch: Epoch) {
        self.epoch = epoch;
    }

    /// Puts a job back that was assigned before a restart.
    pub fn recover(&mut self, job: Job) {
        if self.jobs.push_back(job).is_ok() {
            self.next = job.job.next();
            self.unsent += usize::from(!job.sent);
            self.unprinted += usize::from(!job.printed);
        }
    }

    /// The next job that is durable and has not been sent.
    pub fn dispatch(&mut self, durable: RecordSeq) -> Option<Dispatch> {
        let labeler_epoch = self.epoch;
        // Jobs are sent in their order: what is unsent is at the end.
        let job = self.jobs.get_mut(self.jobs.len() - self.unsent)?;
        if job.record > durable {
            return None;
        }
        job.sent = true;
        self.unsent -= 1;
        Some(Dispatch { labeler_epoch, job: job.job, serial: job.serial, number: job.number })
    }

    /// The oldest job that the labeler reports as printed and that is not marked so; marks it.
    pub fn next_printed(&mut self, last_printed: JobSeq) -> Option<Job> {
        let job = self.jobs.iter_mut().find(|j| !j.printed && j.sent && j.job <= last_printed)?;
        job.printed = true;
        self.unprinted -= 1;
        Some(*job)
    }

    /// The job whose label the next strobe of the line I/O belongs to; marks it applied.
    pub fn apply_next(&mut self) -> Option<Job> {
        // The labeler prints in the order of the jobs; a flush leaves a gap in their numbers.
        let job = self.jobs.iter_mut().find(|j| !j.applied).filter(|j| j.sent)?;
        job.applied = true;
        self.last_applied = job.job;
        Some(*job)
    }

    /// Last job bound to a pack by its strobe.
    #[must_use]
    pub const fn last_applied(&self) -> JobSeq {
        self.last_applied
    }

    /// After a restart: strobes up to this job have been handled.
    pub fn applied_up_to(&mut self, job: JobSeq) {
        self.last_applied = job;
    }

    /// Takes out jobs at the front that are printed and applied: nothing more happens to them.
    pub fn retire(&mut self) {
        while self.jobs.front().is_some_and(|j| j.printed && j.applied) {
            self.jobs.pop_front();
        }
    }

    /// Takes out every job, oldest first; the caller decides about its serial.
    pub fn take_any(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.unsent -= usize::from(!job.sent);
        self.unprinted -= usize::from(!job.printed);
        Some(job)
    }

    /// True when no job is out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Pool;

    fn queue(n: u32) -> PrintQueue {
        let numbers = (0..n).map(|i| format!("S{i}").parse().unwrap()).collect();
        let mut pool = Pool::new(numbers, 0);
        let mut queue = PrintQueue::default();
        queue.arm(&LabelerReport { epoch: Epoch(7), ..LabelerReport::default() });
        for i in 0..n {
            queue.assign(pool.take().unwrap(), RecordSeq(u64::from(i) + 1));
        }
        queue
    }

    #[test]
    fn i3_a_job_leaves_only_when_its_assignment_is_durable_and_leaves_once() {
        let mut queue = queue(3);
        assert_eq!(queue.dispatch(RecordSeq(0)), None);
        assert_eq!(queue.dispatch(RecordSeq(2)).unwrap().job, JobSeq(1));
        assert_eq!(queue.dispatch(RecordSeq(2)).unwrap().job, JobSeq(2));
        assert_eq!(queue.dispatch(RecordSeq(2)), None);
        assert_eq!(queue.dispatch(RecordSeq(3)).unwrap().job, JobSeq(3));
        assert_eq!(queue.dispatch(RecordSeq(9)), None);
    }

    #[test]
    fn printed_and_applied_are_told_apart_and_in_order() {
        let mut queue = queue(3);
        while queue.dispatch(RecordSeq(9)).is_some() {}
        assert_eq!(queue.apply_next().unwrap().job, JobSeq(1));
        queue.retire();
        assert_eq!(queue.unprinted(), 3);
        assert_eq!(queue.next_printed(JobSeq(2)).unwrap().job, JobSeq(1));
        assert_eq!(queue.next_printed(JobSeq(2)).unwrap().job, JobSeq(2));
        assert_eq!(queue.next_printed(JobSeq(2)), None);
        queue.retire();
        assert_eq!(queue.apply_next().unwrap().job, JobSeq(2));
        assert_eq!(queue.unprinted(), 1);
    }
}
