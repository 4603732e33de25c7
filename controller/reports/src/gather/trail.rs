//! The course of the batch: what people did, holds, links, purges, alarms.
//!
//! Must never tell of a single pack that took its way as it should.

use crate::ReportError;
use crate::source::Source;
use crate::table::{Cell, Sink};
use serde_json::{Map, Value};

/// Kinds of events that are told.
const KINDS: [&str; 33] = [
    "alarm",
    "batch_closed",
    "batch_opened",
    "batch_unblocked",
    "clock_jump",
    "command",
    "config_pinned",
    "counts_begin",
    "declared",
    "deviation",
    "ejected_without_pack",
    "exited_without_pack",
    "extra_labels",
    "grade_trend",
    "hold",
    "hold_ended",
    "line_cleared",
    "link_down",
    "link_up",
    "loading_cancelled",
    "order_state",
    "pack_resolved",
    "pack_unresolved",
    "pool_imported",
    "pool_kept",
    "purge_begin",
    "purge_end",
    "resolve_asked",
    "serial_taken",
    "service_start",
    "service_stop",
    "start_signed",
    "suspended",
];

/// Fields that stand in columns of their own, or in other sections.
const ELSEWHERE: [&str; 16] = [
    "kind",
    "who",
    "second",
    "reason",
    "why",
    "role",
    "signature_seq",
    "second_signature_seq",
    "spec",
    "books",
    "counts",
    "signed",
    "old",
    "new",
    "claim",
    "by",
];

pub(super) fn trail(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    source.each_event(&KINDS, |event| {
        let body: Map<String, Value> = serde_json::from_str(&event.body).unwrap_or_default();
        let kind = body.get("kind").and_then(Value::as_str).unwrap_or_default();
        let cells = [
            Cell::text(&event.at),
            Cell::text(kind),
            Cell::text(what(&body)),
            Cell::text(who(&body)),
            Cell::text(why(&body)),
        ];
        sink.row(&cells, false)
    })
}

fn what(body: &Map<String, Value>) -> String {
    let told = body.iter().filter(|(name, value)| {
        !ELSEWHERE.contains(&name.as_str()) && !value.is_null() && *value != ""
    });
    let said: Vec<String> = told
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}: {text}"),
            // The checklist of a clearance: every item is done, or it were not on record.
            Value::Array(items) if name == "items" => {
                let items = items.iter().filter_map(|item| item["item"].as_str());
                format!("done: {}", items.collect::<Vec<_>>().join("; "))
            }
            other => format!("{name}: {other}"),
        })
        .collect();
    said.join(", ")
}

/// One person or two; those of a close are in `signed`.
pub(super) fn who(body: &Map<String, Value>) -> String {
    let signed = body.get("signed").and_then(Value::as_object).unwrap_or(body);
    let names = ["who", "second"].iter().filter_map(|name| signed.get(*name)?.as_str());
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn why(body: &Map<String, Value>) -> String {
    let signed = body.get("signed").and_then(Value::as_object).unwrap_or(body);
    let found = ["reason", "why"].iter().find_map(|name| signed.get(*name)?.as_str());
    found.unwrap_or_default().to_owned()
}
