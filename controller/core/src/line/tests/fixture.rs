//! A scripted line: devices that do what they are told, packs whose every single input can be left
//! out, altered, delayed or doubled.
//!
//! Used by the tests of the invariants; `script.rs` runs packs over it, `watch.rs` looks at every
//! output of every script. Must never ask the core what a device should do.

use super::config;
use super::watch::Watch;
use crate::event::{CameraReading, Command, Input, LabelerReport, Output, Refusal, StationReading};
use crate::ids::{EncoderCount, Epoch, IoSeq, JobSeq, Nanos, RecordSeq};
use crate::limits::OUTPUTS_PER_INPUT;
use crate::line::Line;
use crate::line_config::LineConfig;
use crate::record::ReadContent;
use crate::station::StationRules;
use crate::verify::BatchData;
use codes::SerialNumber;
use contracts::camera::{InLineGrade, ReadStatus, flags};
use contracts::line_io::{CHANNELS, Channel, DeviceFault, Edge, inputs};
use contracts::packml::UnitState;
use contracts::station::{Finding, STATIONS, Station};
use std::collections::{BTreeMap, VecDeque};

/// Nothing is wrong with safety chain, air, bin and neighbours.
pub(super) const READY: u16 = inputs::SAFETY_OK
    | inputs::AIR_OK
    | inputs::BIN_LOCKED
    | inputs::UPSTREAM_READY
    | inputs::DOWNSTREAM_READY;
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
    pub(super) config: LineConfig,
    now: u64,
    io_seq: u32,
    permit_epoch: u32,
    permits_accepted: u32,
    pub(super) permits: BTreeMap<u32, (u64, u64)>,
    pub(super) triggers: Vec<u64>,
    pub(super) jobs: VecDeque<(JobSeq, SerialNumber)>,
    /// Events that the core has not consumed.
    fifo: VecDeque<(u32, Input)>,
    pub(super) camera_triggers: u32,
    pub(super) station_triggers: [u32; STATIONS],
    station_seqs: [u32; STATIONS],
    rules: StationRules,
    result_seq: u64,
    pub(super) watch: Watch,
}

pub(crate) fn batch() -> BatchData {
    BatchData {
        gtin: "04150037528643".parse().unwrap(),
        expiry: codes::Expiry::from_ymd(2028, 12, 31).unwrap(),
        lot: "LOT42".parse().unwrap(),
        national: None,
        stations: StationRules::default(),
    }
}

fn line(config: LineConfig, rules: StationRules, serials: u32, target: u32) -> Box<Line> {
    let numbers = (0..serials).map(|i| format!("SERIAL{i:06}").parse().unwrap()).collect();
    Line::new(config, BatchData { stations: rules, ..batch() }, numbers, target, 0)
}

impl Rig {
    /// A line that has met no device.
    pub(super) fn dark(config: LineConfig, serials: u32, target: u32) -> Self {
        Self::dark_with(config, StationRules::default(), serials, target)
    }

    pub(super) fn dark_with(
        config: LineConfig,
        rules: StationRules,
        serials: u32,
        target: u32,
    ) -> Self {
        let report = LabelerReport { epoch: Epoch(1), header_ok: true, ..LabelerReport::default() };
        Self {
            line: line(config, rules, serials, target),
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
            fifo: VecDeque::new(),
            camera_triggers: 0,
            station_triggers: [0; STATIONS],
            station_seqs: [0; STATIONS],
            rules,
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
        Station::ALL.into_iter().for_each(|station| self.station_up(station));
        self.sample();
    }

    pub(super) fn station_up(&mut self, station: Station) {
        let triggers = self.station_triggers[station.index()];
        self.input(Input::StationUp { station, epoch: Epoch(1), recipe_ok: true, triggers });
    }

    /// What the station says of the pack behind its n-th strobe.
    pub(super) fn station_result(
        &mut self,
        station: Station,
        trigger: u32,
        value: i32,
        text: &str,
    ) {
        let seq = &mut self.station_seqs[station.index()];
        *seq += 1;
        let seq = *seq;
        self.input(Input::StationResult(StationReading {
            station,
            epoch: Epoch(1),
            seq,
            trigger,
            finding: Finding::Measured,
            flags: flags::SIMULATED,
            recipe_ok: true,
            value,
            content: ReadContent::new(text.as_bytes()),
        }));
    }

    /// Every contact begins a new permit epoch.
    pub(super) fn line_io_up(&mut self) {
        self.new_permit_epoch(self.permit_epoch + 1);
        let events = self.fifo.clone();
        self.input(Input::LineIoUp {
            epoch: Epoch(self.io_epoch),
            encoder: EncoderCount(self.encoder),
            first_seq: IoSeq(events.front().map_or(self.io_seq + 1, |event| event.0)),
            permit_epoch: self.permit_epoch,
            totals: self.totals,
        });
        for (_, event) in events {
            self.input(event);
        }
    }

    /// The line I/O loses power and comes back.
    pub(super) fn line_io_restarts(&mut self) {
        self.input(Input::LineIoDown);
        self.io_epoch += 1;
        (self.encoder, self.io_seq, self.totals) = (0, 0, [0; CHANNELS]);
        self.fifo.clear();
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
        let triggers = self.camera_triggers;
        self.input(Input::CameraSample { triggers, last_seq: self.result_seq });
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
        let event = Input::LineIoEvent {
            seq: IoSeq(self.io_seq),
            channel,
            edge,
            ordinal: self.totals[channel.index()],
            count: EncoderCount(self.encoder),
        };
        self.fifo.push_back((self.io_seq, event));
        self.input(event);
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
            Output::Consumed { seq, .. } => self.fifo.retain(|event| event.0 > seq.0),
            Output::FlushLabeler { flush } => {
                self.jobs.clear();
                self.report.flush_done = flush;
            }
            _ => {}
        }
    }

    // ---- restart ----------------------------------------------------------------------------

    /// A commit that the core has not been told of.
    pub(super) fn commit_unseen(&mut self) {
        self.watch.durable = self.line.records().0.0;
    }

    /// The controller dies and starts again with what is durable; devices keep what they have.
    pub(super) fn restart(&mut self) {
        let told = super::recovered::told(&self.seen, self.watch.durable);
        self.line = line(self.config, self.rules, 5_000, 5_000);
        self.seen.clear();
        self.watch.restart();
        for input in told {
            self.input(input);
        }
    }
}
