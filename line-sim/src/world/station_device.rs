//! A station beside the camera: gives a strobe when a pack is before its eye, measures it,
//! publishes results by sequence, by the contract of `contracts::station`. One type for the four
//! kinds.
//!
//! The world puts a pack before it and tells it when a result is due. It must never know what a
//! pack should be, only what it is.

use std::collections::{BTreeMap, VecDeque};

use rand_chacha::ChaCha8Rng;

use contracts::station::{CONTENT_MAX, Finding, StationResult, StationStatus};

use crate::sim_config::SimConfig;
use crate::world::chance::within;
use crate::world::time::SimTime;

const NS_PER_MS: u64 = 1_000_000;

/// What a station finds at a pack.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Measured {
    pub(crate) finding: Finding,
    pub(crate) value: i32,
    pub(crate) content: Vec<u8>,
}

/// What a station takes a job for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) trigger: u32,
    pub(crate) due: SimTime,
}

/// A result that is not yet published.
#[derive(Clone, Debug)]
struct Pending {
    result: StationResult,
    /// What was found is there.
    found: bool,
    /// Its time has come.
    due: bool,
}

/// What will go wrong with one measurement.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MeasureFaults {
    pub(crate) never: bool,
    pub(crate) late_ms: u64,
}

/// A station.
#[derive(Clone, Debug)]
pub(crate) struct StationDevice {
    rng: ChaCha8Rng,
    processing_ms: u64,
    jitter_ms: u64,
    results_max: usize,
    powered: bool,
    status: StationStatus,
    next_job: u64,
    /// Measured and not yet published.
    pending: BTreeMap<u64, Pending>,
    results: VecDeque<StationResult>,
}

impl StationDevice {
    pub(crate) fn new(config: &SimConfig, rng: ChaCha8Rng) -> Self {
        Self {
            rng,
            processing_ms: config.station_processing_ms,
            jitter_ms: config.station_jitter_ms,
            results_max: config.station_results_max,
            powered: true,
            status: StationStatus { epoch: config.first_epoch, ..StationStatus::default() },
            next_job: 1,
            pending: BTreeMap::new(),
            results: VecDeque::new(),
        }
    }

    /// Power lost: everything not fetched is gone.
    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        self.pending.clear();
        self.results.clear();
    }

    /// Power back: a new epoch without a recipe.
    pub(crate) fn boot(&mut self) {
        self.powered = true;
        let epoch = self.status.epoch.wrapping_add(1);
        self.status = StationStatus { epoch, ..StationStatus::default() };
    }

    pub(crate) fn is_powered(&self) -> bool {
        self.powered
    }

    pub(crate) fn status(&self) -> StationStatus {
        self.status
    }

    pub(crate) fn set_recipe(&mut self, hash: u32) {
        self.status.recipe_hash = hash;
    }

    /// A uniform number of at most `most` either way: the scale's noise.
    pub(crate) fn noise(&mut self, most: u64) -> i64 {
        within(&mut self.rng, 0, 2 * most) as i64 - most as i64
    }

    /// A pack is before the eye: one strobe more. Gives the job and when its result is due, nothing
    /// when there will never be one. A station without power sees nothing. What is not found yet
    /// comes with [`StationDevice::found`].
    pub(crate) fn measure(
        &mut self,
        now: SimTime,
        measured: Option<&Measured>,
        faults: MeasureFaults,
    ) -> Option<Job> {
        if !self.powered {
            return None;
        }
        self.status.triggers = self.status.triggers.wrapping_add(1);
        let jitter_ns = within(&mut self.rng, 0, self.jitter_ms * NS_PER_MS);
        if faults.never {
            return None;
        }
        let (id, trigger) = (self.next_job, self.status.triggers);
        self.next_job += 1;
        let recipe_hash = self.status.recipe_hash;
        let result = StationResult { trigger, recipe_hash, ..StationResult::default() };
        self.pending.insert(id, Pending { result, found: false, due: false });
        if let Some(measured) = measured {
            self.found(id, measured);
        }
        let due = now.plus_ms(self.processing_ms + faults.late_ms).plus_ns(jitter_ns);
        Some(Job { id, trigger, due })
    }

    /// What was found in a job; published at once when its time has come before. One of before a
    /// restart is gone.
    pub(crate) fn found(&mut self, job: u64, measured: &Measured) {
        let Some(pending) = self.pending.get_mut(&job) else { return };
        pending.result.finding = measured.finding;
        pending.result.value = measured.value;
        let room = measured.content.len().min(CONTENT_MAX);
        let fits = pending.result.content.extend_from_slice(&measured.content[..room]);
        debug_assert!(fits.is_ok());
        pending.found = true;
        if pending.due {
            self.publish(job);
        }
    }

    /// The result of a job is due: publishes it, or waits for what is found. One of before a
    /// restart is gone.
    pub(crate) fn publish(&mut self, job: u64) {
        let Some(pending) = self.pending.get_mut(&job) else { return };
        pending.due = true;
        if !pending.found {
            return;
        }
        let Some(Pending { result, .. }) = self.pending.remove(&job) else { return };
        self.status.last_seq = self.status.last_seq.wrapping_add(1);
        self.results.push_back(StationResult { seq: self.status.last_seq, ..result });
        if self.results.len() > self.results_max {
            self.results.pop_front();
        }
    }

    /// Up to `max` results from sequence `from_seq` on that are still held.
    pub(crate) fn results(&self, from_seq: u32, max: usize) -> Vec<StationResult> {
        let held_from = self.results.front().map_or(0, |result| result.seq);
        let skipped = usize::try_from(from_seq.saturating_sub(held_from)).unwrap_or(usize::MAX);
        let first = skipped.min(self.results.len());
        self.results.range(first..).take(max).cloned().collect()
    }
}
