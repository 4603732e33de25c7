//! The verdict in words and as JSON.
//!
//! Called by `main`. Must never leave out what is not claimed.

use ledger::verify::sealed::SealedReport;
use ledger::verify::{Bad, NewestAnchor, OpenBatch, Outcome, VerifyReport};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// The fields that README documents.
pub fn json(report: &VerifyReport, took: Duration) -> Value {
    json!({
        "ok": report.is_ok(),
        "kind": report.kind, "line_id": report.line_id,
        "events": report.records, "batches": report.batches, "open_batches": report.open_batches,
        "chain": report.chain, "projections": report.projections, "head": report.head,
        "signing_keys": report.signing_keys,
        "sealed": report.sealed, "sealed_verified": report.sealed_verified,
        "ledger_epoch": report.ledger_epoch,
        "anchors_of_lost_part": report.anchors_of_lost_part,
        "anchored": report.anchored, "anchors": report.anchors,
        "newest_anchor": report.newest_anchor,
        "events_since_last_anchor": report.records_after_last_anchor,
        "first_error": first_error(report.first_bad.as_ref()),
        "seconds": seconds(took),
    })
}

/// The same of a sealed batch.
pub fn sealed_json(report: &SealedReport, took: Duration) -> Value {
    json!({
        "ok": report.first_bad.is_none(),
        "kind": report.kind, "line_id": report.line_id,
        "sealed_batch": report.batch, "events": report.events, "head": report.head,
        "sha256": report.sha256,
        "signing_keys": report.signing_keys, "signed_by_given_key": report.signed_by_given_key,
        "first_error": first_error(report.first_bad.as_ref()),
        "seconds": seconds(took),
    })
}

fn first_error(bad: Option<&Bad>) -> Value {
    bad.map_or(Value::Null, |bad| {
        json!({ "seq": bad.seq, "chain": bad.chain, "chain_seq": bad.chain_seq, "what": bad.what })
    })
}

fn seconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e3).round() / 1e3
}

/// A sealed batch for a person.
pub fn sealed_text(file: &Path, report: &SealedReport) -> String {
    let SealedReport { batch, events, head, sha256, signing_keys, .. } = report;
    let kind = report.kind.map_or("unknown", |kind| kind.name());
    let line = report.line_id.as_deref().unwrap_or("unknown");
    let mut said = format!(
        "file      {}\nbatch     {batch} of the {kind} ledger of line {line}\n\
         checked   {events} events, {signing_keys} signing key(s)\n\
         sha256    {sha256}\nhead      {head}\n",
        file.display()
    );
    if let Some(bad) = &report.first_bad {
        let _ = writeln!(said, "verdict   BROKEN: this is not what was sealed");
        let _ = writeln!(said, "first     record {}: {}", bad.seq, bad.what);
        return said;
    }
    said.push_str("verdict   OK: nothing was found wrong\n");
    said.push_str(SEALED_CLAIMED);
    said.push_str(if report.signed_by_given_key { SIGNED } else { NOT_SIGNED });
    said
}

const SEALED_CLAIMED: &str = "\
claimed   the chain is whole from its genesis to its head, a checkpoint signs that head,
          and every table is what the events make of it
";
const SIGNED: &str = "\
signed    yes: by the given key or one of its chain. Whoever has that key can still have
          made another file: the ledger's batch_sealed names the sha256 of the right one
";
const NOT_SIGNED: &str = "\
signed    NOT claimed: no key was given; the keys in the file may be anybody's
";

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
    let verified = report.sealed_verified;
    if verified > 0 {
        let _ = writeln!(said, "sealed    {verified} batches in files of their own, verified, too");
        return restored(said, report);
    }
    for sealed in &report.sealed {
        let _ = writeln!(
            said,
            "NOT       batch {}: its {} events are in {} and were not looked at; give --sealed DIR",
            sealed.batch, sealed.events, sealed.file
        );
    }
    restored(said, report);
}

fn restored(said: &mut String, report: &VerifyReport) {
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
