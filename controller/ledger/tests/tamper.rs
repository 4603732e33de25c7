//! Fault 18: every change of records or projections is found offline; a cut tail and a complete
//! rewrite with anchors only. Invariant I6.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use ledger::verify::{Outcome, VerifyReport, verify};
use ledger::{Anchor, Chain, Meaning, ServiceBody, TakenAs};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Sealed {
    dir: TempDir,
    anchors: PathBuf,
    key: String,
    copies: u32,
}

/// One batch closed and anchored, one open; the WAL is in the file.
fn sealed() -> Sealed {
    let (dir, mut ledger) = fresh();
    let first = worked_batch(&mut ledger, "B-1");
    for (n, taken) in [(0, TakenAs::Sample), (1, TakenAs::Removal), (5, TakenAs::FirstPack)] {
        ledger.take_serial(now(800), first, &taking("B-1", n, taken)).unwrap();
    }
    reviewed(&mut ledger, first);
    let closed = ledger.close_batch_signed(now(900), first, &two(Meaning::Approved));
    let mut lines = closed.unwrap().anchor.to_line();
    let second = mixed_imported_batch(&mut ledger, "B-2");
    let alarm = ServiceBody::Alarm { what: "low_pool".into(), raised: true, detail: None };
    ledger.append_service(now(940), Chain::Batch(second), &alarm).unwrap();
    lines += &ledger.checkpoint(now(950)).unwrap().to_line();
    let stop = ServiceBody::ServiceStop { clean: true };
    ledger.append_service(now(960), Chain::Site, &stop).unwrap();
    let anchors = dir.path().join("anchors.jsonl");
    std::fs::write(&anchors, lines).unwrap();
    let key = ledger.public_key_hex();
    drop(ledger);
    Sealed { dir, anchors, key, copies: 0 }
}

impl Sealed {
    /// A copy without triggers, changed by `change`.
    fn changed(&mut self, change: impl FnOnce(&Connection)) -> PathBuf {
        self.copies += 1;
        let copy = self.dir.path().join(format!("copy{}.ledger", self.copies));
        std::fs::copy(path(&self.dir), &copy).unwrap();
        let conn = Connection::open(&copy).unwrap();
        let triggers = triggers(&conn);
        triggers.iter().for_each(|(name, _)| {
            conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
        });
        change(&conn);
        triggers.iter().for_each(|(_, sql)| conn.execute_batch(sql).unwrap());
        copy
    }

    fn found(&mut self, what: &str, change: impl FnOnce(&Connection)) -> VerifyReport {
        let copy = self.changed(change);
        let report = verify(&copy, None).unwrap();
        assert!(!report.is_ok(), "not found: {what}");
        report
    }

    fn anchored(&self, copy: &Path) -> VerifyReport {
        verify(copy, Some((&self.anchors, &self.key))).unwrap()
    }
}

fn triggers(conn: &Connection) -> Vec<(String, String)> {
    let mut select =
        conn.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn run(conn: &Connection, sql: &str) {
    assert!(conn.execute(sql, []).unwrap() > 0, "{sql} changed nothing");
}

#[test]
fn an_honest_ledger_verifies() {
    let sealed = sealed();
    let report = sealed.anchored(&path(&sealed.dir));
    assert!(report.is_ok() && report.anchored, "{report:?}");
    assert_eq!((report.chain, report.projections), (Outcome::Ok, Outcome::Ok));
    assert_eq!((report.anchors, report.records_after_last_anchor), (2, 2));
    let alone = verify(&path(&sealed.dir), None).unwrap();
    assert!(alone.is_ok() && !alone.anchored);
    // What the other tests do to their copies changes nothing by itself.
    let mut sealed = sealed;
    let copy = sealed.changed(|_| {});
    assert!(verify(&copy, None).unwrap().is_ok());
}

#[test]
fn the_tables_refuse_changes_of_events() {
    let sealed = sealed();
    let conn = Connection::open(path(&sealed.dir)).unwrap();
    assert!(conn.execute("UPDATE event SET at = 'x' WHERE seq = 5", []).is_err());
    assert!(conn.execute("DELETE FROM event WHERE seq = 5", []).is_err());
}

#[test]
fn every_column_of_an_event_is_guarded() {
    let mut sealed = sealed();
    for (column, value) in [
        ("chain", "'B-9'"),
        ("chain_seq", "chain_seq + 1"),
        ("at", "'2026-11-22T12:21:53.999+00:00'"),
        ("mono_ns", "mono_ns + 1"),
        ("mono_ns", "NULL"),
        ("clock_synchronised", "0"),
        ("io_epoch", "io_epoch + 1"),
        ("io_seq", "io_seq + 1"),
        ("encoder", "encoder + 1"),
        ("body", "replace(body, 'pack_', 'Pack_')"),
        ("prev", "zeroblob(32)"),
        ("hash", "zeroblob(32)"),
    ] {
        let sql = format!(
            "UPDATE event SET {column} = {value} WHERE seq = \
             (SELECT min(seq) FROM event WHERE body LIKE '%pack_infeed%')"
        );
        let report = sealed.found(column, |conn| run(conn, &sql));
        assert_eq!(report.chain, Outcome::Broken, "{column}");
        assert!(report.first_bad.unwrap().seq > 0);
    }
}

#[test]
fn every_column_of_every_projection_is_guarded() {
    let mut sealed = sealed();
    let conn = Connection::open(path(&sealed.dir)).unwrap();
    let mut select = conn
        .prepare(
            "SELECT m.name, c.name, c.type, c.\"notnull\" FROM sqlite_schema m, \
             pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name <> 'event'",
        )
        .unwrap();
    let columns: Vec<(String, String, String)> = select
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    drop(select);
    assert!(columns.len() > 90, "{}", columns.len());
    for (table, column, kind) in columns {
        let rows: i64 =
            conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).unwrap();
        if rows == 0 {
            continue;
        }
        let value = match kind.as_str() {
            "INTEGER" => "coalesce(X, 0) + 1000",
            "TEXT" => "coalesce(X, '') || 'x'",
            _ => "cast(coalesce(X, '') || 'x' AS BLOB)",
        };
        let value = value.replace('X', &column);
        let key = format!(
            "(SELECT max({column}) FROM {table}) IS NULL OR {column} = (SELECT max({column}) \
             FROM {table})"
        );
        let sql = format!("UPDATE {table} SET {column} = {value} WHERE {key}");
        sealed.found(&format!("{table}.{column}"), |conn| run(conn, &sql));
    }
}

#[test]
fn edited_deleted_inserted_reordered() {
    let mut sealed = sealed();
    let table: &[(&str, &str)] = &[
        ("event deleted", "DELETE FROM event WHERE seq = 30"),
        ("last event deleted", "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)"),
        (
            "event inserted",
            "INSERT INTO event SELECT (SELECT max(seq) FROM event) + 1, chain, chain_seq + 1, at, \
             mono_ns, clock_synchronised, io_epoch, io_seq, encoder, body, hash, hash \
             FROM event ORDER BY seq DESC LIMIT 1",
        ),
        ("pack deleted", "DELETE FROM pack WHERE batch_no = 1 AND track = 3"),
        (
            "pack inserted",
            "INSERT INTO pack SELECT batch_no, track + 100, NULL, fate, verdict, reason, \
             infeed_count, io_epoch, applied_count, exit_count, eject_count, exit_edge, \
             infeed_seq, verdict_seq, accepted_seq, fate_seq, last_seq, review_seq FROM pack \
             LIMIT 1",
        ),
        ("serial deleted", "DELETE FROM pool_serial WHERE batch_no = 1 AND serial_idx = 19"),
        ("issued deleted", "DELETE FROM issued WHERE serial_idx = 19"),
        ("issued moved", "UPDATE issued SET batch_no = 2 WHERE serial_idx = 19"),
        ("provider's claim changed", "UPDATE pool_source SET claim = 'none'"),
        ("source deleted", "DELETE FROM pool_source"),
        ("sample put back", "UPDATE pool_serial SET state = 7 WHERE state = 8"),
        ("clearance of another day", "UPDATE workflow_step SET seq = seq + 1"),
        ("step put in", "INSERT INTO workflow_step VALUES(2, 'order_start', 9, 1)"),
        ("review deleted", "DELETE FROM reject_review WHERE track = 7"),
        ("review of another", "UPDATE reject_review SET who = 'olga'"),
        ("review undone", "UPDATE pack SET review_seq = NULL WHERE review_seq IS NOT NULL"),
        ("act forgotten", "DELETE FROM pack_act"),
        ("recipe brought back", "UPDATE recipe SET state = 'approved' WHERE state = 'retired'"),
        ("recipe of another", "UPDATE recipe SET drafted_by = 'eve'"),
        ("configuration never released", "UPDATE configuration SET released_seq = NULL"),
        ("signature proven", "UPDATE signature SET authenticated = 1"),
        ("first pack due", "UPDATE batch SET first_pack_due = 1"),
        ("alarm cleared", "UPDATE alarm SET raised = 0"),
        ("verdict flipped", "UPDATE pack SET verdict = 'accept' WHERE verdict = 'reject'"),
        ("state raised", "UPDATE pool_serial SET state = 7 WHERE state = 6"),
        ("configuration changed", "UPDATE config SET bytes = cast('x' AS BLOB)"),
        ("configuration deleted", "DELETE FROM config"),
        ("table of one's own", "CREATE TABLE more(a)"),
        ("index of one's own", "CREATE INDEX more ON pack(verdict)"),
    ];
    for (what, sql) in table {
        sealed.found(what, |conn| {
            conn.execute(sql, []).unwrap();
        });
    }
    sealed.found("events exchanged", |conn| {
        run(conn, "UPDATE event SET seq = -seq WHERE seq IN (30, 31)");
        run(conn, "UPDATE event SET seq = CASE seq WHEN -30 THEN 31 ELSE 30 END WHERE seq < 0");
    });
    sealed.found("view changed", |conn| {
        conn.execute_batch(
            "DROP VIEW v_serial; CREATE VIEW v_serial AS SELECT 1 AS batch FROM pool_serial",
        )
        .unwrap();
    });
    sealed.found("serials exchanged", |conn| {
        run(
            conn,
            "UPDATE pool_serial SET serial = 'B100000001' WHERE batch_no = 1 \
            AND serial_idx = 0",
        );
    });
}

/// Fault 18's kinds at random places. The full 1,000 of each with `CASES=1000`.
#[test]
fn i6_random_mutations_are_all_found() {
    let mut rng = Rng(seed());
    let cases = std::env::var("CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(25_u64);
    let mut sealed = sealed();
    let events: i64 = verify(&path(&sealed.dir), None).unwrap().records;
    for case in 0..cases * 4 {
        let seq = 1 + rng.below(events as u64) as i64;
        let other = 1 + rng.below(events as u64) as i64;
        let bit = rng.below(64);
        let copy = sealed.changed(|conn| match case % 4 {
            0 => flip_body(conn, seq, bit),
            1 => run(conn, &format!("DELETE FROM event WHERE seq = {seq}")),
            2 => insert_copy(conn, seq),
            _ => exchange(conn, seq, if other == seq { 1 + seq % events } else { other }),
        });
        let report = verify(&copy, None).unwrap();
        assert!(!report.is_ok(), "case {case}: kind {} at {seq}, {other}, {bit}", case % 4);
        std::fs::remove_file(copy).unwrap();
    }
}

fn flip_body(conn: &Connection, seq: i64, bit: u64) {
    let sql = "SELECT body FROM event WHERE seq = ?1";
    let body: String = conn.query_row(sql, [seq], |row| row.get(0)).unwrap();
    let mut bytes = body.into_bytes();
    let at = bit as usize * 7 % bytes.len();
    bytes[at] ^= 1;
    let body = String::from_utf8(bytes).unwrap();
    conn.execute("UPDATE event SET body = ?2 WHERE seq = ?1", params![seq, body]).unwrap();
}

fn insert_copy(conn: &Connection, seq: i64) {
    conn.execute("UPDATE event SET seq = -(seq + 1) WHERE seq > ?1", [seq]).unwrap();
    conn.execute("UPDATE event SET seq = -seq WHERE seq < 0", []).unwrap();
    run(
        conn,
        &format!(
            "INSERT INTO event SELECT {seq} + 1, chain, chain_seq, at, mono_ns, \
             clock_synchronised, io_epoch, io_seq, encoder, body, prev, hash FROM event \
             WHERE seq = {seq}"
        ),
    );
}

fn exchange(conn: &Connection, a: i64, b: i64) {
    run(conn, &format!("UPDATE event SET seq = -seq WHERE seq IN ({a}, {b})"));
    let sql = format!("UPDATE event SET seq = CASE seq WHEN -{a} THEN {b} ELSE {a} END");
    run(conn, &(sql + " WHERE seq < 0"));
}

/// Chain, the canonical form's fields before the body, and the body of a stored event.
fn columns(conn: &Connection, seq: i64) -> (String, Vec<String>, String) {
    let sql = "SELECT chain, chain_seq, at, mono_ns, clock_synchronised, io_epoch, io_seq, \
         encoder, body FROM event WHERE seq = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let integer =
            |column: usize| row.get::<_, Option<i64>>(column).map(|v| v.map(|v| v.to_string()));
        let chain: String = row.get(0)?;
        let mut fields = vec!["packline event 1".to_owned(), seq.to_string(), chain.clone()];
        fields.extend([integer(1)?.unwrap(), row.get(2)?]);
        for column in 3..8 {
            fields.push(integer(column)?.unwrap_or_default());
        }
        Ok((chain, fields, row.get::<_, String>(8)?))
    };
    conn.query_row(sql, [seq], read).unwrap()
}

fn form_hash<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut sha = Sha256::new();
    for field in fields {
        sha.update((field.len() as u32).to_be_bytes());
        sha.update(field);
    }
    sha.finalize().to_vec()
}

/// Gives an event a new body and `prev`, and the hash that fits.
fn rehash(conn: &Connection, seq: i64, body: &str, prev: &[u8]) -> Vec<u8> {
    let (_, mut fields, _) = columns(conn, seq);
    fields.push(body.to_owned());
    let hash = form_hash(fields.iter().map(|field| field.as_bytes()).chain([prev]));
    conn.execute(
        "UPDATE event SET body = ?2, prev = ?3, hash = ?4 WHERE seq = ?1",
        params![seq, body, prev, hash],
    )
    .unwrap();
    conn.execute("UPDATE chain_head SET hash = ?2 WHERE seq = ?1", params![seq, hash]).unwrap();
    hash
}

/// Everything computed anew, as somebody would who has the program and a signing key.
fn rewrite(conn: &Connection, key: &ed25519_dalek::SigningKey) {
    let mut heads = std::collections::HashMap::<String, Vec<u8>>::new();
    heads.insert("site".into(), vec![0; 32]);
    let last: i64 = conn.query_row("SELECT max(seq) FROM event", [], |row| row.get(0)).unwrap();
    for seq in 1..=last {
        let (chain, _, body) = columns(conn, seq);
        let body = resign(&body, &heads, key);
        let prev = heads.get(&chain).cloned().unwrap_or_else(|| heads["site"].clone());
        heads.insert(chain, rehash(conn, seq, &body, &prev));
    }
    conn.execute_batch(
        "DELETE FROM checkpoint; INSERT INTO checkpoint SELECT seq, \
         json_extract(body, '$.anchor.through_seq'), json_extract(body, '$.anchor.signature') \
         FROM event WHERE body LIKE '{\"kind\":\"checkpoint\"%'",
    )
    .unwrap();
}

/// One event edited with a hash of its own that fits: the next one's link tells.
#[test]
fn an_edit_with_its_own_hash_recomputed_is_found() {
    let mut sealed = sealed();
    for seq in [2, 30, 60] {
        let report = sealed.found("own hash recomputed", |conn| {
            let prev: Vec<u8> = conn
                .query_row("SELECT prev FROM event WHERE seq = ?1", [seq], |row| row.get(0))
                .unwrap();
            run(conn, &format!("UPDATE event SET clock_synchronised = 0 WHERE seq = {seq}"));
            let (_, _, body) = columns(conn, seq);
            rehash(conn, seq, &body, &prev);
        });
        assert_eq!(report.chain, Outcome::Broken);
    }
}

/// Heads and checkpoints name hashes: they are made anew too.
fn resign(
    body: &str,
    heads: &std::collections::HashMap<String, Vec<u8>>,
    key: &ed25519_dalek::SigningKey,
) -> String {
    use ed25519_dalek::Signer;
    if body.starts_with("{\"kind\":\"batch_head\"") {
        let batch = body.split('"').nth(7).unwrap();
        let (start, _) = body.split_once("\"hash\":").unwrap();
        return format!("{start}\"hash\":\"{}\"}}", hex(&heads[batch]));
    }
    let Some(anchor) = body.strip_prefix("{\"kind\":\"checkpoint\",\"anchor\":") else {
        return body.to_owned();
    };
    let mut anchor: Anchor = serde_json::from_str(anchor.strip_suffix('}').unwrap()).unwrap();
    for head in &mut anchor.heads {
        head.hash = hex(&heads[&head.chain]);
    }
    let mut fields = vec![
        "packline anchor 1".to_owned(),
        anchor.line_id.as_str().to_owned(),
        anchor.ledger_kind.name().to_owned(),
        anchor.ledger_epoch.to_string(),
        anchor.at.clone(),
        anchor.through_seq.to_string(),
        anchor.heads.len().to_string(),
    ];
    for head in &anchor.heads {
        fields.extend([head.chain.clone(), head.chain_seq.to_string(), head.hash.clone()]);
    }
    let form = form_hash(fields.iter().map(|field| field.as_bytes()));
    anchor.signature = hex(&key.sign(&form).to_bytes());
    let anchor = serde_json::to_string(&anchor).unwrap();
    format!("{{\"kind\":\"checkpoint\",\"anchor\":{anchor}}}")
}

fn stolen_key(dir: &TempDir) -> ed25519_dalek::SigningKey {
    let text = std::fs::read_to_string(dir.path().join(ledger::keys::KEY_FILE)).unwrap();
    let text = text.trim();
    let byte = |n: usize| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap();
    let seed: [u8; 32] = std::array::from_fn(byte);
    ed25519_dalek::SigningKey::from_bytes(&seed)
}

/// The end of the open batch's chain cut off behind the last checkpoint, while the site chain went
/// on: only the sequence over all chains tells.
#[test]
fn a_gap_in_the_sequence_is_found() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 3), 5);
    let mut script = Script::new();
    script.start();
    let cause = line_core::reason::HoldCause::Operator;
    script.push(line_core::record::RecordBody::Hold { cause });
    script.commit(&mut ledger, no).unwrap();
    let stop = ServiceBody::ServiceStop { clean: true };
    ledger.append_service(now(960), Chain::Site, &stop).unwrap();
    drop(ledger);
    let mut sealed = Sealed { anchors: PathBuf::new(), key: String::new(), copies: 0, dir };
    sealed.found("gap", |conn| {
        run(conn, "DELETE FROM event WHERE body LIKE '{\"kind\":\"hold\"%'");
        run(
            conn,
            "UPDATE chain_head SET (chain_seq, seq, hash) = (SELECT chain_seq, seq, hash \
             FROM event WHERE chain = 'B-1' ORDER BY seq DESC LIMIT 1) WHERE chain = 'B-1'",
        );
    });
}

/// A complete rewrite with the stolen key is found with anchors, and only with them.
#[test]
fn a_rewrite_with_recomputed_hashes_needs_anchors() {
    let mut sealed = sealed();
    let key = stolen_key(&sealed.dir);
    // The control: rewriting without a change gives the same file.
    let same = sealed.changed(|conn| rewrite(conn, &key));
    let report = sealed.anchored(&same);
    assert!(report.is_ok(), "{report:?}");
    let forged = sealed.changed(|conn| {
        run(conn, "UPDATE event SET at = '2026-11-22T00:00:00.000+00:00' WHERE seq = 30");
        rewrite(conn, &key);
    });
    let alone = verify(&forged, None).unwrap();
    assert!(alone.is_ok() && !alone.anchored, "nothing is claimed without anchors: {alone:?}");
    let report = sealed.anchored(&forged);
    assert!(!report.is_ok() && !report.anchored, "{report:?}");
    // Without the key even the checkpoints tell.
    let other = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    let copy = sealed.changed(|conn| rewrite(conn, &other));
    assert!(!verify(&copy, None).unwrap().is_ok());
}

/// The tail cut off cleanly, projections included: found with anchors only.
#[test]
fn a_cut_tail_needs_anchors() {
    let (dir, mut ledger) = fresh();
    let first = mixed_batch(&mut ledger, "B-1");
    let mut lines = ledger.close_batch(now(900), first).unwrap().anchor.to_line();
    let before = dir.path().join("before.ledger");
    ledger::WalCheckpointer::open(&path(&dir)).unwrap().truncate().unwrap();
    std::fs::copy(path(&dir), &before).unwrap();
    let anchors = dir.path().join("anchors.jsonl");
    let key = ledger.public_key_hex();
    std::fs::write(&anchors, &lines).unwrap();
    assert!(verify(&before, Some((&anchors, &key))).unwrap().anchored);
    mixed_batch(&mut ledger, "B-2");
    lines += &ledger.checkpoint(now(950)).unwrap().to_line();
    // The last line was torn by a power cut: it claims nothing.
    std::fs::write(&anchors, lines.clone() + "{\"line_id\":\"L-1\",").unwrap();
    let whole = verify(&path(&dir), Some((&anchors, &key))).unwrap();
    assert!(whole.is_ok() && whole.anchored, "{whole:?}");
    assert!(verify(&before, None).unwrap().is_ok(), "an honest older state");
    let cut = verify(&before, Some((&anchors, &key))).unwrap();
    assert!(!cut.is_ok() && !cut.anchored, "{cut:?}");
}

#[test]
fn anchors_must_be_signed_by_the_given_key_for_this_ledger() {
    let sealed = sealed();
    let good = std::fs::read_to_string(&sealed.anchors).unwrap();
    let file = sealed.dir.path().join("other.jsonl");
    let check = |lines: &str, key: &str| {
        std::fs::write(&file, lines).unwrap();
        verify(&path(&sealed.dir), Some((&file, key))).unwrap()
    };
    assert!(check(&good, &sealed.key).anchored);
    assert!(!check("", &sealed.key).anchored);
    assert!(!check(&good.replace("\"L-1\"", "\"L-2\""), &sealed.key).is_ok());
    assert!(!check("no anchor\n", &sealed.key).is_ok());
    let other = sealed_key([8; 32]);
    assert!(!check(&good, &other).is_ok());
    let (elsewhere, mut foreign) = fresh();
    let line = foreign.checkpoint(now(1)).unwrap().to_line();
    assert!(!check(&line, &foreign.public_key_hex()).is_ok());
    drop(elsewhere);
}

fn sealed_key(seed: [u8; 32]) -> String {
    ledger::keys::SigningKeySeed::from_bytes(seed).public_key_hex()
}

/// Fault 6 in small: flipped bits of the file are found, or change nothing that is read.
#[test]
fn flipped_bits_of_the_file_are_found() {
    let mut rng = Rng(seed());
    let sealed = sealed();
    let bytes = std::fs::read(path(&sealed.dir)).unwrap();
    let copy = sealed.dir.path().join("flipped.ledger");
    let original = dump(&path(&sealed.dir)).unwrap();
    let (mut changed, mut found) = (0, 0);
    for _ in 0..150 {
        let mut flipped = bytes.clone();
        let at = rng.below(bytes.len() as u64) as usize;
        flipped[at] ^= 1 << rng.below(8);
        std::fs::write(&copy, &flipped).unwrap();
        if dump(&copy).as_deref() == Ok(&original[..]) {
            continue;
        }
        changed += 1;
        let report = verify(&copy, None);
        found += u32::from(!report.is_ok_and(|report| report.is_ok()));
    }
    println!("{changed} of 150 flips changed what is read, {found} found");
    assert_eq!(changed, found);
}

/// Everything that a reader would see.
fn dump(file: &Path) -> Result<Vec<String>, rusqlite::Error> {
    let conn = Connection::open(file)?;
    let mut select = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let tables: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut all = tables.clone();
    for table in tables {
        let mut select = conn.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = select.column_count();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                all.push(format!("{:?}", row.get_ref(column)?));
            }
        }
    }
    Ok(all)
}
