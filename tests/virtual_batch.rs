//! Whole batches with faults in virtual time: real core, real device sessions, simulated world.

mod support;

use packline::simulation::virtual_line::VirtualLine;
use support::{Outcome, outcome, virtual_batch};

fn run(packs: u64, scenario: &str, seed: u64) -> Outcome {
    let batch = virtual_batch(packs, scenario, seed);
    let numbers = batch.numbers.clone();
    let mut line = VirtualLine::new(batch);
    let done = line.run();
    if std::env::var_os("SHOW").is_some() {
        for r in &line.records {
            eprintln!("{:>9.3} {:>7} {:?}", r.now.0 as f64 / 1e9, r.encoder.0, r.body);
        }
    }
    let state = (line.line.unit_state(), line.line.holds(), line.line.unresolved().to_vec());
    let outcome = outcome(&mut line, &numbers);
    assert!(done, "seed {seed}: standstill in {state:?}: {outcome:#?}");
    assert!(outcome.false_good.is_empty(), "seed {seed}: {outcome:#?}");
    assert!(outcome.unexplained.is_empty(), "seed {seed}: {outcome:#?}");
    let exited = outcome.fates.get("exited").copied().unwrap_or(0);
    assert!(u64::from(exited) * 2 > packs, "seed {seed}: more than half is rejected: {outcome:#?}");
    outcome
}

#[test]
fn clean_batch_accepts_every_pack() {
    let outcome = run(200, "", 1);
    assert_eq!(outcome.fates.get("exited"), Some(&200));
}

#[test]
fn each_fault_alone() {
    let faults = [
        "missing_print",
        "smear",
        "dead_nozzles",
        "low_contrast",
        "wrong_data",
        "slip_by_one",
        "missing_pack",
        "camera_timeout",
        "late_result",
        "duplicate_result",
        "ejector_stuck",
        "labeler_restart",
        "camera_restart",
        "line_io_restart",
        "labeler_link_cut",
        "camera_link_cut",
        "line_io_link_cut",
    ];
    for (i, fault) in faults.iter().enumerate() {
        eprintln!("{fault}");
        let extra = if *fault == "ejector_stuck" { "missing_print = 0.02\n" } else { "" };
        let outcome = run(300, &format!("[rates]\n{fault} = 0.01\n{extra}"), 100 + i as u64);
        eprintln!("{:?} {:?} {:?}", outcome.fates, outcome.rejects, outcome.holds);
    }
}

#[test]
fn mixed_faults_over_many_seeds() {
    let scenario = include_str!("../config/scenarios/default.toml");
    let first: u64 = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let n: u64 = std::env::var("SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(20);
    for seed in first..first + n {
        let outcome = run(600, scenario, seed);
        eprintln!("{seed}: {:?} {:?} {:?}", outcome.fates, outcome.rejects, outcome.holds);
    }
}
