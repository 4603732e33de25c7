//! The device-profile format: how a device of a known protocol lays out what our contracts name.
//!
//! A profile is one TOML file of `config/devices/`; the controller's drivers and the simulator's
//! servers read the same one, so that a new device of a known protocol is a new file. It must never
//! hold logic, an address of a host, or anything of an order.

#![forbid(unsafe_code)]

mod error;
pub mod gpio;
mod modbus;
mod opcua;
mod security;
mod station;

pub use error::ProfileError;
pub use gpio::LineIoGpio;
pub use modbus::{LabelerModbus, LineIoModbus};
pub use opcua::{
    CameraMethods, CameraOpcua, CameraVariables, LabelerMethods, LabelerOpcua, LabelerVariables,
};
pub use security::{OpcuaMode, OpcuaPolicy};
pub use station::{StationMethods, StationModbus, StationOpcua, StationProfile};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the file format, in every profile as `format`.
pub const PROFILE_FORMAT: u16 = 1;

/// Which device and protocol a profile is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A labeler over Modbus TCP.
    LabelerModbus,
    /// A labeler over OPC UA.
    LabelerOpcua,
    /// A line-I/O device over Modbus TCP.
    LineIoModbus,
    /// A line wired to the GPIO pins of this machine.
    LineIoGpio,
    /// A camera over OPC UA.
    CameraOpcua,
    /// A station beside the camera over Modbus TCP.
    StationModbus,
    /// A station beside the camera over OPC UA.
    StationOpcua,
}

impl Kind {
    /// True for a device that is spoken to over OPC UA: its endpoint is an `opc.tcp` URL.
    #[must_use]
    pub const fn is_opcua(self) -> bool {
        match self {
            Self::LabelerOpcua | Self::CameraOpcua | Self::StationOpcua => true,
            Self::LabelerModbus | Self::LineIoModbus | Self::LineIoGpio | Self::StationModbus => {
                false
            }
        }
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::LabelerModbus => "labeler-modbus",
            Self::LabelerOpcua => "labeler-opcua",
            Self::LineIoModbus => "line-io-modbus",
            Self::LineIoGpio => "line-io-gpio",
            Self::CameraOpcua => "camera-opcua",
            Self::StationModbus => "station-modbus",
            Self::StationOpcua => "station-opcua",
        })
    }
}

/// A device profile of any kind.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum Profile {
    /// A labeler over Modbus TCP.
    LabelerModbus(LabelerModbus),
    /// A labeler over OPC UA.
    LabelerOpcua(LabelerOpcua),
    /// A line-I/O device over Modbus TCP.
    LineIoModbus(LineIoModbus),
    /// A line wired to the GPIO pins of this machine.
    LineIoGpio(LineIoGpio),
    /// A camera over OPC UA.
    CameraOpcua(CameraOpcua),
    /// A station beside the camera over Modbus TCP.
    StationModbus(StationModbus),
    /// A station beside the camera over OPC UA.
    StationOpcua(StationOpcua),
}

/// What every profile begins with.
#[derive(Deserialize)]
struct Head {
    format: u16,
    kind: Kind,
}

impl Profile {
    /// Reads a profile of whatever kind the text names.
    ///
    /// # Errors
    /// [`ProfileError`]: not TOML, unknown format or kind, unknown, missing or impossible values.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        Ok(match head(text)?.kind {
            Kind::LabelerModbus => Self::LabelerModbus(LabelerModbus::load(text)?),
            Kind::LabelerOpcua => Self::LabelerOpcua(LabelerOpcua::load(text)?),
            Kind::LineIoModbus => Self::LineIoModbus(LineIoModbus::load(text)?),
            Kind::LineIoGpio => Self::LineIoGpio(LineIoGpio::load(text)?),
            Kind::CameraOpcua => Self::CameraOpcua(CameraOpcua::load(text)?),
            Kind::StationModbus => Self::StationModbus(StationModbus::load(text)?),
            Kind::StationOpcua => Self::StationOpcua(StationOpcua::load(text)?),
        })
    }

    /// Which device and protocol it is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::LabelerModbus(_) => Kind::LabelerModbus,
            Self::LabelerOpcua(_) => Kind::LabelerOpcua,
            Self::LineIoModbus(_) => Kind::LineIoModbus,
            Self::LineIoGpio(_) => Kind::LineIoGpio,
            Self::CameraOpcua(_) => Kind::CameraOpcua,
            Self::StationModbus(_) => Kind::StationModbus,
            Self::StationOpcua(_) => Kind::StationOpcua,
        }
    }
}

fn head(text: &str) -> Result<Head, ProfileError> {
    let head: Head = toml::from_str(text)?;
    if head.format != PROFILE_FORMAT {
        return Err(ProfileError::Format { found: head.format });
    }
    Ok(head)
}

/// Reads the text of a profile that must be of `kind`.
fn read<T: for<'de> Deserialize<'de>>(text: &str, kind: Kind) -> Result<T, ProfileError> {
    let found = head(text)?.kind;
    if found != kind {
        return Err(ProfileError::Kind { expected: kind, found });
    }
    Ok(toml::from_str(text)?)
}

#[cfg(test)]
mod tests;
