//! Fuzz targets for everything of Packline that reads what comes from outside: codes, frames,
//! device profiles, configuration, orders, pools, stored records, anchors, requests, scenarios.
//!
//! Each target takes bytes and panics when something is wrong: a panic of the code under test, a
//! round trip that does not come back, an answer without bounds, an error that does not say where.
//! Run by `tests/fuzz/run`. Must never be part of the workspace.
//!
//! What lives in crates that need OPC UA to build is compiled here from its own files: the same
//! code, without the crate around it.

#![forbid(unsafe_code)]

pub mod rig;
pub mod script;
pub mod seeds;
mod targets;

#[path = "../../../controller/src/config/mod.rs"]
pub mod config;
#[path = "../../../controller/src/names.rs"]
pub mod names;
#[path = "../../../controller/src/pools/mod.rs"]
pub mod pools;
#[path = "../../../line-sim/src/scenario/mod.rs"]
pub mod scenario;
#[path = "../../../line-sim/src/sim_config/mod.rs"]
pub mod sim_config;
pub mod world;

/// A target: takes an input, panics when something is wrong.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also the name of its directory of seeds.
pub const TARGETS: &[(&str, Target)] = &[
    ("code_check", targets::codes::check),
    ("code_values", targets::codes::values),
    ("frame_modbus", targets::frames::modbus),
    ("frame_opcua", targets::frames::opcua),
    ("line_devices", targets::line::devices),
    ("device_profile", targets::files::device_profile),
    ("line_file", targets::files::line),
    ("product_file", targets::files::product),
    ("order_file", targets::files::order),
    ("scenario_file", targets::files::scenario),
    ("sim_file", targets::files::sim),
    ("pool", targets::pools::pool),
    ("recording", targets::recordings::recording),
    ("stored_body", targets::records::stored_body),
    ("anchor", targets::records::anchor),
    ("api", targets::api::request),
];
