//! Queries for pages and reports, on a connection of their own that cannot write.
//!
//! Used outside the ledger thread. Must never hold a read transaction longer than one page (a
//! reader that stays starves the checkpoints).

use crate::books::books;
use crate::clock::WallClock;
use crate::error::LedgerError;
use crate::ids::{BatchId, BatchNo, Chain, LedgerKind};
use crate::names::{mode_from, order_state, reason_from, verdict_from};
use crate::service::ServiceBody;
use crate::stored_body::StoredBody;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitMode;
use line_core::event::PackFate;
use line_core::reason::RejectReason;
use line_core::reconcile::Books;
use line_core::record::{RecordBody, Verdict};
use rusqlite::{Connection, OptionalExtension, Row};
use std::path::Path;

/// Rows of one page.
pub const PAGE_MAX: u32 = 1_000;

/// Reads a ledger.
#[derive(Debug)]
pub struct Reader {
    pub(crate) conn: Connection,
}

/// A batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRow {
    /// Number.
    pub batch_no: BatchNo,
    /// Id.
    pub batch: String,
    /// Product code.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Expiry, `YYYY-MM-DD`.
    pub expiry: String,
    /// Good packs wanted.
    pub target: u32,
    /// Serials allocated.
    pub allocated: u32,
    /// State of the order.
    pub state: JobOrderState,
    /// The books as JSON, once closed.
    pub books_json: Option<String>,
    /// Production, or a trial run.
    pub mode: UnitMode,
    /// Name of its own file, when it is sealed.
    pub sealed_file: Option<String>,
}

/// A pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackRow {
    /// The pack.
    pub track: u32,
    /// Its serial number.
    pub serial: Option<String>,
    /// Its latest verdict.
    pub verdict: Option<Verdict>,
    /// Why it was rejected.
    pub reason: Option<RejectReason>,
    /// What became of it.
    pub fate: PackFate,
    /// Encoder count at the infeed.
    pub infeed_count: u64,
    /// Line-I/O epoch of the count.
    pub io_epoch: u32,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Sequence in the ledger.
    pub seq: i64,
    /// Chain.
    pub chain: String,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// The clock was synchronised.
    pub clock_synchronised: bool,
    /// Body, JSON.
    pub body: String,
}

impl Reader {
    /// Opens a ledger for reading.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Ok(Self { conn: crate::schema::reader(path)? })
    }

    /// Opens the file of a sealed batch, which is read like a ledger.
    ///
    /// # Errors
    /// It is not where it belongs, or cannot be opened.
    pub fn open_sealed(data_dir: &Path, file: &str) -> Result<Self, LedgerError> {
        let path = data_dir.join(crate::seal::SEALED_DIR).join(file);
        if path.is_file() {
            return Self::open(&path);
        }
        Err(LedgerError::NotUsable(format!(
            "the batch is sealed in a file of its own, and {} is not there: bring it back from \
             where sealed files are kept",
            path.display()
        )))
    }

    /// Simulation or production.
    ///
    /// # Errors
    /// Reading failed.
    pub fn kind(&self) -> Result<LedgerKind, LedgerError> {
        LedgerKind::from_name(&crate::ledger::meta(&self.conn, "kind")?)
            .ok_or_else(|| LedgerError::NotUsable("no kind".to_owned()))
    }

    /// Pages of the file that hold something.
    ///
    /// # Errors
    /// Reading failed.
    pub fn used_pages(&self) -> Result<i64, LedgerError> {
        let pragma = |sql: &str| self.conn.query_row(sql, [], |row| row.get::<_, i64>(0));
        Ok(pragma("PRAGMA page_count")? - pragma("PRAGMA freelist_count")?)
    }

    /// Batches, the latest first.
    ///
    /// # Errors
    /// Reading failed.
    pub fn batches(&self, limit: u32) -> Result<Vec<BatchRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT batch_no, batch, gtin, lot, expiry, target, allocated, state, books, mode, \
             sealed_file FROM batch ORDER BY batch_no DESC LIMIT ?1",
        )?;
        let rows = select.query_map([limit.min(PAGE_MAX)], batch_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Batches that were closed until then and are not sealed, the oldest first.
    ///
    /// # Errors
    /// Reading failed.
    pub fn closed_until(&self, at: WallClock, limit: u32) -> Result<Vec<BatchId>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT b.batch FROM batch b JOIN event e ON e.seq = b.closed_seq \
             WHERE b.sealed_seq IS NULL AND e.at <= ?1 ORDER BY b.batch_no LIMIT ?2",
        )?;
        let rows = select.query_map((at.to_rfc3339(), limit), |row| row.get::<_, String>(0))?;
        let texts: Vec<String> = rows.collect::<Result<_, _>>()?;
        let ids = texts.into_iter().map(|text| text.parse::<BatchId>());
        ids.collect::<Result<_, _>>().map_err(|e| LedgerError::NotUsable(e.to_string()))
    }

    /// The books of a batch as they are now.
    ///
    /// # Errors
    /// Reading failed.
    pub fn books(&self, batch: BatchNo) -> Result<Books, LedgerError> {
        let kept: Option<Option<String>> = self
            .conn
            .query_row(
                "SELECT books FROM batch WHERE batch_no = ?1 AND sealed_seq IS NOT NULL",
                [batch.0],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(text) = kept.flatten() {
            let parsed = serde_json::from_str(&text);
            return parsed.map_err(|error| LedgerError::NotUsable(format!("books: {error}")));
        }
        Ok(books(&self.conn, batch.0)?)
    }

    /// Packs of a batch after a track, in order of tracks.
    ///
    /// # Errors
    /// Reading failed.
    pub fn packs(
        &self,
        batch: BatchNo,
        after_track: u32,
        limit: u32,
    ) -> Result<Vec<PackRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT p.track, s.serial, p.verdict, p.reason, p.fate, p.infeed_count, p.io_epoch \
             FROM pack p LEFT JOIN pool_serial s \
             ON s.batch_no = p.batch_no AND s.serial_idx = p.serial_idx \
             WHERE p.batch_no = ?1 AND p.track > ?2 ORDER BY p.track LIMIT ?3",
        )?;
        let args = (batch.0, after_track, limit.min(PAGE_MAX));
        let rows = select.query_map(args, pack_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Events of a chain and the hash of its last one in hex; none for an empty chain.
    ///
    /// # Errors
    /// Reading failed.
    pub fn head(&self, chain: Chain) -> Result<Option<(u64, String)>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT chain_seq, lower(hex(hash)) FROM chain_head WHERE chain = coalesce( \
             (SELECT batch FROM batch WHERE batch_no = ?1), ?2)",
        )?;
        let no = match chain {
            Chain::Site => None,
            Chain::Batch(no) => Some(no.0),
        };
        let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?));
        Ok(select.query_row((no, crate::ids::SITE_CHAIN), row).optional()?)
    }

    /// Packs of a batch whose last verdict is reject, by reason.
    ///
    /// # Errors
    /// Reading failed.
    pub fn rejects(&self, batch: BatchNo) -> Result<Vec<(RejectReason, u64)>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT reason, count(*) FROM pack WHERE batch_no = ?1 AND verdict = 'reject' \
             GROUP BY reason",
        )?;
        let rows = select.query_map([batch.0], |row| {
            Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
        })?;
        let mut rejects = Vec::new();
        for row in rows {
            let (name, count) = row?;
            if let Some(reason) = name.as_deref().and_then(crate::names::reason_from) {
                rejects.push((reason, count));
            }
        }
        Ok(rejects)
    }

    /// Events after a sequence, of all chains: what a site uplink reads.
    ///
    /// # Errors
    /// Reading failed.
    pub fn events(&self, after_seq: i64, limit: u32) -> Result<Vec<EventRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, chain, at, clock_synchronised, body FROM event \
             WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let rows = select.query_map((after_seq, limit.min(PAGE_MAX)), event_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Events of the batch and of the site that belong to nobody's pack or serial, after a
    /// sequence: commands, signatures, holds, alarms; at most `limit` of the next `PAGE_MAX` x 10
    /// events. Returns the sequence to go on from.
    ///
    /// # Errors
    /// Reading failed.
    pub fn audit_events(
        &self,
        after_seq: i64,
        limit: u32,
    ) -> Result<(Vec<EventRow>, i64), LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, chain, at, clock_synchronised, body FROM event \
             WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let mut rows = select.query((after_seq, PAGE_MAX * 10))?;
        let (mut found, mut last) = (Vec::new(), after_seq);
        while let Some(row) = rows.next()? {
            let event = event_row(row)?;
            last = event.seq;
            if concerns(&event.body) == (None, None) {
                found.push(event);
            }
            if found.len() >= limit.min(PAGE_MAX) as usize {
                break;
            }
        }
        Ok((found, last))
    }
}

/// Serial index and track that a body names.
pub(crate) fn concerns(body: &str) -> (Option<u32>, Option<u32>) {
    use RecordBody as R;
    let record = match StoredBody::parse(body) {
        Ok(StoredBody::Record(record)) => record,
        Ok(StoredBody::Service(ServiceBody::SerialTaken { serial, .. })) => {
            return (Some(serial), None);
        }
        _ => return (None, None),
    };
    let (serial, track) = match record {
        R::PackInfeed { track, .. } | R::StationResult { track, .. } => (None, Some(track)),
        R::JobAssigned { serial, .. }
        | R::Printed { serial, .. }
        | R::LabelScrapped { serial }
        | R::SerialInvalid { serial, .. } => (Some(serial), None),
        R::LabelApplied { track, serial, .. } => (Some(serial), Some(track)),
        R::Verdict { track, serial, .. }
        | R::PackExited { track, serial, .. }
        | R::PackEjected { track, serial, .. }
        | R::PackUnresolved { track, serial, .. }
        | R::PackResolved { track, serial, .. } => (serial, Some(track)),
        R::ResultDiscarded { track, .. } => (None, track),
        R::UnitState { .. }
        | R::OrderState { .. }
        | R::CountsBegin { .. }
        | R::LinkUp { .. }
        | R::LinkDown { .. }
        | R::Hold { .. }
        | R::HoldEnded { .. }
        | R::PurgeBegin { .. }
        | R::PurgeEnd { .. }
        | R::EjectedWithoutPack { .. }
        | R::ExitedWithoutPack { .. }
        | R::ExtraLabels { .. }
        | R::GradeTrend { .. }
        | R::Suspended { .. }
        | R::Counts { .. } => (None, None),
    };
    (serial.map(|serial| serial.0), track.map(|track| track.0))
}

pub(crate) fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        seq: row.get(0)?,
        chain: row.get(1)?,
        at: row.get(2)?,
        clock_synchronised: row.get(3)?,
        body: row.get(4)?,
    })
}

fn strange(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, String::new(), rusqlite::types::Type::Text)
}

pub(crate) fn batch_row(row: &Row<'_>) -> rusqlite::Result<BatchRow> {
    Ok(BatchRow {
        batch_no: BatchNo(row.get(0)?),
        batch: row.get(1)?,
        gtin: row.get(2)?,
        lot: row.get(3)?,
        expiry: row.get(4)?,
        target: row.get(5)?,
        allocated: row.get(6)?,
        state: order_state(row.get(7)?).ok_or_else(|| strange(7))?,
        books_json: row.get(8)?,
        mode: mode_from(&row.get::<_, String>(9)?).ok_or_else(|| strange(9))?,
        sealed_file: row.get(10)?,
    })
}

fn pack_row(row: &Row<'_>) -> rusqlite::Result<PackRow> {
    let text = |column| row.get::<_, Option<String>>(column);
    let verdict = text(2)?.map(|name| verdict_from(&name).ok_or_else(|| strange(2)));
    let reason = text(3)?.map(|name| reason_from(&name).ok_or_else(|| strange(3)));
    Ok(PackRow {
        track: row.get(0)?,
        serial: row.get(1)?,
        verdict: verdict.transpose()?,
        reason: reason.transpose()?,
        fate: crate::names::fate(row.get(4)?).ok_or_else(|| strange(4))?,
        infeed_count: row.get::<_, i64>(5)?.unsigned_abs(),
        io_epoch: row.get(6)?,
    })
}
