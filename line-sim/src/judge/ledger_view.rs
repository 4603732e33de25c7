//! Reads a batch from the ledger's documented views.
//!
//! Read-only and in one read transaction, so that a ledger in use is seen at one moment. It must
//! never name a table: the views are the contract.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use super::records::Records;
use super::terms::{Books, Recorded, State};
use super::{JudgeError, Order};

/// How long another process may keep the ledger busy.
const BUSY_MS_MAX: u64 = 5_000;

/// Serials named as issued twice.
const TWICE_MAX: usize = 100;

/// A row of `v_pack`.
#[derive(Clone, Debug)]
pub(super) struct PackRow {
    pub(super) track: u32,
    pub(super) serial: Option<String>,
    pub(super) verdict: Option<Cow<'static, str>>,
    pub(super) reason: Option<Cow<'static, str>>,
    pub(super) fate: Recorded,
    pub(super) infeed_count: u64,
    pub(super) io_epoch: u32,
    /// An accept is on record.
    pub(super) accepted: bool,
}

/// A row of `v_serial`.
#[derive(Clone, Debug)]
pub(super) struct SerialRow {
    pub(super) serial: String,
    pub(super) idx: u32,
    pub(super) state: State,
    pub(super) track: Option<u32>,
}

/// All that the ledger says of a batch.
#[derive(Debug)]
pub(super) struct LedgerView {
    /// The order as the ledger has it.
    pub(super) order: Order,
    pub(super) closed: bool,
    pub(super) allocated: i64,
    /// Of a closed batch.
    pub(super) books: Option<Books>,
    /// In order of tracks.
    pub(super) packs: Vec<PackRow>,
    /// Epoch and count of the infeed edges of other batches; true for those of trials.
    pub(super) elsewhere: HashMap<(u32, u64), bool>,
    pub(super) serials: Vec<SerialRow>,
    /// Where each serial is in `serials`.
    pub(super) by_serial: HashMap<String, usize>,
    /// Serials that the product has twice.
    pub(super) issued_twice: Vec<String>,
    pub(super) records: Records,
}

impl LedgerView {
    pub(super) fn read(path: &Path, batch: &str) -> Result<Self, JudgeError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
        let tx = conn.transaction()?;
        let (order, state, allocated, books) = batch_row(&tx, batch)?;
        let serials = serials(&tx, batch)?;
        let by_serial = (0..).zip(&serials).map(|(at, row)| (row.serial.clone(), at)).collect();
        Ok(Self {
            closed: state == "closed",
            allocated,
            books: books.map(|text| parse_books(&text)).transpose()?,
            packs: packs(&tx, batch)?,
            elsewhere: elsewhere(&tx, batch)?,
            by_serial,
            serials,
            issued_twice: issued_twice(&tx, &order.gtin)?,
            records: Records::read(&tx, batch)?,
            order,
        })
    }

    /// The serial's row in this batch.
    pub(super) fn serial(&self, serial: &str) -> Option<&SerialRow> {
        self.by_serial.get(serial).and_then(|at| self.serials.get(*at))
    }
}

pub(super) fn strange(what: &'static str, found: impl ToString) -> JudgeError {
    JudgeError::Strange { what, found: found.to_string() }
}

pub(super) fn parse_books(text: &str) -> Result<Books, JudgeError> {
    serde_json::from_str(text).map_err(|error| strange("v_batch.books_json", error))
}

type BatchRow = (Order, String, i64, Option<String>);

fn batch_row(conn: &Connection, batch: &str) -> Result<BatchRow, JudgeError> {
    let sql = "SELECT batch, gtin, lot, expiry, state, allocated, books_json FROM v_batch \
               WHERE batch = ?1";
    let read = |row: &Row<'_>| {
        let order = Order {
            batch: row.get(0)?,
            gtin: row.get(1)?,
            lot: row.get(2)?,
            expiry: row.get(3)?,
            first_pack_due: false,
            recipe: super::Recipe::default(),
        };
        Ok((order, row.get(4)?, row.get(5)?, row.get(6)?))
    };
    let found = conn.query_row(sql, [batch], read).optional()?;
    found.ok_or_else(|| JudgeError::NoBatch(batch.to_owned()))
}

fn packs(conn: &Connection, batch: &str) -> Result<Vec<PackRow>, JudgeError> {
    let mut select = conn.prepare(
        "SELECT track, serial, verdict, reason, fate, infeed_count, io_epoch, \
         accepted_at IS NOT NULL FROM v_pack WHERE batch = ?1 ORDER BY track",
    )?;
    let mut rows = select.query([batch])?;
    let mut packs = Vec::new();
    while let Some(row) = rows.next()? {
        let fate = row.get::<_, Option<String>>(4)?.unwrap_or_default();
        packs.push(PackRow {
            track: row.get(0)?,
            serial: row.get(1)?,
            verdict: row.get::<_, Option<String>>(2)?.map(Cow::Owned),
            reason: row.get::<_, Option<String>>(3)?.map(Cow::Owned),
            fate: Recorded::from_name(&fate).ok_or_else(|| strange("v_pack.fate", fate))?,
            infeed_count: row.get::<_, i64>(5)?.unsigned_abs(),
            io_epoch: row.get(6)?,
            accepted: row.get(7)?,
        });
    }
    Ok(packs)
}

fn elsewhere(conn: &Connection, batch: &str) -> Result<HashMap<(u32, u64), bool>, JudgeError> {
    let mut select = conn.prepare(
        "SELECT p.io_epoch, p.infeed_count, b.mode <> 'production' FROM v_pack p \
         JOIN v_batch b ON b.batch = p.batch WHERE p.batch <> ?1",
    )?;
    let edge =
        |row: &Row<'_>| Ok(((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()), row.get(2)?));
    let edges = select.query_map([batch], edge)?;
    Ok(edges.collect::<Result<_, _>>()?)
}

fn serials(conn: &Connection, batch: &str) -> Result<Vec<SerialRow>, JudgeError> {
    let mut select = conn.prepare(
        "SELECT serial, serial_idx, state_number, track FROM v_serial WHERE batch = ?1 \
         ORDER BY serial_idx",
    )?;
    let mut rows = select.query([batch])?;
    let mut serials = Vec::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(2)?;
        let state = State::from_number(number);
        serials.push(SerialRow {
            serial: row.get(0)?,
            idx: row.get(1)?,
            state: state.ok_or_else(|| strange("v_serial.state_number", number))?,
            track: row.get(3)?,
        });
    }
    Ok(serials)
}

fn issued_twice(conn: &Connection, gtin: &str) -> Result<Vec<String>, JudgeError> {
    let mut select = conn.prepare(
        "SELECT serial FROM v_serial WHERE gtin = ?1 GROUP BY serial HAVING count(*) > 1",
    )?;
    let serials = select.query_map([gtin], |row| row.get(0))?;
    Ok(serials.take(TWICE_MAX).collect::<Result<_, _>>()?)
}
