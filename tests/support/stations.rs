//! The batch of a line with every station beside the camera.
//!
//! Used by `virtual_batch.rs` and `virtual_ledger.rs`. Must never know what should come of it.

use crate::support::virtual_batch;
use contracts::station::Station;
use line_core::station::{CartonCode, StationRules, TextFields};
use packline::simulation::virtual_line::VirtualBatch;

/// A batch on a line with every station, whose recipe asks each of them.
pub fn with_stations(packs: u64, scenario: &str, seed: u64) -> VirtualBatch {
    let mut batch = virtual_batch(packs, scenario, seed);
    batch.sim.stations = Station::ALL.to_vec();
    let (weight, within) = (batch.sim.weight_mg as i32, batch.sim.weight_tolerance_mg as i32);
    batch.batch.stations = StationRules {
        text_check: Some(TextFields::ALL),
        carton_code: CartonCode::new(batch.sim.carton_code.as_bytes()),
        tamper_evident: true,
        checkweigher: Some((weight - within, weight + within)),
    };
    batch
}
