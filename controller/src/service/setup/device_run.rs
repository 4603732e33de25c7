//! One device by itself, as its profile says: its driver, without a line.
//!
//! Used by `device check`. Must never be used while a line runs the device.

use super::labeler::{self, LabelerProfile};
use crate::service::device_threads::StationLink;
use contracts::station::Station;
use devices::camera::opcua::{self as camera, CameraConfig};
use devices::camera::session::CameraSession;
use devices::labeler::LabelerLink;
use devices::labeler::session::LabelerSession;
use devices::line_io::modbus::{self as line_io, LineIoConfig};
use devices::line_io::session::LineIoSession;
use devices::station::session::StationSession;
use devices::station::{modbus as station_modbus, opcua as station_opcua};
use devices::{DeviceIo, LinkError, Look, OpcuaEndpoint};
use profiles::Profile;
use std::time::Duration;

/// See the module.
pub enum DeviceRun {
    /// A labeler.
    Labeler(LabelerLink),
    /// A camera.
    Camera(CameraConfig),
    /// A line-I/O device on the network.
    LineIo(LineIoConfig),
    /// A station beside the camera.
    Station(StationLink),
}

impl DeviceRun {
    /// The device of a profile at this endpoint; its security is for OPC UA only.
    ///
    /// # Errors
    /// Why such a device cannot be run by itself.
    pub fn of(profile: &Profile, at: OpcuaEndpoint) -> Result<Self, &'static str> {
        let address = at.url.clone();
        Ok(match profile.clone() {
            Profile::LineIoGpio(_) => {
                return Err("the pins are this machine's: docs/gpio.md says how they are tried");
            }
            Profile::LineIoModbus(profile) => Self::LineIo(LineIoConfig::new(address, profile)),
            Profile::CameraOpcua(profile) => Self::Camera(CameraConfig::new(at, profile)),
            Profile::StationModbus(profile) => {
                let config = station_modbus::StationConfig::new(address, profile);
                Self::Station(StationLink::Modbus(config))
            }
            Profile::StationOpcua(profile) => {
                let config = station_opcua::StationConfig::new(at, profile);
                Self::Station(StationLink::Opcua(config))
            }
            Profile::LabelerModbus(profile) => {
                Self::Labeler(labeler::link(LabelerProfile::Modbus(profile), at, address.into()))
            }
            Profile::LabelerOpcua(profile) => {
                Self::Labeler(labeler::link(LabelerProfile::Opcua(profile), at, address.into()))
            }
            Profile::LabelerRegisters(profile) => {
                Self::Labeler(labeler::link(LabelerProfile::Registers(profile), at, address.into()))
            }
            Profile::LabelerNodes(profile) => {
                Self::Labeler(labeler::link(LabelerProfile::Nodes(profile), at, address.into()))
            }
            Profile::LabelerText(profile) => {
                Self::Labeler(labeler::link(LabelerProfile::Text(profile), at, address.into()))
            }
        })
    }

    /// What the points of the device show, tried for so long; none for one that keeps our contract.
    #[must_use]
    pub fn look(&self, limit: Duration) -> Option<Result<Look, LinkError>> {
        match self {
            Self::Labeler(link) => link.look(limit),
            Self::Camera(_) | Self::LineIo(_) | Self::Station(_) => None,
        }
    }

    /// Talks to it until `io` says stop.
    ///
    /// # Errors
    /// As the drivers.
    pub fn run(&self, io: &mut dyn DeviceIo) -> Result<(), LinkError> {
        match self {
            Self::Labeler(link) => link.run(&mut LabelerSession::new(), io),
            Self::Camera(config) => camera::run(config, &mut CameraSession::new(), io),
            Self::LineIo(config) => line_io::run(config, &mut LineIoSession::new(), io),
            Self::Station(link) => {
                let mut session = StationSession::new(Station::TextCheck);
                match link {
                    StationLink::Modbus(config) => station_modbus::run(config, &mut session, io),
                    StationLink::Opcua(config) => station_opcua::run(config, &mut session, io),
                }
            }
        }
    }
}
