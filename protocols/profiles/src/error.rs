//! Why a profile is refused, in words that read after "failed to load the device profile: ".
//!
//! Made by the loaders only.

use crate::{Kind, PROFILE_FORMAT};

/// Why a profile is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, an unknown or missing key, or a value of the wrong type; says line and column.
    #[error("{0}")]
    Text(#[from] toml::de::Error),
    /// A file of another format version.
    #[error("format is {found}, this program reads format {PROFILE_FORMAT}")]
    Format {
        /// The version found.
        found: u16,
    },
    /// A profile for another device or protocol.
    #[error("kind is {found}, expected {expected}")]
    Kind {
        /// What was wanted.
        expected: Kind,
        /// What the file is.
        found: Kind,
    },
    /// A profile that is not of a line-I/O device.
    #[error("kind is {found}, expected line-io-modbus or line-io-gpio")]
    NoLineIo {
        /// What the file is.
        found: Kind,
    },
    /// A block of registers reaches beyond the last address.
    #[error("{block} begins at {address} and does not fit below register 65536")]
    BeyondEnd {
        /// Which block.
        block: &'static str,
        /// Its first register.
        address: u16,
    },
    /// Two blocks of registers share addresses.
    #[error("{first} and {second} overlap")]
    Overlap {
        /// One block.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A name that must not be empty.
    #[error("{key} is empty")]
    Empty {
        /// Which key.
        key: &'static str,
    },
    /// A signal that this profile needs has no pin.
    #[error("{signal} has no pin: {why}")]
    PinMissing {
        /// Which signal.
        signal: &'static str,
        /// Why it is needed.
        why: &'static str,
    },
    /// A signal that this profile cannot have has a pin.
    #[error("{signal} has a pin: {why}; leave it out")]
    PinTooMany {
        /// Which signal.
        signal: &'static str,
        /// Why it cannot be.
        why: &'static str,
    },
    /// A pin that the header does not have, or that is not free.
    #[error("{signal} is on BCM {pin}, use BCM {min} to {max}", min = crate::gpio::PIN_MIN,
        max = crate::gpio::PIN_MAX)]
    PinUnknown {
        /// Which signal.
        signal: &'static str,
        /// Its pin.
        pin: u8,
    },
    /// Two signals on one pin.
    #[error("{first} and {second} are both on BCM {pin}")]
    PinTwice {
        /// One signal.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// The pin.
        pin: u8,
    },
    /// A number outside its bounds.
    #[error("{key} is {found}, use {min} to {max}")]
    OutOfRange {
        /// Which key.
        key: &'static str,
        /// The number found.
        found: u32,
        /// Least value.
        min: u32,
        /// Greatest value.
        max: u32,
    },
    /// A point of a register map that cannot be.
    #[error("point {name}: {why}")]
    Point {
        /// Its name.
        name: String,
        /// What is wrong, and what to write instead.
        why: &'static str,
    },
    /// Two points at one place.
    #[error("points {first} and {second} lie at the same place")]
    PointTwice {
        /// One point.
        first: String,
        /// The other.
        second: String,
    },
    /// A name that no point has.
    #[error("{name} is named in [labeler] and is no point: add [points.{name}]")]
    PointMissing {
        /// The name.
        name: String,
    },
    /// An address that no node can have.
    #[error("{address:?} is no node: {why}")]
    Node {
        /// What was written.
        address: String,
        /// What to write instead.
        why: &'static str,
    },
    /// A method or message that is not there.
    #[error("{name} is called in [labeler], and there is no {table}.{name}")]
    MethodMissing {
        /// The name.
        name: String,
        /// Where it should be.
        table: &'static str,
    },
    /// A value that a method does not take, or lacks.
    #[error("{method}, {name}: {why}")]
    Argument {
        /// Method or message.
        method: String,
        /// The value.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A point that is written and cannot be.
    #[error("point {name} is written, and lies where nothing can be written")]
    PointReadOnly {
        /// Its name.
        name: String,
    },
    /// A way of the device that no line can be run with.
    #[error("[labeler]: {why}")]
    Dialect {
        /// What is wrong, and what to do.
        why: &'static str,
    },
}
