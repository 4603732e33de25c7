//! The audit trail for reading: events that belong to nobody's pack or serial, by who, kind, chain
//! and time, page by page in both directions.
//!
//! Used by the service's read side and the command line. Must never hold a read transaction longer
//! than one step of its walk.

use crate::error::LedgerError;
use crate::reader::{EventRow, PAGE_MAX, Reader, concerns, event_row};
use rusqlite::types::ToSql;

/// Events that one step looks at, in a transaction of its own.
const STEP: u32 = 10_000;
/// Steps of one page: what is not found by then is on the next one.
const STEPS_MAX: u32 = 20;

/// What is looked for; everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Who did it, or by whom a user was changed.
    pub who: Option<String>,
    /// Kind of the event.
    pub kind: Option<String>,
    /// Chain: `site`, or a batch.
    pub chain: Option<String>,
    /// Not before this, RFC 3339 in UTC or its beginning.
    pub from: Option<String>,
    /// Before this, the same.
    pub to: Option<String>,
}

/// Which way a page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditWay {
    /// Events after this sequence, the oldest first.
    After(i64),
    /// Events before this sequence, the newest first.
    Before(i64),
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// What was found, in the order in which it was read.
    pub events: Vec<EventRow>,
    /// The last sequence that was looked at: the next page goes on from here.
    pub at: i64,
    /// Nothing is left this way.
    pub end: bool,
}

const WHERE: &str = "(?2 IS NULL OR json_extract(body, '$.who') = ?2 \
     OR json_extract(body, '$.by') = ?2) \
     AND (?3 IS NULL OR json_extract(body, '$.kind') = ?3) \
     AND (?4 IS NULL OR chain = ?4) AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6)";

impl AuditWay {
    const fn from(self) -> i64 {
        match self {
            Self::After(seq) | Self::Before(seq) => seq,
        }
    }

    const fn at(self, seq: i64) -> Self {
        match self {
            Self::After(_) => Self::After(seq),
            Self::Before(_) => Self::Before(seq),
        }
    }

    /// The events of one step from `?1`.
    fn step(self, columns: &str) -> String {
        let (compare, order) = match self {
            Self::After(_) => (">", "ASC"),
            Self::Before(_) => ("<", "DESC"),
        };
        format!(
            "SELECT {columns} FROM event WHERE seq {compare} ?1 ORDER BY seq {order} LIMIT {STEP}"
        )
    }
}

impl Reader {
    /// A page of the audit trail: at most `limit` events.
    ///
    /// # Errors
    /// Reading failed.
    pub fn audit_page(
        &self,
        filter: &AuditFilter,
        way: AuditWay,
        limit: u32,
    ) -> Result<AuditPage, LedgerError> {
        let limit = limit.clamp(1, PAGE_MAX) as usize;
        let mut page = AuditPage { events: Vec::new(), at: way.from(), end: false };
        for _ in 0..STEPS_MAX {
            let way = way.at(page.at);
            let Some(last) = self.step_end(way)? else {
                page.end = true;
                break;
            };
            if self.add_step(filter, way, limit, &mut page)? {
                break;
            }
            page.at = last;
        }
        Ok(page)
    }

    /// The last sequence of the step; none when nothing is left.
    fn step_end(&self, way: AuditWay) -> Result<Option<i64>, LedgerError> {
        let edge = if matches!(way, AuditWay::After(_)) { "max" } else { "min" };
        let sql = format!("SELECT {edge}(seq) FROM ({})", way.step("seq"));
        let mut select = self.conn.prepare_cached(&sql)?;
        Ok(select.query_row([way.from()], |row| row.get(0))?)
    }

    /// Adds what a step holds; true when the page is full.
    fn add_step(
        &self,
        filter: &AuditFilter,
        way: AuditWay,
        limit: usize,
        page: &mut AuditPage,
    ) -> Result<bool, LedgerError> {
        let order = if matches!(way, AuditWay::After(_)) { "ASC" } else { "DESC" };
        let step = way.step("seq, chain, at, clock_synchronised, body");
        let sql = format!("SELECT * FROM ({step}) WHERE {WHERE} ORDER BY seq {order}");
        let mut select = self.conn.prepare_cached(&sql)?;
        let AuditFilter { who, kind, chain, from, to } = filter;
        let start = way.from();
        let values: [&dyn ToSql; 6] = [&start, who, kind, chain, from, to];
        let mut rows = select.query(values.as_slice())?;
        while let Some(row) = rows.next()? {
            let event = event_row(row)?;
            if concerns(&event.body) != (None, None) {
                continue;
            }
            page.at = event.seq;
            page.events.push(event);
            if page.events.len() == limit {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
