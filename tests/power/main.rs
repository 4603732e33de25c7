//! Power cuts, failing disks and bit rot under the real ledger (faults, rows 1, 3, 4, 5, 6 and 19).
//!
//! `SEED` repeats a run, `CUTS` sets how many images one makes; tests/soak makes a million.
//! docs/durability.md says what is promised and names these tests.

mod acts;
mod bit_rot;
mod cuts;
mod failures;
mod judge;
mod lost_syncs;
mod promises;
mod reference;
mod room;
#[path = "../support/mod.rs"]
mod support;
mod unborn;

use crash_vfs::{Disk, Fault, Medium};
use cuts::{Plan, cut_everywhere};
use failures::{busy_at_each_kind, fail_everywhere, fill_up};
use lost_syncs::{After, lose_every_sync};
use reference::{Reference, Script};

/// Images of one run, unless `CUTS` says otherwise.
const CUTS: usize = 10_000;
/// Bits flipped in one run, unless `FLIPS` says otherwise.
const FLIPS: usize = 10_000;
/// Packs of the batch whose bits are flipped: small, for each flip is a whole verification.
const ROTTEN_PACKS: u64 = 8;
/// Packs of the reference batch, and records of one commit.
const PACKS: u64 = 30;
const GROUP: usize = 6;

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
    let plan = Plan { medium: Medium::Honest, seed, every: 1, draws, wrong_max: 20 };
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

/// Row 4: an I/O error at any operation of any call, the operation done or not, ends the handle
/// before anything else is taken; reopened, the call is there whole or not at all.
#[test]
fn i2_an_io_error_at_any_operation_ends_the_handle() {
    let reference = reference();
    let before = fail_everywhere(&reference, Fault::Error);
    println!("I/O error, nothing done: {before}");
    let after = fail_everywhere(&reference, Fault::ErrorAfter);
    println!("I/O error, done all the same: {after}");
    for outcomes in [&before, &after] {
        assert_eq!(outcomes.stopped + outcomes.checkpoints, outcomes.failures, "{outcomes}");
        assert!(outcomes.stopped > 300, "{outcomes}");
        assert!(outcomes.late > 20, "no commit without answer was there: {outcomes}");
    }
}

/// Row 4: a failed sync leaves what can be read and is not on the disk. Whoever goes on, nothing
/// that was acknowledged after it is lost; the control, without the log written again, loses.
#[test]
fn i2_after_a_failed_sync_nothing_rests_on_what_can_only_be_read() {
    let reference = reference();
    for after in [After::Handle, After::Process] {
        let lost = lose_every_sync(&reference, after);
        println!("{after:?}: {lost}");
        assert_eq!(lost.taken, 0, "{after:?}: {lost}");
        assert!(lost.syncs > 50 && lost.checkpoints > 0, "{after:?}: {lost}");
    }
    let control = lose_every_sync(&reference, After::ProcessAsItIs);
    println!("control: {control}");
    assert!(control.taken > 0, "the control must lose: {control}");
}

/// Row 3: no room at any operation of any call is a known roll-back, and goes through later.
#[test]
fn a_full_disk_at_any_operation_rolls_back_and_goes_on() {
    let reference = reference();
    let full = fail_everywhere(&reference, Fault::Full);
    println!("no room: {full}");
    assert!(full.tried_again > 300, "{full}");
    let refused = fill_up(&reference);
    println!("a disk that is always full: {refused} roll-backs, nothing lost");
    assert!(refused > 20, "{refused}");
}

#[test]
fn a_taken_lock_rolls_back_and_goes_on() {
    let kinds = busy_at_each_kind(&reference());
    assert!(kinds >= 8, "{kinds} kinds of calls");
}

/// Row 6: every bit that changes what a closed batch says is found by the check of the service.
#[test]
fn a_flipped_bit_of_a_closed_batch_is_found_before_it_is_used() {
    let script = Script::new(ROTTEN_PACKS, 16, 2);
    let reference = Reference::run(script, Disk::new()).expect("a reference batch");
    let (seed, count) = (seed(), number("FLIPS").map_or(FLIPS, |flips| flips as usize));
    let flips = bit_rot::flip(&reference, count, seed);
    println!("{flips}");
    assert_eq!(flips.accepted, [0; 0], "{flips}");
    assert!(flips.changed * 4 > flips.all, "too few flips change anything: {flips}");
}

#[test]
fn a_creation_cut_off_at_any_operation_is_made_good_at_the_next_start() {
    let reference = reference();
    let [anew, made] = unborn::start_after_each_cut(&reference).expect("starts");
    println!("{anew} starts made the ledger anew, {made} found it made");
    assert!(anew > 20 && made > 0, "{anew} anew, {made} made");
    unborn::an_empty_ledger_stays(&reference).expect("a check");
}
