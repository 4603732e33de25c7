//! `packline audit list`: the audit trail, as the API's `GET /audit` gives it.
//!
//! Reads the ledger beside a running service. Must never write.

use super::audit_args::ListArgs;
use super::exit::Exit;
use super::order::{Failure, ledger_path, text};
use crate::service::audit::page;
use hmi::{AuditFilter, AuditWay};
use serde_json::Value;
use std::io::Write;

const PAGE: u32 = 1_000;

/// Lists what is asked for.
#[must_use]
pub fn run(args: &ListArgs) -> Exit {
    match list(args) {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn list(args: &ListArgs) -> Result<(), Failure> {
    let path = ledger_path(&args.at)?;
    let ListArgs { who, kind, chain, from, to, .. } = args.clone();
    let filter = AuditFilter { who, kind, chain, from, to };
    let mut way = match (args.after, args.before) {
        (Some(after), _) => AuditWay::After(after),
        (None, before) => AuditWay::Before(before.unwrap_or(i64::MAX)),
    };
    let (mut left, mut out) = (args.limit, std::io::stdout().lock());
    while left > 0 {
        let asked = u16::try_from(left.min(PAGE)).unwrap_or(u16::MAX);
        let answer = page(&path, filter.clone(), way, asked)?;
        let events = answer["events"].as_array().cloned().unwrap_or_default();
        for event in &events {
            if writeln!(out, "{}", line(event, args.at.json)).is_err() {
                return Ok(()); // whoever reads has gone away
            }
        }
        left -= u32::try_from(events.len()).unwrap_or(left).min(left);
        way = match way {
            AuditWay::Before(_) => match answer["older"].as_i64() {
                Some(before) => AuditWay::Before(before),
                None => return Ok(()),
            },
            AuditWay::After(from) => match answer["newer"].as_i64() {
                Some(after) if after > from => AuditWay::After(after),
                _ => return Ok(()),
            },
        };
    }
    Ok(())
}

fn line(event: &Value, as_json: bool) -> String {
    if as_json {
        return event.to_string();
    }
    let body = &event["event"];
    let who = body["who"].as_str().or(body["by"].as_str()).unwrap_or("-");
    let what = body["what"].as_str().or(body["subject"].as_str()).unwrap_or("");
    let came = body["answer"].as_str().or(body["why"].as_str()).unwrap_or("");
    let (seq, kind) = (event["seq"].to_string(), text(body, "kind"));
    let (at, chain) = (text(event, "at"), text(event, "chain"));
    format!("{seq:>8} {at} {chain:<12} {kind:<14} {who:<14} {what} {came}").trim_end().to_owned()
}
