//! The links of the demo's stations, once the simulator has told its ports.
//!
//! Must never connect a station that was not asked for.

use super::{Stop, refused};
use crate::config::{DeviceLink, LineFile};
use crate::simulation::shipped_line::{STATION_MODBUS, station_link};
use contracts::station::Station;
use line_sim::runner::Addresses;

const OPCUA: &str = "devices/station-opcua.toml";

/// Writes where the simulator serves its stations.
///
/// # Errors
/// It does not serve one of them.
pub fn connect(line: &mut LineFile, addresses: &Addresses) -> Result<(), Stop> {
    let stations: Vec<Station> = line.stations().map(|(station, _)| station).collect();
    for station in stations {
        let modbus = addresses.station_modbus.get(&station).map(|at| (at, STATION_MODBUS));
        let opcua = addresses.station_opcua.get(&station).map(|at| (at, OPCUA));
        let missing = || refused(format!("the simulator serves no {}", station.name()));
        let (endpoint, profile) = modbus.or(opcua).ok_or_else(missing)?;
        let (endpoint, profile, security) = (endpoint.clone(), profile.into(), None);
        *station_link(line, station) = Some(DeviceLink { endpoint, profile, security });
    }
    Ok(())
}
