//! What a person at the line can do, as JSON lines: look, scan, remove, clear, repair.
//!
//! The hands socket passes a [`HandsRequest`] to `World::hands`. It must never offer more than eyes
//! and hands: no ground truth, no device internals.

use serde::{Deserialize, Serialize};

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
}

/// What the person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Of looking, in order of release within a zone.
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
    /// The pack is not within reach.
    OutOfReach {
        /// The pack asked for.
        pack: u64,
    },
}
