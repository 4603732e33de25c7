//! The verdict in words and as JSON.
//!
//! Called by `main`. Must never leave out what is not claimed.

use ledger::verify::{NewestAnchor, OpenBatch, Outcome, VerifyReport};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// The fields that README documents.
pub fn json(report: &VerifyReport, took: Duration) -> Value {
    let first_error = report.first_bad.as_ref().map(|bad| {
        json!({ "seq": bad.seq, "chain": bad.chain, "chain_seq": bad.chain_seq, "what": bad.what })
    });
    json!({
        "ok": report.is_ok(),
        "kind": report.kind, "line_id": report.line_id,
        "events": report.records, "batches": report.batches, "open_batches": report.open_batches,
        "chain": report.chain, "projections": report.projections, "head": report.head,
        "signing_keys": report.signing_keys,
        "sealed": report.sealed, "ledger_epoch": report.ledger_epoch,
        "anchors_of_lost_part": report.anchors_of_lost_part,
        "anchored": report.anchored, "anchors": report.anchors,
        "newest_anchor": report.newest_anchor,
        "events_since_last_anchor": report.records_after_last_anchor,
        "first_error": first_error,
        "seconds": (took.as_secs_f64() * 1e3).round() / 1e3,
    })
}

/// The same for a person: what was checked, what follows from it, and what does not.
pub fn text(file: &Path, report: &VerifyReport, took: Duration) -> String {
    let mut said = format!("file      {}\n", file.display());
    let kind = report.kind.map_or("unknown", |kind| kind.name());
    let line = report.line_id.as_deref().unwrap_or("unknown");
    let _ = writeln!(said, "ledger    {kind} ledger of line {line}");
    let (events, batches) = (report.records, report.batches);
    let _ = writeln!(
        said,
        "checked   {events} events in {batches} batches, {} signing key(s), {:.1} s",
        report.signing_keys,
        took.as_secs_f64()
    );
    match &report.first_bad {
        None => sound(&mut said, report),
        Some(_) => broken(&mut said, report),
    }
    said
}

/// What follows when nothing was found wrong.
const CLAIMED: &str = "\
claimed   every hash and every link fits: no event in the middle was edited, deleted,
          inserted or moved; every checkpoint and every change of key is signed; every
          table is what the events make of it; serials and configurations are those
          that were recorded
";
/// What does not follow without anchors.
const NOT_CLAIMED: &str = "\
anchored  NO: no anchors were given
NOT       it is NOT claimed that the end was not cut off, nor that not everything was
          computed anew: only anchors kept elsewhere can show that
";

fn sound(said: &mut String, report: &VerifyReport) {
    said.push_str("verdict   OK: nothing was found wrong\n");
    said.push_str(CLAIMED);
    match report.newest_anchor.as_ref().filter(|_| report.anchored) {
        Some(newest) => anchored(said, report, newest),
        None => said.push_str(NOT_CLAIMED),
    }
    report.open_batches.iter().for_each(|open| exposed(said, open));
    elsewhere(said, report);
}

/// What is in other files, and what a restore has lost.
fn elsewhere(said: &mut String, report: &VerifyReport) {
    for sealed in &report.sealed {
        let _ = writeln!(
            said,
            "NOT       batch {}: its {} events are in {} and were not looked at; `packline audit\n\
             \x20         verify --sealed DIR` does",
            sealed.batch, sealed.events, sealed.file
        );
    }
    if let Some(epoch) = report.ledger_epoch.filter(|epoch| *epoch > 1) {
        let lost = report.anchors_of_lost_part;
        let _ = writeln!(
            said,
            "restored  the ledger is in epoch {epoch}: it was restored from a backup; {lost}\n\
             \x20         anchors are about events that were lost"
        );
    }
}

fn anchored(said: &mut String, report: &VerifyReport, newest: &NewestAnchor) {
    let (anchors, newer) = (report.anchors, report.records_after_last_anchor);
    let NewestAnchor { at, through_seq } = newest;
    let _ = writeln!(
        said,
        "anchored  yes: {anchors} anchors fit, the newest of {at}\n\
         claimed   up to event {through_seq} nothing was cut off and nothing computed anew\n\
         NOT       the {newer} events since then could have been cut off, or computed anew by\n\
         {:10}somebody who has the signing key",
        ""
    );
}

fn exposed(said: &mut String, open: &OpenBatch) {
    let OpenBatch { batch, events, events_since_last_anchor: newer } = open;
    let _ =
        writeln!(said, "open      batch {batch}: {newer} of its {events} events are not anchored");
}

fn broken(said: &mut String, report: &VerifyReport) {
    said.push_str("verdict   BROKEN: this is not what was recorded\n");
    let Some(bad) = &report.first_bad else { return };
    let place = match (&bad.chain, bad.chain_seq) {
        _ if bad.seq == 0 => "in the tables".to_owned(),
        (Some(chain), Some(n)) => format!("at event {} (number {n} of chain {chain})", bad.seq),
        _ => format!("at event {}", bad.seq),
    };
    let _ = writeln!(said, "first     {place}: {}", bad.what);
    said.push_str(match report.chain {
        Outcome::Ok => {
            "note      the events themselves fit; a table that is derived from them does not\n"
        }
        Outcome::Broken | Outcome::NotChecked => {
            "note      what comes after it was not judged, for it rests on it\n"
        }
    });
}
