//! Commits that fail: disk full and busy are known roll-backs, anything else ends the handle.

use crate::error::Fail;
use crate::{
    Chain, CommitError, Ledger, LedgerError, LedgerKind, RollbackCause, ServiceBody, WallClock,
    keys, verify,
};
use rusqlite::{Connection, ffi};
use std::path::PathBuf;
use tempfile::TempDir;

const NOW: WallClock = WallClock { unix_ms: 1_795_350_113_007, synchronised: true };

fn fresh() -> (TempDir, PathBuf, Ledger) {
    let dir = tempfile::tempdir().expect("a directory");
    let key = keys::make(dir.path()).expect("a key");
    let path = dir.path().join("a.ledger");
    let line = "L-1".parse().expect("an id");
    let ledger = Ledger::create(&path, LedgerKind::Simulation, &line, &key, NOW).expect("created");
    (dir, path, ledger)
}

fn start(length: usize) -> ServiceBody {
    ServiceBody::ServiceStart { version: "x".repeat(length), config_hash: String::new() }
}

fn cause(error: &LedgerError) -> Option<RollbackCause> {
    match error {
        LedgerError::Commit(CommitError::RolledBack(cause)) => Some(*cause),
        _ => None,
    }
}

/// Fault 3: a full disk is a known roll-back; the same goes through when there is room.
#[test]
fn a_full_disk_rolls_back_and_goes_on() {
    let (_dir, path, mut ledger) = fresh();
    let limit = |ledger: &Ledger, pages: i64| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        ledger.conn.query_row(&sql, [], |row| row.get::<_, i64>(0)).expect("a limit");
    };
    limit(&ledger, 1);
    let big = start(100_000);
    let error = ledger.append_service(NOW, Chain::Site, &big).expect_err("full");
    assert_eq!(cause(&error), Some(RollbackCause::Full), "{error}");
    limit(&ledger, 1_000_000);
    assert_eq!(ledger.append_service(NOW, Chain::Site, &big).expect("room again"), 2);
    let report = verify::verify(&path, None).expect("a report");
    assert!(report.is_ok() && report.records == 2, "{report:?}");
}

#[test]
fn a_busy_file_rolls_back_and_goes_on() {
    let (_dir, path, mut ledger) = fresh();
    let other = Connection::open(&path).expect("a second connection");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let error = ledger.append_service(NOW, Chain::Site, &start(1)).expect_err("busy");
    assert_eq!(cause(&error), Some(RollbackCause::Busy), "{error}");
    other.execute_batch("COMMIT").expect("the end");
    assert_eq!(ledger.append_service(NOW, Chain::Site, &start(1)).expect("free"), 2);
}

/// Fault 4: an I/O error is unknown, and the handle refuses everything after it.
#[test]
fn an_io_error_is_unknown_and_ends_the_handle() {
    for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_CORRUPT] {
        let (_dir, path, mut ledger) = fresh();
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let failed = ledger.failed(Fail::Sql(error));
        assert!(matches!(failed, LedgerError::Commit(CommitError::Unknown(_))), "{failed}");
        let next = ledger.append_service(NOW, Chain::Site, &start(1)).expect_err("dead");
        assert!(matches!(next, LedgerError::Commit(CommitError::Unknown(_))), "{next}");
        drop(ledger);
        let mut ledger = Ledger::open(&path, NOW).expect("a new handle");
        ledger.append_service(NOW, Chain::Site, &start(1)).expect("alive");
    }
}

#[test]
fn a_damaged_end_or_another_key_is_not_opened() {
    let (dir, path, mut ledger) = fresh();
    ledger.append_service(NOW, Chain::Site, &start(1)).expect("written");
    drop(ledger);
    let conn = Connection::open(&path).expect("a second connection");
    conn.execute("UPDATE chain_head SET chain_seq = 1", []).expect("changed");
    assert!(matches!(Ledger::open(&path, NOW), Err(LedgerError::NotUsable(_))));
    conn.execute("UPDATE chain_head SET chain_seq = 2", []).expect("changed back");
    drop(Ledger::open(&path, NOW).expect("whole again"));
    std::fs::remove_file(dir.path().join(keys::KEY_FILE)).expect("removed");
    keys::make(dir.path()).expect("another key");
    assert!(matches!(Ledger::open(&path, NOW), Err(LedgerError::Key { .. })));
}

#[test]
fn checkpoints_are_due_by_number_or_time() {
    let (_dir, _path, mut ledger) = fresh();
    let later = |ms: i64| WallClock { unix_ms: NOW.unix_ms + ms, synchronised: true };
    let add = |ledger: &mut Ledger| {
        ledger.append_service(NOW, Chain::Site, &start(1)).expect("written");
    };
    add(&mut ledger);
    assert!(ledger.maybe_checkpoint(later(59_999)).expect("not due").is_none());
    assert!(ledger.maybe_checkpoint(later(60_000)).expect("due").is_some());
    assert!(ledger.maybe_checkpoint(later(130_000)).expect("nothing new").is_none());
    add(&mut ledger);
    assert!(ledger.maybe_checkpoint(later(130_000)).expect("due").is_some());
    ledger.checkpointed.0 -= crate::CHECKPOINT_EVENTS;
    assert!(ledger.maybe_checkpoint(later(130_001)).expect("due by number").is_some());
}
