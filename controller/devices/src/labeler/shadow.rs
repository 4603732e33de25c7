//! What a labeler that does not keep our contract would say if it did: its status, made out of the
//! few points that it has.
//!
//! Sans-IO, driven once a cycle by the transports of foreign labelers: points read come in, points
//! to write go out. What the device cannot tell is never assumed in its favour. Without an epoch of
//! its own every contact is a new one (the core then invalidates what was in flight, and nothing is
//! sent twice), and every contact empties the device first. A counter that jumps is a restart. A
//! label that no job explains is counted, and belongs to none.

mod counter;
mod exchange;
mod labels;
mod values;

use crate::points::{Facts, Value, Writes, number};
use contracts::labeler::{BatchHeader, LabelerFault, LabelerStatus, PrintJob};
use counter::Counter;
use exchange::{Exchange, Progress};
use labels::step;
use line_core::ids::Nanos;
use profiles::dialect::{Action, FaultMeaning, LabelerDialect};
use std::collections::{BTreeMap, VecDeque};

/// Why the conversation must begin anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShadowError {
    /// The device began anew under our hands.
    #[error("it restarted: {point} went from {from} to {to}")]
    Restarted {
        /// Which point told it.
        point: String,
        /// What it was.
        from: u64,
        /// What it is.
        to: u64,
    },
    /// What was written was not taken.
    #[error("it did not take {what} within {after_ms} ms")]
    NotTaken {
        /// What was written.
        what: &'static str,
        /// The limit.
        after_ms: u64,
    },
    /// Jobs that it had taken are gone, and no label was counted.
    #[error("it holds {held} jobs, was given {given} and counted no label for the rest")]
    Lost {
        /// What it holds at most.
        held: u64,
        /// What it was given and has not printed.
        given: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// Emptying at contact, before anything else.
    Meet,
    /// The batch header of this hash.
    Header(u32),
    /// The job of this sequence.
    Job(u32),
    /// The flush of this number.
    Clear(u16),
}

impl Doing {
    fn what(self) -> &'static str {
        match self {
            Self::Meet | Self::Clear(_) => "the order to drop its jobs",
            Self::Header(_) => "the batch header",
            Self::Job(_) => "a job",
        }
    }
}

#[derive(Debug)]
struct Pending {
    doing: Doing,
    exchange: Exchange,
    since: Nanos,
}

/// See the module.
#[derive(Debug)]
pub struct LabelerShadow {
    dialect: LabelerDialect,
    /// How many numbers a point can tell apart.
    moduli: BTreeMap<String, u64>,
    /// Epoch of the next contact.
    next_epoch: u32,
    /// The device's own epoch, as last read.
    device_epoch: Option<u64>,
    /// Emptied, and its counters known.
    met: bool,
    /// A connection that has read nothing yet.
    fresh: bool,
    status: LabelerStatus,
    printed: Counter,
    applied: Counter,
    /// Jobs that it has, or that are on their way to it, and has not printed.
    waiting: VecDeque<u32>,
    /// Labels printed and not yet applied.
    on_web: VecDeque<u32>,
    room: u16,
    header: Option<BatchHeader>,
    pending: Option<Pending>,
    /// Signs to take back before the device is emptied.
    withdraw: bool,
    /// What the device had answered then.
    answers: Vec<u64>,
    /// Since when it holds fewer jobs than it was given.
    fewer_since: Option<Nanos>,
}

impl LabelerShadow {
    /// A labeler that was never met. `first_epoch` must differ from those of earlier processes:
    /// a random number. `moduli` says how many numbers each point can tell apart.
    #[must_use]
    pub fn new(dialect: LabelerDialect, moduli: BTreeMap<String, u64>, first_epoch: u32) -> Self {
        Self {
            dialect,
            moduli,
            next_epoch: first_epoch,
            device_epoch: None,
            met: false,
            fresh: true,
            status: LabelerStatus::default(),
            printed: Counter::default(),
            applied: Counter::default(),
            waiting: VecDeque::new(),
            on_web: VecDeque::new(),
            room: 0,
            header: None,
            pending: None,
            withdraw: false,
            answers: Vec::new(),
            fewer_since: None,
        }
    }

    /// A new connection: nothing is known of what the device did meanwhile.
    pub fn connected(&mut self) {
        self.fresh = true;
    }

    /// The labeler's status, as it would tell it; none before it is emptied.
    #[must_use]
    pub fn status(&self) -> Option<&LabelerStatus> {
        self.met.then_some(&self.status)
    }

    /// Jobs that it can take now. 0 while something else is under way.
    #[must_use]
    pub fn room(&self) -> u16 {
        if self.pending.is_some() || !self.met { 0 } else { self.room }
    }

    /// True when nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.met && self.pending.is_none()
    }

    /// Takes what was read, and answers what is to be written now.
    ///
    /// # Errors
    /// [`ShadowError`]: the connection must be dropped.
    pub fn on_facts(&mut self, facts: &Facts, now: Nanos) -> Result<Writes, ShadowError> {
        if std::mem::take(&mut self.fresh) {
            self.meet(facts, now);
        }
        self.check_epoch(facts)?;
        if std::mem::take(&mut self.withdraw) {
            self.answers = exchange::answers(&self.dialect, facts);
            return Ok(exchange::withdrawn(&self.dialect, facts));
        }
        if self.met {
            self.count(facts)?;
            self.check_held(facts, now)?;
        }
        let writes = self.go_on(facts, now)?;
        self.look(facts);
        Ok(writes)
    }

    /// Gives the batch header.
    pub fn begin_header(&mut self, header: &BatchHeader, now: Nanos) {
        self.header = Some(*header);
        let Some(action) = self.dialect.header.clone() else {
            self.status.header_hash = header.hash();
            return;
        };
        self.begin(Doing::Header(header.hash()), &action, None, now);
    }

    /// Gives a job.
    pub fn begin_job(&mut self, job: &PrintJob, now: Nanos) {
        self.waiting.push_back(job.seq);
        let action = self.dialect.job.clone();
        self.begin(Doing::Job(job.seq), &action, Some(job), now);
    }

    /// Drops every job that waits.
    pub fn begin_clear(&mut self, action_seq: u16, now: Nanos) {
        let action = self.dialect.clear.clone();
        self.begin(Doing::Clear(action_seq), &action, None, now);
    }

    fn begin(&mut self, doing: Doing, action: &Action, job: Option<&PrintJob>, since: Nanos) {
        let values = values::of(action, self.header.as_ref(), job);
        let exchange = Exchange::new(&action.handshake, values);
        self.pending = Some(Pending { doing, exchange, since });
    }

    /// A connection begins: the same epoch goes on only when the device has one of its own, it has
    /// not changed, and what was under way can be repeated without harm.
    fn meet(&mut self, facts: &Facts, now: Nanos) {
        let point = self.dialect.status.epoch.as_deref();
        let epoch = point.map(|point| number(facts, point));
        let repeatable = |pending: &Pending| pending.exchange.can_be_repeated();
        let goes_on = self.met
            && epoch.is_some()
            && epoch == self.device_epoch
            && self.pending.as_ref().is_none_or(repeatable);
        if goes_on {
            if let Some(pending) = &mut self.pending {
                pending.exchange.repeat();
                pending.since = now;
            }
            return;
        }
        self.device_epoch = epoch;
        self.met = false;
        self.waiting.clear();
        self.on_web.clear();
        self.fewer_since = None;
        self.empty(now);
    }

    /// A sign of ours that the device has not obeyed yet would make it take a job when it is
    /// emptied: such signs are taken back first.
    fn empty(&mut self, now: Nanos) {
        self.withdraw = true;
        let action = self.dialect.clear.clone();
        self.begin(Doing::Meet, &action, None, now);
    }

    fn check_epoch(&mut self, facts: &Facts) -> Result<(), ShadowError> {
        let Some(point) = &self.dialect.status.epoch else { return Ok(()) };
        let (from, to) = (self.device_epoch, number(facts, point));
        match from {
            Some(from) if from != to => {
                Err(ShadowError::Restarted { point: point.clone(), from, to })
            }
            _ => Ok(()),
        }
    }

    /// Carries on with what is under way.
    fn go_on(&mut self, facts: &Facts, now: Nanos) -> Result<Writes, ShadowError> {
        let Some(mut pending) = self.pending.take() else { return Ok(Writes::default()) };
        let doing = pending.doing;
        match pending.exchange.go_on(facts, &self.moduli) {
            Progress::Done => {
                self.done(doing, facts, now);
                return Ok(Writes::default());
            }
            Progress::Taken(writes) => {
                self.taken(doing);
                self.pending = Some(pending);
                return Ok(writes);
            }
            Progress::Write(writes) => {
                let since = pending.since;
                self.pending = Some(pending);
                if now.since(since) < Nanos::from_ms(self.taken_ms()) {
                    return Ok(writes);
                }
            }
        }
        Err(ShadowError::NotTaken { what: doing.what(), after_ms: self.taken_ms() })
    }

    /// Longest wait for the device to take what was written.
    fn taken_ms(&self) -> u64 {
        u64::from(self.dialect.pace.taken_ms)
    }

    /// The device has a job: it may be printed from now on.
    fn taken(&mut self, doing: Doing) {
        if let Doing::Job(job) = doing
            && job == self.status.last_accepted.wrapping_add(1)
        {
            self.status.last_accepted = job;
        }
    }

    fn done(&mut self, doing: Doing, facts: &Facts, now: Nanos) {
        self.taken(doing);
        match doing {
            // It took a job in the moment in which the sign was taken back: once more.
            Doing::Meet if self.answers != exchange::answers(&self.dialect, facts) => {
                self.empty(now);
            }
            Doing::Meet => self.begin_epoch(facts),
            Doing::Header(hash) => self.status.header_hash = hash,
            Doing::Job(_) => {}
            Doing::Clear(action_seq) => {
                let (first, last) = (self.waiting.front(), self.waiting.back());
                self.status.flushed_from = first.copied().unwrap_or(0);
                self.status.flushed_to = last.copied().unwrap_or(0);
                self.waiting.clear();
                self.status.action_done = action_seq;
            }
        }
    }

    /// Emptied: from here on everything that it counts is ours.
    fn begin_epoch(&mut self, facts: &Facts) {
        let epoch = self.next_epoch.max(1);
        self.next_epoch = epoch.wrapping_add(1);
        self.status = LabelerStatus { epoch, ..LabelerStatus::default() };
        let status = &self.dialect.status;
        let moduli = &self.moduli;
        let begin = |counter: &mut Counter, point: &Option<String>| {
            let point = point.as_deref()?;
            // Labels since the last contact: the counter tells them, unless it began anew.
            let dark = step(counter, facts, point, moduli).ok();
            counter.begin(number(facts, point));
            dark
        };
        self.status.printed_total = begin(&mut self.printed, &status.printed).unwrap_or(0);
        self.status.applied_total = begin(&mut self.applied, &status.applied).unwrap_or(0);
        self.met = true;
    }

    /// What else the status tells: room, fault, the header as the device shows it.
    fn look(&mut self, facts: &Facts) {
        let status = &self.dialect.status;
        let told = |point: &Option<String>| point.as_deref().map(|point| number(facts, point));
        let free = told(&status.free).unwrap_or(u64::MAX);
        let ready = told(&status.ready).is_none_or(|ready| ready != 0);
        let queued = told(&status.queued).unwrap_or(0);
        let slots = u64::from(self.dialect.slots);
        let ours = slots.saturating_sub((self.waiting.len() as u64).max(queued));
        self.room = if ready { ours.min(free) as u16 } else { 0 };
        self.status.fault = match told(&status.fault) {
            None | Some(0) => LabelerFault::None,
            Some(n) => match status.faults.get(&n.to_string()) {
                Some(FaultMeaning::None) => LabelerFault::None,
                Some(FaultMeaning::Empty) => LabelerFault::Empty,
                Some(FaultMeaning::WebBreak) | None => LabelerFault::WebBreak,
            },
        };
        if self.dialect.header_read_back && !self.header_stands(facts) {
            self.status.header_hash = 0;
        }
    }

    /// True when the device shows the header that it was given, or was given none.
    fn header_stands(&self, facts: &Facts) -> bool {
        let (Some(action), Some(header)) = (&self.dialect.header, &self.header) else {
            return true;
        };
        let expected = values::of(action, Some(header), None);
        let same = |shown: &Value, value: &Value| match shown {
            Value::Number(_) => shown.number() == value.number(),
            Value::Text(text) => *text == value.to_string(),
        };
        expected
            .iter()
            .all(|(point, value)| facts.get(point).is_none_or(|shown| same(shown, value)))
    }
}

#[cfg(test)]
mod tests;
