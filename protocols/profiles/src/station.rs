//! Profiles of the stations beside the camera, over Modbus TCP and over OPC UA.
//!
//! Read by the station drivers and by the simulated stations. Must never say which station a link
//! is for: that is the line file's.

use crate::modbus::check_blocks;
use crate::{Kind, ProfileError, read};
use contracts::station;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A station over Modbus TCP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationModbus {
    /// Version of the file format.
    pub format: u16,
    /// `station-modbus`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// Modbus unit identifier.
    pub unit_id: u8,
    /// First register of the command (written with FC23).
    pub command_address: u16,
    /// First register of the status (read with FC23 or FC3).
    pub status_address: u16,
}

/// A station over OPC UA. Names are string node identifiers in the namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationOpcua {
    /// Version of the file format.
    pub format: u16,
    /// `station-opcua`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// Namespace of the nodes; clients find its index by this URI.
    pub namespace_uri: String,
    /// Object that the methods belong to.
    pub object: String,
    /// Its methods.
    pub methods: StationMethods,
}

/// Methods of the station object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationMethods {
    /// `(FromSeq UInt32, Max UInt32) -> (Epoch UInt32, RecipeHash UInt32, LastSeq UInt32,
    /// Triggers UInt32, Results ByteString[])`.
    pub get_results: String,
    /// `(Hash UInt32) -> (Hash UInt32)`: the echo of the recipe in force.
    pub set_recipe: String,
}

/// A station's profile over whichever protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StationProfile {
    /// Over Modbus TCP.
    Modbus(StationModbus),
    /// Over OPC UA.
    Opcua(StationOpcua),
}

impl StationModbus {
    /// Reads a station's profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::StationModbus)?;
        check_blocks(&[
            ("command_address", profile.command_address, station::COMMAND_REGISTERS),
            ("status_address", profile.status_address, station::STATUS_REGISTERS),
        ])?;
        Ok(profile)
    }
}

impl StationOpcua {
    /// Reads a station's profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::StationOpcua)?;
        let names = [
            ("namespace_uri", &profile.namespace_uri),
            ("object", &profile.object),
            ("methods.get_results", &profile.methods.get_results),
            ("methods.set_recipe", &profile.methods.set_recipe),
        ];
        let empty = names.into_iter().find(|(_, name)| name.is_empty());
        if let Some((key, _)) = empty {
            return Err(ProfileError::Empty { key });
        }
        Ok(profile)
    }
}

impl StationProfile {
    /// Reads a station's profile over whichever protocol the text names.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for a profile of no station.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        match crate::head(text)?.kind {
            Kind::StationModbus => Ok(Self::Modbus(StationModbus::load(text)?)),
            Kind::StationOpcua => Ok(Self::Opcua(StationOpcua::load(text)?)),
            found => Err(ProfileError::Kind { expected: Kind::StationModbus, found }),
        }
    }
}
