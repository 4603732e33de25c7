//! What people declared, and values that stand in place of others: old, new, who, why.
//!
//! A printout marks what was changed (EU GMP Annex 11). Must never show the new value alone.

use super::trail::{who, why};
use crate::ReportError;
use crate::source::Source;
use crate::table::{Cell, Sink};
use ledger::Superseded;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const KINDS: [&str; 6] =
    ["batch_unblocked", "command", "declared", "deviation", "resolve_asked", "serial_taken"];

pub(super) fn changes(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let mut sums = BTreeMap::new();
    source.each_event(&KINDS, |event| {
        let body: Map<String, Value> = serde_json::from_str(&event.body).unwrap_or_default();
        let Some((mut what, old, new)) = change(&body, &mut sums) else { return Ok(()) };
        if let Some(index) = body.get("serial").and_then(Value::as_u64) {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let serial = source.reader.serial_at(source.row.batch_no, index)?;
            what = format!("serial {}", serial.unwrap_or_default());
        }
        let (who, why) = (Cell::text(who(&body)), Cell::text(why(&body)));
        sink.row(&[Cell::text(event.at), Cell::text(what), old, new, who, why], true)
    })?;
    verdicts(source, sink)?;
    reviews(source, sink)
}

/// What, before, after; none for what changed no value.
fn change(
    body: &Map<String, Value>,
    sums: &mut BTreeMap<String, i64>,
) -> Option<(String, Cell, Cell)> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| body.get(name).and_then(Value::as_i64).unwrap_or_default();
    Some(match text("kind") {
        "declared" => {
            let sum = sums.entry(text("term").to_owned()).or_default();
            let old = *sum;
            *sum += number("count");
            (format!("declared {}", text("term")), Cell::Number(old), Cell::Number(*sum))
        }
        "deviation" => {
            let what = format!("deviation: {}", text("identity"));
            (what, Cell::Number(0), Cell::Number(number("amount")))
        }
        "resolve_asked" => {
            let what = format!("fate of pack {}", number("track"));
            (what, Cell::text("unresolved"), Cell::text(text("resolution")))
        }
        "serial_taken" => {
            let old = match text("taken") {
                "sample" | "removal" => "commissioned",
                _ => "encoded",
            };
            ("serial".to_owned(), Cell::text(old), Cell::text(text("taken")))
        }
        "batch_unblocked" => {
            ("batch after a restore".to_owned(), Cell::text("blocked"), Cell::text("unblocked"))
        }
        _ if text("old").is_empty() && text("new").is_empty() => return None,
        _ => (text("what").to_owned(), Cell::text(text("old")), Cell::text(text("new"))),
    })
}

fn verdicts(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let mut after = 0;
    loop {
        let rows = source.reader.superseded_accepts(source.row.batch_no, after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.track;
        for row in rows {
            let new = format!("reject: {}", row.new);
            superseded(sink, &row, "verdict", &new, "line")?;
        }
    }
}

fn reviews(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let mut after = (0, 0);
    loop {
        let rows = source.reader.superseded_reviews(source.row.batch_no, after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.track, last.seq);
        for row in rows {
            let who = row.who.clone().unwrap_or_default();
            superseded(sink, &row, "review", &row.new, &who)?;
        }
    }
}

fn superseded(
    sink: &mut impl Sink,
    row: &Superseded,
    what: &str,
    new: &str,
    who: &str,
) -> Result<(), ReportError> {
    let cells = [
        Cell::text(&row.at),
        Cell::text(format!("{what} of pack {}", row.track)),
        Cell::text(&row.old),
        Cell::text(new),
        Cell::text(who),
        Cell::text("a later one came"),
    ];
    sink.row(&cells, true)
}
