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
        /// What its sender calls the file, for messages.
        file: Option<String>,
        /// Where its serials come from when they are not drawn.
        pool: Option<OrderPool>,
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
    /// Add a number to the books that no counter tells.
    Declare {
        /// Its order.
        batch: String,
        /// Which.
        term: Declared,
        /// How many; negative takes back.
        count: i64,
        /// Why.
        reason: String,
        /// Who says so.
        who: String,
        /// Answer: `{batch, term, declared}`.
        reply: Reply,
    },
    /// Take a serial out of the order, with its pack or label.
    Take {
        /// Its order.
        batch: String,
        /// The serial number.
        serial: String,
        /// As what.
        take: Take,
        /// Why.
        reason: String,
        /// Who says so.
        who: String,
        /// Answer: `{batch, serial, state}`.
        reply: Reply,
    },
    /// Begin a backup; it goes on beside the line.
    Backup {
        /// What is wanted.
        wish: BackupWish,
        /// Who asks.
        who: String,
        /// Answer: `{state, out, events, of}`.
        reply: Reply,
    },
    /// How the backup stands, or the latest one ended.
    BackupState {
        /// Answer: `{state, ..}`: `none`, `running`, `done` or `failed`.
        reply: Reply,
    },
    /// List the orders.
    Orders {
        /// Answer: `{orders: [{batch, gtin, lot, expiry, state, target, good, ..}]}`.
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

/// What a backup is to hold, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupWish {
    /// The backup: absolute path of a directory that is not there yet.
    pub out: std::path::PathBuf,
    /// With the ledger's signing key.
    #[serde(default)]
    pub with_key: bool,
    /// With the images.
    #[serde(default)]
    pub with_images: bool,
    /// With the files of sealed batches.
    #[serde(default)]
    pub with_sealed: bool,
}

/// Kinds of trial runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialMode {
    /// Prepared packs prove the reject path.
    Challenge,
    /// Labels without live serials.
    Setup,
}

/// Where an order's serials come from when this line does not draw them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderPool {
    /// A file that lies in the directory `pools` of the data directory.
    File {
        /// Its name there, without a path.
        name: String,
        /// Who handed it out, when the file does not say so.
        provider: Option<String>,
        /// The provider's claim of uniqueness, when the file does not say so.
        claim: Option<String>,
    },
    /// Serials that earlier orders never dispatched and kept.
    Kept,
}

/// Numbers that a person declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Declared {
    /// Packs put onto the line by hand.
    Additions,
    /// Packs taken off by hand that no track stands for.
    Removals,
    /// Exit edges of packs taken back from behind the exit that no track stands for.
    Retrieved,
    /// Labels that a lost labeler epoch no longer tells.
    Printed,
    /// Labels printed twice.
    Duplicate,
}

/// As what a serial is taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Take {
    /// As a sample: the pack when it is commissioned, else the label.
    Sample,
    /// The label of the first pack, approved by a second person.
    FirstPack {
        /// That person.
        second: String,
    },
    /// Taken off the line by hand.
    Removal,
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
