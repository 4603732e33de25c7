//! The shipped line beside its simulator: the same geometry on both sides, and the recipe that asks
//! its stations.
//!
//! Used by demo and campaign. Must never add a station that was not asked for.

use crate::config::{
    CartonCode, Checkweigher, DeviceLink, Geometry, LineFile, ProductFile, Station as Verifies,
};
use contracts::station::Station;
use line_sim::sim_config::SimConfig;

/// The line as shipped.
pub const LINE: &str = include_str!("../../../config/line.toml");
/// The demo's product as shipped.
pub const PRODUCT: &str = include_str!("../../../config/products/demo.toml");

/// Profile of a station over Modbus TCP.
pub const STATION_MODBUS: &str = "devices/station-modbus.toml";
/// Stands in a link until the simulator tells its ports.
const NOT_YET: &str = "127.0.0.1:1";

/// Puts the stations on the line as shipped, before it is scaled.
pub fn place(line: &mut LineFile, stations: &[Station]) {
    let sim = SimConfig::default().geometry;
    for &station in stations {
        let (mm, nominal_mm) = match station {
            Station::TextCheck => (&mut line.geometry.text_check_mm, sim.text_check_mm),
            Station::CartonCode => (&mut line.geometry.carton_code_mm, sim.carton_code_mm),
            Station::TamperEvident => (&mut line.geometry.tamper_evident_mm, sim.tamper_evident_mm),
            Station::Checkweigher => (&mut line.geometry.checkweigher_mm, sim.checkweigher_mm),
        };
        *mm = Some(nominal_mm);
        let (endpoint, profile, security) = (NOT_YET.into(), STATION_MODBUS.into(), None);
        *station_link(line, station) = Some(DeviceLink { endpoint, profile, security });
    }
}

/// The link of a station.
pub fn station_link(line: &mut LineFile, station: Station) -> &mut Option<DeviceLink> {
    match station {
        Station::TextCheck => &mut line.devices.text_check,
        Station::CartonCode => &mut line.devices.carton_code,
        Station::TamperEvident => &mut line.devices.tamper_evident,
        Station::Checkweigher => &mut line.devices.checkweigher,
    }
}

/// The simulator of a line, at the line's rate, with the same geometry and stations.
#[must_use]
pub fn simulator(line: &LineFile) -> SimConfig {
    let mut sim = SimConfig::default().at_rate(line.rate.packs_per_s);
    let (from, to) = (&line.geometry, &mut sim.geometry);
    to.pitch_mm = from.pitch_mm;
    to.pack_length_mm = from.pack_length_mm;
    to.labeler_mm = from.labeler_mm;
    to.camera_eye_mm = from.camera_eye_mm;
    to.gate_mm = from.gate_mm;
    to.exit_mm = from.exit_mm;
    to.eject_confirm_mm = from.eject_confirm_mm;
    to.brake_mm = from.braking_mm;
    to.mm_per_pulse = from.mm_per_pulse;
    let Geometry { text_check_mm, carton_code_mm, tamper_evident_mm, checkweigher_mm, .. } =
        line.geometry;
    to.text_check_mm = text_check_mm.unwrap_or(to.text_check_mm);
    to.carton_code_mm = carton_code_mm.unwrap_or(to.carton_code_mm);
    to.tamper_evident_mm = tamper_evident_mm.unwrap_or(to.tamper_evident_mm);
    to.checkweigher_mm = checkweigher_mm.unwrap_or(to.checkweigher_mm);
    sim.stations = line.stations().map(|(station, _)| station).collect();
    sim.heartbeat_ms_max = u64::from(line.timing.heartbeat_ms_max);
    sim
}

/// The shipped recipe, which asks these stations for what the simulated packs should be.
///
/// # Errors
/// In words: the shipped recipe is not accepted.
pub fn recipe(stations: &[Station], sim: &SimConfig) -> Result<ProductFile, String> {
    let mut product = ProductFile::parse("demo.toml", PRODUCT).map_err(|e| e.to_string())?;
    let verify = &mut product.verify;
    for station in stations {
        verify.stations.push(match station {
            Station::TextCheck => Verifies::TextCheck,
            Station::CartonCode => {
                verify.carton_code = Some(CartonCode { expected: sim.carton_code.clone() });
                Verifies::CartonCode
            }
            Station::TamperEvident => Verifies::TamperEvident,
            Station::Checkweigher => {
                let (mg, within) = (sim.weight_mg, sim.weight_tolerance_mg);
                let (min_mg, max_mg) = (mg.saturating_sub(within), mg.saturating_add(within));
                verify.checkweigher = Some(Checkweigher { min_mg, max_mg });
                Verifies::Checkweigher
            }
        });
    }
    Ok(product)
}
