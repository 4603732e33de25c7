//! What a batch record is made of, page by page.
//!
//! The part of [`Reader`] behind reports and exports. Must never hold a read transaction longer
//! than one page, however large the batch is.

use crate::batch_spec::BatchSpec;
use crate::close_overview::{SignatureRow, signature_row};
use crate::error::LedgerError;
use crate::ids::BatchNo;
use crate::reader::{EventRow, PAGE_MAX, Reader, batch_row, event_row};
use crate::reject_query::{RejectRow, page_sql, reject_row};
use crate::stored_body::kind_of;
use crate::{BatchRow, SERIALS_PAGE};
use contracts::open_scs::SerialState;
use rusqlite::{OptionalExtension, Row};

/// Sequences that one page of events looks at.
const STEP: i64 = 4_000;

/// A batch's first event and the end of its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchSpine {
    /// The order as it was opened; without the bytes of its configuration.
    pub spec: BatchSpec,
    /// Sequence of its first event.
    pub opened_seq: i64,
    /// When that was, RFC 3339 UTC.
    pub opened_at: String,
    /// When its books were closed.
    pub closed_at: Option<String>,
    /// Sequence of its last event.
    pub last_seq: i64,
    /// When that was.
    pub last_at: String,
    /// Events of its chain.
    pub events: i64,
    /// Hash of the last one, hex.
    pub head: String,
}

/// A serial that was commissioned once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commissioned {
    /// Its index in the pool.
    pub serial_idx: u32,
    /// The serial number.
    pub serial: String,
    /// Its state now.
    pub state: SerialState,
    /// When it was commissioned, RFC 3339 UTC.
    pub at: String,
    /// When what came last happened to it.
    pub last_at: String,
}

/// An accept that a later reject of the same pack superseded, or a review that a later one did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Superseded {
    /// The pack.
    pub track: u32,
    /// When the later one came, RFC 3339 UTC.
    pub at: String,
    /// What was said first.
    pub old: String,
    /// What is in force; of a reject its reason.
    pub new: String,
    /// Who, where it was a person.
    pub who: Option<String>,
    /// Its place in the order of superseded reviews.
    pub seq: i64,
}

const SPINE: &str = "SELECT b.spec, b.opened_seq, o.at, c.at, h.seq, l.at, h.chain_seq, \
    lower(hex(h.hash)) FROM batch b JOIN chain_head h ON h.chain = b.batch \
    JOIN event o ON o.seq = b.opened_seq JOIN event l ON l.seq = h.seq \
    LEFT JOIN event c ON c.seq = b.closed_seq WHERE b.batch_no = ?1";

const COMMISSIONED: &str = "SELECT s.serial_idx, s.serial, s.state, e.at, l.at \
    FROM pool_serial s JOIN pack p ON p.batch_no = s.batch_no AND p.track = s.track \
    JOIN event e ON e.seq = coalesce(p.fate_seq, s.last_seq) JOIN event l ON l.seq = s.last_seq \
    WHERE s.batch_no = ?1 AND s.serial_idx >= ?2 AND s.serial_idx < ?3 \
    AND s.commissioned_by IS NOT NULL ORDER BY s.serial_idx";

const ACCEPTS: &str = "SELECT p.track, e.at, 'accept', coalesce(p.reason, ''), NULL, 0 \
    FROM pack p JOIN event e ON e.seq = p.verdict_seq WHERE p.batch_no = ?1 \
    AND p.verdict = 'reject' AND p.accepted_seq IS NOT NULL AND p.track > ?2 \
    ORDER BY p.track LIMIT ?3";

const REVIEWS: &str = "SELECT r.track, e.at, r.finding, n.finding, n.who, r.seq \
    FROM reject_review r JOIN reject_review n ON n.batch_no = r.batch_no AND n.track = r.track \
    AND n.seq = (SELECT min(seq) FROM reject_review WHERE batch_no = r.batch_no \
    AND track = r.track AND seq > r.seq) JOIN event e ON e.seq = n.seq \
    WHERE r.batch_no = ?1 AND (r.track, r.seq) > (?2, ?3) ORDER BY r.track, r.seq LIMIT ?4";

impl Reader {
    /// A batch by its id; none when there is none.
    ///
    /// # Errors
    /// Reading failed.
    pub fn batch_of(&self, batch: &str) -> Result<Option<BatchRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT batch_no, batch, gtin, lot, expiry, target, allocated, state, books, mode, \
             sealed_file FROM batch WHERE batch = ?1",
        )?;
        Ok(select.query_row([batch], batch_row).optional()?)
    }

    /// The first event and the end of a batch's chain.
    ///
    /// # Errors
    /// No such batch, or reading failed.
    pub fn spine(&self, batch: BatchNo) -> Result<BatchSpine, LedgerError> {
        let mut select = self.conn.prepare_cached(SPINE)?;
        let mut rows = select.query([batch.0])?;
        let none = || LedgerError::NotUsable("a batch without a chain".to_owned());
        let row = rows.next()?.ok_or_else(none)?;
        let spec = serde_json::from_str(row.get_ref(0)?.as_str().unwrap_or_default());
        Ok(BatchSpine {
            spec: spec.map_err(|error| LedgerError::NotUsable(format!("spec: {error}")))?,
            opened_seq: row.get(1)?,
            opened_at: row.get(2)?,
            closed_at: row.get(3)?,
            last_seq: row.get(4)?,
            last_at: row.get(5)?,
            events: row.get(6)?,
            head: row.get(7)?,
        })
    }

    /// Events of these kinds in a batch's chain after a sequence, and the sequence to go on from;
    /// none when the chain's last event was looked at.
    ///
    /// # Errors
    /// Reading failed.
    pub fn events_of_kinds(
        &self,
        spine: &BatchSpine,
        after_seq: i64,
        kinds: &[&str],
    ) -> Result<(Vec<EventRow>, Option<i64>), LedgerError> {
        let from = after_seq.max(spine.opened_seq - 1);
        let to = from.saturating_add(STEP).min(spine.last_seq);
        let mut select = self.conn.prepare_cached(
            "SELECT seq, chain, at, clock_synchronised, body FROM event \
             WHERE seq > ?1 AND seq <= ?2 AND chain = ?3 ORDER BY seq",
        )?;
        let mut rows = select.query((from, to, spine.spec.batch.as_str()))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let kind = kind_of(row.get_ref(4)?.as_str().unwrap_or_default());
            if kind.is_some_and(|kind| kinds.contains(&kind)) {
                found.push(event_row(row)?);
            }
        }
        Ok((found, (to < spine.last_seq).then_some(to)))
    }

    /// Signatures in a batch's chain after a sequence, the oldest first.
    ///
    /// # Errors
    /// Reading failed.
    pub fn signatures_after(
        &self,
        batch: &str,
        after_seq: i64,
    ) -> Result<Vec<SignatureRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT s.seq, e.at, s.who, s.name, s.meaning, s.subject, s.reason, s.authenticated \
             FROM signature s JOIN event e ON e.seq = s.seq \
             WHERE s.chain = ?1 AND s.seq > ?2 ORDER BY s.seq LIMIT ?3",
        )?;
        let rows = select.query_map((batch, after_seq, PAGE_MAX), signature_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Rejects of a batch behind a pack, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// Reading failed.
    pub fn rejects_after(&self, batch: BatchNo, track: u32) -> Result<Vec<RejectRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(&page_sql(true))?;
        let all = (batch.0, None::<String>, 0, i64::MAX, false, track, PAGE_MAX);
        Ok(select.query_map(all, reject_row)?.collect::<Result<_, _>>()?)
    }

    /// Accepts that a later reject superseded, behind a pack, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// Reading failed.
    pub fn superseded_accepts(
        &self,
        batch: BatchNo,
        track: u32,
    ) -> Result<Vec<Superseded>, LedgerError> {
        let mut select = self.conn.prepare_cached(ACCEPTS)?;
        let rows = select.query_map((batch.0, track, PAGE_MAX), superseded)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reviews that a later one superseded, behind a pack and event, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// Reading failed.
    pub fn superseded_reviews(
        &self,
        batch: BatchNo,
        (track, seq): (u32, i64),
    ) -> Result<Vec<Superseded>, LedgerError> {
        let mut select = self.conn.prepare_cached(REVIEWS)?;
        let rows = select.query_map((batch.0, track, seq, PAGE_MAX), superseded)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The serial number with this index in a batch's pool.
    ///
    /// # Errors
    /// Reading failed.
    pub fn serial_at(&self, batch: BatchNo, index: u32) -> Result<Option<String>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT serial FROM pool_serial WHERE batch_no = ?1 AND serial_idx = ?2",
        )?;
        Ok(select.query_row((batch.0, index), |row| row.get(0)).optional()?)
    }

    /// Serials of a batch that were ever commissioned, among the next [`SERIALS_PAGE`] from an
    /// index on; and the index to go on from, none at the end of the pool.
    ///
    /// # Errors
    /// Reading failed.
    pub fn commissioned(
        &self,
        batch: BatchNo,
        from: u32,
    ) -> Result<(Vec<Commissioned>, Option<u32>), LedgerError> {
        let end = from.saturating_add(SERIALS_PAGE);
        let mut select = self.conn.prepare_cached(COMMISSIONED)?;
        let rows = select.query_map((batch.0, from, end), commissioned)?;
        let page = rows.collect::<Result<_, _>>()?;
        let mut more = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM pool_serial WHERE batch_no = ?1 AND serial_idx >= ?2)",
        )?;
        let more = more.query_row((batch.0, end), |row| row.get(0))?;
        Ok((page, if more { Some(end) } else { None }))
    }
}

fn superseded(row: &Row<'_>) -> rusqlite::Result<Superseded> {
    Ok(Superseded {
        track: row.get(0)?,
        at: row.get(1)?,
        old: row.get(2)?,
        new: row.get(3)?,
        who: row.get(4)?,
        seq: row.get(5)?,
    })
}

fn commissioned(row: &Row<'_>) -> rusqlite::Result<Commissioned> {
    let number: u8 = row.get(2)?;
    let strange = || rusqlite::Error::IntegralValueOutOfRange(2, i64::from(number));
    Ok(Commissioned {
        serial_idx: row.get(0)?,
        serial: row.get(1)?,
        state: SerialState::from_number(number).ok_or_else(strange)?,
        at: row.get(3)?,
        last_at: row.get(4)?,
    })
}
