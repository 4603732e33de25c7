//! Rejects of a batch, page by page: what a person who reviews them goes through.
//!
//! The part of [`Reader`] behind the review of rejects. Must never look at good packs, nor hold a
//! read transaction longer than one page.

use crate::clock::WallClock;
use crate::error::LedgerError;
use crate::ids::BatchNo;
use crate::names::{fate, fate_name, reason_from, reason_name};
use crate::reader::{PAGE_MAX, Reader};
use crate::workflow_body::Finding;
use line_core::reason::RejectReason;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

/// Which rejects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RejectFilter {
    /// For one of these reasons; empty: for any.
    pub reasons: Vec<RejectReason>,
    /// Told by this device, as [`device_of`] names it.
    pub device: Option<String>,
    /// Judged at this time or later, ms since 1970 UTC.
    pub from_ms: Option<i64>,
    /// Judged at this time or earlier.
    pub until_ms: Option<i64>,
    /// Only those without a review in force.
    pub unreviewed: bool,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Behind this pack; 0: at the beginning.
    After(u32),
    /// Before this pack.
    Before(u32),
}

/// A reject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectRow {
    /// The pack.
    pub track: u32,
    /// Its serial number.
    pub serial: Option<String>,
    /// Why.
    pub reason: Option<RejectReason>,
    /// Who told it.
    pub device: Option<&'static str>,
    /// When the verdict was durable, RFC 3339 UTC.
    pub at: String,
    /// Event of the verdict.
    pub verdict_seq: i64,
    /// What became of it.
    pub fate: &'static str,
    /// The review in force.
    pub review: Option<ReviewRow>,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReviewRow {
    /// Its event.
    pub seq: i64,
    /// What was found.
    pub finding: Finding,
    /// Who reviewed.
    pub who: String,
}

/// Rejects for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// The reason.
    pub reason: RejectReason,
    /// The device that tells it.
    pub device: &'static str,
    /// How many.
    pub total: u64,
    /// Those without a review in force.
    pub unreviewed: u64,
}

/// A page of rejects, in order of tracks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectPage {
    /// The rejects.
    pub rows: Vec<RejectRow>,
    /// More before the first one.
    pub more_before: bool,
    /// More behind the last one.
    pub more_after: bool,
    /// All that the filter lets through.
    pub total: u64,
    /// Of these without a review in force.
    pub unreviewed: u64,
    /// By reason.
    pub by_reason: Vec<ReasonCount>,
}

/// The device that tells of a reason: where a person looks first.
#[must_use]
pub const fn device_of(reason: RejectReason) -> &'static str {
    use RejectReason as R;
    match reason {
        R::NoJob | R::PrintUnconfirmed => "labeler",
        R::NoRead
        | R::MultipleCodes
        | R::CameraError
        | R::ContentMismatch
        | R::Slip
        | R::LowGrade
        | R::NoResult
        | R::ResultLate
        | R::ResultDuplicate => "camera",
        R::Untracked | R::LostAtStation | R::Touching | R::NotSeparable | R::PermitLate => {
            "line_io"
        }
        R::LedgerLate | R::LinkDown | R::Purge | R::FirstPack => "controller",
        R::TextMismatch => "text_check",
        R::CartonMismatch => "carton_code",
        R::TamperEvidenceMissing => "tamper_evident",
        R::WeightOutOfLimits => "checkweigher",
        R::StationNoRead | R::StationError | R::StationNoResult => "station",
    }
}

/// What the filter says, with the rejects' own index.
const FILTERED: &str = "FROM pack p INDEXED BY pack_reject WHERE p.batch_no = ?1 \
    AND p.verdict = 'reject' AND (?2 IS NULL OR instr(?2, ',' || p.reason || ',')) \
    AND p.verdict_seq BETWEEN ?3 AND ?4 AND (NOT ?5 OR p.review_seq IS NULL)";

/// The filter as the queries take it.
struct Filter {
    reasons: Option<String>,
    from_seq: i64,
    until_seq: i64,
    unreviewed: bool,
}

pub(crate) fn page_sql(forward: bool) -> String {
    let (than, order) = if forward { (">", "ASC") } else { ("<", "DESC") };
    format!(
        "SELECT f.track, s.serial, f.reason, e.at, f.verdict_seq, k.fate, r.seq, r.finding, r.who \
         FROM (SELECT p.batch_no, p.track, p.reason, p.verdict_seq, p.review_seq {FILTERED} \
         AND p.track {than} ?6 ORDER BY p.track {order} LIMIT ?7) f \
         JOIN pack k ON k.batch_no = f.batch_no AND k.track = f.track \
         JOIN event e ON e.seq = f.verdict_seq \
         LEFT JOIN pool_serial s ON s.batch_no = f.batch_no AND s.serial_idx = k.serial_idx \
         LEFT JOIN reject_review r ON r.batch_no = f.batch_no AND r.track = f.track \
         AND r.seq = f.review_seq ORDER BY f.track"
    )
}

pub(crate) fn counts_sql() -> String {
    format!(
        "SELECT p.reason, count(*), count(*) FILTER (WHERE p.review_seq IS NULL) {FILTERED} \
         GROUP BY p.reason ORDER BY 2 DESC, 1"
    )
}

pub(crate) fn beyond_sql(forward: bool) -> String {
    let than = if forward { ">" } else { "<" };
    format!("SELECT EXISTS (SELECT 1 {FILTERED} AND p.track {than} ?6)")
}

impl Reader {
    /// A page of a batch's rejects, and how many there are. A time is found in the order of the
    /// events: where the clock was set back, so is the filter.
    ///
    /// # Errors
    /// Reading failed.
    pub fn reject_page(
        &self,
        batch: BatchNo,
        filter: &RejectFilter,
        (from, limit): (From, u32),
    ) -> Result<RejectPage, LedgerError> {
        let filter = Filter::new(&self.conn, filter)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let (forward, track) = match from {
            From::After(track) => (true, track),
            From::Before(track) => (false, track),
        };
        let mut select = self.conn.prepare_cached(&page_sql(forward))?;
        let Filter { reasons, from_seq, until_seq, unreviewed } = &filter;
        let args = params![batch.0, reasons, from_seq, until_seq, unreviewed, track, limit];
        let rows: Vec<RejectRow> = select.query_map(args, reject_row)?.collect::<Result<_, _>>()?;
        let first = rows.first().map_or(track, |row| row.track);
        let last = rows.last().map_or(track, |row| row.track);
        let by_reason = self.reason_counts(batch, &filter)?;
        Ok(RejectPage {
            more_before: self.beyond(batch, &filter, (false, first))?,
            more_after: self.beyond(batch, &filter, (true, last))?,
            total: by_reason.iter().map(|of| of.total).sum(),
            unreviewed: by_reason.iter().map(|of| of.unreviewed).sum(),
            rows,
            by_reason,
        })
    }

    fn reason_counts(
        &self,
        batch: BatchNo,
        filter: &Filter,
    ) -> Result<Vec<ReasonCount>, LedgerError> {
        let mut select = self.conn.prepare_cached(&counts_sql())?;
        let Filter { reasons, from_seq, until_seq, unreviewed } = filter;
        let args = params![batch.0, reasons, from_seq, until_seq, unreviewed];
        let rows = select.query_map(args, |row| {
            let reason: Option<String> = row.get(0)?;
            let reason = reason.as_deref().and_then(reason_from);
            let number = |column| row.get(column).map(i64::unsigned_abs);
            let (total, unreviewed) = (number(1)?, number(2)?);
            Ok(reason.map(|reason| {
                let device = device_of(reason);
                ReasonCount { reason, device, total, unreviewed }
            }))
        })?;
        let found: Vec<Option<ReasonCount>> = rows.collect::<Result<_, _>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    fn beyond(
        &self,
        batch: BatchNo,
        filter: &Filter,
        (forward, track): (bool, u32),
    ) -> Result<bool, LedgerError> {
        let mut select = self.conn.prepare_cached(&beyond_sql(forward))?;
        let Filter { reasons, from_seq, until_seq, unreviewed } = filter;
        let args = params![batch.0, reasons, from_seq, until_seq, unreviewed, track];
        Ok(select.query_row(args, |row| row.get(0))?)
    }
}

impl Filter {
    fn new(conn: &Connection, filter: &RejectFilter) -> rusqlite::Result<Self> {
        let told = |reason: &&RejectReason| {
            filter.device.as_deref().is_none_or(|device| device_of(**reason) == device)
        };
        let all = crate::names::REJECT_REASONS;
        let asked = if filter.reasons.is_empty() { all } else { &filter.reasons };
        let names: Vec<&str> =
            asked.iter().filter(told).map(|reason| reason_name(*reason)).collect();
        let any = filter.reasons.is_empty() && filter.device.is_none();
        let at = |ms: i64| WallClock { unix_ms: ms, synchronised: true }.to_rfc3339();
        let from_seq = match filter.from_ms {
            Some(ms) => first_at(conn, &at(ms))?,
            None => 0,
        };
        let until_seq = match filter.until_ms {
            Some(ms) => first_at(conn, &at(ms.saturating_add(1)))? - 1,
            None => i64::MAX,
        };
        let reasons = (!any).then(|| format!(",{},", names.join(",")));
        Ok(Self { reasons, from_seq, until_seq, unreviewed: filter.unreviewed })
    }
}

/// First event at this time or later, found by halving; one behind the last when there is none.
fn first_at(conn: &Connection, at: &str) -> rusqlite::Result<i64> {
    let mut select =
        conn.prepare_cached("SELECT seq, at FROM event WHERE seq >= ?1 ORDER BY seq LIMIT 1")?;
    let last: i64 = conn
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM event")?
        .query_row([], |row| row.get(0))?;
    let (mut low, mut high) = (1, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        match select.query_row([middle], row).optional()? {
            Some((seq, found)) if found.as_str() < at => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

fn reject_row(row: &Row<'_>) -> rusqlite::Result<RejectRow> {
    let strange =
        || rusqlite::Error::InvalidColumnType(5, String::new(), rusqlite::types::Type::Integer);
    let reason: Option<String> = row.get(2)?;
    let reason = reason.as_deref().and_then(reason_from);
    let review = match row.get::<_, Option<i64>>(6)? {
        Some(seq) => {
            let finding: String = row.get(7)?;
            let finding = Finding::from_name(&finding).ok_or_else(strange)?;
            Some(ReviewRow { seq, finding, who: row.get(8)? })
        }
        None => None,
    };
    Ok(RejectRow {
        track: row.get(0)?,
        serial: row.get(1)?,
        reason,
        device: reason.map(device_of),
        at: row.get(3)?,
        verdict_seq: row.get(4)?,
        fate: fate(row.get(5)?).map(fate_name).ok_or_else(strange)?,
        review,
    })
}
