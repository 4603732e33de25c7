//! What a person at the line can do, as JSON lines: look, scan, remove, clear, repair, empty the
//! bin, lay prepared packs onto the infeed, hold back the ordinary ones.
//!
//! The hands socket passes a [`HandsRequest`] to `World::hands`. It must never offer more than eyes
//! and hands: no ground truth, no device internals.

use serde::{Deserialize, Serialize};

use crate::world::LabelText;

/// What can be repaired by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// Frees a stuck ejector.
    Ejector,
    /// Looks after the labeler.
    Labeler,
    /// Looks after the camera.
    Camera,
    /// Looks after the line I/O.
    LineIo,
    /// Cleans the eyes.
    Eyes,
    /// Closes the safety chain.
    Safety,
    /// Brings the air pressure back.
    Air,
    /// Locks the reject bin.
    Bin,
    /// Brings the mains back.
    Mains,
}

/// How the label of a prepared pack is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreparedInk {
    /// Without a fault.
    #[default]
    Clean,
    /// Readable, with a grade below every limit in use.
    LowGrade,
    /// Not to be decoded.
    Unreadable,
}

/// A pack that a person has prepared.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreparedPack {
    /// What the person calls it; stands in the ground truth.
    pub name: String,
    /// The label that it bears already; the labeler leaves it alone in any case.
    pub label: Option<LabelText>,
    /// How that is printed.
    pub ink: PreparedInk,
    /// Its readable text differs from its code.
    pub wrong_text: bool,
    /// Code of its carton; that of the order when not given.
    pub carton: Option<String>,
    /// Its tamper-evident label is there; it is when not given.
    pub tamper: Option<bool>,
    /// Its weight, milligrams; the right one when not given.
    pub weight_mg: Option<u32>,
}

/// What the person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum HandsRequest {
    /// Looks at belt, exit and bin.
    Look,
    /// Scans the code of a pack within sight.
    Scan {
        /// The pack.
        pack: u64,
    },
    /// Takes a pack off the belt or back from behind the exit.
    Remove {
        /// The pack.
        pack: u64,
    },
    /// Empties the belt from infeed to exit.
    Clear,
    /// Repairs a device.
    Repair {
        /// Which.
        device: Repair,
    },
    /// Empties the reject bin: what was in it is out of reach afterwards.
    EmptyBin,
    /// Lays prepared packs onto the infeed: they come before ordinary ones.
    Prepare {
        /// The packs, the first one first.
        packs: Vec<PreparedPack>,
    },
    /// Opens or closes the supply of ordinary packs.
    Feed {
        /// They may come.
        open: bool,
    },
}

/// Where a pack is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// On the belt, infeed to exit.
    Belt,
    /// Behind the exit, not yet handed over.
    Exit,
    /// In the reject bin or its chute.
    Bin,
}

/// A pack as seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPack {
    /// The pack.
    pub pack: u64,
    /// Where.
    pub zone: Zone,
    /// Something is printed on it.
    pub labelled: bool,
}

/// A pack that somebody has watched since it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchedPack {
    /// The pack.
    pub pack: u64,
    /// Where it is.
    pub zone: Zone,
    /// Its edge at the infeed eye: epoch of the line I/O, count.
    pub infeed: Option<(u32, u64)>,
    /// It came past the infeed eye, or behind it: no edge ever stood for it.
    pub unseen: bool,
    /// It has not come to the eye in the chute yet.
    pub falling: bool,
    /// It lies in the bin and that eye has not seen it.
    pub fell_unseen: bool,
}

/// A pack as scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannedPack {
    /// The pack.
    pub pack: u64,
    /// Its code with `{GS}` for the separator; none when unreadable or blank.
    pub code: Option<String>,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum HandsResponse {
    /// Of looking: on the belt and behind the exit in running order, the foremost first; in the
    /// bin in order of arrival, the last one on top.
    Seen {
        /// The packs.
        packs: Vec<SeenPack>,
    },
    /// Of scanning.
    Scanned(ScannedPack),
    /// Of removing and clearing: what is now in hand.
    Removed {
        /// The packs, scanned.
        packs: Vec<ScannedPack>,
    },
    /// Of repairing.
    Repaired {
        /// False when there was nothing to repair.
        was_broken: bool,
    },
    /// Of emptying the bin.
    Emptied {
        /// Packs that were in it.
        packs: u64,
    },
    /// Of laying packs onto the infeed and of opening or closing the supply.
    Feeding {
        /// Prepared packs that wait.
        prepared: u64,
        /// Ordinary packs may come.
        open: bool,
    },
    /// The pack is not within reach.
    OutOfReach {
        /// The pack asked for.
        pack: u64,
    },
}
