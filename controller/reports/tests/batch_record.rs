//! The batch record in its forms: the same totals as the ledger's books, the same bytes each time,
//! the hash that is told, readable by foreign programs.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
mod support;

use common::everything::everything;
use common::{GTIN, path};
use ledger::Reader;
use line_core::reason::RejectReason;
use reports::{Form, Source};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use support::{csv_rows, json, made};

#[test]
fn the_totals_are_those_of_the_ledger() {
    let house = everything();
    let reader = Reader::open(&path(&house.dir)).unwrap();
    for batch in ["B-1", "B-2", "B-2-C1"] {
        let row = reader.batch_of(batch).unwrap().unwrap();
        let books = serde_json::to_value(reader.books(row.batch_no).unwrap()).unwrap();
        let record = json(&house.dir, batch);
        assert_eq!(record["counts"], books, "{batch}");
        let rejects = reader.rejects(row.batch_no).unwrap();
        let told: BTreeMap<&str, u64> = list(&record, "rejects_by_reason")
            .map(|of| (of["reason"].as_str().unwrap(), of["packs"].as_u64().unwrap()))
            .collect();
        assert_eq!(told.values().sum::<u64>(), rejects.iter().map(|(_, n)| n).sum::<u64>());
        for (reason, count) in rejects {
            let name = serde_json::to_value(reason).unwrap();
            assert_eq!(told[name.as_str().unwrap()], count, "{batch} {name}");
        }
        let listed = list(&record, "rejects").count() as u64;
        assert_eq!(listed, told.values().sum::<u64>(), "{batch}");
        let signatures = reader.signatures(row.batch_no, 500).unwrap();
        assert_eq!(list(&record, "signatures").count(), signatures.len(), "{batch}");
        let (events, head) = reader.head(ledger::Chain::Batch(row.batch_no)).unwrap().unwrap();
        assert_eq!(record["batch"]["chain_head"], head);
        assert_eq!(record["batch"]["events_in_chain"], events);
    }
}

fn list<'a>(record: &'a Value, section: &str) -> impl Iterator<Item = &'a Value> {
    record[section].as_array().unwrap().iter()
}

#[test]
fn csv_tells_what_json_tells() {
    let house = everything();
    let record = json(&house.dir, "B-1");
    let rows = csv_rows(&house.dir, "B-1");
    for section in ["rejects", "signatures", "interventions", "changes", "steps", "devices"] {
        let of: Vec<_> = rows.iter().filter(|row| row["section"] == section).collect();
        assert_eq!(of.len(), list(&record, section).count(), "{section}");
        assert!(!of.is_empty(), "{section}");
    }
    let counts = rows.iter().filter(|row| row["section"] == "counts");
    for row in counts {
        assert_eq!(row["value"], record["counts"][&row["item"]].to_string());
    }
    let gtin = rows.iter().find(|row| row["item"] == "gtin").unwrap();
    assert_eq!(gtin["value"], GTIN, "with its zero");
    let bytes = made(&house.dir, "B-1", Form::Csv).0;
    assert!(String::from_utf8(bytes).unwrap().contains(&format!("\"{GTIN}\"")));
}

#[test]
fn what_was_changed_is_marked_with_old_and_new() {
    let house = everything();
    let record = json(&house.dir, "B-1");
    let change = |what: &str| {
        let found = list(&record, "changes").find(|row| row["what"] == what);
        found.unwrap_or_else(|| panic!("{what}: {:#}", record["changes"])).clone()
    };
    let declared = change("declared removals");
    assert_eq!((&declared["old"], &declared["new"]), (&0.into(), &1.into()));
    assert_eq!((&declared["who"], &declared["why"]), (&"quinn".into(), &"a test".into()));
    let review = change("review of pack 7");
    assert_eq!((&review["old"], &review["new"]), (&"confirmed".into(), &"deviation".into()));
    assert_eq!(review["who"], "sara");
    let fate = change("fate of pack 9");
    assert_eq!((&fate["old"], &fate["new"]), (&"unresolved".into(), &"exited".into()));
    assert_eq!(change("deviation: unexplained")["new"], 1);
    assert!(list(&record, "changes").all(|row| row["changed"] == true));
    let rows = csv_rows(&house.dir, "B-1");
    let removals = rows.iter().find(|row| row["item"] == "declared_removals").unwrap();
    assert_eq!(removals["changed"], "yes");
}

#[test]
fn a_superseded_verdict_is_told() {
    let (dir, mut ledger) = common::fresh();
    let no = common::loaded(&mut ledger, &common::spec("B-1", 12), 20);
    let mut script = common::Script::new();
    script.start();
    let (track, serial) = script.accepted();
    script.verdict(track, Some(serial), Some(RejectReason::LedgerLate));
    script.eject(track, Some(serial));
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let record = json(&dir, "B-1");
    let changes: Vec<&Value> = list(&record, "changes").collect();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["what"], "verdict of pack 1");
    assert_eq!((&changes[0]["old"], &changes[0]["who"]), (&"accept".into(), &"line".into()));
    assert_eq!(changes[0]["new"], "reject: ledger_late");
}

#[test]
fn the_same_batch_gives_the_same_bytes_and_the_hash_is_theirs() {
    let house = everything();
    for form in Form::ALL {
        let (bytes, written) = made(&house.dir, "B-1", form);
        assert_eq!(written.sha256, common::hex(&Sha256::digest(&bytes)), "{form:?}");
        assert_eq!(written.bytes, bytes.len() as u64, "{form:?}");
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        assert_eq!(made(&house.dir, "B-1", form).0, bytes, "{form:?} a second later");
    }
}

#[test]
fn a_sealed_batch_gives_the_same_bytes() {
    let house = everything();
    let before: Vec<Vec<u8>> =
        Form::ALL.iter().map(|form| made(&house.dir, "B-1", *form).0).collect();
    support::seal(&house.dir, "B-1");
    for (form, bytes) in Form::ALL.iter().zip(before) {
        assert!(made(&house.dir, "B-1", *form).0 == bytes, "{form:?}");
    }
}

#[test]
fn an_unknown_batch_is_told() {
    let house = everything();
    let error = Source::open(&path(&house.dir), "B-9").unwrap_err();
    assert!(error.to_string().contains("B-9"), "{error}");
}

#[test]
fn a_batch_that_goes_on_gives_no_report() {
    let house = everything();
    let source = Source::open(&path(&house.dir), "B-2").unwrap();
    let mut ledger = ledger::Ledger::open(&path(&house.dir), common::now(2_000)).unwrap();
    let body = ledger::ServiceBody::ServiceStop { clean: true };
    let (no, _) = ledger.open_batch_id().unwrap();
    ledger.append_service(common::now(2_001), ledger::Chain::Batch(no), &body).unwrap();
    let error = reports::write(&source, Form::Json, Vec::new()).unwrap_err();
    assert!(error.to_string().contains("went on"), "{error}");
}

#[test]
fn the_paper_is_sound_and_says_what_it_must() {
    let house = everything();
    let (bytes, _) = made(&house.dir, "B-1", Form::Pdf);
    assert!(bytes.windows(30).any(|w| w.starts_with(b"%PDF-1.7")));
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("pdfaid:part") && text.contains(">2<"), "PDF/A-2 is claimed");
    let Some(pages) = support::pdf_text(&house.dir, &bytes) else { return };
    let head = json(&house.dir, "B-1")["batch"]["chain_head"].as_str().unwrap().to_owned();
    let total = pages.len();
    for (n, page) in (1..).zip(&pages) {
        assert!(page.contains(&format!("page {n} of {total}")), "{page}");
        assert!(page.contains(&head), "the audit head on page {n}");
        assert!(page.contains("SIMULATION"), "page {n}");
    }
    let whole = pages.join("\n");
    for word in ["quentin", "approved", "content mismatch", "line_clearance", "declared removals"] {
        let word = word.replace("content mismatch", "content_mismatch");
        assert!(whole.contains(&word), "{word} in {whole}");
    }
}
