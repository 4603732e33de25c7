//! A scripted belt: plays the devices and the ledger's watermark to the real core, pack by pack,
//! and keeps what it said, so that the same inputs can be given to a fresh core and timed.
//!
//! No physics, no codec, no sockets, no camera: the inputs are made as the device sessions would
//! make them. Every 50th pack has no code and is ejected. Must never be part of a timed loop.

use super::batch;
use codes::SerialNumber;
use contracts::camera::{InLineGrade, ReadStatus};
use contracts::line_io::{CHANNELS, Channel, DeviceFault, Edge, inputs};
use contracts::packml::UnitState;
use line_core::event::{CameraReading, Command, Input, LabelerReport, Output};
use line_core::ids::{EncoderCount, Epoch, IoSeq, JobSeq, Nanos, RecordSeq};
use line_core::line::Line;
use line_core::line_config::LineConfig;
use line_core::record::{ReadContent, Record};
use line_core::verify::BatchData;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::error::Error;

/// Every such pack bears no code.
const BLANK_EVERY: u32 = 50;
/// Time between packs.
const PERIOD: Nanos = Nanos::from_ms(100);
const EPOCH: Epoch = Epoch(1);

/// An edge that is to come: its count, the pack, the channel, its end.
type Coming = Reverse<(u64, u32, usize, bool)>;

/// The belt and the core on it.
pub struct Belt {
    /// The core.
    pub line: Box<Line>,
    /// Everything that was given to it, when wanted.
    pub tape: Option<Vec<(Nanos, Input)>>,
    /// Records since they were last taken.
    pub records: Vec<Record>,
    /// Outputs so far.
    pub outputs: u64,
    config: LineConfig,
    data: BatchData,
    numbers: Box<[SerialNumber]>,
    now: Nanos,
    coming: BinaryHeap<Coming>,
    entered: u32,
    first: u64,
    io_seq: u32,
    totals: [u32; CHANNELS],
    permits: u32,
    permit_epoch: u32,
    flushes: u16,
    labels: u32,
    emitted: RecordSeq,
}

impl Belt {
    /// A line of this geometry in Execute with an empty belt; `packs` may enter.
    pub fn new(config: LineConfig, packs: usize, keep: bool) -> Result<Self, Box<dyn Error>> {
        let (data, numbers) = (batch::data()?, batch::numbers(packs + 128)?);
        let mut belt = Self {
            line: fresh(config, data, numbers.clone()),
            tape: keep.then(Vec::new),
            records: Vec::new(),
            outputs: 0,
            config,
            data,
            numbers,
            now: Nanos::from_ms(1),
            coming: BinaryHeap::new(),
            entered: 0,
            first: config.purge_counts + 10_000,
            io_seq: 0,
            totals: [0; CHANNELS],
            permits: 0,
            permit_epoch: 0,
            flushes: 0,
            labels: 0,
            emitted: RecordSeq(0),
        };
        belt.start();
        match belt.line.unit_state() {
            UnitState::Execute => Ok(belt),
            other => Err(format!("the scripted line is in {other:?}, not in Execute").into()),
        }
    }

    /// A core like this belt's before its first input.
    pub fn fresh_line(&self) -> Box<Line> {
        fresh(self.config, self.data, self.numbers.clone())
    }

    /// The code on each pack in order of its label.
    pub fn numbers(&self) -> &[SerialNumber] {
        &self.numbers
    }

    fn start(&mut self) {
        let encoder = EncoderCount(0);
        let (epoch, first_seq, totals) = (EPOCH, IoSeq(1), self.totals);
        self.give(Input::LineIoUp { epoch, encoder, first_seq, permit_epoch: 0, totals });
        self.give(Input::LabelerUp(self.report()));
        self.give(Input::CameraUp { epoch, recipe_ok: true, triggers: 0 });
        self.sample(0);
        self.give(Input::Command(Command::Start));
        self.give(Input::LabelerStatus(self.report()));
        self.sample(1);
        self.sample(self.config.purge_counts + 2);
        self.now = self.now.plus(Nanos::from_ms(1_000));
        self.give(Input::Tick);
        self.durable();
    }

    /// One pack enters; everything that happens before the next one happens.
    pub fn step(&mut self) {
        self.enter();
        let next = self.first + u64::from(self.entered) * batch::PITCH;
        while let Some(&Reverse((count, pack, channel, rising))) = self.coming.peek()
            && count < next
        {
            self.coming.pop();
            self.edge(count, pack, channel, rising);
        }
        self.now = self.now.plus(PERIOD);
        self.sample(next - 1);
        self.durable();
    }

    fn enter(&mut self) {
        let (c, at) = (self.config, self.first + u64::from(self.entered) * batch::PITCH);
        self.entered += 1;
        let blank = self.entered.is_multiple_of(BLANK_EVERY);
        let middle = c.gate_counts + c.eject_counts_min.midpoint(c.eject_counts_max);
        let end =
            if blank { (Channel::EjectConfirm, middle) } else { (Channel::Exit, c.exit_counts) };
        let stations = [
            (Channel::Infeed, 0),
            (Channel::Applied, c.labeler_counts),
            (Channel::CameraEye, c.camera_eye_counts),
            (Channel::CameraTrigger, c.trigger_counts),
            (Channel::Gate, c.gate_counts),
            end,
        ];
        for (channel, offset) in stations {
            let (count, index) = (at + offset, channel.index());
            self.coming.push(Reverse((count, self.entered, index, true)));
            if !matches!(channel, Channel::Applied | Channel::CameraTrigger) {
                self.coming.push(Reverse((count + c.pack_counts, self.entered, index, false)));
            }
        }
    }

    fn edge(&mut self, count: u64, pack: u32, index: usize, rising: bool) {
        let channel = Channel::ALL[index];
        self.io_seq += 1;
        self.totals[index] += u32::from(rising);
        let edge = if rising { Edge::Rising } else { Edge::Falling };
        let (seq, ordinal, count) = (IoSeq(self.io_seq), self.totals[index], EncoderCount(count));
        self.give(Input::LineIoEvent { seq, channel, edge, ordinal, count });
        match channel {
            Channel::Applied => {
                self.labels += 1;
                self.give(Input::LabelerStatus(self.report()));
            }
            Channel::CameraTrigger => self.give(Input::CameraResult(self.reading(pack, ordinal))),
            _ => {}
        }
    }

    fn reading(&self, pack: u32, trigger: u32) -> CameraReading {
        let number = &self.numbers[pack as usize - 1];
        let blank = pack.is_multiple_of(BLANK_EVERY);
        let code = batch::code(&self.data, number);
        let content: &[u8] = if blank { &[] } else { code.as_bytes() };
        CameraReading {
            epoch: EPOCH,
            seq: u64::from(trigger),
            trigger,
            status: if blank { ReadStatus::NoRead } else { ReadStatus::Decoded },
            flags: 0,
            recipe_ok: true,
            grade: InLineGrade { overall: 37, parameters: [40, 40, 37, 40, 39, 40, 40] },
            content: ReadContent::new(content),
        }
    }

    fn report(&self) -> LabelerReport {
        LabelerReport {
            epoch: EPOCH,
            header_ok: true,
            last_accepted: JobSeq(self.labels),
            last_printed: JobSeq(self.labels),
            last_applied: JobSeq(self.labels),
            printed_total: self.labels,
            applied_total: self.labels,
            flush_done: self.flushes,
            ..LabelerReport::default()
        }
    }

    fn sample(&mut self, encoder: u64) {
        self.give(Input::LineIoSample {
            encoder: EncoderCount(encoder),
            inputs: inputs::SAFETY_OK
                | inputs::AIR_OK
                | inputs::BIN_LOCKED
                | inputs::UPSTREAM_READY
                | inputs::DOWNSTREAM_READY
                | inputs::MOVING,
            fault: DeviceFault::None,
            permit_epoch: self.permit_epoch,
            permits_accepted: self.permits,
            next_seq: IoSeq(self.io_seq + 1),
            totals: self.totals,
        });
    }

    /// The ledger has committed what there was before this pack.
    fn durable(&mut self) {
        self.give(Input::Watermark(self.emitted));
        self.emitted = self.line.records().0;
    }

    fn give(&mut self, input: Input) {
        if let Some(tape) = &mut self.tape {
            tape.push((self.now, input));
        }
        self.line.handle(self.now, input);
        while let Some(output) = self.line.poll() {
            self.outputs += 1;
            match output {
                Output::Record(record) => self.records.push(record),
                Output::Permit { .. } | Output::Revoke { .. } => self.permits += 1,
                Output::NewPermitEpoch { permit_epoch } => self.permit_epoch = permit_epoch,
                Output::FlushLabeler { flush } => self.flushes = flush,
                _ => {}
            }
        }
    }
}

fn fresh(config: LineConfig, data: BatchData, numbers: Box<[SerialNumber]>) -> Box<Line> {
    Line::new(config, data, numbers, u32::MAX, 0)
}
