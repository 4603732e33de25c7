//! Profiles of devices that speak our contracts over Modbus TCP: unit and base addresses.
//!
//! Read by the Modbus drivers and by the simulated devices. Must never describe what is in a block:
//! that is the contracts'.

use crate::{Kind, ProfileError, read};
use contracts::{labeler, line_io};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A labeler over Modbus TCP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelerModbus {
    /// Version of the file format.
    pub format: u16,
    /// `labeler-modbus`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// Modbus unit identifier.
    pub unit_id: u8,
    /// First register of the batch header (written with FC16).
    pub header_address: u16,
    /// First register of the command (written with FC23).
    pub command_address: u16,
    /// First register of the status (read with FC23 or FC3).
    pub status_address: u16,
}

/// A line-I/O device over Modbus TCP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineIoModbus {
    /// Version of the file format.
    pub format: u16,
    /// `line-io-modbus`.
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

/// A block of registers: name in the file, first register, length.
pub(crate) type Block = (&'static str, u16, usize);

impl LabelerModbus {
    /// Reads a labeler's profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::LabelerModbus)?;
        check_blocks(&[
            ("header_address", profile.header_address, labeler::HEADER_REGISTERS),
            ("command_address", profile.command_address, labeler::COMMAND_REGISTERS),
            ("status_address", profile.status_address, labeler::STATUS_REGISTERS),
        ])?;
        Ok(profile)
    }
}

impl LineIoModbus {
    /// Reads a line-I/O device's profile.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::LineIoModbus)?;
        check_blocks(&[
            ("command_address", profile.command_address, line_io::COMMAND_REGISTERS),
            ("status_address", profile.status_address, line_io::STATUS_REGISTERS),
        ])?;
        Ok(profile)
    }
}

/// Every block ends within the addresses, and no two share one.
pub(crate) fn check_blocks(blocks: &[Block]) -> Result<(), ProfileError> {
    for (i, &(block, address, registers)) in blocks.iter().enumerate() {
        let end = usize::from(address) + registers;
        if end > usize::from(u16::MAX) + 1 {
            return Err(ProfileError::BeyondEnd { block, address });
        }
        for &(second, other, other_registers) in &blocks[i + 1..] {
            let other_end = usize::from(other) + other_registers;
            if usize::from(address) < other_end && usize::from(other) < end {
                return Err(ProfileError::Overlap { first: block, second });
            }
        }
    }
    Ok(())
}
