//! A scripted line: devices that do what they are told, packs whose every single input can be left
//! out, altered, delayed or doubled.
//!
//! Used by the tests of the invariants; `watch.rs` looks at every output of every script. Must
//! never ask the core what a device should do.

use super::config;
use super::pack::{Pack, Step, Way};
use super::watch::Watch;
use crate::event::{CameraReading, Command, Input, LabelerReport, Output, PackFate, Refusal};
use crate::ids::{EncoderCount, Epoch, IoSeq, JobSeq, Nanos, RecordSeq};
use crate::limits::OUTPUTS_PER_INPUT;
use crate::line::Line;
use crate::line_config::LineConfig;
use crate::reason::{HoldCause, RejectReason};
use crate::record::{ReadContent, RecordBody};
use crate::verify::BatchData;
use codes::SerialNumber;
use contracts::camera::{InLineGrade, ReadStatus, flags};
use contracts::line_io::{CHANNELS, Channel, DeviceFault, Edge, inputs};
use contracts::packml::UnitState;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Nothing is wrong with safety chain and air.
pub(super) const READY: u16 = inputs::SAFETY_OK | inputs::AIR_OK;
/// A scripted pack on the belt.
struct OnBelt {
    start: u64,
    pack: Pack,
    label: Option<SerialNumber>,
    trigger: Option<u32>,
    passes: bool,
}

enum Event {
    Step(Step),
    Hook(fn(&mut Rig)),
}

/// The line and the devices around it.
pub(super) struct Rig {
    pub(super) line: Box<Line>,
    /// Every output since the rig was made.
    pub(super) seen: Vec<Output>,
    /// Records become durable as they come.
    pub(super) durable_at_once: bool,
    pub(super) report: LabelerReport,
    pub(super) inputs: u16,
    pub(super) fault: DeviceFault,
    pub(super) camera_epoch: u32,
    pub(super) encoder: u64,
    pub(super) io_epoch: u32,
    pub(super) totals: [u32; CHANNELS],
    config: LineConfig,
    now: u64,
    io_seq: u32,
    permit_epoch: u32,
    permits_accepted: u32,
    permits: BTreeMap<u32, (u64, u64)>,
    triggers: Vec<u64>,
    jobs: VecDeque<(JobSeq, SerialNumber)>,
    camera_triggers: u32,
    result_seq: u64,
    watch: Watch,
}

pub(super) fn batch() -> BatchData {
    BatchData {
        gtin: "04150037528643".parse().unwrap(),
        expiry: codes::Expiry::from_ymd(2028, 12, 31).unwrap(),
        lot: "LOT42".parse().unwrap(),
    }
}

fn line(config: LineConfig, serials: u32, target: u32) -> Box<Line> {
    let numbers = (0..serials).map(|i| format!("SERIAL{i:06}").parse().unwrap()).collect();
    Line::new(config, batch(), numbers, target, 0)
}

impl Rig {
    /// A line that has met no device.
    pub(super) fn dark(config: LineConfig, serials: u32, target: u32) -> Self {
        let report = LabelerReport { epoch: Epoch(1), header_ok: true, ..LabelerReport::default() };
        Self {
            line: line(config, serials, target),
            seen: Vec::new(),
            durable_at_once: true,
            report,
            inputs: READY,
            fault: DeviceFault::None,
            camera_epoch: 1,
            encoder: 0,
            io_epoch: 1,
            totals: [0; CHANNELS],
            config,
            now: 0,
            io_seq: 0,
            permit_epoch: 0,
            permits_accepted: 0,
            permits: BTreeMap::new(),
            triggers: Vec::new(),
            jobs: VecDeque::new(),
            camera_triggers: 0,
            result_seq: 0,
            watch: Watch::default(),
        }
    }

    /// A line with every device up and an order that waits for its start.
    pub(super) fn idle(config: LineConfig) -> Self {
        let mut rig = Self::dark(config, 5_000, 5_000);
        rig.all_up();
        rig
    }

    /// A line in Execute, on an empty belt.
    pub(super) fn running() -> Self {
        Self::running_with(LineConfig { consecutive_rejects_max: 50, ..config() })
    }

    pub(super) fn running_with(config: LineConfig) -> Self {
        let mut rig = Self::idle(config);
        assert_eq!(rig.command(Command::Start), Ok(()));
        rig.purge();
        assert_eq!(rig.line.unit_state(), UnitState::Execute);
        rig
    }

    pub(super) fn all_up(&mut self) {
        self.line_io_up();
        self.labeler_up();
        self.camera_up();
        self.sample();
    }

    /// Every contact begins a new permit epoch.
    pub(super) fn line_io_up(&mut self) {
        self.new_permit_epoch(self.permit_epoch + 1);
        self.input(Input::LineIoUp {
            epoch: Epoch(self.io_epoch),
            encoder: EncoderCount(self.encoder),
            first_seq: IoSeq(self.io_seq + 1),
            permit_epoch: self.permit_epoch,
            totals: self.totals,
        });
    }

    /// The line I/O loses power and comes back.
    pub(super) fn line_io_restarts(&mut self) {
        self.input(Input::LineIoDown);
        self.io_epoch += 1;
        (self.encoder, self.io_seq, self.totals) = (0, 0, [0; CHANNELS]);
        self.line_io_up();
        self.sample();
    }

    pub(super) fn labeler_up(&mut self) {
        self.input(Input::LabelerUp(self.report));
    }

    /// The labeler loses its queue and its counters.
    pub(super) fn labeler_restarts(&mut self) {
        self.input(Input::LabelerDown);
        self.jobs.clear();
        let epoch = self.report.epoch.next();
        self.report = LabelerReport { epoch, header_ok: true, ..LabelerReport::default() };
        self.labeler_up();
    }

    pub(super) fn camera_up(&mut self) {
        let (epoch, triggers) = (Epoch(self.camera_epoch), self.camera_triggers);
        self.input(Input::CameraUp { epoch, recipe_ok: true, triggers });
    }

    /// Flush, belt travel, rest: whatever is on the belt in the script is gone afterwards.
    pub(super) fn purge(&mut self) {
        self.fault = DeviceFault::None;
        self.labeler_report();
        self.sample();
        self.move_to(self.encoder + self.config.purge_counts);
        self.now += 251;
        self.input(Input::Tick);
        self.labeler_report();
    }

    pub(super) fn labeler_report(&mut self) {
        self.input(Input::LabelerStatus(self.report));
    }

    pub(super) fn command(&mut self, command: Command) -> Result<(), Refusal> {
        let from = self.seen.len();
        self.input(Input::Command(command));
        let answer = |o: &Output| if let Output::Answer(a) = o { Some(*a) } else { None };
        self.seen[from..].iter().find_map(answer).unwrap()
    }

    /// Every record so far is durable.
    pub(super) fn make_durable(&mut self) {
        self.durable_up_to(self.line.records().0.0);
    }

    pub(super) fn durable_up_to(&mut self, seq: u64) {
        self.watch.durable = self.watch.durable.max(seq);
        self.give(Input::Watermark(RecordSeq(seq)));
    }

    pub(super) fn sample(&mut self) {
        self.input(Input::LineIoSample {
            encoder: EncoderCount(self.encoder),
            inputs: self.inputs,
            fault: self.fault,
            permit_epoch: self.permit_epoch,
            permits_accepted: self.permits_accepted,
            next_seq: IoSeq(self.io_seq + 1),
            totals: self.totals,
        });
    }

    /// The belt moves and nothing else happens.
    pub(super) fn move_to(&mut self, encoder: u64) {
        self.encoder = self.encoder.max(encoder);
        self.sample();
    }

    /// An edge, here and now.
    pub(super) fn edge(&mut self, channel: Channel, edge: Edge) {
        self.io_seq += 1;
        if edge == Edge::Rising {
            self.totals[channel.index()] += 1;
        }
        self.input(Input::LineIoEvent {
            seq: IoSeq(self.io_seq),
            channel,
            edge,
            ordinal: self.totals[channel.index()],
            count: EncoderCount(self.encoder),
        });
    }

    /// An edge that the device dropped from its FIFO.
    pub(super) fn lose_event(&mut self) {
        self.io_seq += 1;
    }

    /// A result that is not part of a pack's script.
    pub(super) fn result(&mut self, reading: CameraReading) {
        self.input(Input::CameraResult(reading));
    }

    /// What the camera would say of `number` behind `trigger`.
    pub(super) fn reading(&mut self, trigger: u32, number: Option<SerialNumber>) -> CameraReading {
        self.result_seq += 1;
        let code = |n: SerialNumber| format!("]d2010415003752864321{n}\u{1d}1728123110LOT42");
        let content = number.map(code).unwrap_or_default();
        CameraReading {
            epoch: Epoch(self.camera_epoch),
            seq: self.result_seq,
            trigger,
            status: if number.is_some() { ReadStatus::Decoded } else { ReadStatus::NoRead },
            flags: flags::SIMULATED,
            recipe_ok: true,
            grade: InLineGrade { overall: 35, parameters: [35; 7] },
            content: ReadContent::new(content.as_bytes()),
        }
    }

    pub(super) fn input(&mut self, input: Input) {
        self.give(input);
        if self.durable_at_once && self.line.records().0.0 > self.watch.durable {
            self.make_durable();
        }
    }

    fn give(&mut self, input: Input) {
        self.now += 1;
        self.line.handle(Nanos::from_ms(self.now), input);
        self.drain();
    }

    fn drain(&mut self) {
        let from = self.seen.len();
        while let Some(output) = self.line.poll() {
            self.obey(&output);
            self.watch.output(&output);
            self.seen.push(output);
        }
        assert!(self.seen.len() - from <= OUTPUTS_PER_INPUT, "I7: outputs of one input");
        assert!(!self.line.overflowed(), "I7: an output was lost");
    }

    fn new_permit_epoch(&mut self, permit_epoch: u32) {
        self.permit_epoch = permit_epoch;
        self.permits_accepted = 0;
        self.permits.clear();
    }

    /// The devices do as they are told.
    fn obey(&mut self, output: &Output) {
        match *output {
            Output::NewPermitEpoch { permit_epoch } => self.new_permit_epoch(permit_epoch),
            Output::Permit { permit_epoch, track, from, to } => {
                assert_eq!(permit_epoch, self.permit_epoch, "a permit of another epoch");
                self.permits.insert(track.0, (from.0, to.0));
                self.permits_accepted += 1;
            }
            Output::Revoke { track, .. } => {
                self.permits.remove(&track.0);
                self.permits_accepted += 1;
            }
            Output::Trigger { at, .. } => self.triggers.push(at.0),
            Output::Dispatch(job) => {
                self.jobs.push_back((job.job, job.number));
                self.report.last_accepted = job.job;
            }
            Output::FlushLabeler { flush } => {
                self.jobs.clear();
                self.report.flush_done = flush;
            }
            _ => {}
        }
    }

    /// Runs packs over the belt, one behind the other, and on until nothing is expected any more.
    pub(super) fn run(&mut self, packs: &[Pack]) {
        let mut start = self.encoder;
        let mut belt = Vec::new();
        let mut events = Vec::new();
        for (i, pack) in packs.iter().enumerate() {
            start += pack.gap;
            let steps = pack.steps.iter().map(|&(at, step)| (start + at, i, Event::Step(step)));
            events.extend(steps);
            let hooks = pack.hooks.iter().map(|&(at, hook)| (start + at, i, Event::Hook(hook)));
            events.extend(hooks);
            let pack = pack.clone();
            belt.push(OnBelt { start, pack, label: None, trigger: None, passes: false });
        }
        events.sort_by_key(|event| event.0);
        for (at, i, event) in events {
            self.move_to(at);
            match event {
                Event::Step(step) => self.step(step, &mut belt[i]),
                Event::Hook(hook) => hook(self),
            }
            self.sample();
        }
        self.move_to(start + 12_000);
    }

    fn step(&mut self, step: Step, on: &mut OnBelt) {
        match step {
            Step::Print => self.print(on),
            Step::Report => self.labeler_report(),
            Step::Result => {
                let Some(trigger) = on.trigger else { return };
                let mut reading = self.reading(trigger, on.label);
                (on.pack.alter)(&mut reading);
                self.result(reading);
            }
            Step::Rise(Channel::Applied) if on.label.is_none() => {}
            Step::Rise(Channel::CameraTrigger) => {
                if self.triggers.contains(&(on.start + 4_100)) {
                    self.camera_triggers += 1;
                    on.trigger = Some(self.camera_triggers);
                    self.edge(Channel::CameraTrigger, Edge::Rising);
                }
            }
            Step::Rise(eye) => {
                self.gate_decides(eye, on);
                if goes_by(eye, on) {
                    self.edge(eye, Edge::Rising);
                }
            }
            Step::Fall(eye) if goes_by(eye, on) => self.edge(eye, Edge::Falling),
            Step::Fall(_) => {}
        }
    }

    fn print(&mut self, on: &mut OnBelt) {
        if let Some((job, number)) = self.jobs.pop_front() {
            on.label = Some(number);
            (self.report.last_printed, self.report.last_applied) = (job, job);
            self.report.printed_total += 1;
            self.report.applied_total += 1;
        }
    }

    fn gate_decides(&mut self, eye: Channel, on: &mut OnBelt) {
        if eye == Channel::Gate {
            let here = self.encoder;
            let open = |&(from, to): &(u64, u64)| from <= here && here <= to;
            on.passes = self.permits.values().any(open);
        }
    }

    // ---- what came of it --------------------------------------------------------------------

    pub(super) fn records(&self) -> impl Iterator<Item = &RecordBody> {
        self.seen.iter().filter_map(|o| if let Output::Record(r) = o { Some(&r.body) } else { None })
    }

    /// Verdicts on a pack in their order; none is an accept.
    pub(super) fn verdicts(&self, pack: u32) -> Vec<Option<RejectReason>> {
        let of = |body: &RecordBody| match *body {
            RecordBody::Verdict { track, reason, .. } if track.0 == pack => Some(reason),
            _ => None,
        };
        self.records().filter_map(of).collect()
    }

    pub(super) fn permitted(&self, pack: u32) -> bool {
        self.seen.iter().any(|o| matches!(o, Output::Permit { track, .. } if track.0 == pack))
    }

    pub(super) fn revoked(&self, pack: u32) -> bool {
        self.seen.iter().any(|o| matches!(o, Output::Revoke { track, .. } if track.0 == pack))
    }

    /// The last that the records say of a pack's fate.
    pub(super) fn fate(&self, pack: u32) -> PackFate {
        let of = |body: &RecordBody| match *body {
            RecordBody::PackExited { track, .. } if track.0 == pack => Some(PackFate::Exited),
            RecordBody::PackEjected { track, .. } if track.0 == pack => Some(PackFate::Ejected),
            RecordBody::PackUnresolved { track, .. } if track.0 == pack => {
                Some(PackFate::Unresolved)
            }
            _ => None,
        };
        self.records().filter_map(of).last().unwrap_or_default()
    }

    pub(super) fn held_for(&self, cause: HoldCause) -> bool {
        self.records().any(|body| *body == RecordBody::Hold { cause })
    }

    pub(super) fn dispatched(&self) -> &BTreeSet<u32> {
        &self.watch.ever_dispatched
    }

    // ---- restart ----------------------------------------------------------------------------

    /// The controller dies and starts again with what is durable; devices keep what they have.
    pub(super) fn restart(&mut self) {
        let told = super::recovered::told(&self.seen, self.watch.durable);
        self.line = line(self.config, 5_000, 5_000);
        self.seen.clear();
        self.watch.restart();
        for input in told {
            self.input(input);
        }
    }
}

/// True when the pack comes by this eye.
fn goes_by(eye: Channel, on: &OnBelt) -> bool {
    match (eye, on.pack.way) {
        (Channel::Exit, Way::ByPermit) => on.passes,
        (Channel::EjectConfirm, Way::ByPermit) => !on.passes,
        (Channel::Exit, way) => way == Way::Out,
        (Channel::EjectConfirm, way) => way == Way::Bin,
        _ => true,
    }
}
