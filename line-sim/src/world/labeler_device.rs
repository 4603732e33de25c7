//! The labeler: takes print jobs by the contract of `contracts::labeler` and prints and applies the
//! next one on each pack at its own photo-eye.
//!
//! The world calls [`LabelerDevice::print`] when a pack comes; `World::labeler_exchange` passes the
//! frames. It must never look at a pack, only print what it was told, in order.

use std::collections::VecDeque;

use contracts::labeler::{
    BatchHeader, LabelerAction, LabelerCommand, LabelerFault, LabelerStatus, PrintJob,
};

use crate::sim_config::SimConfig;
use crate::truth::JobRef;
use crate::world::label::{LabelText, Text};

/// How many checksums of accepted jobs are kept to tell a repetition from a conflict.
const KNOWN_JOBS_MAX: usize = 4_096;

/// What was told to be printed on a pack, and what the labeler's buffer held instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Print {
    pub(crate) commanded: LabelText,
    /// Differs from `commanded` while the buffer is stale.
    pub(crate) printed: LabelText,
    pub(crate) job: JobRef,
}

/// The labeler.
#[derive(Clone, Debug)]
pub(crate) struct LabelerDevice {
    jobs_max: usize,
    powered: bool,
    header: Option<BatchHeader>,
    queue: VecDeque<(u32, LabelText)>,
    /// Checksums of the last accepted jobs, the newest last.
    known: VecDeque<u32>,
    /// Content of the last job printed, right or wrong.
    last_text: Option<LabelText>,
    stale: bool,
    status: LabelerStatus,
}

impl LabelerDevice {
    pub(crate) fn new(config: &SimConfig) -> Self {
        Self {
            jobs_max: config.labeler_jobs_max,
            powered: true,
            header: None,
            queue: VecDeque::new(),
            known: VecDeque::new(),
            last_text: None,
            stale: false,
            status: LabelerStatus { epoch: config.first_epoch, ..LabelerStatus::default() },
        }
    }

    /// Power lost: nothing is printed until `boot`, the queue is gone.
    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        self.stale = false;
        self.header = None;
        self.queue.clear();
        self.known.clear();
        self.last_text = None;
    }

    /// Power back: a new epoch, in which everything begins at 0.
    pub(crate) fn boot(&mut self) {
        self.powered = true;
        let epoch = self.status.epoch.wrapping_add(1);
        self.status = LabelerStatus { epoch, ..LabelerStatus::default() };
    }

    pub(crate) fn is_powered(&self) -> bool {
        self.powered
    }

    /// True while labels bear the data of the job before.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    /// The next label is stale, and all after it until a flush or a restart.
    pub(crate) fn slip(&mut self) {
        self.stale = self.last_text.is_some();
    }

    /// Takes the batch header.
    pub(crate) fn take_header(&mut self, header: &BatchHeader) {
        self.header = Some(*header);
        self.status.header_hash = header.hash();
    }

    /// One cycle: obeys the command, then answers.
    pub(crate) fn exchange(&mut self, command: &LabelerCommand) -> LabelerStatus {
        self.status.frame = command.frame;
        self.status.heartbeat_echo = command.heartbeat;
        if command.action_seq != self.status.action_done {
            if command.action == LabelerAction::Flush {
                self.flush();
            }
            self.status.action_done = command.action_seq;
        }
        if command.epoch == self.status.epoch {
            for job in &command.jobs {
                if let Err(fault) = self.take_job(job) {
                    self.status.fault = fault;
                    break;
                }
            }
        }
        self.status
    }

    /// The status as of the last cycle.
    pub(crate) fn status(&self) -> LabelerStatus {
        self.status
    }

    fn flush(&mut self) {
        let first = self.queue.front().map_or(0, |(seq, _)| *seq);
        let last = self.queue.back().map_or(0, |(seq, _)| *seq);
        (self.status.flushed_from, self.status.flushed_to) = (first, last);
        self.queue.clear();
        self.stale = false;
        self.status.fault = LabelerFault::None;
    }

    fn take_job(&mut self, job: &PrintJob) -> Result<(), LabelerFault> {
        let crc = job.crc(self.status.epoch);
        let last = self.status.last_accepted;
        if job.seq <= last {
            let age = (last - job.seq) as usize;
            let known = self.known.iter().rev().nth(age);
            return match known {
                Some(known) if *known != crc => Err(LabelerFault::Conflict),
                _ => Ok(()),
            };
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
        self.known.push_back(crc);
        if self.known.len() > KNOWN_JOBS_MAX {
            self.known.pop_front();
        }
        self.status.last_accepted = job.seq;
        if self.status.fault != LabelerFault::Empty {
            self.status.fault = LabelerFault::None;
        }
        Ok(())
    }

    /// A pack is at the print head: the next label, printed and applied, or none.
    pub(crate) fn print(&mut self) -> Option<Print> {
        if !self.powered {
            return None;
        }
        let Some((seq, commanded)) = self.queue.pop_front() else {
            self.status.fault = LabelerFault::Empty;
            return None;
        };
        let before = self.last_text.replace(commanded);
        let printed = before.filter(|_| self.stale).unwrap_or(commanded);
        self.status.last_printed = seq;
        self.status.last_applied = seq;
        self.status.printed_total += 1;
        self.status.applied_total += 1;
        if self.status.fault == LabelerFault::Empty {
            self.status.fault = LabelerFault::None;
        }
        let job = JobRef { epoch: self.status.epoch, seq };
        Some(Print { commanded, printed, job })
    }
}

fn compose(header: &BatchHeader, job: &PrintJob) -> LabelText {
    LabelText {
        gtin: Text::until_zero(&header.gtin),
        serial: Text::new(job.serial()),
        expiry: Text::until_zero(&header.expiry),
        lot: Text::until_zero(&header.lot),
    }
}
