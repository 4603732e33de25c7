//! The camera: counts triggers, takes pictures, publishes results by sequence, by the contract of
//! `contracts::camera`.
//!
//! The world triggers it and tells it when a result is due; the owner of the world renders and
//! decodes. It must never know what a pack should bear.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;

use contracts::camera::{CameraResult, CameraStatus};

use crate::sim_config::SimConfig;
use crate::world::capture::{CameraImage, CaptureJob, Eyes, Reading, Subject};
use crate::world::chance::within;
use crate::world::time::SimTime;

const NS_PER_MS: u64 = 1_000_000;

/// What will go wrong with one capture.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CaptureFaults {
    pub(crate) never: bool,
    pub(crate) late_ms: u64,
    pub(crate) duplicate_ms: Option<u64>,
}

/// A capture whose result is not yet published.
#[derive(Clone, Debug)]
struct Pending {
    result: CameraResult,
    image: Option<Arc<CameraImage>>,
    /// The reading is there.
    read: bool,
    /// Its time has come.
    due: bool,
    duplicate_ms: Option<u64>,
}

/// What to do after publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// Nothing more.
    Done,
    /// The same result once more after so many milliseconds.
    AgainAfterMs(u64),
}

/// The camera.
#[derive(Clone, Debug)]
pub(crate) struct CameraDevice {
    rng: ChaCha8Rng,
    processing_ms: u64,
    jitter_ms: u64,
    results_max: usize,
    images_max: usize,
    powered: bool,
    status: CameraStatus,
    next_job: u64,
    pending: BTreeMap<u64, Pending>,
    results: VecDeque<CameraResult>,
    images: VecDeque<(u64, Arc<CameraImage>)>,
}

impl CameraDevice {
    pub(crate) fn new(config: &SimConfig, rng: ChaCha8Rng) -> Self {
        Self {
            rng,
            processing_ms: config.camera_processing_ms,
            jitter_ms: config.camera_jitter_ms,
            results_max: config.camera_results_max,
            images_max: config.camera_images_max,
            powered: true,
            status: CameraStatus { epoch: config.first_epoch, ..CameraStatus::default() },
            next_job: 1,
            pending: BTreeMap::new(),
            results: VecDeque::new(),
            images: VecDeque::new(),
        }
    }

    /// Power lost: everything not fetched is gone.
    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        self.pending.clear();
        self.results.clear();
        self.images.clear();
    }

    /// Power back: a new epoch without a recipe.
    pub(crate) fn boot(&mut self) {
        self.powered = true;
        let epoch = self.status.epoch.wrapping_add(1);
        self.status = CameraStatus { epoch, ..CameraStatus::default() };
    }

    pub(crate) fn is_powered(&self) -> bool {
        self.powered
    }

    pub(crate) fn status(&self) -> CameraStatus {
        self.status
    }

    pub(crate) fn set_recipe(&mut self, hash: u32) {
        self.status.recipe_hash = hash;
    }

    /// A trigger came: the picture is taken now. Gives the job and when its result is due, nothing
    /// when there will never be one.
    pub(crate) fn capture(
        &mut self,
        now: SimTime,
        subject: Subject,
        seed: u64,
        faults: CaptureFaults,
    ) -> Option<(CaptureJob, SimTime)> {
        if !self.powered {
            return None;
        }
        self.status.triggers = self.status.triggers.wrapping_add(1);
        let jitter_ns = within(&mut self.rng, 0, self.jitter_ms * NS_PER_MS);
        if faults.never {
            return None;
        }
        let id = self.next_job;
        self.next_job += 1;
        let result = CameraResult {
            trigger: self.status.triggers,
            recipe_hash: self.status.recipe_hash,
            ..CameraResult::default()
        };
        let duplicate_ms = faults.duplicate_ms;
        let pending = Pending { result, image: None, read: false, due: false, duplicate_ms };
        self.pending.insert(id, pending);
        let due = now.plus_ms(self.processing_ms + faults.late_ms).plus_ns(jitter_ns);
        let (eyes, trigger) = (Eyes::Camera, self.status.triggers);
        Some((CaptureJob { eyes, id, trigger, subject, seed }, due))
    }

    /// The reading of a job is there. True when it is due to be published.
    pub(crate) fn read(
        &mut self,
        job: u64,
        reading: &Reading,
        image: Option<Arc<CameraImage>>,
    ) -> bool {
        let Some(pending) = self.pending.get_mut(&job) else { return false };
        pending.result.status = reading.status;
        pending.result.grade = reading.grade;
        pending.result.content.clear();
        let room = pending.result.content.capacity().min(reading.content.len());
        let fits = pending.result.content.extend_from_slice(&reading.content[..room]);
        debug_assert!(fits.is_ok());
        pending.image = image;
        pending.read = true;
        pending.due
    }

    /// The result of a job is due: publishes it, or waits for its reading.
    pub(crate) fn publish(&mut self, job: u64) -> Published {
        let Some(pending) = self.pending.get_mut(&job) else { return Published::Done };
        pending.due = true;
        if !pending.read {
            return Published::Done;
        }
        let again = pending.duplicate_ms.take();
        self.status.last_seq += 1;
        let seq = self.status.last_seq;
        self.results.push_back(CameraResult { seq, ..pending.result.clone() });
        if self.results.len() > self.results_max {
            self.results.pop_front();
        }
        if let Some(image) = pending.image.clone() {
            self.images.push_back((seq, image));
        }
        if self.images.len() > self.images_max {
            self.images.pop_front();
        }
        match again {
            Some(ms) => Published::AgainAfterMs(ms),
            None => {
                self.pending.remove(&job);
                Published::Done
            }
        }
    }

    /// Up to `max` results from sequence `from_seq` on that are still held.
    pub(crate) fn results(&self, from_seq: u64, max: usize) -> Vec<CameraResult> {
        let held_from = self.results.front().map_or(0, |result| result.seq);
        let skipped = usize::try_from(from_seq.saturating_sub(held_from)).unwrap_or(usize::MAX);
        let first = skipped.min(self.results.len());
        self.results.range(first..).take(max).cloned().collect()
    }

    /// The image of a result, while it is held.
    pub(crate) fn image(&self, seq: u64) -> Option<Arc<CameraImage>> {
        self.images.iter().find(|(held, _)| *held == seq).map(|(_, image)| Arc::clone(image))
    }
}
