//! OPEN-SCS (OPC 30260) serial number states and job order states.
//!
//! Read by the core's serial life table and by the ledger. Must never hold transitions.

use serde::{Deserialize, Serialize};

/// State of a serial number, numbered as OPC 30260.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum SerialState {
    /// Not yet assigned to a product.
    Unassigned = 0,
    /// In a pool, for no order.
    Unallocated = 1,
    /// Allocated to an order.
    Allocated = 2,
    /// Never to be used.
    SnInvalid = 3,
    /// Printed on a label.
    Encoded = 4,
    /// Label kept as a sample, without product.
    LabelSampled = 5,
    /// Label destroyed before commissioning.
    LabelScrapped = 6,
    /// On a good pack.
    Commissioned = 7,
    /// Pack taken as a sample.
    Sampled = 8,
    /// Pack taken off the line.
    Inactive = 9,
    /// Pack destroyed.
    Destroyed = 10,
    /// Batch certified and shipped.
    Released = 11,
}

impl SerialState {
    /// The state with this OPC 30260 number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        use SerialState as S;
        Some(match number {
            0 => S::Unassigned,
            1 => S::Unallocated,
            2 => S::Allocated,
            3 => S::SnInvalid,
            4 => S::Encoded,
            5 => S::LabelSampled,
            6 => S::LabelScrapped,
            7 => S::Commissioned,
            8 => S::Sampled,
            9 => S::Inactive,
            10 => S::Destroyed,
            11 => S::Released,
            _ => return None,
        })
    }
}

/// State of a job order; Closed means reconciled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum JobOrderState {
    /// Known, not released.
    Waiting = 1,
    /// Released, serials being allocated.
    Ready = 2,
    /// Every serial is durable.
    Loaded = 3,
    /// On the line.
    Running = 4,
    /// Quantity reached or stopped by a person; books still open.
    Completed = 5,
    /// Given up; books still open.
    Aborted = 6,
    /// Paused for an internal cause.
    Held = 7,
    /// Paused for an external cause.
    Suspended = 8,
    /// Reconciled.
    Closed = 9,
}
