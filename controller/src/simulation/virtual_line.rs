//! The whole line in virtual time: the real core, the real device sessions and the simulator's
//! world in one thread, without sockets; from one seed.
//!
//! Used by whole-line tests and campaigns. Each device is polled as its transport would poll it.
//! Must never look at a clock: time is what the world's next event makes it.

mod floor;

use super::operator::{before_close, handle_hold};
use crate::service::batch_header;
use codes::SerialNumber;
use contracts::labeler::BatchHeader;
use contracts::packml::UnitState;
use contracts::station::RESULTS_PER_CALL;
use devices::camera::session::CameraSession;
use devices::labeler::session::LabelerSession;
use devices::line_io::session::LineIoSession;
use devices::station::session::StationSession;
use line_core::event::{Command, Input, Output, Refusal};
use line_core::ids::{Nanos, RecordSeq};
use line_core::line::Line;
use line_core::line_config::LineConfig;
use line_core::record::Record;
use line_core::verify::BatchData;
use line_sim::scenario::Scenario;
use line_sim::sim_config::SimConfig;
use line_sim::world::{DEVICES, Device, SimTime, World};
use std::collections::VecDeque;
use std::ops::Range;

/// Cycle of line I/O and camera, milliseconds.
const CYCLE_MS: u64 = 5;
/// Cycle of the labeler, in cycles of the line I/O.
const LABELER_CYCLES: u64 = 2;
/// Commit of the ledger: a record is durable this many cycles after it was emitted.
const DURABLE_CYCLES: usize = 1;
/// The person comes after this long.
const OPERATOR_MS: u64 = 1_000;
/// A batch that takes longer than this per pack has come to a standstill.
const STANDSTILL_MS_PER_PACK: u64 = 2_000;

/// What a virtual batch is made of.
pub struct VirtualBatch {
    /// Geometry and rules of the core.
    pub line: LineConfig,
    /// Product code, lot, expiry.
    pub batch: BatchData,
    /// Serials in index order.
    pub numbers: Box<[SerialNumber]>,
    /// The simulated line.
    pub sim: SimConfig,
    /// Its faults.
    pub scenario: Scenario,
    /// Seed of everything.
    pub seed: u64,
}

/// What the person declared for the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Term of the books: `additions`, `removals`, `retrieved`.
    pub term: String,
    /// Packs.
    pub count: u32,
    /// Why.
    pub reason: String,
}

/// A batch in virtual time.
pub struct VirtualLine {
    /// The core.
    pub line: Box<Line>,
    /// The other side.
    pub world: World,
    /// Every record in order.
    pub records: Vec<Record>,
    /// Every output that no device takes, in order.
    pub noted: Vec<Output>,
    /// Every declaration of the person, in order.
    pub declared: Vec<Declared>,
    /// Times at which the ledger's disk stalls, milliseconds: nothing becomes durable.
    pub stalls: Vec<Range<u64>>,
    /// Most records that were emitted and not durable.
    pub waiting_max: u64,
    /// Records that the person has seen the stray edges of.
    strays_seen: usize,
    /// Records at the time when the bin was emptied.
    bin_emptied: usize,
    header: BatchHeader,
    io: LineIoSession,
    labeler: LabelerSession,
    camera: CameraSession,
    stations: Vec<StationSession>,
    inputs: VecDeque<Input>,
    committing: VecDeque<RecordSeq>,
    heartbeat: u16,
    cycle: u64,
    held_since: Option<u64>,
    connections: [u64; DEVICES],
    numbers: Box<[SerialNumber]>,
    answer: Option<Result<(), Refusal>>,
    packs: u64,
}

impl VirtualLine {
    /// A line with a loaded order, not started.
    #[must_use]
    pub fn new(batch: VirtualBatch) -> Self {
        let packs = batch.sim.packs_total;
        let target = u32::try_from(packs).unwrap_or(u32::MAX);
        let numbers = batch.numbers.clone();
        let line = Line::new(batch.line, batch.batch, batch.numbers, target, 0);
        let header = batch_header(&batch.batch, batch.line.look_ahead, 1, None);
        let mut labeler = LabelerSession::new();
        labeler.set_header(header);
        let mut camera = CameraSession::new();
        camera.set_recipe(header.hash());
        let world = World::new(batch.sim, batch.scenario, batch.seed);
        let session = |station| {
            let mut session = StationSession::new(station);
            session.set_recipe(header.hash());
            session
        };
        Self {
            line,
            stations: world.stations().into_iter().map(session).collect(),
            world,
            records: Vec::new(),
            noted: Vec::new(),
            declared: Vec::new(),
            stalls: Vec::new(),
            waiting_max: 0,
            strays_seen: 0,
            bin_emptied: 0,
            header,
            io: LineIoSession::new(),
            labeler,
            camera,
            inputs: VecDeque::new(),
            committing: VecDeque::new(),
            heartbeat: 0,
            cycle: 0,
            held_since: None,
            connections: [0; DEVICES],
            numbers,
            answer: None,
            packs,
        }
    }

    /// Runs the batch until its order is complete. False when it came to a standstill.
    pub fn run(&mut self) -> bool {
        let mut started = false;
        let limit = (self.packs + 100) * STANDSTILL_MS_PER_PACK / CYCLE_MS;
        while self.cycle < limit {
            self.step();
            if !started && self.line.links() == [true; 3] {
                started = self.command(Command::Start).is_ok();
            }
            self.person();
            let fed = self.world.all_packs_done();
            match self.line.unit_state() {
                UnitState::Execute | UnitState::Suspended if fed => {
                    let _ = self.command(Command::Stop);
                }
                UnitState::Complete | UnitState::Aborted => {
                    let Ok(()) = before_close(self);
                    self.world.finish();
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// One cycle of every device.
    pub fn step(&mut self) {
        self.cycle += 1;
        let now = SimTime::from_ms(self.cycle * CYCLE_MS);
        self.world.advance(now);
        self.commit();
        self.exchange_line_io();
        if self.cycle.is_multiple_of(LABELER_CYCLES) {
            self.exchange_labeler();
        }
        self.exchange_camera();
        for at in 0..self.stations.len() {
            self.exchange_station(at);
        }
        self.inputs.push_back(Input::Tick);
        self.drain();
    }

    fn now(&self) -> Nanos {
        Nanos::from_ms(self.cycle * CYCLE_MS)
    }

    /// Gives the core a command and its answer back.
    ///
    /// # Errors
    /// The core's refusal.
    pub fn command(&mut self, command: Command) -> Result<(), Refusal> {
        self.answer = None;
        self.inputs.push_back(Input::Command(command));
        self.drain();
        self.answer.take().unwrap_or(Err(Refusal::WrongState))
    }

    fn commit(&mut self) {
        let (emitted, durable) = self.line.records();
        self.waiting_max = self.waiting_max.max(emitted.0 - durable.0);
        let now_ms = self.cycle * CYCLE_MS;
        if self.stalls.iter().any(|stall| stall.contains(&now_ms)) {
            return;
        }
        self.committing.push_back(emitted);
        if self.committing.len() > DURABLE_CYCLES
            && let Some(seq) = self.committing.pop_front()
        {
            self.inputs.push_back(Input::Watermark(seq));
            self.drain();
        }
    }

    /// True while the link carries frames; a connection that was cut is gone.
    fn connected(&mut self, device: Device) -> bool {
        let at = device as usize;
        let epoch = self.world.connection_epoch(device);
        let cut = core::mem::replace(&mut self.connections[at], epoch) != epoch;
        let up = self.world.link_is_up(device) && !cut;
        if !up {
            let mut push = pusher(&mut self.inputs);
            match device {
                Device::LineIo => self.io.on_disconnected(&mut push),
                Device::Labeler => self.labeler.on_disconnected(&mut push),
                Device::Camera => self.camera.on_disconnected(&mut push),
                Device::TextCheck
                | Device::CartonCode
                | Device::TamperEvident
                | Device::Checkweigher => {
                    let same = |s: &&mut StationSession| Device::of(s.station()) == device;
                    if let Some(session) = self.stations.iter_mut().find(same) {
                        session.on_disconnected(&mut push);
                    }
                }
            }
        }
        up
    }

    fn exchange_line_io(&mut self) {
        if !self.connected(Device::LineIo) {
            return;
        }
        self.heartbeat = self.heartbeat.wrapping_add(1);
        for _ in 0..8 {
            let command = self.io.command(self.heartbeat);
            let status = self.world.line_io_exchange(&command);
            self.io.on_status(&status, &mut pusher(&mut self.inputs));
            self.drain();
            if !self.io.wants_more() {
                break;
            }
        }
    }

    fn exchange_labeler(&mut self) {
        if !self.connected(Device::Labeler) {
            return;
        }
        for _ in 0..8 {
            let status = if self.labeler.is_up() {
                let command = self.labeler.command();
                self.world.labeler_exchange(&command)
            } else {
                self.world.labeler_status()
            };
            if self.labeler.needs_header(&status).is_some() {
                self.world.labeler_header(&self.header);
            }
            let now = self.now();
            self.labeler.on_status(&status, now, &mut pusher(&mut self.inputs));
            self.drain();
            if !self.labeler.wants_more() {
                break;
            }
        }
    }

    fn exchange_camera(&mut self) {
        if !self.connected(Device::Camera) {
            return;
        }
        let status = self.world.camera_status();
        if let Some(recipe) = self.camera.needs_recipe(&status) {
            self.world.camera_set_recipe(recipe);
        }
        let results = self.world.camera_results(self.camera.from_seq(), 32);
        let now = self.now();
        self.camera.on_answer(&status, &results, now, &mut pusher(&mut self.inputs));
        self.drain();
    }

    /// One exchange with a station, as over OPC UA.
    fn exchange_station(&mut self, at: usize) {
        let Some(station) = self.stations.get(at).map(StationSession::station) else { return };
        if !self.connected(Device::of(station)) {
            return;
        }
        let (status, now) = (self.world.station_status(station), self.now());
        let Some(session) = self.stations.get_mut(at) else { return };
        if let Some(recipe) = session.needs_recipe(&status) {
            self.world.station_set_recipe(station, recipe);
        }
        let results = self.world.station_results(station, session.from_seq(), RESULTS_PER_CALL);
        session.on_answer(&status, &results, now, &mut pusher(&mut self.inputs));
        self.drain();
    }

    fn drain(&mut self) {
        let now = self.now();
        while let Some(input) = self.inputs.pop_front() {
            self.line.handle(now, input);
            while let Some(output) = self.line.poll() {
                self.give(output);
            }
        }
    }

    fn give(&mut self, output: Output) {
        match output {
            Output::Record(record) => self.records.push(record),
            Output::Answer(answer) => self.answer = Some(answer),
            Output::Dispatch(_) | Output::FlushLabeler { .. } => self.labeler.apply(&output),
            Output::Trigger { .. }
            | Output::Permit { .. }
            | Output::Revoke { .. }
            | Output::NewPermitEpoch { .. }
            | Output::LineIoOutputs { .. }
            | Output::Consumed { .. } => self.io.apply(&output),
            Output::Decided { .. } | Output::PermitAcknowledged { .. } => self.noted.push(output),
        }
    }

    fn person(&mut self) {
        if self.line.unit_state() != UnitState::Held {
            self.held_since = None;
            return;
        }
        let since = *self.held_since.get_or_insert(self.cycle);
        if (self.cycle - since) * CYCLE_MS >= OPERATOR_MS {
            self.held_since = None;
            let Ok(()) = handle_hold(self);
        }
    }
}

fn pusher(inputs: &mut VecDeque<Input>) -> impl FnMut(Input) -> bool {
    |input| {
        inputs.push_back(input);
        true
    }
}
