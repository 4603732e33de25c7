//! The line as it stands before a script, and how it comes to Execute.

use super::{Proof, RECIPE, Rig, STATION};
use crate::config::{LineFile, ProductFile};
use codes::{Expiry, SerialNumber};
use contracts::camera::CameraStatus;
use contracts::labeler::{BatchHeader, LabelerFault, LabelerStatus};
use contracts::line_io::{Channel, DeviceFault, Edge, LineIoStatus, inputs};
use contracts::station::StationStatus;
use devices::camera::session::CameraSession;
use devices::labeler::session::LabelerSession;
use devices::line_io::session::LineIoSession;
use devices::station::session::StationSession;
use line_core::event::Command;
use line_core::line::Line;
use line_core::line_config::LineConfig;
use line_core::station::StationRules;
use line_core::verify::BatchData;
use recording::Timed;
use std::collections::VecDeque;

/// Nothing is wrong with safety chain, air, bin and neighbours.
pub(super) const READY: u16 = inputs::SAFETY_OK
    | inputs::AIR_OK
    | inputs::BIN_LOCKED
    | inputs::UPSTREAM_READY
    | inputs::DOWNSTREAM_READY;

pub(super) const FAULTS: [DeviceFault; 6] = [
    DeviceFault::None,
    DeviceFault::HeartbeatLost,
    DeviceFault::ExitWithoutPermit,
    DeviceFault::EjectNotConfirmed,
    DeviceFault::FifoFull,
    DeviceFault::EncoderImplausible,
];

pub(super) const PRINTER_FAULTS: [LabelerFault; 6] = [
    LabelerFault::None,
    LabelerFault::Gap,
    LabelerFault::Conflict,
    LabelerFault::NoHeader,
    LabelerFault::Empty,
    LabelerFault::WebBreak,
];

const SERIALS: u32 = 64;

/// The shipped line, its numbers computed as the service computes them.
fn config() -> LineConfig {
    let line = include_str!("../../../../config/line.toml");
    let product = include_str!("../../../../config/products/demo.toml");
    let line = LineFile::parse("line.toml", line).expect("the shipped line");
    line.line_config(&ProductFile::parse("demo.toml", product).expect("the shipped product"))
}

thread_local! {
    static CONFIG: LineConfig = config();
}

impl Rig {
    /// A line that has met no device.
    #[must_use]
    pub fn new() -> Self {
        let batch = BatchData {
            gtin: "04150037528643".parse().expect("a product code"),
            expiry: Expiry::from_ymd(2028, 12, 31).expect("a day"),
            lot: "LOT42".parse().expect("a lot"),
            national: None,
            stations: StationRules::default(),
        };
        let number =
            |n: u32| -> SerialNumber { format!("SERIAL{n:06}").parse().expect("a serial") };
        let numbers = (0..SERIALS).map(number).collect();
        let config = CONFIG.with(|config| *config);
        let header = BatchHeader { look_ahead: config.look_ahead, ..BatchHeader::default() };
        let mut rig = Self {
            line: Line::new(config, batch, numbers, SERIALS, 4),
            now_ms: 1,
            header,
            line_io: LineIoSession::new(),
            labeler: LabelerSession::new(),
            camera: CameraSession::new(),
            station: StationSession::new(STATION),
            io: LineIoStatus { epoch: 1, next_seq: 1, inputs: READY, ..LineIoStatus::default() },
            fifo: VecDeque::new(),
            printer: LabelerStatus {
                epoch: 1,
                header_hash: header.hash(),
                ..LabelerStatus::default()
            },
            jobs: VecDeque::new(),
            labels: VecDeque::new(),
            eye: CameraStatus { epoch: 1, recipe_hash: RECIPE, ..CameraStatus::default() },
            pictures: Vec::new(),
            scale: StationStatus { epoch: 1, recipe_hash: RECIPE, ..StationStatus::default() },
            weights: Vec::new(),
            durable: true,
            proof: Proof::default(),
            given: Vec::new(),
        };
        rig.labeler.set_header(header);
        rig.camera.set_recipe(RECIPE);
        rig.station.set_recipe(RECIPE);
        rig
    }

    /// Every device up, purged and in Execute, its jobs at the labeler.
    pub fn start(&mut self) {
        self.round();
        self.command(Command::Start);
        self.round();
        self.travel(CONFIG.with(|config| config.purge_counts));
        self.wait(255);
        self.round();
        self.wait(255);
        (0..8).for_each(|_| self.round());
    }

    fn round(&mut self) {
        for _ in 0..3 {
            self.answer_line_io();
            self.answer_labeler();
            self.answer_camera();
            self.answer_station();
        }
    }

    /// A pack with which nothing is wrong, alone on the belt.
    pub fn good_pack(&mut self) {
        let config = CONFIG.with(|config| *config);
        let eyes = [
            (0, Channel::Infeed),
            (config.labeler_counts, Channel::Applied),
            (config.camera_eye_counts, Channel::CameraEye),
            (config.trigger_counts, Channel::CameraTrigger),
            (config.gate_counts, Channel::Gate),
            (config.exit_counts, Channel::Exit),
        ];
        let mut before = 0;
        for (at, channel) in eyes {
            self.travel(at - before);
            before = at;
            match channel {
                Channel::Applied => self.apply_label(true),
                Channel::CameraTrigger => self.shoot(0),
                eye => {
                    self.edge(eye, Edge::Rising);
                    self.travel(config.pack_counts.min(100));
                    before += config.pack_counts.min(100);
                    self.edge(eye, Edge::Falling);
                }
            }
            self.answer_line_io();
            self.answer_labeler();
            self.answer_camera();
        }
    }

    /// Every input that the core was given.
    #[must_use]
    pub fn given(&self) -> &[Timed] {
        &self.given
    }

    /// Packs that were accepted so far.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.proof.accepted.len()
    }
}

impl Default for Rig {
    fn default() -> Self {
        Self::new()
    }
}
