//! Stored projections against rebuilt ones, row by row; and the schema itself.
//!
//! Must never leave a table out: the list is taken from the schema.

use super::report::Bad;
use rusqlite::{Connection, Row, types::ValueRef};

/// Compares everything but the events.
pub(super) fn compare(stored: &Connection, rebuilt: &Connection) -> Result<(), Bad> {
    let bad = |what: String| Bad::seq(0, &what);
    let schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name";
    same(stored, rebuilt, schema, "schema")?;
    let tables = tables(rebuilt).map_err(|error| bad(error.to_string()))?;
    for (name, key) in tables {
        let here = kept_here(&name);
        same(stored, rebuilt, &format!("SELECT * FROM {name} {here} ORDER BY {key}"), &name)?;
    }
    // Indices that no row-wise comparison reads.
    let check: Result<String, _> =
        stored.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match check {
        Ok(answer) if answer == "ok" => Ok(()),
        Ok(answer) => Err(bad(format!("integrity check: {answer}"))),
        Err(error) => Err(bad(format!("integrity check: {error}"))),
    }
}

/// Rows of sealed batches that are not removed yet are nobody's any more.
fn kept_here(table: &str) -> &'static str {
    match table {
        "pack" | "stray_edge" | "count_base" | "pool_slice" | "deviation" | "trial" | "alarm"
        | "reject_review" | "pack_act" | "workflow_step" => {
            "WHERE batch_no NOT IN (SELECT batch_no FROM batch WHERE sealed_seq IS NOT NULL)"
        }
        // Unallocated serials stay, for a later order may have them.
        "pool_serial" => {
            "WHERE batch_no NOT IN (SELECT batch_no FROM batch WHERE sealed_seq IS NOT NULL) \
             OR state = 1"
        }
        "signature" => "WHERE chain NOT IN (SELECT batch FROM batch WHERE sealed_seq IS NOT NULL)",
        _ => "",
    }
}

/// Projection tables and the columns of their keys.
fn tables(conn: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut select = conn.prepare(
        "SELECT m.name, (SELECT group_concat(name, ', ') FROM \
         (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk)) \
         FROM sqlite_schema m WHERE m.type = 'table' AND m.name <> 'event' ORDER BY m.name",
    )?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn same(a: &Connection, b: &Connection, sql: &str, table: &str) -> Result<(), Bad> {
    let broken = |error: rusqlite::Error| Bad::seq(0, &format!("{table}: {error}"));
    let (mut a, mut b) = (a.prepare(sql).map_err(broken)?, b.prepare(sql).map_err(broken)?);
    let columns = b.column_count();
    if a.column_count() != columns {
        return Err(Bad::seq(0, &format!("{table}: other columns")));
    }
    let names: Vec<String> = b.column_names().map(str::to_owned).collect();
    let (mut a, mut b) = (a.query([]).map_err(broken)?, b.query([]).map_err(broken)?);
    loop {
        match (a.next().map_err(broken)?, b.next().map_err(broken)?) {
            (None, None) => return Ok(()),
            (Some(a), Some(b)) => {
                for (column, name) in names.iter().enumerate() {
                    let (found, expected) = (value(a, column)?, value(b, column)?);
                    if found != expected {
                        let (row, found, expected) =
                            (said(value(b, 0)?), said(found), said(expected));
                        let what = format!("{table}.{name} of row {row}: {found} stored");
                        return Err(Bad::seq(0, &format!("{what}, {expected} rebuilt")));
                    }
                }
            }
            (Some(a), None) => {
                let what = format!("{table}: row {} belongs to no event", said(value(a, 0)?));
                return Err(Bad::seq(0, &what));
            }
            (None, Some(b)) => {
                return Err(Bad::seq(0, &format!("{table}: row {} missing", said(value(b, 0)?))));
            }
        }
    }
}

fn value<'a>(row: &'a Row<'_>, column: usize) -> Result<ValueRef<'a>, Bad> {
    row.get_ref(column).map_err(|error| Bad::seq(0, &error.to_string()))
}

/// A value for a message.
fn said(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "nothing".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => format!("\"{}\"", String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => crate::keys::hex(bytes),
    }
}
