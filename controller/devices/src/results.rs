//! The conversation with a device that gives results by sequence, without the socket: which results
//! to ask for and what an answer means. One for the camera and every station beside it.
//!
//! Driven by the transports at every answer; the core's inputs go out through a `push` closure that
//! says false when the ring is full. Must never judge a result.
//!
//! Results come in order of their sequence, each once. When some were lost (the device's buffer
//! overran), when the device's epoch or the fitness of its recipe changed, the core is told that
//! the device is down and up again, so that it starts over. At the first contact results that
//! already exist are passed over; after a reconnect in the same epoch those made meanwhile are
//! handed over when the device is up.

use crate::{DeviceIo, Setup};
use line_core::event::Input;
use line_core::ids::{Epoch, Nanos};
use tracing::warn;

/// Longest time between two samples of an unchanged trigger count.
pub const SAMPLE_MS_MAX: u64 = 50;

/// What such a device says of itself with every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// Changes when the device restarts.
    pub epoch: u32,
    /// Hash of the recipe in force, 0 without one.
    pub recipe_hash: u32,
    /// Last result's sequence, 0 before the first.
    pub last_seq: u64,
    /// Triggers received in this epoch.
    pub triggers: u32,
}

/// What is a device's own: the types of its contract, and the core's inputs about it.
pub trait ResultSource {
    /// What it says of itself.
    type Status;
    /// One of its results.
    type Result;
    /// A sequence number as its contract has it.
    type Seq;

    /// Its name in the log.
    fn name(&self) -> &'static str;
    /// The numbers of a status.
    fn counters(status: &Self::Status) -> Counters;
    /// The sequence number of a result.
    fn seq(result: &Self::Result) -> u64;
    /// A sequence number to ask for.
    fn wanted(seq: u64) -> Self::Seq;
    /// It is in step.
    fn up(&self, epoch: Epoch, recipe_ok: bool, triggers: u32) -> Input;
    /// It is not.
    fn down(&self) -> Input;
    /// One of its results.
    fn reading(&self, result: &Self::Result, epoch: Epoch, recipe_hash: Option<u32>) -> Input;
    /// Its trigger count and the last result that the core has.
    fn sample(&self, triggers: u32, last_seq: u64) -> Input;
}

/// See the module.
#[derive(Debug)]
pub struct ResultsSession<S> {
    source: S,
    up: bool,
    down_owed: bool,
    /// Epoch of the last contact.
    epoch: Option<u32>,
    recipe_hash: Option<u32>,
    /// What the core was last told of the recipe.
    recipe_ok: bool,
    /// First result that the core has not got; 0 before the first contact.
    next: u64,
    sampled: Option<(u32, u64, Nanos)>,
    more: bool,
}

impl<S: ResultSource> ResultsSession<S> {
    /// A session that has not met its device.
    #[must_use]
    pub(crate) const fn of(source: S) -> Self {
        Self {
            source,
            up: false,
            down_owed: false,
            epoch: None,
            recipe_hash: None,
            recipe_ok: false,
            next: 0,
            sampled: None,
            more: false,
        }
    }

    /// What is the device's own.
    pub(crate) const fn source(&self) -> &S {
        &self.source
    }

    /// Sets the hash of the order's recipe; results of another recipe are marked as such.
    pub fn set_recipe(&mut self, recipe_hash: u32) {
        self.recipe_hash = Some(recipe_hash);
    }

    /// Hash of the order's recipe, once set.
    #[must_use]
    pub const fn recipe(&self) -> Option<u32> {
        self.recipe_hash
    }

    /// The order's recipe, when the device's is another one: to be set now.
    #[must_use]
    pub fn needs_recipe(&self, status: &S::Status) -> Option<u32> {
        self.recipe_hash.filter(|&hash| hash != S::counters(status).recipe_hash)
    }

    /// First result to ask for.
    #[must_use]
    pub fn from_seq(&self) -> S::Seq {
        S::wanted(self.next.max(1))
    }

    /// Epoch of the device, once met.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch.map(Epoch)
    }

    /// True when the device is in step.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.up
    }

    /// True when more results wait: ask again at once.
    #[must_use]
    pub const fn wants_more(&self) -> bool {
        self.more
    }

    /// Takes an answer: the device's status and its results from [`Self::from_seq`] on.
    pub fn on_answer(
        &mut self,
        status: &S::Status,
        results: &[S::Result],
        now: Nanos,
        push: &mut impl FnMut(Input) -> bool,
    ) {
        let told = S::counters(status);
        self.more = false;
        let new_epoch = self.epoch != Some(told.epoch);
        if self.up && (new_epoch || self.recipe_ok != self.fits(&told)) {
            self.go_down();
        }
        if !self.up && !self.come_up(&told, push) {
            return;
        }
        if !new_epoch && !self.hand_over(&told, results, push) {
            return;
        }
        // An answer that was not empty was cut by its size.
        self.more = self.next <= told.last_seq && (new_epoch || !results.is_empty());
        self.sample(&told, now, push);
    }

    /// The connection is gone. Called again until the core has been told.
    pub fn on_disconnected(&mut self, push: &mut impl FnMut(Input) -> bool) {
        self.go_down();
        self.pay_down(push);
    }

    fn fits(&self, told: &Counters) -> bool {
        self.recipe_hash == Some(told.recipe_hash)
    }

    fn go_down(&mut self) {
        self.down_owed |= self.up;
        self.up = false;
        self.sampled = None;
    }

    fn pay_down(&mut self, push: &mut impl FnMut(Input) -> bool) -> bool {
        self.down_owed = self.down_owed && !push(self.source.down());
        !self.down_owed
    }

    fn come_up(&mut self, told: &Counters, push: &mut impl FnMut(Input) -> bool) -> bool {
        let recipe_ok = self.fits(told);
        let up = self.source.up(Epoch(told.epoch), recipe_ok, told.triggers);
        if !self.pay_down(push) || !push(up) {
            return false;
        }
        if self.epoch.is_none() {
            self.next = told.last_seq.saturating_add(1);
        } else if self.epoch != Some(told.epoch) {
            self.next = 1;
        }
        self.epoch = Some(told.epoch);
        self.recipe_ok = recipe_ok;
        self.up = true;
        true
    }

    /// False when the ring is full.
    fn hand_over(
        &mut self,
        told: &Counters,
        results: &[S::Result],
        push: &mut impl FnMut(Input) -> bool,
    ) -> bool {
        if results.is_empty() && self.next <= told.last_seq {
            return self.skip_to(told.last_seq.saturating_add(1), told, push);
        }
        for result in results {
            let seq = S::seq(result);
            if seq < self.next {
                continue;
            }
            if seq > self.next && !self.skip_to(seq, told, push) {
                return false;
            }
            if !push(self.source.reading(result, Epoch(told.epoch), self.recipe_hash)) {
                return false;
            }
            self.next = seq.saturating_add(1);
        }
        true
    }

    /// Results were lost: the core starts over.
    fn skip_to(
        &mut self,
        found: u64,
        told: &Counters,
        push: &mut impl FnMut(Input) -> bool,
    ) -> bool {
        warn!(device = self.source.name(), wanted = self.next, found, "results are lost");
        self.go_down();
        self.next = found;
        self.come_up(told, push)
    }

    fn sample(&mut self, told: &Counters, now: Nanos, push: &mut impl FnMut(Input) -> bool) {
        let (triggers, last_seq) = (told.triggers, self.next.saturating_sub(1));
        let due = self.sampled.is_none_or(|(known, seq, at)| {
            (known, seq) != (triggers, last_seq) || now.since(at) >= Nanos::from_ms(SAMPLE_MS_MAX)
        });
        if due && push(self.source.sample(triggers, last_seq)) {
            self.sampled = Some((triggers, last_seq, now));
        }
    }
}

/// Takes the order's recipe from the edge. The core has nothing to say to such a device: triggers
/// go through the line I/O, and a station measures when its own eye sees a pack.
pub(crate) fn take_setup<S: ResultSource>(session: &mut ResultsSession<S>, io: &mut dyn DeviceIo) {
    while let Some(setup) = io.setup() {
        if let Setup::Recipe(hash) = setup {
            session.set_recipe(hash);
        }
    }
    while io.output().is_some() {}
}

#[cfg(test)]
mod tests;
