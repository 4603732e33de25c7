//! The whole line in virtual time: the real core, the real device sessions and the simulator's
//! world in one thread, without sockets; from one seed.
//!
//! Used by whole-line tests and campaigns. Each device is polled as its transport would poll it.
//! Must never look at a clock: time is what the world's next event makes it.

mod devices;
mod disk;
mod draw;
mod floor;
mod meter;
mod pace;
mod restart;

pub use draw::Draw;
pub use meter::Meter;
pub use pace::Pace;
pub use restart::{CommitFate, Ending};

use super::memory_ledger::{Contradiction, MemoryLedger};
use super::observer::{CoreStart, Nobody, Observer};
use super::operator::{Fallen, after_purge, before_close, handle_abort, handle_hold};
use crate::service::batch_header;
use codes::SerialNumber;
use contracts::labeler::BatchHeader;
use contracts::packml::UnitState;
use devices::Devices;
use disk::Disk;
use line_core::event::{Command, Input, Output, Refusal};
use line_core::ids::Nanos;
use line_core::line::Line;
use line_core::line_config::LineConfig;
use line_core::record::Record;
use line_core::verify::BatchData;
use line_sim::scenario::Scenario;
use line_sim::sim_config::SimConfig;
use line_sim::world::{DEVICES, SimTime, World};
use meter::Span;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

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

/// What is put out beside orders to devices, for those who look at it afterwards.
#[derive(Debug, Default)]
pub struct Kept {
    /// Every record in order.
    pub records: Vec<Record>,
    /// Every output that no device takes, in order.
    pub noted: Vec<Output>,
}

/// A batch in virtual time.
pub struct VirtualLine<O = Nobody> {
    /// The core.
    pub line: Box<Line>,
    /// The other side.
    pub world: World,
    /// What was put out; empty unless it is asked for.
    pub kept: Kept,
    /// Every declaration of the person, in order.
    pub declared: Vec<Declared>,
    /// What is durable.
    pub ledger: MemoryLedger,
    /// Records that contradict those before.
    pub contradictions: Vec<Contradiction>,
    keeps: bool,
    /// Times at which the ledger's disk stalls, milliseconds: no commit returns.
    pub stalls: Vec<Range<u64>>,
    /// Most records that were emitted and not durable.
    pub waiting_max: u64,
    /// Stray edges that the person has seen: ejected and exited.
    strays_seen: (u32, u32),
    /// Packs without an edge at the infeed that the person has declared.
    unseen_declared: BTreeSet<u64>,
    /// What the person keeps in mind of packs in the bin.
    fallen: Fallen,
    /// Ejections when the bin was emptied.
    bin_emptied: usize,
    config: LineConfig,
    batch: BatchData,
    header: BatchHeader,
    devices: Devices,
    inputs: VecDeque<Input>,
    disk: Disk,
    pace: Pace,
    now_ns: u64,
    /// How far the monotonic clock has leapt ahead of the world.
    leapt_ns: u64,
    /// The controller runs.
    alive: bool,
    heartbeat: u16,
    /// When a person comes to the hold that is in force.
    person_at: Option<u64>,
    connections: [u64; DEVICES],
    numbers: Arc<[SerialNumber]>,
    answer: Option<Result<(), Refusal>>,
    packs: u64,
    metered: bool,
    meter: Meter,
    observer: O,
}

impl VirtualLine {
    /// A line with a loaded order, not started, polled in even cycles, that keeps what it puts out.
    #[must_use]
    pub fn new(batch: VirtualBatch) -> Self {
        let mut line = Self::observed(batch, Pace::Even, Nobody);
        line.keep();
        line
    }
}

impl<O: Observer> VirtualLine<O> {
    /// A line with a loaded order, not started, whose core somebody looks at.
    #[must_use]
    pub fn observed(batch: VirtualBatch, pace: Pace, mut observer: O) -> Self {
        let VirtualBatch { line: config, batch: data, numbers, sim, scenario, seed } = batch;
        let packs = sim.packs_total;
        let header = batch_header(&data, config.look_ahead, 1, None);
        let world = World::new(sim, scenario, seed);
        let numbers: Arc<[SerialNumber]> = numbers.into();
        let line = core(&config, &data, &numbers, packs, &mut observer);
        Self {
            line,
            devices: Devices::new(&header, &world),
            world,
            kept: Kept::default(),
            declared: Vec::new(),
            ledger: MemoryLedger::new(numbers.len()),
            contradictions: Vec::new(),
            keeps: false,
            stalls: Vec::new(),
            waiting_max: 0,
            strays_seen: (0, 0),
            unseen_declared: BTreeSet::new(),
            fallen: Fallen::default(),
            bin_emptied: 0,
            config,
            batch: data,
            header,
            inputs: VecDeque::new(),
            disk: Disk::default(),
            pace,
            now_ns: 0,
            leapt_ns: 0,
            alive: true,
            heartbeat: 0,
            person_at: None,
            connections: [0; DEVICES],
            numbers,
            answer: None,
            packs,
            metered: false,
            meter: Meter::default(),
            observer,
        }
    }

    /// Keeps what is put out from now on.
    pub fn keep(&mut self) {
        self.keeps = true;
    }

    /// Measures from now on, or no longer.
    pub fn measure(&mut self, metered: bool) {
        self.metered = metered;
    }

    /// What was measured.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.meter
    }

    /// Who looks at the core.
    pub fn observer(&mut self) -> &mut O {
        &mut self.observer
    }

    /// Serials of the order in index order.
    #[must_use]
    pub fn numbers(&self) -> &[SerialNumber] {
        &self.numbers
    }

    /// Runs the batch until its order is complete. False when it came to a standstill.
    pub fn run(&mut self) -> bool {
        while !self.is_late() {
            self.step();
            self.go_on();
            if self.is_over() {
                self.end();
                return true;
            }
        }
        false
    }

    /// What the people at the line do now: start, look after holds, stop after the last pack.
    pub fn go_on(&mut self) {
        if self.line.unit_state() == UnitState::Idle && self.line.links() == [true; 3] {
            let _ = self.command(Command::Start);
        }
        self.person();
        self.after_purge();
        let fed = self.world.all_packs_done();
        if fed && matches!(self.line.unit_state(), UnitState::Execute | UnitState::Suspended) {
            let _ = self.command(Command::Stop);
        }
    }

    /// More time has passed than any batch of this size needs.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.now_ns / 1_000_000 >= (self.packs + 100) * STANDSTILL_MS_PER_PACK
    }

    /// The order is complete, or given up.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let ended = matches!(self.line.unit_state(), UnitState::Complete | UnitState::Aborted);
        ended && self.alive
    }

    /// The last look before the books are closed; the world's truth is complete afterwards.
    pub fn end(&mut self) {
        self.commit_all();
        let Ok(()) = before_close(self);
        self.world.finish();
    }

    /// Lets time pass up to the next poll of the devices, and polls them.
    pub fn step(&mut self) {
        self.now_ns = self.next_step();
        let span = Span::begin(self.metered);
        self.world.advance(SimTime(self.now_ns));
        span.end(&mut self.meter.world_ns);
        if self.alive {
            self.commit();
            self.poll_devices();
            self.inputs.push_back(Input::Tick);
            self.drain();
        }
    }

    /// Simulated time.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn now(&self) -> Nanos {
        Nanos(self.now_ns + self.leapt_ns)
    }

    /// The monotonic clock leaps ahead, as behind a suspended host.
    pub fn leap(&mut self, ns: u64) {
        self.leapt_ns += ns;
    }

    /// Gives the core a command and its answer back.
    ///
    /// # Errors
    /// The core's refusal.
    pub fn command(&mut self, command: Command) -> Result<(), Refusal> {
        if !self.alive {
            return Err(Refusal::WrongState);
        }
        self.answer = None;
        self.inputs.push_back(Input::Command(command));
        self.drain();
        self.answer.take().unwrap_or(Err(Refusal::WrongState))
    }

    fn drain(&mut self) {
        let now = self.now();
        while let Some(input) = self.inputs.pop_front() {
            self.observer.input(now, &input);
            let span = Span::begin(self.metered);
            self.line.handle(now, input);
            span.end(&mut self.meter.core_ns);
            while let Some(output) = self.line.poll() {
                self.observer.output(&output);
                self.give(output);
            }
            self.observer.settled();
        }
    }

    fn give(&mut self, output: Output) {
        match output {
            Output::Record(record) => {
                if self.keeps {
                    self.kept.records.push(record);
                }
                self.disk.push(record);
            }
            Output::Answer(answer) => self.answer = Some(answer),
            Output::Dispatch(_) | Output::FlushLabeler { .. } => self.devices.tell_labeler(&output),
            Output::Trigger { .. }
            | Output::Permit { .. }
            | Output::Revoke { .. }
            | Output::NewPermitEpoch { .. }
            | Output::LineIoOutputs { .. }
            | Output::Consumed { .. } => self.devices.tell_line_io(&output),
            Output::Decided { .. } | Output::PermitAcknowledged { .. } => {
                if self.keeps {
                    self.kept.noted.push(output);
                }
            }
        }
    }

    fn person(&mut self) {
        if !self.alive || self.line.unit_state() != UnitState::Held {
            self.person_at = None;
            return;
        }
        // Nobody can compare anything before the devices answer again, and what the controller
        // shows is what is on its disk.
        let (emitted, durable) = self.line.records();
        let shown = self.line.links() == [true; 3] && emitted == durable;
        if self.pace.is_drawn() && !shown {
            self.person_at = None;
            return;
        }
        let comes = self.now_ns + self.pace.person_ns();
        if self.now_ns >= *self.person_at.get_or_insert(comes) {
            self.person_at = None;
            let Ok(()) = handle_hold(self);
        }
    }

    /// What came out of a purge without being known is declared while it lies on top.
    fn after_purge(&mut self) {
        let told = self.ledger.strays_told != self.strays_seen;
        let shown = !self.disk.is_stalled(self.now_ns);
        if self.pace.is_drawn() && told && shown && self.line.unit_state() == UnitState::Execute {
            let Ok(()) = after_purge(self);
        }
    }

    /// After an abort: the belt is emptied and every pack without an end is looked for.
    pub fn clear_after_abort(&mut self) {
        self.commit_all();
        let Ok(()) = handle_abort(self);
    }
}

/// A core with a loaded order.
fn core<O: Observer>(
    config: &LineConfig,
    batch: &BatchData,
    numbers: &Arc<[SerialNumber]>,
    packs: u64,
    observer: &mut O,
) -> Box<Line> {
    let target = u32::try_from(packs).unwrap_or(u32::MAX);
    observer.begin(CoreStart { config, batch, numbers, target, low_pool: 0 });
    Line::new(*config, *batch, numbers.to_vec().into_boxed_slice(), target, 0)
}
