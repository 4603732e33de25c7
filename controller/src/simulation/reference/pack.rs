//! One pack as the reference sees it, and everything that speaks against it.
//!
//! Part of the reference. Must never ask the core.

use codes::SerialNumber;
use contracts::camera::{ReadStatus, flags};
use contracts::station::{Finding, STATIONS, Station};
use line_core::event::{CameraReading, PackFate, StationReading};
use line_core::ids::{Epoch, JobSeq, RecordSeq, SerialIndex, TrackIndex};
use line_core::line_config::LineConfig;
use line_core::reason::RejectReason as R;
use line_core::record::Verdict;
use line_core::verify::BatchData;

/// A label on a pack.
#[derive(Clone, Copy)]
pub(super) struct Label {
    pub(super) serial: SerialIndex,
    pub(super) job: JobSeq,
    pub(super) epoch: Epoch,
    pub(super) confirmed: bool,
    pub(super) void: bool,
}

/// A pack from the infeed to its fate.
pub(super) struct Pack {
    pub(super) track: TrackIndex,
    /// Count at which it was, or would have been, at the infeed eye.
    pub(super) at: u64,
    pub(super) fate: PackFate,
    pub(super) fate_count: u64,
    /// Its fate was seen with this input.
    pub(super) fate_input: u64,
    pub(super) exit_seen: bool,
    pub(super) recovered: bool,
    pub(super) camera_seen: bool,
    pub(super) gate_seen: Option<u64>,
    pub(super) late: bool,
    pub(super) faults: Vec<R>,
    pub(super) label: Option<Label>,
    pub(super) trigger_at: Option<u64>,
    pub(super) trigger: Option<u32>,
    pub(super) results: Vec<CameraReading>,
    pub(super) strobes: [Option<u32>; STATIONS],
    pub(super) measured: [Vec<StationReading>; STATIONS],
    /// Last verdict, its record.
    pub(super) verdict: Option<(Verdict, RecordSeq)>,
    /// Rejected for nothing but the first pack's approval.
    pub(super) first: bool,
    /// A permit was given; false once it is dead.
    pub(super) permit: Option<bool>,
}

impl Pack {
    pub(super) fn new(track: TrackIndex, at: u64) -> Self {
        Self {
            track,
            at,
            fate: PackFate::InProcess,
            fate_count: 0,
            fate_input: 0,
            exit_seen: false,
            recovered: false,
            camera_seen: false,
            gate_seen: None,
            late: false,
            faults: Vec::new(),
            label: None,
            trigger_at: None,
            trigger: None,
            results: Vec::new(),
            strobes: [None; STATIONS],
            measured: Default::default(),
            verdict: None,
            first: false,
            permit: None,
        }
    }

    pub(super) fn open(&self) -> bool {
        self.fate == PackFate::InProcess
    }

    /// Nothing final was seen of it.
    pub(super) fn unseen(&self) -> bool {
        matches!(self.fate, PackFate::InProcess | PackFate::Unresolved)
    }

    pub(super) fn accepted(&self) -> bool {
        self.verdict.is_some_and(|(verdict, _)| verdict == Verdict::Accept)
    }

    pub(super) fn serial(&self) -> Option<SerialIndex> {
        self.label.map(|label| label.serial)
    }

    pub(super) fn is_at(&self, count: u64, offset: u64, window: u64) -> bool {
        count.abs_diff(self.at + offset) <= window
    }

    /// From here on a permit comes too late.
    pub(super) fn permit_deadline(&self, c: &LineConfig) -> u64 {
        (self.at + c.gate_counts).saturating_sub(c.window_counts).saturating_sub(c.gate_lead_counts)
    }

    /// From here on a result comes too late.
    pub(super) fn result_deadline(&self, c: &LineConfig) -> u64 {
        self.permit_deadline(c).saturating_sub(c.permit_budget_counts)
    }

    fn gate(&self, c: &LineConfig) -> u64 {
        self.gate_seen.unwrap_or(self.at + c.gate_counts)
    }

    /// The last count at which something of it may be seen.
    pub(super) fn last_count(&self, c: &LineConfig) -> u64 {
        let exit = self.at + c.exit_counts + c.window_counts;
        exit.max(self.gate(c) + c.eject_counts_max)
    }

    pub(super) fn may_fall_at(&self, count: u64, c: &LineConfig) -> bool {
        let slack = if self.gate_seen.is_some() { 0 } else { c.window_counts };
        let first = (self.gate(c) + c.eject_counts_min).saturating_sub(slack);
        (first..=self.gate(c) + c.eject_counts_max + slack).contains(&count)
    }

    /// It should have been seen somewhere before `encoder` and was not.
    pub(super) fn is_missed(&self, encoder: u64, c: &LineConfig) -> bool {
        let over = |offset: u64| encoder > self.at + offset + c.window_counts;
        let camera = !self.recovered && !self.camera_seen && over(c.camera_eye_counts);
        let gate = !self.recovered && self.gate_seen.is_none() && over(c.gate_counts);
        camera || gate || encoder > self.last_count(c)
    }

    /// Camera and stations have each told of it, once, and its label is confirmed: only then can it
    /// be proven.
    pub(super) fn is_told(&self, batch: &BatchData) -> bool {
        let named = |station: &Station| batch.stations.names(*station);
        self.results.len() == 1
            && self.label.is_some_and(|label| label.confirmed && !label.void)
            && Station::ALL.iter().filter(|s| named(s)).all(|s| self.measured[s.index()].len() == 1)
    }

    /// Everything that speaks against it now; nothing: it is proven.
    pub(super) fn against(
        &self,
        batch: &BatchData,
        numbers: &[SerialNumber],
        c: &LineConfig,
    ) -> Vec<R> {
        let mut against = self.faults.clone();
        let number = self.label.and_then(|l| numbers.get(l.serial.0 as usize));
        match (self.label, number) {
            (Some(label), Some(_)) if label.confirmed && !label.void => {}
            (Some(_), Some(_)) => against.push(R::PrintUnconfirmed),
            _ => against.push(R::NoJob),
        }
        match self.results.as_slice() {
            [] => against.push(R::NoResult),
            [result] => against.extend(of_result(result, number, batch, c)),
            [first, ..] => {
                against.push(R::ResultDuplicate);
                against.extend(of_result(first, number, batch, c));
            }
        }
        for station in Station::ALL.into_iter().filter(|&s| batch.stations.names(s)) {
            match self.measured[station.index()].as_slice() {
                [] => against.push(R::StationNoResult),
                [result] => against.extend(of_station(result, number, batch, c)),
                _ => against.push(R::ResultDuplicate),
            }
        }
        against
    }
}

/// What the camera must report for a label, written out from domain.md section 3.
pub(super) fn code(batch: &BatchData, number: &SerialNumber) -> String {
    let (gtin, lot) = (batch.gtin.as_str(), batch.lot.as_str());
    let (year, month, day) = (batch.expiry.year() % 100, batch.expiry.month(), batch.expiry.day());
    let mut code = format!("]d201{gtin}21{number}\x1d17{year:02}{month:02}{day:02}10{lot}");
    if let Some(national) = &batch.national {
        code += &format!("\x1d{}{}", national.scheme().digits(), national.as_str());
    }
    code
}

fn of_result(
    result: &CameraReading,
    number: Option<&SerialNumber>,
    batch: &BatchData,
    c: &LineConfig,
) -> Vec<R> {
    match result.status {
        ReadStatus::NoRead => return vec![R::NoRead],
        ReadStatus::Multiple => return vec![R::MultipleCodes],
        ReadStatus::Error => return vec![R::CameraError],
        ReadStatus::Decoded => {}
    }
    if !trusted(result.recipe_ok, result.flags, c) {
        return vec![R::CameraError];
    }
    let mut against = Vec::new();
    let equal = |n: &SerialNumber| code(batch, n).as_bytes() == result.content.as_bytes();
    if number.is_some_and(|n| !equal(n)) {
        against.push(R::ContentMismatch);
    }
    if result.grade.overall < c.grade_min {
        against.push(R::LowGrade);
    }
    against
}

fn trusted(recipe_ok: bool, bits: u8, c: &LineConfig) -> bool {
    recipe_ok && bits & flags::PARTIAL == 0 && (c.simulation || bits & flags::SIMULATED == 0)
}

/// What a station's result says against the pack with this number.
pub(super) fn of_station(
    result: &StationReading,
    number: Option<&SerialNumber>,
    batch: &BatchData,
    c: &LineConfig,
) -> Option<R> {
    if !trusted(result.recipe_ok, result.flags, c) || result.finding == Finding::Error {
        return Some(R::StationError);
    }
    if result.finding == Finding::Nothing {
        return Some(R::StationNoRead);
    }
    let (rules, found) = (&batch.stations, result.content.as_bytes());
    match result.station {
        Station::TextCheck => {
            let Some(number) = number else { return Some(R::NoJob) };
            (!text_is_right(found, number, batch)).then_some(R::TextMismatch)
        }
        Station::CartonCode => {
            let right = rules.carton_code.as_ref().is_some_and(|code| code.as_bytes() == found);
            (!right).then_some(R::CartonMismatch)
        }
        Station::TamperEvident => (result.value != 1).then_some(R::TamperEvidenceMissing),
        Station::Checkweigher => {
            let right = rules.checkweigher.is_some_and(|(a, b)| (a..=b).contains(&result.value));
            (!right).then_some(R::WeightOutOfLimits)
        }
    }
}

/// Four lines: product code, serial, lot, month and year; those not asked for may be anything.
fn text_is_right(found: &[u8], number: &SerialNumber, batch: &BatchData) -> bool {
    let Some(asked) = batch.stations.text_check else { return false };
    let date = format!("{:02}.{:04}", batch.expiry.month(), batch.expiry.year());
    let right = [batch.gtin.as_str(), number.as_str(), batch.lot.as_str(), date.as_str()];
    let asked = [asked.product_code, asked.serial, asked.lot, asked.expiry];
    let lines: Vec<&[u8]> = found.split(|&byte| byte == b'\n').collect();
    lines.len() == 4 && (0..4).all(|i| !asked[i] || lines[i] == right[i].as_bytes())
}
