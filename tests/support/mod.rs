//! The batch that the whole-line tests run in virtual time.
//!
//! Used by `virtual_batch.rs` and `virtual_ledger.rs`. Must never know what should come of it.

use contracts::packml::UnitMode;
use line_core::line_config::LineConfig;
use line_core::serial_draw::SerialDraw;
use line_core::serial_format::{Alphabet, SerialFormat};
use line_core::station::StationRules;
use line_core::verify::BatchData;
use line_sim::scenario::Scenario;
use line_sim::sim_config::{CameraMode, SimConfig};
use packline::simulation::virtual_line::VirtualBatch;

/// The shipped line in encoder counts (0.1 mm).
pub fn line_config() -> LineConfig {
    LineConfig {
        pack_counts: 1_000,
        pitch_counts_min: 1_050,
        labeler_counts: 2_000,
        camera_eye_counts: 4_000,
        trigger_counts: 4_500,
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
        reject_percent_max: 30,
        mode: UnitMode::Production,
        simulation: true,
        first_pack_due: false,
    }
}

/// A batch of `packs` packs with the faults of `scenario` (TOML), no pixels.
pub fn virtual_batch(packs: u64, scenario: &str, seed: u64) -> VirtualBatch {
    let format = SerialFormat::new(20, Alphabet::safe30()).expect("a valid format");
    let mut draw = SerialDraw::new([seed as u8; 32], format);
    let count = packs as usize * 2 + 500;
    let numbers = draw.draw_distinct(count, |_| false).expect("room for these serials");
    let batch = BatchData {
        gtin: "04150037528643".parse().expect("a GTIN"),
        expiry: codes::Expiry::from_ymd(2028, 12, 31).expect("a date"),
        lot: "LOT42".parse().expect("a lot"),
        national: None,
        stations: StationRules::default(),
    };
    let sim =
        SimConfig { packs_total: packs, camera: CameraMode::NoPixels, ..SimConfig::default() };
    let scenario = Scenario::from_toml(scenario).expect("a scenario");
    let numbers = numbers.into_boxed_slice();
    VirtualBatch { line: line_config(), batch, numbers, sim, scenario, seed }
}
