//! What the core must be told of an open batch after a restart.
//!
//! Called at start, before any device event of the batch. Must never tell a serial that could be
//! used twice: everything that was ever dispatched is named.

use crate::batch_spec::BatchSpec;
use crate::error::LedgerError;
use crate::ids::BatchNo;
use crate::ledger::Ledger;
use crate::names::{fate, order_state, reason_from, verdict_from};
use codes::SerialNumber;
use contracts::open_scs::{JobOrderState, SerialState};
use line_core::event::{CountBases, Input, PackFate, RecoveredPack};
use line_core::ids::{EncoderCount, Epoch, IoSeq, JobSeq, SerialIndex, TrackIndex};
use line_core::record::LineCounts;
use rusqlite::{Connection, OptionalExtension, Row};

/// Packs with a known fate that are told all the same, the latest ones.
pub const RECOVERED_PACKS: i64 = 256;

/// An open batch as the ledger knows it.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Its number.
    pub batch: BatchNo,
    /// The order, with its configuration bytes.
    pub spec: BatchSpec,
    /// The order's state; `Ready` means half loaded: continue at `pool.len()` or cancel.
    pub order_state: JobOrderState,
    /// Every serial in index order; its length is the high-water mark.
    pub pool: Vec<SerialNumber>,
    /// For the core, in this order, up to and with `RecoveryEnd`.
    pub inputs: Vec<Input>,
}

impl Ledger {
    /// What the core must be told of a batch. Record sequences may begin anew after it.
    ///
    /// # Errors
    /// No such batch, reading failed, or a stored value is none of ours.
    pub fn recover(&mut self, batch: BatchNo) -> Result<Recovery, LedgerError> {
        self.last_record = None;
        let conn = &self.conn;
        let (spec, order_state, chain) = spec(conn, batch)?;
        let mut inputs = serials(conn, batch)?;
        inputs.extend(packs(conn, batch)?);
        inputs.push(end(conn, batch, &chain, order_state)?);
        let pool = pool(conn, batch)?;
        Ok(Recovery { batch, spec, order_state, pool, inputs })
    }
}

fn strange(what: &str) -> LedgerError {
    LedgerError::NotUsable(format!("{what} is none of ours"))
}

fn spec(
    conn: &Connection,
    batch: BatchNo,
) -> Result<(BatchSpec, JobOrderState, String), LedgerError> {
    let found: Option<(String, i64, Vec<u8>, String)> = conn
        .query_row(
            "SELECT b.spec, b.state, c.bytes, b.batch FROM batch b \
             JOIN config c ON c.hash = b.config_hash WHERE b.batch_no = ?1",
            [batch.0],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let (text, state, bytes, chain) = found.ok_or(crate::error::Refusal::UnknownBatch)?;
    let mut spec: BatchSpec = serde_json::from_str(&text).map_err(|_| strange("the order"))?;
    spec.config_bytes = bytes;
    let state = order_state(state).ok_or_else(|| strange("the order's state"))?;
    Ok((spec, state, chain))
}

fn pool(conn: &Connection, batch: BatchNo) -> Result<Vec<SerialNumber>, LedgerError> {
    let mut select =
        conn.prepare("SELECT serial FROM pool_serial WHERE batch_no = ?1 ORDER BY serial_idx")?;
    let mut rows = select.query([batch.0])?;
    let mut pool = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        pool.push(text.parse().map_err(|_| strange("a serial"))?);
    }
    Ok(pool)
}

/// Every serial that is not plainly Allocated and undispatched.
fn serials(conn: &Connection, batch: BatchNo) -> Result<Vec<Input>, LedgerError> {
    let mut select = conn.prepare(
        "SELECT serial_idx, state, labeler_epoch, job, track FROM pool_serial \
         WHERE batch_no = ?1 AND NOT (state = ?2 AND job IS NULL) ORDER BY serial_idx",
    )?;
    let mut rows = select.query([batch.0, SerialState::Allocated as i64])?;
    let mut inputs = Vec::new();
    while let Some(row) = rows.next()? {
        let state = SerialState::from_number(row.get(1)?);
        let (epoch, job): (Option<u32>, Option<u32>) = (row.get(2)?, row.get(3)?);
        inputs.push(Input::RecoveredSerial {
            serial: SerialIndex(row.get(0)?),
            state: state.ok_or_else(|| strange("a serial's state"))?,
            job: epoch.zip(job).map(|(epoch, job)| (Epoch(epoch), JobSeq(job))),
            track: row.get::<_, Option<u32>>(4)?.map(TrackIndex),
        });
    }
    Ok(inputs)
}

/// Packs on the belt or unresolved, and the latest of the others, in order of tracks.
fn packs(conn: &Connection, batch: BatchNo) -> Result<Vec<Input>, LedgerError> {
    let mut select = conn.prepare(
        "SELECT track, infeed_count, io_epoch, serial_idx, verdict, reason, fate, \
         coalesce(exit_count, eject_count), exit_edge FROM pack \
         WHERE batch_no = ?1 AND (fate IN (?2, ?3) OR track IN (SELECT track FROM pack \
         WHERE batch_no = ?1 AND fate NOT IN (?2, ?3) ORDER BY track DESC LIMIT ?4)) \
         ORDER BY track",
    )?;
    let open = (PackFate::InProcess as i64, PackFate::Unresolved as i64);
    let mut rows = select.query([batch.0, open.0, open.1, RECOVERED_PACKS])?;
    let mut inputs = Vec::new();
    while let Some(row) = rows.next()? {
        inputs.push(Input::RecoveredPack(pack(row)?));
    }
    Ok(inputs)
}

fn pack(row: &Row<'_>) -> Result<RecoveredPack, LedgerError> {
    let named = |column: usize| row.get::<_, Option<String>>(column);
    let verdict = named(4)?.map(|name| verdict_from(&name).ok_or_else(|| strange("a verdict")));
    let reason = named(5)?.map(|name| reason_from(&name).ok_or_else(|| strange("a reason")));
    Ok(RecoveredPack {
        track: TrackIndex(row.get(0)?),
        infeed: EncoderCount(row.get::<_, i64>(1)?.unsigned_abs()),
        io_epoch: Epoch(row.get(2)?),
        serial: row.get::<_, Option<u32>>(3)?.map(SerialIndex),
        verdict: verdict.transpose()?,
        reason: reason.transpose()?,
        fate: fate(row.get(6)?).ok_or_else(|| strange("a fate"))?,
        fate_count: row.get::<_, Option<i64>>(7)?.map(|count| EncoderCount(count.unsigned_abs())),
        exit_seen: row.get(8)?,
    })
}

fn end(
    conn: &Connection,
    batch: BatchNo,
    chain: &str,
    order_state: JobOrderState,
) -> Result<Input, LedgerError> {
    let (line_commissioned, exits_accounted): (u32, u32) = conn.query_row(
        "SELECT count(*) FILTER (WHERE fate = ?2), \
         count(*) FILTER (WHERE fate = ?2 OR exit_edge) FROM pack WHERE batch_no = ?1",
        [batch.0, PackFate::Exited as i64],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let last = conn
        .query_row(
            "SELECT io_epoch, io_seq FROM event WHERE chain = ?1 AND io_epoch IS NOT NULL \
             AND seq >= (SELECT opened_seq FROM batch WHERE batch_no = ?2) \
             ORDER BY seq DESC LIMIT 1",
            (chain, batch.0),
            |row| Ok((Epoch(row.get(0)?), IoSeq(row.get(1)?))),
        )
        .optional()?
        .unwrap_or_default();
    let (bases, counts) = conn
        .query_row("SELECT * FROM count_base WHERE batch_no = ?1", [batch.0], bases)
        .optional()?
        .map(|begun| as_far_as_known(conn, batch, begun))
        .transpose()?
        .unwrap_or_default();
    let held = held(conn, batch, chain)?;
    let clean = stopped_cleanly(conn, batch, chain)? || nothing_since_restore(conn, batch, chain)?;
    let counts = if clean { totals(conn, batch)? } else { counts };
    let bases = if clean { CountBases::default() } else { bases };
    let (io_epoch, io_seq) = if clean { Default::default() } else { last };
    Ok(Input::RecoveryEnd {
        io_epoch,
        io_seq,
        bases,
        counts,
        line_commissioned,
        exits_accounted,
        ejects_accounted: Some(ejects_on_record(conn, batch)?),
        labels_accounted: labels_accounted(conn, batch)?,
        order_state,
        held,
    })
}

/// True when a hold was open that does not end by itself when the devices answer again.
fn held(conn: &Connection, batch: BatchNo, chain: &str) -> Result<bool, LedgerError> {
    let mut latest = conn.prepare(
        "SELECT body ->> 'kind', body ->> 'cause' FROM event WHERE chain = ?1 \
         AND seq >= (SELECT opened_seq FROM batch WHERE batch_no = ?2) \
         AND body ->> 'kind' IN ('hold', 'hold_ended', 'purge_begin') ORDER BY seq DESC",
    )?;
    let passing =
        ["restart", "line_io_link", "line_io_fault", "labeler_link", "camera_link", "station_link"];
    let mut rows = latest.query((chain, batch.0))?;
    while let Some(row) = rows.next()? {
        let (kind, cause): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        if kind != "hold" {
            return Ok(false);
        }
        if !cause.is_some_and(|cause| passing.contains(&cause.as_str())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True when the last thing was a clean stop on an empty belt: what the devices see until the next
/// purge is not this batch's.
fn stopped_cleanly(conn: &Connection, batch: BatchNo, chain: &str) -> Result<bool, LedgerError> {
    let last = conn
        .query_row(
            "SELECT body ->> 'to' = 'stopped' FROM event WHERE chain = ?1 \
             AND seq >= (SELECT opened_seq FROM batch WHERE batch_no = ?2) \
             AND body ->> 'kind' = 'unit_state' ORDER BY seq DESC LIMIT 1",
            (chain, batch.0),
            |row| row.get(0),
        )
        .optional()?;
    let open: bool = conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM pack WHERE batch_no = ?1 AND fate IN (?2, ?3))",
        [batch.0, PackFate::InProcess as i64, PackFate::Unresolved as i64],
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or(false) && !open)
}

/// True when the order was unblocked after a restore and has not run since: what the devices have
/// counted in the lost part is not on record.
fn nothing_since_restore(
    conn: &Connection,
    batch: BatchNo,
    chain: &str,
) -> Result<bool, LedgerError> {
    let unblocked: Option<i64> =
        conn.query_row("SELECT unblocked_seq FROM batch WHERE batch_no = ?1", [batch.0], |row| {
            row.get(0)
        })?;
    let Some(unblocked) = unblocked else { return Ok(false) };
    let since: bool = conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM event WHERE seq > ?1 AND chain = ?2 \
         AND body ->> 'kind' = 'counts_begin')",
        (unblocked, chain),
        |row| row.get(0),
    )?;
    Ok(!since)
}

/// The line's own counters as they were recorded last.
fn totals(conn: &Connection, batch: BatchNo) -> Result<LineCounts, LedgerError> {
    let count = |row: &Row<'_>, column| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let found = conn
        .query_row(
            "SELECT infeed, exit, eject, printed FROM count_base WHERE batch_no = ?1",
            [batch.0],
            |row| {
                Ok(LineCounts {
                    infeed: count(row, 0)?,
                    exit: count(row, 1)?,
                    eject_confirm: count(row, 2)?,
                    printed: count(row, 3)?,
                })
            },
        )
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Labels of the labeler's counter that the books explain so far.
fn labels_accounted(conn: &Connection, batch: BatchNo) -> Result<u64, LedgerError> {
    let books = crate::books::books(conn, batch.0)?;
    let labels = books.encoded + books.invalid_but_printed + books.duplicate;
    Ok(labels.unsigned_abs())
}

/// Counts and bases at the last edges on record instead of where the counts began: the same sums
/// while the line I/O lives, and if it has lost its power meanwhile, what the records tell is kept.
fn as_far_as_known(
    conn: &Connection,
    batch: BatchNo,
    (mut bases, mut counts): (CountBases, LineCounts),
) -> Result<(CountBases, LineCounts), LedgerError> {
    let infeed: u32 = conn.query_row(
        "SELECT coalesce(max(track), 0) FROM pack WHERE batch_no = ?1",
        [batch.0],
        |row| row.get(0),
    )?;
    // A pack that was told to have left may have done so by an edge of no pack.
    let exits: u32 = conn.query_row(
        "SELECT count(*) FILTER (WHERE fate = ?2 OR (exit_edge AND fate <> ?3)) \
         + max(count(*) FILTER (WHERE exit_edge AND fate = ?3), \
         (SELECT count(*) FROM stray_edge WHERE batch_no = ?1 AND at_exit = 1)) \
         FROM pack WHERE batch_no = ?1",
        [batch.0, PackFate::Exited as i64, PackFate::ResolvedExited as i64],
        |row| row.get(0),
    )?;
    let moved = |begin: &mut u64, base: &mut u32, known: u32| {
        let more = u64::from(known).saturating_sub(*begin);
        *begin += more;
        *base = base.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
    };
    moved(&mut counts.infeed, &mut bases.infeed, infeed);
    moved(&mut counts.exit, &mut bases.exit, exits);
    moved(&mut counts.eject_confirm, &mut bases.eject, ejects_on_record(conn, batch)?);
    Ok((bases, counts))
}

/// Edges in the chute, of a pack or of none.
fn ejects_on_record(conn: &Connection, batch: BatchNo) -> Result<u32, LedgerError> {
    Ok(conn.query_row(
        "SELECT (SELECT count(*) FROM pack WHERE batch_no = ?1 AND fate = ?2) \
         + (SELECT count(*) FROM stray_edge WHERE batch_no = ?1 AND at_exit = 0)",
        [batch.0, PackFate::Ejected as i64],
        |row| row.get(0),
    )?)
}

fn bases(row: &Row<'_>) -> rusqlite::Result<(CountBases, LineCounts)> {
    let count = |column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let bases = CountBases {
        io_epoch: Epoch(row.get(1)?),
        infeed: row.get(2)?,
        exit: row.get(3)?,
        eject: row.get(4)?,
        labeler_epoch: Epoch(row.get(5)?),
        printed: row.get(6)?,
    };
    let counts = LineCounts {
        infeed: count(7)?,
        exit: count(8)?,
        eject_confirm: count(9)?,
        printed: count(10)?,
    };
    Ok((bases, counts))
}
