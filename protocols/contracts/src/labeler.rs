//! The print-job contract over Modbus TCP: a batch header once (FC16), then one FC23 a cycle writes
//! a [`LabelerCommand`] with up to two jobs and reads a [`LabelerStatus`].
//!
//! The labeler accepts job `last_accepted + 1`, acknowledges a duplicate with the same crc again,
//! faults on another crc and refuses a gap; it prints accepted jobs in order, one on each pack that
//! reaches its print head. Used by the controller's labeler driver and by the simulated device.
//! Must never decide what to send.

use crate::line_io::bounded;
use crate::registers::{FrameError, RegisterReader, RegisterWriter, crc32};
use heapless::Vec;

/// Registers of the batch header, written from the profile's header address.
pub const HEADER_REGISTERS: usize = 40;
/// Registers of a command frame.
pub const COMMAND_REGISTERS: usize = 48;
/// Registers of a status frame.
pub const STATUS_REGISTERS: usize = 32;
/// Jobs in one command.
pub const JOBS_PER_FRAME: usize = 2;
/// Longest variable data of a job: a serial number, in characters.
pub const JOB_DATA_MAX: usize = 20;

/// What is the same on every label of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BatchHeader {
    /// Revision of the label template.
    pub template_revision: u16,
    /// GTIN, 14 digits.
    pub gtin: [u8; 14],
    /// Lot, up to 20 characters, padded with zero bytes.
    pub lot: [u8; 20],
    /// Expiry, YYMMDD.
    pub expiry: [u8; 6],
    /// Look-ahead that the controller will use, in jobs.
    pub look_ahead: u16,
    /// Rows and columns of the Data Matrix symbol; 0 and 0: the smallest square that fits.
    pub symbol: (u8, u8),
    /// National number's AI, 710 to 717; 0 for none.
    pub national_ai: u16,
    /// National number, up to 20 characters, padded with zero bytes.
    pub national: [u8; 20],
}

/// Registers of a header that its crc covers.
const HEADER_COVERED: usize = 34;

impl BatchHeader {
    /// Lays the header out as registers; the last two hold its crc.
    #[must_use]
    pub fn encode(&self) -> [u16; HEADER_REGISTERS] {
        let mut registers = [0; HEADER_REGISTERS];
        let mut w = RegisterWriter::new(&mut registers);
        self.write(&mut w);
        let crc = self.hash();
        let mut w = RegisterWriter::new(&mut registers[HEADER_REGISTERS - 2..]);
        w.u32(crc);
        registers
    }

    /// The header's crc: what the labeler echoes as recipe hash.
    #[must_use]
    pub fn hash(&self) -> u32 {
        let mut words = [0; HEADER_COVERED];
        self.write(&mut RegisterWriter::new(&mut words));
        crc32(&words)
    }

    fn write(&self, w: &mut RegisterWriter<'_>) {
        w.u16(self.template_revision);
        w.text(&self.gtin, 7);
        w.text(&self.lot, 10);
        w.text(&self.expiry, 3);
        w.u16(self.look_ahead);
        w.u16(u16::from_be_bytes([self.symbol.0, self.symbol.1]));
        w.u16(self.national_ai);
        w.text(&self.national, 10);
    }

    /// Reads a header from registers.
    ///
    /// # Errors
    /// [`FrameError`] for a short frame or a wrong crc.
    pub fn decode(registers: &[u16]) -> Result<Self, FrameError> {
        let mut r = RegisterReader::new(registers, HEADER_REGISTERS)?;
        let header = Self {
            template_revision: r.u16(),
            gtin: r.text(),
            lot: r.text(),
            expiry: r.text(),
            look_ahead: r.u16(),
            symbol: r.u16().to_be_bytes().into(),
            national_ai: r.u16(),
            national: r.text(),
        };
        r.skip(HEADER_REGISTERS - 2 - HEADER_COVERED);
        if r.u32() != header.hash() {
            return Err(FrameError::Crc { field: "batch header" });
        }
        Ok(header)
    }
}

/// What the labeler shall do beside printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u16)]
pub enum LabelerAction {
    /// Nothing.
    #[default]
    None = 0,
    /// Drop every accepted job that is not yet printed, and every label on the web that is not yet
    /// applied. Done once for each new `action_seq`.
    Flush = 1,
}

/// One print job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrintJob {
    /// Sequence within the labeler's epoch, from 1.
    pub seq: u32,
    /// Revision of the label template that the data is meant for.
    pub template_revision: u16,
    /// Length of the serial number in `data`.
    pub len: u16,
    /// The serial number, padded with zero bytes.
    pub data: [u8; JOB_DATA_MAX],
}

impl PrintJob {
    /// Crc over epoch, sequence, revision and data; equal for a resent job.
    #[must_use]
    pub fn crc(&self, epoch: u32) -> u32 {
        let mut words = [0; 16];
        let mut w = RegisterWriter::new(&mut words);
        w.u32(epoch);
        w.u32(self.seq);
        w.u16(self.template_revision);
        w.u16(self.len);
        w.text(&self.data, 10);
        crc32(&words)
    }

    /// The serial number as bytes.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.data.get(..usize::from(self.len)).unwrap_or(&self.data)
    }
}

/// What the controller writes every cycle.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LabelerCommand {
    /// Frame sequence, at head and tail.
    pub frame: u16,
    /// Labeler epoch that the jobs are meant for; in another epoch jobs are ignored.
    pub epoch: u32,
    /// Changes every cycle.
    pub heartbeat: u16,
    /// What to do beside printing.
    pub action: LabelerAction,
    /// A new number makes the labeler perform `action` once.
    pub action_seq: u16,
    /// Jobs in ascending order of sequence.
    pub jobs: Vec<PrintJob, JOBS_PER_FRAME>,
}

/// Why the labeler refused or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u16)]
pub enum LabelerFault {
    /// All well.
    #[default]
    None = 0,
    /// A job's sequence left a gap.
    Gap = 1,
    /// A known sequence came with another crc.
    Conflict = 2,
    /// No batch header, or another template revision.
    NoHeader = 3,
    /// A pack came and no job was queued.
    Empty = 4,
    /// The web of labels broke: nothing is printed or applied until a person has mended it.
    WebBreak = 5,
}

/// What the labeler answers every cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LabelerStatus {
    /// Frame sequence of the command, at head and tail.
    pub frame: u16,
    /// Changes when the labeler restarts: its queue and sequences begin anew then.
    pub epoch: u32,
    /// Heartbeat as received.
    pub heartbeat_echo: u16,
    /// Hash of the batch header in force, 0 without one.
    pub header_hash: u32,
    /// Last job accepted, 0 before the first.
    pub last_accepted: u32,
    /// Last job printed, 0 before the first.
    pub last_printed: u32,
    /// Last job applied to a pack, 0 before the first.
    pub last_applied: u32,
    /// Labels printed since the epoch began.
    pub printed_total: u32,
    /// Labels applied since the epoch began.
    pub applied_total: u32,
    /// `action_seq` of the last action performed.
    pub action_done: u16,
    /// First job dropped by the last flush, 0 when it dropped none.
    pub flushed_from: u32,
    /// Last job dropped by the last flush.
    pub flushed_to: u32,
    /// Latest refusal.
    pub fault: LabelerFault,
}

impl LabelerCommand {
    /// Lays the command out as registers.
    #[must_use]
    pub fn encode(&self) -> [u16; COMMAND_REGISTERS] {
        let mut registers = [0; COMMAND_REGISTERS];
        let mut w = RegisterWriter::new(&mut registers);
        w.u16(self.frame);
        w.u32(self.epoch);
        w.u16(self.heartbeat);
        w.u16(self.action as u16);
        w.u16(self.action_seq);
        w.u16(self.jobs.len() as u16);
        for job in &self.jobs {
            w.u32(job.seq);
            w.u16(job.template_revision);
            w.u16(job.len);
            w.text(&job.data, 10);
            w.u32(job.crc(self.epoch));
        }
        registers[COMMAND_REGISTERS - 1] = self.frame;
        registers
    }

    /// Reads a command from registers.
    ///
    /// # Errors
    /// [`FrameError`] for a short or torn frame, a number outside its range, a job's wrong crc.
    pub fn decode(registers: &[u16]) -> Result<Self, FrameError> {
        let mut r = RegisterReader::new(registers, COMMAND_REGISTERS)?;
        let mut command = Self { frame: r.u16(), epoch: r.u32(), ..Self::default() };
        if registers[COMMAND_REGISTERS - 1] != command.frame {
            return Err(FrameError::Torn);
        }
        command.heartbeat = r.u16();
        command.action = match r.u16() {
            0 => LabelerAction::None,
            1 => LabelerAction::Flush,
            n => return Err(FrameError::Value { field: "action", found: u32::from(n) }),
        };
        command.action_seq = r.u16();
        let jobs = bounded(r.u16(), JOBS_PER_FRAME, "job count")?;
        for _ in 0..jobs {
            let seq = r.u32();
            let template_revision = r.u16();
            let len = bounded(r.u16(), JOB_DATA_MAX, "job length")? as u16;
            let job = PrintJob { seq, template_revision, len, data: r.text() };
            if r.u32() != job.crc(command.epoch) {
                return Err(FrameError::Crc { field: "print job" });
            }
            let _ = command.jobs.push(job);
        }
        Ok(command)
    }
}

impl LabelerStatus {
    /// Lays the status out as registers.
    #[must_use]
    pub fn encode(&self) -> [u16; STATUS_REGISTERS] {
        let mut registers = [0; STATUS_REGISTERS];
        let mut w = RegisterWriter::new(&mut registers);
        w.u16(self.frame);
        w.u32(self.epoch);
        w.u16(self.heartbeat_echo);
        w.u32(self.header_hash);
        w.u32(self.last_accepted);
        w.u32(self.last_printed);
        w.u32(self.last_applied);
        w.u32(self.printed_total);
        w.u32(self.applied_total);
        w.u16(self.action_done);
        w.u32(self.flushed_from);
        w.u32(self.flushed_to);
        w.u16(self.fault as u16);
        registers[STATUS_REGISTERS - 1] = self.frame;
        registers
    }

    /// Reads a status from registers.
    ///
    /// # Errors
    /// [`FrameError`] for a short or torn frame or a number outside its range.
    pub fn decode(registers: &[u16]) -> Result<Self, FrameError> {
        let mut r = RegisterReader::new(registers, STATUS_REGISTERS)?;
        let frame = r.u16();
        if registers[STATUS_REGISTERS - 1] != frame {
            return Err(FrameError::Torn);
        }
        Ok(Self {
            frame,
            epoch: r.u32(),
            heartbeat_echo: r.u16(),
            header_hash: r.u32(),
            last_accepted: r.u32(),
            last_printed: r.u32(),
            last_applied: r.u32(),
            printed_total: r.u32(),
            applied_total: r.u32(),
            action_done: r.u16(),
            flushed_from: r.u32(),
            flushed_to: r.u32(),
            fault: labeler_fault(r.u16())?,
        })
    }
}

fn labeler_fault(number: u16) -> Result<LabelerFault, FrameError> {
    Ok(match number {
        0 => LabelerFault::None,
        1 => LabelerFault::Gap,
        2 => LabelerFault::Conflict,
        3 => LabelerFault::NoHeader,
        4 => LabelerFault::Empty,
        5 => LabelerFault::WebBreak,
        n => return Err(FrameError::Value { field: "labeler fault", found: u32::from(n) }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(seq: u32) -> PrintJob {
        PrintJob { seq, template_revision: 3, len: 20, data: *b"ABCDEFGHKMNPRSTVWXYZ" }
    }

    #[test]
    fn command_round_trip_and_crc() {
        let command = LabelerCommand {
            frame: 5,
            epoch: 77,
            heartbeat: 1,
            action: LabelerAction::Flush,
            action_seq: 2,
            jobs: Vec::from_slice(&[job(1), job(2)]).unwrap(),
        };
        let registers = command.encode();
        assert_eq!(LabelerCommand::decode(&registers), Ok(command));
        for at in 8..22 {
            let mut bad = registers;
            bad[at] ^= 0x2000;
            assert!(LabelerCommand::decode(&bad).is_err(), "register {at}");
        }
    }

    #[test]
    fn header_round_trip_and_crc() {
        let header = BatchHeader {
            template_revision: 1,
            gtin: *b"04150037528643",
            lot: *b"LOT-2026\0\0\0\0\0\0\0\0\0\0\0\0",
            expiry: *b"281231",
            look_ahead: 16,
            symbol: (16, 48),
            national_ai: 714,
            national: *b"5440987\0\0\0\0\0\0\0\0\0\0\0\0\0",
        };
        let registers = header.encode();
        assert_eq!(BatchHeader::decode(&registers), Ok(header));
        let mut bad = registers;
        bad[3] ^= 1;
        let found = BatchHeader::decode(&bad);
        assert_eq!(found, Err(FrameError::Crc { field: "batch header" }));
    }

    #[test]
    fn status_round_trip() {
        let status = LabelerStatus {
            frame: 9,
            epoch: 4,
            last_accepted: 70_000,
            flushed_to: 12,
            fault: LabelerFault::Conflict,
            ..LabelerStatus::default()
        };
        assert_eq!(LabelerStatus::decode(&status.encode()), Ok(status));
    }
}
