//! Faults of belt, eyes, encoder and levels in virtual time, each alone and with both kinds of
//! ejector: real core, real device sessions, simulated world.
//!
//! `CLASS` runs one class only, `SEED` and `SEEDS` widen the search, `SHOW` prints the records.

#[path = "support/outcome.rs"]
mod outcome;
mod support;

use line_sim::sim_config::EjectorKind;
use outcome::{Outcome, outcome};
use packline::simulation::virtual_line::VirtualLine;
use support::virtual_batch;

const PACKS: u64 = 300;

/// A class and how it strikes.
const CLASSES: [(&str, &str); 24] = [
    ("clean", ""),
    ("foreign_pack", "[rates]\nforeign_pack = 0.01"),
    ("touching_packs", "[rates]\ntouching_packs = 0.01"),
    ("out_of_order_result", "[rates]\nout_of_order_result = 0.03"),
    ("missing_infeed", "missing infeed"),
    ("missing_camera_eye", "missing camera_eye"),
    ("missing_gate", "missing gate"),
    ("missing_exit", "missing exit"),
    ("missing_eject_confirm", "missing eject_confirm"),
    ("stuck_infeed", "stuck infeed"),
    ("stuck_camera_eye", "stuck camera_eye"),
    ("stuck_gate", "stuck gate"),
    ("stuck_exit", "stuck exit"),
    ("stuck_eject_confirm", "stuck eject_confirm"),
    ("encoder_glitch", "[rates]\nencoder_glitch = 0.01"),
    ("encoder_reversal", "[rates]\nencoder_reversal = 0.01"),
    ("bin_full", "[rates]\nbin_full = 0.01"),
    ("two_codes", "[rates]\ntwo_codes = 0.03"),
    ("starved", "[rates]\nstarved = 0.02"),
    ("blocked", "[rates]\nblocked = 0.02"),
    ("safety_open", "[rates]\nsafety_open = 0.01"),
    ("air_lost", "[rates]\nair_lost = 0.01"),
    ("bin_unlocked", "[rates]\nbin_unlocked = 0.01"),
    (
        "power_fail",
        "[[scheduled]]\nfault = \"power_fail\"\nat_pack = 40\n\
      [[scheduled]]\nfault = \"power_fail\"\nat_pack = 150",
    ),
];

/// Each eye at three packs; a confirmation is due for a reject only.
fn scenario(of: &str) -> String {
    let Some((fault, eye)) = of.split_once(' ').filter(|(f, _)| ["missing", "stuck"].contains(f))
    else {
        return of.to_owned();
    };
    let mut text = String::new();
    for at in [40, 120, 200] {
        text += &format!(
            "[[scheduled]]\nfault = \"sensor_{fault}\"\neye = \"{eye}\"\nat_pack = {at}\n\
             [[scheduled]]\nfault = \"missing_print\"\nat_pack = {}\n",
            if eye == "eject_confirm" { at } else { at + 40 }
        );
    }
    text
}

fn run(scenario: &str, ejector: EjectorKind, seed: u64) -> (bool, String, Outcome) {
    let mut batch = virtual_batch(PACKS, scenario, seed);
    batch.sim.ejector = ejector;
    let numbers = batch.numbers.clone();
    let mut line = VirtualLine::new(batch);
    let done = line.run();
    if std::env::var_os("SHOW").is_some() {
        for r in &line.kept.records {
            eprintln!("{:>9.3} {:>7} {:?}", r.now.0 as f64 / 1e9, r.encoder.0, r.body);
        }
    }
    let state = format!("{:?} {:?}", line.line.unit_state(), line.line.holds());
    (done, state, outcome(&mut line, &numbers))
}

/// Classes that hold the line or reject packs: their runs must show it.
const LEAVES_A_TRACE: [&str; 20] = [
    "foreign_pack",
    "out_of_order_result",
    "missing_infeed",
    "missing_camera_eye",
    "missing_gate",
    "missing_exit",
    "missing_eject_confirm",
    "stuck_infeed",
    "stuck_camera_eye",
    "stuck_gate",
    "stuck_exit",
    "stuck_eject_confirm",
    "touching_packs",
    "encoder_reversal",
    "bin_full",
    "two_codes",
    "safety_open",
    "air_lost",
    "bin_unlocked",
    "power_fail",
];

#[test]
fn each_class_alone_is_explained_with_both_ejectors() {
    for (class, of) in CLASSES {
        for (seed, ejector) in [(5, EjectorKind::PassGate), (6, EjectorKind::Pulse)] {
            let (done, state, o) = run(&scenario(of), ejector, seed);
            let about = format!("{class} {ejector:?} seed {seed}, {state}: {o:#?}");
            assert!(done, "standstill: {about}");
            assert!(o.false_good.is_empty(), "{about}");
            assert!(o.unexplained.is_empty(), "{about}");
            let additions = o.declared.get("additions").copied().unwrap_or(0);
            assert_eq!(additions, o.unseen, "{about}");
            let trace = !(o.rejects.is_empty() && o.holds.is_empty());
            assert!(trace || !LEAVES_A_TRACE.contains(&class), "no trace: {about}");
            assert!(o.fates["exited"] > 200, "{about}");
        }
    }
}

/// What the core makes of each class: nothing is asserted here.
#[test]
#[ignore = "a table for people: run it with --ignored --nocapture"]
fn table_of_every_class() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let wanted = std::env::var("CLASS").ok();
    let (first, seeds) = (number("SEED").unwrap_or(1), number("SEEDS").unwrap_or(5));
    for (class, of) in CLASSES.iter().filter(|(c, _)| wanted.as_deref().is_none_or(|w| w == *c)) {
        for ejector in [EjectorKind::PassGate, EjectorKind::Pulse] {
            for seed in first..first + seeds {
                let (done, state, o) = run(&scenario(of), ejector, seed);
                let end = if done { String::new() } else { format!(" STANDSTILL {state}") };
                eprintln!(
                    "{class} {ejector:?} seed {seed}:{end} {} | unseen {} declared {:?} | false \
                     good {} unexplained {}",
                    o.row(),
                    o.unseen,
                    o.declared,
                    o.false_good.len(),
                    o.unexplained.len()
                );
                for found in o.false_good.iter().chain(&o.unexplained).take(3) {
                    eprintln!("      {found}");
                }
            }
        }
    }
}
