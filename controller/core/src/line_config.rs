//! The line's geometry and rules as the core uses them: encoder counts and bounds, already checked.
//!
//! Made once by the binary from `line.toml` and the product recipe. Must never be changed while a
//! batch is open.

use contracts::packml::UnitMode;
use contracts::station::STATIONS;
use serde::{Deserialize, Serialize};

/// Geometry in encoder counts from the infeed eye, and the rules of the recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineConfig {
    /// Length of a pack.
    pub pack_counts: u64,
    /// Smallest distance between two leading edges.
    pub pitch_counts_min: u64,
    /// Infeed eye to the labeler's applied strobe.
    pub labeler_counts: u64,
    /// Infeed eye to the camera's eye.
    pub camera_eye_counts: u64,
    /// Infeed eye to the camera trigger.
    pub trigger_counts: u64,
    /// Infeed eye to the strobe of each station beside the camera; 0 where there is none.
    pub station_counts: [u64; STATIONS],
    /// Infeed eye to the gate eye.
    pub gate_counts: u64,
    /// Infeed eye to the exit eye.
    pub exit_counts: u64,
    /// Gate eye to the eject-confirm eye, earliest.
    pub eject_counts_min: u64,
    /// Gate eye to the eject-confirm eye, latest.
    pub eject_counts_max: u64,
    /// Half of the window in which a pack is expected at an eye.
    pub window_counts: u64,
    /// The gate must know its permit this long before the pack's edge at the gate eye.
    pub gate_lead_counts: u64,
    /// Result to acknowledged permit, in counts at full speed.
    pub permit_budget_counts: u64,
    /// Belt travel of a purge: infeed to exit plus margin.
    pub purge_counts: u64,
    /// Print jobs at the labeler.
    pub look_ahead: u16,
    /// Lowest in-line grade that is accepted, in tenths.
    pub grade_min: u8,
    /// Rejects in a row that hold the line.
    pub consecutive_rejects_max: u16,
    /// Rejects among the last 100 packs that hold the line.
    pub reject_percent_max: u16,
    /// What the run is for: production, challenge or setup.
    pub mode: UnitMode,
    /// True on a simulation ledger: simulated camera results count.
    pub simulation: bool,
    /// The order's first pack must be approved before any may pass. In production only.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub first_pack_due: bool,
}

impl LineConfig {
    /// A line without geometry: for decisions that need none, such as resolving a pack offline.
    #[must_use]
    pub const fn resting(simulation: bool) -> Self {
        Self {
            pack_counts: 0,
            pitch_counts_min: 0,
            labeler_counts: 0,
            camera_eye_counts: 0,
            trigger_counts: 0,
            station_counts: [0; STATIONS],
            gate_counts: 0,
            exit_counts: 0,
            eject_counts_min: 0,
            eject_counts_max: 0,
            window_counts: 0,
            gate_lead_counts: 0,
            permit_budget_counts: 0,
            purge_counts: 0,
            look_ahead: 0,
            grade_min: 40,
            consecutive_rejects_max: 1,
            reject_percent_max: 0,
            mode: UnitMode::Production,
            simulation,
            first_pack_due: false,
        }
    }
}
