//! Devices, ledger and belt around the core, as small as they can be, and what must hold of every
//! output whatever the order.
//!
//! Part of the small model. Must never ask the core what is true.

use super::{Act, Family, Link};
use crate::support::{line_config, virtual_batch};
use codes::SerialNumber;
use contracts::line_io::{CHANNELS, Channel, DeviceFault, inputs, outputs};
use line_core::event::{Command, Input, LabelerReport, Output};
use line_core::ids::{EncoderCount, Epoch, IoSeq, JobSeq, Nanos, TrackIndex};
use line_core::line::Line;
use line_core::line_config::LineConfig;
use line_core::record::{Record, RecordBody, Verdict};
use line_core::verify::BatchData;
use packline::simulation::memory_ledger::MemoryLedger;
use packline::simulation::observer::{CoreStart, Observer};
use packline::simulation::reference::Reference;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::OnceLock;

pub(super) const PACKS: usize = 3;
const PITCH: u64 = 1_200;
const SERIALS: usize = 24;
const READY: u16 = inputs::SAFETY_OK
    | inputs::AIR_OK
    | inputs::BIN_LOCKED
    | inputs::UPSTREAM_READY
    | inputs::DOWNSTREAM_READY;

/// One step of the belt: counts from the first pack's infeed, what rises there, for which pack.
pub(super) type Step = (u64, Option<Channel>, usize);

fn steps(packs: usize) -> Vec<Step> {
    let mut steps = vec![(7_000, None, 0), (7_500, None, 0), (12_500, None, 0)];
    for pack in 0..packs {
        let at = pack as u64 * PITCH;
        let eyes = [
            (0, Channel::Infeed),
            (2_000, Channel::Applied),
            (4_000, Channel::CameraEye),
            (4_500, Channel::CameraTrigger),
            (8_000, Channel::Gate),
            (8_800, Channel::EjectConfirm),
            (9_200, Channel::Exit),
        ];
        steps.extend(eyes.map(|(offset, eye)| (at + offset, Some(eye), pack)));
    }
    steps.sort_by_key(|&(at, eye, pack)| (at, pack, eye.map(Channel::index)));
    steps
}

/// A pack as it is in truth.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pack {
    pub(super) label: Option<SerialNumber>,
    pub(super) trigger: Option<u32>,
    pub(super) results: u32,
    /// Count at which the first of them came.
    pub(super) came: u64,
    pub(super) passes: bool,
}

/// Everything around the core.
pub struct Surroundings {
    pub(super) family: Family,
    pub(super) config: LineConfig,
    pub(super) batch: BatchData,
    pub(super) numbers: Box<[SerialNumber]>,
    pub(super) line: Option<Box<Line>>,
    pub(super) reference: Reference,
    pub(super) ledger: MemoryLedger,
    /// Emitted and not yet written.
    pub(super) under_way: VecDeque<Record>,
    pub(super) told: u64,
    pub(super) now: u64,
    pub(super) steps: Vec<Step>,
    pub(super) done: usize,
    /// Steps in a row that the belt took while something waited.
    pub(super) put_off: usize,
    pub(super) start: u64,
    pub(super) packs: [Pack; PACKS],
    pub(super) falling: VecDeque<(u64, Channel, u32)>,
    pub(super) twice: bool,
    pub(super) lost: Option<Link>,
    pub(super) faults: u32,
    /// Every permit is dead: the line I/O's heartbeat was lost, or the controller died.
    pub(super) proof_lost: bool,
    // Line I/O.
    pub(super) encoder: u64,
    pub(super) io_up: bool,
    pub(super) io_seq: u32,
    pub(super) fifo: VecDeque<(u32, Input)>,
    pub(super) handed: u32,
    pub(super) totals: [u32; CHANNELS],
    pub(super) permit_epoch: u32,
    pub(super) waiting: Vec<(u32, u64, u64)>,
    pub(super) permits: Vec<(u32, u64, u64)>,
    pub(super) accepted: u32,
    pub(super) triggers: Vec<u64>,
    pub(super) bits: u16,
    // Labeler and camera.
    pub(super) report: LabelerReport,
    pub(super) applied: u32,
    pub(super) jobs: VecDeque<(JobSeq, SerialNumber)>,
    pub(super) camera_triggers: u32,
    pub(super) results: u64,
    // What must hold.
    pub(super) sent: BTreeSet<u32>,
    pub(super) verdicts: BTreeMap<u32, (Verdict, u64)>,
    pub(super) permitted: BTreeSet<u32>,
    pub(super) path: Vec<Act>,
}

impl Surroundings {
    /// The line in Execute on an empty belt.
    pub fn new(family: Family) -> Box<Self> {
        static MADE: OnceLock<(BatchData, Vec<SerialNumber>)> = OnceLock::new();
        let (batch, numbers) = MADE.get_or_init(|| {
            let made = virtual_batch(8, "", 1);
            (made.batch, made.numbers[..SERIALS].to_vec())
        });
        let report = LabelerReport { epoch: Epoch(1), header_ok: true, ..LabelerReport::default() };
        let mut here = Box::new(Self {
            family,
            config: LineConfig {
                look_ahead: 4,
                consecutive_rejects_max: 50,
                first_pack_due: family.first_pack,
                ..line_config()
            },
            batch: *batch,
            numbers: numbers.as_slice().into(),
            line: None,
            reference: Reference::default(),
            ledger: MemoryLedger::new(SERIALS),
            under_way: VecDeque::new(),
            told: 0,
            now: 0,
            steps: steps(family.packs),
            done: 0,
            put_off: 0,
            start: 0,
            packs: [Pack::default(); PACKS],
            falling: VecDeque::new(),
            twice: false,
            lost: None,
            faults: 0,
            proof_lost: false,
            encoder: 1_000,
            io_up: false,
            io_seq: 0,
            fifo: VecDeque::new(),
            handed: 0,
            totals: [0; CHANNELS],
            permit_epoch: 1,
            waiting: Vec::new(),
            permits: Vec::new(),
            accepted: 0,
            triggers: Vec::new(),
            bits: 0,
            report,
            applied: 0,
            jobs: VecDeque::new(),
            camera_triggers: 0,
            results: 0,
            sent: BTreeSet::new(),
            verdicts: BTreeMap::new(),
            permitted: BTreeSet::new(),
            path: Vec::new(),
        });
        here.begin();
        here.all_up();
        here.give(Input::Command(Command::Start));
        here.purge();
        here.commit();
        here.start = here.encoder + 1_000;
        here
    }

    /// Everything that happened here once more, and then `act`.
    pub fn again_and(&self, act: Act) -> Box<Self> {
        let mut other = Self::new(self.family);
        self.path.iter().for_each(|&act| other.follow(act));
        other.follow(act);
        other
    }

    /// A core begins.
    pub(super) fn begin(&mut self) {
        let (config, batch, numbers) = (&self.config, &self.batch, &self.numbers);
        let (target, low_pool) = (100, 0);
        self.reference.begin(CoreStart { config, batch, numbers, target, low_pool });
        self.line = Some(Line::new(*config, *batch, numbers.clone(), target, low_pool));
        self.told = 0;
    }

    pub(super) fn all_up(&mut self) {
        [Link::LineIo, Link::Labeler, Link::Camera].into_iter().for_each(|link| self.up(link));
    }

    pub(super) fn up(&mut self, link: Link) {
        match link {
            Link::LineIo => self.line_io_up(),
            Link::Labeler => self.give(Input::LabelerUp(self.report)),
            Link::Camera => {
                let (epoch, triggers) = (Epoch(1), self.camera_triggers);
                self.give(Input::CameraUp { epoch, recipe_ok: true, triggers });
            }
        }
        self.sample();
    }

    /// Every contact begins a new permit epoch; then come the events that were missed.
    pub(super) fn line_io_up(&mut self) {
        self.io_up = true;
        self.new_permit_epoch(self.permit_epoch + 1);
        let first = self.fifo.front().map_or(self.io_seq + 1, |event| event.0);
        self.give(Input::LineIoUp {
            epoch: Epoch(1),
            encoder: EncoderCount(self.encoder),
            first_seq: IoSeq(first),
            permit_epoch: self.permit_epoch,
            totals: self.totals,
        });
        self.handed = 0;
        self.hand_over();
    }

    pub(super) fn new_permit_epoch(&mut self, permit_epoch: u32) {
        self.permit_epoch = permit_epoch;
        (self.accepted, self.permits, self.waiting) = (0, Vec::new(), Vec::new());
    }

    pub(super) fn hand_over(&mut self) {
        let missed: Vec<_> = self.fifo.iter().filter(|e| e.0 > self.handed).copied().collect();
        for (seq, event) in missed {
            self.handed = seq;
            self.give(event);
        }
    }

    pub(super) fn sample(&mut self) {
        if !self.io_up || self.line.is_none() {
            return;
        }
        let moving = if self.bits & outputs::RUN != 0 { inputs::MOVING } else { 0 };
        self.give(Input::LineIoSample {
            encoder: EncoderCount(self.encoder),
            inputs: READY | moving,
            fault: DeviceFault::None,
            permit_epoch: self.permit_epoch,
            permits_accepted: self.accepted,
            next_seq: IoSeq(self.io_seq + 1),
            totals: self.totals,
        });
    }

    /// Flush, travel, rest.
    pub(super) fn purge(&mut self) {
        self.give(Input::LabelerStatus(self.report));
        self.sample();
        self.encoder += self.config.purge_counts;
        self.sample();
        self.give(Input::CameraSample { triggers: self.camera_triggers, last_seq: self.results });
        self.now += 300;
        self.give(Input::Tick);
        self.give(Input::LabelerStatus(self.report));
    }

    pub(super) fn give(&mut self, input: Input) {
        let now = Nanos::from_ms(self.now);
        let Some(line) = &mut self.line else { return };
        self.reference.input(now, &input);
        line.handle(now, input);
        let mut said = Vec::new();
        while let Some(output) = line.poll() {
            self.reference.output(&output);
            said.push(output);
        }
        self.reference.settled();
        said.iter().for_each(|output| self.obey(output));
        if let Some(first) = self.reference.differences().first() {
            panic!("{}: the reference differs: {first:#?}\n{:?}", self.family.name, self.path);
        }
    }

    pub(super) fn obey(&mut self, output: &Output) {
        match *output {
            Output::Record(record) => {
                if let RecordBody::Verdict { track, verdict, .. } = record.body {
                    self.verdicts.insert(track.0, (verdict, record.seq.0));
                }
                self.under_way.push_back(record);
            }
            Output::Dispatch(job) => {
                self.must(self.sent.contains(&job.serial.0).then_some("a serial went out twice"));
                self.sent.insert(job.serial.0);
                self.jobs.push_back((job.job, job.number));
                self.report.last_accepted = job.job;
            }
            Output::FlushLabeler { flush } => {
                self.jobs.clear();
                self.report.flush_done = flush;
            }
            Output::Trigger { at, .. } => self.triggers.push(at.0),
            Output::NewPermitEpoch { permit_epoch } => self.new_permit_epoch(permit_epoch),
            Output::Permit { track, from, to, .. } => self.permit(track, from.0, to.0),
            Output::Revoke { track, .. } => self.waiting.push((track.0, 0, 0)),
            Output::LineIoOutputs { bits } => self.bits = bits,
            Output::Consumed { seq, .. } => self.fifo.retain(|event| event.0 > seq.0),
            Output::Answer(_) | Output::Decided { .. } | Output::PermitAcknowledged { .. } => {}
        }
    }

    /// No permit without proof and disk, by what was given to the core and by nothing else.
    pub(super) fn permit(&mut self, track: TrackIndex, from: u64, to: u64) {
        let place = track.0 as usize - 1;
        let pack = self.packs[place];
        let (verdict, record) =
            self.verdicts.get(&track.0).copied().unwrap_or((Verdict::Reject, 0));
        let gate = self.start + place as u64 * PITCH + 8_000;
        let c = &self.config;
        let in_time = gate - c.window_counts - c.gate_lead_counts - c.permit_budget_counts;
        let wrong = [
            (pack.results != 1, "a permit without one result"),
            (self.report.last_applied.0 < place as u32 + 1, "a permit without its confirmation"),
            (verdict != Verdict::Accept, "a permit without an accept"),
            (record > self.told, "a permit before its accept is on disk"),
            (!self.io_up, "a permit without the line I/O's link"),
            (pack.came >= in_time, "a permit for a late result"),
            (self.proof_lost, "a permit after proof was lost"),
            (!(from..=to).contains(&gate), "a permit for another place"),
            (!self.permitted.insert(track.0), "a second permit"),
        ];
        self.must(wrong.into_iter().find(|(is, _)| *is).map(|(_, what)| what));
        self.waiting.push((track.0, from, to));
    }

    pub(super) fn must(&self, wrong: Option<&str>) {
        if let Some(what) = wrong {
            panic!("{}: {what}: {:?}", self.family.name, self.path);
        }
    }
}
