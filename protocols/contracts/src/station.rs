//! The station contract: a device that looks at every pack beside the camera and reports what it
//! found (text check, carton code, tamper-evident label, checkweigher), over OPC UA or Modbus TCP.
//!
//! A station measures a pack when its own eye sees it and gives a strobe to the line I/O at that
//! moment: the n-th strobe is its n-th trigger. Results travel by sequence, as the camera's do. It
//! tells what it found, never whether that is right: the controller compares. Used by the
//! controller's station driver and by the simulated stations. Must never judge a result.

use crate::line_io::bounded;
use crate::registers::{FrameError, RegisterReader, RegisterWriter};
use heapless::Vec;

/// Kinds of stations.
pub const STATIONS: usize = 4;
/// Longest content of a result in bytes.
pub const CONTENT_MAX: usize = 72;
/// Version byte of the result layout.
pub const RESULT_VERSION: u8 = 1;
/// Results in one answer over OPC UA.
pub const RESULTS_PER_CALL: usize = 32;
/// Results in one Modbus status frame.
pub const RESULTS_PER_FRAME: usize = 2;
/// Registers of a Modbus command frame.
pub const COMMAND_REGISTERS: usize = 8;
/// Registers of a Modbus status frame.
pub const STATUS_REGISTERS: usize = 110;
const FIXED: usize = 20;

/// A station beside the camera. A line has at most one of each kind.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Station {
    /// Reads the human-readable text: product code, serial, lot and expiry as printed, separated
    /// by line feeds.
    TextCheck = 0,
    /// Reads the code of the folding box itself: is it the order's carton?
    CartonCode = 1,
    /// Sees whether the tamper-evident label is there.
    TamperEvident = 2,
    /// Weighs the pack, in milligrams.
    Checkweigher = 3,
}

impl Station {
    /// Every station, in the order of its number.
    pub const ALL: [Self; STATIONS] =
        [Self::TextCheck, Self::CartonCode, Self::TamperEvident, Self::Checkweigher];

    /// Place in arrays of [`STATIONS`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name as it stands in files and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TextCheck => "text_check",
            Self::CartonCode => "carton_code",
            Self::TamperEvident => "tamper_evident",
            Self::Checkweigher => "checkweigher",
        }
    }
}

/// How a measurement went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Finding {
    /// `value` and `content` hold what was found.
    Measured = 0,
    /// There was nothing to read or weigh.
    #[default]
    Nothing = 1,
    /// The station itself failed.
    Error = 2,
}

/// One result of a station. Flags are those of `camera::flags`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StationResult {
    /// Sequence within the station's epoch, from 1.
    pub seq: u32,
    /// n-th strobe of the station in its epoch, from 1.
    pub trigger: u32,
    /// Hash of the recipe that the station used.
    pub recipe_hash: u32,
    /// How it went.
    pub finding: Finding,
    /// Bits of `camera::flags`.
    pub flags: u8,
    /// Checkweigher: milligrams. Tamper-evident: 1 present, 0 absent. Others: 0.
    pub value: i32,
    /// Text check and carton code: what was read.
    pub content: Vec<u8, CONTENT_MAX>,
}

/// What a station says of itself, with every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct StationStatus {
    /// Changes when the station restarts: sequences and trigger numbers begin anew then.
    pub epoch: u32,
    /// Hash of the recipe in force, 0 without one.
    pub recipe_hash: u32,
    /// Last result's sequence, 0 before the first.
    pub last_seq: u32,
    /// Strobes given in this epoch.
    pub triggers: u32,
}

impl StationResult {
    /// Lays the result out as bytes: version, finding, flags, seq (4), trigger (4), recipe (4),
    /// value (4), length of the content, content; in big-endian order.
    #[must_use]
    pub fn encode(&self) -> Vec<u8, { FIXED + CONTENT_MAX }> {
        let mut out = Vec::new();
        let mut put = |bytes: &[u8]| {
            let _ = out.extend_from_slice(bytes);
        };
        put(&[RESULT_VERSION, self.finding as u8, self.flags]);
        put(&self.seq.to_be_bytes());
        put(&self.trigger.to_be_bytes());
        put(&self.recipe_hash.to_be_bytes());
        put(&self.value.to_be_bytes());
        put(&[self.content.len() as u8]);
        put(&self.content);
        out
    }

    /// Reads a result from bytes.
    ///
    /// # Errors
    /// [`FrameError`] when a length, the version or a number is outside its range.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let short = FrameError::Short { expected: FIXED, found: bytes.len() };
        let (head, rest) = bytes.split_at_checked(FIXED).ok_or(short)?;
        let value = |field, found: u8| FrameError::Value { field, found: u32::from(found) };
        if head[0] != RESULT_VERSION {
            return Err(value("version of the station result", head[0]));
        }
        if usize::from(head[19]) != rest.len() {
            return Err(value("length of the station's content", head[19]));
        }
        let be32 =
            |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        Ok(Self {
            finding: finding(u16::from(head[1]))?,
            flags: head[2],
            seq: be32(3),
            trigger: be32(7),
            recipe_hash: be32(11),
            value: be32(15) as i32,
            content: Vec::from_slice(rest)
                .map_err(|_| value("length of the station's content", head[19]))?,
        })
    }
}

fn finding(number: u16) -> Result<Finding, FrameError> {
    Ok(match number {
        0 => Finding::Measured,
        1 => Finding::Nothing,
        2 => Finding::Error,
        n => return Err(FrameError::Value { field: "finding", found: u32::from(n) }),
    })
}

/// What the controller writes every cycle (Modbus TCP, FC23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct StationCommand {
    /// Frame sequence, at head and tail.
    pub frame: u16,
    /// Changes every cycle.
    pub heartbeat: u16,
    /// Hash of the recipe that the order needs; 0 leaves the recipe as it is.
    pub recipe_hash: u32,
    /// First result wanted in the answer.
    pub read_from: u32,
}

/// What the station answers every cycle (Modbus TCP).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StationFrame {
    /// Frame sequence of the command, at head and tail.
    pub frame: u16,
    /// Heartbeat as received.
    pub heartbeat_echo: u16,
    /// What the station says of itself.
    pub status: StationStatus,
    /// Results from the first one that is still there at or after `read_from`.
    pub results: Vec<StationResult, RESULTS_PER_FRAME>,
}

impl StationCommand {
    /// Lays the command out as registers.
    #[must_use]
    pub fn encode(&self) -> [u16; COMMAND_REGISTERS] {
        let mut registers = [0; COMMAND_REGISTERS];
        let mut w = RegisterWriter::new(&mut registers);
        w.u16(self.frame);
        w.u16(self.heartbeat);
        w.u32(self.recipe_hash);
        w.u32(self.read_from);
        registers[COMMAND_REGISTERS - 1] = self.frame;
        registers
    }

    /// Reads a command from registers.
    ///
    /// # Errors
    /// [`FrameError`] for a short or torn frame.
    pub fn decode(registers: &[u16]) -> Result<Self, FrameError> {
        let mut r = RegisterReader::new(registers, COMMAND_REGISTERS)?;
        let frame = r.u16();
        if registers[COMMAND_REGISTERS - 1] != frame {
            return Err(FrameError::Torn);
        }
        Ok(Self { frame, heartbeat: r.u16(), recipe_hash: r.u32(), read_from: r.u32() })
    }
}

impl StationFrame {
    /// Lays the status out as registers.
    #[must_use]
    pub fn encode(&self) -> [u16; STATUS_REGISTERS] {
        let mut registers = [0; STATUS_REGISTERS];
        let mut w = RegisterWriter::new(&mut registers);
        w.u16(self.frame);
        w.u16(self.heartbeat_echo);
        w.u32(self.status.epoch);
        w.u32(self.status.recipe_hash);
        w.u32(self.status.last_seq);
        w.u32(self.status.triggers);
        w.u16(self.results.len() as u16);
        for result in &self.results {
            w.u32(result.seq);
            w.u32(result.trigger);
            w.u32(result.recipe_hash);
            w.u16(u16::from_be_bytes([result.finding as u8, result.flags]));
            w.u32(result.value as u32);
            w.u16(result.content.len() as u16);
            w.text(&result.content, CONTENT_MAX / 2);
        }
        registers[STATUS_REGISTERS - 1] = self.frame;
        registers
    }

    /// Reads a status from registers.
    ///
    /// # Errors
    /// [`FrameError`] for a short or torn frame or a number outside its range.
    pub fn decode(registers: &[u16]) -> Result<Self, FrameError> {
        let mut r = RegisterReader::new(registers, STATUS_REGISTERS)?;
        let mut status = Self { frame: r.u16(), heartbeat_echo: r.u16(), ..Self::default() };
        if registers[STATUS_REGISTERS - 1] != status.frame {
            return Err(FrameError::Torn);
        }
        status.status = StationStatus {
            epoch: r.u32(),
            recipe_hash: r.u32(),
            last_seq: r.u32(),
            triggers: r.u32(),
        };
        for _ in 0..bounded(r.u16(), RESULTS_PER_FRAME, "result count")? {
            let result = read_result(&mut r)?;
            let _ = status.results.push(result);
        }
        Ok(status)
    }
}

fn read_result(r: &mut RegisterReader<'_>) -> Result<StationResult, FrameError> {
    let (seq, trigger, recipe_hash) = (r.u32(), r.u32(), r.u32());
    let [kind, flags] = r.u16().to_be_bytes();
    let value = r.u32() as i32;
    let len = bounded(r.u16(), CONTENT_MAX, "length of the station's content")?;
    let text: [u8; CONTENT_MAX] = r.text();
    let content = Vec::from_slice(text.get(..len).unwrap_or_default()).unwrap_or_default();
    let finding = finding(u16::from(kind))?;
    Ok(StationResult { seq, trigger, recipe_hash, finding, flags, value, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(seq: u32) -> StationResult {
        StationResult {
            seq,
            trigger: seq + 70_000,
            recipe_hash: 0xdead_beef,
            finding: Finding::Measured,
            flags: 2,
            value: -12_345_678,
            content: Vec::from_slice(b"04150037528643\nABC\nLOT-1\n11.2029").unwrap(),
        }
    }

    #[test]
    fn bytes_round_trip_and_every_truncation() {
        let bytes = result(5).encode();
        assert_eq!(StationResult::decode(&bytes), Ok(result(5)));
        for n in 0..bytes.len() {
            assert!(StationResult::decode(&bytes[..n]).is_err(), "{n} bytes");
        }
    }

    #[test]
    fn frames_round_trip_and_torn_ones_are_refused() {
        let command = StationCommand { frame: 9, heartbeat: 8, recipe_hash: 1 << 20, read_from: 3 };
        assert_eq!(StationCommand::decode(&command.encode()), Ok(command));
        let status = StationFrame {
            frame: 9,
            heartbeat_echo: 8,
            status: StationStatus { epoch: 3, recipe_hash: 4, last_seq: 70_001, triggers: 9 },
            results: Vec::from_slice(&[result(1), result(70_001)]).unwrap(),
        };
        let mut registers = status.encode();
        assert_eq!(StationFrame::decode(&registers), Ok(status));
        registers[0] ^= 1;
        assert_eq!(StationFrame::decode(&registers), Err(FrameError::Torn));
    }

    #[test]
    fn the_longest_content_fits_a_frame() {
        let long = StationResult {
            content: Vec::from_slice(&[b'X'; CONTENT_MAX]).unwrap(),
            ..StationResult::default()
        };
        let results = Vec::from_slice(&[long.clone(), long]).unwrap();
        let status = StationFrame { results, ..StationFrame::default() };
        assert_eq!(StationFrame::decode(&status.encode()), Ok(status));
    }
}
