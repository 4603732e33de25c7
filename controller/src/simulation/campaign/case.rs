//! A case: everything that one batch of a campaign is made of, as a file that can be run again.
//!
//! Drawn by `mix`, made smaller by `minimise`, replayed by `packline campaign --case` and by tests.
//! Must never hold anything that is drawn again when it is run.

use contracts::station::Station;
use line_sim::scenario::Scenario;
use line_sim::sim_config::EjectorKind;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A batch of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Seed of world, pace and serials.
    pub seed: u64,
    /// What it showed, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Packs that the machine before us has.
    pub packs: u64,
    /// The line.
    pub line: CaseLine,
    /// What people and the controller's host do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disturbances: Vec<Disturbance>,
    /// What goes wrong on the line.
    pub scenario: Scenario,
}

/// The line of a case: the shipped one with these changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseLine {
    /// Packs a second; above the shipped line's 10 its distances are stretched.
    pub rate_packs_s: f64,
    /// Kind of ejector.
    pub ejector: EjectorKind,
    /// Printed labels between print head and peel edge.
    pub web_offset: usize,
    /// Stations beside the camera.
    pub stations: Vec<Station>,
    /// Print jobs at the labeler.
    pub look_ahead: u16,
    /// Rejects in a row that hold the line.
    pub consecutive_rejects_max: u16,
    /// Rejects among the last hundred that hold the line.
    pub reject_percent_max: u16,
    /// Another line draws serials of the same product, each from its own part of a narrow format.
    #[serde(default)]
    pub two_lines: bool,
    /// The first pack must be approved by two persons before any may pass.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub first_pack_due: bool,
    /// Mean time between two polls of the devices, microseconds.
    pub cycle_us: u64,
    /// Shortest and longest commit, microseconds.
    pub commit_us: [u64; 2],
}

/// Something that is done to the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disturbance {
    /// When, simulated milliseconds since the start.
    pub at_ms: u64,
    /// What.
    pub what: What,
    /// For how long the controller is away, the disk stalls, or how far the clock leaps,
    /// milliseconds.
    #[serde(default)]
    pub ms: u64,
}

/// What is done to the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A person starts.
    Start,
    /// A person holds.
    Hold,
    /// A person goes on without having looked after the hold.
    Unhold,
    /// A person ends the batch.
    Stop,
    /// A person gives the batch up.
    Abort,
    /// A person says what became of a pack that nobody asked for.
    Resolve,
    /// The service is stopped cleanly and started again.
    Shutdown,
    /// The controller is killed; its last commit was written.
    KillWritten,
    /// The controller is killed; its last commit is lost.
    KillLost,
    /// A commit fails without an answer; the ledger is opened again.
    LedgerFault,
    /// The disk stalls.
    DiskStall,
    /// The monotonic clock leaps ahead.
    ClockLeap,
}

impl What {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Start,
        Self::Hold,
        Self::Unhold,
        Self::Stop,
        Self::Abort,
        Self::Resolve,
        Self::Shutdown,
        Self::KillWritten,
        Self::KillLost,
        Self::LedgerFault,
        Self::DiskStall,
        Self::ClockLeap,
    ];

    /// The name of the class in figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "command_start",
            Self::Hold => "command_hold",
            Self::Unhold => "command_unhold",
            Self::Stop => "command_stop",
            Self::Abort => "command_abort",
            Self::Resolve => "command_resolve",
            Self::Shutdown => "controller_shutdown",
            Self::KillWritten => "controller_killed_commit_written",
            Self::KillLost => "controller_killed_commit_lost",
            Self::LedgerFault => "commit_without_answer",
            Self::DiskStall => "disk_stall",
            Self::ClockLeap => "clock_leap",
        }
    }
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// In words: what is wrong with the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let failed = |e: &dyn std::fmt::Display| format!("failed to read {}: {e}", path.display());
        let text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
        toml::from_str(&text).map_err(|e| failed(&e))
    }

    /// The case as TOML.
    ///
    /// # Errors
    /// In words, when it cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, String> {
        toml::to_string(self).map_err(|e| e.to_string())
    }
}
