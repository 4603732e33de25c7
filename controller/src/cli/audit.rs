//! `packline audit verify`: recompute everything, offline.
//!
//! Must never write to the ledger.

use super::exit::Exit;
use ledger::verify::sealed::check_files;
use ledger::verify::{VerifyReport, verify};
use serde_json::{Value, json};
use std::path::Path;

/// Verifies a ledger file and tells the result.
#[must_use]
pub fn run(
    db: &Path,
    anchors: Option<&Path>,
    key: Option<&Path>,
    sealed: Option<&Path>,
    as_json: bool,
) -> Exit {
    let key_hex = match key.map(std::fs::read_to_string).transpose() {
        Ok(key) => key.map(|text| text.trim().to_owned()),
        Err(error) => {
            eprintln!("packline: failed to read the public key: {error}");
            return Exit::Refused;
        }
    };
    if !db.exists() {
        eprintln!("packline: there is no file {}; name the ledger's database", db.display());
        return Exit::Refused;
    }
    let verified = verify(db, anchors.zip(key_hex.as_deref())).and_then(|mut report| {
        sealed.map_or(Ok(()), |dir| check_files(&mut report, dir))?;
        Ok(report)
    });
    match verified {
        Ok(report) => {
            tell(&report, as_json);
            if report.is_ok() { Exit::Ok } else { Exit::NotProven }
        }
        Err(error) => {
            eprintln!("packline: {error}");
            Exit::Refused
        }
    }
}

/// The report's fields as in the JSON of demo and audit.
#[must_use]
pub fn report_json(report: &VerifyReport) -> Value {
    let chain = if report.is_ok() { "ok" } else { "broken" };
    let first_bad =
        report.first_bad.as_ref().map(|bad| json!({ "seq": bad.seq, "what": bad.what }));
    json!({
        "records": report.records, "chain": chain, "head": report.head,
        "anchored": report.anchored, "anchors": report.anchors,
        "records_after_last_anchor": report.records_after_last_anchor, "first_bad": first_bad,
        "ledger_epoch": report.ledger_epoch, "anchors_of_lost_part": report.anchors_of_lost_part,
        "sealed": report.sealed, "sealed_verified": report.sealed_verified,
    })
}

fn tell(report: &VerifyReport, as_json: bool) {
    if as_json {
        println!("{}", report_json(report));
        return;
    }
    match &report.first_bad {
        None => {
            println!("{} records: every chain and every projection is as recorded", report.records)
        }
        Some(bad) => println!("broken: record {}: {}", bad.seq, bad.what),
    }
    println!("head {}", report.head);
    let (sealed, verified) = (report.sealed.len(), report.sealed_verified);
    if sealed > 0 {
        println!("{sealed} batches are sealed in files of their own; {verified} were verified");
    }
    if report.anchors_of_lost_part > 0 {
        let lost = report.anchors_of_lost_part;
        println!("restored: {lost} anchors are about records that were lost");
    }
    if report.anchored {
        println!(
            "anchored: {} anchors agree; {} records are younger than the last one",
            report.anchors, report.records_after_last_anchor
        );
    } else {
        println!("anchored: no; nothing is claimed about a cut tail or a complete rewrite");
    }
}
