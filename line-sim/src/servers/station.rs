//! A station's registers (Modbus TCP): FC23 exchanges command for status, FC3 reads the last status
//! again.
//!
//! Called by the Modbus server. It must never keep a result of its own.

use super::modbus::{Answer, Registers, part};
use super::{Shared, lock};
use contracts::station::{
    RESULTS_PER_FRAME, STATUS_REGISTERS, Station, StationCommand, StationFrame,
};
use profiles::StationModbus;
use std::sync::{Mutex, PoisonError};
use tokio_modbus::ExceptionCode;

/// A station as blocks of registers.
pub(super) struct StationServer {
    station: Station,
    devices: Shared,
    profile: StationModbus,
    last: Mutex<[u16; STATUS_REGISTERS]>,
}

impl StationServer {
    /// The station of this line, laid out by the profile.
    pub(super) fn new(station: Station, devices: Shared, profile: StationModbus) -> Self {
        Self { station, devices, profile, last: Mutex::new([0; STATUS_REGISTERS]) }
    }

    /// Obeys the command; status and results of one moment.
    fn obey(&self, command: &StationCommand) -> StationFrame {
        let mut devices = lock(&self.devices);
        let known = devices.station_status(self.station).recipe_hash;
        if command.recipe_hash != 0 && command.recipe_hash != known {
            devices.station_set_recipe(self.station, command.recipe_hash);
        }
        let status = devices.station_status(self.station);
        let results = devices.station_results(self.station, command.read_from, RESULTS_PER_FRAME);
        let (frame, heartbeat_echo) = (command.frame, command.heartbeat);
        let mut answer = StationFrame { frame, heartbeat_echo, status, ..StationFrame::default() };
        answer.results.extend(results.into_iter().take(RESULTS_PER_FRAME));
        answer
    }
}

impl Registers for StationServer {
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
        let command = StationCommand::decode(words).map_err(|_| ExceptionCode::IllegalDataValue)?;
        let status = self.obey(&command).encode();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = status;
        part(&status, self.profile.status_address, read, count)
    }
}
