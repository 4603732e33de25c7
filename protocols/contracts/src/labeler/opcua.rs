//! The print-job contract over OPC UA: `SetHeader`, `SubmitJobs`, `GetResults`, `Flush`.
//!
//! Header, job and status travel as ByteStrings that hold the bytes of their registers, high byte
//! first: one layout for both protocols. Used by the controller's labeler driver and by the
//! simulated device. Must never decide what to send.

use super::{BatchHeader, HEADER_REGISTERS, LabelerStatus, PrintJob, STATUS_REGISTERS};
use crate::registers::{FrameError, RegisterReader, RegisterWriter};
use heapless::Vec;

/// Jobs in one call of `SubmitJobs`.
pub const JOBS_PER_CALL: usize = 16;
/// Results in one answer of `GetResults`.
pub const RESULTS_PER_CALL: usize = 64;
/// Bytes of a batch header.
pub const HEADER_BYTES: usize = 2 * HEADER_REGISTERS;
/// Bytes of a status.
pub const STATUS_BYTES: usize = 2 * STATUS_REGISTERS;
/// Registers of a job, its crc included.
pub const JOB_REGISTERS: usize = 16;
/// Bytes of a job.
pub const JOB_BYTES: usize = 2 * JOB_REGISTERS;
const RESULT_REGISTERS: usize = 5;
/// Bytes of a result.
pub const RESULT_BYTES: usize = 2 * RESULT_REGISTERS;

/// What has become of an accepted job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u16)]
pub enum JobState {
    /// Waits in the queue.
    #[default]
    Queued = 0,
    /// Printed, on the web.
    Printed = 1,
    /// Applied to a pack.
    Applied = 2,
    /// Dropped by a flush, never printed.
    Dropped = 3,
    /// Printed and never applied: lost with the web.
    Scrapped = 4,
}

impl JobState {
    /// True when nothing more can become of the job.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Applied | Self::Dropped | Self::Scrapped)
    }
}

/// What has become of one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct JobResult {
    /// The job.
    pub seq: u32,
    /// Where it is, or how it ended.
    pub state: JobState,
    /// n-th label applied in the epoch, from 1: the n-th strobe; 0 while it is not applied.
    pub strobe: u32,
}

impl JobResult {
    /// Lays the result out as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; RESULT_BYTES] {
        let mut registers = [0; RESULT_REGISTERS];
        let mut w = RegisterWriter::new(&mut registers);
        w.u32(self.seq);
        w.u16(self.state as u16);
        w.u32(self.strobe);
        bytes(&registers)
    }

    /// Reads a result from bytes.
    ///
    /// # Errors
    /// [`FrameError`] for another length or a state outside its range.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        let registers = registers::<RESULT_REGISTERS>(bytes)?;
        let mut r = RegisterReader::new(&registers, RESULT_REGISTERS)?;
        let seq = r.u32();
        let state = match r.u16() {
            0 => JobState::Queued,
            1 => JobState::Printed,
            2 => JobState::Applied,
            3 => JobState::Dropped,
            4 => JobState::Scrapped,
            n => return Err(FrameError::Value { field: "job state", found: u32::from(n) }),
        };
        Ok(Self { seq, state, strobe: r.u32() })
    }
}

impl BatchHeader {
    /// The header's registers as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        bytes(&self.encode())
    }

    /// Reads a header from bytes.
    ///
    /// # Errors
    /// [`FrameError`] for another length or a wrong crc.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        Self::decode(&registers::<HEADER_REGISTERS>(bytes)?)
    }
}

impl PrintJob {
    /// The job's registers as bytes, with the crc for the labeler's epoch.
    #[must_use]
    pub fn to_bytes(&self, epoch: u32) -> [u8; JOB_BYTES] {
        let mut registers = [0; JOB_REGISTERS];
        self.write(epoch, &mut RegisterWriter::new(&mut registers));
        bytes(&registers)
    }

    /// Reads a job for the labeler's epoch from bytes.
    ///
    /// # Errors
    /// [`FrameError`] for another length, a number outside its range or a wrong crc.
    pub fn from_bytes(bytes: &[u8], epoch: u32) -> Result<Self, FrameError> {
        let registers = registers::<JOB_REGISTERS>(bytes)?;
        Self::read(epoch, &mut RegisterReader::new(&registers, JOB_REGISTERS)?)
    }
}

impl LabelerStatus {
    /// The status' registers as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; STATUS_BYTES] {
        bytes(&self.encode())
    }

    /// Reads a status from bytes.
    ///
    /// # Errors
    /// [`FrameError`] for another length or a number outside its range.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        Self::decode(&registers::<STATUS_REGISTERS>(bytes)?)
    }
}

fn bytes<const N: usize>(registers: &[u16]) -> [u8; N] {
    let mut bytes = [0; N];
    let source = registers.iter().flat_map(|register| register.to_be_bytes());
    bytes.iter_mut().zip(source).for_each(|(place, byte)| *place = byte);
    bytes
}

/// Exactly `N` registers.
fn registers<const N: usize>(bytes: &[u8]) -> Result<Vec<u16, N>, FrameError> {
    if bytes.len() != 2 * N {
        return Err(FrameError::Short { expected: N, found: bytes.len() / 2 });
    }
    let pairs = bytes.chunks_exact(2);
    Ok(pairs.filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn round_trips_and_every_other_length() {
        let result = JobResult { seq: 70_000, state: JobState::Scrapped, strobe: 80_000 };
        let job = PrintJob { seq: 9, template_revision: 3, len: 2, data: [b'7'; 20] };
        let status = LabelerStatus { epoch: 4, last_applied: 1 << 17, ..LabelerStatus::default() };
        let header = BatchHeader { look_ahead: 16, symbol: (8, 32), ..BatchHeader::default() };
        assert_eq!(JobResult::from_bytes(&result.to_bytes()), Ok(result));
        assert_eq!(PrintJob::from_bytes(&job.to_bytes(5), 5), Ok(job));
        assert!(PrintJob::from_bytes(&job.to_bytes(5), 6).is_err(), "crc of another epoch");
        assert_eq!(LabelerStatus::from_bytes(&status.to_bytes()), Ok(status));
        assert_eq!(BatchHeader::from_bytes(&header.to_bytes()), Ok(header));
        for length in (0..=HEADER_BYTES + 2).filter(|length| *length != HEADER_BYTES) {
            let cut = &[&header.to_bytes()[..], &[0; 2]].concat()[..length];
            assert!(BatchHeader::from_bytes(cut).is_err(), "{length} bytes");
        }
        let mut unknown = result.to_bytes();
        unknown[5] = 5;
        let error = JobResult::from_bytes(&unknown).unwrap_err().to_string();
        assert_eq!(error, "job state holds 5, outside its range");
    }
}
