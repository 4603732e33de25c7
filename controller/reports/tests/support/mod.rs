//! Makes files of a ledger's batches and reads them again with foreign programs.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use crate::common::path;
use reports::{Form, Source, Written};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

pub fn made(dir: &TempDir, batch: &str, form: Form) -> (Vec<u8>, Written) {
    let source = Source::open(&path(dir), batch).unwrap();
    let mut bytes = Vec::new();
    let written = reports::write(&source, form, &mut bytes).unwrap();
    (bytes, written)
}

pub fn json(dir: &TempDir, batch: &str) -> Value {
    serde_json::from_slice(&made(dir, batch, Form::Json).0).unwrap()
}

/// Rows by the names of their columns.
pub fn csv_rows(dir: &TempDir, batch: &str) -> Vec<BTreeMap<String, String>> {
    let bytes = made(dir, batch, Form::Csv).0;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    reader.deserialize().map(Result::unwrap).collect()
}

/// Seals a batch; sealing wants the ledger under its own name.
pub fn seal(dir: &TempDir, batch: &str) {
    let own = dir.path().join(ledger::backup::LEDGER_FILE);
    std::fs::rename(path(dir), &own).unwrap();
    let seal = ledger::seal::write(dir.path(), &batch.parse().unwrap(), "olga").unwrap();
    let mut ledger = ledger::Ledger::open(&own, crate::common::now(3_000)).unwrap();
    ledger.seal(crate::common::now(3_001), &seal).unwrap();
    let now = crate::common::now(3_002);
    while ledger.remove_sealed(now).unwrap() == ledger::seal::Removal::GoesOn {}
    drop(ledger);
    std::fs::rename(&own, path(dir)).unwrap();
}

/// The folder of data that is not part of the project; none where it is absent.
pub fn outside(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let given = std::env::var_os("PACKLINE_TEST_DATA").map(PathBuf::from);
    let dir = given.unwrap_or_else(|| root.join("../shared/data"));
    let file = dir.join(name);
    if !file.exists() {
        eprintln!("left out: {} is not there (PACKLINE_TEST_DATA)", file.display());
        return None;
    }
    Some(file)
}

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing: tests/run installs it");
        eprintln!("left out: {program} is not on this machine; tests/run installs it");
    }
    there
}

/// The text of each page, after qpdf has found nothing wrong; none without the programs.
pub fn pdf_text(dir: &TempDir, bytes: &[u8]) -> Option<Vec<String>> {
    let file = dir.path().join("record.pdf");
    std::fs::write(&file, bytes).unwrap();
    if !is_there("qpdf") || !is_there("pdftotext") {
        return None;
    }
    let checked = Command::new("qpdf").arg("--check").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    assert!(said.contains("No syntax or stream encoding errors"), "{said}");
    let read = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output().unwrap();
    assert!(read.status.success());
    let text = String::from_utf8(read.stdout).unwrap();
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    pages.retain(|page| !page.trim().is_empty());
    Some(pages)
}
