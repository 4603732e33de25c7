//! JSON schemas of the configuration files.
//!
//! Called by `config schema` and by the test that keeps `config/schema/` true. Must never differ
//! from what the readers accept: both come from the same types.

use super::{LineFile, OrderFile, ProductFile};
use profiles::Profile;
use schemars::schema_for;
use serde_json::Value;

/// Kind of a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `line.toml`.
    Line,
    /// `products/*.toml`.
    Product,
    /// `orders/*.toml`.
    Order,
    /// `devices/*.toml`.
    Device,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Line, Self::Product, Self::Order, Self::Device];

    /// Its name on the command line and of its schema file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Product => "product",
            Self::Order => "order",
            Self::Device => "device",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What a text looks like, by the keys that only one kind has.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let table: toml::Table = text.parse().ok()?;
        let has = |key: &str| table.contains_key(key);
        if has("line_id") || has("geometry") || has("devices") {
            Some(Self::Line)
        } else if has("kind") && has("format") {
            Some(Self::Device)
        } else if has("batch") || has("lot") || has("target") {
            Some(Self::Order)
        } else if has("serial") || has("label") || has("verify") {
            Some(Self::Product)
        } else {
            None
        }
    }
}

/// The schema of a kind.
#[must_use]
pub fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Line => schema_for!(LineFile).to_value(),
        Kind::Product => schema_for!(ProductFile).to_value(),
        Kind::Order => schema_for!(OrderFile).to_value(),
        Kind::Device => schema_for!(Profile).to_value(),
    }
}
