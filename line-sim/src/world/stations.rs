//! Which pack comes next to which station: one cursor for each edge of each eye.
//!
//! Packs keep their order on the belt, so the next pack of a station is found without a search.
//! Called by the world's run loop. It must never decide what happens at a station.

use contracts::line_io::Channel;
use contracts::station::Station;

use crate::sim_config::SimConfig;
use crate::world::packs::Packs;

/// An edge of a pack at a station behind the infeed eye's front edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    InfeedFall = 0,
    Labeler = 1,
    CameraRise = 2,
    CameraFall = 3,
    GateRise = 4,
    GateFall = 5,
    ExitRise = 6,
    ExitFall = 7,
    TextCheck = 8,
    CartonCode = 9,
    TamperEvident = 10,
    Checkweigher = 11,
}

pub(crate) const STAGES: usize = 12;

impl Stage {
    pub(crate) const ALL: [Self; STAGES] = [
        Self::InfeedFall,
        Self::Labeler,
        Self::CameraRise,
        Self::CameraFall,
        Self::GateRise,
        Self::GateFall,
        Self::ExitRise,
        Self::ExitFall,
        Self::TextCheck,
        Self::CartonCode,
        Self::TamperEvident,
        Self::Checkweigher,
    ];
}

/// Lengths in micrometres.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) length_um: u64,
    pub(crate) labeler_um: u64,
    pub(crate) camera_um: u64,
    pub(crate) view_margin_um: u64,
    pub(crate) gate_um: u64,
    pub(crate) confirm_um: u64,
    /// Way of a pack's front from the infeed eye to each stage; endless to a station that is not
    /// there.
    offsets_um: [u64; STAGES],
}

impl Places {
    pub(crate) fn new(config: &SimConfig) -> Self {
        let g = &config.geometry;
        let um = |mm: f64| (mm * 1_000.0).round() as u64;
        let length_um = um(g.pack_length_mm);
        let beside = |station: Station, mm: f64| match config.stations.contains(&station) {
            true => um(mm),
            false => u64::MAX,
        };
        let (camera_um, gate_um, exit_um) = (um(g.camera_eye_mm), um(g.gate_mm), um(g.exit_mm));
        Self {
            length_um,
            labeler_um: um(g.labeler_mm),
            camera_um,
            view_margin_um: um(g.camera_view_margin_mm),
            gate_um,
            confirm_um: um(g.eject_confirm_mm),
            offsets_um: [
                length_um,
                um(g.labeler_mm),
                camera_um,
                camera_um + length_um,
                gate_um,
                gate_um + length_um,
                exit_um,
                exit_um + length_um,
                beside(Station::TextCheck, g.text_check_mm),
                beside(Station::CartonCode, g.carton_code_mm),
                beside(Station::TamperEvident, g.tamper_evident_mm),
                beside(Station::Checkweigher, g.checkweigher_mm),
            ],
        }
    }
}

/// The cursors.
#[derive(Clone, Debug)]
pub(crate) struct Stations {
    offsets_um: [u64; STAGES],
    /// The next pack at each stage.
    cursors: [u64; STAGES],
    /// Belt position at which it comes, `u64::MAX` when there is none.
    keys_um: [u64; STAGES],
}

impl Stations {
    pub(crate) fn new(places: &Places) -> Self {
        Self { offsets_um: places.offsets_um, cursors: [1; STAGES], keys_um: [u64::MAX; STAGES] }
    }

    /// Belt position and stage of the next pack at any station.
    pub(crate) fn next(&self) -> (u64, Stage) {
        let mut best = (u64::MAX, Stage::InfeedFall);
        for (key_um, stage) in self.keys_um.iter().zip(Stage::ALL) {
            if *key_um < best.0 {
                best = (*key_um, stage);
            }
        }
        best
    }

    /// A pack was put on the belt.
    pub(crate) fn released(&mut self, packs: &Packs) {
        for stage in 0..STAGES {
            if self.keys_um[stage] == u64::MAX {
                self.aim(stage, packs);
            }
        }
    }

    /// The announced pack is at the stage: gives its number and goes on to the next.
    pub(crate) fn pass(&mut self, stage: Stage, packs: &Packs) -> u64 {
        let stage = stage as usize;
        let id = self.cursors[stage];
        self.cursors[stage] = id + 1;
        self.aim(stage, packs);
        id
    }

    fn aim(&mut self, stage: usize, packs: &Packs) {
        let id = self.cursors[stage].max(packs.first());
        self.cursors[stage] = id;
        let key_um =
            packs.get(id).map(|pack| pack.placed_um.saturating_add(self.offsets_um[stage]));
        self.keys_um[stage] = key_um.unwrap_or(u64::MAX);
    }

    /// Number of the next pack at a stage.
    pub(crate) fn next_at(&self, stage: Stage) -> u64 {
        self.cursors[stage as usize]
    }

    /// True when the pack's front has come to the stage.
    fn has_passed(&self, stage: Stage, id: u64) -> bool {
        id < self.cursors[stage as usize]
    }

    /// The eyes that a pack on the belt or behind the exit blocks.
    pub(crate) fn blocked_by(&self, id: u64) -> impl Iterator<Item = Channel> {
        let between = |rise, fall| self.has_passed(rise, id) && !self.has_passed(fall, id);
        let eyes = [
            (!self.has_passed(Stage::InfeedFall, id), Channel::Infeed),
            (between(Stage::CameraRise, Stage::CameraFall), Channel::CameraEye),
            (between(Stage::GateRise, Stage::GateFall), Channel::Gate),
            (between(Stage::ExitRise, Stage::ExitFall), Channel::Exit),
        ];
        eyes.into_iter().filter(|(blocked, _)| *blocked).map(|(_, channel)| channel)
    }
}
