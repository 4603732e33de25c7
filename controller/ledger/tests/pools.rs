//! Pools from outside and kept ones, serials taken by hand, declared numbers.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use contracts::open_scs::SerialState;
use ledger::{
    BatchNo, Chain, DeclaredTerm, Ledger, LedgerError, LedgerKind, Meaning, PoolSource, Reader,
    Refusal, ReturnPolicy, ServiceBody, Signed, SigningFault, TakenAs, keys, verify,
};
use line_core::reconcile::Books;
use rusqlite::Connection;
use std::collections::HashSet;

fn refused<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> Refusal {
    match result {
        Err(LedgerError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn intact(dir: &tempfile::TempDir) {
    let report = verify::verify(&path(dir), None).unwrap();
    assert!(report.is_ok(), "{report:?}");
}

#[test]
fn an_imported_pool_says_who_answers_for_it() {
    let (dir, mut ledger) = fresh();
    let no = mixed_imported_batch(&mut ledger, "B-1");
    ledger.close_batch(now(900), no).unwrap();
    let reader = Reader::open(&path(&dir)).unwrap();
    assert_eq!(reader.pool_source(no).unwrap(), Some(imported(20)));
    let conn = Connection::open(path(&dir)).unwrap();
    let told: (String, String, i64) = conn
        .query_row("SELECT kind, claim, count FROM v_pool WHERE batch = 'B-1'", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(
        told,
        ("imported".into(), "unique for the product code until 2034-12-31".into(), 20)
    );
    intact(&dir);
}

#[test]
fn a_pool_from_outside_is_loaded_whole_or_not_at_all() {
    let (dir, mut ledger) = fresh();
    let no = ledger.open_batch_from(now(1), &spec("B-1", 10), &imported(12)).unwrap();
    ledger.allocate_slice(now(2), no, 0, &serials("S", 0, 11)).unwrap();
    assert!(ledger.finish_allocation(now(3), no).is_err(), "11 of 12");
    drop(ledger);
    let mut ledger = Ledger::open(&path(&dir), now(4)).unwrap();
    ledger.cancel_loading(now(4), no, "service").unwrap();
    let books = ledger.close_batch(now(5), no).unwrap().books;
    assert_eq!(books, Books { allocated: 11, returned: 11, ..Books::default() });
    // Nothing left the process, so the same file may be loaded again.
    let again = ledger.open_batch_from(now(6), &spec("B-2", 10), &imported(12)).unwrap();
    ledger.allocate_slice(now(7), again, 0, &serials("S", 0, 12)).unwrap();
    ledger.finish_allocation(now(8), again).unwrap();
    intact(&dir);
}

/// What an order of 20 serials leaves behind: 13 dispatched, 7 never.
fn ended(ledger: &mut Ledger, batch: &str, policy: ReturnPolicy) -> BatchNo {
    let mut order = spec(batch, 12);
    order.return_policy = policy;
    let no = loaded(ledger, &order, 20);
    let mut script = Script::new();
    mixed_records(&mut script);
    script.commit(ledger, no).unwrap();
    ledger.close_batch(now(900), no).unwrap();
    no
}

/// Which of the serials 11 to 19 of `B-1` each source may allocate again. 0 to 12 were dispatched.
#[test]
fn i3_only_what_never_left_the_process_is_allocated_again() {
    let kept = PoolSource::Kept { count: 1 };
    let foreign = imported(1);
    let table = [
        (ReturnPolicy::Unallocate, Some(&kept), true),
        (ReturnPolicy::Unallocate, Some(&foreign), true),
        (ReturnPolicy::Unallocate, None, false),
        (ReturnPolicy::Returned, Some(&kept), false),
        (ReturnPolicy::Returned, Some(&foreign), true),
        (ReturnPolicy::Returned, None, false),
        (ReturnPolicy::Invalid, Some(&kept), false),
        (ReturnPolicy::Invalid, Some(&foreign), false),
        (ReturnPolicy::Invalid, None, false),
    ];
    for (policy, source, again) in table {
        let (dir, mut ledger) = fresh();
        ended(&mut ledger, "B-1", policy);
        let spec = spec("B-2", 1);
        let no = match source {
            Some(source) => ledger.open_batch_from(now(1_000), &spec, source).unwrap(),
            None => ledger.open_batch(now(1_000), &spec).unwrap(),
        };
        for n in 0..20 {
            let slice = serials("B1", n, 1);
            let may = again && n >= 13;
            let twice = [slice[0], slice[0]];
            let collisions = if may { vec![1] } else { vec![0, 1] };
            let refusal = refused(ledger.allocate_slice(now(1_001), no, 0, &twice));
            assert_eq!(refusal, Refusal::Collision(collisions), "{policy:?} {source:?} {n}");
        }
        let told = ledger.allocate_slice(now(1_001), no, 0, &serials("B1", 13, 1));
        assert_eq!(told.is_ok(), again, "{policy:?} {source:?}");
        if again {
            ledger.finish_allocation(now(1_002), no).unwrap();
            let reader = Reader::open(&path(&dir)).unwrap();
            let serial = serials("B1", 13, 1)[0];
            let trace = reader.serial_trace(GTIN.parse().unwrap(), serial).unwrap().unwrap();
            assert_eq!((trace.batch.as_str(), trace.state), ("B-2", SerialState::Allocated));
            assert_eq!(ledger.alive_serials(GTIN.parse().unwrap()).unwrap(), 6 + 1);
        }
        intact(&dir);
    }
}

/// Orders that use kept serials over and over: each serial is on at most one label, ever.
#[test]
fn i3_kept_serials_over_many_orders() {
    let mut rng = Rng(seed());
    let (dir, mut ledger) = fresh();
    let gtin = GTIN.parse().unwrap();
    let mut dispatched = HashSet::new();
    let mut fresh_serials = 0;
    for batch in 0..30 {
        let mut order = spec(&format!("B-{batch}"), 1);
        order.return_policy = match rng.below(3) {
            0 => ReturnPolicy::Invalid,
            1 => ReturnPolicy::Returned,
            _ => ReturnPolicy::Unallocate,
        };
        let kept = Reader::open(&path(&dir)).unwrap().kept_serials(gtin, 9).unwrap();
        let (no, pool) = if kept.is_empty() {
            let pool = serials("F", fresh_serials, 12);
            fresh_serials += 12;
            (ledger.open_batch(now(batch), &order).unwrap(), pool)
        } else {
            let source = PoolSource::Kept { count: kept.len() as u32 };
            (ledger.open_batch_from(now(batch), &order, &source).unwrap(), kept)
        };
        ledger.allocate_slice(now(batch), no, 0, &pool).unwrap();
        ledger.finish_allocation(now(batch), no).unwrap();
        let mut script = Script::new();
        script.start();
        for serial in &pool[..rng.below(pool.len() as u64 + 1) as usize] {
            assert!(dispatched.insert(*serial), "{serial} left the process twice");
            let (serial, job) = script.assign();
            if rng.below(2) == 0 {
                script.print(serial, job);
            }
        }
        script.complete();
        script.commit(&mut ledger, no).unwrap();
        ledger.close_batch(now(batch), no).unwrap();
    }
    assert!(dispatched.len() > 50, "{}", dispatched.len());
    intact(&dir);
}

#[test]
fn serials_are_read_page_by_page() {
    let (dir, mut ledger) = fresh();
    let no = ended(&mut ledger, "B-1", ReturnPolicy::Unallocate);
    let reader = Reader::open(&path(&dir)).unwrap();
    let (all, next) = reader.serials(no, 0, None).unwrap();
    assert_eq!((all.len(), next), (20, None));
    let (some, _) = reader.serials(no, 0, Some(SerialState::Unallocated)).unwrap();
    assert_eq!(
        some.iter().map(|row| row.serial_idx).collect::<Vec<_>>(),
        [13, 14, 15, 16, 17, 18, 19]
    );
    assert_eq!(all[0].track, Some(1));
    assert_eq!(reader.serials(no, 15, None).unwrap().0.len(), 5);
    assert_eq!(reader.kept_serials(GTIN.parse().unwrap(), 3).unwrap().len(), 3);
    assert_eq!(reader.pool_left(no).unwrap(), (0, 5));
}

/// Each row: serial of `mixed_batch`, as what, and the state after it; none is a refusal.
/// 0-4 good, 5-6 in reject, 7 resolved at the exit, 8 resolved in the bin, 9 removed, 10 SNInvalid,
/// 11 on the web, 12 dispatched, 13 on undispatched.
#[test]
fn serials_are_taken_by_the_rows_of_the_table_only() {
    use TakenAs as T;
    let (dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    let good = |n: usize| n <= 4 || n == 7;
    let label = |n: usize| [5, 6, 8, 11].contains(&n);
    for n in 0..20 {
        for taken in [T::Sample, T::Removal, T::Label, T::FirstPack] {
            let may = match taken {
                T::Sample | T::Removal => good(n),
                T::Label | T::FirstPack => label(n),
            };
            if may {
                continue;
            }
            let refusal = refused(ledger.take_serial(now(800), no, &taking("B-1", n, taken)));
            assert!(matches!(refusal, Refusal::SerialState { .. }), "{n} {taken:?}: {refusal:?}");
        }
    }
    let table = [
        (0, T::Sample, SerialState::Sampled),
        (1, T::Removal, SerialState::Inactive),
        (5, T::Label, SerialState::LabelSampled),
        (6, T::FirstPack, SerialState::LabelSampled),
        (7, T::Sample, SerialState::Sampled),
        (8, T::Label, SerialState::LabelSampled),
        (11, T::Label, SerialState::LabelSampled),
    ];
    for (n, taken, state) in table {
        let done = ledger.take_serial(now(800), no, &taking("B-1", n, taken));
        assert_eq!(done.unwrap(), state, "{n}");
        let again = refused(ledger.take_serial(now(801), no, &taking("B-1", n, taken)));
        assert!(matches!(again, Refusal::SerialState { .. }), "{n}: {again:?}");
    }
    let books = ledger.close_batch(now(900), no).unwrap().books;
    assert_eq!((books.sampled, books.inactive, books.label_sampled), (2, 1, 4));
    assert_eq!((books.commissioned_ever, books.commissioned_now), (6, 3));
    assert_eq!((books.label_scrapped, books.in_reject), (1, 0));
    assert!(books.reconciled(), "{:?}", books.identities());
    let reader = Reader::open(&path(&dir)).unwrap();
    let serial = serials("B1", 0, 1)[0];
    let trace = reader.serial_trace(GTIN.parse().unwrap(), serial).unwrap().unwrap();
    assert!(trace.events.iter().any(|event| event.body.contains("\"serial_taken\"")));
    intact(&dir);
}

#[test]
fn a_label_that_may_still_be_applied_is_not_kept() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 10);
    let mut script = Script::new();
    script.start();
    let (web, job) = script.assign();
    script.print(web, job);
    script.labelled();
    script.commit(&mut ledger, no).unwrap();
    for n in [0, 1] {
        let refusal = refused(ledger.take_serial(now(5), no, &taking("B-1", n, TakenAs::Label)));
        assert!(matches!(refusal, Refusal::NotInReject(_)), "{n}: {refusal:?}");
    }
    intact(&dir);
}

#[test]
fn who_takes_a_serial_signs_and_the_first_pack_takes_two() {
    let (dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    let fault = |result| match refused(result) {
        Refusal::Signing { fault, .. } => fault,
        other => panic!("{other:?}"),
    };
    let mut alone = taking("B-1", 5, TakenAs::FirstPack);
    alone.signed[1].who = "Olga".into();
    let same = SigningFault::SamePerson { who: "Olga".into() };
    assert_eq!(fault(ledger.take_serial(now(1), no, &alone)), same);
    alone.signed.swap(0, 1);
    let meaning = SigningFault::Meaning { who: "Olga".into() };
    assert_eq!(fault(ledger.take_serial(now(1), no, &alone)), meaning);
    alone.signed.truncate(1);
    let one = SigningFault::Number { given: 1 };
    assert_eq!(fault(ledger.take_serial(now(1), no, &alone)), one);
    let mut crowd = taking("B-1", 0, TakenAs::Sample);
    crowd.signed.push(signed("quentin", Meaning::Approved));
    let number = SigningFault::Number { given: 2 };
    assert_eq!(fault(ledger.take_serial(now(1), no, &crowd)), number);
    let mut another = taking("B-1", 0, TakenAs::Sample);
    another.signed[0].authenticated = true;
    let other = SigningFault::OtherSubject { subject: "test".into() };
    assert_eq!(fault(ledger.take_serial(now(1), no, &another)), other);
    another.signed[0].reason.clear();
    another.signed[0].authenticated = false;
    assert_eq!(fault(ledger.take_serial(now(1), no, &another)), SigningFault::Texts);
    let mut stranger = taking("B-1", 0, TakenAs::Sample);
    stranger.serial = "NOBODY".parse().unwrap();
    let unknown = refused(ledger.take_serial(now(1), no, &stranger));
    assert_eq!(unknown, Refusal::UnknownSerial("NOBODY".into()));
    // By the back door neither: the event alone, or with somebody else's signature.
    let event = |signature_seq| ServiceBody::SerialTaken {
        serial: 0,
        taken: TakenAs::Sample,
        who: "olga".into(),
        reason: "none".into(),
        signature_seq,
        second_signature_seq: None,
    };
    assert!(ledger.append_service(now(2), Chain::Batch(no), &event(1)).is_err());
    assert!(ledger.append_service(now(2), Chain::Site, &event(1)).is_err());
    let events = verify::verify(&path(&dir), None).unwrap().records;
    ledger.take_serial(now(3), no, &taking("B-1", 5, TakenAs::FirstPack)).unwrap();
    let report = verify::verify(&path(&dir), None).unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(report.records, events + 3, "two signatures and the event");
}

#[test]
fn production_takes_no_signature_of_somebody_unproven() {
    let dir = tempfile::tempdir().unwrap();
    let key = keys::make(dir.path()).unwrap();
    let line = "L-1".parse().unwrap();
    let mut ledger =
        Ledger::create(&path(&dir), LedgerKind::Production, &line, &key, now(0)).unwrap();
    ledger.set_authority(now(0), GTIN.parse().unwrap(), Some("all"), "admin").unwrap();
    let gtin = GTIN.parse().unwrap();
    let proven = |who: &str, meaning, act: &str| Signed {
        authenticated: true,
        subject: format!("{act} test"),
        ..signed(who, meaning)
    };
    let draft = signed("erik", Meaning::Performed);
    let unproven = refused(ledger.draft_recipe(now(1), gtin, "a recipe", &draft));
    assert_eq!(unproven, Refusal::NotAuthenticated);
    let erik = proven("erik", Meaning::Performed, "recipe_draft");
    assert_eq!(ledger.draft_recipe(now(1), gtin, "a recipe", &erik).unwrap(), 1);
}

#[test]
fn declared_numbers_add_up_and_never_fall_below_none() {
    let (dir, mut ledger) = fresh();
    let no = ledger.open_batch(now(1), &spec("B-1", 3)).unwrap();
    let declare = |ledger: &mut Ledger, term, count| {
        ledger.declare(now(2), no, (term, count), &signed("olga", Meaning::Performed))
    };
    let early = refused(declare(&mut ledger, DeclaredTerm::Duplicate, 1));
    assert!(matches!(early, Refusal::WrongOrderState(_)), "{early:?}");
    ledger.allocate_slice(now(1), no, 0, &serials("S", 0, 4)).unwrap();
    ledger.finish_allocation(now(1), no).unwrap();
    assert_eq!(declare(&mut ledger, DeclaredTerm::Duplicate, 3).unwrap(), 3);
    assert_eq!(declare(&mut ledger, DeclaredTerm::Duplicate, -2).unwrap(), 1);
    let below = refused(declare(&mut ledger, DeclaredTerm::Duplicate, -2));
    assert_eq!(below, Refusal::DeclaredBelowZero { declared: 1, count: -2 });
    let far = refused(declare(&mut ledger, DeclaredTerm::Duplicate, i64::MAX));
    assert!(matches!(far, Refusal::DeclaredBelowZero { .. }));
    let books = ledger.books(no).unwrap();
    assert_eq!((books.duplicate, books.declared_additions), (1, 0));
    intact(&dir);
}

#[test]
fn an_alarm_is_known_until_it_is_cleared() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 10);
    let reader = Reader::open(&path(&dir)).unwrap();
    for raised in [true, false, true] {
        let alarm = ServiceBody::Alarm { what: "low_pool".into(), raised };
        ledger.append_service(now(5), Chain::Batch(no), &alarm).unwrap();
        assert_eq!(reader.alarm_raised(Chain::Batch(no), "low_pool").unwrap(), raised);
    }
    assert!(!reader.alarm_raised(Chain::Site, "low_pool").unwrap());
    assert!(!reader.alarm_raised(Chain::Batch(no), "disk").unwrap());
    intact(&dir);
}
