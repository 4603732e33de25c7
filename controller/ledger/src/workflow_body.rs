//! What the events of an order's workflow say: clearance, devices, start, reviews, resolutions.
//!
//! Written by the acts, read by projections and reports. Must never name a step that
//! docs/record-format.md does not describe.

use crate::act::OnePerson;
use crate::ledger_body::TwoPersons;
use line_core::reason::Resolution;
use serde::{Deserialize, Serialize};

/// Most items of a checklist.
pub const CLEARANCE_ITEMS_MAX: usize = 40;
/// Most packs of one review.
pub const REVIEWED_AT_ONCE_MAX: usize = 1_000;
/// Most devices of a check.
pub const DEVICES_MAX: usize = 16;
/// Longest text of a remark or an item, in bytes.
pub const REMARK_MAX: usize = 1_000;

/// One item of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearanceItem {
    /// What is looked at.
    pub item: String,
    /// It is so.
    pub done: bool,
}

/// `line_cleared`: nothing of the batch before is left on the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCleared {
    /// The checklist, every item done.
    pub items: Vec<ClearanceItem>,
    /// What else was seen.
    pub remarks: String,
    /// Who did it and who looked at it.
    #[serde(flatten)]
    pub by: TwoPersons,
}

/// One device of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceChecked {
    /// Its name: `labeler`, `camera`, `line_io`, a station.
    pub device: String,
    /// The recipe or template that it reports; none for a device without one.
    pub recipe: Option<String>,
    /// Hash of what it must work with, hex.
    pub expected_hash: Option<String>,
    /// Hash that it reports, hex.
    pub echoed_hash: Option<String>,
    /// What it reports is what it must be.
    pub matches: bool,
    /// Its link is up.
    pub link: bool,
    /// What secures its link: policy and mode, or `none`; left out where the protocol has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<String>,
}

/// `devices_checked`: the devices against the recipe, once more before the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesChecked {
    /// Device by device.
    pub devices: Vec<DeviceChecked>,
    /// Serials that may still be printed.
    pub pool_left: u32,
    /// How the gate rests, as the line I/O reports it.
    pub gate: String,
    /// Everything is as it must be.
    pub passed: bool,
    /// Who had it done: user id.
    pub who: String,
    /// In which role.
    pub role: String,
}

impl DevicesChecked {
    /// True when nothing in it speaks against `passed`.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        let good = |d: &DeviceChecked| d.link && d.matches && d.expected_hash == d.echoed_hash;
        !self.devices.is_empty() && self.devices.iter().all(good) && self.pool_left > 0
    }
}

/// `start_signed`: the order may begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartSigned {
    /// Who starts it.
    #[serde(flatten)]
    pub by: OnePerson,
}

/// What a review has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The reject is right.
    Confirmed,
    /// Something else is behind it: a deviation.
    Deviation,
}

impl Finding {
    /// Name as in the events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Deviation => "deviation",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Confirmed, Self::Deviation].into_iter().find(|finding| finding.name() == name)
    }
}

/// `reject_reviewed`: rejects that a person has looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectReviewed {
    /// The packs, each once, in order; at most [`REVIEWED_AT_ONCE_MAX`].
    pub tracks: Vec<u32>,
    /// The same of all of them.
    pub finding: Finding,
    /// What was seen.
    pub comment: String,
    /// Who reviewed.
    #[serde(flatten)]
    pub by: OnePerson,
}

/// `resolve_asked`: what a person says became of an unresolved pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolveAsked {
    /// The pack.
    pub track: u32,
    /// What became of it.
    pub resolution: Resolution,
    /// Who says so.
    #[serde(flatten)]
    pub by: OnePerson,
}
