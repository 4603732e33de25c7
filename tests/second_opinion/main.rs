//! The second opinion: whole batches with faults in virtual time, each input and output of the core
//! shown to the naive reference, which may find nothing.
//!
//! `SEED` and `SEEDS` widen the search, `PACKS` sets the size of a batch, `SCENARIO` names a file.

mod altered;
mod opinion;
mod outputs;
mod small_model;
#[path = "../support/stations.rs"]
mod stations;
#[path = "../support/mod.rs"]
mod support;

use line_sim::sim_config::EjectorKind;
use packline::simulation::virtual_line::VirtualBatch;
use stations::with_stations;
use support::virtual_batch;

const DEFAULT: &str = include_str!("../../config/scenarios/default.toml");
const ALL: &str = include_str!("../../config/scenarios/all.toml");

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Batches with every fault: each ejector, printing on the pack and with a web, with stations and
/// without, with a first pack to be approved and without.
fn batches() -> Vec<(String, VirtualBatch)> {
    let (first, packs) = (number("SEED").unwrap_or(1), number("PACKS").unwrap_or(1_000));
    let path = std::env::var_os("SCENARIO");
    let all = path.map(|path| std::fs::read_to_string(path).expect("a scenario"));
    let all = all.unwrap_or_else(|| ALL.to_owned());
    let mut batches = Vec::new();
    for seed in first..first + number("SEEDS").unwrap_or(2) {
        for ejector in [EjectorKind::PassGate, EjectorKind::Pulse] {
            for (web, stations, first) in
                [(0, true, false), (4, true, true), (0, false, false), (0, false, true)]
            {
                let scenario = if stations { all.as_str() } else { DEFAULT };
                let mut batch = virtual_batch(packs, scenario, seed);
                if stations {
                    batch = with_stations(batch);
                }
                batch.line.first_pack_due = first;
                (batch.sim.ejector, batch.sim.web_offset) = (ejector, web);
                batches.push((
                    format!("seed {seed} {ejector:?} web {web} {stations} first pack {first}"),
                    batch,
                ));
            }
        }
    }
    batches
}
