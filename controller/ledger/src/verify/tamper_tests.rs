//! Fault 18 as a table: six kinds of tampering at random places, every one of them found; the last
//! two by anchors alone. `CASES` sets the number of each kind, `SEED` repeats a run.
//!
//! Events and every projection are forged, the last kinds with everything computed anew.

use super::forge_tests::{Event, Forge, Keys, Texts, events};
use super::{Outcome, VerifyReport, verify_open};
use crate::common::everything::{Everything, everything};
use crate::common::{Rng, path, seed};
use crate::keys::SigningKeySeed;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, params_from_iter, types::Value};
use std::collections::BTreeMap;

struct Forgery {
    rng: Rng,
    _all: Everything,
    conn: Connection,
    /// Table to columns, key columns, rows.
    tables: BTreeMap<String, Table>,
    /// Mutations by place.
    counts: BTreeMap<String, u32>,
}

struct Table {
    columns: Vec<String>,
    keys: Vec<String>,
    rows: u64,
}

fn cases() -> u64 {
    std::env::var("CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

impl Forgery {
    fn new() -> Self {
        let rng = Rng(seed());
        let all = everything();
        let conn = Connection::open(path(&all.dir)).expect("the ledger");
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).expect("no triggers");
        conn.execute_batch("BEGIN").expect("one transaction for all");
        let tables = tables(&conn);
        Self { rng, _all: all, conn, tables, counts: BTreeMap::new() }
    }

    /// Half of the mutations strike events, half the other tables, each as often.
    fn table(&mut self) -> String {
        if self.rng.below(2) == 0 {
            return "event".to_owned();
        }
        let others = self.tables.keys().filter(|name| *name != "event");
        let nth = self.rng.below(self.tables.len() as u64 - 1) as usize;
        others.clone().nth(nth).cloned().expect("a table")
    }

    /// A random row as its rowid or key values.
    fn row(&mut self, table: &str) -> Vec<Value> {
        let Table { columns, rows, .. } = &self.tables[table];
        let nth = self.rng.below(*rows);
        let sql = format!("SELECT * FROM {table} LIMIT 1 OFFSET {nth}");
        let width = columns.len();
        let read = |row: &rusqlite::Row<'_>| (0..width).map(|at| row.get(at)).collect();
        self.conn.query_row(&sql, [], read).expect("a row")
    }

    fn run(&self, sql: &str, values: Vec<Value>) -> rusqlite::Result<usize> {
        self.conn.prepare_cached(sql)?.execute(params_from_iter(values))
    }

    /// `WHERE` over the key of a row, and its values.
    fn at_key(&self, table: &str, row: &[Value]) -> (String, Vec<Value>) {
        let Table { columns, keys, .. } = &self.tables[table];
        let of = |key: &String| columns.iter().position(|column| column == key).expect("a column");
        let sql: Vec<String> = keys.iter().map(|key| format!("{key} = ?")).collect();
        (sql.join(" AND "), keys.iter().map(|key| row[of(key)].clone()).collect())
    }

    /// Another value of the same type.
    fn other(&mut self, value: &Value) -> Value {
        let n = self.rng.below(1 << 20);
        match value {
            Value::Null => Value::Integer(n as i64),
            Value::Integer(old) if n.is_multiple_of(2) => Value::Integer(old ^ (1 << (n % 20))),
            Value::Integer(old) => Value::Integer(old.wrapping_add(1 + n as i64)),
            Value::Real(old) => Value::Real(old + 1.0),
            Value::Text(old) => Value::Text(flipped(old.as_bytes(), n)),
            Value::Blob(old) => {
                let mut bytes = old.clone();
                let at = n as usize % bytes.len().max(1);
                match bytes.get_mut(at) {
                    Some(byte) => *byte ^= 1 << (n % 8),
                    None => bytes.push(1),
                }
                Value::Blob(bytes)
            }
        }
    }

    /// One column of one row.
    fn edit(&mut self, table: &str) -> rusqlite::Result<usize> {
        let row = self.row(table);
        let at = self.rng.below(row.len() as u64) as usize;
        let value = self.other(&row[at]);
        let (key, mut values) = self.at_key(table, &row);
        values.insert(0, value);
        let column = self.tables[table].columns[at].clone();
        self.run(&format!("UPDATE {table} SET {column} = ? WHERE {key}"), values)
    }

    fn delete(&mut self, table: &str) -> rusqlite::Result<usize> {
        let row = self.row(table);
        let (key, values) = self.at_key(table, &row);
        self.run(&format!("DELETE FROM {table} WHERE {key}"), values)
    }

    /// A copy of a row under another key; events behind an inserted one move on by one.
    fn insert(&mut self, table: &str) -> rusqlite::Result<usize> {
        let mut row = self.row(table);
        if table == "event"
            && let Value::Integer(seq) = row[0]
        {
            self.run("UPDATE event SET seq = -(seq + 1) WHERE seq > ?", vec![seq.into()])?;
            self.run("UPDATE event SET seq = -seq WHERE seq < 0", vec![])?;
            row[0] = (seq + 1).into();
        } else {
            let Table { columns, keys, .. } = &self.tables[table];
            let nth = self.rng.below(keys.len() as u64) as usize;
            let at = columns.iter().position(|column| *column == keys[nth]).expect("a key");
            row[at] = self.other(&row[at].clone());
            if table == "batch" || table == "user" {
                row[1] = self.other(&row[1].clone());
            }
        }
        let places = vec!["?"; row.len()].join(", ");
        self.run(&format!("INSERT INTO {table} VALUES({places})"), row)
    }

    /// Two rows change places: each gets the other's key.
    fn reorder(&mut self, table: &str) -> rusqlite::Result<usize> {
        let (a, b) = (self.row(table), self.row(table));
        let Table { columns, keys, .. } = &self.tables[table];
        let content = |row: &[Value]| -> Vec<Value> {
            let named = columns.iter().zip(row);
            named.filter(|(name, _)| !keys.contains(name)).map(|(_, v)| v.clone()).collect()
        };
        if content(&a) == content(&b) {
            return Ok(0);
        }
        let (delete, places) =
            (format!("DELETE FROM {table} WHERE "), vec!["?"; a.len()].join(", "));
        for row in [&a, &b] {
            let (key, values) = self.at_key(table, row);
            self.run(&(delete.clone() + &key), values)?;
        }
        let insert = format!("INSERT INTO {table} VALUES({places})");
        for (key_of, rest_of) in [(&a, &b), (&b, &a)] {
            let mixed = columns.iter().enumerate().map(|(at, name)| {
                if keys.contains(name) { key_of[at].clone() } else { rest_of[at].clone() }
            });
            self.run(&insert, mixed.collect())?;
        }
        Ok(2)
    }

    /// Until `cases` mutations that changed something are made; each must be found without
    /// anchors, and at the right end of the verifier.
    fn all_found(
        mut self,
        rows_needed: u64,
        mutate: impl Fn(&mut Self, &str) -> rusqlite::Result<usize>,
    ) {
        self.tables.retain(|_, table| table.rows >= rows_needed);
        let mut found = 0;
        while found < cases() {
            let table = self.table();
            self.conn.execute_batch("SAVEPOINT forged").expect("a savepoint");
            let changed = mutate(&mut self, &table).unwrap_or(0);
            if changed > 0 {
                let report = verify_open(&self.conn, None).expect("a report");
                let what = format!("mutation {found} of {table}: {report:?}");
                assert!(!report.is_ok() && !report.anchored, "{what}");
                // The last event of all has none behind it: the chain's head in the tables tells.
                let told = report.first_bad.is_some_and(|bad| bad.what.starts_with("chain_head"));
                assert!(table != "event" || report.chain == Outcome::Broken || told, "{what}");
                *self.counts.entry(table).or_default() += 1;
                found += 1;
            }
            self.conn.execute_batch("ROLLBACK TO forged; RELEASE forged").expect("undone");
        }
        assert!(verify_open(&self.conn, None).expect("a report").is_ok(), "nothing was left over");
        assert_eq!(self.counts.len(), self.tables.len(), "every table: {:?}", self.counts);
        println!("{found} of {found} found: {:?}", self.counts);
    }
}

/// A character of a text changed into another one; stays UTF-8.
fn flipped(text: &[u8], n: u64) -> String {
    let mut bytes = text.to_vec();
    let at = n as usize % bytes.len().max(1);
    match bytes.get_mut(at) {
        Some(byte) if byte.is_ascii() => *byte ^= 1 + (n % 3) as u8,
        _ => bytes.push(b'x'),
    }
    String::from_utf8(bytes).unwrap_or_else(|_| "x".to_owned())
}

fn tables(conn: &Connection) -> BTreeMap<String, Table> {
    let names = |sql: &str, table: &str| -> Vec<String> {
        let mut select = conn.prepare(sql).expect("names");
        let rows = select.query_map([table], |row| row.get(0)).expect("names");
        rows.map(|row| row.expect("a name")).collect()
    };
    let all = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> ?1";
    let columns = "SELECT name FROM pragma_table_info(?1)";
    let keys = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";
    let rows = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        conn.query_row(&sql, [], |row| row.get::<_, i64>(0)).expect("a count") as u64
    };
    let table = |name: String| {
        let found =
            Table { columns: names(columns, &name), keys: names(keys, &name), rows: rows(&name) };
        assert!(found.rows > 0, "{name} is empty: nothing can be forged there");
        (name, found)
    };
    // Only a restored ledger has rows there: `tests/restore.rs` forges them.
    names(all, "product_unblocked").into_iter().map(table).collect()
}

#[test]
fn i6_edited_rows_are_found() {
    Forgery::new().all_found(1, Forgery::edit);
}

#[test]
fn i6_deleted_rows_are_found() {
    Forgery::new().all_found(1, Forgery::delete);
}

#[test]
fn i6_inserted_rows_are_found() {
    Forgery::new().all_found(1, Forgery::insert);
}

#[test]
fn i6_reordered_rows_are_found() {
    Forgery::new().all_found(2, Forgery::reorder);
}

/// What a forger starts from, and what judges his work.
struct Rewriter {
    rng: Rng,
    all: Everything,
    events: Vec<Event>,
    texts: Texts,
    /// Last event that an anchor covers.
    covered: usize,
}

impl Rewriter {
    fn new() -> Self {
        let rng = Rng(seed());
        let all = everything();
        let conn = Connection::open(path(&all.dir)).expect("the ledger");
        let (events, texts) = (events(&conn), Texts::of(&conn));
        let report = verify_open(&conn, Some((&all.anchors, &all.first_key))).expect("a report");
        assert!(report.is_ok() && report.anchored, "{report:?}");
        let covered = report.newest_anchor.expect("an anchor").through_seq as usize;
        Self { rng, all, events, texts, covered }
    }

    fn alone(&self, forged: &Connection) -> VerifyReport {
        let report = verify_open(forged, None).expect("a report");
        assert!(!report.anchored, "nothing is claimed without anchors");
        assert_eq!(report.records_after_last_anchor, report.records);
        report
    }

    /// Anchors and a key from elsewhere, the first one or the one in force.
    fn anchored(&mut self, forged: &Connection) -> VerifyReport {
        let first = self.rng.below(2) == 0;
        let key = if first { &self.all.first_key } else { &self.all.last_key };
        let report = verify_open(forged, Some((&self.all.anchors, key))).expect("a report");
        assert_eq!(report.anchored, report.is_ok());
        report
    }

    /// Another story that the tables allow: an event edited, left out, told twice, or two told in
    /// the other order, all before the last anchor.
    fn story(&mut self) -> Vec<Event> {
        let mut events = self.events.clone();
        let anchored = events.partition_point(|event| event.was_seq <= self.covered as i64);
        let at = self.rng.below(anchored as u64) as usize;
        match self.rng.below(6) {
            0 => drop(events.remove(at)),
            1 => {
                // Behind the last anchored event it would be news, and nothing forged.
                let at = at.min(anchored - 2);
                let mut again = events[at].clone();
                again.was_seq = -1;
                events.insert(at + 1, again);
            }
            2 => events.swap(at, (at + 1).min(anchored - 1)),
            3 => events[at].at.replace_range(20..23, &format!("{:03}", self.rng.below(1000))),
            4 => events[at].clock_synchronised ^= 1,
            _ => {
                let event = &mut events[at];
                let moved = 1 + self.rng.below(1000) as i64;
                event.encoder = event.encoder.map(|count| count + moved);
                event.mono_ns = event.mono_ns.map(|ns| ns + moved);
            }
        }
        events
    }

    /// A story told anew with `keys`; not the true one, and one that tables and chains allow.
    fn forged(&mut self, keys: &Keys) -> Connection {
        loop {
            let story = self.story();
            if story == self.events {
                continue;
            }
            let Ok(forged) = Forge::run(&story, &self.texts, keys) else { continue };
            if !matches!(keys, Keys::Stolen(_)) || self.alone(&forged).is_ok() {
                return forged;
            }
        }
    }
}

/// The end cut off at any event, projections made anew: an honest older state to look at.
#[test]
fn i6_cut_tails_are_found_with_anchors() {
    let mut r = Rewriter::new();
    let mut places = std::collections::BTreeSet::new();
    for _ in 0..cases() {
        let left = 1 + r.rng.below(r.covered as u64 - 1) as usize;
        let forged = Forge::run(&r.events[..left], &r.texts, &Keys::None).expect("a beginning");
        let alone = r.alone(&forged);
        assert!(alone.is_ok(), "{left} of {} events: {alone:?}", r.events.len());
        let report = r.anchored(&forged);
        assert!(!report.is_ok(), "cut behind event {left} of {}", r.events.len());
        places.insert(left);
    }
    println!("{} cuts at {} places, all found, none without anchors", cases(), places.len());
}

/// Everything computed anew. Without a key the checkpoints tell, and with a foreign one that signs
/// in the name of the ledger's; with a foreign key put in its place, with the stolen one, or with
/// every checkpoint left out only anchors.
#[test]
fn i6_rewrites_are_found_with_anchors() {
    let mut r = Rewriter::new();
    let stolen = Keys::stolen(&r.all.secrets);
    let same = Forge::run(&r.events, &r.texts, &stolen).expect("the true story");
    assert!(r.anchored(&same).is_ok(), "a rewrite without a change is the same ledger");
    let foreign = SigningKeySeed::from_bytes([9; 32]);
    let replaced = replaced(&r.events, [&r.all.first_key, &r.all.last_key]);
    let (mut by_checkpoint, mut by_anchor) = (0, 0);
    for case in 0..cases() {
        let forged = match case % 5 {
            4 => {
                let truth = r.events.clone();
                r.events.retain(|event| !event.body.starts_with("{\"kind\":\"checkpoint\""));
                let forged = r.forged(&stolen);
                r.events = truth;
                forged
            }
            0 => r.forged(&Keys::None),
            1 => r.forged(&Keys::Foreign(foreign.signing_key())),
            2 => r.forged(&stolen),
            _ => {
                let (events, keys) = &replaced;
                let truth = std::mem::replace(&mut r.events, events.clone());
                let forged = r.forged(keys);
                r.events = truth;
                forged
            }
        };
        let alone = r.alone(&forged);
        assert_eq!(alone.is_ok(), case % 5 > 1, "case {case}: {alone:?}");
        let report = r.anchored(&forged);
        assert!(!report.is_ok(), "case {case}: {report:?}");
        *(if alone.is_ok() { &mut by_anchor } else { &mut by_checkpoint }) += 1;
    }
    println!("{by_checkpoint} found by checkpoints, {by_anchor} by anchors only");
}

/// The same story with two keys of the forger's in the place of the ledger's.
fn replaced(events: &[Event], ours: [&str; 2]) -> (Vec<Event>, Keys) {
    let secrets = ["0a".repeat(32), "0b".repeat(32)];
    let his = [10, 11].map(|byte| SigningKeySeed::from_bytes([byte; 32]).public_key_hex());
    let put = |event: &Event| {
        let body = event.body.replace(ours[0], &his[0]).replace(ours[1], &his[1]);
        Event { body, ..event.clone() }
    };
    (events.iter().map(put).collect(), Keys::stolen(&secrets))
}

/// A rotation to a forger's key: without the old key its signature tells; with the old one, stolen,
/// anchors do, whichever key was kept.
#[test]
fn i6_forged_rotations_are_found() {
    let mut r = Rewriter::new();
    let his_secret = "0b".repeat(32);
    let his = SigningKeySeed::from_bytes([11; 32]).public_key_hex();
    let put =
        |event: &Event| Event { body: event.body.replace(&r.all.last_key, &his), ..event.clone() };
    let events: Vec<Event> = r.events.iter().map(put).collect();
    let without = Keys::named([(&r.all.first_key, &his_secret), (&his, &his_secret)]);
    let forged = Forge::run(&events, &r.texts, &without).expect("the tables allow it");
    let found = r.alone(&forged).first_bad.expect("found");
    assert!(found.what.contains("not signed by the old and the new key"), "{found:?}");
    let with = Keys::named([(&r.all.first_key, &r.all.secrets[0]), (&his, &his_secret)]);
    let forged = Forge::run(&events, &r.texts, &with).expect("the tables allow it");
    assert!(r.alone(&forged).is_ok(), "whoever has the old key can hand it over");
    for _ in 0..8 {
        assert!(!r.anchored(&forged).is_ok());
    }
}

/// A checkpoint that does not name the open batch would cover nothing of it.
#[test]
fn i6_a_checkpoint_that_leaves_out_a_chain_is_found() {
    let r = Rewriter::new();
    let stolen = Keys::stolen(&r.all.secrets);
    let mut events = r.events.clone();
    let of = |event: &&mut Event| event.body.contains("\"through_seq\"");
    let last = events.iter_mut().rev().find(of).expect("a checkpoint");
    let (start, end) = last.body.split_once(",{\"chain\":\"B-2\"").expect("two heads");
    let (_, end) = end.split_once('}').expect("the end of a head");
    last.body = format!("{start}{end}");
    let forged = Forge::run(&events, &r.texts, &stolen).expect("the tables allow it");
    let found = r.alone(&forged).first_bad.expect("found");
    assert!(found.what.contains("leaves out chain B-2"), "{found:?}");
}
