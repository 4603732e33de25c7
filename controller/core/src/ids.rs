//! Newtypes for every number that crosses a module: three index spaces that are never mixed
//! (packs, serials, print jobs), sequences, positions and times.
//!
//! Used everywhere. Must never hold behaviour beyond arithmetic on its own kind.

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The number after this one.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.wrapping_add(1))
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// n-th pack at the infeed since the batch's counts began, from 1; blanks and foreign packs
    /// have one too.
    TrackIndex(u32)
}
number! {
    /// n-th serial of the batch's pool, from 0; invalid ones have one too.
    SerialIndex(u32)
}
number! {
    /// Print job within a labeler epoch, from 1.
    JobSeq(u32)
}
number! {
    /// Event in the line-I/O device's FIFO within its epoch, from 1.
    IoSeq(u32)
}
number! {
    /// Epoch of a device: it changes when the device restarts.
    Epoch(u32)
}
number! {
    /// n-th record that this core has emitted in this process, from 1; the ledger's durable
    /// watermark counts in it.
    RecordSeq(u64)
}

/// Encoder pulses since the line-I/O device's epoch began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EncoderCount(pub u64);

impl EncoderCount {
    /// The count `counts` pulses further on.
    #[must_use]
    pub const fn plus(self, counts: u64) -> Self {
        Self(self.0.saturating_add(counts))
    }

    /// The count `counts` pulses earlier, not below 0.
    #[must_use]
    pub const fn minus(self, counts: u64) -> Self {
        Self(self.0.saturating_sub(counts))
    }

    /// Pulses between two counts, whichever is first.
    #[must_use]
    pub const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

/// Nanoseconds since the process started; never stored as a date.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// A time from milliseconds.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    /// This time plus `other`.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Time since `earlier`, 0 when that is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}
