//! The conversation with the camera, without the socket: which results to ask for and what an
//! answer means.
//!
//! Driven by the transport (`opcua.rs`) at every answer of `GetResults`; the core's inputs go out
//! through a `push` closure that says false when the ring is full. Must never judge a result.
//!
//! Results come in order of their sequence, each once. When some were lost (the camera's buffer
//! overran), when the camera's epoch or the fitness of its recipe changed, the core is told
//! [`Input::CameraDown`] and [`Input::CameraUp`], so that it starts over. At the first contact
//! results that already exist are passed over; after a reconnect in the same epoch those made
//! meanwhile are handed over after `CameraUp`.

use contracts::camera::{CameraResult, CameraStatus, RESULTS_PER_CALL};
use line_core::event::{CameraReading, Input};
use line_core::ids::{Epoch, Nanos};
use line_core::record::ReadContent;
use tracing::warn;

/// Longest time between two samples of an unchanged trigger count.
pub const SAMPLE_MS_MAX: u64 = 50;

/// See the module.
#[derive(Debug, Default)]
pub struct CameraSession {
    up: bool,
    down_owed: bool,
    /// Camera epoch of the last contact.
    epoch: Option<u32>,
    recipe_hash: Option<u32>,
    /// What the last `CameraUp` said of the recipe.
    recipe_ok: bool,
    /// First result that the core has not got; 0 before the first contact.
    next: u64,
    sampled: Option<(u32, u64, Nanos)>,
    more: bool,
}

impl CameraSession {
    /// A session that has not met its device.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the hash of the order's recipe; results of another recipe are marked as such.
    pub fn set_recipe(&mut self, recipe_hash: u32) {
        self.recipe_hash = Some(recipe_hash);
    }

    /// The order's recipe, when the camera's is another one: to be set now.
    #[must_use]
    pub fn needs_recipe(&self, status: &CameraStatus) -> Option<u32> {
        self.recipe_hash.filter(|&hash| hash != status.recipe_hash)
    }

    /// First result to ask for.
    #[must_use]
    pub fn from_seq(&self) -> u64 {
        self.next.max(1)
    }

    /// Epoch of the camera, once met.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch.map(Epoch)
    }

    /// True when the camera is in step.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// True when more results wait: ask again at once.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        self.more
    }

    /// Takes an answer: the camera's status and its results from [`Self::from_seq`] on.
    pub fn on_answer(
        &mut self,
        status: &CameraStatus,
        results: &[CameraResult],
        now: Nanos,
        push: &mut impl FnMut(Input) -> bool,
    ) {
        self.more = false;
        let recipe_ok = self.recipe_hash == Some(status.recipe_hash);
        let new_epoch = self.epoch != Some(status.epoch);
        if self.up && (new_epoch || self.recipe_ok != recipe_ok) {
            self.go_down();
        }
        if !self.up && !self.come_up(status, recipe_ok, push) {
            return;
        }
        if !new_epoch && !self.hand_over(status, results, recipe_ok, push) {
            return;
        }
        self.more =
            self.next <= status.last_seq && (new_epoch || results.len() >= RESULTS_PER_CALL);
        self.sample(status, now, push);
    }

    /// The connection is gone. Called again until the core has been told.
    pub fn on_disconnected(&mut self, push: &mut impl FnMut(Input) -> bool) {
        self.go_down();
        self.pay_down(push);
    }

    fn go_down(&mut self) {
        self.down_owed |= self.up;
        self.up = false;
        self.sampled = None;
    }

    fn pay_down(&mut self, push: &mut impl FnMut(Input) -> bool) -> bool {
        self.down_owed = self.down_owed && !push(Input::CameraDown);
        !self.down_owed
    }

    fn come_up(
        &mut self,
        status: &CameraStatus,
        recipe_ok: bool,
        push: &mut impl FnMut(Input) -> bool,
    ) -> bool {
        let epoch = Epoch(status.epoch);
        let up = Input::CameraUp { epoch, recipe_ok, triggers: status.triggers };
        if !self.pay_down(push) || !push(up) {
            return false;
        }
        if self.epoch.is_none() {
            self.next = status.last_seq.saturating_add(1);
        } else if self.epoch != Some(status.epoch) {
            self.next = 1;
        }
        self.epoch = Some(status.epoch);
        self.recipe_ok = recipe_ok;
        self.up = true;
        true
    }

    /// False when the ring is full.
    fn hand_over(
        &mut self,
        status: &CameraStatus,
        results: &[CameraResult],
        recipe_ok: bool,
        push: &mut impl FnMut(Input) -> bool,
    ) -> bool {
        if results.is_empty() && self.next <= status.last_seq {
            let found = status.last_seq.saturating_add(1);
            return self.skip_to(found, status, recipe_ok, push);
        }
        for result in results {
            if result.seq < self.next {
                continue;
            }
            if result.seq > self.next && !self.skip_to(result.seq, status, recipe_ok, push) {
                return false;
            }
            if !push(Input::CameraResult(self.reading(status, result))) {
                return false;
            }
            self.next = result.seq.saturating_add(1);
        }
        true
    }

    /// Results were lost: the core starts over.
    fn skip_to(
        &mut self,
        found: u64,
        status: &CameraStatus,
        recipe_ok: bool,
        push: &mut impl FnMut(Input) -> bool,
    ) -> bool {
        warn!(wanted = self.next, found, "camera results are lost");
        self.go_down();
        self.next = found;
        self.come_up(status, recipe_ok, push)
    }

    fn reading(&self, status: &CameraStatus, result: &CameraResult) -> CameraReading {
        CameraReading {
            epoch: Epoch(status.epoch),
            seq: result.seq,
            trigger: result.trigger,
            status: result.status,
            flags: result.flags,
            recipe_ok: self.recipe_hash == Some(result.recipe_hash),
            grade: result.grade,
            content: ReadContent::new(&result.content),
        }
    }

    fn sample(&mut self, status: &CameraStatus, now: Nanos, push: &mut impl FnMut(Input) -> bool) {
        let last_seq = self.next.saturating_sub(1);
        let due = self.sampled.is_none_or(|(triggers, seq, at)| {
            (triggers, seq) != (status.triggers, last_seq)
                || now.since(at) >= Nanos::from_ms(SAMPLE_MS_MAX)
        });
        if due && push(Input::CameraSample { triggers: status.triggers, last_seq }) {
            self.sampled = Some((status.triggers, last_seq, now));
        }
    }
}

#[cfg(test)]
mod tests;
