//! A batch from opening to close: books, views, traces, refusals.

mod common;

use common::*;
use contracts::open_scs::{JobOrderState, SerialState};
use ledger::{
    Chain, DeclaredTerm, DeviationOf, Ledger, LedgerError, Meaning, Reader, Refusal, ReturnPolicy,
    ServiceBody, StoredBody, WalCheckpointer, verify,
};
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use line_core::reconcile::Books;
use line_core::record::RecordBody;
use rusqlite::Connection;

fn expected_books() -> Books {
    Books {
        allocated: 20,
        // 5 good, 2 rejected, 3 resolved, 1 on the web: 11 printed and valid.
        encoded: 11,
        // 1 by the labeler's epoch, 1 dispatched and never printed.
        invalid: 2,
        returned: 7,
        commissioned_ever: 6,
        commissioned_now: 6,
        line_commissioned: 5,
        resolved_commissioned: 1,
        // 2 rejected, 1 resolved in the bin, 1 removed, 1 on the web.
        label_scrapped: 5,
        infeed: 11,
        exit_edges: 7,
        retrieved_after_exit: 1,
        resolved_at_exit: 1,
        // 3 by the eye, 1 by a person.
        confirmed_ejects: 4,
        serials_in_reject_ever: 3,
        ejects_without_serial: 1,
        declared_removals: 1,
        labeler_printed: 12,
        invalid_but_printed: 1,
        ..Books::default()
    }
}

/// Invariant I4: the terms of a small batch, exactly.
#[test]
fn i4_books_of_a_hand_made_batch() {
    let (dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    let closed = ledger.close_batch(now(900), no).unwrap();
    assert_eq!(closed.books, expected_books());
    assert!(closed.books.reconciled(), "{:?}", closed.books.identities());
    assert_eq!(ledger.books(no).unwrap(), closed.books);
    assert_eq!(ledger.open_batch_id(), None);
    let report = verify::verify(&path(&dir), None).unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert!(!report.anchored);
}

#[test]
fn policy_invalid_makes_the_rest_invalid() {
    let (_dir, mut ledger) = fresh();
    let mut order = spec("B-1", 12);
    order.return_policy = ReturnPolicy::Invalid;
    let no = loaded(&mut ledger, &order, 20);
    let mut script = Script::new();
    mixed_records(&mut script);
    script.commit(&mut ledger, no).unwrap();
    let books = ledger.close_batch(now(900), no).unwrap().books;
    assert_eq!(books, Books { returned: 0, invalid: 9, ..expected_books() });
}

#[test]
fn an_order_never_run_gives_everything_back() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 10), 11);
    let books = ledger.close_batch(now(5), no).unwrap().books;
    assert_eq!(books, Books { allocated: 11, returned: 11, ..Books::default() });
}

#[test]
fn outsiders_read_the_views() {
    let (dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    ledger.close_batch(now(900), no).unwrap();
    let conn = Connection::open(path(&dir)).unwrap();
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        count(
            "SELECT count(*) FROM v_pack WHERE fate = 'exited' AND verdict = 'accept'
        AND accepted_at LIKE '2026-11-22T12:21:5%+00:00' AND exited_at IS NOT NULL"
        ),
        5
    );
    assert_eq!(count("SELECT count(*) FROM v_pack WHERE reason = 'no_job' AND serial IS NULL"), 1);
    let commissioned = "SELECT count(*) FROM v_serial JOIN v_pack USING (batch, serial)
        WHERE state = 'commissioned' AND state_number = 7 AND fate LIKE '%exited'";
    assert_eq!(count(commissioned), 6);
    let batch = "SELECT count(*) FROM v_batch WHERE batch = 'B-1' AND state = 'closed'
        AND allocated = 20 AND json_extract(books_json, '$.encoded') = 11
        AND expiry = '2027-11-30'";
    assert_eq!(count(batch), 1);
    let kinds = "SELECT count(*) FROM v_event WHERE kind = 'pack_exited' AND chain = 'B-1'";
    assert_eq!(count(kinds), 5);
    let kind = "SELECT count(*) FROM v_ledger WHERE kind = 'simulation' AND line_id = 'L-1'";
    assert_eq!(count(kind), 1);
}

#[test]
fn a_serial_tells_its_life() {
    let (dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    ledger.close_batch(now(900), no).unwrap();
    let reader = Reader::open(&path(&dir)).unwrap();
    let trace = |n: usize| {
        let serial = serials("B1", n, 1)[0];
        reader.serial_trace(GTIN.parse().unwrap(), serial).unwrap()
    };
    let kinds = |n: usize| -> Vec<String> {
        let of = |body: &str| body.split('"').nth(3).unwrap().to_owned();
        trace(n).unwrap().events.iter().map(|event| of(&event.body)).collect()
    };
    let good = ["job_assigned", "printed", "pack_infeed", "label_applied", "verdict"];
    let life = |end: &[&str]| -> Vec<String> {
        let all = ["serials_allocated"].iter().chain(&good).chain(end);
        all.copied().chain(["batch_closed"]).map(str::to_owned).collect()
    };
    assert_eq!(kinds(0), life(&["pack_exited"]));
    assert_eq!(kinds(5), life(&["pack_ejected"]));
    assert_eq!(kinds(7), life(&["pack_unresolved", "pack_resolved"]));
    assert_eq!(kinds(19), ["serials_allocated", "batch_closed"]);
    assert_eq!(trace(0).unwrap().state, SerialState::Commissioned);
    assert_eq!(trace(19).unwrap().state, SerialState::Unallocated);
    assert!(trace(20).is_none());
    let packs = reader.packs(no, 10, 5).unwrap();
    assert_eq!(packs.iter().map(|pack| pack.track).collect::<Vec<_>>(), [11]);
    assert_eq!(reader.batches(10).unwrap()[0].state, JobOrderState::Closed);
    let (audit, next) = reader.audit_events(0, 1_000).unwrap();
    assert!(audit.iter().all(|event| !event.body.contains("\"track\"")));
    assert_eq!(next, reader.events(0, 1_000).unwrap().last().unwrap().seq);
}

#[test]
fn close_refuses_an_unresolved_pack_and_changes_nothing() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    let mut script = Script::new();
    script.start();
    script.good();
    let (track, serial) = script.accepted();
    script.unresolved(track, serial, false);
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let before = ledger.books(no).unwrap();
    let Err(LedgerError::NotReconciled(refusal)) = ledger.close_batch(now(900), no) else {
        panic!("must refuse");
    };
    assert_eq!(refusal.unresolved, [TrackIndex(2)]);
    assert!(refusal.failing.iter().any(|identity| identity.name == "encoded"));
    assert_eq!(ledger.books(no).unwrap(), before);
    assert_eq!(ledger.open_batch_id().unwrap().0, no);
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
    // A person finds it in the bin: now the order closes.
    script.resolve(track, serial, Resolution::Ejected, false);
    script.commit(&mut ledger, no).unwrap();
    ledger.close_batch(now(901), no).unwrap();
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
}

/// Even when every sum holds: a blank pack nobody has found, and a declared removal for it.
#[test]
fn close_refuses_an_unresolved_pack_whose_sums_hold() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    let mut script = Script::new();
    script.start();
    let (serial, accepted, exit_seen) = (None, false, false);
    let track = script.infeed();
    script.push(RecordBody::PackUnresolved { track, serial, accepted, exit_seen });
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let op = signed("op", Meaning::Performed);
    ledger.declare(now(7), no, (DeclaredTerm::Removals, 1), &op).unwrap();
    let Err(LedgerError::NotReconciled(refusal)) = ledger.close_batch(now(900), no) else {
        panic!("must refuse");
    };
    assert!(refusal.failing.is_empty(), "{refusal}");
    assert_eq!(refusal.unresolved, [track]);
}

#[test]
fn close_refuses_a_pack_on_the_belt_and_a_running_order() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    let mut script = Script::new();
    script.start();
    let _on_belt = script.accepted();
    script.commit(&mut ledger, no).unwrap();
    let running = ledger.close_batch(now(900), no);
    let state = JobOrderState::Running;
    assert!(matches!(
        running,
        Err(LedgerError::Refused(Refusal::WrongOrderState(found))) if found == state
    ));
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let Err(LedgerError::NotReconciled(refusal)) = ledger.close_batch(now(900), no) else {
        panic!("must refuse");
    };
    assert_eq!(refusal.in_process, [TrackIndex(1)]);
}

#[test]
fn an_unexplained_pack_needs_a_signed_deviation_of_exactly_its_amount() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    let mut script = Script::new();
    script.start();
    script.good();
    script.counts.infeed += 2;
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    assert!(matches!(ledger.close_batch(now(900), no), Err(LedgerError::NotReconciled(_))));
    let identity = DeviationOf::Unexplained;
    let by = ledger::TwoPersons {
        who: "olga".into(),
        second: "quinn".into(),
        reason: "two packs fell under the line".into(),
        signature_seq: 1,
        second_signature_seq: 2,
    };
    let event = ServiceBody::Deviation { identity, amount: 2, by };
    assert!(ledger.append_service(now(901), Chain::Batch(no), &event).is_err(), "unsigned");
    let alone = ledger.leave_open(now(902), no, (identity, 2), &two(Meaning::Approved)[..1]);
    assert!(matches!(alone, Err(LedgerError::Refused(Refusal::Signing { .. }))), "{alone:?}");
    ledger.leave_open(now(903), no, (identity, 1), &two(Meaning::Approved)).unwrap();
    assert!(ledger.close_batch(now(904), no).is_err(), "another amount");
    ledger.leave_open(now(905), no, (identity, 2), &two(Meaning::Approved)).unwrap();
    ledger.close_batch(now(906), no).unwrap();
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
}

/// An exit edge of no pack: what passed was taken back, and it had come onto the belt unseen.
#[test]
fn a_stranger_taken_back_from_behind_the_exit_is_declared() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    let mut script = Script::new();
    script.start();
    script.good();
    script.counts.exit += 1;
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let terms = [DeclaredTerm::Additions, DeclaredTerm::Removals, DeclaredTerm::Retrieved];
    let op = signed("op", Meaning::Performed);
    for term in terms {
        let closed = ledger.close_batch(now(900), no);
        assert!(matches!(closed, Err(LedgerError::NotReconciled(_))), "without {term:?}");
        assert_eq!(ledger.declare(now(901), no, (term, 1), &op).unwrap(), 1);
    }
    let books = ledger.close_batch(now(902), no).unwrap().books;
    assert_eq!((books.exit_edges, books.retrieved_after_exit), (2, 1));
    assert!(verify::verify(&path(&dir), None).unwrap().is_ok());
}

#[test]
fn declared_numbers_count() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    let mut script = Script::new();
    script.start();
    script.good();
    script.counts.infeed += 1;
    script.counts.printed -= 1;
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let mut declare = |term, count| {
        ledger.declare(now(7), no, (term, count), &signed("op", Meaning::Performed)).unwrap()
    };
    declare(DeclaredTerm::Removals, 1);
    declare(DeclaredTerm::Printed, 1);
    let books = ledger.close_batch(now(900), no).unwrap().books;
    assert_eq!((books.declared_removals, books.printed_undeclared), (1, 1));
}

/// What is ejected before the counts begin (the start purge) is no part of the books.
#[test]
fn the_start_purge_does_not_count() {
    let (_dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    let mut script = Script::new();
    let stray = |n| RecordBody::EjectedWithoutPack { count: line_core::ids::EncoderCount(n) };
    script.push(stray(1));
    script.start();
    script.good();
    script.push(stray(2));
    script.counts.eject_confirm += 1;
    script.counts.infeed += 1;
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let books = ledger.close_batch(now(900), no).unwrap().books;
    assert_eq!((books.ejects_without_serial, books.confirmed_ejects), (1, 1));
}

#[test]
fn nothing_follows_a_close() {
    let (_dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    ledger.close_batch(now(900), no).unwrap();
    let stop = ServiceBody::ServiceStop { clean: true };
    assert!(ledger.append_service(now(901), Chain::Batch(no), &stop).is_err());
    ledger.append_service(now(901), Chain::Site, &stop).unwrap();
    let mut script = Script::new();
    script.start();
    assert!(script.commit(&mut ledger, no).is_err());
    assert!(ledger.close_batch(now(902), no).is_err());
    let reopened = ledger.open_batch(now(903), &spec("b-1", 3));
    assert!(matches!(reopened, Err(LedgerError::Refused(Refusal::BatchExists(_)))));
    mixed_batch(&mut ledger, "B-2");
}

#[test]
fn one_writer_and_checkpoints_beside_it() {
    let (dir, mut ledger) = fresh();
    assert!(matches!(Ledger::open(&path(&dir), now(1)), Err(LedgerError::Locked { .. })));
    let wal = WalCheckpointer::open(&path(&dir)).unwrap();
    mixed_batch(&mut ledger, "B-1");
    let status = wal.passive().unwrap();
    assert!(status.log_frames > 0 && !status.busy, "{status:?}");
    assert_eq!(status.log_frames, status.checkpointed_frames);
    wal.truncate().unwrap();
    assert_eq!(ledger.wal_path().metadata().unwrap().len(), 0);
    drop(ledger);
    Ledger::open(&path(&dir), now(2)).unwrap();
}

#[test]
fn bodies_of_a_whole_batch_can_be_read_back() {
    let (dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    ledger.close_batch(now(900), no).unwrap();
    let reader = Reader::open(&path(&dir)).unwrap();
    for event in reader.events(0, 1_000).unwrap() {
        StoredBody::parse(&event.body).unwrap_or_else(|what| panic!("{what}: {}", event.body));
    }
}
