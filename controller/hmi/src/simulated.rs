//! What a demo shows beside the line: what is simulated, and the margins at the gate.
//!
//! Part of the snapshot. Must never hold a handle or a rule.

use serde::Serialize;

/// Bars of the histogram of margins.
pub const MARGIN_BARS: usize = 24;

/// Packs by the time that was left when the gate had their permit, from none to the deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MarginHistogram {
    /// Width of a bar.
    pub bar_ms: f64,
    /// Packs of the running batch; longer margins count in the last bar.
    pub packs: [u32; MARGIN_BARS],
}

/// What a demo simulates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Simulated {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the simulator.
    pub seed: u64,
    /// Packs a second that are fed.
    pub packs_per_s: f64,
    /// Packs that come in all.
    pub packs: u64,
    /// Stations beside the camera, by name.
    pub stations: Vec<String>,
    /// What may strike.
    pub faults: Vec<SimulatedFault>,
}

/// A fault of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SimulatedFault {
    /// Its name, snake_case.
    pub kind: String,
    /// Its probability at each pack, 0 to 1; none for one by plan.
    pub per_pack: Option<f64>,
    /// How often it is planned.
    pub planned: u32,
}
