//! Sealing: a closed batch is in a file of its own that is verified on its own; the ledger keeps
//! what uniqueness needs; a crash at any step leaves the batch whole, here or there.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use ledger::backup::{BackupJob, LEDGER_FILE, PUBLIC_KEY_FILE, check as check_backup, make};
use ledger::seal::{Removal, SEALED_DIR, Seal, write};
use ledger::verify::{sealed, verify};
use ledger::{BatchNo, Ledger, LedgerError, LedgerKind, Meaning, Reader, Refusal, keys};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Plant {
    dir: TempDir,
    key: String,
}

impl Plant {
    fn new() -> (Self, Ledger) {
        let dir = tempfile::tempdir().unwrap();
        let key = keys::make(dir.path()).unwrap();
        let line = "L-1".parse().unwrap();
        let path = dir.path().join(LEDGER_FILE);
        let mut ledger =
            Ledger::create(&path, LedgerKind::Simulation, &line, &key, now(0)).unwrap();
        ledger.set_authority(now(0), GTIN.parse().unwrap(), Some("all"), "admin").unwrap();
        let key = ledger.public_key_hex();
        std::fs::write(dir.path().join(PUBLIC_KEY_FILE), key.clone() + "\n").unwrap();
        (Self { dir, key }, ledger)
    }

    fn data(&self) -> &Path {
        self.dir.path()
    }

    fn db(&self) -> PathBuf {
        self.data().join(LEDGER_FILE)
    }

    fn file(&self, batch: &str) -> PathBuf {
        self.data().join(SEALED_DIR).join(format!("{batch}.packline"))
    }

    fn rows(&self, table: &str) -> i64 {
        let conn = Connection::open(self.db()).unwrap();
        conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }
}

fn closed(ledger: &mut Ledger, batch: &str) -> (BatchNo, String) {
    let no = worked_batch(ledger, batch);
    reviewed(ledger, no);
    let closed = ledger.close_batch_signed(now(900), no, &two(Meaning::Approved)).unwrap();
    (no, closed.anchor.to_line())
}

fn remove_all(ledger: &mut Ledger) {
    while ledger.remove_sealed(now(950)).unwrap() == Removal::GoesOn {}
}

fn seal_of(plant: &Plant, batch: &str) -> Seal {
    write(plant.data(), &batch.parse().unwrap(), "olga").unwrap()
}

fn intact(plant: &Plant) {
    let report = verify(&plant.db(), None).unwrap();
    assert!(report.is_ok(), "{report:?}");
}

#[test]
fn a_sealed_batch_is_whole_in_its_file_and_the_ledger_is_whole_without_it() {
    let (plant, mut ledger) = Plant::new();
    let (first, mut anchors) = closed(&mut ledger, "B-1");
    let imported = mixed_imported_batch(&mut ledger, "B-2");
    anchors += &ledger.checkpoint(now(901)).unwrap().to_line();
    anchors += &ledger.close_batch(now(902), imported).unwrap().anchor.to_line();
    let gtin = GTIN.parse().unwrap();
    let before = (ledger.alive_serials(gtin).unwrap(), plant.rows("issued"));
    let books = Reader::open(&plant.db()).unwrap().books(first).unwrap();
    let packs = Reader::open(&plant.db()).unwrap().packs(first, 0, 100).unwrap();
    for batch in ["B-1", "B-2"] {
        let seal = seal_of(&plant, batch);
        ledger.seal(now(910), &seal).unwrap();
        intact(&plant);
        remove_all(&mut ledger);
        intact(&plant);
    }
    let open = mixed_batch(&mut ledger, "B-3");
    assert_eq!(open, BatchNo(3));
    let after = (ledger.alive_serials(gtin).unwrap(), plant.rows("issued"));
    assert_eq!(after.1, before.1 + 20, "every serial stays known");
    assert!(after.0 >= before.0, "what lives is counted for the guess rule");
    let reader = Reader::open(&plant.db()).unwrap();
    assert_eq!(reader.books(first).unwrap(), books);
    assert!(reader.packs(first, 0, 100).unwrap().is_empty());
    let row = reader.batches(9).unwrap().into_iter().find(|row| row.batch_no == first).unwrap();
    let sealed_reader = Reader::open_sealed(plant.data(), &row.sealed_file.unwrap()).unwrap();
    assert_eq!(sealed_reader.packs(first, 0, 100).unwrap(), packs);
    let serial = serials("B1", 0, 1)[0];
    assert_eq!(reader.sealed_file_of(gtin, serial).unwrap().as_deref(), Some("B-1.packline"));
    let detail = sealed_reader.pack_detail(first, 7, 1).unwrap().unwrap();
    assert_eq!(detail.reviews.len(), 2, "reviews go with their batch");
    assert_eq!((plant.rows("reject_review"), plant.rows("workflow_step")), (0, 0));
    assert_eq!(reader.recipes(Some(gtin)).unwrap().len(), 2, "recipes stay");
    assert!(sealed_reader.serial_trace(gtin, serial).unwrap().unwrap().events.len() > 5);
    assert!(reader.issued(gtin, serial).unwrap().is_some_and(|issued| !issued.unallocated));
    drop(ledger);
    // The file alone, with the key from elsewhere.
    let proof = sealed::check(&plant.file("B-1"), Some(&plant.key)).unwrap();
    assert!(proof.first_bad.is_none() && proof.signed_by_given_key, "{proof:?}");
    let file = plant.data().join("elsewhere.jsonl");
    std::fs::write(&file, anchors).unwrap();
    let report = verify(&plant.db(), Some((&file, &plant.key))).unwrap();
    assert!(report.is_ok() && report.anchored, "{report:?}");
    assert_eq!(report.sealed.len(), 2);
    let files = |file: Option<&str>| {
        let dir = plant.data().join(SEALED_DIR);
        let whole = file.map(|name| std::fs::read(dir.join(name)).unwrap());
        if let (Some(name), Some(whole)) = (file, &whole) {
            std::fs::write(dir.join(name), &whole[..whole.len() - 1]).unwrap();
        }
        let mut report = verify(&plant.db(), None).unwrap();
        sealed::check_files(&mut report, &dir).unwrap();
        if let (Some(name), Some(whole)) = (file, &whole) {
            std::fs::write(dir.join(name), whole).unwrap();
        }
        (report.sealed_verified, report.is_ok())
    };
    assert_eq!(files(None), (2, true));
    assert_eq!(files(Some("B-2.packline")), (1, false), "a changed file");
    std::fs::remove_file(plant.file("B-1")).unwrap();
    assert_eq!(files(None), (1, false), "a missing file");
    let gone = Reader::open_sealed(plant.data(), "B-1.packline").unwrap_err().to_string();
    assert!(gone.contains("is not there"), "{gone}");
}

#[test]
fn a_serial_of_a_sealed_batch_is_never_allocated_again_but_a_kept_one_may_be() {
    let (plant, mut ledger) = Plant::new();
    let mut first_spec = spec("B-1", 12);
    first_spec.return_policy = ledger::ReturnPolicy::Unallocate;
    let no = loaded(&mut ledger, &first_spec, 20);
    let mut script = Script::new();
    mixed_records(&mut script);
    script.commit(&mut ledger, no).unwrap();
    ledger.close_batch(now(900), no).unwrap();
    let seal = seal_of(&plant, "B-1");
    ledger.seal(now(910), &seal).unwrap();
    remove_all(&mut ledger);
    let reader = Reader::open(&plant.db()).unwrap();
    let kept = reader.kept_serials(GTIN.parse().unwrap(), 99).unwrap();
    assert!(!kept.is_empty());
    let source = ledger::PoolSource::Kept { count: 2 };
    let second = ledger.open_batch_from(now(920), &spec("B-2", 1), &source).unwrap();
    let slice = [kept[0], serials("B1", 0, 1)[0]];
    let refused = ledger.allocate_slice(now(921), second, 0, &slice).unwrap_err();
    let collided = matches!(&refused, LedgerError::Refused(Refusal::Collision(c)) if *c == [1]);
    assert!(collided, "{refused}");
    let slice = [kept[0], kept[1]];
    ledger.allocate_slice(now(922), second, 0, &slice).unwrap();
    ledger.finish_allocation(now(923), second).unwrap();
    drop(ledger);
    intact(&plant);
}

#[test]
fn a_crash_at_any_step_leaves_the_batch_whole() {
    let (plant, mut ledger) = Plant::new();
    closed(&mut ledger, "B-1");
    drop(ledger);
    // Written, not recorded: the file is remains, and is written anew.
    let first = seal_of(&plant, "B-1");
    let reopen = || Ledger::open(&plant.db(), now(905)).unwrap();
    drop(reopen());
    intact(&plant);
    std::fs::write(plant.data().join(SEALED_DIR).join(".B-1.packline.part"), "torn").unwrap();
    let seal = seal_of(&plant, "B-1");
    assert_eq!((&seal.events, &seal.head), (&first.events, &first.head));
    // Recorded, nothing removed.
    let mut ledger = reopen();
    ledger.seal(now(910), &seal).unwrap();
    drop(ledger);
    intact(&plant);
    // After each slice.
    let mut slices = 0;
    loop {
        let mut ledger = reopen();
        let removal = ledger.remove_sealed(now(911)).unwrap();
        drop(ledger);
        intact(&plant);
        if removal == Removal::Done {
            break;
        }
        slices += 1;
    }
    println!("{slices} slices, the ledger is whole after each");
    assert!(slices >= 5);
    assert_eq!(plant.rows("pack"), 0);
    let again = reopen().seal(now(912), &seal).unwrap_err();
    assert!(matches!(again, LedgerError::Refused(Refusal::NotSealable(_))), "{again}");
}

#[test]
fn the_tables_let_no_event_go_that_is_not_on_record_as_sealed() {
    let (plant, mut ledger) = Plant::new();
    closed(&mut ledger, "B-1");
    mixed_batch(&mut ledger, "B-2");
    let seal = seal_of(&plant, "B-1");
    let conn = Connection::open(plant.db()).unwrap();
    assert!(conn.execute("DELETE FROM event WHERE chain = 'B-1'", []).is_err(), "not recorded");
    ledger.seal(now(910), &seal).unwrap();
    assert!(conn.execute("DELETE FROM event WHERE chain = 'B-2'", []).is_err());
    assert!(conn.execute("DELETE FROM event WHERE chain = 'site'", []).is_err());
    drop(conn);
    for wrong in [
        Seal { head: "00".repeat(32), ..seal.clone() },
        Seal { events: seal.events - 1, ..seal.clone() },
        Seal { batch: "B-2".parse().unwrap(), ..seal.clone() },
    ] {
        let refused = ledger.seal(now(911), &wrong).unwrap_err();
        assert!(matches!(refused, LedgerError::Refused(Refusal::NotSealable(_))), "{refused}");
    }
    let open = write(plant.data(), &"B-2".parse().unwrap(), "olga");
    assert!(open.is_err(), "an open batch is not sealed");
}

#[test]
fn changes_of_file_and_residue_are_found() {
    let (plant, mut ledger) = Plant::new();
    closed(&mut ledger, "B-1");
    let seal = seal_of(&plant, "B-1");
    ledger.seal(now(910), &seal).unwrap();
    remove_all(&mut ledger);
    drop(ledger);
    let tampered = |change: &str, source: &Path, i: usize| {
        let copy = plant.data().join(format!("copy{i}"));
        std::fs::copy(source, &copy).unwrap();
        let conn = Connection::open(&copy).unwrap();
        conn.execute_batch("DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete").unwrap();
        assert!(conn.execute(change, []).unwrap() > 0, "{change}");
        let schema = include_str!("../src/schema.sql");
        let triggers = schema.split("CREATE TRIGGER ").skip(1);
        triggers.for_each(|sql| {
            let sql = sql.split_inclusive("END;").next().unwrap();
            conn.execute_batch(&format!("CREATE TRIGGER {sql}")).unwrap();
        });
        copy
    };
    let mut found = 0;
    for (i, change) in [
        "UPDATE event SET at = '2026-01-01T00:00:00.000+00:00' WHERE chain = 'B-1' \
         AND chain_seq = 9",
        "DELETE FROM event WHERE chain = 'B-1' AND chain_seq = 9",
        "DELETE FROM event WHERE chain = 'B-1' AND chain_seq = (SELECT max(chain_seq) FROM event)",
        "UPDATE pack SET verdict = 'accept' WHERE verdict = 'reject'",
        "UPDATE pool_serial SET state = 7 WHERE state = 6",
        "UPDATE batch SET books = '{}'",
        "DELETE FROM event WHERE body LIKE '{\"kind\":\"checkpoint\"%'",
    ]
    .into_iter()
    .enumerate()
    {
        let copy = tampered(change, &plant.file("B-1"), i);
        let report = sealed::check(&copy, None).unwrap();
        assert!(report.first_bad.is_some(), "not found in the file: {change}");
        found += 1;
    }
    for (i, change) in [
        "UPDATE batch SET lot = 'OTHER'",
        "UPDATE batch SET sealed_sha256 = 'x'",
        "UPDATE batch SET sealed_alive = 0",
        "DELETE FROM pool_serial WHERE state = 1",
        "DELETE FROM chain_head WHERE chain = 'B-1'",
        "DELETE FROM issued WHERE serial_idx = 3",
        "INSERT INTO issued VALUES('04150037528643', 'NEW', 1, 99)",
    ]
    .into_iter()
    .enumerate()
    {
        let copy = tampered(change, &plant.db(), 100 + i);
        let report = verify(&copy, None);
        assert!(report.is_err() || !report.unwrap().is_ok(), "not found in the ledger: {change}");
        found += 1;
    }
    println!("{found} changes, all found");
    let other = keys::SigningKeySeed::from_bytes([9; 32]).public_key_hex();
    assert!(sealed::check(&plant.file("B-1"), Some(&other)).unwrap().first_bad.is_some());
}

#[test]
fn a_backup_holds_a_ledger_with_sealed_batches() {
    let (plant, mut ledger) = Plant::new();
    closed(&mut ledger, "B-1");
    let seal = seal_of(&plant, "B-1");
    ledger.seal(now(910), &seal).unwrap();
    remove_all(&mut ledger);
    mixed_batch(&mut ledger, "B-2");
    let anchor = ledger.checkpoint(now(920)).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("backup");
    let with = vec![SEALED_DIR.to_owned()];
    let job = BackupJob { data_dir: plant.data().into(), out: out.clone(), with_key: true, with };
    make(&job, &anchor, &mut |m| Ok(ledger.sign_manifest(m)), &mut |_| {}).unwrap();
    let checked = check_backup(&out, None).unwrap();
    assert!(checked.manifest.files.iter().any(|file| file.name == "sealed/B-1.packline"));
    assert_eq!(verify(&out.join(LEDGER_FILE), None).unwrap().sealed.len(), 1);
}

/// `cargo test --release -p ledger --test seal -- --ignored --nocapture`, PACKS for another size.
#[test]
#[ignore = "a measurement, not a proof"]
fn figures_of_backup_restore_and_sealing() {
    use std::time::Instant;
    let packs: usize = std::env::var("PACKS").map_or(20_000, |text| text.parse().unwrap());
    let (plant, mut ledger) = Plant::new();
    let no = loaded(&mut ledger, &spec("B-1", packs as u32), packs + 100);
    let mut script = Script::new();
    script.start();
    for _ in 0..packs {
        script.good();
    }
    script.complete();
    let events = script.records.len();
    script.commit(&mut ledger, no).unwrap();
    let anchor = ledger.close_batch(now(900), no).unwrap().anchor;
    let time = |what: &str, since: Instant| {
        println!("{what}: {:.2} s", since.elapsed().as_secs_f64());
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("backup");
    let job =
        BackupJob { data_dir: plant.data().into(), out: out.clone(), with_key: true, with: vec![] };
    let since = Instant::now();
    make(&job, &anchor, &mut |m| Ok(ledger.sign_manifest(m)), &mut |_| {}).unwrap();
    time("backup, verified", since);
    let to = elsewhere.path().join("data");
    let persons = ledger::Persons {
        who: "ada".into(),
        second: "bert".into(),
        reason: "measured".into(),
        authenticated: false,
    };
    let restore = ledger::backup::RestoreJob { from: &out, to: &to, persons, anchors: None };
    let since = Instant::now();
    ledger::backup::restore(&restore, now(901)).unwrap();
    time("restore, verified twice", since);
    let pages = || Reader::open(&plant.db()).unwrap().used_pages().unwrap() * 4_096;
    let before = pages();
    let since = Instant::now();
    let seal = seal_of(&plant, "B-1");
    time("sealed file written and verified", since);
    ledger.seal(now(910), &seal).unwrap();
    let (since, mut slices, mut longest) = (Instant::now(), 0, 0.0_f64);
    loop {
        let slice = Instant::now();
        let removal = ledger.remove_sealed(now(911)).unwrap();
        longest = longest.max(slice.elapsed().as_secs_f64());
        if removal == Removal::Done {
            break;
        }
        slices += 1;
    }
    time("removed", since);
    println!("{slices} slices, the longest {:.1} ms", longest * 1e3);
    println!("{packs} packs, {events} records; in use {before} bytes before, {} after", pages());
    println!("sealed file {} bytes", seal.bytes);
    let since = Instant::now();
    intact(&plant);
    time("ledger verified without the file", since);
    let since = Instant::now();
    assert!(sealed::check(&plant.file("B-1"), None).unwrap().first_bad.is_none());
    time("file verified", since);
}
