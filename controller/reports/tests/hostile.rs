//! Texts of strangers: inert in every form.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
mod support;

use common::{fresh, mixed_batch, now};
use ledger::{Chain, ServiceBody};
use reports::Form;
use support::{csv_rows, json, made, pdf_text};
use tempfile::TempDir;

const OVERRIDE: &str = "\u{202e}gpj.exe";
const SCRIPT: &str = "<script>alert(1)</script>";
const FORMULAS: [&str; 6] =
    ["=1+1", "+1", "-2+3", "@SUM(1)", "\t=1+1", "=HYPERLINK(\"http://example.org\")"];

/// A batch whose people say what they like.
fn hostile() -> TempDir {
    let (dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    let long = "long ".repeat(2_048);
    let texts = FORMULAS.iter().copied().chain([OVERRIDE, SCRIPT, &long, "日本 \u{1f4a9} Größe"]);
    for (n, text) in (0..).zip(texts) {
        let body = ServiceBody::Command {
            who: text.chars().take(40).collect(),
            role: "operator".into(),
            what: text.to_owned(),
            old: Some("before".into()),
            new: Some(text.to_owned()),
            why: Some(text.to_owned()),
            answer: "done".into(),
        };
        ledger.append_service(now(900 + n), Chain::Batch(no), &body).unwrap();
    }
    dir
}

#[test]
fn no_cell_of_the_csv_is_a_formula_or_hides_anything() {
    let dir = hostile();
    for row in csv_rows(&dir, "B-1") {
        for (column, cell) in row {
            let number = cell.parse::<i64>().is_ok();
            assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t']), "{column}: {cell}");
            assert!(!cell.chars().any(|c| c.is_control() || c == '\u{202e}'), "{column}: {cell}");
        }
    }
    let rows = csv_rows(&dir, "B-1");
    assert!(rows.iter().any(|row| row["what"] == "'=1+1"));
    assert!(rows.iter().any(|row| row["what"] == "[U+202E]gpj.exe"), "shown by its number");
    assert!(rows.iter().any(|row| row["what"].len() == 10_240), "whole");
}

#[test]
fn json_holds_each_text_as_it_is() {
    let dir = hostile();
    let record = json(&dir, "B-1");
    let changes = record["changes"].as_array().unwrap();
    for text in FORMULAS.iter().chain(&[OVERRIDE, SCRIPT]) {
        assert!(changes.iter().any(|row| row["what"] == *text), "{text:?}");
    }
}

#[test]
fn the_workbook_has_no_formula_and_no_link() {
    let dir = hostile();
    let file = dir.path().join("record.xlsx");
    std::fs::write(&file, made(&dir, "B-1", Form::Xlsx).0).unwrap();
    // Python reads the parts of the file: it has a reader of archives.
    let script = "import sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        assert z.testzip() is None\n\
        print('\\n'.join(z.read(n).decode() for n in z.namelist() if n.endswith('.xml')))";
    let read = std::process::Command::new("python3").arg("-c").arg(script).arg(&file).output();
    let read = read.unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let xml = String::from_utf8(read.stdout).unwrap();
    assert!(!xml.contains("<f>") && !xml.contains("<f "), "a formula");
    assert!(!xml.contains("hyperlink"), "a link");
    assert!(!xml.contains("<script>") && xml.contains("&lt;script&gt;"));
    assert!(!xml.contains('\u{202e}') && xml.contains("[U+202E]gpj.exe"));
    assert!(xml.contains("t=\"inlineStr\"") && xml.contains(">04150037528643<"), "as text");
}

#[test]
fn the_paper_shows_what_cannot_be_seen() {
    let dir = hostile();
    let (bytes, _) = made(&dir, "B-1", Form::Pdf);
    let Some(pages) = pdf_text(&dir, &bytes) else { return };
    let text = pages.join("\n");
    assert!(text.contains("[U+202E]gpj.exe") && !text.contains('\u{202e}'), "{text}");
    assert!(text.contains("=1+1") && text.contains("Größe"));
    assert!(text.contains("[cut: 10240 bytes"), "what is cut is said");
    for word in ["/JavaScript", "/Launch", "/URI", "/OpenAction", "/AA"] {
        assert!(!String::from_utf8_lossy(&bytes).contains(word), "{word}");
    }
}
