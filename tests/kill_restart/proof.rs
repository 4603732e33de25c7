//! What must hold when the books are closed: the judge, the chains, the serials, the sums.

use crate::Outcome;
use crate::plant::{BATCH, Line, Plant, packline};
use line_sim::truth::{Fate, PackTruth, TruthRecord};
use line_sim::world::LabelText;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// Closes the batch, ends the line, and proves everything; gives ground truth and books.
pub fn close_and_prove(plant: &Plant, line: Line) -> Outcome<(Vec<PackTruth>, Value)> {
    let (truth, books) = close(plant, line)?;
    no_stale_job(&truth);
    let judgement = judged(plant, 0)?;
    assert_eq!(judgement["ok"], true, "{judgement}");
    for none in ["false_good", "unexplained", "pending"] {
        assert_eq!(judgement[none], 0, "{none}: {judgement}");
    }
    Ok((truth, books))
}

/// Closes the batch, ends the line, verifies the chains and adds up.
pub fn close(plant: &Plant, line: Line) -> Outcome<(Vec<PackTruth>, Value)> {
    let closed = plant.order(&["close", BATCH, "--json"])?.json()?;
    assert_eq!(closed["state"], "closed");
    line.end()?;
    let audit = audited(plant)?;
    assert_eq!((&audit["chain"], &audit["anchored"]), (&"ok".into(), &true.into()), "{audit}");
    assert!(audit["first_bad"].is_null() && audit["records"].as_u64() > Some(0), "{audit}");
    replayed(plant)?;
    let truth = truth(plant)?;
    no_serial_twice(&truth);
    let books = closed["books"].clone();
    sums_close(&truth, &books);
    Ok((truth, books))
}

/// `line-sim judge`, which must end with this exit code.
pub fn judged(plant: &Plant, code: i32) -> Outcome<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_line-sim"))
        .args(["judge", "--json", "--truth", &plant.text("truth.jsonl")])
        .args(["--ledger", &plant.text("data/ledger.db"), "--order", &plant.text("order.toml")])
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// `packline audit verify` with anchors and key; exit 0.
pub fn audited(plant: &Plant) -> Outcome<Value> {
    let (db, anchors) = (plant.text("data/ledger.db"), plant.text("data/anchors.jsonl"));
    let key = plant.text("data/signing.pub");
    let words = ["audit", "verify", "--json", "--db", &db, "--anchors", &anchors, "--key", &key];
    packline(&words, "")?.json()
}

/// `packline replay`: every life of the service in the batch decides as it did, as far as its
/// recording goes; a kill costs the last moment of one.
fn replayed(plant: &Plant) -> Outcome {
    let data = plant.text("data");
    let words = ["replay", "--batch", BATCH, "--data-dir", &data, "--json"];
    let outcome = packline(&words, "")?.json()?;
    assert_eq!(outcome["identical"], true, "{outcome}");
    let figure = |name: &str| outcome[name].as_u64().unwrap_or(0);
    let (compared, behind) = (figure("compared"), figure("not_recorded"));
    assert!(compared > 20 && compared > behind, "{outcome}");
    assert_eq!(outcome["complete"], behind == 0, "{outcome}");
    println!(
        "replayed: {compared} of {} records in {} lives",
        compared + behind,
        outcome["segments"]
    );
    Ok(())
}

/// Packs of the order: those of a trial are counted apart.
fn truth(plant: &Plant) -> Outcome<Vec<PackTruth>> {
    let text = std::fs::read_to_string(plant.path("truth.jsonl"))?;
    let mut packs = Vec::new();
    for line in text.lines() {
        if let TruthRecord::Pack(pack) = TruthRecord::from_line(line)? {
            packs.push(pack);
        }
    }
    packs.retain(|pack| !is_trial(pack));
    Ok(packs)
}

fn is_trial(pack: &PackTruth) -> bool {
    let marked = |label: &LabelText| label.serial.as_bytes().starts_with(b"SETUP-");
    pack.prepared.is_some() || pack.label.as_ref().is_some_and(marked)
}

fn no_serial_twice(truth: &[PackTruth]) {
    let mut seen = BTreeSet::new();
    for label in truth.iter().filter_map(|pack| pack.label.as_ref()) {
        let serial = label.serial.as_bytes().to_vec();
        let text = String::from_utf8_lossy(&serial).into_owned();
        assert!(seen.insert(serial), "{text} is printed on two packs");
    }
    assert!(!seen.is_empty(), "nothing was printed");
}

/// What was printed on the packs of the belt, in its order: the jobs of a labeler's epoch once and
/// in their order, and none of an epoch that was over.
fn no_stale_job(truth: &[PackTruth]) {
    let mut packs: Vec<&PackTruth> = truth.iter().filter(|pack| pack.label.is_some()).collect();
    packs.sort_by_key(|pack| pack.pack);
    let jobs: Vec<_> =
        packs.iter().filter_map(|pack| Some((pack.job?.epoch, pack.job?.seq))).collect();
    assert_eq!(jobs.len(), packs.len(), "a label without a job");
    for pair in jobs.windows(2) {
        assert!(pair[0] < pair[1], "job {:?} was printed after {:?}", pair[1], pair[0]);
    }
}

/// The books beside what matter did.
fn sums_close(truth: &[PackTruth], books: &Value) {
    let with = |fate: Fate| truth.iter().filter(|pack| pack.fate == fate).count() as i64;
    let book = |name: &str| books[name].as_i64().unwrap_or(i64::MIN);
    let retrieved = with(Fate::Retrieved);
    let exited = with(Fate::Exited);
    let out = exited + retrieved + with(Fate::Ejected) + with(Fate::Removed);
    assert_eq!(book("infeed"), out, "{books}");
    assert_eq!(book("exit_edges"), exited + retrieved, "{books}");
    assert_eq!(book("confirmed_ejects"), with(Fate::Ejected), "{books}");
    assert_eq!(book("commissioned_now"), exited, "{books}");
    assert_eq!(book("declared_removals"), retrieved + with(Fate::Removed), "{books}");
    assert_eq!((book("in_process"), book("unresolved")), (0, 0), "{books}");
    let labels = truth.iter().filter(|pack| pack.label.is_some()).count() as i64;
    let printed = book("labeler_printed") + book("printed_undeclared");
    assert_eq!(printed, labels, "{books}");
}
