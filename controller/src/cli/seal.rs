//! `packline order seal`: closed batches into files of their own.
//!
//! Needs the ledger for itself, so no service may run. Must never remove anything itself: the
//! ledger does, after the file is verified and on record.

use super::backup_args::SealArgs;
use super::order::{Failure, ledger_path, print, text};
use crate::service::wall_clock;
use contracts::open_scs::JobOrderState;
use ledger::seal::{Removal, Seal, write};
use ledger::{BatchId, Ledger, LedgerError, Reader};
use serde_json::{Value, json};
use std::path::Path;

const BATCHES_MAX: u32 = 1_000;

pub(super) fn run(args: SealArgs) -> Result<(), Failure> {
    let SealArgs { batch, keep, person, at } = args;
    let path = ledger_path(&at)?;
    let refused = |e: LedgerError| Failure::refused(e.to_string());
    let mut ledger = Ledger::open(&path, wall_clock()).map_err(refused)?;
    let before = pages(&path)?;
    // What a crash interrupted goes first.
    remove(&mut ledger).map_err(refused)?;
    let batches = match batch {
        Some(batch) => {
            vec![batch.parse().map_err(|e: ledger::IdError| Failure::refused(e.to_string()))?]
        }
        None => old(&path, keep.unwrap_or(0)).map_err(refused)?,
    };
    let mut sealed = Vec::new();
    for batch in &batches {
        sealed.push(told(&seal(&mut ledger, &at.data_dir, batch, &person.who)?));
    }
    let answer = json!({
        "sealed": sealed, "used_pages_before": before, "used_pages_after": pages(&path)?,
    });
    print(&answer, &at, |a| {
        let mut words = format!("{} batches sealed", batches.len());
        for seal in a["sealed"].as_array().into_iter().flatten() {
            let (batch, file) = (text(seal, "batch"), text(seal, "file"));
            words += &format!("\n{batch} in {file}: {} records", seal["events"]);
        }
        words
    });
    Ok(())
}

/// Writes and verifies the file, records it, and only then removes.
fn seal(ledger: &mut Ledger, dir: &Path, batch: &BatchId, who: &str) -> Result<Seal, Failure> {
    let refused = |e: LedgerError| Failure::refused(e.to_string());
    let seal = write(dir, batch, who).map_err(|error| Failure {
        exit: if error.is_broken() {
            super::exit::Exit::NotProven
        } else {
            super::exit::Exit::Refused
        },
        text: format!("batch {batch} is not sealed: {error}"),
    })?;
    ledger.seal(wall_clock(), &seal).map_err(refused)?;
    remove(ledger).map_err(refused)?;
    Ok(seal)
}

fn remove(ledger: &mut Ledger) -> Result<(), LedgerError> {
    while ledger.remove_sealed(wall_clock())? == Removal::GoesOn {}
    Ok(())
}

/// Closed batches that are not sealed, but the `keep` latest, the oldest first.
fn old(path: &Path, keep: u32) -> Result<Vec<BatchId>, LedgerError> {
    let rows = Reader::open(path)?.batches(BATCHES_MAX)?;
    let hot = rows
        .into_iter()
        .filter(|row| row.state == JobOrderState::Closed && row.sealed_file.is_none());
    let mut old: Vec<BatchId> =
        hot.skip(keep as usize).filter_map(|row| row.batch.parse().ok()).collect();
    old.reverse();
    Ok(old)
}

/// Pages in use: those that were freed are used again, the file does not shrink.
fn pages(path: &Path) -> Result<i64, Failure> {
    let read = Reader::open(path).and_then(|reader| reader.used_pages());
    read.map_err(|e| Failure::refused(e.to_string()))
}

fn told(seal: &Seal) -> Value {
    json!({
        "batch": seal.batch, "file": seal.file, "sha256": seal.sha256, "bytes": seal.bytes,
        "events": seal.events,
    })
}
