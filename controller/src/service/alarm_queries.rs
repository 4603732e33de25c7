//! The history of alarms, and the line's events that are none, as pages and the API show them.
//!
//! Called by the read side. Must never write, nor put words in place of codes.

use super::audit;
use super::load::ledger_problem;
use hmi::{AlarmHistoryFilter, Answer, AuditFilter, AuditWay};
use ledger::{AlarmFilter, EventRow, Reader};
use serde_json::{Value, json};
use std::path::Path;

/// Kinds of the records that tell how the line fared: what needs no response of a person.
const OF_THE_LINE: &str = "hold,hold_ended,suspended,unit_state,order_state,link_up,link_down,\
    purge_begin,purge_end,grade_trend,ejected_without_pack,exited_without_pack,service_start,\
    service_stop,clock_jump";

/// `{changes: [{seq, at, alarm, change, who, role, until_unix_ms, reason, detail}], older}`.
///
/// # Errors
/// A [`hmi::Problem`].
pub fn history(path: &Path, filter: AlarmHistoryFilter, limit: u16) -> Answer {
    let AlarmHistoryFilter { alarm, from, to, before } = filter;
    let filter = AlarmFilter { what: alarm, from, to, before_seq: before };
    let rows = Reader::open(path)
        .and_then(|reader| reader.alarm_history(&filter, u32::from(limit)))
        .map_err(|e| ledger_problem(&e))?;
    let full = rows.len() >= usize::from(limit);
    let older = rows.last().filter(|_| full).map(|row| row.seq);
    let changes: Vec<Value> = rows.iter().map(change).collect();
    Ok(json!({ "changes": changes, "older": older }))
}

fn change(row: &EventRow) -> Value {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let change = match (body["kind"].as_str(), body["raised"].as_bool()) {
        (Some("alarm"), Some(true)) => "raised",
        (Some("alarm"), _) => "returned",
        (Some("alarm_acknowledged"), _) => "acknowledged",
        (Some("alarm_shelved"), _) => "shelved",
        (Some("alarm_unshelved"), _) => "unshelved",
        _ => "",
    };
    json!({
        "seq": row.seq, "at": row.at, "alarm": body["what"], "change": change,
        "who": body["who"], "role": body["role"], "until_unix_ms": body["until_unix_ms"],
        "reason": body["reason"], "detail": body["detail"],
    })
}

/// `{events: [{seq, chain, at, event}], older}`.
///
/// # Errors
/// A [`hmi::Problem`].
pub fn line_events(path: &Path, before: i64, limit: u16) -> Answer {
    let filter = AuditFilter { kind: Some(OF_THE_LINE.to_owned()), ..AuditFilter::default() };
    let page = audit::page(path, filter, AuditWay::Before(before), limit)?;
    Ok(json!({ "events": page["events"], "older": page["older"] }))
}
