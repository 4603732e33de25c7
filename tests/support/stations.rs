//! A line with every station beside the camera, in virtual time.
//!
//! Used by `virtual_batch.rs` and `virtual_ledger.rs`. Must never ask for what the simulated packs
//! are not.

use contracts::station::Station;
use line_core::station::{CartonCode, StationRules, TextFields};
use packline::simulation::virtual_line::VirtualBatch;

/// The same batch on a line with every station, whose recipe asks each of them.
pub fn with_stations(mut batch: VirtualBatch) -> VirtualBatch {
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
