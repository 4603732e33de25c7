//! Texts that events bind by their hash: recipes and configurations, each stored once.
//!
//! Used by recipes and configurations. Must never change one.

use rusqlite::{Connection, OptionalExtension};

/// The text of a hash, hex.
pub(crate) fn of(conn: &Connection, sha256: &str) -> rusqlite::Result<Option<String>> {
    let mut select = conn.prepare_cached("SELECT bytes FROM config WHERE hash = ?1")?;
    let found: Option<Vec<u8>> = select.query_row([sha256], |row| row.get(0)).optional()?;
    Ok(found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
