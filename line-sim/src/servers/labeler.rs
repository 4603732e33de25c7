//! The labeler's registers: FC16 writes the batch header, FC23 exchanges command for status, FC3
//! reads the status.
//!
//! Called by the Modbus server. It must never print by itself.

use super::modbus::{Answer, Registers, part};
use super::{Shared, lock};
use contracts::labeler::{BatchHeader, LabelerCommand};
use profiles::LabelerModbus;
use tokio_modbus::ExceptionCode;

/// The labeler as blocks of registers.
pub(super) struct LabelerServer {
    devices: Shared,
    profile: LabelerModbus,
}

impl LabelerServer {
    /// The labeler of this line, laid out by the profile.
    pub(super) fn new(devices: Shared, profile: LabelerModbus) -> Self {
        Self { devices, profile }
    }
}

impl Registers for LabelerServer {
    fn unit_id(&self) -> u8 {
        self.profile.unit_id
    }

    fn read(&self, address: u16, count: u16) -> Answer {
        let status = lock(&self.devices).labeler_status().encode();
        part(&status, self.profile.status_address, address, count)
    }

    fn write(&self, address: u16, words: &[u16]) -> Answer {
        if address != self.profile.header_address {
            return Err(ExceptionCode::IllegalDataAddress);
        }
        let header = BatchHeader::decode(words).map_err(|_| ExceptionCode::IllegalDataValue)?;
        lock(&self.devices).labeler_header(&header);
        Ok(Some(Vec::new()))
    }

    fn exchange(&self, write: u16, words: &[u16], read: u16, count: u16) -> Answer {
        if write != self.profile.command_address {
            return Err(ExceptionCode::IllegalDataAddress);
        }
        let command = LabelerCommand::decode(words).map_err(|_| ExceptionCode::IllegalDataValue)?;
        let status = lock(&self.devices).labeler_exchange(&command).encode();
        part(&status, self.profile.status_address, read, count)
    }
}
