//! A labeler over OPC UA with an address space of its own.
//!
//! Read by the driver for such labelers. Must never hold an address of a host.

use crate::dialect::LabelerDialect;
use crate::nodes::Nodes;
use crate::{Kind, ProfileError, read};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A labeler whose nodes are its maker's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelerNodes {
    /// Version of the file format.
    pub format: u16,
    /// `labeler-nodes`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// How it takes a header and jobs, and what it tells.
    pub labeler: LabelerDialect,
    /// Where its points and methods are.
    pub nodes: Nodes,
}

impl LabelerNodes {
    /// Reads the profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::LabelerNodes)?;
        profile.nodes.check()?;
        profile.labeler.check(&profile.nodes)?;
        Ok(profile)
    }
}
