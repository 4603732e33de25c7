//! What people and programs ask of the service, as a closed list.
//!
//! Made by `api.rs`, answered by the service's command thread from its own low-priority queue.
//! Must never carry more than its bounds: texts are cut off by the body limit before they get here.

use crate::problem::Problem;
use line_core::reason::Resolution;
use serde::Deserialize;
use tokio::sync::oneshot;

/// Requests that may wait; a further one is answered with 503.
pub const REQUEST_QUEUE: usize = 32;

/// What the service answers: JSON for the caller, or what went wrong.
pub type Answer = Result<serde_json::Value, Problem>;

/// Where the answer goes. A caller that has gone away makes sending fail, which is no error.
pub type Reply = oneshot::Sender<Answer>;

/// A command or a query.
#[derive(Debug)]
pub enum Request {
    /// Check an order file, allocate its serials and make it the line's order.
    LoadOrder {
        /// The order file, TOML.
        text: String,
        /// Answer: `{batch, state}`.
        reply: Reply,
    },
    /// Change the life of an order.
    Order {
        /// Which order.
        batch: String,
        /// What to do.
        action: OrderAction,
        /// Who says so.
        who: String,
        /// Why; needed by nobody but the record.
        reason: Option<String>,
        /// Answer: `{batch, state}`.
        reply: Reply,
    },
    /// Say what became of an unresolved pack.
    Resolve {
        /// Its order.
        batch: String,
        /// n-th pack at the infeed.
        track: u32,
        /// What became of it.
        resolution: Resolution,
        /// Why.
        reason: String,
        /// Who says so.
        who: String,
        /// Answer: `{batch, track, state}`.
        reply: Reply,
    },
    /// Run a trial of the open order: challenge or setup.
    Trial {
        /// Which order.
        batch: String,
        /// Challenge or setup.
        mode: TrialMode,
        /// Labels of a setup.
        labels: Option<u32>,
        /// Who runs it.
        who: String,
        /// Answer: `{batch, trial, mode, packs: [{track, prepared, expected, label}]}`.
        reply: Reply,
    },
    /// How the trial stands, or the latest one ended.
    TrialState {
        /// Which order.
        batch: String,
        /// Answer: `{batch, trial, mode, state, passed, packs}`.
        reply: Reply,
    },
    /// List the orders.
    Orders {
        /// Answer: `{orders: [{batch, gtin, lot, expiry, state, target, good}]}`.
        reply: Reply,
    },
    /// A page of an order's packs.
    Packs {
        /// Its order.
        batch: String,
        /// Tracks greater than this.
        after: u32,
        /// At most so many.
        limit: u16,
        /// Answer: `{packs: [{track, serial, verdict, reason, state, image}], next_after}`.
        reply: Reply,
    },
    /// The history of one serial.
    Serial {
        /// Product code, 14 digits.
        gtin: String,
        /// Serial number.
        serial: String,
        /// Answer: `{gtin, serial, state, batch, history: [..]}`.
        reply: Reply,
    },
}

/// Kinds of trial runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialMode {
    /// Prepared packs prove the reject path.
    Challenge,
    /// Labels without live serials.
    Setup,
}

/// What can be done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderAction {
    /// Start it, or go on with it.
    Start,
    /// Drain the belt and complete it.
    Stop,
    /// Hold.
    Hold,
    /// Go on after a hold.
    Unhold,
    /// Close its books.
    Close,
}

impl OrderAction {
    /// The action with this name in a path.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "start" => Self::Start,
            "stop" => Self::Stop,
            "hold" => Self::Hold,
            "unhold" => Self::Unhold,
            "close" => Self::Close,
            _ => return None,
        })
    }
}
