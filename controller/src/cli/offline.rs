//! Commands without a running service: the ledger is opened under its lock, the core decides as it
//! would on the line.
//!
//! Called by `order`. Must never do what needs devices.

use super::args::{DataDir, ResolutionKind};
use super::exit::Exit;
use super::order::{Failure, ledger_path};
use crate::recordings::{Origin, Store, header};
use crate::service::books::{open_or_create, require_intact, write_anchor};
use crate::service::load::Source;
use crate::service::setup::Setup;
use crate::service::{by_hand, load as loading, refusal, wall_clock};
use contracts::open_scs::JobOrderState;
use hmi::{Declared, Problem, Take};
use ledger::{BatchNo, Chain, Ledger, Meaning, ServiceBody};
use line_core::event::{Command, Input, Output};
use line_core::ids::{Nanos, TrackIndex};
use line_core::line::Line;
use line_core::reason::Resolution;
use line_core::record::Record;
use line_core::station::StationRules;
use line_core::verify::BatchData;
use recording::{End, SegmentHeader, Timed, Writer};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn setup(config: Option<PathBuf>, at: &DataDir) -> Result<Setup, Failure> {
    let file = config.unwrap_or_else(|| at.data_dir.join("line.toml"));
    let mut setup = Setup::read(&file).map_err(|e| Failure::refused(e.to_string()))?;
    setup.data_dir.clone_from(&at.data_dir);
    Ok(setup)
}

/// Loads an order into the ledger; the service that starts next runs it.
///
/// # Errors
/// A [`Failure`]; the ledger has the refusal on record, or the order is half loaded and goes on
/// when loaded by the service.
pub fn load(
    (file, text): (&str, &str),
    source: Option<&Source>,
    config: Option<PathBuf>,
    at: &DataDir,
) -> Result<Value, Failure> {
    let refused = |e: ledger::LedgerError| Failure::refused(e.to_string());
    let order = match (loading::read(file, text), ledger_path(at)) {
        (Ok(order), _) => order,
        (read, Ok(path)) => {
            on_record(&mut Ledger::open(&path, wall_clock()).map_err(refused)?, read)?
        }
        // No ledger is made for the sake of a refusal.
        (read, Err(_)) => read?,
    };
    let setup = setup(config, at)?;
    let mut ledger = open_or_create(&setup).map_err(|e| Failure::refused(e.to_string()))?;
    let checked = loading::check(&setup, &ledger, order, source);
    let mut checked = on_record(&mut ledger, checked)?;
    let mut supply = checked.supply().map_err(|e| Failure::refused(e.to_string()))?;
    let opened = loading::open(&mut ledger, &checked);
    let batch = on_record(&mut ledger, opened)?;
    while !supply.next(&mut ledger, batch)? {}
    Ok(json!({ "batch": checked.order().batch, "state": "loaded" }))
}

/// A refused order is on record, too.
fn on_record<T>(ledger: &mut Ledger, answer: Result<T, Problem>) -> Result<T, Failure> {
    if let Err(problem) = &answer {
        let body =
            loading::refusal_record("unnamed", hmi::UNAUTHENTICATED, "load an order", problem);
        ledger
            .append_service(wall_clock(), Chain::Site, &body)
            .map_err(|e| Failure::refused(e.to_string()))?;
    }
    Ok(answer?)
}

pub(super) fn open(path: &Path, batch: &str) -> Result<(Ledger, BatchNo), Failure> {
    let ledger = Ledger::open(path, wall_clock()).map_err(|e| Failure::refused(e.to_string()))?;
    match ledger.open_batch_id() {
        Some((no, id)) if id.as_str() == batch => Ok((ledger, no)),
        Some((_, id)) => Err(Failure::refused(format!("the open batch is {id}, not {batch}"))),
        None => Err(Failure::refused(format!("batch {batch} is not open"))),
    }
}

fn sign(
    ledger: &mut Ledger,
    batch: BatchNo,
    who: &str,
    subject: String,
    reason: &str,
) -> Result<(), Failure> {
    let body = ServiceBody::Signature {
        who: who.to_owned(),
        name: who.to_owned(),
        meaning: Meaning::Performed,
        subject,
        reason: reason.to_owned(),
        authenticated: false,
    };
    let signed = ledger.append_service(wall_clock(), Chain::Batch(batch), &body);
    signed.map(|_| ()).map_err(|e| Failure::refused(e.to_string()))
}

/// Adds a declared number to the books of the open batch.
///
/// # Errors
/// A [`Failure`] with the ledger's refusal.
pub fn declare(
    path: &Path,
    batch: &str,
    (term, count): (Declared, i64),
    reason: &str,
    who: &str,
) -> Result<Value, Failure> {
    let (mut ledger, no) = open(path, batch)?;
    let declared = by_hand::declare(&mut ledger, no, term, count, who, reason)?;
    Ok(json!({ "batch": batch, "term": by_hand::term(term), "declared": declared }))
}

/// Takes a serial out of the open batch.
///
/// # Errors
/// A [`Failure`] with the ledger's refusal.
pub fn take(
    path: &Path,
    batch: &str,
    serial: &str,
    take: &Take,
    reason: &str,
    who: &str,
) -> Result<Value, Failure> {
    let taking = by_hand::taking(serial, take, (who, false), reason)?;
    let (mut ledger, no) = open(path, batch)?;
    let state = by_hand::take(&mut ledger, no, taking)?;
    Ok(json!({ "batch": batch, "serial": serial, "state": state }))
}

/// Closes a batch that is complete; one that was half loaded is given up first.
///
/// # Errors
/// A [`Failure`]: it is not complete, or its books do not reconcile; nothing is changed then.
pub fn close(path: &Path, batch: &str, who: &str) -> Result<Value, Failure> {
    let (mut ledger, no) = open(path, batch)?;
    if let Err(error) = require_intact(path) {
        return Err(Failure { text: error.to_string(), exit: Exit::NotProven });
    }
    let refused = |e: ledger::LedgerError| Failure::refused(e.to_string());
    if ledger.recover(no).map_err(refused)?.order_state == JobOrderState::Ready {
        ledger.cancel_loading(wall_clock(), no, who).map_err(refused)?;
    }
    sign(&mut ledger, no, who, format!("close of {batch}"), "books reconciled")?;
    let closed =
        ledger.close_batch(wall_clock(), no).map_err(|e| Failure::refused(e.to_string()))?;
    let dir = path.parent().unwrap_or(Path::new("."));
    write_anchor(dir, &closed.anchor).map_err(|e| Failure::refused(e.to_string()))?;
    Ok(json!({ "batch": batch, "state": "closed", "books": closed.books }))
}

/// Says what became of a pack, decided by the core as on the line.
///
/// # Errors
/// A [`Failure`] with the core's refusal.
pub fn resolve(
    path: &Path,
    batch: &str,
    track: u32,
    resolution: ResolutionKind,
    reason: &str,
    who: &str,
) -> Result<Value, Failure> {
    let (mut ledger, no) = open(path, batch)?;
    let recovery = ledger.recover(no).map_err(|e| Failure::refused(e.to_string()))?;
    let after_seq = ledger.last_seq().map_err(|e| Failure::refused(e.to_string()))?;
    if matches!(recovery.order_state, JobOrderState::Ready | JobOrderState::Loaded) {
        return Err(Failure::refused(format!("batch {batch} has not run yet")));
    }
    let spec = &recovery.spec;
    let stations = StationRules::default();
    let (gtin, expiry, lot) = (spec.gtin, spec.expiry, spec.lot);
    let data = BatchData { gtin, expiry, lot, national: None, stations };
    let numbers = recovery.pool.into_boxed_slice();
    // Geometry plays no part in this decision.
    let config = line_core::line_config::LineConfig::resting(true);
    let origin = Origin {
        batch: batch.to_owned(),
        config_hash: spec.config_hash.clone(),
        began: wall_clock().to_rfc3339(),
        after_seq,
    };
    let header = header(origin, config, &data, &numbers, (spec.target, 0));
    let mut line = Line::new(config, data, numbers, spec.target, 0);
    let resolution = match resolution {
        ResolutionKind::Exited => Resolution::Exited,
        ResolutionKind::Ejected => Resolution::Ejected,
        ResolutionKind::Removed => Resolution::Removed,
    };
    let command = Command::Resolve { track: TrackIndex(track), resolution };
    let mut inputs = recovery.inputs;
    inputs.push(Input::Command(command));
    for input in &inputs {
        line.handle(Nanos::default(), *input);
    }
    let mut records: Vec<Record> = Vec::new();
    while let Some(output) = line.poll() {
        match output {
            Output::Record(record) => records.push(record),
            Output::Answer(Err(refused)) => return Err(refusal(refused, batch).into()),
            _ => {}
        }
    }
    ledger.append(wall_clock(), no, &records).map_err(|e| Failure::refused(e.to_string()))?;
    record(path, header, &inputs);
    let subject = format!("resolve {track} as {resolution:?}").to_lowercase();
    sign(&mut ledger, no, who, subject, reason)?;
    Ok(json!({ "batch": batch, "track": track, "state": resolution }))
}

/// Adds this life of the core to the batch's recording; without it a replay would not know where
/// its records come from. A recording that cannot be written changes nothing that was decided.
fn record(path: &Path, header: SegmentHeader, inputs: &[Input]) {
    let store = Store::bounded(path.parent().unwrap_or(Path::new(".")), u64::MAX, u64::MAX);
    let batch = header.batch.clone();
    let added = store.add(&batch, |number| {
        let (mut writer, mut out) = (Writer::new(), Vec::new());
        writer.begin(&SegmentHeader { segment: number, ..header }, None, &mut out);
        for &input in inputs {
            writer.push(&Timed { now: Nanos::default(), input }, &mut out);
        }
        writer.end(End::Clean, &mut out);
        out
    });
    if let Err(error) = added {
        eprintln!("packline: what was decided stands, but it is not in the recording: {error}");
    }
}
