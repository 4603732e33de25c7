//! The stations beside the camera in line file and recipe: where they are, what they must prove.
//!
//! Called by the checks, at order load and at the start of a run. Must never compare a result: what
//! it says is plain data for the core.

use super::checks::{POSITION_MM_MAX, outside};
use super::errors::Finding;
use super::line::{DeviceLink, LineFile};
use super::product::{ProductFile, Station as Verifies, TextField, Verify};
use contracts::station::{STATIONS, Station};
use line_core::station::{CARTON_CODE_MAX, CartonCode, StationRules, TextFields};

/// Highest rate of a line with stations beside the camera, packs a second.
const STATION_PACKS_PER_S_MAX: f64 = 15.0;

impl LineFile {
    /// The stations that this line has, with their links, in the order of their numbers.
    pub fn stations(&self) -> impl Iterator<Item = (Station, &DeviceLink)> {
        Station::ALL.into_iter().filter_map(|s| Some((s, self.station_link(s)?)))
    }

    /// Every device with its link: line I/O, labeler, camera, the stations.
    pub fn links(&self) -> impl Iterator<Item = (&'static str, &DeviceLink)> {
        let devices = &self.devices;
        let always = [
            ("line_io", &devices.line_io),
            ("labeler", &devices.labeler),
            ("camera", &devices.camera),
        ];
        let stations = self.stations().map(|(station, link)| (station.name(), link));
        always.into_iter().chain(stations)
    }

    /// Where a station is reached, when the line has it.
    #[must_use]
    pub const fn station_link(&self, station: Station) -> Option<&DeviceLink> {
        let devices = &self.devices;
        match station {
            Station::TextCheck => devices.text_check.as_ref(),
            Station::CartonCode => devices.carton_code.as_ref(),
            Station::TamperEvident => devices.tamper_evident.as_ref(),
            Station::Checkweigher => devices.checkweigher.as_ref(),
        }
    }

    /// Position of a station's strobe, when it is given.
    #[must_use]
    pub const fn station_mm(&self, station: Station) -> Option<f64> {
        let g = &self.geometry;
        match station {
            Station::TextCheck => g.text_check_mm,
            Station::CartonCode => g.carton_code_mm,
            Station::TamperEvident => g.tamper_evident_mm,
            Station::Checkweigher => g.checkweigher_mm,
        }
    }

    /// Infeed eye to each station's strobe in encoder counts; none where the line has no such
    /// station.
    #[must_use]
    pub fn station_counts(&self) -> [Option<u64>; STATIONS] {
        let counts = |mm: f64| (mm / self.geometry.mm_per_pulse).round().max(0.0) as u64;
        Station::ALL.map(|station| {
            self.station_link(station).and_then(|_| self.station_mm(station)).map(counts)
        })
    }
}

impl ProductFile {
    /// What must be proven of each pack by the stations beside the camera.
    #[must_use]
    pub fn station_rules(&self) -> StationRules {
        let Verify { stations, text_check, carton_code, checkweigher, .. } = &self.verify;
        let asks = |station: Station| stations.contains(&verifies(station));
        let named = |field| text_check.as_ref().is_none_or(|check| check.fields.contains(&field));
        let fields = || TextFields {
            product_code: named(TextField::ProductCode),
            serial: named(TextField::Serial),
            lot: named(TextField::Lot),
            expiry: named(TextField::Expiry),
        };
        let carton = carton_code.as_ref().filter(|_| asks(Station::CartonCode));
        let scale = checkweigher.filter(|_| asks(Station::Checkweigher));
        // The checks have refused what does not fit.
        let mg = |mg: u32| i32::try_from(mg).unwrap_or(i32::MAX);
        StationRules {
            text_check: asks(Station::TextCheck).then(fields),
            carton_code: carton.and_then(|carton| CartonCode::new(carton.expected.as_bytes())),
            tamper_evident: asks(Station::TamperEvident),
            checkweigher: scale.map(|scale| (mg(scale.min_mg), mg(scale.max_mg))),
        }
    }

    /// Whether this line has every station that the recipe asks for; `product` and `line` name the
    /// two files.
    ///
    /// # Errors
    /// [`Finding`] with the first station that is missing.
    pub fn require_stations(
        &self,
        product: &str,
        line: &LineFile,
        line_file: &str,
    ) -> Result<(), Finding> {
        let is_missing = |station: &Station| line.station_link(*station).is_none();
        let Some(station) = self.station_rules().named().find(is_missing) else { return Ok(()) };
        let name = station.name();
        let what = format!(
            "the recipe {product} asks for {name} on every pack, and the line {line_file} has no \
             [devices.{name}]"
        );
        let remedy = format!(
            "load the order on a line with that station, add [devices.{name}] and \
             geometry.{name}_mm, or take {name} out of verify.stations"
        );
        Err(Finding::new("verify.stations", what, remedy))
    }
}

/// The recipe's word for a station.
const fn verifies(station: Station) -> Verifies {
    match station {
        Station::TextCheck => Verifies::TextCheck,
        Station::CartonCode => Verifies::CartonCode,
        Station::TamperEvident => Verifies::TamperEvident,
        Station::Checkweigher => Verifies::Checkweigher,
    }
}

/// Numbers of positions, as the other lengths.
pub(super) fn numbers(line: &LineFile) -> Vec<Finding> {
    let number = |station: Station| {
        let key = format!("geometry.{}_mm", station.name());
        outside(&key, line.station_mm(station)?, 1.0, POSITION_MM_MAX)
    };
    Station::ALL.into_iter().filter_map(number).collect()
}

/// Every station has a place: behind what it looks at, and so that its result is in time.
pub(super) fn places(line: &LineFile) -> Vec<Finding> {
    line.stations().filter_map(|(station, _)| place(line, station)).collect()
}

fn place(line: &LineFile, station: Station) -> Option<Finding> {
    let (g, name) = (&line.geometry, station.name());
    let key = format!("geometry.{name}_mm");
    let Some(mm) = line.station_mm(station) else {
        let what = format!("the line has [devices.{name}], and {key} does not say where it is");
        return Some(Finding::new(&key, what, "add the position of its strobe"));
    };
    if station == Station::TextCheck && mm < g.labeler_mm {
        let what = format!("{name}_mm = {mm} lies before labeler_mm = {}", g.labeler_mm);
        return Some(Finding::new(&key, what, "text is read behind the labeler: move it there"));
    }
    let budget_ms = line.timing.result_to_permit_budget_ms;
    let budget_mm = f64::from(budget_ms) / 1_000.0 * line.speed_mm_s();
    let latest_mm = g.gate_mm - g.gate_lead_mm - budget_mm;
    (mm >= latest_mm).then(|| {
        let what = format!(
            "from {mm} mm to the gate at {} mm there is no time for a result: the budget of \
             {budget_ms} ms at {:.0} mm/s takes {budget_mm:.1} mm, the gate lead {} mm",
            g.gate_mm,
            line.speed_mm_s(),
            g.gate_lead_mm
        );
        let remedy = format!("move it below {latest_mm:.1} mm, or the gate further away");
        Finding::new(&key, what, remedy)
    })
}

/// Results are joined with strobes by the belt's travel between two packs: at a higher rate a late
/// result could be the neighbour's.
pub(super) fn rate(line: &LineFile) -> Option<Finding> {
    let (name, rate) = (line.stations().next()?.0.name(), line.rate.packs_per_s);
    (rate > STATION_PACKS_PER_S_MAX).then(|| {
        let what = format!(
            "{rate} packs/s leave {:.0} ms between two packs, and the line has [devices.{name}]: \
             a station's result needs at least {:.0} ms to be told from its neighbour's",
            1_000.0 / rate,
            1_000.0 / STATION_PACKS_PER_S_MAX
        );
        let remedy = format!(
            "run at {STATION_PACKS_PER_S_MAX} packs/s or less, or take the stations off this line"
        );
        Finding::new("rate.packs_per_s", what, remedy)
    })
}

/// What a recipe says of stations makes sense.
pub(super) fn recipe(verify: &Verify) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, station) in verify.stations.iter().enumerate() {
        if verify.stations[..at].contains(station) {
            let what = format!("{station:?} is named twice");
            found.push(Finding::new("verify.stations", what, "name each station once"));
        }
    }
    found.extend(values(verify));
    if let Some(carton) = &verify.carton_code {
        let (expected, key) = (&carton.expected, "verify.carton_code.expected");
        let printable = expected.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if expected.is_empty() || expected.len() > CARTON_CODE_MAX || !printable {
            let what = format!("{expected:?} is no code of a carton");
            let remedy = format!("use 1 to {CARTON_CODE_MAX} printable ASCII characters");
            found.push(Finding::new(key, what, remedy));
        }
    }
    if let Some(check) = &verify.text_check {
        let fields = &check.fields;
        let twice = (1..fields.len()).any(|at| fields[..at].contains(&fields[at]));
        if fields.is_empty() || twice {
            let what = "names no line, or one twice";
            let remedy = "name some of product_code, serial, lot, expiry, or leave the key out";
            found.push(Finding::new("verify.text_check.fields", what, remedy));
        }
    }
    if let Some(scale) = &verify.checkweigher {
        let (min, max) = (scale.min_mg, scale.max_mg);
        if min == 0 || min >= max || i32::try_from(max).is_err() {
            let what = format!("{min} to {max} mg is no range of weights");
            let remedy = "give milligrams with 1 <= min_mg < max_mg <= 2147483647";
            found.push(Finding::new("verify.checkweigher.min_mg", what, remedy));
        }
    }
    found
}

/// Each station has the values that it needs, and no values stand for a station that is not asked.
fn values(verify: &Verify) -> Vec<Finding> {
    let table = [
        (Verifies::TextCheck, "text_check", false, verify.text_check.is_some()),
        (Verifies::CartonCode, "carton_code", true, verify.carton_code.is_some()),
        (Verifies::Checkweigher, "checkweigher", true, verify.checkweigher.is_some()),
    ];
    let finding = |(station, name, needed, there): (Verifies, &str, bool, bool)| {
        let asked = verify.stations.contains(&station);
        if asked && needed && !there {
            let what = format!("verify.stations names {name}, and [verify.{name}] is missing");
            let remedy = format!("add [verify.{name}] with what is right for the product");
            return Some(Finding::new("verify.stations", what, remedy));
        }
        (there && !asked).then(|| {
            let what = format!("verify.stations does not name {name}: nothing would compare it");
            let remedy = format!("add \"{name}\" to verify.stations, or remove the table");
            Finding::new(&format!("verify.{name}"), what, remedy)
        })
    };
    table.into_iter().filter_map(finding).collect()
}

#[cfg(test)]
#[path = "stations_tests.rs"]
mod tests;
