//! The conversation with a station, without the socket: which results to ask for and what an
//! answer means; the same for each kind of station and over either protocol.
//!
//! Driven by the transports at every answer; the core's inputs go out through a `push` closure that
//! says false when the ring is full. Must never judge a result.
//!
//! Results come in order of their sequence, each once. When some were lost (the station's buffer
//! overran), when the station's epoch or the fitness of its recipe changed, the core is told
//! [`Input::StationDown`] and [`Input::StationUp`], so that it starts over. At the first contact
//! results that already exist are passed over; after a reconnect in the same epoch those made
//! meanwhile are handed over after `StationUp`.

use contracts::station::{Station, StationCommand, StationResult, StationStatus};
use line_core::event::{Input, StationReading};
use line_core::ids::{Epoch, Nanos};
use line_core::record::ReadContent;
use tracing::warn;

/// Longest time between two samples of an unchanged strobe count.
pub const SAMPLE_MS_MAX: u64 = 50;

/// See the module.
#[derive(Debug)]
pub struct StationSession {
    station: Station,
    up: bool,
    down_owed: bool,
    /// Station epoch of the last contact.
    epoch: Option<u32>,
    recipe_hash: Option<u32>,
    /// What the last `StationUp` said of the recipe.
    recipe_ok: bool,
    /// First result that the core has not got; 0 before the first contact.
    next: u32,
    sampled: Option<(u32, u32, Nanos)>,
    more: bool,
    /// Frame sequence, which is the heartbeat too (Modbus).
    frame: u16,
}

impl StationSession {
    /// A session that has not met its device.
    #[must_use]
    pub const fn new(station: Station) -> Self {
        Self {
            station,
            up: false,
            down_owed: false,
            epoch: None,
            recipe_hash: None,
            recipe_ok: false,
            next: 0,
            sampled: None,
            more: false,
            frame: 0,
        }
    }

    /// Which station it talks to.
    #[must_use]
    pub const fn station(&self) -> Station {
        self.station
    }

    /// Sets the hash of the order's recipe; results of another recipe are marked as such.
    pub fn set_recipe(&mut self, recipe_hash: u32) {
        self.recipe_hash = Some(recipe_hash);
    }

    /// The order's recipe, when the station's is another one: to be set now.
    #[must_use]
    pub fn needs_recipe(&self, status: &StationStatus) -> Option<u32> {
        self.recipe_hash.filter(|&hash| hash != status.recipe_hash)
    }

    /// First result to ask for.
    #[must_use]
    pub fn from_seq(&self) -> u32 {
        self.next.max(1)
    }

    /// The next command frame (Modbus); each has a frame sequence and heartbeat of its own.
    #[must_use]
    pub fn command(&mut self) -> StationCommand {
        self.frame = self.frame.wrapping_add(1);
        StationCommand {
            frame: self.frame,
            heartbeat: self.frame,
            recipe_hash: self.recipe_hash.unwrap_or(0),
            read_from: self.from_seq(),
        }
    }

    /// True when the station is in step.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// True when more results wait: ask again at once.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        self.more
    }

    /// Takes an answer: the station's status and its results from [`Self::from_seq`] on.
    pub fn on_answer(
        &mut self,
        status: &StationStatus,
        results: &[StationResult],
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
        // An answer that was not empty was cut by its size.
        self.more = self.next <= status.last_seq && (new_epoch || !results.is_empty());
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
        let down = Input::StationDown { station: self.station };
        self.down_owed = self.down_owed && !push(down);
        !self.down_owed
    }

    fn come_up(
        &mut self,
        status: &StationStatus,
        recipe_ok: bool,
        push: &mut impl FnMut(Input) -> bool,
    ) -> bool {
        let (station, epoch) = (self.station, Epoch(status.epoch));
        let up = Input::StationUp { station, epoch, recipe_ok, triggers: status.triggers };
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
        status: &StationStatus,
        results: &[StationResult],
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
            if !push(Input::StationResult(self.reading(status, result))) {
                return false;
            }
            self.next = result.seq.saturating_add(1);
        }
        true
    }

    /// Results were lost: the core starts over.
    fn skip_to(
        &mut self,
        found: u32,
        status: &StationStatus,
        recipe_ok: bool,
        push: &mut impl FnMut(Input) -> bool,
    ) -> bool {
        let station = self.station.name();
        warn!(station, wanted = self.next, found, "results of a station are lost");
        self.go_down();
        self.next = found;
        self.come_up(status, recipe_ok, push)
    }

    fn reading(&self, status: &StationStatus, result: &StationResult) -> StationReading {
        StationReading {
            station: self.station,
            epoch: Epoch(status.epoch),
            seq: result.seq,
            trigger: result.trigger,
            finding: result.finding,
            flags: result.flags,
            recipe_ok: self.recipe_hash == Some(result.recipe_hash),
            value: result.value,
            content: ReadContent::new(&result.content),
        }
    }

    fn sample(&mut self, status: &StationStatus, now: Nanos, push: &mut impl FnMut(Input) -> bool) {
        let (station, triggers) = (self.station, status.triggers);
        let last_seq = self.next.saturating_sub(1);
        let due = self.sampled.is_none_or(|(known, seq, at)| {
            (known, seq) != (triggers, last_seq) || now.since(at) >= Nanos::from_ms(SAMPLE_MS_MAX)
        });
        if due && push(Input::StationSample { station, triggers, last_seq }) {
            self.sampled = Some((triggers, last_seq, now));
        }
    }
}

#[cfg(test)]
mod tests;
