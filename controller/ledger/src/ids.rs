//! Names of what a ledger holds: line, batch, kind, chain.
//!
//! Used by every module and by callers. Must never accept a name that could be taken for another
//! (the site chain's name is no batch id).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Name of the site chain.
pub const SITE_CHAIN: &str = "site";
/// Longest batch id or line id, in characters.
pub const ID_LEN_MAX: usize = 40;

/// A name that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no id: 1 to {ID_LEN_MAX} of A-Z a-z 0-9 . _ -, not \"{SITE_CHAIN}\"")]
pub struct IdError {
    /// What was given.
    pub text: String,
}

fn checked(text: &str) -> Result<String, IdError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let good = (1..=ID_LEN_MAX).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.eq_ignore_ascii_case(SITE_CHAIN);
    if good { Ok(text.to_owned()) } else { Err(IdError { text: text.to_owned() }) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                checked(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                checked(&text).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id! {
    /// Id of an order's batch, unique in the ledger; also the name of its chain.
    BatchId
}
id! {
    /// Id of the line that owns the ledger.
    LineId
}

/// Number of a batch in its ledger, from 1: the hot tables' key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchNo(pub i64);

/// What a ledger is, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    /// Never exports to a site or hub.
    Simulation,
    /// Real packs.
    Production,
}

impl LedgerKind {
    /// Name as stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simulation => "simulation",
            Self::Production => "production",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Simulation, Self::Production].into_iter().find(|kind| kind.name() == name)
    }
}

/// Which chain an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chain {
    /// The line's own, for the life of the ledger.
    Site,
    /// The open batch's.
    Batch(BatchNo),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked() {
        for good in ["B-1", "2026.11_x", "a"] {
            assert!(good.parse::<BatchId>().is_ok(), "{good}");
        }
        let long = "x".repeat(ID_LEN_MAX + 1);
        for bad in ["", "site", "Site", "a b", "a/b", "ä", long.as_str()] {
            assert!(bad.parse::<BatchId>().is_err(), "{bad}");
        }
    }
}
