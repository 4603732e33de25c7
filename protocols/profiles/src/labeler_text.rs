//! A labeler that talks in texts over TCP.
//!
//! Read by the driver for such labelers. Must never hold an address of a host.

use crate::dialect::LabelerDialect;
use crate::messages::Messages;
use crate::{Kind, ProfileError, read};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A labeler with commands and answers as texts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelerText {
    /// Version of the file format.
    pub format: u16,
    /// `labeler-text`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// How it takes a header and jobs, and what it tells.
    pub labeler: LabelerDialect,
    /// What it understands and says.
    pub text: Messages,
}

impl LabelerText {
    /// Reads the profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::LabelerText)?;
        profile.text.check()?;
        if profile.labeler.header_read_back {
            let why = "header_read_back needs points that can be read; leave it out";
            return Err(ProfileError::Dialect { why });
        }
        profile.labeler.check(&profile.text)?;
        Ok(profile)
    }
}
