//! The stations beside the camera in the demo's files: their places, their links, their recipe.
//!
//! Every figure comes from the simulator's defaults, so that both sides have the same. Must never
//! add a station that was not asked for.

use super::{Stop, refused};
use crate::config::{
    CartonCode, Checkweigher, DeviceLink, Geometry, LineFile, ProductFile, Station as Verifies,
};
use contracts::station::Station;
use line_sim::runner::Addresses;
use line_sim::sim_config::SimConfig;

const MODBUS: &str = "devices/station-modbus.toml";
const OPCUA: &str = "devices/station-opcua.toml";
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
        *link(line, station) =
            Some(DeviceLink { endpoint: NOT_YET.into(), profile: MODBUS.into() });
    }
}

fn link(line: &mut LineFile, station: Station) -> &mut Option<DeviceLink> {
    match station {
        Station::TextCheck => &mut line.devices.text_check,
        Station::CartonCode => &mut line.devices.carton_code,
        Station::TamperEvident => &mut line.devices.tamper_evident,
        Station::Checkweigher => &mut line.devices.checkweigher,
    }
}

/// The simulator has the same stations at the same places.
pub fn in_simulator(line: &LineFile, sim: &mut SimConfig) {
    let Geometry { text_check_mm, carton_code_mm, tamper_evident_mm, checkweigher_mm, .. } =
        line.geometry;
    let to = &mut sim.geometry;
    to.text_check_mm = text_check_mm.unwrap_or(to.text_check_mm);
    to.carton_code_mm = carton_code_mm.unwrap_or(to.carton_code_mm);
    to.tamper_evident_mm = tamper_evident_mm.unwrap_or(to.tamper_evident_mm);
    to.checkweigher_mm = checkweigher_mm.unwrap_or(to.checkweigher_mm);
    sim.stations = line.stations().map(|(station, _)| station).collect();
}

/// The shipped recipe, which asks these stations for what the simulated packs should be.
///
/// # Errors
/// The recipe is not accepted as written.
pub fn recipe(shipped: &str, stations: &[Station], sim: &SimConfig) -> Result<String, Stop> {
    if stations.is_empty() {
        return Ok(shipped.into());
    }
    let mut product = ProductFile::parse("demo.toml", shipped).map_err(refused)?;
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
    toml::to_string(&product).map_err(refused)
}

/// Writes where the simulator serves its stations.
///
/// # Errors
/// It does not serve one of them.
pub fn connect(line: &mut LineFile, addresses: &Addresses) -> Result<(), Stop> {
    let stations: Vec<Station> = line.stations().map(|(station, _)| station).collect();
    for station in stations {
        let modbus = addresses.station_modbus.get(&station).map(|at| (at, MODBUS));
        let opcua = addresses.station_opcua.get(&station).map(|at| (at, OPCUA));
        let missing = || refused(format!("the simulator serves no {}", station.name()));
        let (endpoint, profile) = modbus.or(opcua).ok_or_else(missing)?;
        let served = DeviceLink { endpoint: endpoint.clone(), profile: profile.into() };
        *link(line, station) = Some(served);
    }
    Ok(())
}
