//! The device-profile format: how a device of a known protocol lays out what our contracts name.
//!
//! A profile is one TOML file of `config/devices/`; the controller's drivers and the simulator's
//! servers read the same one, so that a new device of a known protocol is a new file. It must never
//! hold logic, an address of a host, or anything of an order.

#![forbid(unsafe_code)]

pub mod dialect;
mod error;
pub mod gpio;
mod labeler_nodes;
mod labeler_registers;
mod labeler_text;
pub mod messages;
mod modbus;
pub mod nodes;
mod opcua;
pub mod registers;
mod security;
mod station;

pub use error::ProfileError;
pub use gpio::LineIoGpio;
pub use labeler_nodes::LabelerNodes;
pub use labeler_registers::LabelerRegisters;
pub use labeler_text::LabelerText;
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
    /// A labeler over Modbus TCP with a register map of its own.
    LabelerRegisters,
    /// A labeler over OPC UA with an address space of its own.
    LabelerNodes,
    /// A labeler that talks in texts over TCP.
    LabelerText,
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
            Self::LabelerOpcua | Self::LabelerNodes | Self::CameraOpcua | Self::StationOpcua => {
                true
            }
            Self::LabelerModbus
            | Self::LabelerRegisters
            | Self::LabelerText
            | Self::LineIoModbus
            | Self::LineIoGpio
            | Self::StationModbus => false,
        }
    }
}

impl Kind {
    /// The protocol, in one word.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::LabelerOpcua | Self::LabelerNodes | Self::CameraOpcua | Self::StationOpcua => {
                "opcua"
            }
            Self::LabelerModbus
            | Self::LabelerRegisters
            | Self::LineIoModbus
            | Self::StationModbus => "modbus",
            Self::LabelerText => "text",
            Self::LineIoGpio => "gpio",
        }
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::LabelerModbus => "labeler-modbus",
            Self::LabelerOpcua => "labeler-opcua",
            Self::LabelerRegisters => "labeler-registers",
            Self::LabelerNodes => "labeler-nodes",
            Self::LabelerText => "labeler-text",
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
    /// A labeler over Modbus TCP with a register map of its own.
    LabelerRegisters(Box<LabelerRegisters>),
    /// A labeler over OPC UA with an address space of its own.
    LabelerNodes(Box<LabelerNodes>),
    /// A labeler that talks in texts over TCP.
    LabelerText(Box<LabelerText>),
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
            Kind::LabelerRegisters => Self::LabelerRegisters(LabelerRegisters::load(text)?.into()),
            Kind::LabelerNodes => Self::LabelerNodes(LabelerNodes::load(text)?.into()),
            Kind::LabelerText => Self::LabelerText(LabelerText::load(text)?.into()),
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
            Self::LabelerRegisters(_) => Kind::LabelerRegisters,
            Self::LabelerNodes(_) => Kind::LabelerNodes,
            Self::LabelerText(_) => Kind::LabelerText,
            Self::LineIoModbus(_) => Kind::LineIoModbus,
            Self::LineIoGpio(_) => Kind::LineIoGpio,
            Self::CameraOpcua(_) => Kind::CameraOpcua,
            Self::StationModbus(_) => Kind::StationModbus,
            Self::StationOpcua(_) => Kind::StationOpcua,
        }
    }

    /// What people call the device.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::LabelerModbus(profile) => &profile.name,
            Self::LabelerOpcua(profile) => &profile.name,
            Self::LabelerRegisters(profile) => &profile.name,
            Self::LabelerNodes(profile) => &profile.name,
            Self::LabelerText(profile) => &profile.name,
            Self::LineIoModbus(profile) => &profile.name,
            Self::LineIoGpio(profile) => &profile.name,
            Self::CameraOpcua(profile) => &profile.name,
            Self::StationModbus(profile) => &profile.name,
            Self::StationOpcua(profile) => &profile.name,
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
