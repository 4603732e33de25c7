//! Labelers as other makers build them, that the simulator can serve beside its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of them; the device behind it is the line's one labeler.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ForeignLabeler {
    /// Plain registers over Modbus TCP, one slot.
    Registers,
    /// Variables over OPC UA that are written and triggered, four slots.
    Variables,
    /// Methods over OPC UA, eight slots.
    Methods,
    /// ZPL over TCP.
    Zpl,
    /// Texts over TCP, ten slots.
    Text,
}
