//! The file of a closed batch: its events with those of the site chain that prove them, and every
//! projection rebuilt from them.
//!
//! Reads page by page, so it may run beside the line. Must never give a file its final name before
//! it is verified and synced.

use super::{Residue, SEALED_DIR, SEALED_EXTENSION, Seal};
use crate::backup::BackupError;
use crate::error::LedgerError;
use crate::ids::{BatchId, BatchNo};
use crate::lock::beside;
use crate::verify;
use contracts::open_scs::SerialState;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};
use std::fs::File;
use std::path::Path;

/// Rows of one read transaction.
const PAGE: i64 = 2_000;

/// Writes the file of a closed batch into `data_dir/sealed` and verifies it; a file of that name
/// that is there is the remains of an earlier attempt and is written anew.
///
/// # Errors
/// The batch is not closed or sealed already, a file cannot be written, or the ledger is not whole.
pub fn write(data_dir: &Path, batch: &BatchId, who: &str) -> Result<Seal, BackupError> {
    let ledger = data_dir.join(crate::backup::LEDGER_FILE);
    let conn = crate::schema::reader(&ledger).map_err(LedgerError::from)?;
    let found = Closed::read(&conn, batch).map_err(LedgerError::from)?;
    let no = found.no;
    let file = format!("{batch}.{SEALED_EXTENSION}");
    let dir = data_dir.join(SEALED_DIR);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    };
    std::fs::create_dir_all(&dir).map_err(io(&dir))?;
    let (path, part) = (dir.join(&file), dir.join(format!(".{file}.part")));
    let raw = beside(&part, ".raw");
    for old in [&part, &raw] {
        if old.exists() {
            std::fs::remove_file(old).map_err(io(old))?;
        }
    }
    found.copy(&conn, &raw).map_err(LedgerError::from)?;
    verify::sealed::fill(&raw, &part, batch.as_str())?;
    std::fs::remove_file(&raw).map_err(io(&raw))?;
    let proof = verify::sealed::check(&part, None)?;
    if let Some(bad) = proof.first_bad {
        return Err(BackupError::Broken(format!("record {}: {}", bad.seq, bad.what)));
    }
    let entry = crate::backup::entry(&dir, &format!(".{file}.part"))?;
    std::fs::rename(&part, &path).map_err(io(&path))?;
    File::open(&dir).and_then(|dir| dir.sync_all()).map_err(io(&dir))?;
    let residue = Residue::read(&conn, no).map_err(LedgerError::from)?.digest();
    Ok(Seal {
        batch: batch.clone(),
        batch_no: no,
        file,
        sha256: entry.sha256,
        bytes: entry.bytes,
        events: found.events,
        head: found.head,
        alive: found.alive,
        residue,
        who: who.to_owned(),
    })
}

/// A closed batch and where its events are.
struct Closed {
    no: BatchNo,
    batch: String,
    first: i64,
    last: i64,
    events: i64,
    head: String,
    alive: i64,
}

impl Closed {
    fn read(conn: &Connection, batch: &BatchId) -> rusqlite::Result<Self> {
        use SerialState as S;
        let alive =
            [S::Allocated, S::Encoded, S::Commissioned, S::Sampled, S::Inactive, S::Released];
        let alive = alive.map(|state| (state as i64).to_string()).join(", ");
        let sql = format!(
            "SELECT b.batch_no, b.batch, b.opened_seq, b.closed_seq, h.chain_seq, \
             lower(hex(h.hash)), CASE b.mode WHEN 'production' THEN (SELECT count(*) \
             FROM pool_serial s WHERE s.batch_no = b.batch_no AND s.state IN ({alive})) ELSE 0 END \
             FROM batch b JOIN chain_head h ON h.chain = b.batch \
             WHERE b.batch = ?1 AND b.closed_seq IS NOT NULL AND b.sealed_seq IS NULL"
        );
        conn.query_row(&sql, [batch.as_str()], |row| {
            Ok(Self {
                no: BatchNo(row.get(0)?),
                batch: row.get(1)?,
                first: row.get(2)?,
                last: row.get(3)?,
                events: row.get(4)?,
                head: row.get(5)?,
                alive: row.get(6)?,
            })
        })
    }

    /// Events, texts and configuration, as they are.
    fn copy(&self, from: &Connection, raw: &Path) -> rusqlite::Result<()> {
        let raw = crate::backup::scratch(raw)?;
        raw.execute_batch("BEGIN")?;
        self.site_events(from, &raw)?;
        let mut after = self.first - 1;
        loop {
            let sql = "SELECT * FROM event WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";
            let page = rows(from, sql, &[after, self.last, PAGE])?;
            let Some(Value::Integer(last)) = page.last().and_then(|row| row.first()) else { break };
            after = *last;
            let ours = Value::Text(self.batch.clone());
            let of_batch: Vec<_> =
                page.into_iter().filter(|row| row.get(1) == Some(&ours)).collect();
            insert(&raw, "event", &of_batch)?;
        }
        let mut next = 0;
        loop {
            let sql = "SELECT * FROM pool_serial WHERE batch_no = ?1 AND serial_idx >= ?2 \
                       ORDER BY serial_idx LIMIT ?3";
            let page = rows(from, sql, &[self.no.0, next, PAGE])?;
            let Some(Value::Integer(last)) = page.last().and_then(|row| row.get(1)) else { break };
            next = last + 1;
            insert(&raw, "pool_serial", &page)?;
        }
        let sql = "SELECT c.hash, c.bytes FROM config c JOIN batch b ON b.config_hash = c.hash \
                   WHERE b.batch_no = ?1";
        insert(&raw, "config", &rows(from, sql, &[self.no.0])?)?;
        raw.execute_batch("COMMIT")
    }

    /// The batch's genesis stands before its first event, its head and the checkpoint behind its
    /// last; keys and epochs wherever they changed before.
    fn site_events(&self, from: &Connection, raw: &Connection) -> rusqlite::Result<()> {
        let sql = "SELECT * FROM event WHERE seq = 1 OR seq = ?1 - 1 OR seq IN (?2 + 1, ?2 + 2) \
                   OR seq IN (SELECT seq FROM signing_key WHERE seq <= ?2) ORDER BY seq";
        insert(raw, "event", &rows(from, sql, &[self.first, self.last])?)?;
        self.restores(from)?.iter().try_for_each(|seq| {
            // With a new key it is there already.
            let sql = "SELECT * FROM event WHERE seq = ?1 \
                       AND seq NOT IN (SELECT seq FROM signing_key)";
            insert(raw, "event", &rows(from, sql, &[*seq])?)
        })
    }

    /// Where a new epoch began before the batch's end: what is signed later names it. A ledger
    /// that was never restored is not searched.
    fn restores(&self, from: &Connection) -> rusqlite::Result<Vec<i64>> {
        let sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'restored_seq'";
        let newest: Option<i64> = from.query_row(sql, [], |row| row.get(0)).optional()?;
        let end = newest.map_or(0, |newest| newest.min(self.last));
        let mut select = from.prepare(
            "SELECT seq FROM event WHERE seq > ?1 AND seq <= ?2 AND chain = 'site' \
             AND body LIKE '{\"kind\":\"ledger_restored\"%' ORDER BY seq",
        )?;
        let (mut found, mut after) = (Vec::new(), 0);
        while after < end {
            let page = select.query_map([after, (after + PAGE).min(end)], |row| row.get(0))?;
            found.append(&mut page.collect::<Result<Vec<i64>, _>>()?);
            after += PAGE;
        }
        Ok(found)
    }
}

fn rows(conn: &Connection, sql: &str, params: &[i64]) -> rusqlite::Result<Vec<Vec<Value>>> {
    crate::backup::rows(conn, sql, params)
}

fn insert(conn: &Connection, table: &str, rows: &[Vec<Value>]) -> rusqlite::Result<()> {
    crate::backup::insert(conn, table, rows)
}
