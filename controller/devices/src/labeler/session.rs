//! The conversation with the labeler, without the socket: what to write next and what an answer
//! means.
//!
//! Driven by a transport (`modbus.rs`, `opcua.rs`) once a cycle; the core's outputs come in by
//! [`apply`], its inputs go out through a `push` closure that says false when the ring is full.
//! Must never choose, renumber or repeat a serial.
//!
//! **Jobs.** The tail holds the jobs that the labeler has not accepted. A contact begins by
//! reading the labeler's status. In the same epoch the tail is sent again from `last_accepted + 1`
//! on, with the same sequence and crc; jobs up to `last_accepted` are never sent again. In another
//! epoch the tail is dropped: its serials are in doubt and the core invalidates them. Jobs are
//! held back while the header in force is not ours.
//!
//! **Flush.** A flush is ordered by its place among the dispatches: jobs dispatched before it are
//! accepted first, then the action is sent, then later jobs follow. So the labeler's
//! `flushed_from..=flushed_to` and `last_printed` cover every job ever dispatched (after
//! `flush_done == flush` each job above `last_printed` up to the last one dispatched before the
//! flush is unprinted), and its next expected sequence is the core's next one: nothing is ever
//! renumbered. The core's flush numbers begin anew with each process and the labeler's do not: the
//! session translates them, so `flush_done` is a flush of this process or 0.
//!
//! [`apply`]: LabelerSession::apply

use crate::tail::Tail;
use contracts::labeler::{
    BatchHeader, JOB_DATA_MAX, JOBS_PER_FRAME, LabelerAction, LabelerCommand, LabelerStatus,
    PrintJob,
};
use line_core::event::{Dispatch, Input, LabelerReport, Output};
use line_core::ids::Nanos;
use line_core::limits::LOOK_AHEAD_MAX;
use tracing::warn;

/// Jobs that wait for the labeler: one look-ahead before a flush and one after it.
pub const JOB_TAIL: usize = 2 * LOOK_AHEAD_MAX;
/// Longest time between two reports of an unchanged status.
pub const REPORT_MS_MAX: u64 = 100;

/// What the labeler is to do next: never both, for jobs after a flush wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing waits, or nothing may be sent yet.
    Nothing,
    /// Perform the flush of this number.
    Flush {
        /// Its number at the labeler.
        action_seq: u16,
    },
    /// Take these jobs; they follow each other.
    Jobs(Vec<PrintJob>),
}

#[derive(Clone, Copy, Debug)]
struct Flush {
    number: u16,
    /// Last job that goes before it.
    after: u32,
    /// Its number at the labeler, once sent.
    action_seq: Option<u16>,
}

/// See the module.
#[derive(Debug)]
pub struct LabelerSession {
    up: bool,
    down_owed: bool,
    frame: u16,
    heartbeat: u16,
    /// Labeler epoch of the last contact.
    epoch: Option<u32>,
    header: Option<BatchHeader>,
    /// Hash of the header; 0 without one.
    header_hash: u32,
    header_in_force: bool,
    jobs: Tail<PrintJob>,
    flush: Option<Flush>,
    /// Number of the core's last flush that the labeler performed, 0 for none.
    flush_done: u16,
    action_done: u16,
    told: Option<(LabelerReport, Nanos)>,
    more: bool,
}

impl Default for LabelerSession {
    fn default() -> Self {
        Self::new()
    }
}

impl LabelerSession {
    /// A session that has not met its device.
    #[must_use]
    pub fn new() -> Self {
        Self {
            up: false,
            down_owed: false,
            frame: 0,
            heartbeat: 0,
            epoch: None,
            header: None,
            header_hash: 0,
            header_in_force: false,
            jobs: Tail::new(JOB_TAIL),
            flush: None,
            flush_done: 0,
            action_done: 0,
            told: None,
            more: false,
        }
    }

    /// Sets the order's batch header; it is written as soon as the labeler's differs.
    pub fn set_header(&mut self, header: BatchHeader) {
        self.header_hash = header.hash();
        self.header = Some(header);
        self.header_in_force = false;
    }

    /// The order's header, when the labeler's is another one: to be written now.
    #[must_use]
    pub fn needs_header(&self, status: &LabelerStatus) -> Option<&BatchHeader> {
        self.header.as_ref().filter(|_| self.header_hash != status.header_hash)
    }

    /// Takes an output of the core; those for other devices are passed over.
    pub fn apply(&mut self, output: &Output) {
        match output {
            Output::Dispatch(dispatch) => self.dispatch(dispatch),
            Output::FlushLabeler { flush } => {
                let after = self.jobs.first().wrapping_add(self.jobs.len() as u32).wrapping_sub(1);
                self.flush = Some(Flush { number: *flush, after, action_seq: None });
                self.more = true;
            }
            _ => {}
        }
    }

    /// What to write now. Only to be called when [`Self::is_up`]: the first thing on a connection
    /// is to read the status.
    #[must_use]
    pub fn command(&mut self) -> LabelerCommand {
        self.frame = self.frame.wrapping_add(1);
        self.heartbeat = self.heartbeat.wrapping_add(1);
        let mut command = LabelerCommand {
            frame: self.frame,
            epoch: self.epoch.unwrap_or(0),
            heartbeat: self.heartbeat,
            action_seq: self.action_done,
            ..LabelerCommand::default()
        };
        match self.wish(JOBS_PER_FRAME) {
            Wish::Nothing => {}
            Wish::Flush { action_seq } => {
                command.action = LabelerAction::Flush;
                command.action_seq = action_seq;
            }
            Wish::Jobs(jobs) => command.jobs.extend(jobs),
        }
        command
    }

    /// What to ask for now, in at most `jobs_max` jobs. Only to be called when [`Self::is_up`], and
    /// after a call without an answer only when the status has been read again.
    #[must_use]
    pub fn wish(&mut self, jobs_max: usize) -> Wish {
        let ready = self.ready();
        if ready > 0 {
            return Wish::Jobs(self.jobs.iter().take(ready.min(jobs_max)).copied().collect());
        }
        match self.flush.as_mut() {
            Some(flush) if !Self::before(self.jobs.first(), flush.after) => {
                let fresh = self.action_done.wrapping_add(1).max(1);
                Wish::Flush { action_seq: *flush.action_seq.get_or_insert(fresh) }
            }
            _ => Wish::Nothing,
        }
    }

    /// Labeler epoch of the last contact.
    #[must_use]
    pub fn epoch(&self) -> Option<u32> {
        self.epoch
    }

    /// Takes a status: the answer to the last command, or the one read first on a connection.
    pub fn on_status(
        &mut self,
        status: &LabelerStatus,
        now: Nanos,
        push: &mut impl FnMut(Input) -> bool,
    ) {
        self.more = false;
        if self.up && self.epoch != Some(status.epoch) {
            self.go_down();
        }
        if !self.pay_down(push) {
            return;
        }
        if !self.up {
            self.meet(status);
        }
        self.follow(status);
        let report = self.report(status);
        let due = self.told.is_none_or(|(told, at)| {
            told != report || now.since(at) >= Nanos::from_ms(REPORT_MS_MAX)
        });
        let input = if self.up { Input::LabelerStatus(report) } else { Input::LabelerUp(report) };
        if due && push(input) {
            self.told = Some((report, now));
            self.up = true;
        }
    }

    /// The connection is gone. Called again until the core has been told.
    pub fn on_disconnected(&mut self, push: &mut impl FnMut(Input) -> bool) {
        self.go_down();
        self.pay_down(push);
    }

    /// True when the next cycle should follow at once: jobs or a flush wait and the labeler takes
    /// them.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        self.more
    }

    /// True when the labeler's status is known on this connection.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    fn dispatch(&mut self, dispatch: &Dispatch) {
        let job = dispatch.job.0;
        if self.epoch != Some(dispatch.labeler_epoch.0) {
            warn!(job, "print job dropped: it is for another labeler epoch");
            return;
        }
        let next = self.jobs.first().wrapping_add(self.jobs.len() as u32);
        if Self::before(job, next.wrapping_sub(1)) {
            return; // The labeler has it, or it is in the tail.
        }
        if job != next || !self.jobs.push(self.print_job(dispatch)) {
            warn!(job, next, "print job dropped: it does not follow the tail, or the tail is full");
            return;
        }
        self.more = true;
    }

    fn print_job(&self, dispatch: &Dispatch) -> PrintJob {
        let serial = dispatch.number.as_bytes();
        let len = serial.len().min(JOB_DATA_MAX);
        let mut data = [0; JOB_DATA_MAX];
        data[..len].copy_from_slice(&serial[..len]);
        let template_revision = self.header.map_or(0, |header| header.template_revision);
        PrintJob { seq: dispatch.job.0, template_revision, len: len as u16, data }
    }

    /// Jobs of the tail that may be sent now: those before a pending flush.
    fn ready(&self) -> usize {
        if !self.header_in_force {
            return 0;
        }
        let limit = self.flush.map(|flush| flush.after);
        let may = |job: &&PrintJob| limit.is_none_or(|after| Self::before(job.seq, after));
        self.jobs.iter().take_while(may).count()
    }

    /// True when sequence `a` is not after `b`.
    fn before(a: u32, b: u32) -> bool {
        b.wrapping_sub(a) <= u32::MAX / 2
    }

    fn go_down(&mut self) {
        self.down_owed |= self.up;
        self.up = false;
        self.told = None;
    }

    fn pay_down(&mut self, push: &mut impl FnMut(Input) -> bool) -> bool {
        self.down_owed = self.down_owed && !push(Input::LabelerDown);
        !self.down_owed
    }

    fn report(&self, status: &LabelerStatus) -> LabelerReport {
        let report = LabelerReport::from_status(status, self.header_hash);
        let header_ok = report.header_ok && self.header.is_some();
        LabelerReport { header_ok, flush_done: self.flush_done, ..report }
    }

    /// Contact: what belonged to another epoch is gone.
    fn meet(&mut self, status: &LabelerStatus) {
        if self.epoch == Some(status.epoch) {
            return;
        }
        self.epoch = Some(status.epoch);
        self.jobs.restart(status.last_accepted.wrapping_add(1));
        if let Some(flush) = self.flush.as_mut() {
            flush.after = status.last_accepted;
            flush.action_seq = None;
        }
    }

    fn follow(&mut self, status: &LabelerStatus) {
        let first = self.jobs.first();
        self.jobs.acknowledge(status.last_accepted);
        self.header_in_force = self.header.is_some() && self.needs_header(status).is_none();
        self.action_done = status.action_done;
        let flushed =
            self.flush.filter(|flush| flush.action_seq.is_some_and(|n| n == status.action_done));
        if let Some(flush) = flushed {
            self.flush_done = flush.number;
            self.flush = None;
        }
        let moved = flushed.is_some() || self.jobs.first() != first;
        self.more = moved && (self.jobs.len() > 0 || self.flush.is_some());
    }
}

#[cfg(test)]
mod tests;
