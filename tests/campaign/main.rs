//! The fault campaign: its totals do not depend on threads or interruptions, cases that once failed
//! are clean, and its ledger in memory is the real one.

#[path = "../support/loaded.rs"]
mod loaded;
mod same_ledger;
#[path = "../support/stations.rs"]
mod stations;
#[path = "../support/mod.rs"]
mod support;

use packline::simulation::campaign::batch::Shipped;
use packline::simulation::campaign::case::{Case, Disturbance, What};
use packline::simulation::campaign::driver::{Plan, drive};
use packline::simulation::campaign::minimise::minimise;
use packline::simulation::campaign::mix::{batch_seed, case};
use packline::simulation::campaign::run::run_case;
use packline::simulation::campaign::state::State;
use packline::simulation::campaign::totals::{Parts, Totals};
use std::path::Path;

const SEED: u64 = 20_261;

fn plan(packs: u64, jobs: usize) -> Plan {
    Plan { packs, jobs, stop_at_failure: false }
}

/// What must be the same, whatever the machine did meanwhile.
fn counted(totals: &Totals) -> Totals {
    Totals { cpu_ns: 0, parts: Parts::default(), ..totals.clone() }
}

/// Every case that once showed a defect.
#[test]
fn cases_that_once_failed_are_clean() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/campaign_cases");
    let mut cases = 0;
    for entry in std::fs::read_dir(directory).expect("the directory of cases") {
        let path = entry.expect("a case").path();
        let case = Case::read(&path).expect("a case");
        let outcome = run_case(&mut Shipped::default(), &case, false).expect("a batch");
        assert!(outcome.wrong.is_empty(), "{}: {:#?}", path.display(), outcome.wrong);
        cases += 1;
    }
    assert!(cases > 0);
}

#[test]
fn threads_and_interruptions_change_no_total() {
    eprintln!("seed {SEED}");
    let mut whole = State::new(SEED);
    drive(&mut whole, plan(6_000, 1), |_| true).expect("a campaign");
    let mut threaded = State::new(SEED);
    drive(&mut threaded, plan(6_000, 3), |_| true).expect("a campaign");
    assert_eq!(counted(&threaded.totals), counted(&whole.totals));
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state.json");
    let mut interrupted = State::read(&file, SEED).expect("a state");
    drive(&mut interrupted, plan(6_000, 2), |state| state.next_batch < 3).expect("a campaign");
    assert!(interrupted.totals.packs < whole.totals.packs);
    interrupted.write(&file).expect("a file");
    let mut again = State::read(&file, SEED).expect("a state");
    drive(&mut again, plan(6_000, 2), |_| true).expect("a campaign");
    assert_eq!(counted(&again.totals), counted(&whole.totals));
    assert!(State::read(&file, SEED + 1).is_err(), "the state of another campaign");
}

#[test]
fn a_short_campaign_is_clean_and_every_kind_of_doing_is_in_it() {
    eprintln!("seed {SEED}");
    let mut state = State::new(SEED);
    drive(&mut state, plan(30_000, 2), |_| true).expect("a campaign");
    let totals = &state.totals;
    assert_eq!(totals.failed, 0, "{:#?}", totals.failures);
    assert!(totals.good * 2 > totals.packs, "{totals:#?}");
    assert!(totals.acted.len() > 30, "{:#?}", totals.acted);
}

/// The clock of the host does not decide: the same batch with leaps has the same verdicts.
#[test]
fn row_7_a_clock_that_leaps_changes_no_fate() {
    for batch in 0..6 {
        let seed = batch_seed(SEED, batch);
        eprintln!("seed {seed}");
        let mut steady = case(seed);
        steady.disturbances.clear();
        let mut leaping = steady.clone();
        let leap = |at_ms| Disturbance { at_ms, what: What::ClockLeap, ms: 3_600_000 };
        leaping.disturbances = vec![leap(2_500), leap(6_001), leap(9_777)];
        let mut shipped = Shipped::default();
        let run = |shipped: &mut Shipped, case| run_case(shipped, case, false).expect("a batch");
        let (a, b) = (run(&mut shipped, &steady), run(&mut shipped, &leaping));
        assert!(a.wrong.is_empty() && b.wrong.is_empty(), "{:?} {:?}", a.wrong, b.wrong);
        assert_eq!((a.packs, a.good, a.declared), (b.packs, b.good, b.declared));
    }
}

/// A case that cannot end is a failure, and its smaller case fails in the same way.
#[test]
fn a_failure_is_found_and_made_smaller() {
    let mut stuck = case(batch_seed(SEED, 1));
    stuck.packs = 200;
    stuck.scenario.rates.smear = 0.01;
    // Away for longer than any batch may take.
    let what = What::KillLost;
    stuck.disturbances = vec![
        Disturbance { at_ms: 3_000, what: What::Resolve, ms: 0 },
        Disturbance { at_ms: 4_000, what, ms: 100_000_000 },
    ];
    let mut shipped = Shipped::default();
    let outcome = run_case(&mut shipped, &stuck, false).expect("a batch");
    assert!(outcome.wrong[0].starts_with("standstill"), "{:?}", outcome.wrong);
    let smaller = minimise(&mut shipped, &stuck);
    assert!(smaller.note.starts_with("standstill"), "{smaller:#?}");
    assert!(smaller.packs < 50 && smaller.scenario.rates.smear == 0.0, "{smaller:#?}");
    assert_eq!(smaller.disturbances.len(), 1);
    let read: Case = toml::from_str(&smaller.to_toml().expect("TOML")).expect("a case");
    assert_eq!(read, smaller);
}
