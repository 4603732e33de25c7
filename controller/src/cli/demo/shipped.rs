//! The device profiles as this version ships them, and which of them a demo's labeler has.
//!
//! Must never name a profile that is not in `config/devices`.

use super::{Stop, refused};
use crate::cli::args::LabelerKind;
use line_sim::runner::Addresses;
use line_sim::sim_config::ForeignLabeler;

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../config/devices/", $name)))),*]
    };
}

/// Each profile's name and text.
pub const PROFILES: [(&str, &str); 11] = shipped![
    "line-io-modbus.toml",
    "labeler-modbus.toml",
    "labeler-opcua.toml",
    "labeler-registers.toml",
    "labeler-variables.toml",
    "labeler-methods.toml",
    "labeler-zpl.toml",
    "labeler-text.toml",
    "camera-opcua.toml",
    "station-modbus.toml",
    "station-opcua.toml",
];

/// The foreign labeler that the simulator is to serve.
#[must_use]
pub const fn foreign(labeler: LabelerKind) -> Option<ForeignLabeler> {
    match labeler {
        LabelerKind::Modbus | LabelerKind::Opcua => None,
        LabelerKind::Registers => Some(ForeignLabeler::Registers),
        LabelerKind::Variables => Some(ForeignLabeler::Variables),
        LabelerKind::Methods => Some(ForeignLabeler::Methods),
        LabelerKind::Zpl => Some(ForeignLabeler::Zpl),
        LabelerKind::Text => Some(ForeignLabeler::Text),
    }
}

/// The labeler's profile, as the line file names it, and its endpoint.
///
/// # Errors
/// The simulator does not serve it.
pub fn labeler(
    labeler: LabelerKind,
    addresses: &Addresses,
) -> Result<(&'static str, String), Stop> {
    let profile = match labeler {
        LabelerKind::Modbus => {
            return Ok(("devices/labeler-modbus.toml", addresses.labeler.clone()));
        }
        LabelerKind::Opcua => {
            return Ok(("devices/labeler-opcua.toml", addresses.labeler_opcua.clone()));
        }
        LabelerKind::Registers => "devices/labeler-registers.toml",
        LabelerKind::Variables => "devices/labeler-variables.toml",
        LabelerKind::Methods => "devices/labeler-methods.toml",
        LabelerKind::Zpl => "devices/labeler-zpl.toml",
        LabelerKind::Text => "devices/labeler-text.toml",
    };
    let served = foreign(labeler).and_then(|kind| addresses.foreign_labelers.get(&kind));
    let endpoint = served.ok_or_else(|| refused("the simulator does not serve this labeler"))?;
    Ok((profile, endpoint.clone()))
}
