//! Points of foreign devices: what is read and written by name, whatever protocol carries it.
//!
//! Used by the shadows (which decide what to write) and by the transports (which know where a point
//! lies). Must never know what a point is for.

mod registers;
mod spans;
mod understand;
#[cfg(feature = "opcua")]
mod variants;

use crate::LinkError;
pub(crate) use registers::{Cells, RegisterMap, RegisterWrite};
pub(crate) use spans::Span;
use std::collections::BTreeMap;
pub(crate) use understand::understand;
#[cfg(feature = "opcua")]
pub(crate) use variants::{value_of, variant_of};

/// What a point holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number or a bit.
    Number(u64),
    /// A text without what fills it up.
    Text(String),
}

impl Value {
    /// As a number; a text of digits is one, an empty text is 0.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) if text.is_empty() => Some(0),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What was read, by point.
pub type Facts = BTreeMap<String, Value>;

/// The number at a point; 0 for one that was not read.
#[must_use]
pub fn number(facts: &Facts, point: &str) -> u64 {
    facts.get(point).and_then(Value::number).unwrap_or(0)
}

/// What is to be written: values first, all of them, then the sign that they are whole.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Writes {
    /// Points and what they get.
    pub values: Vec<(String, Value)>,
    /// Written when all values are.
    pub sign: Option<(String, Value)>,
}

impl Writes {
    /// True when there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.sign.is_none()
    }
}

/// An open connection to a device as points.
pub(crate) trait PointLink {
    /// What the device shows now.
    async fn read(&mut self) -> Result<Facts, LinkError>;
    /// Writes the values, then the sign.
    async fn write(&mut self, writes: &Writes) -> Result<(), LinkError>;
}
