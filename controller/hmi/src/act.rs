//! Everything that a person can do to the line, as one closed list: what is asked, what is signed,
//! what is done.
//!
//! Made from a request's body by `api`, answered by the service. Each act belongs to one row of the
//! table of permissions. Must never carry more than its bounds.

use crate::request::{BackupWish, Declared, OrderAction};
use line_core::reason::Resolution;
use people::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Items of a line clearance, packs of one review.
pub const ITEMS_MAX: usize = 1_000;

/// One line of the clearance checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearanceItem {
    /// The item, as the configuration names it.
    pub item: String,
    /// It has been looked at and is done.
    pub done: bool,
}

/// What a reviewer found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The reject was right.
    Confirmed,
    /// Something else must be done about it.
    Deviation,
}

/// An act. `act` names it in JSON, its parameters stand beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Start the order.
    OrderStart {
        /// Its batch.
        batch: String,
    },
    /// Drain the belt and complete the order.
    OrderComplete {
        /// Its batch.
        batch: String,
    },
    /// PackML stop, for anyone at the station: the belt drains and rests, the order stays open.
    UnitStop {
        /// The batch on the line.
        batch: String,
    },
    /// PackML hold.
    UnitHold {
        /// The batch on the line.
        batch: String,
    },
    /// PackML unhold.
    UnitUnhold {
        /// The batch on the line.
        batch: String,
    },
    /// PackML abort.
    UnitAbort {
        /// The batch on the line.
        batch: String,
    },
    /// PackML reset: after a stop the order can be started again.
    UnitReset {
        /// The batch on the line.
        batch: String,
    },
    /// Close the books.
    BatchClose {
        /// Its batch.
        batch: String,
    },
    /// Say what became of an unresolved pack.
    ResolvePack {
        /// Its batch.
        batch: String,
        /// n-th pack at the infeed.
        track: u32,
        /// What became of it: `exited`, `ejected`, `removed`.
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        resolution: Resolution,
    },
    /// Declare a number that no counter tells.
    DeclareCount {
        /// Its batch.
        batch: String,
        /// Which.
        term: Declared,
        /// How many; negative takes back.
        count: i64,
    },
    /// Take a sample.
    Sample {
        /// Its batch.
        batch: String,
        /// Serial number.
        serial: String,
    },
    /// Approve the first pack; its serial becomes LabelSampled.
    FirstPackApproval {
        /// Its batch.
        batch: String,
        /// Serial number.
        serial: String,
    },
    /// Take a commissioned pack off the line.
    ManualRemoval {
        /// Its batch.
        batch: String,
        /// Serial number.
        serial: String,
    },
    /// Prove the reject path with prepared packs.
    ChallengeTest {
        /// The order's batch.
        batch: String,
    },
    /// Print labels without live serials.
    SetupLabels {
        /// The order's batch.
        batch: String,
        /// How many.
        labels: Option<u32>,
    },
    /// Declare the line cleared of the batch before.
    LineClearance {
        /// The order's batch.
        batch: String,
        /// The whole checklist.
        items: Vec<ClearanceItem>,
        /// Remarks.
        remarks: Option<String>,
    },
    /// Compare the devices with the recipe.
    DeviceCheck {
        /// The order's batch.
        batch: String,
    },
    /// Review rejects.
    RejectReview {
        /// Their batch.
        batch: String,
        /// The packs.
        tracks: Vec<u32>,
        /// What was found.
        finding: Finding,
        /// What was seen.
        comment: Option<String>,
    },
    /// Leave an identity of the books open, with its exact amount.
    Deviation {
        /// Its batch.
        batch: String,
        /// `unexplained` or `unexplained_exit`.
        identity: String,
        /// The amount that remains.
        amount: i64,
    },
    /// Acknowledge an alarm.
    AlarmAcknowledge {
        /// Its kind.
        alarm: String,
    },
    /// Shelve an alarm for a time.
    AlarmShelve {
        /// Its kind.
        alarm: String,
        /// For so long.
        minutes: u32,
    },
    /// Take an alarm off the shelf.
    AlarmUnshelve {
        /// Its kind.
        alarm: String,
    },
    /// Write a draft of a product recipe.
    RecipeDraft {
        /// The recipe file, TOML.
        text: String,
    },
    /// Approve a product recipe.
    RecipeApprove {
        /// Product code.
        gtin: String,
        /// Its version.
        version: u32,
    },
    /// Retire a product recipe.
    RecipeRetire {
        /// Product code.
        gtin: String,
        /// Its version.
        version: u32,
    },
    /// Propose the line's configuration as it runs now.
    ConfigDraft,
    /// Release a proposed configuration of the line.
    ConfigRelease {
        /// Its version.
        version: u32,
    },
    /// Begin a backup; it goes on beside the line.
    Backup {
        /// What is wanted.
        wish: BackupWish,
    },
}

impl Act {
    /// The row of the table of permissions.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::OrderStart { .. } => Action::OrderStart,
            Self::OrderComplete { .. } => Action::OrderComplete,
            Self::UnitStop { .. } => Action::UnitStop,
            Self::UnitHold { .. } => Action::UnitHold,
            Self::UnitUnhold { .. } => Action::UnitUnhold,
            Self::UnitAbort { .. } => Action::UnitAbort,
            Self::UnitReset { .. } => Action::UnitReset,
            Self::BatchClose { .. } => Action::BatchClose,
            Self::ResolvePack { .. } => Action::ResolvePack,
            Self::DeclareCount { .. } => Action::DeclareCount,
            Self::Sample { .. } => Action::Sample,
            Self::FirstPackApproval { .. } => Action::FirstPackApproval,
            Self::ManualRemoval { .. } => Action::ManualRemoval,
            Self::ChallengeTest { .. } => Action::ChallengeTest,
            Self::SetupLabels { .. } => Action::SetupLabels,
            Self::LineClearance { .. } => Action::LineClearance,
            Self::DeviceCheck { .. } => Action::DeviceCheck,
            Self::RejectReview { .. } => Action::RejectReview,
            Self::Deviation { .. } => Action::Deviation,
            Self::AlarmAcknowledge { .. } => Action::AlarmAcknowledge,
            Self::AlarmShelve { .. } | Self::AlarmUnshelve { .. } => Action::AlarmShelve,
            Self::RecipeDraft { .. } => Action::RecipeDraft,
            Self::RecipeApprove { .. } => Action::RecipeApprove,
            Self::RecipeRetire { .. } => Action::RecipeRetire,
            Self::ConfigDraft => Action::ConfigDraft,
            Self::ConfigRelease { .. } => Action::ConfigRelease,
            Self::Backup { .. } => Action::Backup,
        }
    }

    /// The batch that it is about.
    #[must_use]
    pub fn batch(&self) -> Option<&str> {
        match self {
            Self::OrderStart { batch }
            | Self::OrderComplete { batch }
            | Self::UnitStop { batch }
            | Self::UnitHold { batch }
            | Self::UnitUnhold { batch }
            | Self::UnitAbort { batch }
            | Self::UnitReset { batch }
            | Self::BatchClose { batch }
            | Self::ResolvePack { batch, .. }
            | Self::DeclareCount { batch, .. }
            | Self::Sample { batch, .. }
            | Self::FirstPackApproval { batch, .. }
            | Self::ManualRemoval { batch, .. }
            | Self::ChallengeTest { batch }
            | Self::SetupLabels { batch, .. }
            | Self::LineClearance { batch, .. }
            | Self::DeviceCheck { batch }
            | Self::RejectReview { batch, .. }
            | Self::Deviation { batch, .. } => Some(batch),
            Self::AlarmAcknowledge { .. }
            | Self::AlarmShelve { .. }
            | Self::AlarmUnshelve { .. }
            | Self::RecipeDraft { .. }
            | Self::RecipeApprove { .. }
            | Self::RecipeRetire { .. }
            | Self::ConfigDraft
            | Self::ConfigRelease { .. }
            | Self::Backup { .. } => None,
        }
    }

    /// What it is done to, in one line: part of what a signature is bound to.
    #[must_use]
    pub fn object(&self) -> String {
        let detail = match self {
            Self::ResolvePack { track, resolution, .. } => {
                format!(" pack {track} as {}", word(resolution))
            }
            Self::DeclareCount { term, count, .. } => format!(" {count} {}", word(term)),
            Self::Sample { serial, .. }
            | Self::FirstPackApproval { serial, .. }
            | Self::ManualRemoval { serial, .. } => format!(" serial {serial}"),
            Self::RejectReview { tracks, finding, .. } => match tracks.as_slice() {
                [track] => format!(" pack {track} {}", word(finding)),
                many => format!(" {} packs {}", many.len(), word(finding)),
            },
            Self::Deviation { identity, amount, .. } => format!(" {identity} {amount}"),
            Self::AlarmAcknowledge { alarm }
            | Self::AlarmShelve { alarm, .. }
            | Self::AlarmUnshelve { alarm } => format!("alarm {alarm}"),
            Self::RecipeDraft { .. } => "recipe".to_owned(),
            Self::RecipeApprove { gtin, version } | Self::RecipeRetire { gtin, version } => {
                format!("recipe {gtin} version {version}")
            }
            Self::ConfigDraft => "configuration".to_owned(),
            Self::ConfigRelease { version } => format!("configuration version {version}"),
            Self::Backup { .. } => "backup".to_owned(),
            _ => String::new(),
        };
        self.batch().map_or_else(|| detail.clone(), |batch| format!("{batch}{detail}"))
    }

    /// The act of an order's action in a path.
    #[must_use]
    pub fn of_order(batch: String, action: OrderAction) -> Self {
        match action {
            OrderAction::Start => Self::OrderStart { batch },
            OrderAction::Stop => Self::OrderComplete { batch },
            OrderAction::Hold => Self::UnitHold { batch },
            OrderAction::Unhold => Self::UnitUnhold { batch },
            OrderAction::Close => Self::BatchClose { batch },
        }
    }
}

/// A value's name as in JSON.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
