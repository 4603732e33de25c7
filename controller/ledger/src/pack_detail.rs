//! One pack, whole: what it had to bear against what was read, its events in time, its neighbours,
//! and who looked at it.
//!
//! The part of [`Reader`] behind the review of a reject. Must never search more than a bounded
//! stretch of events.

use crate::error::LedgerError;
use crate::ids::BatchNo;
use crate::names::{fate, fate_name, reason_from, verdict_from};
use crate::reader::{Reader, concerns};
use crate::readiness;
use crate::service::ServiceBody;
use crate::stored_body::{StoredBody, kind_of};
use codes::{NationalNumber, SerialNumber, Symbology, build_pack_with_symbology, parse_fmd};
use line_core::reason::RejectReason;
use line_core::record::{Grade, RecordBody, Verdict};
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

/// Events behind the first one of a pack among which its own are looked for.
const EVENTS_MAX: i64 = 20_000;
/// Most neighbours on either side.
const NEIGHBOURS_MAX: u32 = 20;

/// A pack and everything that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PackDetail {
    /// The pack itself.
    pub pack: PackFacts,
    /// Content that its code must have; none when no serial is bound.
    pub expected: Option<String>,
    /// The grade of its code, in tenths.
    pub grade: Option<Grade>,
    /// Its events, in order.
    pub events: Vec<PackEvent>,
    /// The picture that was kept.
    pub image: Option<KeptImage>,
    /// Packs before it, the nearest first.
    pub before: Vec<PackFacts>,
    /// Packs behind it, the nearest first.
    pub after: Vec<PackFacts>,
    /// Its reviews, the latest first.
    pub reviews: Vec<PackReview>,
    /// Who acted on it by hand: none of them reviews it.
    pub done_by: Vec<String>,
}

/// What is told of a pack beside others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PackFacts {
    /// The pack.
    pub track: u32,
    /// The serial that is bound to it.
    pub serial: Option<String>,
    /// The serial that was read on it.
    pub read_serial: Option<String>,
    /// What was read, each byte as the character with that number (ISO 8859-1).
    pub read: Option<String>,
    /// Its verdict.
    pub verdict: Option<Verdict>,
    /// Why it was rejected.
    pub reason: Option<RejectReason>,
    /// What became of it.
    pub fate: &'static str,
}

/// An event of a pack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PackEvent {
    /// Sequence in the ledger.
    pub seq: i64,
    /// Kind.
    pub kind: String,
    /// When it was durable, RFC 3339 UTC.
    pub at: String,
    /// Milliseconds after the infeed; none where the process was another one.
    pub ms: Option<f64>,
    /// Encoder count then.
    pub encoder: Option<i64>,
    /// The whole body.
    pub body: serde_json::Value,
}

/// A picture that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptImage {
    /// Sequence of the camera result.
    pub result_seq: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
}

/// A review, with what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackReview {
    /// Its event.
    pub seq: i64,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// What was found.
    pub finding: String,
    /// Who reviewed.
    pub who: String,
    /// What was said.
    pub comment: String,
    /// It is the one in force.
    pub in_force: bool,
}

const FACTS: &str = "SELECT p.track, s.serial, p.verdict, p.reason, p.fate, v.body \
    FROM pack p LEFT JOIN pool_serial s ON s.batch_no = p.batch_no \
    AND s.serial_idx = p.serial_idx LEFT JOIN event v ON v.seq = p.verdict_seq";

pub(crate) fn neighbours_sql(before: bool) -> String {
    let (than, order) = if before { ("<", "DESC") } else { (">", "ASC") };
    format!("{FACTS} WHERE p.batch_no = ?1 AND p.track {than} ?2 ORDER BY p.track {order} LIMIT ?3")
}

pub(crate) fn own_sql() -> String {
    format!("{FACTS} WHERE p.batch_no = ?1 AND p.track = ?2")
}

pub(crate) const PLACE: &str = "SELECT b.batch, p.serial_idx, p.infeed_seq, \
    coalesce(min(s.assigned_seq, p.infeed_seq), p.infeed_seq), \
    max(p.last_seq, coalesce(s.last_seq, 0), coalesce(p.review_seq, 0)), i.mono_ns \
    FROM pack p JOIN batch b ON b.batch_no = p.batch_no \
    JOIN event i ON i.seq = p.infeed_seq LEFT JOIN pool_serial s ON s.batch_no = p.batch_no \
    AND s.serial_idx = p.serial_idx WHERE p.batch_no = ?1 AND p.track = ?2";

/// The stretch behind the first event, and the few that are known to be further on.
pub(crate) const EVENTS: &str = "SELECT seq, at, mono_ns, encoder, body FROM event \
    WHERE seq BETWEEN ?1 AND ?2 AND chain = ?3 AND (instr(body, ?4) OR instr(body, ?5)) \
    ORDER BY seq";

pub(crate) const FAR: &str = "SELECT e.seq, e.at, e.mono_ns, e.encoder, e.body FROM pack p \
    CROSS JOIN event e ON e.seq IN (p.verdict_seq, p.accepted_seq, p.fate_seq, p.last_seq) \
    WHERE p.batch_no = ?1 AND p.track = ?2 AND e.seq > ?3 ORDER BY e.seq";

pub(crate) const REVIEWS: &str = "SELECT r.seq, e.at, r.finding, r.who, e.body ->> 'comment', \
    r.seq IS p.review_seq FROM reject_review r JOIN event e ON e.seq = r.seq \
    JOIN pack p ON p.batch_no = r.batch_no AND p.track = r.track \
    WHERE r.batch_no = ?1 AND r.track = ?2 ORDER BY r.seq DESC LIMIT 100";

struct Place {
    batch: String,
    serial_idx: Option<u32>,
    infeed_seq: i64,
    first: i64,
    last: i64,
    mono_ns: Option<i64>,
}

impl Reader {
    /// A pack of a batch with `neighbours` packs on either side; none when there is no such pack.
    ///
    /// # Errors
    /// Reading failed.
    pub fn pack_detail(
        &self,
        batch: BatchNo,
        track: u32,
        neighbours: u32,
    ) -> Result<Option<PackDetail>, LedgerError> {
        let key = (batch.0, track);
        let place = self.conn.prepare_cached(PLACE)?.query_row(key, place).optional()?;
        let Some(place) = place else { return Ok(None) };
        let order = readiness::order(&self.conn, batch.0).map_err(LedgerError::from_fail)?;
        let year = order.spec.expiry.to_iso().get(..4).and_then(|year| year.parse().ok());
        let year = year.unwrap_or_default();
        let fact = |row: &Row<'_>| facts(row, year);
        let pack = self.conn.prepare_cached(&own_sql())?.query_row(key, fact)?;
        let beside = |before| -> Result<Vec<PackFacts>, LedgerError> {
            let mut select = self.conn.prepare_cached(&neighbours_sql(before))?;
            let args = (batch.0, track, neighbours.min(NEIGHBOURS_MAX));
            Ok(select.query_map(args, fact)?.collect::<Result<_, _>>()?)
        };
        let (events, image) = self.pack_events(batch, track, &place)?;
        let mut reviews = self.conn.prepare_cached(REVIEWS)?;
        let reviews = reviews.query_map(key, review)?.collect::<Result<_, _>>()?;
        Ok(Some(PackDetail {
            expected: self.expected(batch, &order.spec, pack.serial.as_deref())?,
            grade: last_grade(&events),
            before: beside(true)?,
            after: beside(false)?,
            done_by: self.done_by(batch, track)?,
            pack,
            events,
            image,
            reviews,
        }))
    }

    /// The code that the serial had to bear, derived from the order and its configuration.
    fn expected(
        &self,
        batch: BatchNo,
        spec: &crate::BatchSpec,
        serial: Option<&str>,
    ) -> Result<Option<String>, LedgerError> {
        let national: Option<String> = self
            .conn
            .prepare_cached(
                "SELECT CASE WHEN json_valid(CAST(c.bytes AS TEXT)) THEN \
                 CAST(c.bytes AS TEXT) ->> '$.product.label.national' END \
                 FROM batch b JOIN config c ON c.hash = b.config_hash WHERE b.batch_no = ?1",
            )?
            .query_row([batch.0], |row| row.get(0))
            .optional()?
            .flatten();
        let national = national.and_then(|text| text.parse::<NationalNumber>().ok());
        let serial = serial.and_then(|text| text.parse::<SerialNumber>().ok());
        Ok(serial.map(|serial| {
            let (gtin, expiry, lot) = (&spec.gtin, &spec.expiry, &spec.lot);
            let code = build_pack_with_symbology(gtin, &serial, expiry, lot, national.as_ref());
            code.as_bytes().iter().copied().map(char::from).collect()
        }))
    }

    fn pack_events(
        &self,
        batch: BatchNo,
        track: u32,
        place: &Place,
    ) -> Result<(Vec<PackEvent>, Option<KeptImage>), LedgerError> {
        let until = place.last.max(place.infeed_seq + EVENTS_MAX / 10);
        let until = until.min(place.first.saturating_add(EVENTS_MAX));
        let named = format!("\"track\":{track}");
        let serial = place.serial_idx.map(|serial| format!("\"serial\":{serial}"));
        let serial = serial.unwrap_or_else(|| named.clone());
        let (mut events, mut image) = (Vec::new(), None);
        let mut take = |row: &Row<'_>| -> rusqlite::Result<()> {
            let body: String = row.get(4)?;
            let (of_serial, of_track) = concerns(&body);
            let ours =
                of_track == Some(track) || (of_serial.is_some() && of_serial == place.serial_idx);
            match StoredBody::parse(&body) {
                Ok(StoredBody::Service(ServiceBody::ImageKept {
                    track: of,
                    result_seq,
                    sha256,
                    bytes,
                })) if of == track => image = Some(KeptImage { result_seq, sha256, bytes }),
                _ if ours => events.push(event(row, &body, place)?),
                _ => {}
            }
            Ok(())
        };
        let mut select = self.conn.prepare_cached(EVENTS)?;
        let mut rows = select.query((place.first, until, &place.batch, &named, &serial))?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        let mut select = self.conn.prepare_cached(FAR)?;
        let mut rows = select.query((batch.0, track, until))?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        Ok((events, image))
    }
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        batch: row.get(0)?,
        serial_idx: row.get(1)?,
        infeed_seq: row.get(2)?,
        first: row.get(3)?,
        last: row.get(4)?,
        mono_ns: row.get(5)?,
    })
}

fn event(row: &Row<'_>, body: &str, place: &Place) -> rusqlite::Result<PackEvent> {
    let (seq, mono_ns): (i64, Option<i64>) = (row.get(0)?, row.get(2)?);
    let after = mono_ns.zip(place.mono_ns).map(|(now, infeed)| now - infeed);
    // Time that runs against the order of events is another process's.
    let after = after.filter(|after| (*after >= 0) == (seq >= place.infeed_seq) || *after == 0);
    Ok(PackEvent {
        seq,
        kind: kind_of(body).unwrap_or_default().to_owned(),
        at: row.get(1)?,
        ms: after.map(|ns| ns as f64 / 1e6),
        encoder: row.get(3)?,
        body: serde_json::from_str(body).unwrap_or_default(),
    })
}

fn last_grade(events: &[PackEvent]) -> Option<Grade> {
    let verdicts = events.iter().rev().filter(|event| event.kind == "verdict");
    verdicts.into_iter().find_map(|event| serde_json::from_value(event.body["grade"].clone()).ok())
}

fn facts(row: &Row<'_>, year: u16) -> rusqlite::Result<PackFacts> {
    let text = |column| row.get::<_, Option<String>>(column);
    let read = text(5)?.and_then(|body| match StoredBody::parse(&body) {
        Ok(StoredBody::Record(RecordBody::Verdict { read, .. })) => read,
        _ => None,
    });
    let bytes = read.as_ref().map(line_core::record::ReadContent::as_bytes);
    let code = bytes.and_then(|bytes| parse_fmd(bytes, Symbology::Optional, year).ok());
    let fate_of = fate(row.get(4)?).map_or("", fate_name);
    Ok(PackFacts {
        track: row.get(0)?,
        serial: text(1)?,
        read_serial: code.map(|code| code.serial.as_str().to_owned()),
        read: bytes.map(|bytes| bytes.iter().copied().map(char::from).collect()),
        verdict: text(2)?.as_deref().and_then(verdict_from),
        reason: text(3)?.as_deref().and_then(reason_from),
        fate: fate_of,
    })
}

fn review(row: &Row<'_>) -> rusqlite::Result<PackReview> {
    Ok(PackReview {
        seq: row.get(0)?,
        at: row.get(1)?,
        finding: row.get(2)?,
        who: row.get(3)?,
        comment: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
        in_force: row.get(5)?,
    })
}
