//! The line I/O's registers: FC23 exchanges command for status, FC3 reads the last status again.
//!
//! Called by the Modbus server. It must never answer while the link is cut.

use super::modbus::{Answer, Registers, part};
use super::{Shared, lock};
use contracts::line_io::{LineIoCommand, STATUS_REGISTERS};
use profiles::LineIoModbus;
use std::sync::{Mutex, PoisonError};
use tokio_modbus::ExceptionCode;

/// The line I/O as blocks of registers.
pub(super) struct LineIoServer {
    devices: Shared,
    profile: LineIoModbus,
    last: Mutex<[u16; STATUS_REGISTERS]>,
}

impl LineIoServer {
    /// The line I/O of this line, laid out by the profile.
    pub(super) fn new(devices: Shared, profile: LineIoModbus) -> Self {
        Self { devices, profile, last: Mutex::new([0; STATUS_REGISTERS]) }
    }
}

impl Registers for LineIoServer {
    fn unit_id(&self) -> u8 {
        self.profile.unit_id
    }

    fn read(&self, address: u16, count: u16) -> Answer {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        part(&*last, self.profile.status_address, address, count)
    }

    fn write(&self, _address: u16, _words: &[u16]) -> Answer {
        Err(ExceptionCode::IllegalDataAddress)
    }

    fn exchange(&self, write: u16, words: &[u16], read: u16, count: u16) -> Answer {
        if write != self.profile.command_address {
            return Err(ExceptionCode::IllegalDataAddress);
        }
        let command = LineIoCommand::decode(words).map_err(|_| ExceptionCode::IllegalDataValue)?;
        let status = lock(&self.devices).line_io_exchange(&command).encode();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = status;
        part(&status, self.profile.status_address, read, count)
    }
}
