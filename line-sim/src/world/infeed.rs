//! The machine before us: releases packs at pitch while it may; those that a person has prepared
//! come before its own.
//!
//! The world asks where the next pack will appear. It must never look at what became of a pack.

use std::collections::VecDeque;

use rand_chacha::ChaCha8Rng;

use crate::hands::PreparedPack;
use crate::sim_config::SimConfig;
use crate::world::chance::within;

/// The infeed.
#[derive(Clone, Debug)]
pub(crate) struct Infeed {
    pitch_um: u64,
    jitter_um: u64,
    rng: ChaCha8Rng,
    open: bool,
    /// It has nothing to deliver for a while.
    starved: bool,
    /// Its own packs may come.
    feeding: bool,
    remaining: u64,
    prepared: VecDeque<PreparedPack>,
    /// Belt travel at which the next pack is due without deviation, less the largest one.
    slot_um: u64,
    /// The next pack's deviation, 0 to twice the largest one.
    deviation_um: u64,
}

impl Infeed {
    pub(crate) fn new(config: &SimConfig, rng: ChaCha8Rng) -> Self {
        let um = |mm: f64| (mm * 1_000.0).round() as u64;
        let mut infeed = Self {
            pitch_um: um(config.geometry.pitch_mm),
            jitter_um: um(config.geometry.pitch_jitter_mm),
            rng,
            open: false,
            starved: false,
            feeding: config.feed_open,
            remaining: config.packs_total,
            prepared: VecDeque::new(),
            slot_um: 0,
            deviation_um: 0,
        };
        infeed.deviate();
        infeed
    }

    fn deviate(&mut self) {
        self.deviation_um = within(&mut self.rng, 0, 2 * self.jitter_um);
    }

    /// True while it may release.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Obeys the release output. A pack held back comes at once when it is given.
    pub(crate) fn set_open(&mut self, open: bool, belt_um: u64) {
        if open && !self.open {
            self.hurry(belt_um);
        }
        self.open = open;
    }

    /// A pack that was held back comes at once.
    pub(crate) fn hurry(&mut self, belt_um: u64) {
        self.slot_um = self.slot_um.max(belt_um);
    }

    /// Begins or ends a time without packs of its own.
    pub(crate) fn set_starved(&mut self, starved: bool) {
        self.starved = starved;
    }

    /// Opens or closes the supply of its own packs.
    pub(crate) fn feed(&mut self, feeding: bool, belt_um: u64) {
        if feeding && !self.is_ready() {
            self.hurry(belt_um);
        }
        self.feeding = feeding;
    }

    /// A person lays packs onto it.
    pub(crate) fn lay(&mut self, packs: Vec<PreparedPack>, belt_um: u64) {
        if !self.is_ready() {
            self.hurry(belt_um);
        }
        self.prepared.extend(packs);
    }

    /// Prepared packs that wait, and whether its own may come.
    pub(crate) fn feeding(&self) -> (u64, bool) {
        (self.prepared.len() as u64, self.feeding)
    }

    /// True while it has something to deliver.
    pub(crate) fn is_ready(&self) -> bool {
        !self.prepared.is_empty() || (self.feeding && !self.starved && self.remaining > 0)
    }

    /// Belt travel at which the next pack's front reaches the infeed eye; none while held.
    pub(crate) fn next_um(&self) -> Option<u64> {
        (self.open && self.is_ready()).then_some(self.slot_um + self.deviation_um)
    }

    /// The pack announced by `next_um` has come: a prepared one, or one of its own.
    pub(crate) fn release(&mut self) -> Option<PreparedPack> {
        let prepared = self.prepared.pop_front();
        if prepared.is_none() {
            self.remaining = self.remaining.saturating_sub(1);
        }
        self.slot_um += self.pitch_um;
        self.deviate();
        prepared
    }

    /// A further pack comes together with the last one, and the next one leaves room for it. False
    /// when there is none.
    pub(crate) fn release_with_it(&mut self) -> bool {
        let there = self.remaining > 0;
        if there {
            self.remaining -= 1;
            self.leave_gap();
        }
        there
    }

    /// The next pack comes one pitch later. Gives the pitch.
    pub(crate) fn leave_gap(&mut self) -> u64 {
        self.slot_um += self.pitch_um;
        self.pitch_um
    }

    /// Packs still to come, those among them that are held back too.
    pub(crate) fn remaining(&self) -> u64 {
        self.remaining + self.prepared.len() as u64
    }
}
