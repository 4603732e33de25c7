//! The records of the core as they stand in a batch's chain: what a replay is compared with.
//!
//! The part of [`Reader`] behind `packline replay`. Must never hold a read transaction longer than
//! one page.

use crate::error::LedgerError;
use crate::ids::BatchNo;
use crate::ledger::Ledger;
use crate::reader::{PAGE_MAX, Reader};
use rusqlite::{OptionalExtension, Row};

/// A record of the core in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreRecord {
    /// Sequence in the ledger.
    pub seq: i64,
    /// Nanoseconds since the process began.
    pub mono_ns: i64,
    /// Line-I/O epoch.
    pub io_epoch: i64,
    /// Last line-I/O event that was fully handled before it.
    pub io_seq: i64,
    /// Encoder count.
    pub encoder: i64,
    /// Body, JSON.
    pub body: String,
}

/// Where a batch is in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSpan {
    /// Its number.
    pub batch_no: BatchNo,
    /// Its last event, or the last of all while it is open.
    pub last_seq: i64,
}

impl Ledger {
    /// Sequence of the last event of all chains.
    ///
    /// # Errors
    /// Reading failed.
    pub fn last_seq(&self) -> Result<i64, LedgerError> {
        Ok(self.conn.query_row("SELECT coalesce(max(seq), 0) FROM event", [], |row| row.get(0))?)
    }
}

impl Reader {
    /// The core's records of a batch after one sequence and up to another, in order; the first
    /// `limit` of them.
    ///
    /// # Errors
    /// Reading failed.
    pub fn core_records(
        &self,
        batch: &str,
        after_seq: i64,
        through_seq: i64,
        limit: u32,
    ) -> Result<Vec<CoreRecord>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, mono_ns, io_epoch, io_seq, encoder, body FROM event \
             WHERE seq > ?1 AND seq <= ?2 AND chain = ?3 AND mono_ns IS NOT NULL \
             ORDER BY seq LIMIT ?4",
        )?;
        let args = (after_seq, through_seq, batch, limit.min(PAGE_MAX));
        let rows = select.query_map(args, core_record)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Where a batch is; none for one that is not in this ledger.
    ///
    /// # Errors
    /// Reading failed.
    pub fn batch_span(&self, batch: &str) -> Result<Option<BatchSpan>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT batch_no, coalesce(closed_seq, (SELECT max(seq) FROM event)) \
             FROM batch WHERE batch = ?1",
        )?;
        let span =
            |row: &Row<'_>| Ok(BatchSpan { batch_no: BatchNo(row.get(0)?), last_seq: row.get(1)? });
        Ok(select.query_row([batch], span).optional()?)
    }
}

fn core_record(row: &Row<'_>) -> rusqlite::Result<CoreRecord> {
    Ok(CoreRecord {
        seq: row.get(0)?,
        mono_ns: row.get(1)?,
        io_epoch: row.get(2)?,
        io_seq: row.get(3)?,
        encoder: row.get(4)?,
        body: row.get(5)?,
    })
}
