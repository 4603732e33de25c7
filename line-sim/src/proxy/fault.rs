//! What a proxy can do to a link: kinds of faults, their direction, how many frames, how long.
//!
//! Read from scripts, drawn from a seed, or given by a test. It must never know a device.

use serde::{Deserialize, Serialize};

/// Which way a frame goes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the controller to the device.
    #[default]
    ToDevice,
    /// From the device to the controller.
    ToController,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ToDevice, Self::ToController];

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Frames are lost, the connection stays.
    Drop,
    /// Frames come later, and all behind them wait; also after the sender has gone away.
    Delay,
    /// A frame comes after the one that follows it; after `ms` when none does.
    Reorder,
    /// A frame comes again, `ms` later; also after the sender has gone away.
    Duplicate,
    /// Half a frame, then both ends are closed.
    Truncate,
    /// One direction is swallowed for `ms`, the connection stays.
    HalfOpen,
    /// Both directions are swallowed for `ms`; connections are accepted and never answered.
    Blackhole,
    /// Connections are reset, and new ones too, for `ms`.
    Cut,
    /// Cut `frames` times: `ms` down, `ms` up.
    Flap,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Drop,
        Self::Delay,
        Self::Reorder,
        Self::Duplicate,
        Self::Truncate,
        Self::HalfOpen,
        Self::Blackhole,
        Self::Cut,
        Self::Flap,
    ];

    /// The name as it stands in scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Delay => "delay",
            Self::Reorder => "reorder",
            Self::Duplicate => "duplicate",
            Self::Truncate => "truncate",
            Self::HalfOpen => "half_open",
            Self::Blackhole => "blackhole",
            Self::Cut => "cut",
            Self::Flap => "flap",
        }
    }

    /// It strikes frames one by one; the others strike the link.
    #[must_use]
    pub const fn is_of_frames(self) -> bool {
        match self {
            Self::Drop | Self::Delay | Self::Reorder | Self::Duplicate | Self::Truncate => true,
            Self::HalfOpen | Self::Blackhole | Self::Cut | Self::Flap => false,
        }
    }
}

/// A fault of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// Which way; of no meaning for what strikes both.
    #[serde(default)]
    pub direction: Direction,
    /// Frames that it strikes, one after the other; times of a flap.
    #[serde(default = "one")]
    pub frames: u32,
    /// Milliseconds, as its kind says.
    #[serde(default)]
    pub ms: u64,
}

const fn one() -> u32 {
    1
}

impl Fault {
    /// A fault of one frame, or of the link for `ms`.
    #[must_use]
    pub const fn new(kind: FaultKind, direction: Direction, ms: u64) -> Self {
        Self { kind, direction, frames: 1, ms }
    }
}
