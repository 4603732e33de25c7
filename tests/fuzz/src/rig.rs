//! A line of real sessions and the real core, with devices as a few numbers each.
//!
//! Driven by the target `line_devices`. Holds every permit against what was decided and made
//! durable before. Must never keep a device from saying nonsense.

use crate::script::Script;
use contracts::camera::{CameraResult, CameraStatus, InLineGrade, ReadStatus};
use contracts::labeler::{BatchHeader, LabelerAction, LabelerStatus};
use contracts::line_io::{Channel, Edge, LineIoCommand, LineIoEvent, LineIoStatus};
use contracts::station::{Finding, Station, StationResult, StationStatus};
use devices::camera::session::CameraSession;
use devices::labeler::session::LabelerSession;
use devices::line_io::session::LineIoSession;
use devices::station::session::StationSession;
use line_core::event::{Command, Input, Output};
use line_core::ids::{Nanos, RecordSeq, TrackIndex};
use line_core::line::Line;
use line_core::record::Verdict;
use recording::Timed;
use std::collections::{BTreeMap, VecDeque};

mod setup;
use setup::READY;

/// Hash of the order's recipe at camera and station.
const RECIPE: u32 = 7;
/// The station beside the camera.
const STATION: Station = Station::Checkweigher;

/// See the module.
pub struct Rig {
    line: Box<Line>,
    now_ms: u64,
    header: BatchHeader,
    line_io: LineIoSession,
    labeler: LabelerSession,
    camera: CameraSession,
    station: StationSession,
    io: LineIoStatus,
    /// Events that the device holds.
    fifo: VecDeque<LineIoEvent>,
    printer: LabelerStatus,
    jobs: VecDeque<(u32, Vec<u8>)>,
    /// Data on the labels that were applied, in order.
    labels: VecDeque<Vec<u8>>,
    eye: CameraStatus,
    pictures: Vec<CameraResult>,
    scale: StationStatus,
    weights: Vec<StationResult>,
    durable: bool,
    proof: Proof,
    given: Vec<Timed>,
}

/// What must be true of each permit (invariants I1 and I2).
#[derive(Default)]
struct Proof {
    accepted: BTreeMap<TrackIndex, RecordSeq>,
    rejected: BTreeMap<TrackIndex, RecordSeq>,
    durable: RecordSeq,
}

impl Proof {
    fn output(&mut self, output: &Output) {
        match *output {
            Output::Decided { track, verdict: Verdict::Accept, record, .. } => {
                self.accepted.insert(track, record);
            }
            Output::Decided { track, verdict: Verdict::Reject, record, .. } => {
                self.rejected.insert(track, record);
            }
            Output::Permit { track, from, to, .. } => {
                let accept = self.accepted.get(&track).copied();
                let accept = accept.expect("a permit for a pack that was never accepted");
                assert!(accept <= self.durable, "a permit before its verdict is durable");
                assert!(!self.rejected.contains_key(&track), "a permit for a rejected pack");
                assert!(from <= to && to.0 > 0, "a permit without a window");
            }
            _ => {}
        }
    }
}

impl Rig {
    /// Time goes by.
    pub fn wait(&mut self, ms: u8) {
        self.now_ms += u64::from(ms);
        self.give(Input::Tick);
    }

    /// The belt moves.
    pub fn travel(&mut self, counts: u64) {
        self.io.encoder = self.io.encoder.saturating_add(counts);
        self.answer_line_io();
    }

    /// One exchange with the line I/O; the device takes what it is told.
    pub fn answer_line_io(&mut self) {
        self.now_ms += 1;
        let command = self.line_io.command(1);
        let command = LineIoCommand::decode(&command.encode()).expect("our own frame");
        let first_due =
            |fifo: &VecDeque<LineIoEvent>| fifo.front().is_some_and(|e| e.seq < command.read_from);
        if command.epoch == self.io.epoch {
            self.obey(&command);
        }
        while first_due(&self.fifo) {
            self.fifo.pop_front();
        }
        self.io.frame = command.frame;
        self.io.events = self.fifo.iter().take(20).copied().collect();
        let frame = LineIoStatus::decode(&self.io.encode()).expect("a status frame");
        let mut heard = Vec::new();
        self.line_io.on_status(&frame, &mut |input| keep(&mut heard, input));
        self.tell(heard);
    }

    fn obey(&mut self, command: &LineIoCommand) {
        if command.permit_epoch > self.io.permit_epoch {
            (self.io.permit_epoch, self.io.permits_accepted) = (command.permit_epoch, 0);
        }
        let after = |first: u32, n: usize| first.wrapping_add(n as u32).wrapping_sub(1);
        if !command.triggers.is_empty() {
            self.io.triggers_accepted = after(command.first_trigger, command.triggers.len());
        }
        if !command.permits.is_empty() && command.permit_epoch == self.io.permit_epoch {
            self.io.permits_accepted = after(command.first_permit, command.permits.len());
        }
    }

    /// An eye or strobe, where the belt is.
    pub fn edge(&mut self, channel: Channel, edge: Edge) {
        let total = &mut self.io.totals[channel.index()];
        if edge == Edge::Rising {
            *total = total.wrapping_add(1);
        }
        let (seq, ordinal, count) = (self.io.next_seq, *total, self.io.encoder);
        self.fifo.push_back(LineIoEvent { seq, channel, edge, ordinal, count });
        if self.fifo.len() > 64 {
            self.fifo.pop_front();
        }
        self.io.next_seq = seq.wrapping_add(1);
    }

    /// One exchange with the labeler.
    pub fn answer_labeler(&mut self) {
        self.now_ms += 1;
        let command = self.labeler.command();
        if command.epoch == self.printer.epoch {
            for job in &command.jobs {
                if job.seq == self.printer.last_accepted.wrapping_add(1) {
                    self.printer.last_accepted = job.seq;
                    self.jobs.push_back((job.seq, job.serial().to_vec()));
                }
            }
            if command.action == LabelerAction::Flush
                && command.action_seq != self.printer.action_done
            {
                self.printer.action_done = command.action_seq;
                self.jobs.clear();
            }
        }
        self.printer.frame = command.frame;
        let frame = LabelerStatus::decode(&self.printer.encode()).expect("a status frame");
        let (mut heard, now) = (Vec::new(), Nanos::from_ms(self.now_ms));
        self.labeler.on_status(&frame, now, &mut |input| keep(&mut heard, input));
        self.tell(heard);
    }

    /// The next job is printed and applied; its strobe is seen or not.
    pub fn apply_label(&mut self, strobe: bool) {
        if let Some((seq, data)) = self.jobs.pop_front() {
            let p = &mut self.printer;
            (p.last_printed, p.last_applied) = (seq, seq);
            p.printed_total = p.printed_total.wrapping_add(1);
            p.applied_total = p.applied_total.wrapping_add(1);
            self.labels.push_back(data);
        }
        if strobe {
            self.edge(Channel::Applied, Edge::Rising);
        }
    }

    /// The camera is triggered and finds what is on the oldest label, or something else.
    pub fn shoot(&mut self, how: u8) {
        self.edge(Channel::CameraTrigger, Edge::Rising);
        let data = self.labels.pop_front().unwrap_or_default();
        let e = &mut self.eye;
        (e.last_seq, e.triggers) = (e.last_seq.wrapping_add(1), e.triggers.wrapping_add(1));
        let code = [b"]d2010415003752864321", &data[..], b"\x1d1728123110LOT42"].concat();
        let status = if how & 1 == 0 { ReadStatus::Decoded } else { ReadStatus::NoRead };
        self.pictures.push(CameraResult {
            seq: e.last_seq,
            trigger: e.triggers.wrapping_sub(u32::from(how >> 4 & 1)),
            recipe_hash: RECIPE,
            status,
            flags: how >> 5,
            grade: InLineGrade { overall: 35, parameters: [35; 7] },
            content: heapless::Vec::from_slice(&code).unwrap_or_default(),
        });
    }

    /// One call of `GetResults` at the camera.
    pub fn answer_camera(&mut self) {
        self.now_ms += 1;
        let from = self.camera.from_seq();
        let wanted = self.pictures.iter().filter(|picture| picture.seq >= from).take(32);
        let results: Vec<CameraResult> =
            wanted.map(|p| CameraResult::decode(&p.encode()).expect("a result")).collect();
        let (mut heard, now) = (Vec::new(), Nanos::from_ms(self.now_ms));
        let push = &mut |input| keep(&mut heard, input);
        self.camera.on_answer(&self.eye, &results, now, push);
        self.tell(heard);
    }

    /// The station measures the pack before it.
    pub fn weigh(&mut self, how: u8) {
        self.edge(Channel::of(STATION), Edge::Rising);
        let s = &mut self.scale;
        (s.last_seq, s.triggers) = (s.last_seq.wrapping_add(1), s.triggers.wrapping_add(1));
        self.weights.push(StationResult {
            seq: s.last_seq,
            trigger: s.triggers.wrapping_sub(u32::from(how >> 1 & 1)),
            recipe_hash: RECIPE,
            finding: if how & 1 == 0 { Finding::Measured } else { Finding::Nothing },
            value: 1_000 * i32::from(how >> 2),
            ..StationResult::default()
        });
    }

    /// One call of `GetResults` at the station.
    pub fn answer_station(&mut self) {
        self.now_ms += 1;
        let from = self.station.from_seq();
        let wanted = self.weights.iter().filter(|weight| weight.seq >= from).take(2);
        let results: Vec<StationResult> =
            wanted.map(|w| StationResult::decode(&w.encode()).expect("a result")).collect();
        let (mut heard, now) = (Vec::new(), Nanos::from_ms(self.now_ms));
        let push = &mut |input| keep(&mut heard, input);
        self.station.on_answer(&self.scale, &results, now, push);
        self.tell(heard);
    }

    /// A person.
    pub fn command(&mut self, command: Command) {
        self.give(Input::Command(command));
    }

    /// A link is cut.
    pub fn disconnect(&mut self, device: u8) {
        let mut heard = Vec::new();
        let push = &mut |input| keep(&mut heard, input);
        match device % 4 {
            0 => self.line_io.on_disconnected(push),
            1 => self.labeler.on_disconnected(push),
            2 => self.camera.on_disconnected(push),
            _ => self.station.on_disconnected(push),
        }
        self.tell(heard);
    }

    /// A device forgets everything.
    pub fn restart_device(&mut self, device: u8) {
        match device % 4 {
            0 => {
                let epoch = self.io.epoch.wrapping_add(1);
                let io =
                    LineIoStatus { epoch, next_seq: 1, inputs: READY, ..LineIoStatus::default() };
                self.io = io;
                self.fifo.clear();
            }
            1 => {
                let epoch = self.printer.epoch.wrapping_add(1);
                let header_hash = self.header.hash();
                self.printer = LabelerStatus { epoch, header_hash, ..LabelerStatus::default() };
                self.jobs.clear();
            }
            2 => {
                let epoch = self.eye.epoch.wrapping_add(1);
                self.eye = CameraStatus { epoch, recipe_hash: RECIPE, ..CameraStatus::default() };
                self.pictures.clear();
            }
            _ => {
                let epoch = self.scale.epoch.wrapping_add(1);
                self.scale =
                    StationStatus { epoch, recipe_hash: RECIPE, ..StationStatus::default() };
                self.weights.clear();
            }
        }
    }

    /// One number of one device becomes anything.
    pub fn set_anything(&mut self, script: &mut Script<'_>) {
        let (which, value) = (script.u8(), script.u64());
        let word = value as u32;
        match which % 28 {
            0 => self.io.encoder = value,
            1 => self.io.inputs = value as u16,
            2 => self.io.permit_epoch = word,
            3 => self.io.permits_accepted = word,
            4 => self.io.triggers_accepted = word,
            5 => self.io.next_seq = word,
            6 => self.io.epoch = word,
            n @ 7..=11 => self.io.totals[usize::from(n) - 7] = word,
            12 => self.io.fault = script.one_of(&setup::FAULTS),
            13 => self.printer.last_accepted = word,
            14 => self.printer.last_printed = word,
            15 => self.printer.last_applied = word,
            16 => self.printer.printed_total = word,
            17 => self.printer.applied_total = word,
            18 => self.printer.action_done = value as u16,
            19 => {
                (self.printer.flushed_from, self.printer.flushed_to) = (word, (value >> 32) as u32)
            }
            20 => self.printer.fault = script.one_of(&setup::PRINTER_FAULTS),
            21 => self.eye.triggers = word,
            22 => self.eye.last_seq = value,
            23 => self.pictures.iter_mut().for_each(|picture| picture.seq = value),
            24 => self.pictures.iter_mut().for_each(|picture| picture.trigger = word),
            25 => self.scale.triggers = word,
            26 => self.scale.last_seq = word,
            _ => self.weights.iter_mut().for_each(|weight| weight.trigger = word),
        }
        for event in self.fifo.iter_mut().filter(|_| which % 28 == 5) {
            event.seq = event.seq.wrapping_add(word);
        }
    }

    /// The ledger commits, waits, or is lost.
    pub fn ledger(&mut self, what: u8) {
        match what % 8 {
            0..=2 => self.durable = false,
            7 => self.give(Input::LedgerFault),
            _ => self.durable = true,
        }
        self.commit();
    }

    fn commit(&mut self) {
        let (emitted, _) = self.line.records();
        if self.durable && emitted > self.proof.durable {
            self.proof.durable = emitted;
            self.hand_over(Input::Watermark(emitted));
        }
    }

    fn tell(&mut self, heard: Vec<Input>) {
        heard.into_iter().for_each(|input| self.give(input));
    }

    fn give(&mut self, input: Input) {
        self.hand_over(input);
        self.commit();
    }

    fn hand_over(&mut self, input: Input) {
        let now = Nanos::from_ms(self.now_ms);
        self.given.push(Timed { now, input });
        self.line.handle(now, input);
        while let Some(output) = self.line.poll() {
            self.proof.output(&output);
            self.line_io.apply(&output);
            self.labeler.apply(&output);
        }
        assert!(!self.line.overflowed(), "an output was lost");
    }
}

fn keep(heard: &mut Vec<Input>, input: Input) -> bool {
    heard.push(input);
    true
}
