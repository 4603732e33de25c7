//! The world of the simulated line: belt, packs, the three devices and what goes wrong, in
//! simulated time.
//!
//! Sans-IO and deterministic: the servers (in real time) and the adapter (in virtual time) hand in
//! time and frames; one seed reproduces a run. A caller in virtual time goes from
//! [`World::next_event_time`] to the next; a caller in real time calls [`World::advance`] every
//! millisecond or so and before each exchange.
//!
//! It must never read a clock, open a socket, or know anything of the controller but its frames.

pub mod capture;
pub mod label;
pub mod time;

mod belt;
mod beside;
mod by_hand;
mod camera_device;
pub(crate) mod chance;
mod details;
mod encoder;
mod eyes;
mod faults;
mod gate_control;
mod incidents;
mod infeed;
mod labeler_device;
mod levels;
mod line_io_device;
mod links;
mod packs;
mod passage;
mod run;
mod station_device;
mod station_plan;
mod stations;
mod trouble;
mod truth_log;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use contracts::camera::{CameraResult, CameraStatus};
use contracts::labeler::opcua::JobResult;
use contracts::labeler::{BatchHeader, LabelerCommand, LabelerStatus};
use contracts::line_io::{LineIoCommand, LineIoStatus};
use contracts::station::STATIONS;

pub use capture::{CameraImage, CaptureJob, Eyes, Reading, Subject};
pub use label::{Ink, LabelText, ReadableText, Text};
pub use links::{DEVICES, Device};
pub use time::SimTime;
pub use truth_log::Counters;

use crate::scenario::{Eye, Scenario, ScheduledFault};
use crate::sim_config::SimConfig;
use crate::truth::TruthRecord;
use belt::Belt;
use camera_device::CameraDevice;
use faults::{FaultPlan, Trouble};
use incidents::Incident;
use infeed::Infeed;
use labeler_device::LabelerDevice;
use levels::Levels;
use line_io_device::{LineIoDevice, Surroundings};
use links::Links;
use packs::Packs;
use run::Timed;
use station_device::StationDevice;
use station_plan::StationPlan;
use stations::{Places, Stations};
use truth_log::TruthLog;

/// Rejected packs that stay within reach in the bin.
const BIN_REACH_PACKS: usize = 512;

/// Independent streams of the seed's generator.
#[derive(Clone, Copy)]
enum Stream {
    Infeed = 1,
    Faults = 2,
    Camera = 3,
    /// Faults of the stations beside the camera.
    StationFaults = 4,
    /// The stations' own, one each from here on.
    Stations = 5,
}

fn stream(seed: u64, stream: Stream) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream as u64);
    rng
}

/// The simulated line.
#[derive(Clone, Debug)]
pub struct World {
    config: SimConfig,
    now: SimTime,
    places: Places,
    belt: Belt,
    infeed: Infeed,
    packs: Packs,
    stations: Stations,
    line_io: LineIoDevice,
    labeler: LabelerDevice,
    camera: CameraDevice,
    links: Links,
    /// The stations beside the camera, by their number.
    beside: [Option<StationDevice>; STATIONS],
    plan: FaultPlan,
    station_plan: StationPlan,
    log: TruthLog,
    /// Faults scheduled by time.
    scheduled: Vec<ScheduledFault>,
    timed: BinaryHeap<Reverse<(SimTime, u64, Timed)>>,
    timed_count: u64,
    /// What happens to the belt: belt position, number of the pack, what.
    incidents: BinaryHeap<Reverse<(u64, u64, Incident)>>,
    levels: Levels,
    /// The eye that stays blocked until it is cleaned.
    stuck_eye: Option<Eye>,
    /// A result that waits for the next one's, and how much later than that it comes,
    /// milliseconds.
    held_result: Option<(u64, u64)>,
    /// Packs whose front is on its way to the eject-confirm eye: belt position and number.
    chute_rise: VecDeque<(u64, u64)>,
    /// Packs whose end is.
    chute_fall: VecDeque<(u64, u64)>,
    /// Packs behind the exit, within reach.
    behind_exit: VecDeque<u64>,
    /// Rejected packs within reach: number and what a scanner makes of the label.
    bin: VecDeque<packs::Pack>,
    /// The ejector will stick at the next pack that it has to eject.
    ejector_will_stick: bool,
    ejector_is_stuck: bool,
    captures: Vec<CaptureJob>,
    troubles: Vec<Trouble>,
}

impl World {
    /// A line at rest, devices just switched on. `config` must have passed [`SimConfig::check`].
    #[must_use]
    pub fn new(config: SimConfig, scenario: Scenario, seed: u64) -> Self {
        let places = Places::new(&config);
        let mut world = Self {
            now: SimTime::ZERO,
            belt: Belt::new(&config),
            infeed: Infeed::new(&config, stream(seed, Stream::Infeed)),
            packs: Packs::new(),
            stations: Stations::new(&places),
            places,
            line_io: LineIoDevice::new(&config),
            labeler: LabelerDevice::new(&config),
            camera: CameraDevice::new(&config, stream(seed, Stream::Camera)),
            beside: beside::stations(&config, seed),
            links: Links::default(),
            plan: FaultPlan::new(&scenario, stream(seed, Stream::Faults)),
            station_plan: StationPlan::new(&config, &scenario, stream(seed, Stream::StationFaults)),
            log: TruthLog::new(&config, &scenario, seed),
            scheduled: scenario.scheduled,
            timed: BinaryHeap::new(),
            timed_count: 0,
            incidents: BinaryHeap::new(),
            levels: Levels::default(),
            stuck_eye: None,
            held_result: None,
            chute_rise: VecDeque::new(),
            chute_fall: VecDeque::new(),
            behind_exit: VecDeque::new(),
            bin: VecDeque::new(),
            ejector_will_stick: false,
            ejector_is_stuck: false,
            captures: Vec::new(),
            troubles: Vec::new(),

            config,
        };
        for index in 0..world.scheduled.len() {
            if let Some(at_ms) = world.scheduled[index].at_ms {
                world.at(SimTime::from_ms(at_ms), Timed::Scheduled(index));
            }
        }
        world
    }

    /// Time of the world.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The configuration that it runs with.
    #[must_use]
    pub fn config(&self) -> &SimConfig {
        &self.config
    }

    /// One cycle with the line I/O. While its link is down the command is lost and the answer is
    /// empty; servers must not answer then at all.
    pub fn line_io_exchange(&mut self, command: &LineIoCommand) -> LineIoStatus {
        if !self.link_is_up(Device::LineIo) {
            return LineIoStatus::default();
        }
        let around = Surroundings {
            now: self.now,
            belt_um: self.belt.position_um(self.now),
            moving: self.belt.is_moving(self.now),
            levels: self.level_inputs(),
        };
        let status = self.line_io.exchange(command, around);
        self.drive();
        status
    }

    /// Gives the labeler its batch header. Lost while its link is down.
    pub fn labeler_header(&mut self, header: &BatchHeader) {
        if self.link_is_up(Device::Labeler) {
            self.labeler.take_header(header);
        }
    }

    /// One cycle with the labeler. While its link is down the command is lost and the answer is
    /// empty; servers must not answer then at all.
    pub fn labeler_exchange(&mut self, command: &LabelerCommand) -> LabelerStatus {
        if !self.link_is_up(Device::Labeler) {
            return LabelerStatus::default();
        }
        let was_stale = self.labeler.is_stale();
        let status = self.labeler.exchange(command);
        self.log.scrapped(self.labeler.take_scrapped(), self.now);
        if was_stale && !self.labeler.is_stale() {
            self.log.slip_over(self.now);
        }
        status
    }

    /// The labeler's status as of its last cycle.
    #[must_use]
    pub fn labeler_status(&self) -> LabelerStatus {
        self.labeler.status()
    }

    /// Jobs that the labeler holds and has not printed.
    #[must_use]
    pub fn labeler_queued(&self) -> usize {
        self.labeler.queued()
    }

    /// What has become of up to `max` print jobs from sequence `from` on, as far as the labeler
    /// remembers them.
    #[must_use]
    pub fn labeler_results(&self, from: u32, max: usize) -> Vec<JobResult> {
        self.labeler.results(from, max)
    }

    /// Gives the camera its recipe. Lost while its link is down.
    pub fn camera_set_recipe(&mut self, hash: u32) {
        if self.link_is_up(Device::Camera) {
            self.camera.set_recipe(hash);
        }
    }

    /// What the camera says of itself.
    #[must_use]
    pub fn camera_status(&self) -> CameraStatus {
        self.camera.status()
    }

    /// Up to `max` results from sequence `from_seq` on, as far as the camera still holds them.
    #[must_use]
    pub fn camera_results(&self, from_seq: u64, max: usize) -> Vec<CameraResult> {
        self.camera.results(from_seq, max)
    }

    /// The image of the result `seq`, while the camera holds it.
    #[must_use]
    pub fn camera_image(&self, seq: u64) -> Option<Arc<CameraImage>> {
        self.camera.image(seq)
    }

    /// Pictures taken since the last call, to be rendered and decoded by the caller. Always empty
    /// in no-pixels mode.
    pub fn take_captures(&mut self) -> Vec<CaptureJob> {
        std::mem::take(&mut self.captures)
    }

    /// Hands back what was decoded. The result is published when its time has come too. A job of
    /// before the camera's restart is ignored.
    pub fn capture_done(&mut self, job: u64, reading: &Reading, image: Option<Arc<CameraImage>>) {
        if self.camera.read(job, reading, image) {
            self.publish(job);
        }
    }

    /// False while a device cannot be reached: link cut, or restarting.
    #[must_use]
    pub fn link_is_up(&self, device: Device) -> bool {
        self.links.is_up(device, self.now)
    }

    /// Changes when a server must drop its connections: at each cut and restart.
    #[must_use]
    pub fn connection_epoch(&self, device: Device) -> u64 {
        self.links.connection_epoch(device)
    }

    /// The ground truth since the last call.
    pub fn take_truth(&mut self) -> Vec<TruthRecord> {
        self.log.take()
    }

    /// The ground truth since the last call as JSON lines.
    pub fn take_truth_lines(&mut self) -> String {
        self.log.take().iter().map(TruthRecord::to_line).collect()
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.log.counters
    }

    /// Encoder counts since the line I/O's epoch began, for displays.
    #[must_use]
    pub fn encoder_count(&self) -> u64 {
        self.line_io.encoder.count_at(self.belt.position_um(self.now))
    }

    /// True while the belt moves.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.belt.is_moving(self.now)
    }
}
