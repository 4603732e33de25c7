//! Everything that happened to one serial number and its pack.
//!
//! The part of [`Reader`] behind `serial trace`. Must never hold a read transaction longer than
//! one serial's events.

use crate::error::LedgerError;
use crate::reader::{Reader, concerns};
use codes::{Gtin, SerialNumber};
use contracts::open_scs::SerialState;
use rusqlite::{OptionalExtension, Row};

/// One event of a serial's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEvent {
    /// Sequence in the ledger.
    pub seq: i64,
    /// When it was committed, RFC 3339 UTC.
    pub at: String,
    /// When the core made it, in nanoseconds since its process began; none for people and ledger.
    pub mono_ns: Option<i64>,
    /// Body, JSON.
    pub body: String,
}

/// Columns of a [`TraceEvent`].
const COLUMNS: &str = "e.seq, e.at, e.mono_ns, e.body";
/// A signature follows what it signs within so many events.
const SIGNED_WITHIN: i64 = 1_000;

/// The life of one serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialTrace {
    /// Batch it belongs to.
    pub batch: String,
    /// Index in the pool.
    pub serial_idx: u32,
    /// State now.
    pub state: SerialState,
    /// The pack that bears it.
    pub track: Option<u32>,
    /// Its events and its pack's, in order, from allocation on.
    pub events: Vec<TraceEvent>,
}

impl Reader {
    /// Name of the file that holds a serial's life, when its batch is sealed.
    ///
    /// # Errors
    /// Reading failed.
    pub fn sealed_file_of(
        &self,
        gtin: Gtin,
        serial: SerialNumber,
    ) -> Result<Option<String>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT b.sealed_file FROM issued i JOIN batch b ON b.batch_no = i.batch_no \
             WHERE i.gtin = ?1 AND i.serial = ?2",
        )?;
        let found = select.query_row([gtin.as_str(), serial.as_str()], |row| row.get(0));
        Ok(found.optional()?.flatten())
    }

    /// Everything that happened to a serial number and its pack; none when the product never had
    /// it.
    ///
    /// # Errors
    /// Reading failed.
    pub fn serial_trace(
        &self,
        gtin: Gtin,
        serial: SerialNumber,
    ) -> Result<Option<SerialTrace>, LedgerError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT b.batch_no, b.batch, s.serial_idx, s.state, s.track, \
                 coalesce(s.assigned_seq, s.last_seq), max(coalesce(s.last_seq, 0), \
                 coalesce(p.last_seq, 0)), min(coalesce(s.assigned_seq, s.last_seq), \
                 coalesce(p.infeed_seq, s.last_seq)) \
                 FROM issued i JOIN batch b ON b.batch_no = i.batch_no \
                 JOIN pool_serial s ON s.batch_no = i.batch_no AND s.serial_idx = i.serial_idx \
                 LEFT JOIN pack p ON p.batch_no = s.batch_no AND p.track = s.track \
                 WHERE i.gtin = ?1 AND i.serial = ?2",
            )?
            .query_row([gtin.as_str(), serial.as_str()], Found::read)
            .optional()?;
        let Some(found) = found else { return Ok(None) };
        let events = self.events_of(&found)?;
        let state = SerialState::from_number(found.state)
            .ok_or_else(|| LedgerError::NotUsable("a serial's state".to_owned()))?;
        let Found { batch, serial_idx, track, .. } = found;
        Ok(Some(SerialTrace { batch, serial_idx, state, track, events }))
    }

    fn events_of(&self, found: &Found) -> Result<Vec<TraceEvent>, LedgerError> {
        let mut events = Vec::new();
        let mut single = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM event e WHERE e.seq = \
             (SELECT seq FROM pool_slice WHERE batch_no = ?1 AND first_idx <= ?2 \
             ORDER BY first_idx DESC LIMIT 1)",
        ))?;
        let slice = (found.batch_no, found.serial_idx);
        events.extend(single.query_row(slice, trace_event).optional()?);
        if let Some((from, to)) = found.range {
            self.own_events(found, from, to, &mut events)?;
        }
        let mut closing = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM event e \
             JOIN batch b ON e.seq = b.closed_seq WHERE b.batch_no = ?1",
        ))?;
        events.extend(closing.query_row([found.batch_no], trace_event).optional()?);
        Ok(events)
    }

    /// What names the serial or its pack, and who said what became of it.
    fn own_events(
        &self,
        found: &Found,
        from: i64,
        to: i64,
        events: &mut Vec<TraceEvent>,
    ) -> Result<(), LedgerError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM event e \
             WHERE e.seq BETWEEN ?1 AND ?2 AND e.chain = ?3 ORDER BY e.seq",
        ))?;
        let mut rows = select.query((from, to, &found.batch))?;
        while let Some(row) = rows.next()? {
            let event = trace_event(row)?;
            let (serial, track) = concerns(&event.body);
            let ours =
                serial == Some(found.serial_idx) || (track.is_some() && track == found.track);
            if ours {
                let signed = self.signature_of(found, &event)?;
                events.push(event);
                events.extend(signed);
            }
        }
        Ok(())
    }

    /// The signature under what a person said of the pack.
    fn signature_of(
        &self,
        found: &Found,
        event: &TraceEvent,
    ) -> Result<Option<TraceEvent>, LedgerError> {
        let resolved = event.body.starts_with("{\"kind\":\"pack_resolved\"");
        let (true, Some(track)) = (resolved, found.track) else { return Ok(None) };
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM event e WHERE e.seq > ?1 AND e.seq <= ?2 AND e.chain = ?3 \
             AND e.body ->> 'kind' = 'signature' AND e.body ->> 'subject' LIKE ?4 \
             ORDER BY e.seq LIMIT 1",
        ))?;
        let subject = format!("resolve {track} as %");
        let args = (event.seq, event.seq + SIGNED_WITHIN, &found.batch, subject);
        Ok(select.query_row(args, trace_event).optional()?)
    }
}

fn trace_event(row: &Row<'_>) -> rusqlite::Result<TraceEvent> {
    Ok(TraceEvent { seq: row.get(0)?, at: row.get(1)?, mono_ns: row.get(2)?, body: row.get(3)? })
}

struct Found {
    batch_no: i64,
    batch: String,
    serial_idx: u32,
    state: u8,
    track: Option<u32>,
    range: Option<(i64, i64)>,
}

impl Found {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (from, to): (Option<i64>, i64) = (row.get(7)?, row.get(6)?);
        Ok(Self {
            batch_no: row.get(0)?,
            batch: row.get(1)?,
            serial_idx: row.get(2)?,
            state: row.get(3)?,
            track: row.get(4)?,
            range: from.map(|from| (from, to)),
        })
    }
}
