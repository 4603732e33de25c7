//! Questions that are answered from the ledger's read side, in short read transactions.
//!
//! Called by the web's questions and by commands without a service. Must never write.

use super::audit;
use super::images::image_name;
use super::load::ledger_problem;
use crate::pools::source_json;
use contracts::open_scs::JobOrderState;
use hmi::{Answer, Problem, Queries, Query};
use ledger::{BatchRow, LedgerError, PackRow, Reader, SerialTrace};
use line_core::event::PackFate;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const ORDERS_MAX: u32 = 1_000;

/// Who answers the web's questions.
#[derive(Clone, Debug)]
pub struct ReadSide {
    /// The ledger's file.
    pub ledger: PathBuf,
    /// The data directory.
    pub data_dir: PathBuf,
}

impl Queries for ReadSide {
    fn answer(&self, query: Query) -> Answer {
        match query {
            Query::Orders => orders(&self.ledger),
            Query::Packs { batch, after, limit } => {
                packs(&self.ledger, &self.data_dir, &batch, after, limit)
            }
            Query::Serial { gtin, serial: number } => serial(&self.ledger, &gtin, &number),
            Query::Audit { filter, way, limit } => audit::page(&self.ledger, filter, way, limit),
            Query::AuditExport { filter, form } => audit::export(&self.ledger, filter, form),
        }
    }

    fn image(&self, batch: &str, track: u32) -> Result<PathBuf, Problem> {
        let kept = batch
            .parse::<ledger::BatchId>()
            .ok()
            .and_then(|id| image_of(&self.data_dir, id.as_str(), track));
        kept.map(|name| self.data_dir.join(name)).ok_or_else(|| {
            Problem::new(404, "no_image", "no image of this pack is kept")
                .at(format!("{batch} pack {track}"))
                .remedy("the configuration says which are: images.keep")
        })
    }
}

/// Name of a pack's image in the data directory.
fn image_of(data_dir: &Path, batch: &str, track: u32) -> Option<String> {
    [true, false].iter().find_map(|&accepted| {
        let name = format!("images/{batch}/{}", image_name(track, accepted));
        data_dir.join(&name).exists().then_some(name)
    })
}

fn reader(path: &Path) -> Result<Reader, Problem> {
    Reader::open(path).map_err(|e| ledger_problem(&e))
}

fn unknown(batch: &str) -> Problem {
    Problem::new(404, "unknown_order", format!("there is no batch {batch} in this ledger"))
        .at(batch)
        .remedy("list them: packline order list")
}

/// A batch by its id.
///
/// # Errors
/// A [`Problem`].
pub fn batch(reader: &Reader, batch: &str) -> Result<BatchRow, Problem> {
    let rows = reader.batches(ORDERS_MAX).map_err(|e| ledger_problem(&e))?;
    rows.into_iter().find(|row| row.batch == batch).ok_or_else(|| unknown(batch))
}

/// `{orders: [..]}`.
///
/// # Errors
/// A [`Problem`].
pub fn orders(path: &Path) -> Answer {
    let reader = reader(path)?;
    let rows = reader.batches(ORDERS_MAX).map_err(|e| ledger_problem(&e))?;
    let mut orders = Vec::new();
    for row in rows {
        let books = reader.books(row.batch_no).map_err(|e| ledger_problem(&e))?;
        let read = || -> Result<_, LedgerError> {
            // A closed order has nothing left; its serials need not be counted again.
            let left = if is_closed(&row) { None } else { Some(reader.pool_left(row.batch_no)?) };
            let policy = reader.return_policy(row.batch_no)?;
            Ok((left, policy, reader.pool_source(row.batch_no)?))
        };
        let (left, policy, source) = read().map_err(|e| ledger_problem(&e))?;
        let drawn = || json!({ "source": "drawn", "count": row.allocated });
        orders.push(json!({
            "batch": row.batch, "gtin": row.gtin, "lot": row.lot, "expiry": row.expiry,
            "mode": row.mode, "state": row.state, "sealed_file": row.sealed_file,
            "target": row.target,
            "good": books.commissioned_ever,
            "pool": source.as_ref().map_or_else(drawn, source_json), "return_policy": policy,
            "serials_left": left.map(|(left, _)| left),
            "low_pool": left.is_some_and(|(left, low)| left < low),
        }));
    }
    Ok(json!({ "orders": orders }))
}

/// `{packs: [..], next_after}`.
///
/// # Errors
/// A [`Problem`].
pub fn packs(path: &Path, data_dir: &Path, id: &str, after: u32, limit: u16) -> Answer {
    let reader = reader(path)?;
    let row = batch(&reader, id)?;
    let reader = match &row.sealed_file {
        Some(file) => Reader::open_sealed(data_dir, file).map_err(|e| ledger_problem(&e))?,
        None => reader,
    };
    let packs =
        reader.packs(row.batch_no, after, u32::from(limit)).map_err(|e| ledger_problem(&e))?;
    let next_after = packs.last().map(|pack| pack.track);
    let packs: Vec<Value> = packs.iter().map(|pack| pack_json(pack, data_dir, id)).collect();
    Ok(json!({ "packs": packs, "next_after": next_after }))
}

/// `{track, serial, verdict, reason, state, image}`; `image` is relative to the data directory.
#[must_use]
pub fn pack_json(pack: &PackRow, data_dir: &Path, batch: &str) -> Value {
    let image = image_of(data_dir, batch, pack.track);
    json!({
        "track": pack.track, "serial": pack.serial, "verdict": pack.verdict,
        "reason": pack.reason, "state": fate_name(pack.fate), "image": image,
    })
}

/// Name of a fate as in the API.
#[must_use]
pub const fn fate_name(fate: PackFate) -> &'static str {
    match fate {
        PackFate::InProcess => "in_process",
        PackFate::Exited | PackFate::ResolvedExited => "exited",
        PackFate::Ejected | PackFate::ResolvedEjected => "ejected",
        PackFate::Unresolved => "unresolved",
        PackFate::Removed => "removed",
    }
}

/// `{gtin, serial, state, batch, history}`.
///
/// # Errors
/// A [`Problem`].
pub fn serial(path: &Path, gtin: &str, serial: &str) -> Answer {
    let bad = |e: codes::CodeError| {
        Problem::new(422, "bad_code", e.to_string()).at("gtin, serial").remedy("correct it")
    };
    let (code, number) = (gtin.parse().map_err(bad)?, serial.parse().map_err(bad)?);
    let mut found = reader(path)?;
    if let Some(file) = found.sealed_file_of(code, number).map_err(|e| ledger_problem(&e))? {
        let data_dir = path.parent().unwrap_or(Path::new("."));
        found = Reader::open_sealed(data_dir, &file).map_err(|e| ledger_problem(&e))?;
    }
    let trace = found.serial_trace(code, number).map_err(|e| ledger_problem(&e))?;
    let trace = trace.ok_or_else(|| {
        Problem::new(404, "unknown_serial", format!("{gtin} {serial} is not in this ledger"))
            .at("serial")
            .remedy("check product code and serial number, also upper and lower case")
    })?;
    Ok(serial_json(gtin, serial, &trace))
}

/// The history of one serial.
#[must_use]
pub fn serial_json(gtin: &str, serial: &str, trace: &SerialTrace) -> Value {
    let history: Vec<Value> = trace
        .events
        .iter()
        .map(|event| {
            let body: Value = serde_json::from_str(&event.body).unwrap_or(Value::Null);
            json!({ "seq": event.seq, "at": event.at, "event": body })
        })
        .collect();
    json!({
        "gtin": gtin, "serial": serial, "state": trace.state, "batch": trace.batch,
        "track": trace.track, "serial_index": trace.serial_idx, "history": history,
    })
}

/// True when a batch may no longer change.
#[must_use]
pub fn is_closed(row: &BatchRow) -> bool {
    row.state == JobOrderState::Closed
}
