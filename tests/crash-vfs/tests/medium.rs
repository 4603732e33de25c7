//! The disk does to SQLite what a disk does: it shares, loses, lies, fails and fills up.
//!
//! Without these the proofs that rest on it would prove nothing. Must never use the ledger.

use crash_vfs::{Cut, Disk, Fault, Image, Medium, Mount, Random, Replay};
use rusqlite::{Connection, ErrorCode};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

struct Place {
    _dir: TempDir,
    path: PathBuf,
    mount: Mount,
}

fn place(disk: Arc<Disk>) -> Place {
    let dir = tempfile::tempdir().expect("a directory");
    let mount = Mount::at(dir.path(), disk).expect("a mount");
    Place { path: dir.path().join("a.db"), _dir: dir, mount }
}

fn connect(place: &Place) -> Connection {
    let conn = Connection::open(&place.path).expect("a connection");
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;",
    )
    .expect("settings");
    conn
}

fn rows(image: &Image) -> Result<i64, rusqlite::Error> {
    let place = place(Disk::holding(image));
    let conn = Connection::open(&place.path)?;
    conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
}

/// Operations when the table was made, then after each of `n` commits.
fn commits(place: &Place, n: usize) -> Vec<usize> {
    let conn = connect(place);
    conn.execute_batch("CREATE TABLE t(a)").expect("a table");
    let mut marks = vec![place.mount.disk().operations()];
    for i in 0..n {
        conn.execute("INSERT INTO t VALUES (?1)", [i as i64]).expect("a row");
        marks.push(place.mount.disk().operations());
    }
    marks
}

/// Rows lost over every cut of `n` commits: those whose commit had answered.
fn lost(weak: bool, medium: Medium) -> usize {
    let place = place(Disk::new());
    if weak {
        place.mount.disk().weaken_synchronous();
    }
    let marks = commits(&place, 8);
    let trace = place.mount.disk().trace();
    let (mut replay, mut random) = (Replay::new(&trace, medium), Random::new(1));
    let mut lost = 0;
    loop {
        if replay.at() >= marks[0] {
            let answered = marks.iter().filter(|&&mark| mark <= replay.at()).count() as i64 - 1;
            for cut in Cut::ALL {
                let found = rows(&replay.image(cut, &mut random)).unwrap_or(-1);
                lost += usize::from(found < answered);
            }
        }
        if !replay.step() {
            return lost;
        }
    }
}

#[test]
fn connections_share_a_file_and_its_wal_index() {
    let place = place(Disk::new());
    let (writer, reader) = (connect(&place), connect(&place));
    writer.execute_batch("CREATE TABLE t(a); INSERT INTO t VALUES (1)").expect("written");
    let count = |conn: &Connection| {
        conn.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).expect("read")
    };
    assert_eq!(count(&reader), 1);
    reader.execute_batch("BEGIN").expect("a snapshot");
    assert_eq!(count(&reader), 1);
    writer.execute_batch("INSERT INTO t VALUES (2)").expect("written");
    assert_eq!((count(&reader), count(&writer)), (1, 2), "the snapshot stands");
    let busy: i64 = writer
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .expect("a checkpoint");
    assert_eq!(busy, 1, "the reader is in the way");
    reader.execute_batch("COMMIT").expect("the end");
    let done = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    assert_eq!(writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], done), Ok(0));
    assert_eq!((count(&reader), count(&writer)), (2, 2));
    writer.execute_batch("BEGIN IMMEDIATE").expect("the write lock");
    let other = reader.execute_batch("BEGIN IMMEDIATE").expect_err("taken");
    assert_eq!(other.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
}

#[test]
fn threads_share_a_file() {
    let place = place(Disk::new());
    commits(&place, 1);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let conn = connect(&place);
                conn.busy_timeout(std::time::Duration::from_secs(60)).expect("a timeout");
                for _ in 0..20 {
                    conn.execute("INSERT INTO t VALUES (7)", []).expect("a row");
                }
            });
        }
    });
    assert_eq!(rows(&place.mount.disk().shown()), Ok(41));
}

#[test]
fn full_synchronous_loses_nothing_and_the_controls_do() {
    assert_eq!(lost(false, Medium::Honest), 0);
    assert!(lost(true, Medium::Honest) > 0, "synchronous=NORMAL must lose rows");
    assert!(lost(false, Medium::Lying { cache: 64 }) > 0, "a lying disk must lose rows");
}

#[test]
fn faults_strike_at_their_operation() {
    let place = place(Disk::new());
    commits(&place, 1);
    let conn = connect(&place);
    let disk = place.mount.disk();
    let insert = |conn: &Connection| conn.execute("INSERT INTO t VALUES (1)", []);
    disk.fault(disk.operations() + 1, Fault::Error);
    assert_eq!(
        insert(&conn).expect_err("an error").sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure)
    );
    disk.fault(disk.operations() + 1, Fault::Full);
    assert_eq!(insert(&conn).expect_err("full").sqlite_error_code(), Some(ErrorCode::DiskFull));
    disk.limit(disk.used());
    let all = conn.execute("INSERT INTO t VALUES (zeroblob(100000))", []).expect_err("no room");
    assert_eq!(all.sqlite_error_code(), Some(ErrorCode::DiskFull));
    disk.repair();
    disk.busy(1);
    conn.busy_timeout(std::time::Duration::ZERO).expect("no waiting");
    assert_eq!(insert(&conn).expect_err("busy").sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    insert(&conn).expect("all is well again");
    disk.fault(disk.operations(), Fault::Cut);
    insert(&conn).expect_err("no power");
    assert!(disk.is_dead());
    conn.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).expect_err("dead");
}

#[test]
fn a_stalled_operation_waits() {
    let place = place(Disk::new());
    commits(&place, 1);
    let disk = place.mount.disk().clone();
    disk.fault(disk.operations() + 2, Fault::Stall);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| connect(&place).execute("INSERT INTO t VALUES (1)", []));
        disk.wait_for_stall();
        assert!(!writer.is_finished());
        disk.resume();
        writer.join().expect("a thread").expect("a row");
    });
    assert_eq!(rows(&disk.shown()), Ok(2));
}

#[test]
fn what_a_failed_sync_lost_is_readable_and_gone_after_a_cut() {
    let place = place(Disk::new());
    commits(&place, 1);
    let disk = place.mount.disk().clone();
    disk.append("log", b"first").expect("written");
    disk.sync_file("log", true).expect("synced");
    disk.append("log", b"second").expect("written");
    disk.fault(disk.operations(), Fault::SyncLost);
    disk.sync_file("log", false).expect_err("the sync fails");
    disk.sync_file("log", false).expect("the next one says that all is well");
    assert_eq!(disk.read_file("log").expect("read"), b"firstsecond");
    let on_medium = |disk: &Disk, cut: Cut| {
        let trace = disk.trace();
        let mut replay = Replay::new(&trace, Medium::Honest);
        while replay.step() {}
        replay.image(cut, &mut Random::new(3))["log"].clone()
    };
    for cut in Cut::ALL {
        assert_eq!(on_medium(&disk, cut), b"first", "{cut:?}");
    }
    disk.write_file("log", 5, b"second").expect("written again");
    disk.sync_file("log", false).expect("synced");
    assert_eq!(on_medium(&disk, Cut::Dropped), b"firstsecond");
}
