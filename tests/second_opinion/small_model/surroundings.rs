//! Devices, ledger and belt around the core, as small as they can be, and what must hold of every
//! output whatever the order.
//!
//! Part of the small model. Must never ask the core what is true.

use super::{Act, Family, Link};
use crate::support::{line_config, virtual_batch};
use codes::SerialNumber;
use contracts::camera::{InLineGrade, ReadStatus, flags};
use contracts::line_io::{CHANNELS, Channel, DeviceFault, Edge, inputs, outputs};
use contracts::packml::UnitState;
use line_core::event::{CameraReading, Command, Input, LabelerReport, Output};
use line_core::ids::{EncoderCount, Epoch, IoSeq, JobSeq, Nanos, RecordSeq, TrackIndex};
use line_core::line::Line;
use line_core::line_config::LineConfig;
use line_core::reason::Resolution;
use line_core::record::{ReadContent, Record, RecordBody, Verdict};
use line_core::verify::BatchData;
use packline::simulation::memory_ledger::MemoryLedger;
use packline::simulation::observer::{CoreStart, Observer};
use packline::simulation::reference::Reference;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::hash::{Hash, Hasher};

const PACKS: usize = 3;
const PITCH: u64 = 1_200;
const SERIALS: usize = 24;
const READY: u16 = inputs::SAFETY_OK
    | inputs::AIR_OK
    | inputs::BIN_LOCKED
    | inputs::UPSTREAM_READY
    | inputs::DOWNSTREAM_READY;

/// One step of the belt: counts from the first pack's infeed, what rises there, for which pack.
type Step = (u64, Option<Channel>, usize);

fn steps() -> Vec<Step> {
    let mut steps = vec![(7_000, None, 0), (7_500, None, 0), (12_500, None, 0)];
    for pack in 0..PACKS {
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
struct Pack {
    label: Option<SerialNumber>,
    trigger: Option<u32>,
    results: u32,
    passes: bool,
}

/// Everything around the core.
pub struct Surroundings {
    family: Family,
    config: LineConfig,
    batch: BatchData,
    numbers: Box<[SerialNumber]>,
    line: Option<Box<Line>>,
    reference: Reference,
    ledger: MemoryLedger,
    /// Emitted and not yet written.
    under_way: VecDeque<Record>,
    told: u64,
    now: u64,
    steps: Vec<Step>,
    done: usize,
    start: u64,
    packs: [Pack; PACKS],
    falling: VecDeque<(u64, Channel, u32)>,
    twice: bool,
    lost: Option<Link>,
    faults: u32,
    // Line I/O.
    encoder: u64,
    io_up: bool,
    io_seq: u32,
    fifo: VecDeque<(u32, Input)>,
    handed: u32,
    totals: [u32; CHANNELS],
    permit_epoch: u32,
    waiting: Vec<(u32, u64, u64)>,
    permits: Vec<(u32, u64, u64)>,
    accepted: u32,
    triggers: Vec<u64>,
    bits: u16,
    // Labeler and camera.
    report: LabelerReport,
    applied: u32,
    jobs: VecDeque<(JobSeq, SerialNumber)>,
    camera_triggers: u32,
    results: u64,
    // What must hold.
    sent: BTreeSet<u32>,
    verdicts: BTreeMap<u32, (Verdict, u64)>,
    permitted: BTreeSet<u32>,
    path: Vec<Act>,
}

impl Surroundings {
    /// The line in Execute on an empty belt, and then everything of `path`.
    pub fn after(family: Family, path: &[Act]) -> Self {
        let made = virtual_batch(8, "", 1);
        let report = LabelerReport { epoch: Epoch(1), header_ok: true, ..LabelerReport::default() };
        let mut here = Self {
            family,
            config: LineConfig { look_ahead: 4, consecutive_rejects_max: 50, ..line_config() },
            batch: made.batch,
            numbers: made.numbers[..SERIALS].into(),
            line: None,
            reference: Reference::default(),
            ledger: MemoryLedger::new(SERIALS),
            under_way: VecDeque::new(),
            told: 0,
            now: 0,
            steps: steps(),
            done: 0,
            start: 0,
            packs: [Pack::default(); PACKS],
            falling: VecDeque::new(),
            twice: false,
            lost: None,
            faults: 0,
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
            path: path.to_vec(),
        };
        here.begin();
        here.all_up();
        here.give(Input::Command(Command::Start));
        here.purge();
        here.commit();
        here.start = here.encoder + 1_000;
        path.iter().for_each(|&act| here.act(act));
        here
    }

    /// A core begins.
    fn begin(&mut self) {
        let (config, batch, numbers) = (&self.config, &self.batch, &self.numbers);
        let (target, low_pool) = (100, 0);
        self.reference.begin(CoreStart { config, batch, numbers, target, low_pool });
        self.line = Some(Line::new(*config, *batch, numbers.clone(), target, low_pool));
        self.told = 0;
    }

    fn all_up(&mut self) {
        [Link::LineIo, Link::Labeler, Link::Camera].into_iter().for_each(|link| self.up(link));
    }

    fn up(&mut self, link: Link) {
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
    fn line_io_up(&mut self) {
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

    fn new_permit_epoch(&mut self, permit_epoch: u32) {
        self.permit_epoch = permit_epoch;
        (self.accepted, self.permits, self.waiting) = (0, Vec::new(), Vec::new());
    }

    fn hand_over(&mut self) {
        let missed: Vec<_> = self.fifo.iter().filter(|e| e.0 > self.handed).copied().collect();
        for (seq, event) in missed {
            self.handed = seq;
            self.give(event);
        }
    }

    fn sample(&mut self) {
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
    fn purge(&mut self) {
        self.give(Input::LabelerStatus(self.report));
        self.sample();
        self.encoder += self.config.purge_counts;
        self.sample();
        self.give(Input::CameraSample { triggers: self.camera_triggers, last_seq: self.results });
        self.now += 300;
        self.give(Input::Tick);
        self.give(Input::LabelerStatus(self.report));
    }

    fn give(&mut self, input: Input) {
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

    fn obey(&mut self, output: &Output) {
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
    fn permit(&mut self, track: TrackIndex, from: u64, to: u64) {
        let place = track.0 as usize - 1;
        let pack = self.packs[place];
        let (verdict, record) =
            self.verdicts.get(&track.0).copied().unwrap_or((Verdict::Reject, 0));
        let gate = self.start + place as u64 * PITCH + 8_000;
        let wrong = [
            (pack.results != 1, "a permit without one result"),
            (self.report.last_applied.0 < place as u32 + 1, "a permit without its confirmation"),
            (verdict != Verdict::Accept, "a permit without an accept"),
            (record > self.told, "a permit before its accept is on disk"),
            (!self.io_up, "a permit without the line I/O's link"),
            (self.faults > 0 && self.permit_epoch > 3, "a permit after proof was lost"),
            (!(from..=to).contains(&gate), "a permit for another place"),
            (!self.permitted.insert(track.0), "a second permit"),
        ];
        self.must(wrong.into_iter().find(|(is, _)| *is).map(|(_, what)| what));
        self.waiting.push((track.0, from, to));
    }

    fn must(&self, wrong: Option<&str>) {
        if let Some(what) = wrong {
            panic!("{}: {what}: {:?}", self.family.name, self.path);
        }
    }

    // ---- what can happen -------------------------------------------------------------------

    /// What may come next; empty at the end.
    pub fn possible(&self) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.done < self.steps.len() {
            acts.push(Act::Belt);
        } else if self.line.is_none() {
            return vec![Act::Recover];
        } else if let Some(link) = self.lost {
            return vec![Act::Return(link)];
        } else {
            return acts;
        }
        if self.line.is_none() {
            acts.push(Act::Recover);
            return acts;
        }
        self.possible_proofs(&mut acts);
        let verdict = |r: &Record| matches!(r.body, RecordBody::Verdict { .. });
        let any = self.family.any_commit && !self.under_way.is_empty();
        if any || self.under_way.iter().any(verdict) {
            acts.push(Act::Commit);
        }
        if self.io_up && !self.waiting.is_empty() {
            acts.push(Act::Deliver);
        }
        if let Some(link) = self.lost {
            acts.push(Act::Return(link));
        } else if self.faults == 0 && self.family.links {
            acts.extend([Link::LineIo, Link::Labeler, Link::Camera].map(Act::Lose));
        }
        if self.faults == 0 && self.family.death {
            acts.extend([Act::Die(false), Act::Die(true)]);
        }
        acts
    }

    fn possible_proofs(&self, acts: &mut Vec<Act>) {
        let camera = self.lost != Some(Link::Camera);
        for (place, pack) in self.packs.iter().enumerate().filter(|_| camera) {
            if pack.trigger.is_some() && pack.results == 0 && self.family.free_results {
                acts.push(Act::Result(place));
            }
            if pack.results == 1 && self.family.twice && !self.twice {
                acts.push(Act::Again(place));
            }
        }
        let labeler = self.lost != Some(Link::Labeler) && self.family.free_confirmations;
        if labeler && self.report.last_applied.0 < self.applied {
            acts.push(Act::Confirm);
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Belt => self.belt(),
            Act::Result(place) => self.result(place),
            Act::Again(place) => {
                self.twice = true;
                self.result(place);
            }
            Act::Confirm => self.confirm(self.report.last_applied.0 + 1),
            Act::Commit => self.commit(),
            Act::Deliver => {
                self.accepted += self.waiting.len() as u32;
                self.permits.append(&mut self.waiting);
                self.sample();
            }
            Act::Lose(link) => {
                (self.lost, self.faults) = (Some(link), 1);
                self.down(link);
            }
            Act::Return(link) => {
                self.lost = None;
                self.up(link);
                self.soon();
            }
            Act::Die(written) => {
                self.faults = 1;
                if written {
                    self.write();
                }
                (self.line, self.io_up) = (None, false);
                self.under_way.clear();
                self.verdicts.clear();
            }
            Act::Recover => {
                self.begin();
                self.ledger.recover().into_iter().for_each(|input| self.give(input));
                self.all_up();
                self.soon();
            }
        }
    }

    fn down(&mut self, link: Link) {
        match link {
            Link::LineIo => {
                self.io_up = false;
                self.give(Input::LineIoDown);
                // The heartbeat is lost: the device lets every permit die.
                self.new_permit_epoch(self.permit_epoch + 1);
            }
            Link::Labeler => self.give(Input::LabelerDown),
            Link::Camera => self.give(Input::CameraDown),
        }
    }

    /// What comes by itself as soon as it can, where the family does not let it wait.
    fn soon(&mut self) {
        if !self.family.free_confirmations && self.lost != Some(Link::Labeler) {
            self.confirm(self.applied);
        }
        if !self.family.free_results && self.line.is_some() {
            for place in 0..PACKS {
                if self.packs[place].trigger.is_some() && self.packs[place].results == 0 {
                    self.result(place);
                }
            }
        }
    }

    fn belt(&mut self) {
        let (at, eye, place) = self.steps[self.done];
        self.done += 1;
        let count = self.start + at;
        while self.falling.front().is_some_and(|&(at, ..)| at <= count) {
            let Some((at, eye, ordinal)) = self.falling.pop_front() else { break };
            self.encoder = at;
            self.event(eye, Edge::Falling, ordinal);
        }
        self.encoder = self.encoder.max(count);
        if let Some(eye) = eye {
            self.comes_by(eye, place);
        }
        self.sample();
        self.soon();
    }

    fn comes_by(&mut self, eye: Channel, place: usize) {
        let count = self.encoder;
        match eye {
            Channel::Applied => {
                let Some((_, number)) = self.jobs.pop_front() else { return };
                self.packs[place].label = Some(number);
                self.applied += 1;
            }
            Channel::CameraTrigger => {
                if !self.triggers.contains(&count) {
                    return;
                }
                self.camera_triggers += 1;
                self.packs[place].trigger = Some(self.camera_triggers);
            }
            Channel::Gate => {
                let last = self.permits.iter().rev().find(|p| p.0 as usize == place + 1);
                let open = last.is_some_and(|&(_, from, to)| (from..=to).contains(&count));
                self.packs[place].passes = open;
            }
            Channel::EjectConfirm if self.packs[place].passes => return,
            Channel::Exit if !self.packs[place].passes => return,
            _ => {}
        }
        self.totals[eye.index()] += 1;
        let ordinal = self.totals[eye.index()];
        self.event(eye, Edge::Rising, ordinal);
        if !matches!(eye, Channel::Applied | Channel::CameraTrigger) {
            self.falling.push_back((count + 900, eye, ordinal));
            self.falling.make_contiguous().sort_by_key(|&(at, ..)| at);
        }
    }

    fn event(&mut self, channel: Channel, edge: Edge, ordinal: u32) {
        self.io_seq += 1;
        let (seq, count) = (IoSeq(self.io_seq), EncoderCount(self.encoder));
        let event = Input::LineIoEvent { seq, channel, edge, ordinal, count };
        self.fifo.push_back((self.io_seq, event));
        if self.io_up {
            self.hand_over();
        }
    }

    fn result(&mut self, place: usize) {
        let pack = &mut self.packs[place];
        pack.results += 1;
        let (Some(trigger), label) = (pack.trigger, pack.label) else { return };
        self.results += 1;
        let code = label.map(|n| format!("]d2010415003752864321{n}\u{1d}1728123110LOT42"));
        let code = code.unwrap_or_default();
        self.give(Input::CameraResult(CameraReading {
            epoch: Epoch(1),
            seq: self.results,
            trigger,
            status: if label.is_some() { ReadStatus::Decoded } else { ReadStatus::NoRead },
            flags: flags::SIMULATED,
            recipe_ok: true,
            grade: InLineGrade { overall: 35, parameters: [35; 7] },
            content: ReadContent::new(code.as_bytes()),
        }));
    }

    fn confirm(&mut self, labels: u32) {
        if labels == self.report.last_applied.0 || self.line.is_none() {
            return;
        }
        (self.report.last_printed, self.report.last_applied) = (JobSeq(labels), JobSeq(labels));
        (self.report.printed_total, self.report.applied_total) = (labels, labels);
        self.give(Input::LabelerStatus(self.report));
    }

    /// The ledger takes what was emitted; it refuses what contradicts itself.
    fn write(&mut self) {
        for record in std::mem::take(&mut self.under_way) {
            self.told = record.seq.0;
            if let Err(contradiction) = self.ledger.append(&record) {
                panic!("{}: {contradiction:?}: {:?}", self.family.name, self.path);
            }
        }
    }

    fn commit(&mut self) {
        while !self.under_way.is_empty() {
            self.write();
            self.give(Input::Watermark(RecordSeq(self.told)));
        }
    }

    // ---- ends ------------------------------------------------------------------------------

    /// Permits that were given on the way here.
    pub fn permitted(&self) -> u64 {
        self.permitted.len() as u64
    }

    /// The line is brought to the end of its order, and the books must close.
    pub fn close(&mut self) {
        self.path.push(Act::Belt);
        for _ in 0..6 {
            self.confirm(self.applied);
            self.commit();
            let waiting: Vec<TrackIndex> =
                self.line.iter().flat_map(|l| l.unresolved()).map(|u| u.track).collect();
            for track in waiting {
                let resolution = Resolution::Removed;
                self.give(Input::Command(Command::Resolve { track, resolution }));
            }
            let state = self.line.as_ref().map(|line| line.unit_state());
            match state {
                Some(UnitState::Complete) => break,
                Some(UnitState::Held) => self.give(Input::Command(Command::Unhold)),
                Some(UnitState::Execute) => self.give(Input::Command(Command::Stop)),
                _ => {}
            }
            self.sample();
            self.purge();
        }
        self.commit();
        let state = self.line.as_ref().map(|line| (line.unit_state(), line.holds()));
        let complete = state.is_some_and(|(unit, _)| unit == UnitState::Complete);
        assert!(complete, "{}: no end: {state:?}: {:?}", self.family.name, self.path);
        if let Err(refusal) = self.ledger.close() {
            panic!("{}: the books do not close: {refusal:?}: {:?}", self.family.name, self.path);
        }
    }

    /// What tells this state from another: everything that can make a difference later.
    pub fn key(&self) -> u64 {
        let mut text = String::new();
        let (packs, waiting) = (&self.packs, (&self.waiting, &self.permits, self.accepted));
        let faults = (self.lost, self.faults, self.twice, self.line.is_some());
        let labels = (&self.report, self.applied, &self.jobs, &self.triggers);
        let disk = (self.told, self.under_way.len(), self.ledger.seq(), self.permit_epoch);
        let belt = (self.done, self.encoder, self.io_seq, self.fifo.front().map(|e| e.0));
        let _ = write!(text, "{packs:?}{waiting:?}{faults:?}{labels:?}{disk:?}{belt:?}");
        let _ = write!(text, "{:?}{:?}", self.permitted, self.verdicts);
        let _ = write!(text, "{:?}{:?}", self.line, self.under_way);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }
}
