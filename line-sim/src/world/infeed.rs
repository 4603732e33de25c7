//! The machine before us: releases packs at pitch while it may.
//!
//! The world asks where the next pack will appear. It must never look at what became of a pack.

use rand_chacha::ChaCha8Rng;

use crate::sim_config::SimConfig;
use crate::world::chance::within;

/// The infeed.
#[derive(Clone, Debug)]
pub(crate) struct Infeed {
    pitch_um: u64,
    jitter_um: u64,
    rng: ChaCha8Rng,
    open: bool,
    remaining: u64,
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
            remaining: config.packs_total,
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
            self.slot_um = self.slot_um.max(belt_um);
        }
        self.open = open;
    }

    /// Belt travel at which the next pack's front reaches the infeed eye; none while held.
    pub(crate) fn next_um(&self) -> Option<u64> {
        (self.open && self.remaining > 0).then_some(self.slot_um + self.deviation_um)
    }

    /// The pack announced by `next_um` has come.
    pub(crate) fn release(&mut self) {
        self.remaining -= 1;
        self.slot_um += self.pitch_um;
        self.deviate();
    }

    /// Packs still to come.
    pub(crate) fn remaining(&self) -> u64 {
        self.remaining
    }
}
