//! Profiles of devices that speak our contracts over OPC UA: namespace and node names.
//!
//! Read by the OPC UA drivers and the simulated devices. Must never hold an endpoint or a secret.

use crate::{Kind, ProfileError, read};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A camera over OPC UA. Names are string node identifiers in the namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraOpcua {
    /// Version of the file format.
    pub format: u16,
    /// `camera-opcua`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// Namespace of the nodes; clients find its index by this URI.
    pub namespace_uri: String,
    /// Object that the methods belong to.
    pub object: String,
    /// Its methods.
    pub methods: CameraMethods,
    /// Its variables.
    pub variables: CameraVariables,
}

/// Methods of the camera object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraMethods {
    /// `(FromSeq UInt64, Max UInt32) -> (Epoch UInt32, RecipeHash UInt32, LastSeq UInt64,
    /// Triggers UInt32, Results ByteString[])`.
    pub get_results: String,
    /// `(Seq UInt64) -> (Png ByteString)`.
    pub get_image: String,
    /// `(Hash UInt32) -> (Hash UInt32)`: the echo of the recipe in force.
    pub set_recipe: String,
}

/// Variables of the camera object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraVariables {
    /// `UInt32`: changes when the camera restarts.
    pub epoch: String,
    /// `UInt64`: last result's sequence.
    pub last_seq: String,
}

impl CameraOpcua {
    /// Reads a camera's profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::CameraOpcua)?;
        let names = [
            ("namespace_uri", &profile.namespace_uri),
            ("object", &profile.object),
            ("methods.get_results", &profile.methods.get_results),
            ("methods.get_image", &profile.methods.get_image),
            ("methods.set_recipe", &profile.methods.set_recipe),
            ("variables.epoch", &profile.variables.epoch),
            ("variables.last_seq", &profile.variables.last_seq),
        ];
        none_is_empty(&names)?;
        Ok(profile)
    }
}

/// A labeler over OPC UA. Names are string node identifiers in the namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelerOpcua {
    /// Version of the file format.
    pub format: u16,
    /// `labeler-opcua`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// Namespace of the nodes; clients find its index by this URI.
    pub namespace_uri: String,
    /// Object that the methods belong to.
    pub object: String,
    /// Its methods.
    pub methods: LabelerMethods,
    /// Its variables.
    pub variables: LabelerVariables,
}

/// Methods of the labeler object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelerMethods {
    /// `(Header ByteString) -> (Hash UInt32)`: the hash of the header in force.
    pub set_header: String,
    /// `(Epoch UInt32, FirstSeq UInt32, Jobs ByteString[]) -> (Status ByteString)`.
    pub submit_jobs: String,
    /// `(FromSeq UInt32, Max UInt32) -> (Status ByteString, Results ByteString[])`.
    pub get_results: String,
    /// `(Epoch UInt32, ActionSeq UInt16) -> (Status ByteString)`.
    pub flush: String,
}

/// Variables of the labeler object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelerVariables {
    /// `UInt32`: changes when the labeler restarts.
    pub epoch: String,
    /// `UInt32`: last job applied.
    pub last_applied: String,
}

impl LabelerOpcua {
    /// Reads a labeler's profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::LabelerOpcua)?;
        none_is_empty(&[
            ("namespace_uri", &profile.namespace_uri),
            ("object", &profile.object),
            ("methods.set_header", &profile.methods.set_header),
            ("methods.submit_jobs", &profile.methods.submit_jobs),
            ("methods.get_results", &profile.methods.get_results),
            ("methods.flush", &profile.methods.flush),
            ("variables.epoch", &profile.variables.epoch),
            ("variables.last_applied", &profile.variables.last_applied),
        ])?;
        Ok(profile)
    }
}

fn none_is_empty(names: &[(&'static str, &String)]) -> Result<(), ProfileError> {
    match names.iter().find(|(_, name)| name.is_empty()) {
        Some((key, _)) => Err(ProfileError::Empty { key }),
        None => Ok(()),
    }
}
