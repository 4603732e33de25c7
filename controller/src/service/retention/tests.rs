//! When old batches are sealed by themselves, what is recorded, and what an order or a failure in
//! between does. Time is an argument; the ledger thread is the real one.

use super::super::ledger_thread::start;
use super::super::sample::spec;
use super::*;
use ledger::seal::SEALED_DIR;
use ledger::verify::{sealed::check_files, verify};
use ledger::{Ledger, LedgerKind, keys};
use std::thread::JoinHandle;
use tempfile::TempDir;

/// 2026-11-22.
const CLOSED_MS: i64 = 1_795_350_113_007;
const DAYS: u32 = 30;

fn at(days: i64) -> WallClock {
    WallClock { unix_ms: CLOSED_MS + days * MS_PER_DAY, synchronised: true }
}

fn closed(ledger: &mut Ledger, batch: &str) {
    let spec = spec(batch);
    ledger.set_authority(at(0), spec.gtin, Some("all"), "test").unwrap();
    let no = ledger.open_batch(at(0), &spec).unwrap();
    let serial = format!("{batch}A").replace('-', "").parse().unwrap();
    ledger.allocate_slice(at(0), no, 0, &[serial]).unwrap();
    ledger.finish_allocation(at(0), no).unwrap();
    ledger.close_batch(at(0), no).unwrap();
}

/// A data directory with two closed batches and the thread that owns its ledger.
struct House {
    dir: TempDir,
    ledger: LedgerHandle,
    thread: JoinHandle<()>,
    retention: Retention,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = keys::make(dir.path()).unwrap();
        let (path, kind) = (dir.path().join(LEDGER_FILE), LedgerKind::Simulation);
        let line = "LINE-1".parse().unwrap();
        let mut ledger = Ledger::create(&path, kind, &line, &key, at(0)).unwrap();
        closed(&mut ledger, "B-1");
        closed(&mut ledger, "B-2");
        let (ledger, thread) = start(ledger).unwrap();
        Self { dir, ledger, thread, retention: Retention::new(DAYS) }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join(LEDGER_FILE)
    }

    fn job(&self) -> Job {
        let (data_dir, state) = (self.dir.path().to_owned(), self.retention.state.clone());
        Job { data_dir, after_days: DAYS, state }
    }

    fn sealed(&self) -> usize {
        let rows = Reader::open(&self.path()).unwrap().batches(9).unwrap();
        rows.iter().filter(|row| row.sealed_file.is_some()).count()
    }

    fn bodies(&self, kind: &str) -> Vec<String> {
        let conn = rusqlite::Connection::open(self.path()).unwrap();
        let sql = "SELECT body FROM event WHERE body LIKE ?1 ORDER BY seq";
        let mut select = conn.prepare(sql).unwrap();
        let like = format!("{{\"kind\":\"{kind}\"%");
        select.query_map([like], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn end(self) {
        let (path, dir) = (self.path(), self.dir.path().join(SEALED_DIR));
        self.ledger.end();
        self.thread.join().unwrap();
        let mut report = verify(&path, None).unwrap();
        check_files(&mut report, &dir).unwrap();
        assert!(report.is_ok(), "{report:?}");
    }
}

#[test]
fn it_is_time_once_an_hour_and_never_while_an_order_is_open() {
    let (now, hour) = (Instant::now(), EVERY);
    let mut off = Retention::new(0);
    assert!(!off.is_time(true, now), "0 days is off");
    let mut policy = Retention::new(DAYS);
    assert!(!policy.is_time(false, now), "an order is open");
    assert!(policy.is_time(true, now));
    assert!(!policy.is_time(true, now + 2 * hour), "the attempt is still running");
    policy.state.runs.store(false, Ordering::Release);
    assert!(!policy.is_time(true, now + hour - Duration::from_secs(1)), "not more than hourly");
    assert!(!policy.is_time(false, now + hour), "an order is open");
    assert!(policy.is_time(true, now + hour));
    policy.state.runs.store(false, Ordering::Release);
    policy.state.interrupted.store(true, Ordering::Release);
    assert!(policy.is_time(true, now + hour), "what gave way goes on at once");
    policy.give_way();
    assert!(!policy.state.may.load(Ordering::Acquire));
}

#[test]
fn batches_old_enough_are_sealed_with_the_policy_on_record() {
    let mut house = House::new();
    assert!(house.retention.is_time(true, Instant::now()));
    house.job().attempt(&house.ledger, at(i64::from(DAYS) - 1));
    assert_eq!(house.sealed(), 0, "one day too early");
    house.job().attempt(&house.ledger, at(i64::from(DAYS)));
    assert_eq!(house.sealed(), 2);
    let said = house.bodies("batch_sealed");
    assert!(said.iter().all(|b| b.contains("policy: service.seal_after_days = 30")), "{said:?}");
    assert!(house.bodies("alarm").is_empty(), "nothing failed");
    house.end();
}

#[test]
fn an_order_in_between_stops_it_and_it_goes_on_afterwards() {
    let mut house = House::new();
    assert!(house.retention.is_time(true, Instant::now()));
    house.retention.give_way();
    house.job().attempt(&house.ledger, at(99));
    assert_eq!(house.sealed(), 0, "an order is open");
    house.retention.state.runs.store(false, Ordering::Release);
    assert!(house.retention.is_time(true, Instant::now()), "it need not wait for an hour");
    house.job().attempt(&house.ledger, at(99));
    assert_eq!(house.sealed(), 2);
    house.end();
}

#[test]
fn a_failure_is_an_alarm_once_and_ends_with_the_next_success() {
    let mut house = House::new();
    assert!(house.retention.is_time(true, Instant::now()));
    // A file where the directory should be.
    let place = house.dir.path().join(SEALED_DIR);
    std::fs::write(&place, "in the way").unwrap();
    for _ in 0..2 {
        house.job().attempt(&house.ledger, at(99));
    }
    let alarms = house.bodies("alarm");
    assert!(alarms.len() == 1 && alarms[0].contains("\"raised\":true"), "{alarms:?}");
    assert_eq!(house.sealed(), 0);
    std::fs::remove_file(&place).unwrap();
    house.job().attempt(&house.ledger, at(99));
    let alarms = house.bodies("alarm");
    assert!(alarms.len() == 2 && alarms[1].contains("\"raised\":false"), "{alarms:?}");
    assert_eq!(house.sealed(), 2);
    house.end();
}
