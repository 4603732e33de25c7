//! Devices cut off and restarted in mid-batch, and a labeler whose web breaks or that prints twice:
//! direct and print-and-apply, with both ejectors, every station beside the camera. The books
//! close and the judge agrees.
//!
//! `SEED` and `SEEDS` widen the search.

#[path = "../support/strikes.rs"]
mod strikes;

use super::stations::with_stations;
use super::{Run, support::virtual_batch};
use line_core::record::RecordBody;
use line_sim::judge::Recipe;
use line_sim::sim_config::{EjectorKind, SimConfig};
use serde_json::Value;
use std::collections::BTreeSet;
use strikes::{DEVICES, cut_and_restarted};

const LINKS: &str = include_str!("../../config/scenarios/links.toml");

/// Printed labels on the web, and the ejector: every line that a seed may get.
const LINES: [(usize, EjectorKind); 4] = [
    (0, EjectorKind::PassGate),
    (4, EjectorKind::Pulse),
    (4, EjectorKind::PassGate),
    (0, EjectorKind::Pulse),
];

fn seeds(most: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("SEED").unwrap_or(1);
    first..first + number("SEEDS").unwrap_or(most)
}

/// The recipe of a product that asks every station, as a product file says it.
fn recipe() -> Recipe {
    let sim = SimConfig::default();
    let (mg, within) = (sim.weight_mg, sim.weight_tolerance_mg);
    let text = format!(
        "[verify]\nstations = [\"camera\", \"text_check\", \"carton_code\", \"tamper_evident\", \
         \"checkweigher\"]\n[verify.carton_code]\nexpected = \"{}\"\n[verify.checkweigher]\n\
         min_mg = {}\nmax_mg = {}\n",
        sim.carton_code,
        mg - within,
        mg + within
    );
    Recipe::from_toml(&text).expect("a recipe")
}

/// Runs, books and judges a batch on one of the lines; gives the canonical record bodies.
fn proven(packs: u64, scenario: &str, seed: u64, line: (usize, EjectorKind)) -> Vec<Value> {
    let mut batch = with_stations(virtual_batch(packs, scenario, seed));
    (batch.sim.web_offset, batch.sim.ejector) = line;
    let about = format!("seed {seed}, web offset {}, {:?}, {scenario}", line.0, line.1);
    eprintln!("{about}");
    let mut run = Run::of_batch(batch);
    if let Err(error) = run.close() {
        panic!("{about}: {error:#?}");
    }
    let body = |body: &RecordBody| serde_json::to_value(body).expect("a body");
    let bodies = run.records.iter().map(|record| body(&record.body)).collect();
    let judgement = run.judged_by(recipe());
    assert!(judgement.ok && judgement.closed, "{about}: {judgement:#?}");
    assert_eq!(judgement.packs, packs, "{about}");
    bodies
}

/// A cut of the device's link and, 40 packs later, a loss of its power; where they strike and how
/// long the cut lasts is the seed's.
fn strikes_on(device: &str, seed: u64) -> String {
    let (at, ms) = (30 + seed % 11, 300 + seed * 97 % 1_200);
    format!(
        "[[scheduled]]\nfault = \"link_cut\"\ndevice = \"{device}\"\nat_pack = {at}\n\
         duration_ms = {ms}\n\
         [[scheduled]]\nfault = \"device_restart\"\ndevice = \"{device}\"\nat_pack = {}\n",
        at + 40
    )
}

#[test]
fn i4_every_device_alone_cut_off_and_restarted() {
    for (device, ..) in DEVICES {
        for seed in seeds(40) {
            let line = LINES[seed as usize % LINES.len()];
            let bodies = proven(120, &strikes_on(device, seed), seed, line);
            if let Err(missing) = cut_and_restarted(&bodies, device) {
                panic!("seed {seed}, {device}, {line:?}: no {missing}");
            }
        }
    }
}

/// The check finds what it is for: a device that was cut off alone, and one that nothing struck.
#[test]
fn what_did_not_happen_is_missed() {
    let cut = "[[scheduled]]\nfault = \"link_cut\"\ndevice = \"camera\"\nat_pack = 30\n\
               duration_ms = 800\n";
    let bodies = proven(60, cut, 1, LINES[0]);
    let missing = cut_and_restarted(&bodies, "camera").expect_err("no restart");
    assert!(missing.starts_with("link_up in another epoch"), "{missing}");
    let missing = cut_and_restarted(&bodies, "checkweigher").expect_err("no cut");
    assert!(missing.starts_with("link_down"), "{missing}");
}

/// The scenario of the demo over real sockets.
#[test]
fn i4_every_device_cut_off_and_restarted_one_after_another() {
    for seed in seeds(8) {
        let line = LINES[seed as usize % LINES.len()];
        let bodies = proven(320, LINKS, seed, line);
        for (device, ..) in DEVICES {
            if let Err(missing) = cut_and_restarted(&bodies, device) {
                panic!("seed {seed}, {device}, {line:?}: no {missing}");
            }
        }
    }
}

/// The line holds for it, and goes on.
#[test]
fn i4_a_web_that_breaks_and_labels_printed_twice() {
    for (fault, cause) in [("duplicate_print", "slip"), ("web_break", "labeler_fault")] {
        for line in LINES {
            for seed in seeds(10) {
                let at = 40 + seed % 7;
                let scenario = format!("[[scheduled]]\nfault = \"{fault}\"\nat_pack = {at}\n");
                let bodies = proven(120, &scenario, seed, line);
                let holds = bodies.iter().filter(|body| body["kind"] == "hold");
                let causes: BTreeSet<_> = holds.filter_map(|b| b["cause"].as_str()).collect();
                assert_eq!(causes, BTreeSet::from([cause]), "seed {seed}, {line:?}, {fault}");
            }
        }
    }
}
