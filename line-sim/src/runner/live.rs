//! The world bound to the wall clock: every call brings it to the present first.
//!
//! Shared by clock thread, servers, camera thread and hands behind one lock. It must never hold the
//! lock for longer than a step of the world.

use crate::hands::{HandsRequest, HandsResponse};
use crate::servers::Devices;
use crate::world::{CameraImage, CaptureJob, Device, Reading, SimTime, World};
use contracts::camera::{CameraResult, CameraStatus};
use contracts::labeler::opcua::JobResult;
use contracts::labeler::{BatchHeader, LabelerCommand, LabelerStatus};
use contracts::line_io::{LineIoCommand, LineIoStatus};
use contracts::station::{Station, StationResult, StationStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The world in real time.
pub struct Live {
    world: World,
    started: Instant,
}

/// The line, also after a thread that held it has panicked: the judge decides what that means.
pub(super) fn lock(live: &Mutex<Live>) -> MutexGuard<'_, Live> {
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Starts the clock.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { world, started: Instant::now() }
    }

    /// The world at the present.
    pub fn world(&mut self) -> &mut World {
        let elapsed = self.started.elapsed().as_nanos();
        self.world.advance(SimTime(u64::try_from(elapsed).unwrap_or(u64::MAX)));
        &mut self.world
    }

    /// One step of the clock: pictures to be taken, ground truth to be written.
    pub(super) fn step(&mut self) -> (Vec<CaptureJob>, String) {
        let world = self.world();
        (world.take_captures(), world.take_truth_lines())
    }

    /// A picture has been read.
    pub(super) fn captured(&mut self, job: u64, reading: &Reading, image: Arc<CameraImage>) {
        self.world().capture_done(job, reading, Some(image));
    }

    /// The text check's picture has been read.
    pub(super) fn text_read(&mut self, job: u64, lines: Option<Vec<u8>>) {
        self.world().text_done(job, lines);
    }

    /// Does what the person does.
    pub(super) fn hands(&mut self, request: HandsRequest) -> HandsResponse {
        self.world().hands(request)
    }

    /// The end: the ground truth that is left.
    pub(super) fn finish(&mut self) -> String {
        self.world().finish();
        self.world.take_truth_lines()
    }
}

impl Devices for Live {
    fn line_io_exchange(&mut self, command: &LineIoCommand) -> LineIoStatus {
        self.world().line_io_exchange(command)
    }

    fn labeler_header(&mut self, header: &BatchHeader) {
        self.world().labeler_header(header);
    }

    fn labeler_exchange(&mut self, command: &LabelerCommand) -> LabelerStatus {
        self.world().labeler_exchange(command)
    }

    fn labeler_status(&mut self) -> LabelerStatus {
        self.world().labeler_status()
    }

    fn labeler_queued(&mut self) -> usize {
        self.world().labeler_queued()
    }

    fn labeler_results(&mut self, from: u32, max: usize) -> Vec<JobResult> {
        self.world().labeler_results(from, max)
    }

    fn camera_status(&mut self) -> CameraStatus {
        self.world().camera_status()
    }

    fn camera_results(&mut self, from: u64, max: usize) -> Vec<CameraResult> {
        self.world().camera_results(from, max)
    }

    fn camera_image(&mut self, seq: u64) -> Option<Arc<CameraImage>> {
        self.world().camera_image(seq)
    }

    fn camera_set_recipe(&mut self, hash: u32) {
        self.world().camera_set_recipe(hash);
    }

    fn station_status(&mut self, station: Station) -> StationStatus {
        self.world().station_status(station)
    }

    fn station_results(&mut self, station: Station, from: u32, max: usize) -> Vec<StationResult> {
        self.world().station_results(station, from, max)
    }

    fn station_set_recipe(&mut self, station: Station, hash: u32) {
        self.world().station_set_recipe(station, hash);
    }

    fn link_is_up(&self, device: Device) -> bool {
        self.world.link_is_up(device)
    }

    fn connection_epoch(&self, device: Device) -> u64 {
        self.world.connection_epoch(device)
    }
}
