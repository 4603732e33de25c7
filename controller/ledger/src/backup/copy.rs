//! The ledger up to one event, copied while it is written: events, texts and configurations page
//! by page, then every projection rebuilt from them.
//!
//! Neither SQLite's online backup nor `VACUUM INTO` serves here: the first begins anew with each
//! commit of the line, the second holds one read transaction for its whole time. Must never hold a
//! read transaction longer than a page.

use super::{BackupError, broken};
use crate::error::LedgerError;
use crate::lock::beside;
use crate::schema::{self, SCHEMA};
use crate::verify;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use std::path::Path;

/// Rows of one read transaction.
const PAGE: i64 = 2_000;

/// Copies the ledger at `from` up to `through` into a new file; `tell` is told how many events
/// are copied.
pub(super) fn ledger(
    from: &Path,
    to: &Path,
    through: i64,
    tell: &mut dyn FnMut(i64),
) -> Result<(), BackupError> {
    let raw = beside(to, ".raw");
    let copied = raw_copy(from, &raw, through, tell).map_err(LedgerError::from);
    copied?;
    let stored = Connection::open(&raw).map_err(LedgerError::from)?;
    if let Some(bad) = verify::rebuild(&stored, to)? {
        return Err(broken(&format!("record {} of the ledger: {}", bad.seq, bad.what)));
    }
    drop(stored);
    take_events(to, &raw).map_err(LedgerError::from)?;
    std::fs::remove_file(&raw).map_err(super::files::io(&raw))
}

/// A new database that need not survive a crash: it gets its name when it is whole.
pub(crate) fn scratch(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(path)?;
    conn.pragma_update(None, "journal_mode", "MEMORY")?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    conn.set_prepared_statement_cache_capacity(96);
    conn.execute_batch(SCHEMA)?;
    Ok(conn)
}

pub(crate) fn take_events(target: &Path, raw: &Path) -> rusqlite::Result<()> {
    let target = Connection::open(target)?;
    target.pragma_update(None, "synchronous", "OFF")?;
    target.execute("ATTACH ?1 AS raw", [raw.to_string_lossy()])?;
    target.execute_batch(
        "INSERT INTO event SELECT * FROM raw.event ORDER BY seq; DETACH raw; \
         PRAGMA journal_mode = DELETE;",
    )
}

fn raw_copy(
    from: &Path,
    raw: &Path,
    through: i64,
    tell: &mut dyn FnMut(i64),
) -> rusqlite::Result<()> {
    let (from, raw) = (schema::reader(from)?, scratch(raw)?);
    raw.execute_batch("BEGIN")?;
    let mut last = 0;
    while last < through {
        let sql = "SELECT * FROM event WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";
        let page = rows(&from, sql, &[last, through, PAGE])?;
        let Some(Value::Integer(seq)) = page.last().and_then(|row| row.first()) else { break };
        last = *seq;
        insert(&raw, "event", &page)?;
        tell(last);
    }
    let batches = rows(
        &from,
        "SELECT batch_no, sealed_seq IS NOT NULL FROM batch WHERE opened_seq <= ?1 \
         ORDER BY batch_no",
        &[through],
    )?;
    for batch in &batches {
        match batch.as_slice() {
            [Value::Integer(no), Value::Integer(0)] => texts(&from, &raw, *no)?,
            [Value::Integer(no), _] => residue(&from, &raw, *no)?,
            _ => {}
        }
    }
    configs(&from, &raw)?;
    raw.execute_batch("COMMIT")
}

/// Serial texts of a batch; what became of them is rebuilt from the events.
fn texts(from: &Connection, raw: &Connection, batch: i64) -> rusqlite::Result<()> {
    let mut next = 0;
    loop {
        let sql = "SELECT batch_no, serial_idx, serial, 0, NULL, NULL, NULL, NULL, 0, NULL, NULL, \
                   NULL FROM pool_serial WHERE batch_no = ?1 AND serial_idx >= ?2 \
                   ORDER BY serial_idx LIMIT ?3";
        let page = rows(from, sql, &[batch, next, PAGE])?;
        let Some(Value::Integer(last)) = page.last().and_then(|row| row.get(1)) else {
            return Ok(());
        };
        next = last + 1;
        insert(raw, "pool_serial", &page)?;
    }
}

/// What stays of a sealed batch; its events are in its file.
fn residue(from: &Connection, raw: &Connection, batch: i64) -> rusqlite::Result<()> {
    for (table, of_batch) in [
        ("batch", "batch_no = ?1"),
        ("chain_head", "chain = (SELECT batch FROM batch WHERE batch_no = ?1)"),
        ("pool_source", "batch_no = ?1"),
        ("pool_serial", "batch_no = ?1 AND state = 1"),
    ] {
        let page = rows(from, &format!("SELECT * FROM {table} WHERE {of_batch}"), &[batch])?;
        insert(raw, table, &page)?;
    }
    let mut next = 0;
    loop {
        let sql = "SELECT * FROM issued WHERE batch_no = ?1 AND serial_idx >= ?2 \
                   ORDER BY serial_idx LIMIT ?3";
        let page = rows(from, sql, &[batch, next, PAGE])?;
        let Some(Value::Integer(last)) = page.last().and_then(|row| row.get(3)) else {
            return Ok(());
        };
        next = last + 1;
        insert(raw, "issued", &page)?;
    }
}

fn configs(from: &Connection, raw: &Connection) -> rusqlite::Result<()> {
    let mut select = from.prepare("SELECT hash FROM config ORDER BY hash")?;
    let hashes: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for hash in hashes {
        let bytes: Vec<u8> =
            from.query_row("SELECT bytes FROM config WHERE hash = ?1", [&hash], |row| row.get(0))?;
        raw.execute("INSERT INTO config VALUES(?1, ?2)", (hash, bytes))?;
    }
    Ok(())
}

/// A page in a read transaction of its own: it ends before anything is written.
pub(crate) fn rows(
    conn: &Connection,
    sql: &str,
    params: &[i64],
) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut select = conn.prepare_cached(sql)?;
    let columns = select.column_count();
    let read = |row: &Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    select.query_map(params_from_iter(params), read)?.collect()
}

pub(crate) fn insert(conn: &Connection, table: &str, rows: &[Vec<Value>]) -> rusqlite::Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let places = vec!["?"; first.len()].join(", ");
    let mut insert = conn.prepare_cached(&format!("INSERT INTO {table} VALUES({places})"))?;
    for row in rows {
        insert.execute(params_from_iter(row))?;
    }
    Ok(())
}
