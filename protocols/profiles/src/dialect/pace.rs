//! How fast a device can be talked to.
//!
//! Part of the dialects. Must never be read as a promise: a device that is slower than its pace is
//! dropped and met anew.

use crate::ProfileError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pace {
    /// Between two reads when nothing is under way, 1 to 1,000.
    pub cycle_ms: u16,
    /// Between two reads while an answer is awaited, 1 to 1,000.
    pub busy_ms: u16,
    /// Longest wait for an answer of the protocol, 10 to 5,000.
    pub timeout_ms: u16,
    /// Longest wait until what was written is taken, 10 to 10,000.
    pub taken_ms: u16,
}

impl Default for Pace {
    fn default() -> Self {
        Self { cycle_ms: 10, busy_ms: 2, timeout_ms: 100, taken_ms: 1_000 }
    }
}

impl Pace {
    /// Every time is within its bounds.
    pub(crate) fn check(&self) -> Result<(), ProfileError> {
        let table = [
            ("pace.cycle_ms", self.cycle_ms, 1, 1_000),
            ("pace.busy_ms", self.busy_ms, 1, 1_000),
            ("pace.timeout_ms", self.timeout_ms, 10, 5_000),
            ("pace.taken_ms", self.taken_ms, 10, 10_000),
        ];
        match table.iter().find(|(_, found, min, max)| !(min..=max).contains(&found)) {
            Some((key, found, min, max)) => {
                let (found, min, max) = (u32::from(*found), u32::from(*min), u32::from(*max));
                Err(ProfileError::OutOfRange { key, found, min, max })
            }
            None => Ok(()),
        }
    }
}
