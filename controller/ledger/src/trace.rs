//! Everything that happened to one serial number and its pack.
//!
//! The part of [`Reader`] behind `serial trace`. Must never hold a read transaction longer than
//! one serial's events.

use crate::error::LedgerError;
use crate::reader::{EventRow, Reader, concerns, event_row};
use codes::{Gtin, SerialNumber};
use contracts::open_scs::SerialState;
use rusqlite::{OptionalExtension, Row};

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
    pub events: Vec<EventRow>,
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

    fn events_of(&self, found: &Found) -> Result<Vec<EventRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, chain, at, clock_synchronised, body FROM event \
             WHERE seq BETWEEN ?1 AND ?2 AND chain = ?3 ORDER BY seq",
        )?;
        let mut events = Vec::new();
        let mut single = self.conn.prepare_cached(
            "SELECT seq, chain, at, clock_synchronised, body FROM event WHERE seq = \
             (SELECT seq FROM pool_slice WHERE batch_no = ?1 AND first_idx <= ?2 \
             ORDER BY first_idx DESC LIMIT 1)",
        )?;
        events.extend(single.query_row((found.batch_no, found.serial_idx), event_row).optional()?);
        if let Some((from, to)) = found.range {
            let mut rows = select.query((from, to, &found.batch))?;
            while let Some(row) = rows.next()? {
                let event = event_row(row)?;
                let (serial, track) = concerns(&event.body);
                let ours =
                    serial == Some(found.serial_idx) || (track.is_some() && track == found.track);
                if ours {
                    events.push(event);
                }
            }
        }
        let mut closing = self.conn.prepare_cached(
            "SELECT e.seq, e.chain, e.at, e.clock_synchronised, e.body FROM event e \
             JOIN batch b ON e.seq = b.closed_seq WHERE b.batch_no = ?1",
        )?;
        events.extend(closing.query_row([found.batch_no], event_row).optional()?);
        Ok(events)
    }
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
