//! Closed batches in files of their own: written, verified, recorded, and only then removed here.
//!
//! Called for closed batches, off the hot path. Must never remove a row before the event that
//! names the verified file is durable: at every moment the batch is whole, here or in its file.

mod residue;
mod write;

pub use write::write;

pub(crate) use residue::Residue;

use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::{BatchId, BatchNo, Chain};
use crate::ledger::Ledger;
use crate::ledger_body::LedgerBody;
use contracts::open_scs::SerialState;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

/// Directory of the files, in the data directory.
pub const SEALED_DIR: &str = "sealed";
/// How the names of the files end.
pub const SEALED_EXTENSION: &str = "packline";
/// Rows of one slice of the removal.
pub const REMOVED_AT_ONCE: usize = 2_000;

/// What a `batch_sealed` event says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The batch.
    pub batch: BatchId,
    /// Its number.
    pub batch_no: BatchNo,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Events of the batch in it.
    pub events: i64,
    /// Hash of the last one, hex.
    pub head: String,
    /// Its serials that are alive, for the guess rule.
    pub alive: i64,
    /// SHA-256 over what stays in the ledger, hex (docs/record-format.md).
    pub residue: String,
    /// Who asked for it.
    pub who: String,
}

/// True for the name of a sealed batch's file.
#[must_use]
pub fn is_sealed_file(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|extension| extension == SEALED_EXTENSION)
}

/// How far the removal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Rows are left.
    GoesOn,
    /// Nothing is left to remove.
    Done,
}

impl Ledger {
    /// Records that a closed batch is in its file, which the caller has written with [`write()`]
    /// and which is synced. From now on the file is the batch.
    ///
    /// # Errors
    /// The batch is not closed, sealed already, does not end as the file does, or the commit
    /// failed.
    pub fn seal(&mut self, now: WallClock, seal: &Seal) -> Result<(), LedgerError> {
        self.transact(now, |tx| {
            let ends: Option<(i64, String)> = tx
                .conn
                .query_row(
                    "SELECT h.chain_seq, lower(hex(h.hash)) FROM batch b \
                     JOIN chain_head h ON h.chain = b.batch WHERE b.batch_no = ?1 AND b.batch = ?2",
                    params![seal.batch_no.0, seal.batch.as_str()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            if ends != Some((seal.events, seal.head.clone())) {
                return Err(Refusal::NotSealable(seal.batch.clone()).into());
            }
            match tx.own(Chain::Site, &LedgerBody::BatchSealed(seal.clone())) {
                Err(Fail::Forbidden(_)) => Err(Refusal::NotSealable(seal.batch.clone()).into()),
                other => other.map(|_| ()),
            }
        })
    }

    /// Removes one slice of rows that are in sealed files; what a crash interrupted goes on here.
    ///
    /// # Errors
    /// The commit failed.
    pub fn remove_sealed(&mut self, now: WallClock) -> Result<Removal, LedgerError> {
        self.transact(now, |tx| Ok(remove_slice(tx.conn)?))
    }
}

/// Tables whose rows go, and the key after the batch's number.
const TABLES: [(&str, &str); 10] = [
    ("pack", "track"),
    ("stray_edge", "count"),
    ("count_base", "seq"),
    ("pool_slice", "first_idx"),
    ("deviation", "seq"),
    ("trial", "seq"),
    ("alarm", "seq"),
    ("reject_review", "track"),
    ("pack_act", "track"),
    ("workflow_step", "seq"),
];

fn remove_slice(conn: &Connection) -> rusqlite::Result<Removal> {
    let mut sealed = conn.prepare_cached(
        "SELECT batch_no, batch, opened_seq, closed_seq FROM batch \
         WHERE sealed_seq IS NOT NULL ORDER BY batch_no DESC",
    )?;
    let rows = sealed.query_map([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
    })?;
    let limit = REMOVED_AT_ONCE as i64;
    for row in rows {
        let (no, batch, first, last): (i64, String, i64, i64) = row?;
        for (table, key) in TABLES {
            let sql = format!(
                "DELETE FROM {table} WHERE batch_no = ?1 AND {key} <= (SELECT max({key}) FROM \
                 (SELECT {key} FROM {table} WHERE batch_no = ?1 ORDER BY {key} LIMIT ?2))"
            );
            if conn.prepare_cached(&sql)?.execute([no, limit])? > 0 {
                return Ok(Removal::GoesOn);
            }
        }
        let serials = conn
            .prepare_cached(
                "DELETE FROM pool_serial WHERE batch_no = ?1 AND state <> ?3 AND serial_idx <= \
                 (SELECT max(serial_idx) FROM (SELECT serial_idx FROM pool_serial \
                 WHERE batch_no = ?1 AND state <> ?3 ORDER BY serial_idx LIMIT ?2))",
            )?
            .execute([no, limit, SerialState::Unallocated as i64])?;
        let signatures = conn
            .prepare_cached("DELETE FROM signature WHERE seq BETWEEN ?2 AND ?3 AND chain = ?1")?
            .execute(params![batch, first, last])?;
        if serials + signatures > 0 || events(conn, &batch, first, last)? {
            return Ok(Removal::GoesOn);
        }
    }
    Ok(Removal::Done)
}

/// Events go from the end on, so that the first one tells whether any is left.
fn events(conn: &Connection, batch: &str, first: i64, last: i64) -> rusqlite::Result<bool> {
    let top: Option<i64> = conn
        .prepare_cached("SELECT 1 FROM event WHERE seq = ?1 AND chain = ?2")?
        .query_row(params![first, batch], |row| row.get(0))
        .optional()?;
    if top.is_none() {
        return Ok(false);
    }
    let mut slice = conn.prepare_cached(
        "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq BETWEEN ?2 AND ?3 \
         AND chain = ?1 ORDER BY seq DESC LIMIT ?4)",
    )?;
    slice.execute(params![batch, first, last, REMOVED_AT_ONCE as i64])?;
    Ok(true)
}
