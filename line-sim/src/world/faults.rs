//! Draws the faults: a card for each pack at its release, from rates and schedule.
//!
//! The world asks for the card and lets each fault strike when its occasion comes. It must never
//! draw from anything but its own generator, pack by pack, so that what the controller does changes
//! no draw.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::scenario::{Eye, FaultKind, Rates, Scenario, ScheduledFault, Severity};
use crate::world::Device;
use crate::world::chance::{hit, unit, within};
use crate::world::label::{Ink, LabelText};
use crate::world::packs::FaultSet;

/// Trouble of a device that begins with a pack's release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Power lost.
    Restart(Device),
    /// Network cut for so many milliseconds.
    Cut(Device, u64),
}

/// What is in store for one pack.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(crate) struct Card {
    pub(crate) faults: FaultSet,
    /// Seed of all details of this pack.
    pub(crate) detail: u64,
    /// The eye, when the plan names it.
    pub(crate) eye: Option<Eye>,
    /// How long, when the plan says so.
    pub(crate) duration_ms: Option<u64>,
}

/// Faults of a pack that the plan may strike by chance.
const BY_CHANCE: usize = 13;

/// Faults of belt, eyes and levels that the plan may strike by chance.
const OF_LINE: usize = 14;

/// Stream of their draws, apart so that the others' stay what they are.
const LINE_STREAM: u64 = 16;

fn of_line(r: &Rates) -> [(FaultKind, f64); OF_LINE] {
    [
        (FaultKind::ForeignPack, r.foreign_pack),
        (FaultKind::TouchingPacks, r.touching_packs),
        (FaultKind::OutOfOrderResult, r.out_of_order_result),
        (FaultKind::SensorMissing, r.sensor_missing),
        (FaultKind::SensorStuck, r.sensor_stuck),
        (FaultKind::EncoderGlitch, r.encoder_glitch),
        (FaultKind::EncoderReversal, r.encoder_reversal),
        (FaultKind::BinFull, r.bin_full),
        (FaultKind::TwoCodes, r.two_codes),
        (FaultKind::Starved, r.starved),
        (FaultKind::Blocked, r.blocked),
        (FaultKind::SafetyOpen, r.safety_open),
        (FaultKind::AirLost, r.air_lost),
        (FaultKind::BinUnlocked, r.bin_unlocked),
    ]
}

/// The plan of a run.
#[derive(Clone, Debug)]
pub(crate) struct FaultPlan {
    rng: ChaCha8Rng,
    line_rng: ChaCha8Rng,
    line_chances: [(FaultKind, f64); OF_LINE],
    chances: [(FaultKind, f64); BY_CHANCE],
    device_chances: [(FaultKind, Device, f64); 6],
    severity: Severity,
    /// Faults scheduled by pack, the nearest one last.
    by_pack: Vec<ScheduledFault>,
    /// Faults for the next pack, whichever it is.
    next_pack: FaultSet,
}

impl FaultPlan {
    pub(crate) fn new(scenario: &Scenario, rng: ChaCha8Rng) -> Self {
        let r = &scenario.rates;
        let mut by_pack: Vec<_> =
            scenario.scheduled.iter().filter(|s| s.at_pack.is_some()).copied().collect();
        by_pack.sort_by_key(|s| std::cmp::Reverse(s.at_pack));
        let (labeler, camera, line_io) = (Device::Labeler, Device::Camera, Device::LineIo);
        let mut line_rng = rng.clone();
        line_rng.set_stream(LINE_STREAM);
        Self {
            rng,
            line_rng,
            line_chances: of_line(r),
            chances: [
                (FaultKind::MissingPrint, r.missing_print),
                (FaultKind::Smear, r.smear),
                (FaultKind::DeadNozzles, r.dead_nozzles),
                (FaultKind::LowContrast, r.low_contrast),
                (FaultKind::WrongData, r.wrong_data),
                (FaultKind::SlipByOne, r.slip_by_one),
                (FaultKind::MissingPack, r.missing_pack),
                (FaultKind::CameraTimeout, r.camera_timeout),
                (FaultKind::LateResult, r.late_result),
                (FaultKind::DuplicateResult, r.duplicate_result),
                (FaultKind::EjectorStuck, r.ejector_stuck),
                (FaultKind::DuplicatePrint, r.duplicate_print),
                (FaultKind::WebBreak, r.web_break),
            ],
            device_chances: [
                (FaultKind::DeviceRestart, labeler, r.labeler_restart),
                (FaultKind::DeviceRestart, camera, r.camera_restart),
                (FaultKind::DeviceRestart, line_io, r.line_io_restart),
                (FaultKind::LinkCut, labeler, r.labeler_link_cut),
                (FaultKind::LinkCut, camera, r.camera_link_cut),
                (FaultKind::LinkCut, line_io, r.line_io_link_cut),
            ],
            severity: scenario.severity,
            by_pack,
            next_pack: FaultSet::default(),
        }
    }

    /// The card of pack `id`, and the troubles that begin with it.
    pub(crate) fn card(&mut self, id: u64, troubles: &mut Vec<Trouble>) -> Card {
        let mut faults = std::mem::take(&mut self.next_pack);
        let detail = self.rng.next_u64();
        for (fault, rate) in self.chances {
            if hit(&mut self.rng, rate) {
                faults.insert(fault);
            }
        }
        for (fault, rate) in self.line_chances {
            if hit(&mut self.line_rng, rate) {
                faults.insert(fault);
            }
        }
        for (fault, device, rate) in self.device_chances {
            if hit(&mut self.rng, rate) {
                troubles.push(self.trouble(fault, device, detail, None));
            }
        }
        let (mut eye, mut duration_ms) = (None, None);
        while self.by_pack.last().is_some_and(|s| s.at_pack <= Some(id)) {
            let Some(entry) = self.by_pack.pop() else { break };
            match entry.device {
                Some(device) => {
                    let ms = entry.duration_ms;
                    troubles.push(self.trouble(entry.fault, device, detail, ms));
                }
                None => {
                    faults.insert(entry.fault);
                    eye = eye.or(entry.eye);
                    duration_ms = duration_ms.or(entry.duration_ms);
                }
            }
        }
        Card { faults, detail, eye, duration_ms }
    }

    /// How hard faults strike.
    pub(crate) fn severity(&self) -> &Severity {
        &self.severity
    }

    /// A fault scheduled by time is due: a trouble at once, or something for the next pack.
    pub(crate) fn due(&mut self, entry: &ScheduledFault) -> Option<Trouble> {
        let Some(device) = entry.device else {
            self.next_pack.insert(entry.fault);
            return None;
        };
        let detail = entry.at_ms.unwrap_or_default();
        Some(self.trouble(entry.fault, device, detail, entry.duration_ms))
    }

    fn trouble(
        &self,
        fault: FaultKind,
        device: Device,
        detail: u64,
        duration_ms: Option<u64>,
    ) -> Trouble {
        if fault == FaultKind::DeviceRestart {
            return Trouble::Restart(device);
        }
        let [low, high] = self.severity.link_cut_ms;
        let drawn = || within(&mut ChaCha8Rng::seed_from_u64(detail), low, high);
        Trouble::Cut(device, duration_ms.unwrap_or_else(drawn))
    }

    /// The ink of a label under the faults that struck it.
    pub(crate) fn ink(&self, struck: FaultSet, detail: u64) -> Ink {
        let mut ink = Ink { missing: struck.contains(FaultKind::MissingPrint), ..Ink::default() };
        let mut rng = ChaCha8Rng::seed_from_u64(detail);
        let mut range = |[low, high]: [f64; 2]| (low + (high - low) * unit(&mut rng)) as f32;
        let smear = range(self.severity.smear);
        let contrast = range(self.severity.contrast);
        if struck.contains(FaultKind::Smear) {
            ink.smear = smear;
        }
        if struck.contains(FaultKind::LowContrast) {
            ink.contrast = contrast;
        }
        if struck.contains(FaultKind::DeadNozzles) {
            let [low, high] = self.severity.dead_nozzles;
            ink.dead_nozzles = within(&mut rng, u64::from(low), u64::from(high)) as u8;
        }
        ink
    }

    /// The same label with one character of serial or lot wrong.
    pub(crate) fn wrong(&self, mut label: LabelText, detail: u64) -> LabelText {
        let mut rng = ChaCha8Rng::seed_from_u64(detail);
        let serial_len = label.serial.as_bytes().len();
        let len = serial_len + label.lot.as_bytes().len();
        let at = within(&mut rng, 0, (len as u64).saturating_sub(1)) as usize;
        let step = within(&mut rng, 1, 9) as u8;
        let characters = label.serial.as_mut_bytes().iter_mut();
        if let Some(byte) = characters.chain(label.lot.as_mut_bytes()).nth(at) {
            *byte = match *byte {
                b'0'..=b'9' => b'0' + (*byte - b'0' + step) % 10,
                b'A'..=b'Z' => b'A' + (*byte - b'A' + step) % 26,
                _ => b'X',
            };
        }
        label
    }

    /// Belt travel from the infeed eye at which a pack is taken away, of a way that long.
    pub(crate) fn taken_at_um(&self, detail: u64, from_um: u64, to_um: u64) -> u64 {
        within(&mut ChaCha8Rng::seed_from_u64(detail), from_um, to_um)
    }

    /// How much later a late result comes, in milliseconds.
    pub(crate) fn late_ms(&self, detail: u64) -> u64 {
        let [low, high] = self.severity.late_result_ms;
        within(&mut ChaCha8Rng::seed_from_u64(detail), low, high)
    }

    /// How long after the first a second result comes, in milliseconds.
    pub(crate) fn duplicate_ms(&self, detail: u64) -> u64 {
        let [low, high] = self.severity.duplicate_result_ms;
        within(&mut ChaCha8Rng::seed_from_u64(detail), low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::label::Text;

    #[test]
    fn wrong_data_always_differs_in_one_character() {
        let label = LabelText {
            gtin: Text::new(b"04150037528643"),
            serial: Text::new(b"7K2M9QXTZ0a-"),
            expiry: Text::new(b"281231"),
            lot: Text::new(b"LOT-2026"),
            national: None,
        };
        let plan = FaultPlan::new(&Scenario::default(), ChaCha8Rng::seed_from_u64(1));
        for detail in 0..200 {
            let wrong = plan.wrong(label, detail);
            let pairs = label.read_content().into_iter().zip(wrong.read_content());
            assert_eq!(pairs.filter(|(a, b)| a != b).count(), 1, "detail {detail}");
        }
    }
}
