//! The labeler of a line: which of the known kinds its profile describes, and the link to it.
//!
//! Part of the setup. Must never start anything.

use super::Setup;
use devices::labeler::{LabelerLink, modbus, nodes, opcua, registers, text};
use devices::{OpcuaEndpoint, PlainEndpoint};
use profiles::{
    Kind, LabelerModbus, LabelerNodes, LabelerOpcua, LabelerRegisters, LabelerText, Profile,
    ProfileError,
};

/// A labeler's profile, by kind.
pub(super) enum LabelerProfile {
    Modbus(LabelerModbus),
    Opcua(LabelerOpcua),
    Registers(Box<LabelerRegisters>),
    Nodes(Box<LabelerNodes>),
    Text(Box<LabelerText>),
}

impl LabelerProfile {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Modbus(_) => Kind::LabelerModbus,
            Self::Opcua(_) => Kind::LabelerOpcua,
            Self::Registers(_) => Kind::LabelerRegisters,
            Self::Nodes(_) => Kind::LabelerNodes,
            Self::Text(_) => Kind::LabelerText,
        }
    }
}

/// A labeler of any kind.
pub(super) fn load(text: &str) -> Result<LabelerProfile, ProfileError> {
    Ok(match Profile::load(text)? {
        Profile::LabelerModbus(profile) => LabelerProfile::Modbus(profile),
        Profile::LabelerOpcua(profile) => LabelerProfile::Opcua(profile),
        Profile::LabelerRegisters(profile) => LabelerProfile::Registers(profile),
        Profile::LabelerNodes(profile) => LabelerProfile::Nodes(profile),
        Profile::LabelerText(profile) => LabelerProfile::Text(profile),
        other => {
            let (expected, found) = (Kind::LabelerModbus, other.kind());
            return Err(ProfileError::Kind { expected, found });
        }
    })
}

impl Setup {
    pub(super) fn labeler_link(&self, profile: LabelerProfile) -> LabelerLink {
        let at = &self.line.devices.labeler;
        link(profile, self.opcua("labeler", at), self.plain(at))
    }
}

/// The link to a labeler: at the one endpoint over OPC UA, at the other over what has no security.
pub(super) fn link(
    profile: LabelerProfile,
    at: OpcuaEndpoint,
    endpoint: PlainEndpoint,
) -> LabelerLink {
    match profile {
        LabelerProfile::Modbus(profile) => {
            LabelerLink::Modbus(modbus::LabelerConfig::new(endpoint, profile))
        }
        LabelerProfile::Registers(profile) => {
            LabelerLink::Registers(registers::LabelerConfig { endpoint, profile })
        }
        LabelerProfile::Text(profile) => {
            LabelerLink::Text(text::LabelerConfig { endpoint, profile })
        }
        LabelerProfile::Nodes(profile) => {
            LabelerLink::Nodes(nodes::LabelerConfig { endpoint: at, profile })
        }
        LabelerProfile::Opcua(profile) => {
            LabelerLink::Opcua(opcua::LabelerConfig::new(at, profile))
        }
    }
}
