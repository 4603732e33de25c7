//! Exit codes of `packline` and `line-sim`; a public interface.
//!
//! Used by every command. Must never grow without README.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Usage, configuration, or the service refused.
    Refused = 2,
    /// Done, but the result is not in order: not reconciled, judged unclean, chain broken.
    NotProven = 3,
    /// No service, no device or no disk answers.
    Unreachable = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
