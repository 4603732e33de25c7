//! The workflow of an order, held by the ledger: nothing starts, leaves or closes without its
//! steps, each signed by whom the table says, and what is refused leaves no event.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use contracts::open_scs::JobOrderState as S;
use ledger::{
    Act, BatchNo, BatchSpec, Chain, Challenge, ClearanceItem, CommitError, Finding, Ledger,
    LedgerError, Meaning, Reader, Refusal, ServiceBody, SigningFault, Step, StepState, TakenAs,
    Workflow, verify,
};
use line_core::ids::TrackIndex;
use line_core::reason::{RejectReason, Resolution};
use rusqlite::Connection;
use tempfile::TempDir;

const ALL: [Step; 3] = [Step::LineClearance, Step::DeviceCheck, Step::OrderStart];

fn refused<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> Refusal {
    match result {
        Err(LedgerError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn fault<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> SigningFault {
    match refused(result) {
        Refusal::Signing { fault, .. } => fault,
        other => panic!("{other:?}"),
    }
}

fn events(dir: &TempDir) -> i64 {
    let conn = Connection::open(path(dir)).unwrap();
    conn.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap()
}

fn intact(dir: &TempDir) {
    let report = verify::verify(&path(dir), None).unwrap();
    assert!(report.is_ok(), "{report:?}");
}

fn required(batch: &str) -> BatchSpec {
    BatchSpec { workflow: Workflow::required(vec![item().item]), ..spec(batch, 12) }
}

/// The core begins: the one thing that no page can go round.
fn start(ledger: &mut Ledger, no: BatchNo) -> Result<Script, CommitError> {
    let mut script = Script::new();
    script.start();
    script.commit(ledger, no).map(|_| script)
}

fn perform(ledger: &mut Ledger, no: BatchNo, step: Step) -> Result<i64, LedgerError> {
    match step {
        Step::LineClearance => {
            ledger.clear_line(now(4), no, (&[item()], ""), &two(Meaning::Reviewed))
        }
        Step::DeviceCheck => ledger.check_devices(now(5), no, &checked()),
        _ => ledger.sign_start(now(6), no, &signed("olga", Meaning::Performed)),
    }
}

#[test]
fn no_order_starts_without_each_of_its_steps() {
    for left_out in ALL {
        let (dir, mut ledger) = fresh();
        let no = loaded(&mut ledger, &required("B-1"), 20);
        for step in ALL.into_iter().filter(|step| *step != left_out) {
            let done = perform(&mut ledger, no, step);
            if step == Step::OrderStart {
                assert_eq!(refused(done), Refusal::StepsMissing(vec![left_out]));
            } else {
                done.unwrap();
            }
        }
        let before = events(&dir);
        let missing = refused(ledger.require_startable(no));
        assert!(matches!(missing, Refusal::StepsMissing(_)), "{missing:?}");
        let begun = start(&mut ledger, no);
        assert!(matches!(begun, Err(CommitError::Forbidden(_))), "without {left_out:?}");
        assert_eq!(events(&dir), before, "nothing is left of it");
    }
}

#[test]
fn the_latest_device_check_counts_and_a_challenge_where_it_is_required() {
    let (_dir, mut ledger) = fresh();
    let order = BatchSpec { challenge: Challenge::Required, ..required("B-1") };
    let no = loaded(&mut ledger, &order, 20);
    perform(&mut ledger, no, Step::LineClearance).unwrap();
    perform(&mut ledger, no, Step::DeviceCheck).unwrap();
    let failed = ledger::DevicesChecked { passed: false, ..checked() };
    ledger.check_devices(now(6), no, &failed).unwrap();
    let both = vec![Step::DeviceCheck, Step::Challenge];
    let start_now = |ledger: &mut Ledger| perform(ledger, no, Step::OrderStart);
    assert_eq!(refused(start_now(&mut ledger)), Refusal::StepsMissing(both));
    assert_eq!(ledger.readiness(no).unwrap().of(Step::DeviceCheck), StepState::Failed);
    perform(&mut ledger, no, Step::DeviceCheck).unwrap();
    assert_eq!(refused(start_now(&mut ledger)), Refusal::StepsMissing(vec![Step::Challenge]));
    for passed in [true, false, true] {
        let (trial, mode, packs) = ("B-1-C1".into(), "challenge".into(), Vec::new());
        let body = ServiceBody::TrialResult { trial, mode, packs, passed };
        ledger.append_service(now(7), Chain::Batch(no), &body).unwrap();
        assert_eq!(start_now(&mut ledger).is_ok(), passed);
    }
    start(&mut ledger, no).unwrap();
    // It has begun: what comes before the start comes too late, a check may come again.
    assert_eq!(refused(perform(&mut ledger, no, Step::LineClearance)), Refusal::NotBeforeStart);
    assert_eq!(refused(start_now(&mut ledger)), Refusal::NotBeforeStart);
    perform(&mut ledger, no, Step::DeviceCheck).unwrap();
}

#[test]
fn a_clearance_is_the_orders_checklist_by_two_persons() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &required("B-1"), 20);
    let before = events(&dir);
    let pair = two(Meaning::Reviewed);
    let undone = ClearanceItem { done: false, ..item() };
    let other = ClearanceItem { item: "anything".into(), done: true };
    for items in [&[][..], &[undone], &[other], &[item(), item()]] {
        assert_eq!(refused(ledger.clear_line(now(4), no, (items, ""), &pair)), Refusal::Checklist);
    }
    let clear = |ledger: &mut Ledger, signed: &[_]| {
        ledger.clear_line(now(4), no, (&[item()], "clean"), signed)
    };
    assert_eq!(fault(clear(&mut ledger, &pair[..1])), SigningFault::Number { given: 1 });
    let approved = two(Meaning::Approved);
    let meaning = SigningFault::Meaning { who: "quentin".into() };
    assert_eq!(fault(clear(&mut ledger, &approved)), meaning);
    let same = [signed("olga", Meaning::Performed), signed("OLGA", Meaning::Reviewed)];
    assert!(matches!(fault(clear(&mut ledger, &same)), SigningFault::SamePerson { .. }));
    assert_eq!(events(&dir), before, "a signature without its act");
    clear(&mut ledger, &pair).unwrap();
    assert_eq!(events(&dir), before + 3, "two signatures and the act");
    intact(&dir);
}

#[test]
fn a_device_check_passes_only_with_what_matches() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &required("B-1"), 20);
    type Spoil = fn(&mut ledger::DevicesChecked);
    let spoil: [Spoil; 5] = [
        |c| c.devices[0].link = false,
        |c| c.devices[0].matches = false,
        |c| c.devices[0].echoed_hash = Some("01".into()),
        |c| c.pool_left = 0,
        |c| c.devices.clear(),
    ];
    for spoil in spoil {
        let mut bad = checked();
        spoil(&mut bad);
        let refusal = refused(ledger.check_devices(now(5), no, &bad));
        assert!(matches!(refusal, Refusal::DeviceCheck(_)), "{refusal:?}");
    }
}

#[test]
fn no_pack_is_accepted_before_the_first_one_is_approved() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &required("B-1"), 20);
    ready(&mut ledger, no);
    let mut script = start(&mut ledger, no).unwrap();
    script.rejected(RejectReason::NoRead);
    script.commit(&mut ledger, no).unwrap();
    let (track, serial) = script.labelled();
    script.commit(&mut ledger, no).unwrap();
    let before = events(&dir);
    script.verdict(track, Some(serial), None);
    let accepted = script.commit(&mut ledger, no);
    assert!(matches!(accepted, Err(CommitError::Forbidden(_))), "{accepted:?}");
    assert_eq!(events(&dir), before);
    assert_eq!(ledger.readiness(no).unwrap().of(Step::FirstPack), StepState::Missing);
    ledger.take_serial(now(50), no, &taking("B-1", 0, TakenAs::FirstPack)).unwrap();
    let row = ledger.readiness(no).unwrap().steps[5].clone();
    assert_eq!((row.state, row.by), (StepState::Done, vec!["olga".into(), "quentin".into()]));
    script.seq -= 1;
    script.verdict(track, Some(serial), None);
    script.exit(track, serial);
    script.commit(&mut ledger, no).unwrap();
    intact(&dir);
}

#[test]
fn a_batch_closes_when_every_reject_is_reviewed_and_two_have_signed() {
    let (dir, mut ledger) = fresh();
    let no = worked_batch(&mut ledger, "B-1");
    let pair = two(Meaning::Approved);
    let left = refused(ledger.close_batch_signed(now(9), no, &pair));
    let first = [6, 7, 8].map(TrackIndex).to_vec();
    assert_eq!(left, Refusal::Unreviewed { count: 3, first });
    assert!(left.to_string().contains("6, 7, 8"), "{left}");
    reviewed(&mut ledger, no);
    assert_eq!(fault(ledger.close_batch(now(9), no)), SigningFault::Number { given: 0 });
    let before = events(&dir);
    let alone = ledger.close_batch_signed(now(9), no, &pair[..1]);
    assert_eq!(fault(alone), SigningFault::Number { given: 1 });
    assert_eq!(events(&dir), before);
    ledger.close_batch_signed(now(9), no, &pair).unwrap();
    let steps = Reader::open(&path(&dir)).unwrap().readiness(no).unwrap().steps;
    let waived = [Step::Challenge, Step::FirstPack];
    for row in steps {
        let expected = if waived.contains(&row.step) { StepState::Waived } else { StepState::Done };
        assert_eq!(row.state, expected, "{row:?}");
        assert_eq!(row.seq.is_some(), expected == StepState::Done, "{row:?}");
    }
    intact(&dir);
}

#[test]
fn a_review_is_of_rejects_by_who_did_not_act_on_them_until_the_next_verdict() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 12), 20);
    let mut script = start(&mut ledger, no).unwrap();
    script.rejected(RejectReason::NoRead);
    let (waits, serial) = script.labelled();
    script.verdict(waits, Some(serial), Some(RejectReason::LowGrade));
    script.commit(&mut ledger, no).unwrap();
    let sara = signed("sara", Meaning::Reviewed);
    let mut review = |tracks: &[u32], by: &ledger::Signed| {
        ledger.review_rejects(now(9), no, (tracks, Finding::Confirmed, ""), by)
    };
    for tracks in [&[][..], &[1, 1], &[2, 1], &(1..=1_001).collect::<Vec<_>>()] {
        assert!(matches!(refused(review(tracks, &sara)), Refusal::Reviewed { .. }));
    }
    assert_eq!(refused(review(&[1, 3], &sara)), Refusal::NoReject(TrackIndex(3)));
    let performed = signed("sara", Meaning::Performed);
    assert!(matches!(fault(review(&[1], &performed)), SigningFault::Meaning { .. }));
    review(&[1, 2], &sara).unwrap();
    let (first, exited) = (TrackIndex(1), Resolution::Ejected);
    let olga = signed("olga", Meaning::Performed);
    ledger.ask_resolve(now(9), no, (first, exited), &olga).unwrap();
    assert_eq!(ledger.done_by(no, 1).unwrap(), ["olga"]);
    let own = signed("Olga", Meaning::Reviewed);
    let own = ledger.review_rejects(now(9), no, (&[1, 2], Finding::Confirmed, ""), &own);
    assert_eq!(fault(own), SigningFault::OwnWork { who: "Olga".into() });
    let open = |dir: &TempDir| {
        let readiness = Reader::open(&path(dir)).unwrap().readiness(no).unwrap();
        readiness.steps[6].detail.clone()
    };
    assert_eq!(open(&dir), None);
    script.verdict(waits, Some(serial), Some(RejectReason::Slip));
    script.commit(&mut ledger, no).unwrap();
    assert_eq!(open(&dir).as_deref(), Some("1 not reviewed"));
    ledger.review_rejects(now(9), no, (&[2], Finding::Deviation, ""), &sara).unwrap();
    assert_eq!(open(&dir), None);
    intact(&dir);
}

#[test]
fn what_is_signed_is_appended_by_its_act_only() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &required("B-1"), 20);
    let by = ledger::OnePerson { who: "olga".into(), reason: "x".into(), signature_seq: 1 };
    let body = ServiceBody::StartSigned(ledger::StartSigned { by });
    let refusal = refused(ledger.append_service(now(4), Chain::Batch(no), &body));
    assert_eq!(refusal, Refusal::NeedsItsAct);
    assert_eq!(Act::ALL.len(), 14);
}

#[test]
fn recipes_are_approved_by_two_who_did_not_write_them() {
    let (dir, mut ledger) = fresh();
    let gtin = GTIN.parse().unwrap();
    let draft = |ledger: &mut Ledger, text| {
        ledger.draft_recipe(now(1), gtin, text, &signed("erik", Meaning::Performed)).unwrap()
    };
    let persons = |one, other| [signed(one, Meaning::Approved), signed(other, Meaning::Approved)];
    assert_eq!(draft(&mut ledger, "a = 1\nb = 2\n"), 1);
    assert_eq!(draft(&mut ledger, "a = 1\nb = 3\n"), 2);
    let own = ledger.approve_recipe(now(2), gtin, 1, &persons("sara", "Erik"));
    assert_eq!(fault(own), SigningFault::OwnWork { who: "Erik".into() });
    let unknown = ledger.approve_recipe(now(2), gtin, 3, &persons("sara", "quentin"));
    assert!(matches!(refused(unknown), Refusal::Recipe { version: 3, .. }));
    let reader = Reader::open(&path(&dir)).unwrap();
    assert_eq!(ledger.approved_recipe(gtin).unwrap(), None);
    let (first, text) = reader.recipe(gtin, 1).unwrap();
    let mut order = required("B-1");
    let named = ledger::RecipeRef { version: 1, sha256: first.sha256.clone() };
    order.recipe = Some(named.clone());
    let no_draft = refused(ledger.open_batch(now(3), &order));
    assert!(matches!(no_draft, Refusal::Recipe { version: 1, .. }), "{no_draft:?}");
    ledger.approve_recipe(now(4), gtin, 1, &persons("sara", "quentin")).unwrap();
    let twice = ledger.approve_recipe(now(4), gtin, 1, &persons("sara", "quentin"));
    assert!(matches!(refused(twice), Refusal::Recipe { .. }));
    order.recipe = Some(ledger::RecipeRef { sha256: "0".repeat(64), ..named.clone() });
    assert!(matches!(refused(ledger.open_batch(now(5), &order)), Refusal::Recipe { .. }));
    let (row, approved) = reader.approved_recipe(gtin).unwrap().unwrap();
    assert_eq!((row.version, approved.as_str()), (1, text.as_str()));
    let (_, second) = reader.recipe(gtin, 2).unwrap();
    let changed: Vec<_> = ledger::line_diff(&text, &second)
        .into_iter()
        .filter(|line| line.change != ledger::Change::Same)
        .map(|line| line.text)
        .collect();
    assert_eq!(changed, ["b = 2", "b = 3"]);
    order.recipe = Some(named);
    ledger.open_batch(now(6), &order).unwrap();
    let retire = signed("quentin", Meaning::Approved);
    ledger.retire_recipe(now(7), gtin, 1, &retire).unwrap();
    let again = refused(ledger.retire_recipe(now(7), gtin, 1, &retire));
    assert!(matches!(again, Refusal::Recipe { .. }));
    let states: Vec<_> = reader.recipes(Some(gtin)).unwrap().iter().map(|r| r.state).collect();
    assert_eq!(states, [ledger::RecipeState::Draft, ledger::RecipeState::Retired]);
    assert_eq!(reader.approved_recipe(gtin).unwrap(), None);
    intact(&dir);
}

/// Random acts in random order: whatever was refused or done, an order that has started has every
/// step, an accept has its first pack, and a closed one has its reviews and signatures.
#[test]
fn random_acts_never_leave_a_started_order_without_its_steps() {
    let mut rng = Rng(seed());
    let (mut started, mut closed, mut stopped) = (0, 0, 0);
    for _ in 0..60 {
        let (dir, mut ledger) = fresh();
        let no = loaded(&mut ledger, &required("B-1"), 20);
        let mut script = Script::new();
        let (mut runs, mut over) = (false, false);
        for _ in 0..40 {
            let steps = ledger.readiness(no).unwrap();
            let done = |step| steps.of(step) == StepState::Done;
            let undo = script.seq;
            let back = |script: &mut Script| {
                script.seq = undo;
                script.records.clear();
            };
            match rng.below(8) {
                n @ 0..=2 => drop(perform(&mut ledger, no, ALL[n as usize])),
                3 => {
                    let failed = ledger::DevicesChecked { passed: false, ..checked() };
                    ledger.check_devices(now(6), no, &failed).unwrap();
                }
                4 if !runs => {
                    script.start();
                    let begun = script.commit(&mut ledger, no).is_ok();
                    assert_eq!(begun, ALL.into_iter().all(done), "{steps:?}");
                    (runs, started) = (begun, started + u32::from(begun));
                    if !begun {
                        script = Script::new();
                        stopped += 1;
                    }
                }
                5 if runs && !over => {
                    script.rejected(RejectReason::NoRead);
                    script.commit(&mut ledger, no).unwrap();
                    let (track, serial) = script.labelled();
                    script.commit(&mut ledger, no).unwrap();
                    let undo = script.seq;
                    script.verdict(track, Some(serial), None);
                    let accepted = script.commit(&mut ledger, no).is_ok();
                    assert_eq!(accepted, done(Step::FirstPack));
                    if accepted {
                        script.exit(track, serial);
                    } else {
                        script.seq = undo;
                        script.verdict(track, Some(serial), Some(RejectReason::NoRead));
                        script.eject(track, Some(serial));
                    }
                    script.commit(&mut ledger, no).unwrap();
                }
                6 if runs => {
                    drop(ledger.take_serial(now(9), no, &taking("B-1", 0, TakenAs::FirstPack)));
                }
                7 if runs && !over && script.track > 2 => {
                    script.complete();
                    over = script.commit(&mut ledger, no).is_ok();
                }
                _ if over => {
                    let tracks: Vec<u32> =
                        (1..=script.track).filter(|_| rng.below(2) == 0).collect();
                    let sara = signed("sara", Meaning::Reviewed);
                    for track in tracks {
                        let what = (&[track][..], Finding::Confirmed, "");
                        drop(ledger.review_rejects(now(9), no, what, &sara));
                    }
                    let reviewed = steps.of(Step::RejectReview);
                    let persons = two(Meaning::Approved);
                    let given = if rng.below(2) == 0 { 0 } else { 2 };
                    let done = ledger.close_batch_signed(now(10), no, &persons[..given]);
                    if done.is_ok() {
                        assert_eq!(given, 2, "{reviewed:?}");
                        let steps = ledger.readiness(no).unwrap();
                        assert_eq!(steps.of(Step::RejectReview), StepState::Done);
                        closed += 1;
                        break;
                    }
                }
                _ => back(&mut script),
            }
        }
        drop(ledger);
        intact(&dir);
    }
    println!("{started} started, {stopped} stopped, {closed} closed");
    assert!(started > 5 && stopped > 5 && closed > 0);
    let _ = S::Loaded;
}

#[test]
fn an_order_runs_on_the_configuration_that_two_persons_have_released_last() {
    let (dir, mut ledger) = fresh();
    let order = spec("B-1", 5);
    let text = ledger::configuration_text(&order.config_bytes).unwrap();
    let erik = ("erik", "engineer");
    assert_eq!(ledger.draft_configuration(now(1), &text, erik).unwrap(), 1);
    let again = refused(ledger.draft_configuration(now(1), &text, erik));
    assert!(matches!(again, Refusal::Configuration { version: 1, .. }), "{again:?}");
    let row = ledger::Reader::open(&path(&dir)).unwrap().configurations().unwrap().remove(0);
    let named = ledger::ConfigurationRef { version: 1, sha256: row.sha256.clone() };
    let order = BatchSpec { configuration: Some(named.clone()), ..order };
    let early = refused(ledger.open_batch(now(2), &order));
    assert!(matches!(early, Refusal::Configuration { version: 1, .. }), "{early:?}");
    let one = [signed("erik", Meaning::Performed), signed("Erik", Meaning::Approved)];
    let alone = refused(ledger.release_configuration(now(3), 1, &one));
    assert!(matches!(alone, Refusal::Signing { .. }), "{alone:?}");
    ledger.release_configuration(now(3), 1, &two(Meaning::Approved)).unwrap();
    let twice = refused(ledger.release_configuration(now(3), 1, &two(Meaning::Approved)));
    assert!(matches!(twice, Refusal::Configuration { version: 1, .. }), "{twice:?}");

    // What the order runs on is held against what was released, not only its name.
    let other = spec("B-2", 5);
    let disguised = BatchSpec { configuration: Some(named.clone()), ..other.clone() };
    let what = refused(ledger.open_batch(now(4), &disguised));
    assert!(what.to_string().contains("is not what the order runs on"), "{what}");
    let text = ledger::configuration_text(&other.config_bytes).unwrap();
    assert_eq!(ledger.draft_configuration(now(5), &text, erik).unwrap(), 2);
    ledger.release_configuration(now(5), 2, &two(Meaning::Approved)).unwrap();
    let superseded = refused(ledger.open_batch(now(6), &order));
    assert!(superseded.to_string().contains("is not the one in force"), "{superseded}");
    // Going back is a release of its own.
    let text = ledger::configuration_text(&order.config_bytes).unwrap();
    assert_eq!(ledger.draft_configuration(now(7), &text, erik).unwrap(), 3);
    ledger.release_configuration(now(7), 3, &two(Meaning::Approved)).unwrap();
    let again = ledger::ConfigurationRef { version: 3, ..named };
    ledger.open_batch(now(8), &BatchSpec { configuration: Some(again), ..order }).unwrap();
    intact(&dir);
}
