//! Devices that follow their contracts and nothing else; the test makes edges, pictures, cuts and
//! restarts.

use contracts::camera::{CameraResult, CameraStatus, ReadStatus};
use contracts::labeler::opcua::{JobResult, JobState};
use contracts::labeler::{
    BatchHeader, LabelerAction, LabelerCommand, LabelerFault, LabelerStatus, PrintJob,
};
use contracts::line_io::{Channel, Edge, LineIoCommand, LineIoEvent, LineIoStatus};
use contracts::station::{Finding, STATIONS, Station, StationResult, StationStatus};
use line_sim::servers::Devices;
use line_sim::world::{CameraImage, DEVICES, Device};
use std::sync::Arc;

/// The devices and their links.
pub struct Script {
    pub line_io: LineIo,
    pub labeler: Labeler,
    pub camera: Camera,
    pub stations: [Beside; STATIONS],
    pub exchanges: u64,
    links: [(bool, u64); DEVICES],
    /// The labeler's link goes as soon as this job is accepted, before the answer is out.
    pub cut_at_job: Option<u32>,
}

impl Script {
    pub fn new() -> Self {
        Self {
            line_io: LineIo::new(1),
            labeler: Labeler::new(1),
            camera: Camera::new(1),
            stations: Station::ALL.map(|_| Beside::new(1)),
            exchanges: 0,
            links: [(true, 0); DEVICES],
            cut_at_job: None,
        }
    }

    pub fn cut(&mut self, device: Device) {
        let link = &mut self.links[device as usize];
        *link = (false, link.1 + 1);
    }

    pub fn mend(&mut self, device: Device) {
        self.links[device as usize].0 = true;
    }

    /// Another epoch, empty memory, connections gone.
    pub fn restart(&mut self, device: Device) {
        self.cut(device);
        match device {
            Device::LineIo => self.line_io = LineIo::new(self.line_io.epoch + 1),
            Device::Labeler => self.labeler = Labeler::new(self.labeler.status.epoch + 1),
            Device::Camera => self.camera = Camera::new(self.camera.status.epoch + 1),
            Device::TextCheck
            | Device::CartonCode
            | Device::TamperEvident
            | Device::Checkweigher => {
                let station = device.station().unwrap();
                let beside = &mut self.stations[station.index()];
                *beside = Beside::new(beside.status.epoch + 1);
            }
        }
        self.mend(device);
    }
}

/// Event FIFO, triggers and permits.
pub struct LineIo {
    epoch: u32,
    permit_epoch: u32,
    events: Vec<LineIoEvent>,
    pub permits: Vec<u32>,
    pub triggers: Vec<u64>,
    pub outputs: u16,
    pub heartbeat: u16,
}

impl LineIo {
    fn new(epoch: u32) -> Self {
        let (events, permits, triggers) = (Vec::new(), Vec::new(), Vec::new());
        Self { epoch, permit_epoch: 1, events, permits, triggers, outputs: 0, heartbeat: 0 }
    }

    pub fn edges(&mut self, count: u32) {
        for _ in 0..count {
            let seq = self.events.len() as u32 + 1;
            let (channel, edge) = (Channel::Infeed, Edge::Rising);
            let count = u64::from(seq) * 10;
            self.events.push(LineIoEvent { seq, channel, edge, ordinal: seq, count });
        }
    }

    fn take(&mut self, command: &LineIoCommand) {
        self.outputs = command.outputs;
        self.heartbeat = command.heartbeat;
        if command.permit_epoch > self.permit_epoch {
            self.permit_epoch = command.permit_epoch;
            self.permits.clear();
        }
        for (seq, &at) in (command.first_trigger as usize..).zip(&command.triggers) {
            if seq == self.triggers.len() + 1 {
                self.triggers.push(at);
            }
        }
        for (seq, permit) in (command.first_permit as usize..).zip(&command.permits) {
            if command.permit_epoch == self.permit_epoch && seq == self.permits.len() + 1 {
                self.permits.push(permit.track);
            }
        }
    }

    fn status(&self, command: &LineIoCommand) -> LineIoStatus {
        let made = self.events.len() as u32;
        let mut status = LineIoStatus {
            frame: command.frame,
            epoch: self.epoch,
            encoder: u64::from(made) * 10,
            permit_epoch: self.permit_epoch,
            permits_accepted: self.permits.len() as u32,
            triggers_accepted: self.triggers.len() as u32,
            heartbeat_echo: command.heartbeat,
            next_seq: made + 1,
            ..LineIoStatus::default()
        };
        status.totals[Channel::Infeed.index()] = made;
        let wanted = self.events.iter().filter(|event| event.seq >= command.read_from);
        for event in wanted {
            if status.events.push(*event).is_err() {
                break;
            }
        }
        status
    }
}

/// Job queue; prints nothing.
pub struct Labeler {
    pub status: LabelerStatus,
    /// Every job accepted: sequence and serial number.
    pub accepted: Vec<(u32, String)>,
    /// Every job that arrived, in order.
    pub arrived: Vec<u32>,
    crcs: Vec<u32>,
    queue: Vec<u32>,
}

impl Labeler {
    fn new(epoch: u32) -> Self {
        let status = LabelerStatus { epoch, ..LabelerStatus::default() };
        let (accepted, arrived) = (Vec::new(), Vec::new());
        Self { status, accepted, arrived, crcs: Vec::new(), queue: Vec::new() }
    }

    fn job(&mut self, job: &PrintJob) {
        self.arrived.push(job.seq);
        let crc = job.crc(self.status.epoch);
        if self.status.header_hash == 0 {
            self.status.fault = LabelerFault::NoHeader;
        } else if job.seq == self.status.last_accepted + 1 {
            self.status.last_accepted = job.seq;
            self.crcs.push(crc);
            self.queue.push(job.seq);
            self.accepted.push((job.seq, String::from_utf8_lossy(job.serial()).into_owned()));
        } else if job.seq > self.status.last_accepted {
            self.status.fault = LabelerFault::Gap;
        } else if self.crcs[job.seq as usize - 1] != crc {
            self.status.fault = LabelerFault::Conflict;
        }
    }

    fn exchange(&mut self, command: &LabelerCommand) -> LabelerStatus {
        self.status.frame = command.frame;
        self.status.heartbeat_echo = command.heartbeat;
        if command.epoch == self.status.epoch {
            command.jobs.iter().for_each(|job| self.job(job));
        }
        let ahead = command.action_seq.wrapping_sub(self.status.action_done);
        let fresh = (1..0x8000).contains(&ahead);
        if command.action == LabelerAction::Flush && fresh {
            self.status.action_done = command.action_seq;
            self.status.flushed_from = self.queue.first().copied().unwrap_or(0);
            self.status.flushed_to = self.queue.last().copied().unwrap_or(0);
            self.queue.clear();
        }
        self.status
    }
}

/// Result buffer.
pub struct Camera {
    pub status: CameraStatus,
    results: Vec<CameraResult>,
}

impl Camera {
    fn new(epoch: u32) -> Self {
        let status = CameraStatus { epoch, ..CameraStatus::default() };
        Self { status, results: Vec::new() }
    }

    pub fn shoot(&mut self, count: u32) {
        for _ in 0..count {
            self.status.last_seq += 1;
            self.status.triggers += 1;
            self.results.push(CameraResult {
                seq: self.status.last_seq,
                trigger: self.status.triggers,
                recipe_hash: self.status.recipe_hash,
                status: ReadStatus::Decoded,
                ..CameraResult::default()
            });
        }
    }
}

/// A station's result buffer.
pub struct Beside {
    pub status: StationStatus,
    results: Vec<StationResult>,
}

impl Beside {
    fn new(epoch: u32) -> Self {
        let status = StationStatus { epoch, ..StationStatus::default() };
        Self { status, results: Vec::new() }
    }

    pub fn measure(&mut self, count: u32) {
        for _ in 0..count {
            self.status.last_seq += 1;
            self.status.triggers += 1;
            let seq = self.status.last_seq;
            self.results.push(StationResult {
                seq,
                trigger: self.status.triggers,
                recipe_hash: self.status.recipe_hash,
                finding: Finding::Measured,
                value: -(seq as i32),
                content: format!("PACK-{seq}").bytes().collect(),
                ..StationResult::default()
            });
        }
    }

    /// The buffer overran: the first `count` results are gone.
    pub fn forget(&mut self, count: usize) {
        self.results.drain(..count);
    }
}

impl Devices for Script {
    fn line_io_exchange(&mut self, command: &LineIoCommand) -> LineIoStatus {
        self.exchanges += 1;
        if command.epoch == self.line_io.epoch {
            self.line_io.take(command);
        }
        self.line_io.status(command)
    }

    fn labeler_header(&mut self, header: &BatchHeader) {
        self.labeler.status.header_hash = header.hash();
    }

    fn labeler_exchange(&mut self, command: &LabelerCommand) -> LabelerStatus {
        self.exchanges += 1;
        if !self.link_is_up(Device::Labeler) {
            return LabelerStatus::default();
        }
        let status = self.labeler.exchange(command);
        if self.cut_at_job.is_some_and(|job| status.last_accepted >= job) {
            self.cut_at_job = None;
            self.cut(Device::Labeler);
        }
        status
    }

    fn labeler_queued(&mut self) -> usize {
        0
    }

    fn labeler_results(&mut self, from: u32, max: usize) -> Vec<JobResult> {
        let queued = self.labeler.queue.iter().map(|&seq| (seq, JobState::Queued));
        let flushed = self.labeler.status.flushed_from..=self.labeler.status.flushed_to;
        let dropped = flushed.filter(|&seq| seq > 0).map(|seq| (seq, JobState::Dropped));
        let wanted = dropped.chain(queued).filter(|(seq, _)| *seq >= from);
        wanted.take(max).map(|(seq, state)| JobResult { seq, state, strobe: 0 }).collect()
    }

    fn labeler_status(&mut self) -> LabelerStatus {
        self.labeler.status
    }

    fn camera_status(&mut self) -> CameraStatus {
        self.camera.status
    }

    fn camera_results(&mut self, from: u64, max: usize) -> Vec<CameraResult> {
        self.exchanges += 1;
        let wanted = self.camera.results.iter().filter(|result| result.seq >= from);
        wanted.take(max).cloned().collect()
    }

    fn camera_image(&mut self, seq: u64) -> Option<Arc<CameraImage>> {
        let known = self.camera.results.iter().any(|result| result.seq == seq);
        let image = CameraImage { width: 320, height: 320, pixels: vec![128; 320 * 320] };
        known.then(|| Arc::new(image))
    }

    fn camera_set_recipe(&mut self, hash: u32) {
        self.camera.status.recipe_hash = hash;
    }

    fn station_status(&mut self, station: Station) -> StationStatus {
        self.stations[station.index()].status
    }

    fn station_results(&mut self, station: Station, from: u32, max: usize) -> Vec<StationResult> {
        self.exchanges += 1;
        let results = self.stations[station.index()].results.iter();
        results.filter(|result| result.seq >= from).take(max).cloned().collect()
    }

    fn station_set_recipe(&mut self, station: Station, hash: u32) {
        self.stations[station.index()].status.recipe_hash = hash;
    }

    fn link_is_up(&self, device: Device) -> bool {
        self.links[device as usize].0
    }

    fn connection_epoch(&self, device: Device) -> u64 {
        self.links[device as usize].1
    }
}
