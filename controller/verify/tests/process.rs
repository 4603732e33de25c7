//! `packline-verify` as an inspector uses it: a file, anchors and a key in, a verdict and an exit
//! code out, and nothing changed beside the file.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;

use common::everything::{Everything, everything};
use common::{fresh, mixed_batch, now, path};
use ledger::{Chain, ServiceBody, WalCheckpointer};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn verifier(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_packline-verify")).args(words).output().expect("it runs")
}

fn verdict(words: &[&str], code: i32) -> Value {
    let output = verifier(&[words, &["--json"]].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words:?}: {told}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn words(words: &[&str]) -> String {
    String::from_utf8(verifier(words).stdout).expect("text")
}

/// The ledger, the anchors and the first key, as an inspector has them: in a directory that holds
/// nothing else.
struct Case {
    all: Everything,
    file: String,
    anchors: String,
    key: String,
}

impl Case {
    fn new() -> Self {
        let all = everything();
        let dir = all.dir.path().join("evidence");
        std::fs::create_dir(&dir).expect("a directory");
        std::fs::copy(path(&all.dir), dir.join("ledger.db")).expect("a copy");
        std::fs::write(dir.join("anchors.jsonl"), &all.anchors).expect("anchors");
        std::fs::write(dir.join("signing.pub"), format!("{}\n", all.first_key)).expect("a key");
        let text = |name: &str| dir.join(name).to_string_lossy().into_owned();
        Self {
            file: text("ledger.db"),
            anchors: text("anchors.jsonl"),
            key: text("signing.pub"),
            all,
        }
    }

    fn with_anchors(&self) -> [&str; 5] {
        [&self.file, "--anchors", &self.anchors, "--key", &self.key]
    }

    fn dir(&self) -> PathBuf {
        self.all.dir.path().join("evidence")
    }
}

/// Every file of a directory with its content.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("entry"));
    entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

#[test]
fn an_honest_ledger_with_anchors_is_ok_and_stays_untouched() {
    let case = Case::new();
    let before = contents(&case.dir());
    let said = verdict(&case.with_anchors(), 0);
    assert_eq!(before, contents(&case.dir()), "nothing written, nothing changed");
    assert_eq!(said["ok"], true);
    assert_eq!((&said["kind"], &said["line_id"]), (&json!("simulation"), &json!("L-1")));
    assert_eq!((&said["batches"], &said["signing_keys"]), (&json!(3), &json!(2)));
    assert_eq!((&said["anchored"], &said["first_error"]), (&json!(true), &Value::Null));
    let anchors = case.all.anchors.lines().count();
    assert_eq!(said["anchors"], anchors);
    let newest: Value =
        serde_json::from_str(case.all.anchors.lines().last().expect("a line")).expect("JSON");
    assert_eq!(said["newest_anchor"]["at"], newest["at"]);
    assert_eq!(said["newest_anchor"]["through_seq"], newest["through_seq"]);
    let through = newest["through_seq"].as_i64().expect("a number");
    assert_eq!(said["events_since_last_anchor"], said["events"].as_i64().expect("n") - through);
    assert_eq!(said["open_batches"][0]["batch"], "B-2");
    let text = words(&case.with_anchors());
    for expected in ["verdict   OK", "anchored  yes", "open      batch B-2: 0 of its"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn without_anchors_nothing_is_claimed_about_the_end() {
    let case = Case::new();
    let said = verdict(&[&case.file], 0);
    assert_eq!((&said["anchored"], &said["newest_anchor"]), (&json!(false), &Value::Null));
    assert_eq!(said["events_since_last_anchor"], said["events"]);
    let text = words(&[&case.file]);
    assert!(text.contains("anchored  NO"), "{text}");
    assert!(text.contains("NOT claimed that the end was not cut off"), "{text}");
    let open = said["open_batches"][0]["events"].to_string();
    assert!(text.contains(&format!("batch B-2: {open} of its {open} events")), "{text}");
}

#[test]
fn a_forged_event_is_named_with_its_chain_and_number() {
    let case = Case::new();
    let conn = Connection::open(&case.file).expect("the ledger");
    let (seq, chain, chain_seq): (i64, String, i64) = conn
        .query_row(
            "SELECT seq, chain, chain_seq FROM event WHERE body LIKE '{\"kind\":\"verdict\"%' \
             LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .expect("a verdict");
    let trigger: String = conn
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'event_no_update'", [], |row| {
            row.get(0)
        })
        .expect("a trigger");
    conn.execute_batch(&format!(
        "DROP TRIGGER event_no_update; \
         UPDATE event SET body = replace(body, 'accept', 'reject') WHERE seq = {seq}; {trigger};"
    ))
    .expect("forged");
    drop(conn);
    let said = verdict(&case.with_anchors(), 3);
    assert_eq!((&said["ok"], &said["anchored"]), (&json!(false), &json!(false)));
    let first = &said["first_error"];
    assert_eq!(
        (&first["seq"], &first["chain"], &first["chain_seq"]),
        (&json!(seq), &json!(chain), &json!(chain_seq))
    );
    let text = words(&case.with_anchors());
    assert!(text.contains("verdict   BROKEN") && !text.contains("claimed"), "{text}");
    assert!(text.contains(&format!("at event {seq} (number {chain_seq} of chain {chain})")));
}

#[test]
fn a_forged_table_is_named_with_row_and_column() {
    let case = Case::new();
    let conn = Connection::open(&case.file).expect("the ledger");
    conn.execute("UPDATE pack SET verdict = 'accept' WHERE batch_no = 1 AND track = 6", [])
        .expect("forged");
    drop(conn);
    let said = verdict(&[&case.file], 3);
    let what = said["first_error"]["what"].as_str().expect("words");
    assert!(what.starts_with("pack.verdict") && what.contains("\"accept\" stored"), "{what}");
    assert_eq!((&said["chain"], &said["projections"]), (&json!("ok"), &json!("broken")));
}

/// Files of a running line: the ledger and its log, copied while the line writes on.
#[test]
fn a_copy_of_a_running_ledger_is_read_with_its_log() {
    let (dir, mut ledger) = fresh();
    let no = mixed_batch(&mut ledger, "B-1");
    WalCheckpointer::open(&path(&dir)).expect("open").truncate().expect("a checkpoint");
    let stop = ServiceBody::ServiceStop { clean: true };
    let events = ledger.append_service(now(800), Chain::Site, &stop).expect("an event");
    let evidence = tempfile::tempdir().expect("a directory");
    let file = evidence.path().join("ledger.db");
    for suffix in ["", "-wal"] {
        let beside = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        std::fs::copy(beside(&path(&dir)), beside(&file)).expect("a copy");
    }
    let before = contents(evidence.path());
    let text = file.to_string_lossy().into_owned();
    assert_eq!(verdict(&[&text], 0)["events"], events, "what is only in the log counts");
    assert_eq!(before, contents(evidence.path()), "no log is made or emptied");
    // The very file of the running line: read, not touched, and the line goes on.
    let own = path(&dir).to_string_lossy().into_owned();
    let before = contents(dir.path());
    assert_eq!(verdict(&[&own], 0)["events"], events);
    assert_eq!(before, contents(dir.path()));
    ledger.close_batch(now(900), no).expect("closed");
}

#[test]
fn what_cannot_be_checked_is_no_verdict() {
    let case = Case::new();
    let code = |words: &[&str]| verifier(words).status.code();
    assert_eq!(code(&[]), Some(2));
    assert_eq!(code(&["no-such-file.db"]), Some(2));
    assert_eq!(code(&[&case.key]), Some(2), "no database");
    assert_eq!(code(&[&case.file, "--key", &case.key]), Some(2), "a key without anchors");
    assert_eq!(code(&[&case.file, "--anchors", &case.anchors]), Some(2), "anchors without a key");
    assert_eq!(
        code(&[&case.file, "--anchors", &case.anchors, "--key", &case.anchors]),
        Some(2),
        "no key"
    );
    let conn = Connection::open(&case.file).expect("the ledger");
    let old = ledger_of_version(&conn, 2);
    drop(conn);
    let output = verifier(&[&case.file]);
    assert_eq!(output.status.code(), Some(2), "an older ledger is not called broken");
    assert!(String::from_utf8_lossy(&output.stderr).contains(&old), "{output:?}");
}

/// The first event as an older program would have written it, with the hash that fits.
fn ledger_of_version(conn: &Connection, version: u32) -> String {
    use sha2::{Digest, Sha256};
    let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<(String, String, i64)> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    };
    let sql = "SELECT at, body, clock_synchronised FROM event WHERE seq = 1";
    let (at, body, synchronised) = conn.query_row(sql, [], row).expect("an event");
    let said = format!("schema {version}");
    let start = body.find("\"schema_version\":").expect("a version");
    let end = body[start..].find(',').expect("more fields") + start;
    let body = format!("{}\"schema_version\":{version}{}", &body[..start], &body[end..]);
    let synchronised = synchronised.to_string();
    let texts = ["packline event 1", "1", "site", "1", &at, "", &synchronised, "", "", "", &body];
    let mut sha = Sha256::new();
    for field in texts.iter().map(|text| text.as_bytes()).chain([&[0; 32][..]]) {
        sha.update((field.len() as u32).to_be_bytes());
        sha.update(field);
    }
    conn.execute_batch("DROP TRIGGER event_no_update").expect("dropped");
    let hash = sha.finalize().to_vec();
    conn.execute("UPDATE event SET body = ?1, hash = ?2 WHERE seq = 1", (body, hash))
        .expect("written");
    said
}
