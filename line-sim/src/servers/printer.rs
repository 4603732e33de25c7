//! The labeler as other makers build it: content in, counts out; no epochs, no sequences.
//!
//! Behind every foreign labeler's server. Must never number a job for its caller.

use super::{Devices, Shared, lock};
use contracts::labeler::{
    BatchHeader, JOB_DATA_MAX, LabelerAction, LabelerCommand, LabelerFault, LabelerStatus, PrintJob,
};

/// Revision of the one template that such a device has.
const TEMPLATE: u16 = 1;

/// What is the same on every label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fixed {
    /// Product code.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// YYMMDD.
    pub expiry: String,
    /// AI of the national number, 0 without one.
    pub national_ai: u16,
    /// National number.
    pub national: String,
}

/// The device.
pub(super) struct Printer {
    devices: Shared,
}

impl Printer {
    /// The labeler of this line.
    pub(super) fn new(devices: Shared) -> Self {
        Self { devices }
    }

    /// What it counts. What a person has mended since shows.
    pub(super) fn status(&self) -> LabelerStatus {
        let mut devices = lock(&self.devices);
        let command = idle(&mut *devices);
        devices.labeler_exchange(&command)
    }

    /// Jobs that wait to be printed.
    pub(super) fn queued(&self) -> usize {
        lock(&self.devices).labeler_queued()
    }

    /// The number of a fault as such devices show it: 1 no job, 2 web break.
    pub(super) fn fault(status: &LabelerStatus) -> u16 {
        match status.fault {
            LabelerFault::Empty => 1,
            LabelerFault::WebBreak => 2,
            LabelerFault::None
            | LabelerFault::Gap
            | LabelerFault::Conflict
            | LabelerFault::NoHeader => 0,
        }
    }

    /// Sets what is the same on every label.
    pub(super) fn set(&self, fixed: &Fixed) {
        let mut header =
            BatchHeader { template_revision: TEMPLATE, look_ahead: 1, ..BatchHeader::default() };
        put(&mut header.gtin, &fixed.gtin);
        put(&mut header.lot, &fixed.lot);
        put(&mut header.expiry, &fixed.expiry);
        header.national_ai = fixed.national_ai;
        put(&mut header.national, &fixed.national);
        lock(&self.devices).labeler_header(&header);
    }

    /// Takes a label's serial number; false when it cannot.
    pub(super) fn print(&self, serial: &str) -> bool {
        let mut devices = lock(&self.devices);
        let mut command = idle(&mut *devices);
        let seq = devices.labeler_status().last_accepted.wrapping_add(1);
        let mut data = [0; JOB_DATA_MAX];
        put(&mut data, serial);
        let len = serial.len().min(JOB_DATA_MAX) as u16;
        let job = PrintJob { seq, template_revision: TEMPLATE, len, data };
        let _ = command.jobs.push(job);
        devices.labeler_exchange(&command).last_accepted == seq
    }

    /// Drops what waits.
    pub(super) fn clear(&self) {
        let mut devices = lock(&self.devices);
        let mut command = idle(&mut *devices);
        command.action = LabelerAction::Flush;
        command.action_seq = command.action_seq.wrapping_add(1);
        devices.labeler_exchange(&command);
    }
}

/// A cycle that asks for nothing.
fn idle(devices: &mut dyn Devices) -> LabelerCommand {
    let LabelerStatus { epoch, action_done, .. } = devices.labeler_status();
    LabelerCommand { epoch, action_seq: action_done, ..LabelerCommand::default() }
}

fn put(field: &mut [u8], text: &str) {
    let len = text.len().min(field.len());
    field[..len].copy_from_slice(&text.as_bytes()[..len]);
}
