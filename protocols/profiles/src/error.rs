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
}
