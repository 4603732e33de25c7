//! PackML unit states and modes with their numbers (ISA-TR88.00.02, OPC 30050).
//!
//! Read by the core's unit machine, the ledger and the pages. Must never hold transitions.

use serde::{Deserialize, Serialize};

/// State of the unit, numbered as ISA-TR88.00.02 table 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum UnitState {
    /// Clearing the causes of an abort.
    Clearing = 1,
    /// At rest after a stop.
    Stopped = 2,
    /// On the way to Execute.
    Starting = 3,
    /// Ready for a start.
    Idle = 4,
    /// Paused for an external cause (starved, blocked).
    Suspended = 5,
    /// Running.
    Execute = 6,
    /// On the way to Stopped.
    Stopping = 7,
    /// On the way to Aborted.
    Aborting = 8,
    /// At rest after an abort.
    Aborted = 9,
    /// On the way to Held.
    Holding = 10,
    /// Paused for an internal cause.
    Held = 11,
    /// On the way back from Held.
    Unholding = 12,
    /// On the way to Suspended.
    Suspending = 13,
    /// On the way back from Suspended.
    Unsuspending = 14,
    /// On the way to Idle.
    Resetting = 15,
    /// On the way to Complete.
    Completing = 16,
    /// The batch's quantity has been reached.
    Complete = 17,
}

/// Mode of the unit: 1 to 3 by ISA-TR88.00.02, the rest user defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum UnitMode {
    /// Live serials, commissioning.
    Production = 1,
    /// Never allocates, commissions or opens the pass path.
    Maintenance = 2,
    /// Never allocates, commissions or opens the pass path.
    Manual = 3,
    /// Prepared packs prove the reject path.
    Challenge = 4,
    /// Labels without live serials.
    Setup = 5,
}
