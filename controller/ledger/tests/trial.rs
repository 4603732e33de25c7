//! Trial runs: a batch of their own beside the open order, counted apart, never commissioned.

mod common;

use common::*;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitMode;
use ledger::{
    BatchNo, BatchSpec, Chain, Challenge, Ledger, LedgerError, Reader, Refusal, ServiceBody,
    TrialPack, verify,
};
use line_core::event::{Input, PackFate};
use line_core::ids::SerialIndex;
use line_core::reason::RejectReason;
use line_core::record::RecordBody;

fn challenge(order: &str, packs: u32) -> BatchSpec {
    BatchSpec { mode: UnitMode::Challenge, ..spec(&format!("{order}-C1"), packs) }
}

/// An order that has run for a while and stopped cleanly.
fn stopped_order(ledger: &mut Ledger) -> (BatchNo, Script) {
    let no = loaded(ledger, &spec("B-1", 12), 20);
    let mut script = Script::new();
    script.start();
    (0..4).for_each(|_| script.good());
    script.rejected(RejectReason::NoRead);
    let (from, to) =
        (contracts::packml::UnitState::Completing, contracts::packml::UnitState::Stopped);
    let counts = script.counts;
    script.push(RecordBody::Counts { counts, in_process: 0 });
    script.push(RecordBody::UnitState { from, to });
    script.commit(ledger, no).expect("records");
    (no, script)
}

fn result(trial: &str, passed: bool) -> ServiceBody {
    let pack = TrialPack {
        track: 1,
        prepared: "no_code".into(),
        expected: vec!["no_read".into()],
        verdict: Some("reject".into()),
        reason: Some("no_read".into()),
        fate: "ejected".into(),
        passed,
    };
    let (trial, mode) = (trial.to_owned(), "challenge".to_owned());
    ServiceBody::TrialResult { trial, mode, packs: vec![pack], passed }
}

#[test]
fn a_challenge_runs_beside_the_open_order_and_changes_none_of_its_books() {
    let (dir, mut ledger) = fresh();
    let (order, _) = stopped_order(&mut ledger);
    let before = ledger.books(order).unwrap();
    let trial = ledger.open_batch(now(20), &challenge("B-1", 2)).unwrap();
    ledger.finish_allocation(now(21), trial).unwrap();
    let mut script = Script::new();
    script.start();
    let control = script.infeed();
    script.verdict(control, None, None);
    script.eject(control, None);
    script.blank();
    script.complete();
    script.commit(&mut ledger, trial).unwrap();
    ledger.append_service(now(22), Chain::Batch(order), &result("B-1-C1", true)).unwrap();
    assert_eq!(ledger.challenge_passed(order).unwrap(), Some(true));
    let closed = ledger.close_batch(now(23), trial).unwrap();
    assert!(closed.books.reconciled(), "{:?}", closed.books.identities());
    assert_eq!((closed.books.infeed, closed.books.allocated), (2, 0));
    assert_eq!(ledger.books(order).unwrap(), before);
    assert_eq!(ledger.open_batch_id().map(|(no, _)| no), Some(order));
    assert_eq!(ledger.open_trial_id(), None);
    let packs = Reader::open(&path(&dir)).unwrap().packs(trial, 0, 10).unwrap();
    assert!(packs.iter().all(|pack| pack.fate == PackFate::Ejected));
    drop(ledger);
    let ledger = Ledger::open(&path(&dir), now(30)).unwrap();
    assert_eq!(ledger.open_batch_id().map(|(no, _)| no), Some(order));
    drop(ledger);
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
}

#[test]
fn nothing_of_a_trial_is_ever_commissioned() {
    let (_dir, mut ledger) = fresh();
    let setup = BatchSpec { mode: UnitMode::Setup, ..spec("B-1-S1", 2) };
    let trial = loaded(&mut ledger, &setup, 2);
    let mut script = Script::new();
    script.start();
    script.good();
    let refused = script.commit(&mut ledger, trial);
    assert!(refused.is_err(), "a setup label left as good");
}

#[test]
fn an_accept_without_a_serial_is_for_challenges_only() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 12), 20);
    let mut script = Script::new();
    script.start();
    let track = script.infeed();
    script.verdict(track, None, None);
    assert!(script.commit(&mut ledger, no).is_err());
}

#[test]
fn marked_numbers_use_up_no_serial_of_the_product() {
    let (_dir, mut ledger) = fresh();
    for n in 1..=2 {
        let id = format!("B-1-S{n}");
        let setup = BatchSpec { mode: UnitMode::Setup, ..spec(&id, 3) };
        let no = ledger.open_batch(now(1), &setup).unwrap();
        let numbers = serials("SETUP", 0, 3);
        ledger.allocate_slice(now(2), no, 0, &numbers).unwrap();
        ledger.finish_allocation(now(3), no).unwrap();
        ledger.close_batch(now(4), no).unwrap();
    }
    let order = ledger.open_batch(now(5), &spec("B-1", 3)).unwrap();
    let taken = ledger.allocate_slice(now(6), order, 0, &serials("SETUP", 0, 3));
    assert_eq!(taken.unwrap(), 3);
}

#[test]
fn one_trial_and_one_order_at_a_time() {
    let (_dir, mut ledger) = fresh();
    let _order = loaded(&mut ledger, &spec("B-1", 12), 20);
    ledger.open_batch(now(1), &challenge("B-1", 2)).unwrap();
    let second = ledger.open_batch(now(2), &challenge("B-2", 2));
    assert!(matches!(second, Err(LedgerError::Refused(Refusal::BatchOpen(_)))), "{second:?}");
}

#[test]
fn the_latest_challenge_counts_and_an_interrupted_trial_closes_as_it_stands() {
    let (_dir, mut ledger) = fresh();
    let order =
        loaded(&mut ledger, &BatchSpec { challenge: Challenge::Required, ..spec("B-1", 12) }, 20);
    assert_eq!(ledger.challenge_passed(order).unwrap(), None);
    let chain = Chain::Batch(order);
    ledger.append_service(now(2), chain, &result("B-1-C1", true)).unwrap();
    assert_eq!(ledger.challenge_passed(order).unwrap(), Some(true));
    ledger.append_service(now(3), chain, &result("B-1-C2", false)).unwrap();
    assert_eq!(ledger.challenge_passed(order).unwrap(), Some(false));
    let trial = ledger.open_batch(now(4), &challenge("B-1", 2)).unwrap();
    ledger.finish_allocation(now(5), trial).unwrap();
    let mut script = Script::new();
    script.start();
    let _on_the_belt = script.infeed();
    script.commit(&mut ledger, trial).unwrap();
    let closed = ledger.close_batch(now(6), trial).unwrap();
    assert_eq!(closed.books.in_process, 1, "it says so and claims nothing");
}

/// Invariant I4: what the devices count between a clean stop and the next start is nobody's.
#[test]
fn i4_after_a_clean_stop_the_counts_go_on_from_where_they_were() {
    let (_dir, mut ledger) = fresh();
    let (order, script) = stopped_order(&mut ledger);
    let recovery = ledger.recover(order).unwrap();
    let Some(Input::RecoveryEnd { bases, counts, io_epoch, labels_accounted, .. }) =
        recovery.inputs.last()
    else {
        panic!("no end of recovery");
    };
    assert_eq!(bases.io_epoch.0, 0, "the counts begin anew behind the next purge");
    assert_eq!(io_epoch.0, 0);
    assert_eq!(*counts, script.counts);
    assert_eq!(*labels_accounted, 5);
    assert_eq!(recovery.order_state, JobOrderState::Running);
}

#[test]
fn labels_of_the_web_and_labels_beyond_the_jobs_stand_in_the_books() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 12), 20);
    let mut script = Script::new();
    script.start();
    script.good();
    let (web, job) = script.assign();
    script.print(web, job);
    script.push(RecordBody::LabelScrapped { serial: web });
    script.counts.printed += 2;
    script.push(RecordBody::ExtraLabels { count: 2 });
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let books = ledger.close_batch(now(50), no).unwrap().books;
    assert_eq!((books.label_scrapped, books.duplicate, books.labeler_printed), (1, 2, 4));
    assert!(books.reconciled());
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
}

#[test]
fn a_label_on_a_pack_is_not_scrapped_with_the_web() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 12), 20);
    let mut script = Script::new();
    script.start();
    let (_, serial) = script.labelled();
    script.push(RecordBody::LabelScrapped { serial: SerialIndex(serial.0) });
    assert!(script.commit(&mut ledger, no).is_err());
}
