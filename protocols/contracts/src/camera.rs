//! The camera contract over OPC UA: results by sequence (`GetResults`), images by sequence
//! (`GetImage`), recipe with echo (`SetRecipe`).
//!
//! A result travels as a ByteString in the layout of [`CameraResult::encode`]. Used by the
//! controller's camera driver and by the simulated camera. Must never judge a result.

use heapless::Vec;

/// Longest content of a result in bytes, symbology identifier included.
pub const CONTENT_MAX: usize = 96;
/// Version byte of the result layout.
pub const RESULT_VERSION: u8 = 1;
/// Results in one answer of `GetResults`.
pub const RESULTS_PER_CALL: usize = 32;
const FIXED: usize = 28;

/// What the camera found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum ReadStatus {
    /// Exactly one code was decoded.
    Decoded = 0,
    /// None.
    #[default]
    NoRead = 1,
    /// More than one code in view.
    Multiple = 2,
    /// The camera itself failed.
    Error = 3,
}

/// Flags of a result (OPC 40100-1: IsPartial, IsSimulated).
pub mod flags {
    /// The result is incomplete.
    pub const PARTIAL: u8 = 1;
    /// The result does not come from a physical camera.
    pub const SIMULATED: u8 = 2;
}

/// In-line grade in tenths (0 to 40); not an ISO/IEC 15415 grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct InLineGrade {
    /// Lowest of the parameters.
    pub overall: u8,
    /// SC, MOD, RM, ANU, GNU, UEC, FPD.
    pub parameters: [u8; 7],
}

/// One camera result.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CameraResult {
    /// Sequence within the camera's epoch, from 1.
    pub seq: u64,
    /// n-th trigger that the camera received in its epoch, from 1.
    pub trigger: u32,
    /// Hash of the recipe that the camera used.
    pub recipe_hash: u32,
    /// What it found.
    pub status: ReadStatus,
    /// Bits of [`flags`].
    pub flags: u8,
    /// In-line grade.
    pub grade: InLineGrade,
    /// The decoded bytes with symbology identifier; GS is 0x1D.
    pub content: Vec<u8, CONTENT_MAX>,
}

/// What a result's bytes can be wrong about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultLayoutError {
    /// What was wrong.
    pub what: &'static str,
}

impl core::fmt::Display for ResultLayoutError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "camera result: {}", self.what)
    }
}

impl core::error::Error for ResultLayoutError {}

impl CameraResult {
    /// Lays the result out as bytes: version, status, flags, seq (8), trigger (4), recipe (4),
    /// overall grade, length of the content... in big-endian order, then the seven grades and the
    /// content.
    #[must_use]
    pub fn encode(&self) -> Vec<u8, { FIXED + CONTENT_MAX }> {
        let mut out = Vec::new();
        let mut put = |bytes: &[u8]| {
            let _ = out.extend_from_slice(bytes);
        };
        put(&[RESULT_VERSION, self.status as u8, self.flags]);
        put(&self.seq.to_be_bytes());
        put(&self.trigger.to_be_bytes());
        put(&self.recipe_hash.to_be_bytes());
        put(&[self.grade.overall]);
        put(&self.grade.parameters);
        put(&[self.content.len() as u8]);
        put(&self.content);
        out
    }

    /// Reads a result from bytes.
    ///
    /// # Errors
    /// [`ResultLayoutError`] when a length, the version or a number is outside its range.
    pub fn decode(bytes: &[u8]) -> Result<Self, ResultLayoutError> {
        let err = |what| ResultLayoutError { what };
        let (head, rest) = bytes.split_at_checked(28).ok_or(err("too short"))?;
        if head[0] != RESULT_VERSION {
            return Err(err("unknown version"));
        }
        let status = match head[1] {
            0 => ReadStatus::Decoded,
            1 => ReadStatus::NoRead,
            2 => ReadStatus::Multiple,
            3 => ReadStatus::Error,
            _ => return Err(err("unknown status")),
        };
        let mut parameters = [0; 7];
        parameters.copy_from_slice(&head[20..27]);
        if usize::from(head[27]) != rest.len() {
            return Err(err("length of the content differs"));
        }
        let be32 =
            |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        Ok(Self {
            seq: (u64::from(be32(3)) << 32) | u64::from(be32(7)),
            trigger: be32(11),
            recipe_hash: be32(15),
            status,
            flags: head[2],
            grade: InLineGrade { overall: head[19], parameters },
            content: Vec::from_slice(rest).map_err(|_| err("content too long"))?,
        })
    }
}

/// What the camera says of itself, with every answer of `GetResults`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CameraStatus {
    /// Changes when the camera restarts: sequences and trigger numbers begin anew then.
    pub epoch: u32,
    /// Hash of the recipe in force, 0 without one.
    pub recipe_hash: u32,
    /// Last result's sequence, 0 before the first.
    pub last_seq: u64,
    /// Triggers received in this epoch.
    pub triggers: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_every_truncation() {
        let result = CameraResult {
            seq: 1 << 40,
            trigger: 12,
            recipe_hash: 0xdead_beef,
            status: ReadStatus::Decoded,
            flags: flags::SIMULATED,
            grade: InLineGrade { overall: 37, parameters: [40, 39, 38, 37, 40, 40, 40] },
            content: Vec::from_slice(b"]d20104150037528643").unwrap(),
        };
        let bytes = result.encode();
        assert_eq!(CameraResult::decode(&bytes), Ok(result));
        for n in 0..bytes.len() {
            assert!(CameraResult::decode(&bytes[..n]).is_err(), "{n} bytes");
        }
    }
}
