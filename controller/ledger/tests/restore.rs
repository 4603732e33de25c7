//! Row 20 of the faults: an old backup is restored; no serial is used twice, the open order and
//! every product are blocked until two persons have spoken. Invariant I3.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use contracts::open_scs::SerialState;
use ledger::backup::{
    ANCHORS_FILE, BackupError, BackupJob, LEDGER_FILE, PUBLIC_KEY_FILE, RestoreJob, Restored,
    Verified, check, make, restore,
};
use ledger::verify::{verify, verify_open};
use ledger::{
    BatchNo, Ledger, LedgerError, LedgerKind, LostPart, LostSerials, Persons, ProductBlock, Reader,
    Refusal, keys,
};
use line_core::event::Input;
use line_core::print::JOBS;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A data directory with a ledger as the service has it.
struct Plant {
    dir: TempDir,
    data: PathBuf,
    key: String,
}

impl Plant {
    fn new() -> (Self, Ledger) {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let key = keys::make(&data).unwrap();
        let line = "L-1".parse().unwrap();
        let path = data.join(LEDGER_FILE);
        let mut ledger =
            Ledger::create(&path, LedgerKind::Simulation, &line, &key, now(0)).unwrap();
        ledger.set_authority(now(0), GTIN.parse().unwrap(), Some("all"), "admin").unwrap();
        let key = ledger.public_key_hex();
        std::fs::write(data.join(PUBLIC_KEY_FILE), key.clone() + "\n").unwrap();
        (Self { dir, data, key }, ledger)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Anchors kept elsewhere.
    fn elsewhere(&self) -> PathBuf {
        self.path("elsewhere.jsonl")
    }

    fn anchored(&self, ledger: &mut Ledger, ms: i64) -> ledger::Anchor {
        let anchor = ledger.checkpoint(now(ms)).unwrap();
        for file in [self.data.join(ANCHORS_FILE), self.elsewhere()] {
            let before = std::fs::read_to_string(&file).unwrap_or_default();
            std::fs::write(file, before + &anchor.to_line()).unwrap();
        }
        anchor
    }

    fn job(&self, name: &str, with_key: bool) -> BackupJob {
        let (data_dir, out) = (self.data.clone(), self.path(name));
        BackupJob { data_dir, out, with_key, with: vec![] }
    }

    fn backup(&self, ledger: &mut Ledger, name: &str, with_key: bool) -> Verified {
        let anchor = self.anchored(ledger, 500_000);
        let mut told = 0;
        let made = make(
            &self.job(name, with_key),
            &anchor,
            &mut |manifest| Ok(ledger.sign_manifest(manifest)),
            &mut |events| told = events,
        );
        assert_eq!(told, anchor.through_seq + 1);
        made.unwrap()
    }

    fn restore(&self, from: &str, to: &str) -> Result<Restored, BackupError> {
        let (from, to) = (self.path(from), self.path(to));
        let (elsewhere, key) = (self.elsewhere(), self.key.clone());
        let anchors = Some((elsewhere.as_path(), key.as_str()));
        restore(&RestoreJob { from: &from, to: &to, persons: persons(), anchors }, now(600_000))
    }
}

fn persons() -> Persons {
    let (who, second) = ("ada".to_owned(), "bert".to_owned());
    Persons { who, second, reason: "disk lost".into(), authenticated: false }
}

fn open(dir: &Path) -> Ledger {
    Ledger::open(&dir.join(LEDGER_FILE), now(700_000)).unwrap()
}

/// Dispatches the next serials from an index on; returns their texts. A refusal ends it.
fn dispatch(ledger: &mut Ledger, no: BatchNo, script: &mut Script, n: u32) -> Vec<String> {
    let pool = ledger.recover(no).unwrap().pool;
    let mut sent = Vec::new();
    for _ in 0..n {
        let Some(number) = pool.get(script.serial as usize) else { break };
        sent.push(number.as_str().to_owned());
        match script.serial % 5 {
            0 => {
                let _in_doubt = script.assign();
            }
            1 => {
                let _on_the_belt = script.labelled();
            }
            2 => script.rejected(line_core::reason::RejectReason::NoRead),
            _ => script.good(),
        }
    }
    script.commit(ledger, no).unwrap();
    sent
}

/// The index that the core would print next: above everything that is not plainly allocated.
fn next_index(ledger: &mut Ledger, no: BatchNo) -> u32 {
    let inputs = ledger.recover(no).unwrap().inputs;
    let used = inputs.iter().filter_map(|input| match input {
        Input::RecoveredSerial { serial, .. } => Some(serial.0 + 1),
        _ => None,
    });
    used.max().unwrap_or(0)
}

/// `RUNS` for a longer one.
fn runs_wanted() -> u32 {
    std::env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

#[test]
fn row_20_no_serial_is_used_again_over_many_points() {
    let seed = seed();
    let mut rng = Rng(seed);
    let (mut runs, mut printed, mut lost_serials, mut reused) = (0, 0, 0, 0);
    for _ in 0..runs_wanted() {
        let (plant, mut ledger) = Plant::new();
        let pool = 400;
        let no = loaded(&mut ledger, &spec("B-1", 300), pool);
        let mut script = Script::new();
        script.start();
        let mut ever: Vec<String> = dispatch(&mut ledger, no, &mut script, rng.below(120) as u32);
        plant.backup(&mut ledger, "backup", true);
        let lost = dispatch(&mut ledger, no, &mut script, rng.below(120) as u32);
        plant.anchored(&mut ledger, 550_000);
        drop(ledger); // and the disk with it
        let restored = plant.restore("backup", "new").unwrap();
        let dispatched = restored.open.as_ref().unwrap().dispatched;
        assert_eq!(dispatched as usize, ever.len(), "SEED={seed}");
        let mut ledger = open(&plant.path("new"));
        // Sometimes a person knows the last one that was printed, sometimes nobody does.
        let known = rng.below(2) == 0;
        let used = match (known, lost.last()) {
            (true, Some(last)) => LostPart::UsedUpTo(vec![last.parse().unwrap()]),
            (true, None) => LostPart::UsedUpTo(vec![]),
            (false, _) => LostPart::Unknown,
        };
        ledger.unblock_batch(now(701_000), no, &used, &persons()).unwrap();
        let first = next_index(&mut ledger, no);
        if known && ever.len() + lost.len() > 0 {
            assert_eq!(first as usize, ever.len() + lost.len() + JOBS, "SEED={seed}");
        } else if !known {
            assert_eq!(first as usize, pool, "SEED={seed}");
        }
        ever.extend(lost.iter().cloned());
        let mut again = Script { serial: first, job: 1_000, track: 1_000, ..Script::new() };
        let new = dispatch(&mut ledger, no, &mut again, 60);
        let seen: HashSet<&String> = ever.iter().collect();
        reused += new.iter().filter(|serial| seen.contains(serial)).count();
        runs += 1;
        printed += new.len();
        lost_serials += lost.len();
        drop(ledger);
        let report = verify(&plant.path("new").join(LEDGER_FILE), None).unwrap();
        assert!(report.is_ok(), "SEED={seed} {report:?}");
    }
    println!("{runs} restores, {lost_serials} serials lost, {printed} dispatched, {reused} reused");
    assert_eq!(reused, 0, "SEED={seed}");
    assert!(printed > 0 && lost_serials > 0);
}

/// The control: a drill that cannot fail proves nothing. The backup's ledger is put in place by
/// hand, without the new epoch and its blocks, and the line goes on with it.
#[test]
fn row_20_without_the_blocks_the_same_serials_are_used_again() {
    let (plant, mut ledger) = Plant::new();
    let no = loaded(&mut ledger, &spec("B-1", 300), 330);
    let mut script = Script::new();
    script.start();
    dispatch(&mut ledger, no, &mut script, 30);
    plant.backup(&mut ledger, "backup", true);
    let lost = dispatch(&mut ledger, no, &mut script, 40);
    plant.anchored(&mut ledger, 550_000);
    drop(ledger);
    let mut ledger = open(&plant.path("backup"));
    let first = next_index(&mut ledger, no);
    let mut again = Script { serial: first, job: 1_000, track: 1_000, ..Script::new() };
    let new = dispatch(&mut ledger, no, &mut again, 40);
    let reused = new.iter().filter(|serial| lost.contains(serial)).count();
    println!("without the blocks {reused} of {} serials are used again", lost.len());
    assert_eq!(reused, lost.len());
    drop(ledger);
    // Nobody who has the anchors is deceived.
    let anchors = plant.elsewhere();
    let anchors = Some((anchors.as_path(), plant.key.as_str()));
    let report = verify(&plant.path("backup").join(LEDGER_FILE), anchors).unwrap();
    assert!(!report.is_ok(), "{report:?}");
}

#[test]
fn row_20_the_open_order_is_blocked_until_two_persons_have_spoken() {
    let (plant, mut ledger) = Plant::new();
    let no = loaded(&mut ledger, &spec("B-1", 300), 330);
    let mut script = Script::new();
    script.start();
    dispatch(&mut ledger, no, &mut script, 40);
    plant.backup(&mut ledger, "backup", true);
    drop(ledger);
    plant.restore("backup", "new").unwrap();
    let mut ledger = open(&plant.path("new"));
    assert!(ledger.is_blocked(no).unwrap());
    let blocked = |error: LedgerError| {
        assert!(matches!(error, LedgerError::Refused(Refusal::Blocked)), "{error}");
    };
    script.good();
    let records = std::mem::take(&mut script.records);
    assert!(ledger.append(now(1), no, &records).is_err(), "no record before the unblocking");
    blocked(ledger.close_batch(now(2), no).unwrap_err());
    blocked(
        ledger.take_serial(now(2), no, &taking("B-1", 3, ledger::TakenAs::Sample)).unwrap_err(),
    );
    let alone = Persons { second: "Ada ".into(), ..persons() };
    let refused = ledger.unblock_batch(now(3), no, &LostPart::Unknown, &alone).unwrap_err();
    assert!(matches!(refused, LedgerError::Refused(Refusal::TwoPersons)), "{refused}");
    let foreign = LostPart::UsedUpTo(vec!["NOTOURS".parse().unwrap()]);
    let refused = ledger.unblock_batch(now(3), no, &foreign, &persons()).unwrap_err();
    assert!(matches!(refused, LedgerError::Refused(Refusal::UnknownSerial(_))), "{refused}");
    let done = ledger.unblock_batch(now(4), no, &LostPart::Unknown, &persons()).unwrap();
    assert_eq!(done.left, 0);
    assert_eq!(done.unresolved, 8, "one pack in five was on the belt");
    let again = ledger.unblock_batch(now(5), no, &LostPart::Unknown, &persons()).unwrap_err();
    assert!(matches!(again, LedgerError::Refused(Refusal::NotBlocked)), "{again}");
    // What was on the belt is looked for, then the books close on what is left.
    let mut script = Script { track: 40, ..Script::new() };
    let unresolved: Vec<_> = ledger.recover(no).unwrap().inputs;
    for input in unresolved {
        if let Input::RecoveredPack(pack) = input
            && pack.fate == line_core::event::PackFate::Unresolved
        {
            let (track, serial) = (pack.track, pack.serial.unwrap());
            script.resolve(track, serial, line_core::reason::Resolution::Removed, false);
        }
    }
    script.order(
        contracts::open_scs::JobOrderState::Running,
        contracts::open_scs::JobOrderState::Completed,
    );
    script.commit(&mut ledger, no).unwrap();
    let closed = ledger.close_batch(now(9), no).unwrap();
    assert!(closed.books.reconciled(), "{:?}", closed.books);
}

#[test]
fn row_20_products_are_blocked_and_what_was_used_is_never_allocated_again() {
    let (plant, mut ledger) = Plant::new();
    let gtin = GTIN.parse().unwrap();
    let first = mixed_imported_batch(&mut ledger, "B-1");
    ledger.close_batch(now(900), first).unwrap();
    assert_eq!(ledger.product_block(gtin).unwrap(), ProductBlock::Never);
    plant.backup(&mut ledger, "backup", true);
    drop(ledger);
    plant.restore("backup", "new").unwrap();
    let mut ledger = open(&plant.path("new"));
    let refused = ledger.open_batch(now(1), &spec("B-2", 3)).unwrap_err();
    assert!(matches!(refused, LedgerError::Refused(Refusal::ProductBlocked(_))), "{refused}");
    let used = serials("B2", 0, 200);
    let said = (LostSerials::Listed, used.as_slice());
    ledger.unblock_product(now(2), gtin, said, &persons()).unwrap();
    let no = ledger.open_batch_from(now(3), &spec("B-2", 3), &imported(4)).unwrap();
    // One used in the lost part, one given back before the backup, two that are new.
    let given_back = Reader::open(&plant.path("new").join(LEDGER_FILE)).unwrap();
    let kept = given_back.serials(first, 0, Some(SerialState::Unallocated)).unwrap().0;
    let old = kept.first().unwrap().serial.parse().unwrap();
    assert_eq!(given_back.issued(gtin, old).unwrap().map(|i| i.unallocated), Some(false));
    assert!(given_back.issued(gtin, used[7]).unwrap().is_some_and(|i| !i.unallocated));
    let slice = [used[7], old, serials("N", 0, 1)[0], serials("N", 1, 1)[0]];
    let refused = ledger.allocate_slice(now(4), no, 0, &slice).unwrap_err();
    let collided = matches!(&refused, LedgerError::Refused(Refusal::Collision(c)) if *c == [0, 1]);
    assert!(collided, "{refused}");
    drop(ledger);
    let report = verify(&plant.path("new").join(LEDGER_FILE), None).unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(report.ledger_epoch, Some(2));
    forged_unblocks_are_found(&plant.path("new").join(LEDGER_FILE));
}

/// What a ledger has only after a restore, forged in each way.
fn forged_unblocks_are_found(path: &Path) {
    let conn = rusqlite::Connection::open(path).unwrap();
    for forgery in [
        "DELETE FROM product_unblocked",
        "UPDATE product_unblocked SET lost = 'none'",
        "UPDATE product_unblocked SET seq = seq - 1",
        "UPDATE product_unblocked SET gtin = '04150037528650'",
        "INSERT INTO product_unblocked VALUES('04150037528650', 'none', 1)",
    ] {
        conn.execute_batch("BEGIN").unwrap();
        assert_eq!(conn.execute(forgery, []).unwrap(), 1, "{forgery}");
        let report = verify_open(&conn, None).unwrap();
        assert!(!report.is_ok(), "{forgery}: {report:?}");
        conn.execute_batch("ROLLBACK").unwrap();
    }
    assert!(verify_open(&conn, None).unwrap().is_ok(), "nothing was left over");
}

#[test]
fn anchors_of_the_lost_part_are_told_and_a_cut_without_a_restore_is_found() {
    let (plant, mut ledger) = Plant::new();
    let no = loaded(&mut ledger, &spec("B-1", 300), 330);
    let mut script = Script::new();
    script.start();
    dispatch(&mut ledger, no, &mut script, 20);
    plant.backup(&mut ledger, "backup", true);
    dispatch(&mut ledger, no, &mut script, 30);
    let newest = plant.anchored(&mut ledger, 560_000);
    drop(ledger);
    let restored = plant.restore("backup", "new").unwrap();
    let lost = restored.lost.unwrap();
    assert_eq!(lost.events, newest.through_seq - restored.manifest.through_seq());
    // The new epoch goes on past the numbers of the lost one.
    let mut ledger = open(&plant.path("new"));
    ledger.unblock_batch(now(701_000), no, &LostPart::Unknown, &persons()).unwrap();
    let last = ledger.checkpoint(now(702_000)).unwrap();
    drop(ledger);
    let text = std::fs::read_to_string(plant.elsewhere()).unwrap();
    let text = text + &restored.anchor.to_line() + &last.to_line();
    std::fs::write(plant.elsewhere(), text).unwrap();
    let anchors = plant.elsewhere();
    let anchors = Some((anchors.as_path(), plant.key.as_str()));
    let db = plant.path("new").join(LEDGER_FILE);
    let report = verify(&db, anchors).unwrap();
    assert!(report.is_ok() && report.anchored, "{report:?}");
    assert_eq!((report.anchors, report.anchors_of_lost_part), (3, 1));
    assert_eq!(report.records_after_last_anchor, 1);
    // The backup's own ledger is a cut tail to whoever has the newer anchors.
    let cut = verify(&plant.path("backup").join(LEDGER_FILE), anchors).unwrap();
    assert!(!cut.is_ok(), "{cut:?}");
}

#[test]
fn a_restore_without_the_key_makes_a_new_one() {
    let (plant, mut ledger) = Plant::new();
    let made = plant.backup(&mut ledger, "backup", false);
    assert!(made.manifest.files.iter().all(|file| file.name != keys::KEY_FILE));
    drop(ledger);
    let restored = plant.restore("backup", "new").unwrap();
    assert!(restored.new_key);
    let mut ledger = open(&plant.path("new"));
    assert_ne!(ledger.public_key_hex(), plant.key);
    let both = format!("{}\n{}\n", plant.key, ledger.public_key_hex());
    ledger.checkpoint(now(3)).unwrap();
    drop(ledger);
    let new = plant.path("new");
    let file = new.join(ANCHORS_FILE);
    let report = verify(&new.join(LEDGER_FILE), Some((file.as_path(), both.as_str()))).unwrap();
    assert!(report.is_ok() && report.anchored, "{report:?}");
    // Nothing vouches for the new key but a copy of it from elsewhere, nor it for the old one.
    for (key, told) in [(&plant.key, "give the new one"), (&both[65..].to_owned(), "another key")] {
        let report = verify(&new.join(LEDGER_FILE), Some((file.as_path(), key))).unwrap();
        let what = report.first_bad.map_or_else(String::new, |bad| bad.what);
        assert!(what.contains(told), "with {key:?}: {what}");
    }
    std::fs::remove_file(plant.data.join(keys::KEY_FILE)).unwrap();
    let lost = Ledger::open(&plant.data.join(LEDGER_FILE), now(4)).unwrap_err().to_string();
    assert!(lost.contains("restore the newest backup"), "{lost}");
}

#[test]
fn a_torn_or_edited_backup_is_refused_and_nothing_is_made() {
    let (plant, mut ledger) = Plant::new();
    let no = mixed_batch(&mut ledger, "B-1");
    ledger.close_batch(now(900), no).unwrap();
    plant.backup(&mut ledger, "backup", true);
    drop(ledger);
    let backup = plant.path("backup");
    check(&backup, None).unwrap();
    let names = ["ledger.db", "anchors.jsonl", "manifest.json", "signing.pub", "signing.key"];
    let mut tried = 0;
    for name in names {
        let whole = std::fs::read(backup.join(name)).unwrap();
        let half = whole[..whole.len() / 2].to_vec();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for bad in [Some(half), Some(flipped), None] {
            match &bad {
                Some(bytes) => std::fs::write(backup.join(name), bytes).unwrap(),
                None => std::fs::remove_file(backup.join(name)).unwrap(),
            }
            let refused = plant.restore("backup", "new").unwrap_err();
            let io = matches!(refused, BackupError::Io { .. });
            assert!(refused.is_broken() || io && name == "manifest.json", "{name}: {refused}");
            assert!(!plant.path("new").exists());
            std::fs::write(backup.join(name), &whole).unwrap();
            tried += 1;
        }
    }
    std::fs::write(backup.join("more"), "x").unwrap();
    assert!(plant.restore("backup", "new").unwrap_err().is_broken());
    std::fs::remove_file(backup.join("more")).unwrap();
    std::fs::create_dir(plant.path("new")).unwrap();
    std::fs::write(plant.path("new").join("mine"), "x").unwrap();
    let refused = plant.restore("backup", "new").unwrap_err();
    assert!(matches!(refused, BackupError::Refused(_)), "{refused}");
    println!("{tried} torn or edited backups, all refused");
    let beside: Vec<_> = std::fs::read_dir(plant.dir.path()).unwrap().flatten().collect();
    let left = beside.iter().filter(|f| f.file_name().to_string_lossy().starts_with('.')).count();
    assert_eq!(left, 0, "{beside:?}");
}

/// A picture has no chain and no table: the hash in the manifest alone guards it.
#[test]
fn a_changed_picture_of_the_same_length_is_found_by_its_hash() {
    let (plant, mut ledger) = Plant::new();
    let picture = Path::new("images").join("B-1").join("1-rejected.png");
    std::fs::create_dir_all(plant.data.join("images/B-1")).unwrap();
    std::fs::write(plant.data.join(&picture), [7; 4_000]).unwrap();
    let anchor = plant.anchored(&mut ledger, 500_000);
    let job = BackupJob { with: vec!["images".into()], ..plant.job("backup", false) };
    make(&job, &anchor, &mut |m| Ok(ledger.sign_manifest(m)), &mut |_| {}).unwrap();
    let copy = plant.path("backup").join(&picture);
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes[2_000] ^= 1;
    std::fs::write(&copy, bytes).unwrap();
    let refused = check(&plant.path("backup"), None).unwrap_err();
    assert!(refused.is_broken() && refused.to_string().contains("1-rejected.png"), "{refused}");
    std::fs::write(&copy, [7; 4_000]).unwrap();
    plant.restore("backup", "new").unwrap();
}

#[test]
fn a_ledger_that_is_not_whole_gives_no_backup() {
    let (plant, mut ledger) = Plant::new();
    let no = mixed_batch(&mut ledger, "B-1");
    ledger.close_batch(now(900), no).unwrap();
    let conn = rusqlite::Connection::open(plant.data.join(LEDGER_FILE)).unwrap();
    conn.execute_batch("DROP TRIGGER event_no_update").unwrap();
    conn.execute("UPDATE event SET at = '2026-01-01T00:00:00.000+00:00' WHERE seq = 9", [])
        .unwrap();
    drop(conn);
    let anchor = plant.anchored(&mut ledger, 1_000);
    let made = make(
        &plant.job("backup", true),
        &anchor,
        &mut |manifest| Ok(ledger.sign_manifest(manifest)),
        &mut |_| {},
    );
    assert!(made.as_ref().is_err_and(BackupError::is_broken), "{made:?}");
    assert!(!plant.path("backup").exists());
}
