//! Power cuts, failing disks and bit rot under the real ledger (faults, rows 1, 3, 4, 5, 6 and 19).
//!
//! `SEED` repeats a run, `CUTS` sets how many images one makes; tests/soak makes a million.
//! docs/durability.md says what is promised and names these tests.

mod cuts;
mod judge;
mod reference;
#[path = "../support/mod.rs"]
mod support;

use crash_vfs::{Disk, Medium};
use cuts::{Plan, cut_everywhere};
use reference::{Reference, Script};

/// Images of one run, unless `CUTS` says otherwise.
const CUTS: usize = 10_000;
/// Packs of the reference batch, and records of one commit.
const PACKS: u64 = 24;
const GROUP: usize = 9;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seed() -> u64 {
    let seed = number("SEED").unwrap_or_else(|| {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        now.as_nanos() as u64
    });
    println!("SEED={seed}");
    seed
}

fn reference() -> Reference {
    Reference::run(Script::new(PACKS, GROUP, 1), Disk::new()).expect("a reference batch")
}

/// Every operation, with un-synced sectors kept, dropped, torn and garbled.
#[test]
fn i3_a_power_cut_at_any_operation_loses_nothing_and_reuses_nothing() {
    let (reference, seed) = (reference(), seed());
    let cuts = number("CUTS").map_or(CUTS, |cuts| cuts as usize);
    let draws = (cuts / reference.trace.len()).saturating_sub(2).div_ceil(2).max(1);
    let plan = Plan { medium: Medium::Honest, seed, every: 1, draws, wrong_max: 1_000 };
    let table = cut_everywhere(&reference, plan);
    println!("honest disk, synchronous=FULL: {table}");
    assert_eq!(table.wrong(), 0, "{table}");
    assert!(table.images >= cuts.min(CUTS), "only {} images", table.images);
    assert!(table.unanswered > 0, "no unanswered commit was there: are the cuts inside commits?");
}

/// Controls: the same proof must fail where durability is not given.
#[test]
fn the_proof_fails_on_a_lying_disk_and_without_full_synchronous() {
    let (strong, seed) = (reference(), seed());
    let plan = Plan { medium: Medium::Honest, seed, every: 7, draws: 1, wrong_max: 100 };
    let lying = Plan { medium: Medium::Lying { cache: 64 }, ..plan };
    let table = cut_everywhere(&strong, lying);
    println!("lying disk: {table}");
    assert!(table.lost > 0, "{table}");

    let disk = Disk::new();
    disk.weaken_synchronous();
    let weak = Reference::run(Script::new(PACKS, GROUP, 1), disk).expect("a reference batch");
    assert!(weak.trace.len() < strong.trace.len(), "NORMAL syncs less");
    let table = cut_everywhere(&weak, plan);
    println!("synchronous=NORMAL: {table}");
    assert!(table.lost > 0, "{table}");
}
