//! What people and programs ask of the service, as a closed list.
//!
//! Made by `api`, answered by the service's command thread from its own low-priority queue. Must
//! never carry more than its bounds: texts are cut off by the body limit before they get here.

use crate::act::Act;
use crate::problem::Problem;
use people::Signature;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use utoipa::ToSchema;

/// Requests that may wait; a further one is answered with 503.
pub const REQUEST_QUEUE: usize = 32;

/// What the service answers: JSON for the caller, or what went wrong.
pub type Answer = Result<serde_json::Value, Problem>;

/// Where the answer goes. A caller that has gone away makes sending fail, which is no error.
pub type Reply = oneshot::Sender<Answer>;

/// Role of a caller who bears the service's token and has not logged in.
pub const UNAUTHENTICATED: &str = "unauthenticated";

/// Who asks, as it is known.
#[derive(Clone, Debug)]
pub struct By {
    /// User id; without a login, whatever the caller said.
    pub who: String,
    /// Role acted in, or [`UNAUTHENTICATED`].
    pub role: String,
    /// Signatures for this act, the first person's first.
    pub signatures: Vec<Signature>,
}

impl By {
    /// Somebody who bears the service's token and says who he is.
    #[must_use]
    pub fn unproven(who: impl Into<String>) -> Self {
        Self { who: who.into(), role: UNAUTHENTICATED.to_owned(), signatures: Vec::new() }
    }

    /// Somebody who has logged in.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.role != UNAUTHENTICATED
    }
}

/// What is asked of the command thread.
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
        /// Who asks.
        by: By,
        /// Answer: `{batch, state}`.
        reply: Reply,
    },
    /// Do something.
    Act {
        /// What.
        act: Act,
        /// Who asks.
        by: By,
        /// Why; a signed act's reason is in its signatures, too.
        reason: Option<String>,
        /// The second person's name where nobody has proven who he is.
        second: Option<String>,
        /// Version of the line's state that the caller has seen ([`crate::Snapshot::version`]).
        expects: Option<u64>,
        /// Answer: `{batch, state, ..}`.
        reply: Reply,
    },
    /// What an act is about, as the signer is shown it.
    Sheet {
        /// The act.
        act: Act,
        /// Answer: the sheet; its hash is what is signed.
        reply: Reply,
    },
    /// How the trial stands, or the latest one ended.
    TrialState {
        /// Which order.
        batch: String,
        /// Answer: `{batch, trial, mode, state, passed, packs}`.
        reply: Reply,
    },
    /// Puts on record that something was taken out of the ledger.
    Note {
        /// Who did it.
        by: By,
        /// What.
        what: String,
        /// What came of it, as a hash or a number.
        new: Option<String>,
        /// Answer: `{}`, when it is durable.
        reply: Reply,
    },
    /// How the backup stands, or the latest one ended.
    BackupState {
        /// Answer: `{state, ..}`: `none`, `running`, `done` or `failed`.
        reply: Reply,
    },
}

impl Request {
    /// True for Stop, which has places of its own in the queue.
    pub(crate) fn is_urgent(&self) -> bool {
        matches!(self, Self::Act { act, .. } if !act.action().needs_session())
    }
}

/// What a backup is to hold, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupWish {
    /// The backup: absolute path of a directory that is not there yet.
    #[schema(value_type = String)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// What can be done with an order, as a path names it.
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
