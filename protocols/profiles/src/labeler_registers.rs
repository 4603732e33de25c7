//! A labeler over Modbus with a register map of its own.
//!
//! Read by the driver for such labelers. Must never hold an address of a host.

use crate::dialect::{LabelerDialect, Places, Writes};
use crate::registers::{Encoding, RegisterPoints, check_points, point};
use crate::{Kind, ProfileError, read};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A labeler whose registers are its maker's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelerRegisters {
    /// Version of the file format.
    pub format: u16,
    /// `labeler-registers`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// Modbus unit identifier.
    pub unit_id: u8,
    /// How it takes a header and jobs, and what it tells.
    pub labeler: LabelerDialect,
    /// Where its points lie.
    pub points: RegisterPoints,
}

impl LabelerRegisters {
    /// Reads the profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::LabelerRegisters)?;
        check_points(&profile.points)?;
        profile.labeler.check(&profile)?;
        Ok(profile)
    }
}

impl Places for LabelerRegisters {
    fn writes(&self, name: &str) -> Result<(), ProfileError> {
        let point = point(&self.points, name)?;
        let read_only = || ProfileError::PointReadOnly { name: name.to_owned() };
        point.table.is_writable().then_some(()).ok_or_else(read_only)
    }

    fn reads(&self, name: &str) -> Result<(), ProfileError> {
        point(&self.points, name).map(|_| ())
    }

    fn counts(&self, name: &str) -> Result<(), ProfileError> {
        let why = "it is read as a number, and is a text";
        let text = point(&self.points, name)?.encoding == Encoding::Text;
        if text { Err(ProfileError::Point { name: name.to_owned(), why }) } else { Ok(()) }
    }

    fn takes(&self, method: &str, _values: &Writes) -> Result<(), ProfileError> {
        let why = "Modbus has no methods; use toggle, counter, pulse or none";
        Err(ProfileError::Point { name: method.to_owned(), why })
    }
}
