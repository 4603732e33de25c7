//! The profile of a camera that speaks our contract over OPC UA: namespace and node names.
//!
//! Read by the OPC UA driver and by the simulated camera. Must never hold an endpoint or a secret.

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
        let empty = names.into_iter().find(|(_, name)| name.is_empty());
        if let Some((key, _)) = empty {
            return Err(ProfileError::Empty { key });
        }
        Ok(profile)
    }
}
