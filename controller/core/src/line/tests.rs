//! The invariants, one file each, on a scripted line; and the geometry that the core's unit tests
//! share.

mod bounds;
mod commands;
mod counts;
mod durable;
mod fate;
mod first_pack;
mod fixture;
mod killed;
mod looks;
mod lost;
mod pack;
mod proven;
mod recovered;
mod script;
mod sequences;
mod serial_once;
mod stations;
mod suspended;
mod trend;
mod trial;
mod watch;
mod web;

use crate::line_config::LineConfig;
use contracts::packml::UnitMode;

pub(crate) use fixture::batch;

/// The geometry of the shipped line: 0.1 mm a count, pitch 120 mm.
pub(crate) fn config() -> LineConfig {
    LineConfig {
        pack_counts: 1_000,
        pitch_counts_min: 1_050,
        labeler_counts: 2_000,
        camera_eye_counts: 4_000,
        trigger_counts: 4_100,
        station_counts: [4_400, 4_800, 5_200, 5_600],
        gate_counts: 8_000,
        exit_counts: 9_200,
        eject_counts_min: 400,
        eject_counts_max: 1_200,
        window_counts: 400,
        gate_lead_counts: 300,
        permit_budget_counts: 720,
        purge_counts: 11_000,
        look_ahead: 16,
        grade_min: 15,
        consecutive_rejects_max: 5,
        reject_percent_max: 20,
        mode: UnitMode::Production,
        simulation: true,
        first_pack_due: false,
    }
}
