//! The line: the only place that wires the stages. `Line::handle` takes one input, `Line::poll`
//! hands out what is to be done, `Line::deadline` says when a tick is wanted.
//!
//! Called by the line thread, by simulations and by replay. No allocation after `new`, no clock, no
//! I/O. One file a kind of input: [`io`], [`labeler`], [`camera`], [`command`], [`recovery`];
//! packs at their eyes in [`stations`], verdicts in [`verdict`], the unit's course in [`course`].

mod camera;
mod chute;
mod command;
mod course;
mod figures;
mod io;
mod labeler;
mod neighbours;
mod phase;
mod recovery;
mod station;
mod stations;
#[cfg(test)]
pub(crate) mod tests;
mod trial;
mod verdict;

use crate::counts::Counts;
use crate::decide::RejectWatch;
use crate::event::{CameraReading, Input, LabelerReport, Output};
use crate::gate::Gate;
use crate::grade_trend::GradeTrend;
use crate::hold::Holds;
use crate::ids::{EncoderCount, Epoch, IoSeq, Nanos, RecordSeq, SerialIndex, TrackIndex};
use crate::limits::{
    OUTPUTS_PER_INPUT, RECORD_RESERVE, RECORD_RING, RECORDS_PER_PACK, RESULTS_PENDING,
    UNRESOLVED_MAX,
};
use crate::line_config::LineConfig;
use crate::machine::commissions;
use crate::pool::Pool;
use crate::print::PrintQueue;
use crate::reason::HoldCause;
use crate::record::{LineCounts, Record, RecordBody};
use crate::register::Tracker;
use crate::verify::BatchData;
use chute::Chute;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use contracts::station::{STATIONS, Station};
pub use figures::Figures;
use heapless::{Deque, Vec};
use io::LineIo;
use phase::{Goal, Phase};
use station::StationLink;

/// A pack that waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The pack.
    pub track: TrackIndex,
    /// Its serial.
    pub serial: Option<SerialIndex>,
    /// Its last verdict is a durable or pending Accept.
    pub accepted: bool,
    /// Its last verdict is Reject.
    pub rejected: bool,
    /// It was seen at the exit.
    pub exit_seen: bool,
}

/// What the core knows of the camera.
#[derive(Debug, Default)]
struct Camera {
    up: bool,
    epoch: Epoch,
    recipe_ok: bool,
    triggers: u32,
    armed: Option<(Epoch, u32, u32)>,
    pending: Deque<CameraReading, RESULTS_PENDING>,
    last_fired: u32,
}

/// Order figures that decide when it is complete.
#[derive(Debug)]
struct Order {
    state: JobOrderState,
    target: u32,
    line_commissioned: u32,
    exits_accounted: u64,
}

/// The decision core of one line and one open batch.
#[derive(Debug)]
pub struct Line {
    config: LineConfig,
    batch: BatchData,
    order: Order,
    pool: Pool,
    print: PrintQueue,
    tracker: Tracker,
    gate: Gate,
    watch: RejectWatch,
    holds: Holds,
    counts: Counts,
    /// The record that says where the counts begin.
    bases_record: RecordSeq,
    chute: Chute,
    /// The counts that were recorded last.
    counted: Option<LineCounts>,
    unresolved: Vec<Unresolved, UNRESOLVED_MAX>,
    io: LineIo,
    labeler: Option<LabelerReport>,
    labeler_up: bool,
    camera: Camera,
    stations: [StationLink; STATIONS],
    trend: GradeTrend,
    labels_accounted: u64,
    unit: UnitState,
    phase: Phase,
    goal: Goal,
    flushes: u16,
    now: Nanos,
    emitted: RecordSeq,
    durable: RecordSeq,
    mark: Option<(RecordSeq, IoSeq)>,
    outputs: Deque<Output, OUTPUTS_PER_INPUT>,
    overflow: bool,
    /// No pack may pass: the order's first one is not approved.
    first_pack_due: bool,
}

impl Line {
    /// A line with a loaded order. `numbers` are its durably allocated serials in index order,
    /// `target` the good packs at which it completes, `low_pool` the serials left at which a
    /// warning is due.
    #[must_use]
    pub fn new(
        config: LineConfig,
        batch: BatchData,
        numbers: Box<[codes::SerialNumber]>,
        target: u32,
        low_pool: u32,
    ) -> Box<Self> {
        let order = Order {
            state: JobOrderState::Loaded,
            target,
            line_commissioned: 0,
            exits_accounted: 0,
        };
        let first_pack_due = config.first_pack_due && commissions(config.mode);
        Box::new(Self {
            config,
            batch,
            order,
            pool: Pool::new(numbers, low_pool),
            print: PrintQueue::default(),
            tracker: Tracker::default(),
            gate: Gate::default(),
            watch: RejectWatch::default(),
            holds: Holds::default(),
            counts: Counts::default(),
            bases_record: RecordSeq::default(),
            chute: Chute::default(),
            counted: None,
            unresolved: Vec::new(),
            io: LineIo::default(),
            labeler: None,
            labeler_up: false,
            camera: Camera::default(),
            stations: Default::default(),
            trend: GradeTrend::default(),
            labels_accounted: 0,
            unit: UnitState::Idle,
            phase: Phase::None,
            goal: Goal::Run,
            flushes: 0,
            now: Nanos::default(),
            emitted: RecordSeq::default(),
            durable: RecordSeq::default(),
            mark: None,
            outputs: Deque::new(),
            overflow: false,
            first_pack_due,
        })
    }

    /// Takes one input at `now`. Drain [`Line::poll`] before the next.
    pub fn handle(&mut self, now: Nanos, input: Input) {
        self.now = self.now.max(now);
        self.take(input);
        self.tell_chute_edges();
        self.settle();
        self.progress();
        self.command_outputs();
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::LineIoUp { .. }
            | Input::LineIoDown
            | Input::LineIoEvent { .. }
            | Input::LineIoSample { .. } => self.line_io(input),
            Input::LabelerUp(report) => self.labeler_up(report),
            Input::LabelerStatus(report) => self.labeler_report(report),
            Input::LabelerDown => self.labeler_down(),
            Input::CameraUp { epoch, recipe_ok, triggers } => {
                self.camera_up(epoch, recipe_ok, triggers);
            }
            Input::CameraResult(reading) => self.camera_result(&reading),
            Input::CameraSample { triggers, .. } => self.camera.triggers = triggers,
            Input::CameraDown => self.camera_down(),
            Input::StationUp { .. }
            | Input::StationResult(_)
            | Input::StationSample { .. }
            | Input::StationDown { .. } => self.station_input(input),
            Input::Watermark(seq) => self.watermark(seq),
            Input::LedgerFault => self.hold(HoldCause::Ledger),
            Input::Command(command) => {
                let answer = self.command(command);
                self.put(Output::Answer(answer));
            }
            Input::RecoveredSerial { .. } | Input::RecoveredPack(_) | Input::RecoveryEnd { .. } => {
                self.recover(input)
            }
            Input::Tick => {}
        }
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            // Back to the beginning of its memory: what was used last is still in the cache.
            self.outputs.clear();
        }
        output
    }

    /// When a [`Input::Tick`] is wanted at the latest.
    #[must_use]
    pub fn deadline(&self) -> Option<Nanos> {
        self.phase.deadline()
    }

    fn put(&mut self, output: Output) {
        // Bounded by the const assertions of `limits.rs`; an overflow is a broken invariant.
        let full = self.outputs.push_back(output).is_err();
        self.overflow |= full;
    }

    fn record(&mut self, body: RecordBody) -> RecordSeq {
        self.emitted = self.emitted.next();
        let record = Record {
            seq: self.emitted,
            now: self.now,
            io_epoch: self.io.epoch.unwrap_or_default(),
            io_seq: self.io.last_seq,
            encoder: self.io.encoder,
            body,
        };
        self.mark.get_or_insert((self.emitted, self.io.last_seq));
        self.put(Output::Record(record));
        self.emitted
    }

    /// Records that a further pack may need, beside those that are under way (invariant I7).
    fn has_credit(&self) -> bool {
        let under_way = self.emitted.0.saturating_sub(self.durable.0) as usize;
        let room = |packs: usize| {
            under_way + (packs + 1) * RECORDS_PER_PACK + RECORD_RESERVE <= RECORD_RING
        };
        // Counted only where it matters: no more than are in the register can be on the belt.
        let enough = room(self.tracker.len()) || room(self.tracker.in_process());
        enough && !self.tracker.is_full()
    }

    fn watermark(&mut self, seq: RecordSeq) {
        self.durable = self.durable.max(seq).min(self.emitted);
        if let Some((record, io_seq)) = self.mark
            && record <= self.durable
        {
            self.mark = None;
            let epoch = self.io.epoch.unwrap_or_default();
            self.put(Output::Consumed { epoch, seq: io_seq });
        }
    }

    // ---- what the edge may ask --------------------------------------------------------------

    /// PackML state of the unit.
    #[must_use]
    pub const fn unit_state(&self) -> UnitState {
        self.unit
    }

    /// State of the order.
    #[must_use]
    pub const fn order_state(&self) -> JobOrderState {
        self.order.state
    }

    /// Why the line holds.
    #[must_use]
    pub const fn holds(&self) -> Holds {
        self.holds
    }

    /// Packs that wait for a person.
    #[must_use]
    pub fn unresolved(&self) -> &[Unresolved] {
        &self.unresolved
    }

    /// The line's own counters since the counts began.
    #[must_use]
    pub fn line_counts(&self) -> LineCounts {
        self.counts.of_batch()
    }

    /// True until the order's first pack is approved: no pack may pass before.
    #[must_use]
    pub const fn first_pack_due(&self) -> bool {
        self.first_pack_due
    }

    /// True while the mains are gone and a UPS carries the line, as the line I/O tells it.
    #[must_use]
    pub const fn on_ups(&self) -> bool {
        self.power_fails()
    }

    /// Packs on the belt.
    #[must_use]
    pub fn in_process(&self) -> usize {
        self.tracker.in_process()
    }

    /// Packs that the exit eye has commissioned in this batch.
    #[must_use]
    pub const fn line_commissioned(&self) -> u32 {
        self.order.line_commissioned
    }

    /// Serials left in the pool, and whether the low-pool warning is due.
    #[must_use]
    pub fn pool_left(&self) -> (usize, bool) {
        (self.pool.left(), self.pool.is_low())
    }

    /// Last record emitted and last one known durable.
    #[must_use]
    pub const fn records(&self) -> (RecordSeq, RecordSeq) {
        (self.emitted, self.durable)
    }

    /// Encoder count known.
    #[must_use]
    pub const fn encoder(&self) -> EncoderCount {
        self.io.encoder
    }

    /// True while the links to line I/O, labeler and camera are up, in this order.
    #[must_use]
    pub const fn links(&self) -> [bool; 3] {
        [self.io.up, self.labeler_up, self.camera.up]
    }

    /// True while the link to a station of the recipe is up; none for stations that are not in it.
    #[must_use]
    pub fn station_links(&self) -> [Option<bool>; STATIONS] {
        Station::ALL.map(|station| {
            self.batch.stations.names(station).then(|| self.stations[station.index()].up)
        })
    }

    /// Trend of the in-line grade.
    #[must_use]
    pub const fn grade_trend(&self) -> GradeTrend {
        self.trend
    }

    /// True when an output was lost: a broken invariant of our own; the edge must stop the line.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.overflow
    }
}
