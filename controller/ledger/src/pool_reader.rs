//! Questions about pools: serials page by page, where a pool came from, what the product had
//! before.
//!
//! The part of [`Reader`] behind export, import and the low-pool warning. Must never hold a read
//! transaction longer than one page.

use crate::batch_spec::PoolSource;
use crate::error::LedgerError;
use crate::ids::{BatchNo, Chain};
use crate::reader::Reader;
use codes::{Gtin, SerialNumber};
use contracts::open_scs::SerialState;
use rusqlite::{OptionalExtension, Row};

/// Indices of one page of serials: read in some ten milliseconds.
pub const SERIALS_PAGE: u32 = 10_000;

/// A serial number of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialRow {
    /// Index in the pool.
    pub serial_idx: u32,
    /// The serial number.
    pub serial: String,
    /// Its state.
    pub state: SerialState,
    /// The pack that bears it.
    pub track: Option<u32>,
}

/// A serial number that the product has had in this ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The batch that had it last.
    pub batch: String,
    /// It was given back undispatched: an import may use it again.
    pub unallocated: bool,
}

impl Reader {
    /// Serials of a batch from an index on, in index order: those in `state`, or all, among the
    /// next [`SERIALS_PAGE`]. Returns the index to go on from; none at the end of the pool.
    ///
    /// # Errors
    /// Reading failed.
    pub fn serials(
        &self,
        batch: BatchNo,
        from: u32,
        state: Option<SerialState>,
    ) -> Result<(Vec<SerialRow>, Option<u32>), LedgerError> {
        let end = from.saturating_add(SERIALS_PAGE);
        let mut select = self.conn.prepare_cached(
            "SELECT serial_idx, serial, state, track FROM pool_serial WHERE batch_no = ?1 \
             AND serial_idx >= ?2 AND serial_idx < ?3 AND (?4 IS NULL OR state = ?4) \
             ORDER BY serial_idx",
        )?;
        let args = (batch.0, from, end, state.map(|state| state as i64));
        let rows = select.query_map(args, serial_row)?;
        let page = rows.collect::<Result<_, _>>()?;
        let mut more = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM pool_serial WHERE batch_no = ?1 AND serial_idx >= ?2)",
        )?;
        let more = more.query_row((batch.0, end), |row| row.get(0))?;
        Ok((page, if more { Some(end) } else { None }))
    }

    /// What the product had of a serial number in this ledger; none when it never had it.
    ///
    /// # Errors
    /// Reading failed.
    pub fn issued(&self, gtin: Gtin, serial: SerialNumber) -> Result<Option<Issued>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT coalesce(b.batch, 'before the restore'), coalesce(s.state = ?3 \
             AND s.job IS NULL AND b.opened_seq > coalesce((SELECT CAST(value AS INTEGER) \
             FROM meta WHERE key = 'restored_seq'), 0), 0) FROM issued i \
             LEFT JOIN batch b ON b.batch_no = i.batch_no LEFT JOIN pool_serial s \
             ON s.batch_no = i.batch_no AND s.serial_idx = i.serial_idx \
             WHERE i.gtin = ?1 AND i.serial = ?2",
        )?;
        let args = (gtin.as_str(), serial.as_str(), SerialState::Unallocated as i64);
        let row = |row: &Row<'_>| Ok(Issued { batch: row.get(0)?, unallocated: row.get(1)? });
        Ok(select.query_row(args, row).optional()?)
    }

    /// Serials that earlier orders of the product kept for a later one, at most `limit`, the
    /// oldest batch first.
    ///
    /// # Errors
    /// Reading failed, or a stored value is none of ours.
    pub fn kept_serials(&self, gtin: Gtin, limit: u32) -> Result<Vec<SerialNumber>, LedgerError> {
        let mut batches = self.conn.prepare_cached(
            "SELECT batch_no FROM batch WHERE gtin = ?1 AND return_policy = 'unallocate' \
             ORDER BY batch_no",
        )?;
        let batches: Vec<i64> =
            batches.query_map([gtin.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut kept = Vec::new();
        for batch in batches {
            let mut from = Some(0);
            while let Some(first) = from.filter(|_| kept.len() < limit as usize) {
                let state = Some(SerialState::Unallocated);
                let (page, next) = self.serials(BatchNo(batch), first, state)?;
                for row in page {
                    kept.extend(self.still_kept(gtin, batch, &row)?);
                }
                from = next;
            }
        }
        kept.truncate(limit as usize);
        Ok(kept)
    }

    /// The serial, unless a later order has it.
    fn still_kept(
        &self,
        gtin: Gtin,
        batch: i64,
        row: &SerialRow,
    ) -> Result<Option<SerialNumber>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM issued i JOIN pool_serial s ON s.batch_no = i.batch_no \
             AND s.serial_idx = i.serial_idx JOIN batch b ON b.batch_no = i.batch_no \
             WHERE i.gtin = ?1 AND i.serial = ?2 AND i.batch_no = ?3 AND i.serial_idx = ?4 \
             AND s.job IS NULL AND b.opened_seq > coalesce((SELECT CAST(value AS INTEGER) \
             FROM meta WHERE key = 'restored_seq'), 0))",
        )?;
        let args = (gtin.as_str(), &row.serial, batch, row.serial_idx);
        let kept: bool = select.query_row(args, |row| row.get(0))?;
        let parsed = row.serial.parse();
        let strange = |_| LedgerError::NotUsable("a serial is none of ours".to_owned());
        Ok(if kept { Some(parsed.map_err(strange)?) } else { None })
    }

    /// Where a batch's serials come from; none when this line drew them.
    ///
    /// # Errors
    /// Reading failed.
    pub fn pool_source(&self, batch: BatchNo) -> Result<Option<PoolSource>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT kind, provider, claim, sha256, count FROM pool_source WHERE batch_no = ?1",
        )?;
        Ok(select.query_row([batch.0], source).optional()?)
    }

    /// What becomes of a batch's serials that were never dispatched: `returned`, `unallocate` or
    /// `invalid`.
    ///
    /// # Errors
    /// Reading failed.
    pub fn return_policy(&self, batch: BatchNo) -> Result<String, LedgerError> {
        let mut select =
            self.conn.prepare_cached("SELECT return_policy FROM batch WHERE batch_no = ?1")?;
        Ok(select.query_row([batch.0], |row| row.get(0))?)
    }

    /// Serials of a batch that have not been given to a job, and the order's low-pool warning.
    ///
    /// # Errors
    /// Reading failed.
    pub fn pool_left(&self, batch: BatchNo) -> Result<(u64, u64), LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT (SELECT count(*) FROM pool_serial WHERE batch_no = ?1 AND state = ?2 \
             AND job IS NULL), spec ->> 'low_pool_warning' FROM batch WHERE batch_no = ?1",
        )?;
        let args = (batch.0, SerialState::Allocated as i64);
        let (left, low): (i64, i64) =
            select.query_row(args, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((left.unsigned_abs(), low.unsigned_abs()))
    }

    /// True when the alarm was raised in this chain and not cleared since.
    ///
    /// # Errors
    /// Reading failed.
    pub fn alarm_raised(&self, chain: Chain, what: &str) -> Result<bool, LedgerError> {
        let batch = match chain {
            Chain::Site => 0,
            Chain::Batch(no) => no.0,
        };
        let mut select = self
            .conn
            .prepare_cached("SELECT raised FROM alarm WHERE batch_no = ?1 AND what = ?2")?;
        Ok(select.query_row((batch, what), |row| row.get(0)).optional()?.unwrap_or(false))
    }
}

fn source(row: &Row<'_>) -> rusqlite::Result<PoolSource> {
    let count = row.get(4)?;
    Ok(match row.get_ref(0)?.as_str()? {
        "imported" => PoolSource::Imported {
            provider: row.get(1)?,
            claim: row.get(2)?,
            sha256: row.get(3)?,
            count,
        },
        _ => PoolSource::Kept { count },
    })
}

fn serial_row(row: &Row<'_>) -> rusqlite::Result<SerialRow> {
    let number: u8 = row.get(2)?;
    let strange = || rusqlite::Error::IntegralValueOutOfRange(2, i64::from(number));
    Ok(SerialRow {
        serial_idx: row.get(0)?,
        serial: row.get(1)?,
        state: SerialState::from_number(number).ok_or_else(strange)?,
        track: row.get(3)?,
    })
}
