//! Forbidden transitions, uniqueness over the product's history, and recovery at each step.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use contracts::open_scs::{JobOrderState, SerialState};
use ledger::{
    BatchNo, Chain, Challenge, CommitError, Ledger, LedgerError, LedgerKind, Meaning, Refusal,
    ServiceBody, Signed, keys, verify,
};
use line_core::event::{Input, PackFate};
use line_core::ids::{EncoderCount, Epoch, IoSeq, JobSeq, SerialIndex, TrackIndex};
use line_core::reason::{InvalidCause, RejectReason, Resolution};
use line_core::record::{RecordBody, Verdict};
use std::collections::HashSet;

type Step = fn(&mut Script);
/// State of the serial and whether it is on the pack; fate of the pack.
type Told = (Option<(SerialState, bool)>, Option<PackFate>);

/// Each forbidden step after a legal beginning; the last record made is the forbidden one.
#[test]
fn forbidden_transitions_are_refused_and_nothing_is_committed() {
    let table: &[(&str, Step)] = &[
        ("assigned twice", |s| {
            let (serial, _) = s.assign();
            s.push(RecordBody::JobAssigned { serial, labeler_epoch: LABELER, job: JobSeq(9) });
        }),
        ("assigned after invalid", |s| {
            let (serial, _) = s.assign();
            let cause = InvalidCause::Flushed;
            s.push(RecordBody::SerialInvalid { serial, cause, printed: false });
            s.push(RecordBody::JobAssigned { serial, labeler_epoch: LABELER, job: JobSeq(9) });
        }),
        ("assigned beyond the pool", |s| {
            let serial = SerialIndex(999);
            s.push(RecordBody::JobAssigned { serial, labeler_epoch: LABELER, job: JobSeq(9) });
        }),
        ("printed without a job", |s| s.print(SerialIndex(5), JobSeq(9))),
        ("printed by another job", |s| {
            let (serial, job) = s.assign();
            s.print(serial, job.next());
        }),
        ("printed twice", |s| {
            let (serial, job) = s.assign();
            s.print(serial, job);
            s.print(serial, job);
        }),
        ("printed in another epoch", |s| {
            let (serial, job) = s.assign();
            s.push(RecordBody::Printed { serial, labeler_epoch: LABELER.next(), job });
        }),
        ("invalid after print", |s| {
            let (serial, job) = s.assign();
            s.print(serial, job);
            let cause = InvalidCause::LabelerEpoch;
            s.push(RecordBody::SerialInvalid { serial, cause, printed: true });
        }),
        ("printed after invalid", |s| {
            let (serial, job) = s.assign();
            let cause = InvalidCause::LabelerEpoch;
            s.push(RecordBody::SerialInvalid { serial, cause, printed: false });
            s.print(serial, job);
        }),
        ("track twice", |s| {
            let track = s.infeed();
            s.push(RecordBody::PackInfeed { track, count: EncoderCount(1) });
        }),
        ("serial on two packs", |s| {
            let (_, serial) = s.labelled();
            let (track, job) = (s.infeed(), JobSeq(s.job));
            s.push(RecordBody::LabelApplied { track, serial, job, count: EncoderCount(1) });
        }),
        ("two serials on one pack", |s| {
            let (track, _) = s.labelled();
            let (serial, job) = s.assign();
            s.push(RecordBody::LabelApplied { track, serial, job, count: EncoderCount(1) });
        }),
        ("accept of another serial", |s| {
            let (track, serial) = s.labelled();
            s.verdict(track, Some(serial.next()), None);
        }),
        ("accept without a serial", |s| {
            let track = s.infeed();
            s.verdict(track, None, None);
        }),
        ("exit without a verdict", |s| {
            let (track, serial) = s.labelled();
            s.exit(track, serial);
        }),
        ("exit of a rejected pack", |s| {
            let (track, serial) = s.labelled();
            s.verdict(track, Some(serial), Some(RejectReason::NoRead));
            s.exit(track, serial);
        }),
        ("exit after a superseding reject", |s| {
            let (track, serial) = s.accepted();
            s.verdict(track, Some(serial), Some(RejectReason::LedgerLate));
            s.exit(track, serial);
        }),
        ("exit unprinted", |s| {
            let (serial, job) = s.assign();
            let track = s.infeed();
            s.push(RecordBody::LabelApplied { track, serial, job, count: EncoderCount(1) });
            s.verdict(track, Some(serial), None);
            s.exit(track, serial);
        }),
        ("exit twice", |s| {
            let (track, serial) = s.accepted();
            s.exit(track, serial);
            s.exit(track, serial);
        }),
        ("ejected after exit", |s| {
            let (track, serial) = s.accepted();
            s.exit(track, serial);
            s.eject(track, Some(serial));
        }),
        ("exit after ejection", |s| {
            let (track, serial) = s.accepted();
            s.eject(track, Some(serial));
            s.exit(track, serial);
        }),
        ("reject after exit", |s| {
            let (track, serial) = s.accepted();
            s.exit(track, serial);
            s.verdict(track, Some(serial), Some(RejectReason::NoRead));
        }),
        ("resolved without being unresolved", |s| {
            let (track, serial) = s.accepted();
            s.resolve(track, serial, Resolution::Exited, true);
        }),
        ("resolved as exited without an accept", |s| {
            let (track, serial) = s.labelled();
            s.unresolved(track, serial, true);
            s.resolve(track, serial, Resolution::Exited, true);
        }),
        ("resolved twice", |s| {
            let (track, serial) = s.accepted();
            s.unresolved(track, serial, false);
            s.resolve(track, serial, Resolution::Ejected, false);
            s.resolve(track, serial, Resolution::Removed, false);
        }),
        ("unknown track", |s| s.eject(TrackIndex(77), None)),
        ("order state from another", |s| s.order(JobOrderState::Loaded, JobOrderState::Held)),
        ("order closed by the core", |s| s.order(JobOrderState::Running, JobOrderState::Closed)),
    ];
    for (name, step) in table {
        let (dir, mut ledger) = fresh();
        let no = loaded(&mut ledger, &spec("B-1", 3), 10);
        let mut script = Script::new();
        script.start();
        step(&mut script);
        let records = std::mem::take(&mut script.records);
        let (last, legal) = records.split_last().unwrap();
        ledger.append(now(5), no, legal).unwrap_or_else(|error| panic!("{name}: {error}"));
        let books = ledger.books(no).unwrap();
        let refused = ledger.append(now(6), no, &[*last]);
        assert!(matches!(refused, Err(CommitError::Forbidden(_))), "{name}: {refused:?}");
        assert_eq!(ledger.books(no).unwrap(), books, "{name}");
        let report = verify::verify(&path(&dir), None).unwrap();
        assert!(report.is_ok(), "{name}: {report:?}");
        // The whole group falls with its last record.
        let (dir, mut ledger) = fresh();
        let no = loaded(&mut ledger, &spec("B-1", 3), 10);
        assert!(ledger.append(now(5), no, &records).is_err(), "{name}");
        let events = verify::verify(&path(&dir), None).unwrap().records;
        assert_eq!(events, 6, "{name}: created, authority, genesis, opened, slice, pool");
    }
}

/// Invariant I6: no record is missing or comes twice.
#[test]
fn i6_a_gap_or_a_repeat_in_the_records_is_refused() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 10);
    let mut script = Script::new();
    script.start();
    let track = script.infeed();
    script.verdict(track, None, Some(RejectReason::NoJob));
    let records = std::mem::take(&mut script.records);
    assert!(ledger.append(now(5), no, &[records[0], records[2]]).is_err(), "a gap");
    assert!(ledger.append(now(5), no, &[]).is_err(), "an empty group");
    assert_eq!(ledger.append(now(5), no, &records[..2]).unwrap(), records[1].seq);
    assert!(ledger.append(now(5), no, &records[1..]).is_err(), "a repeat");
    assert!(ledger.append(now(5), no, &records[3..]).is_err(), "a gap between groups");
    assert_eq!(ledger.append(now(5), no, &records[2..]).unwrap(), records[3].seq);
}

/// Invariant I3, the ledger's part: no serial is allocated twice over the product's history.
#[test]
fn i3_no_serial_twice_over_history() {
    let mut rng = Rng(seed());
    let (dir, mut ledger) = fresh();
    let mut issued = HashSet::new();
    for batch in 0..6 {
        let no = ledger.open_batch(now(batch), &spec(&format!("B-{batch}"), 1)).unwrap();
        let mut first = 0;
        for _ in 0..5 {
            // A small space, so that collisions are frequent.
            let count = 1 + rng.below(30) as usize;
            let mut slice: Vec<usize> = (0..count).map(|_| rng.below(2_000) as usize).collect();
            loop {
                let texts: Vec<_> = slice.iter().map(|&n| serials("S", n, 1)[0]).collect();
                let mut seen = HashSet::new();
                let expected: Vec<usize> = (0..count)
                    .filter(|&i| issued.contains(&slice[i]) || !seen.insert(slice[i]))
                    .collect();
                match ledger.allocate_slice(now(batch), no, first, &texts) {
                    Ok(total) => {
                        assert!(expected.is_empty());
                        first = total as u32;
                        issued.extend(slice.iter().copied());
                        break;
                    }
                    Err(LedgerError::Refused(Refusal::Collision(offsets))) => {
                        assert_eq!(offsets, expected);
                        offsets.iter().for_each(|&i| slice[i] = rng.below(2_000) as usize);
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            if rng.below(3) == 0 {
                drop(ledger);
                ledger = Ledger::open(&path(&dir), now(batch)).unwrap();
            }
        }
        match rng.below(2) {
            0 => ledger.finish_allocation(now(batch), no).unwrap(),
            _ => ledger.cancel_loading(now(batch), no, "op").unwrap(),
        }
        ledger.close_batch(now(batch), no).unwrap();
    }
    let report = verify::verify(&path(&dir), None).unwrap();
    assert!(report.is_ok(), "{report:?}");
}

#[test]
fn allocation_is_refused_where_it_must_be() {
    let (_dir, mut ledger) = fresh();
    let gtin = GTIN.parse().unwrap();
    ledger.set_authority(now(0), gtin, None, "admin").unwrap();
    let refused = ledger.open_batch(now(1), &spec("B-1", 5));
    assert!(matches!(refused, Err(LedgerError::Refused(Refusal::NoAuthority(_)))));
    ledger.set_authority(now(0), gtin, Some("A-M"), "admin").unwrap();
    assert_eq!(ledger.authority(gtin).unwrap().as_deref(), Some("A-M"));
    let mut wrong = spec("B-1", 5);
    wrong.config_bytes.push(0);
    let refused = ledger.open_batch(now(1), &wrong);
    assert!(matches!(refused, Err(LedgerError::Refused(Refusal::ConfigHash(_)))));
    let no = ledger.open_batch(now(1), &spec("B-1", 5)).unwrap();
    let second = ledger.open_batch(now(1), &spec("B-2", 5));
    assert!(matches!(second, Err(LedgerError::Refused(Refusal::BatchOpen(_)))));
    let all = serials("S", 0, 200);
    let long = ledger.allocate_slice(now(1), no, 0, &all[..129]);
    assert!(matches!(long, Err(LedgerError::Refused(Refusal::SliceTooLong { .. }))));
    let ahead = ledger.allocate_slice(now(1), no, 1, &all[..1]);
    assert!(matches!(ahead, Err(LedgerError::Refused(Refusal::NotAtHighWater { expected: 0 }))));
    ledger.allocate_slice(now(1), no, 0, &all[..4]).unwrap();
    let few = ledger.finish_allocation(now(1), no);
    assert!(matches!(few, Err(LedgerError::Refused(Refusal::TooFewSerials { .. }))));
    let mut script = Script::new();
    script.start();
    assert!(script.commit(&mut ledger, no).is_err(), "half loaded, never half used");
    ledger.allocate_slice(now(1), no, 4, &all[4..10]).unwrap();
    ledger.finish_allocation(now(1), no).unwrap();
    assert!(ledger.allocate_slice(now(1), no, 10, &all[10..11]).is_err(), "after Loaded");
    assert_eq!(ledger.alive_serials(gtin).unwrap(), 10);
    ledger.close_batch(now(1), no).unwrap();
    assert_eq!(ledger.alive_serials(gtin).unwrap(), 0);
}

#[test]
fn production_waives_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let key = keys::make(dir.path()).unwrap();
    let line = "L-1".parse().unwrap();
    let mut ledger =
        Ledger::create(&path(&dir), LedgerKind::Production, &line, &key, now(0)).unwrap();
    ledger.set_authority(now(0), GTIN.parse().unwrap(), Some("all"), "admin").unwrap();
    let mut order = spec("B-1", 5);
    let refused = ledger.open_batch(now(1), &order);
    assert!(matches!(refused, Err(LedgerError::Refused(Refusal::ChallengeNeeded))));
    order.challenge = Challenge::Passed { signature_seq: 1 };
    let refused = ledger.open_batch(now(1), &order);
    assert!(matches!(refused, Err(LedgerError::Refused(Refusal::WorkflowNeeded))));
    order.workflow = ledger::Workflow { first_pack: false, ..ledger::Workflow::required(vec![]) };
    let refused = ledger.open_batch(now(1), &order);
    assert!(matches!(refused, Err(LedgerError::Refused(Refusal::WorkflowNeeded))));
    order.workflow.first_pack = true;
    let refused = ledger.open_batch(now(1), &order);
    assert!(matches!(refused, Err(LedgerError::Refused(Refusal::Recipe { .. }))));
    let persons = |act: &str| {
        [("sara", Meaning::Approved), ("quentin", Meaning::Approved)].map(|(who, meaning)| Signed {
            authenticated: true,
            ..Signed::unproven(who, meaning, act, "a test")
        })
    };
    let gtin = GTIN.parse().unwrap();
    let [mut erik, _] = persons("recipe_draft");
    (erik.who, erik.meaning) = ("erik".into(), Meaning::Performed);
    ledger.draft_recipe(now(1), gtin, "revision = 1", &erik).unwrap();
    ledger.approve_recipe(now(1), gtin, 1, &persons("recipe_approve")).unwrap();
    let (row, _) = ledger.approved_recipe(gtin).unwrap().unwrap();
    order.recipe = Some(ledger::RecipeRef { version: 1, sha256: row.sha256 });
    let refused = ledger.open_batch(now(1), &order);
    let nobody = LedgerError::Refused(Refusal::Configuration {
        version: 0,
        what: "a production order needs a released configuration",
    });
    assert_eq!(refused.unwrap_err().to_string(), nobody.to_string());
    let refused = ledger.append_service(now(1), Chain::Site, &signature(false));
    assert!(matches!(refused, Err(LedgerError::Refused(Refusal::NotAuthenticated))));
    ledger.append_service(now(1), Chain::Site, &signature(true)).unwrap();
    drop(ledger);
    assert_eq!(Ledger::open(&path(&dir), now(2)).unwrap().kind(), LedgerKind::Production);
}

#[test]
fn simulation_takes_a_signature_that_nobody_has_proven() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    ledger.append_service(now(1), Chain::Batch(no), &signature(false)).unwrap();
}

fn signature(authenticated: bool) -> ServiceBody {
    ServiceBody::Signature {
        who: "olga".into(),
        name: "Olga Example".into(),
        meaning: ledger::Meaning::Performed,
        subject: "start of B-1".into(),
        reason: "order".into(),
        authenticated,
    }
}

fn reopen(dir: &tempfile::TempDir, ledger: Ledger) -> Ledger {
    drop(ledger);
    Ledger::open(&path(dir), now(50)).unwrap()
}

fn states(inputs: &[Input]) -> Vec<(u32, SerialState, Option<u32>, Option<u32>)> {
    let told = inputs.iter().filter_map(|input| match *input {
        Input::RecoveredSerial { serial, state, job, track } => {
            Some((serial.0, state, job.map(|job| job.1.0), track.map(|track| track.0)))
        }
        _ => None,
    });
    told.collect()
}

fn fates(inputs: &[Input]) -> Vec<(u32, PackFate, Option<Verdict>)> {
    let told = inputs.iter().filter_map(|input| match *input {
        Input::RecoveredPack(pack) => Some((pack.track.0, pack.fate, pack.verdict)),
        _ => None,
    });
    told.collect()
}

/// The handle is dropped after every single record of a pack's life.
#[test]
fn recovery_after_dropping_the_handle_at_each_step() {
    use SerialState::{Allocated, Commissioned, Encoded};
    let (dir, mut ledger) = fresh();
    let no = ledger.open_batch(now(1), &spec("B-1", 3)).unwrap();
    ledger.allocate_slice(now(2), no, 0, &serials("S", 0, 4)).unwrap();
    ledger = reopen(&dir, ledger);
    assert_eq!(ledger.open_batch_id().unwrap().0, no);
    let half = ledger.recover(no).unwrap();
    assert_eq!(half.order_state, JobOrderState::Ready);
    assert_eq!(half.pool, serials("S", 0, 4));
    assert_eq!(half.spec, spec("B-1", 3));
    assert!(ledger.allocate_slice(now(3), no, 0, &serials("S", 10, 1)).is_err());
    ledger.allocate_slice(now(3), no, 4, &serials("S", 4, 2)).unwrap();
    ledger.finish_allocation(now(3), no).unwrap();
    let mut script = Script::new();
    script.start();
    let (track, serial) = script.accepted();
    script.exit(track, serial);
    let records = std::mem::take(&mut script.records);
    let expected: [Told; 8] = [
        (None, None),
        (None, None),
        (Some((Allocated, false)), None),
        (Some((Encoded, false)), None),
        (Some((Encoded, false)), Some(PackFate::InProcess)),
        (Some((Encoded, true)), Some(PackFate::InProcess)),
        (Some((Encoded, true)), Some(PackFate::InProcess)),
        (Some((Commissioned, true)), Some(PackFate::Exited)),
    ];
    assert_eq!(records.len(), expected.len());
    for (record, (serial, pack)) in records.iter().zip(expected) {
        ledger.append(now(4), no, &[*record]).unwrap();
        ledger = reopen(&dir, ledger);
        let told = ledger.recover(no).unwrap();
        let serials = serial.map(|(state, on)| (0, state, Some(1), on.then_some(1)));
        assert_eq!(states(&told.inputs), serials.into_iter().collect::<Vec<_>>());
        let fates: Vec<_> = fates(&told.inputs).iter().map(|told| told.1).collect();
        assert_eq!(fates, pack.into_iter().collect::<Vec<_>>());
        let Some(Input::RecoveryEnd { io_epoch, io_seq, bases, counts, .. }) = told.inputs.last()
        else {
            panic!("RecoveryEnd is last");
        };
        assert_eq!((*io_epoch, *io_seq), (IO, record.io_seq));
        // Edges on record stay counted, also when the line I/O comes back with new totals.
        let entered = u32::from(pack.is_some());
        let left = u64::from(pack == Some(PackFate::Exited));
        assert_eq!(bases.infeed, if record.seq.0 >= 2 { 11 + entered } else { 0 });
        assert_eq!((counts.infeed, counts.exit), (u64::from(entered), left));
    }
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
}

#[test]
fn recovery_tells_open_packs_and_the_latest_others() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 400), 440);
    let mut script = Script::new();
    script.start();
    let early = script.accepted();
    script.unresolved(early.0, early.1, false);
    (0..300).for_each(|_| script.good());
    let belt = script.labelled();
    script.push(RecordBody::CountsBegin {
        counts: script.counts,
        io_epoch: Epoch(4),
        infeed_base: 21,
        exit_base: 22,
        eject_base: 23,
        labeler_epoch: Epoch(8),
        printed_base: 24,
    });
    script.push(RecordBody::Counts { counts: script.counts, in_process: 1 });
    script.commit(&mut ledger, no).unwrap();
    let told = ledger.recover(no).unwrap();
    let fates = fates(&told.inputs);
    assert_eq!(fates.len(), 2 + 256);
    assert!(fates.is_sorted_by_key(|told| told.0));
    assert_eq!(fates[0], (early.0.0, PackFate::Unresolved, Some(Verdict::Accept)));
    assert_eq!(fates[257], (belt.0.0, PackFate::InProcess, None));
    assert_eq!(states(&told.inputs).len(), 302);
    let Some(Input::RecoveryEnd { io_seq, bases, counts, .. }) = told.inputs.last() else {
        panic!("RecoveryEnd is last");
    };
    assert_eq!((*io_seq, bases.infeed, bases.printed), (IoSeq(script.io_seq), 21, 24));
    assert_eq!((bases.io_epoch, bases.labeler_epoch), (Epoch(4), Epoch(8)));
    assert_eq!(*counts, script.counts);
}

#[test]
fn a_cancelled_loading_leaves_no_serial_alive() {
    let (dir, mut ledger) = fresh();
    let no: BatchNo = ledger.open_batch(now(1), &spec("B-1", 300)).unwrap();
    ledger.allocate_slice(now(2), no, 0, &serials("S", 0, 128)).unwrap();
    ledger = reopen(&dir, ledger);
    ledger.cancel_loading(now(3), no, "op").unwrap();
    let books = ledger.close_batch(now(4), no).unwrap().books;
    assert_eq!((books.allocated, books.invalid), (128, 128));
    let again = ledger.open_batch(now(5), &spec("B-2", 300)).unwrap();
    let refused = ledger.allocate_slice(now(6), again, 0, &serials("S", 127, 2));
    assert!(matches!(
        refused,
        Err(LedgerError::Refused(Refusal::Collision(offsets))) if offsets == [0]
    ));
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
}

/// After a restart the core begins in Held, forgets which exits it saw, and may be told edges
/// again whose records are durable.
#[test]
fn a_restart_keeps_the_books_whole() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 10);
    let mut script = Script::new();
    script.start();
    script.good();
    script.rejected(RejectReason::NoRead);
    let known_eject = EncoderCount(script.encoder - 10);
    let known_exit = script.records.iter().find_map(|record| match record.body {
        RecordBody::PackExited { count, .. } => Some(count),
        _ => None,
    });
    let (seen, serial) = script.accepted();
    script.counts.exit += 1;
    script.unresolved(seen, serial, true);
    let stray = EncoderCount(77_777);
    script.push(RecordBody::EjectedWithoutPack { count: stray });
    script.counts.eject_confirm += 1;
    script.counts.infeed += 1;
    script.commit(&mut ledger, no).unwrap();
    ledger = reopen(&dir, ledger);
    let told = ledger.recover(no).unwrap();
    let Some(Input::RecoveryEnd { line_commissioned, exits_accounted, .. }) = told.inputs.last()
    else {
        panic!("RecoveryEnd is last");
    };
    assert_eq!((*line_commissioned, *exits_accounted), (1, 2));
    assert_eq!(told.order_state, JobOrderState::Running);
    script.push(RecordBody::EjectedWithoutPack { count: stray });
    script.push(RecordBody::EjectedWithoutPack { count: known_eject });
    script.push(RecordBody::ExitedWithoutPack { count: known_exit.unwrap() });
    script.resolve(seen, serial, Resolution::Removed, false);
    script.order(JobOrderState::Held, JobOrderState::Running);
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let books = ledger.close_batch(now(99), no).unwrap().books;
    assert_eq!((books.retrieved_after_exit, books.ejects_without_serial), (1, 1));
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
}
