//! Points of a device's own register map: where a number, a bit or a text lies, and in which order.
//!
//! Part of the profiles of devices that do not keep our contracts over Modbus. Must never say what
//! a point is for: that is the dialect's.

use crate::ProfileError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The points of a device, by name.
pub type RegisterPoints = BTreeMap<String, RegisterPoint>;

/// Longest text, in registers: what one write can carry.
pub const TEXT_REGISTERS_MAX: u16 = 123;

/// One point of a register map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterPoint {
    /// Address as it travels (from 0): 40001 of a manual is 0 of the holding registers.
    pub address: u16,
    /// Which of the four tables.
    #[serde(default)]
    pub table: Table,
    /// What lies there.
    #[serde(rename = "as")]
    pub encoding: Encoding,
    /// Bit within the register, 0 the least significant: for `as = "bit"` in a register table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit: Option<u8>,
    /// Length of a text, in registers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registers: Option<u16>,
    /// Which register of a number of 32 bits comes first.
    #[serde(default)]
    pub words: Order,
    /// Which byte of a register holds the first character of a text.
    #[serde(default)]
    pub bytes: Order,
    /// What fills a text up.
    #[serde(default)]
    pub pad: Pad,
}

/// The tables of Modbus.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    /// Holding registers (FC3, FC16).
    #[default]
    Holding,
    /// Input registers (FC4), read only.
    Input,
    /// Coils (FC1, FC15).
    Coil,
    /// Discrete inputs (FC2), read only.
    Discrete,
}

/// What lies at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// One bit.
    Bit,
    /// 16 bits without sign.
    U16,
    /// 32 bits without sign, two registers.
    U32,
    /// Characters, two a register.
    Text,
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The most significant register, the high byte.
    #[default]
    HighFirst,
    /// The least significant register, the low byte.
    LowFirst,
}

/// What fills a text up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pad {
    /// Zero bytes.
    #[default]
    Zero,
    /// Spaces.
    Space,
}

impl Table {
    /// True where a point is one bit by itself.
    #[must_use]
    pub fn holds_bits(self) -> bool {
        matches!(self, Self::Coil | Self::Discrete)
    }

    /// True where a client can write.
    #[must_use]
    pub fn is_writable(self) -> bool {
        matches!(self, Self::Holding | Self::Coil)
    }
}

impl RegisterPoint {
    /// Addresses that it takes in its table.
    #[must_use]
    pub fn length(&self) -> u16 {
        match self.encoding {
            Encoding::Bit | Encoding::U16 => 1,
            Encoding::U32 => 2,
            Encoding::Text => self.registers.unwrap_or(1),
        }
    }

    /// How many numbers it can tell apart: a counter begins anew after them. 0 for a text.
    #[must_use]
    pub fn modulus(&self) -> u64 {
        match self.encoding {
            Encoding::Bit => 2,
            Encoding::U16 => 1 << 16,
            Encoding::U32 => 1 << 32,
            Encoding::Text => 0,
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        let is_bit = self.encoding == Encoding::Bit;
        let in_register = is_bit && !self.table.holds_bits();
        if self.table.holds_bits() && !is_bit {
            return Err("coils and discrete inputs hold bits only: use as = \"bit\"");
        }
        match (in_register, self.bit) {
            (true, None) => return Err("a bit of a register needs bit = 0 to 15"),
            (true, Some(16..)) => return Err("bit is beyond 15"),
            (false, Some(_)) => return Err("bit is for a bit of a register only"),
            _ => {}
        }
        match (self.encoding, self.registers) {
            (Encoding::Text, Some(1..=TEXT_REGISTERS_MAX)) => {}
            (Encoding::Text, _) => return Err("a text needs registers = 1 to 123"),
            (_, Some(_)) => return Err("registers is for a text only"),
            _ => {}
        }
        if self.address.checked_add(self.length() - 1).is_none() {
            return Err("it reaches beyond address 65535");
        }
        Ok(())
    }

    /// True when both lie, wholly or in part, at the same place.
    fn shares(&self, other: &Self) -> bool {
        let end = |point: &Self| u32::from(point.address) + u32::from(point.length());
        let (here, there) = (u32::from(self.address), u32::from(other.address));
        let apart = here >= end(other) || there >= end(self);
        let bits = self.bit.zip(other.bit).is_some_and(|(one, two)| one != two);
        self.table == other.table && !apart && !bits
    }
}

/// The point of this name.
pub(crate) fn point<'a>(
    points: &'a RegisterPoints,
    name: &str,
) -> Result<&'a RegisterPoint, ProfileError> {
    points.get(name).ok_or_else(|| ProfileError::PointMissing { name: name.to_owned() })
}

/// Every point is possible, and no two lie at the same place.
pub(crate) fn check_points(points: &RegisterPoints) -> Result<(), ProfileError> {
    for (name, point) in points {
        point.check().map_err(|why| ProfileError::Point { name: name.clone(), why })?;
    }
    let mut rest = points.iter();
    while let Some((first, point)) = rest.next() {
        if let Some((second, _)) = rest.clone().find(|(_, other)| point.shares(other)) {
            let (first, second) = (first.clone(), second.clone());
            return Err(ProfileError::PointTwice { first, second });
        }
    }
    Ok(())
}
