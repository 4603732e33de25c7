//! The labeler: takes print jobs by the contract of `contracts::labeler`, prints them in order and
//! applies the next label on each pack at its own photo-eye.
//!
//! The world calls [`LabelerDevice::apply`] when a pack comes; `World::labeler_exchange` passes the
//! frames. It must never look at a pack, only print what it was told, in order.
//!
//! **Print and apply.** With a web offset n the web holds up to n printed labels between print head
//! and peel edge. Labels are printed as soon as jobs are there, until the web is full; each pack
//! gets the label at the peel edge, then the next is printed. Without jobs the web still empties
//! itself onto packs, label by label. A direct printer has no web: it prints on the pack.
//!
//! **What happens at the head** shows n packs later: a stale buffer spoils the labels printed from
//! then on, a label printed twice enters the web behind the others. **What is lost with the web**
//! (a flush, a break, no power: a person clears it before it boots) is scrapped, never applied.

mod known_jobs;
mod web;

use std::collections::VecDeque;

use contracts::labeler::opcua::{JobResult, JobState};
use contracts::labeler::{
    BatchHeader, LabelerAction, LabelerCommand, LabelerFault, LabelerStatus, PrintJob,
};

use crate::sim_config::SimConfig;
use crate::truth::{JobRef, ScrapCause};
use crate::world::label::LabelText;
use known_jobs::KnownJobs;
pub(crate) use web::{Label, Scrapped};
use web::{Web, compose};

/// The labeler.
#[derive(Clone, Debug)]
pub(crate) struct LabelerDevice {
    jobs_max: usize,
    powered: bool,
    /// Nothing is printed or applied until a person has mended the web.
    broken: bool,
    header: Option<BatchHeader>,
    queue: VecDeque<(u32, LabelText)>,
    known: KnownJobs,
    /// Content of the last job printed, right or wrong: what is still in the buffer.
    last_text: Option<LabelText>,
    stale: bool,
    /// The next label printed is the one before once more.
    again: bool,
    web: Web,
    status: LabelerStatus,
}

impl LabelerDevice {
    pub(crate) fn new(config: &SimConfig) -> Self {
        Self {
            jobs_max: config.labeler_jobs_max,
            powered: true,
            broken: false,
            header: None,
            queue: VecDeque::new(),
            known: KnownJobs::default(),
            last_text: None,
            stale: false,
            again: false,
            web: Web::new(config.web_offset),
            status: LabelerStatus { epoch: config.first_epoch, ..LabelerStatus::default() },
        }
    }

    /// Power lost: nothing is printed until `boot`, queue and web are gone.
    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        self.stale = false;
        self.again = false;
        self.header = None;
        self.queue.clear();
        self.scrap(ScrapCause::Restart);
        self.known = KnownJobs::default();
        self.last_text = None;
    }

    /// Power back: a new epoch, in which everything begins at 0. A broken web still is.
    pub(crate) fn boot(&mut self) {
        self.powered = true;
        let epoch = self.status.epoch.wrapping_add(1);
        self.status = LabelerStatus { epoch, ..LabelerStatus::default() };
        self.raise(LabelerFault::None);
    }

    pub(crate) fn is_powered(&self) -> bool {
        self.powered
    }

    /// True while labels are printed with the data of the job before.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    /// The next label printed is stale, and all after it until a flush or a restart.
    pub(crate) fn slip(&mut self) {
        self.stale |= self.last_text.is_some();
    }

    /// The next label printed is the one before once more, out of turn.
    pub(crate) fn print_twice(&mut self) {
        self.again |= self.powered && !self.broken && self.last_text.is_some();
    }

    /// The web breaks: the labels on it are lost.
    pub(crate) fn break_web(&mut self) {
        if self.powered {
            self.broken = true;
            self.again = false;
            self.scrap(ScrapCause::WebBreak);
            self.raise(LabelerFault::WebBreak);
        }
    }

    /// True while nothing can be printed or applied.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// A person mends the web; the labeler says so in its next cycle.
    pub(crate) fn mend(&mut self) {
        self.broken = false;
    }

    /// The run is over: what is on the web will never be applied.
    pub(crate) fn end(&mut self) {
        self.scrap(ScrapCause::End);
    }

    /// Labels lost since the last call.
    pub(crate) fn take_scrapped(&mut self) -> Vec<Scrapped> {
        self.web.take_scrapped()
    }

    /// Takes the batch header.
    pub(crate) fn take_header(&mut self, header: &BatchHeader) {
        self.header = Some(*header);
        self.status.header_hash = header.hash();
    }

    /// One cycle: obeys the command, prints what there is room for, then answers.
    pub(crate) fn exchange(&mut self, command: &LabelerCommand) -> LabelerStatus {
        self.status.frame = command.frame;
        self.status.heartbeat_echo = command.heartbeat;
        if self.status.fault == LabelerFault::WebBreak {
            self.raise(LabelerFault::None);
        }
        // A command that was held up on its way, or comes twice, must not repeat an older action.
        let ahead = command.action_seq.wrapping_sub(self.status.action_done);
        if (1..0x8000).contains(&ahead) {
            if command.action == LabelerAction::Flush {
                self.flush();
            }
            self.status.action_done = command.action_seq;
        }
        if command.epoch == self.status.epoch {
            for job in &command.jobs {
                if let Err(fault) = self.take_job(job) {
                    self.raise(fault);
                    break;
                }
            }
        }
        self.fill_web();
        self.status
    }

    /// The status as of the last cycle.
    pub(crate) fn status(&self) -> LabelerStatus {
        self.status
    }

    /// Jobs that wait to be printed.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// What has become of up to `max` jobs from `from` on.
    pub(crate) fn results(&self, from: u32, max: usize) -> Vec<JobResult> {
        self.known.results(from, max)
    }

    /// A pack is at the peel edge: the next label, or none.
    pub(crate) fn apply(&mut self) -> Option<Label> {
        if !self.powered || self.broken {
            return None;
        }
        let label = if self.web.is_direct() { self.print() } else { self.web.peel() };
        let Some(label) = label else {
            self.raise(LabelerFault::Empty);
            return None;
        };
        self.status.applied_total += 1;
        if let Some(JobRef { seq, .. }) = label.job {
            self.status.last_applied = seq;
            self.known.applied(seq, self.status.applied_total);
        }
        if self.status.fault == LabelerFault::Empty {
            self.raise(LabelerFault::None);
        }
        self.fill_web();
        Some(label)
    }

    fn fill_web(&mut self) {
        while self.powered && !self.broken && self.web.has_room() {
            let Some(label) = self.print() else { break };
            self.web.push(label);
        }
    }

    /// The next label at the print head.
    fn print(&mut self) -> Option<Label> {
        if self.again
            && let Some(text) = self.last_text
        {
            self.again = false;
            self.status.printed_total += 1;
            return Some(Label::again(text, self.header.as_ref()));
        }
        let (seq, commanded) = self.queue.pop_front()?;
        let before = self.last_text.replace(commanded);
        let printed = before.filter(|_| self.stale).unwrap_or(commanded);
        self.status.last_printed = seq;
        self.status.printed_total += 1;
        self.known.set(seq, JobState::Printed);
        let job = JobRef { epoch: self.status.epoch, seq };
        let label = Label::of_job(job, commanded, printed, self.header.as_ref());
        Some(Label { stale: self.stale, ..label })
    }

    /// Only a person ends a web break.
    fn raise(&mut self, fault: LabelerFault) {
        self.status.fault = if self.broken { LabelerFault::WebBreak } else { fault };
    }

    fn scrap(&mut self, why: ScrapCause) {
        for seq in self.web.scrap(why) {
            self.known.set(seq, JobState::Scrapped);
        }
    }

    fn flush(&mut self) {
        let first = self.queue.front().map_or(0, |(seq, _)| *seq);
        let last = self.queue.back().map_or(0, |(seq, _)| *seq);
        (self.status.flushed_from, self.status.flushed_to) = (first, last);
        for (seq, _) in self.queue.drain(..) {
            self.known.set(seq, JobState::Dropped);
        }
        self.scrap(ScrapCause::Flush);
        self.stale = false;
        self.again = false;
        self.raise(LabelerFault::None);
    }

    fn take_job(&mut self, job: &PrintJob) -> Result<(), LabelerFault> {
        let crc = job.crc(self.status.epoch);
        let last = self.status.last_accepted;
        if job.seq <= last {
            let other = self.known.crc(job.seq).is_some_and(|known| known != crc);
            return if other { Err(LabelerFault::Conflict) } else { Ok(()) };
        }
        if job.seq != last + 1 {
            return Err(LabelerFault::Gap);
        }
        let header = self.header.ok_or(LabelerFault::NoHeader)?;
        if job.template_revision != header.template_revision {
            return Err(LabelerFault::NoHeader);
        }
        if self.queue.len() >= self.jobs_max {
            // Not refused but not accepted either: it comes again in a later cycle.
            return Ok(());
        }
        self.queue.push_back((job.seq, compose(&header, job)));
        self.known.accept(job.seq, crc);
        self.status.last_accepted = job.seq;
        if self.status.fault != LabelerFault::Empty {
            self.raise(LabelerFault::None);
        }
        Ok(())
    }
}
