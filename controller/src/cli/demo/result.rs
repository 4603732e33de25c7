//! The demo's result: books, judgement, audit and latencies as one JSON object.
//!
//! Read from the ledger, the truth and the last snapshot. Must never compute what they know.

use super::files::Files;
use super::{Stop, refused};
use crate::cli::args::DemoArgs;
use crate::cli::audit::report_json;
use crate::config::Figures;
use crate::names::name_of;
use crate::service::{batch_row, wall_clock};
use hmi::Snapshot;
use ledger::Reader;
use line_core::reconcile::Books;
use line_sim::judge::{Judgement, Order, Recipe, judge};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Collects everything.
///
/// # Errors
/// The ledger or the truth cannot be read.
pub fn collect(
    args: &DemoArgs,
    seed: u64,
    files: &Files,
    snapshot: &Snapshot,
    figures: Figures,
    wall: Duration,
) -> Result<Value, Stop> {
    let db = files.path("ledger.db");
    let reader = Reader::open(&db).map_err(refused)?;
    let row = batch_row(&reader, &files.batch).map_err(|p| refused(p.detail))?;
    let books: Books = match &row.books_json {
        Some(text) => serde_json::from_str(text).map_err(refused)?,
        None => reader.books(row.batch_no).map_err(refused)?,
    };
    let reconciled = crate::service::is_closed(&row) && books.reconciled();
    let rejects: Map<String, Value> = reader
        .rejects(row.batch_no)
        .map_err(refused)?
        .into_iter()
        .map(|(reason, count)| (name_of(&reason), json!(count)))
        .collect();
    drop(reader);
    let recipe = Recipe::from_file(&files.path("products/demo.toml")).map_err(refused)?;
    let order = Order::from_file(&files.path("order.toml")).map_err(refused)?.with_recipe(recipe);
    let judgement = judge(&[files.path(files.truth)], &db, &order).map_err(refused)?;
    Ok(json!({
        "batch": files.batch,
        "seed": seed,
        "at": wall_clock().to_rfc3339(),
        "camera": snapshot.camera,
        "labeler": snapshot.labeler,
        "ejector": snapshot.ejector,
        "line": figures,
        "packs": {
            "infeed": books.infeed, "exit": books.exit_net(), "ejected": books.confirmed_ejects,
            "removed": books.declared_removals, "in_process": books.in_process,
            "unexplained": books.unexplained(),
        },
        "serials": {
            "allocated": books.allocated, "returned": books.returned, "invalid": books.invalid,
            "encoded": books.encoded, "commissioned": books.commissioned_ever,
            "label_scrapped": books.label_scrapped, "label_sampled": books.label_sampled,
            "in_reject": books.in_reject,
        },
        "reconciliation": reconciliation(&books)?,
        "rejects": rejects,
        "reconciled": reconciled,
        "judge": judged(&judgement)?,
        "verdict_us": snapshot.latency.verdict_us,
        "durable_us": snapshot.latency.durable_us,
        "margin_us": snapshot.latency.margin_us,
        "late": snapshot.late,
        "audit": audit(files)?,
        "wall_s": (wall.as_secs_f64() * 10.0).round() / 10.0,
        "rss_mib": peak_mib(),
        "packs_entered_by_order": args.packs,
    }))
}

fn reconciliation(books: &Books) -> Result<Value, Stop> {
    let mut terms = serde_json::to_value(books).map_err(refused)?;
    if let Some(terms) = terms.as_object_mut() {
        terms.insert("exit_net".into(), json!(books.exit_net()));
        terms.insert("unexplained_exit".into(), json!(books.unexplained_exit()));
        terms.insert("unexplained".into(), json!(books.unexplained()));
    }
    Ok(terms)
}

fn judged(judgement: &Judgement) -> Result<Value, Stop> {
    let mut value = json!({
        "ok": judgement.ok, "false_good": judgement.false_good,
        "false_reject": judgement.false_reject, "unexplained": judgement.unexplained,
        "sums_agree": judgement.sums_agree, "good_out": judgement.good_out,
    });
    if !judgement.ok {
        value["findings"] = serde_json::to_value(&judgement.findings).map_err(refused)?;
    }
    Ok(value)
}

fn audit(files: &Files) -> Result<Value, Stop> {
    let key = std::fs::read_to_string(files.path("signing.pub")).map_err(refused)?;
    let anchors = files.path("anchors.jsonl");
    let report = ledger::verify::verify(&files.path("ledger.db"), Some((&anchors, key.trim())))
        .map_err(refused)?;
    Ok(report_json(&report))
}

/// Peak of our own memory, in MiB.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some((kib / 102.4).round() / 10.0)
}

/// True when the batch is reconciled, judged clean, and its chain holds.
#[must_use]
pub fn is_clean(result: &Value) -> bool {
    result["reconciled"] == json!(true)
        && result["judge"]["ok"] == json!(true)
        && result["audit"]["chain"] == json!("ok")
}

/// Prints it: a line of JSON on standard output, or words on standard error.
pub fn tell(args: &DemoArgs, result: &Value) {
    if args.json {
        println!("{result}");
        return;
    }
    let figure = |path: [&str; 2]| result[path[0]][path[1]].to_string();
    eprintln!();
    eprintln!(
        "packs     in {}  out {}  ejected {}  taken by hand {}  unexplained {}",
        figure(["packs", "infeed"]),
        figure(["packs", "exit"]),
        figure(["packs", "ejected"]),
        figure(["packs", "removed"]),
        figure(["packs", "unexplained"]),
    );
    eprintln!(
        "serials   allocated {}  commissioned {}  scrapped {}  invalid {}  returned {}",
        figure(["serials", "allocated"]),
        figure(["serials", "commissioned"]),
        figure(["serials", "label_scrapped"]),
        figure(["serials", "invalid"]),
        figure(["serials", "returned"]),
    );
    let words = |ok: bool, good: &'static str, bad: &'static str| if ok { good } else { bad };
    let is = |value: &Value| *value == json!(true);
    eprintln!(
        "books     {}",
        words(is(&result["reconciled"]), "closed, every sum exact", "NOT CLOSED")
    );
    eprintln!(
        "judge     {}: false good {}, false reject {}, unexplained {}",
        words(is(&result["judge"]["ok"]), "clean", "NOT CLEAN"),
        figure(["judge", "false_good"]),
        figure(["judge", "false_reject"]),
        figure(["judge", "unexplained"]),
    );
    eprintln!(
        "record    {} records, chain {}, anchored {}",
        figure(["audit", "records"]),
        figure(["audit", "chain"]),
        figure(["audit", "anchored"]),
    );
    eprintln!("permits   late {}", result["late"]);
}
