//! Channels, edges, level inputs, outputs and faults of the line I/O, with their numbers.
//!
//! Part of the line-I/O contract. Must never interpret what a signal means for a pack.

use super::CHANNELS;
use crate::registers::FrameError;
use crate::station::Station;

/// An input channel that latches edges. Numbers are the wire's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Channel {
    /// Infeed photo-eye; its rising edges number the tracks.
    Infeed = 0,
    /// The labeler's applied strobe.
    Applied = 1,
    /// Photo-eye of the camera station.
    CameraEye = 2,
    /// The camera trigger that the device fired.
    CameraTrigger = 3,
    /// Photo-eye before the gate.
    Gate = 4,
    /// Photo-eye behind the gate, at the handover.
    Exit = 5,
    /// Photo-eye in the chute of the reject bin.
    EjectConfirm = 6,
    /// Strobe of the text-check station: it measures the pack before it now.
    TextCheck = 7,
    /// Strobe of the carton-code station.
    CartonCode = 8,
    /// Strobe of the tamper-evident station.
    TamperEvident = 9,
    /// Strobe of the checkweigher.
    Checkweigher = 10,
}

impl Channel {
    /// Every channel, in the order of its number.
    pub const ALL: [Self; CHANNELS] = [
        Self::Infeed,
        Self::Applied,
        Self::CameraEye,
        Self::CameraTrigger,
        Self::Gate,
        Self::Exit,
        Self::EjectConfirm,
        Self::TextCheck,
        Self::CartonCode,
        Self::TamperEvident,
        Self::Checkweigher,
    ];

    /// Strobe of a station.
    #[must_use]
    pub const fn of(station: Station) -> Self {
        match station {
            Station::TextCheck => Self::TextCheck,
            Station::CartonCode => Self::CartonCode,
            Station::TamperEvident => Self::TamperEvident,
            Station::Checkweigher => Self::Checkweigher,
        }
    }

    /// The station whose strobe this is.
    #[must_use]
    pub const fn station(self) -> Option<Station> {
        match self {
            Self::TextCheck => Some(Station::TextCheck),
            Self::CartonCode => Some(Station::CartonCode),
            Self::TamperEvident => Some(Station::TamperEvident),
            Self::Checkweigher => Some(Station::Checkweigher),
            Self::Infeed
            | Self::Applied
            | Self::CameraEye
            | Self::CameraTrigger
            | Self::Gate
            | Self::Exit
            | Self::EjectConfirm => None,
        }
    }

    /// Place of the channel in arrays of [`CHANNELS`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Which edge of a photo-eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Edge {
    /// The pack's leading end: the eye becomes blocked, or a strobe.
    Rising = 0,
    /// The pack's trailing end: the eye becomes clear.
    Falling = 1,
}

/// Level inputs, as bits of `LineIoStatus::inputs`.
pub mod inputs {
    /// Safety chain closed.
    pub const SAFETY_OK: u16 = 1;
    /// Compressed air present.
    pub const AIR_OK: u16 = 1 << 1;
    /// Reject bin full.
    pub const BIN_FULL: u16 = 1 << 2;
    /// Reject bin locked.
    pub const BIN_LOCKED: u16 = 1 << 3;
    /// The machine before us can deliver.
    pub const UPSTREAM_READY: u16 = 1 << 4;
    /// The machine behind us can take.
    pub const DOWNSTREAM_READY: u16 = 1 << 5;
    /// The belt moves.
    pub const MOVING: u16 = 1 << 6;
    /// The gate stands open for a pack.
    pub const GATE_OPEN: u16 = 1 << 7;
    /// The device grants the run permit to the belt.
    pub const RUNNING: u16 = 1 << 8;
    /// Some photo-eye is blocked.
    pub const ANY_EYE_BLOCKED: u16 = 1 << 9;
    /// The mains have failed and a UPS carries the line; never set where there is none.
    pub const POWER_FAIL: u16 = 1 << 10;
}

/// Outputs, as bits of `LineIoCommand::outputs`.
pub mod outputs {
    /// Run permit: the belt may move.
    pub const RUN: u16 = 1;
    /// The machine before us may release packs onto the infeed.
    pub const INFEED: u16 = 1 << 1;
    /// Clears the device's latched fault (acts on the change from 0 to 1).
    pub const RESET: u16 = 1 << 2;
    /// Stack light red.
    pub const RED: u16 = 1 << 3;
    /// Stack light amber.
    pub const AMBER: u16 = 1 << 4;
    /// Stack light green.
    pub const GREEN: u16 = 1 << 5;
}

/// Why the device dropped the run permit by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u16)]
pub enum DeviceFault {
    /// It did not.
    #[default]
    None = 0,
    /// The controller's heartbeat was older than `heartbeat_ms_max`.
    HeartbeatLost = 1,
    /// A pack reached the exit without having used a permit.
    ExitWithoutPermit = 2,
    /// A pack that had to be ejected was not confirmed in its window.
    EjectNotConfirmed = 3,
    /// The event FIFO is full of unconsumed events.
    FifoFull = 4,
    /// The encoder counted backward, more than the belt can have moved, or not at all while it
    /// moved: positions are no longer certain.
    EncoderImplausible = 5,
}

impl DeviceFault {
    pub(crate) fn from_number(number: u16) -> Result<Self, FrameError> {
        Ok(match number {
            0 => Self::None,
            1 => Self::HeartbeatLost,
            2 => Self::ExitWithoutPermit,
            3 => Self::EjectNotConfirmed,
            4 => Self::FifoFull,
            5 => Self::EncoderImplausible,
            _ => {
                let found = u32::from(number);
                return Err(FrameError::Value { field: "device fault", found });
            }
        })
    }
}
