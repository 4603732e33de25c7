//! The tables, their version, and how connections are set.
//!
//! Used by create, open, readers and `verify`. Must never open a ledger of a version it does not
//! know.

use crate::error::LedgerError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Version of `schema.sql`.
pub const SCHEMA_VERSION: u32 = 6;
/// Tables and views.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");
/// Page cache of the writer.
const CACHE_KIB: i64 = 64 * 1024;
/// The writer waits this long for a checkpoint that truncates.
const BUSY_MS: u64 = 20;
/// Statements kept prepared.
const STATEMENTS: usize = 96;

/// Refuses the tables of another version of the program.
pub(crate) fn require_version(conn: &Connection) -> Result<(), LedgerError> {
    let found = crate::ledger::meta(conn, "schema_version")?;
    if found == SCHEMA_VERSION.to_string() {
        return Ok(());
    }
    let what = "its schema version is";
    Err(LedgerError::NotUsable(format!(
        "{what} {found}, this program's is {SCHEMA_VERSION}: use the program that wrote it"
    )))
}

/// A connection that may write: WAL, every commit synced, checkpoints only on demand.
pub(crate) fn writer(path: &Path, create: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_millis(BUSY_MS))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_millis(200))?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}
