//! What a scenario names of the simulated world: its devices, and no more of it.

#[expect(dead_code, reason = "the power and links of a running world")]
#[path = "../../../line-sim/src/world/links.rs"]
pub mod links;
#[path = "../../../line-sim/src/world/time.rs"]
pub mod time;

pub use links::Device;
