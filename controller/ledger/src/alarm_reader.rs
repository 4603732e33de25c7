//! Alarms as they are, and how they came to be so.
//!
//! The part of [`Reader`] behind the service's alarms and the page of their history. Must never hold
//! a read transaction longer than one page.

use crate::error::LedgerError;
use crate::reader::{EventRow, PAGE_MAX, Reader, event_row};

/// An alarm of the site as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmRow {
    /// Which.
    pub what: String,
    /// Raised and not cleared.
    pub raised: bool,
    /// When it was raised last, ms since 1970 UTC; none of one that never was.
    pub raised_at_ms: Option<i64>,
    /// What makes it one of its kind.
    pub detail: Option<String>,
    /// Who has seen it since.
    pub acknowledged_by: Option<String>,
    /// Who shelved it, until when (ms since 1970 UTC), and why.
    pub shelf: Option<(String, i64, String)>,
}

/// Which changes of alarms are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmFilter {
    /// Of one kind only.
    pub what: Option<String>,
    /// Not before, RFC 3339 UTC.
    pub from: Option<String>,
    /// Before, RFC 3339 UTC.
    pub to: Option<String>,
    /// Before this event: where the last page ended.
    pub before_seq: Option<i64>,
}

impl Reader {
    /// Every alarm of the site.
    ///
    /// # Errors
    /// Reading failed.
    pub fn alarms(&self) -> Result<Vec<AlarmRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT a.what, a.raised, \
             CAST(round(unixepoch(e.at, 'subsec') * 1000) AS INTEGER), a.detail, \
             a.acknowledged_by, a.shelved_by, a.shelved_until, a.shelved_reason FROM alarm a \
             LEFT JOIN event e ON e.seq = a.raised_seq WHERE a.batch_no = 0 LIMIT ?1",
        )?;
        let rows = select.query_map([PAGE_MAX], |row| {
            let by: Option<String> = row.get(5)?;
            let until: Option<i64> = row.get(6)?;
            let why: Option<String> = row.get(7)?;
            Ok(AlarmRow {
                what: row.get(0)?,
                raised: row.get(1)?,
                raised_at_ms: row.get(2)?,
                detail: row.get(3)?,
                acknowledged_by: row.get(4)?,
                shelf: by.zip(until).zip(why).map(|((by, until), why)| (by, until, why)),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Changes of alarms, the latest first: at most `limit`. The next page begins before the last
    /// one's sequence.
    ///
    /// # Errors
    /// Reading failed.
    pub fn alarm_history(
        &self,
        filter: &AlarmFilter,
        limit: u32,
    ) -> Result<Vec<EventRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT e.seq, e.chain, e.at, e.clock_synchronised, e.body \
             FROM alarm_change c JOIN event e ON e.seq = c.seq \
             WHERE c.seq < coalesce(?1, 9223372036854775807) AND (?2 IS NULL OR c.what = ?2) \
             AND (?3 IS NULL OR e.at >= ?3) AND (?4 IS NULL OR e.at < ?4) \
             ORDER BY c.seq DESC LIMIT ?5",
        )?;
        let AlarmFilter { what, from, to, before_seq } = filter;
        let args = (before_seq, what, from, to, limit.min(PAGE_MAX));
        let rows = select.query_map(args, event_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Which alarms were raised since then (RFC 3339 UTC), and when (ms since 1970 UTC), in order: at
    /// most `limit`, the latest.
    ///
    /// # Errors
    /// Reading failed.
    pub fn alarms_raised_since(
        &self,
        from: &str,
        limit: u32,
    ) -> Result<Vec<(String, i64)>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT c.what, CAST(round(unixepoch(e.at, 'subsec') * 1000) AS INTEGER) FROM alarm_change c JOIN event e ON e.seq = c.seq \
             WHERE c.change = 'raised' AND e.at >= ?1 ORDER BY c.seq DESC LIMIT ?2",
        )?;
        let rows = select.query_map((from, limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut raised: Vec<(String, i64)> = rows.collect::<Result<_, _>>()?;
        raised.reverse();
        Ok(raised)
    }
}
