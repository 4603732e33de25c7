//! What is made of a value that was read: numbers for its words, sums of several.
//!
//! Part of the dialects. Must never guess: a word that has no number is an error of the device.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Numbers for what a point can show.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// By the text that the point shows, or by its number in decimal.
    pub numbers: BTreeMap<String, u64>,
    /// For everything else. Without it anything else is an error, and the link is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<u64>,
}

impl Meaning {
    /// The number of what is shown.
    #[must_use]
    pub fn number(&self, shown: &str) -> Option<u64> {
        self.numbers.get(shown.trim()).copied().or(self.otherwise)
    }
}

/// Meanings by point.
pub type Meanings = BTreeMap<String, Meaning>;

/// Points that are the sum of others, by name.
pub type Sums = BTreeMap<String, Vec<String>>;
