//! The audit trail as the API and the command line show it, and as a file.
//!
//! Called by the read side. Must never write, leave an event out, or give a spreadsheet a formula.

use super::load::ledger_problem;
use hmi::{Answer, AuditFilter, AuditForm, AuditWay, Problem};
use ledger::{EventRow, PAGE_MAX, Reader};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Events of one file.
const EXPORT_MAX: usize = 100_000;
/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
const COLUMNS: [&str; 8] = ["seq", "at", "chain", "kind", "who", "role", "what", "event"];

fn filter_of(filter: AuditFilter) -> ledger::AuditFilter {
    let AuditFilter { who, kind, chain, from, to } = filter;
    ledger::AuditFilter { who, kind, chain, from, to }
}

/// `{events, older, newer}`.
///
/// # Errors
/// A [`Problem`].
pub fn page(path: &Path, filter: AuditFilter, way: AuditWay, limit: u16) -> Answer {
    let reader = Reader::open(path).map_err(|e| ledger_problem(&e))?;
    let read = match way {
        AuditWay::After(seq) => ledger::AuditWay::After(seq),
        AuditWay::Before(seq) => ledger::AuditWay::Before(seq),
    };
    let page = reader
        .audit_page(&filter_of(filter), read, u32::from(limit))
        .map_err(|e| ledger_problem(&e))?;
    let go_on = (!page.end).then_some(page.at);
    // Newer ones may come at any time.
    let (older, newer) = match way {
        AuditWay::After(from) => (Some(from.saturating_add(1)), Some(page.at)),
        AuditWay::Before(i64::MAX) => (go_on, page.events.first().map(|event| event.seq)),
        AuditWay::Before(from) => (go_on, Some(from - 1)),
    };
    let events: Vec<Value> = page.events.iter().map(shown).collect();
    Ok(json!({ "events": events, "older": older, "newer": newer }))
}

fn body(event: &EventRow) -> Value {
    serde_json::from_str(&event.body).unwrap_or(Value::Null)
}

fn shown(event: &EventRow) -> Value {
    json!({
        "seq": event.seq, "chain": event.chain, "at": event.at,
        "clock_synchronised": event.clock_synchronised, "event": body(event),
    })
}

/// `{text, events, sha256}`.
///
/// # Errors
/// A [`Problem`]; too many events.
pub fn export(path: &Path, filter: AuditFilter, form: AuditForm) -> Answer {
    let reader = Reader::open(path).map_err(|e| ledger_problem(&e))?;
    let (filter, mut events, mut at) = (filter_of(filter), Vec::new(), 0);
    loop {
        let way = ledger::AuditWay::After(at);
        let page = reader.audit_page(&filter, way, PAGE_MAX).map_err(|e| ledger_problem(&e))?;
        at = page.at;
        events.extend(page.events);
        if events.len() > EXPORT_MAX {
            return Err(Problem::new(422, "too_many_events", "that is too much for one file")
                .at("/api/v1/audit/export")
                .remedy(format!("narrow it with from and to: at most {EXPORT_MAX} events")));
        }
        if page.end {
            break;
        }
    }
    let text = match form {
        AuditForm::Json => {
            let events: Vec<Value> = events.iter().map(shown).collect();
            serde_json::to_string_pretty(&events).unwrap_or_default()
        }
        AuditForm::Csv => csv(&events)?,
    };
    let sha256 = Sha256::digest(text.as_bytes());
    let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Ok(json!({ "text": text, "events": events.len(), "sha256": sha256 }))
}

fn csv(events: &[EventRow]) -> Result<String, Problem> {
    let broken = |what: String| Problem::new(500, "csv", what).at("/api/v1/audit/export");
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS).map_err(|e| broken(e.to_string()))?;
    for event in events {
        let body = body(event);
        let first = |names: &[&str]| {
            let found = names.iter().find_map(|name| body[*name].as_str());
            safe(found.unwrap_or_default())
        };
        let row = [
            event.seq.to_string(),
            event.at.clone(),
            safe(&event.chain),
            first(&["kind"]),
            first(&["who", "by"]),
            first(&["role"]),
            first(&["what", "subject", "term"]),
            safe(&event.body),
        ];
        out.write_record(row).map_err(|e| broken(e.to_string()))?;
    }
    let bytes = out.into_inner().map_err(|e| broken(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| broken(e.to_string()))
}

/// A cell that no spreadsheet runs: an apostrophe before what looks like a formula.
fn safe(text: &str) -> String {
    if text.trim_start_matches(' ').starts_with(FORMULA) {
        return format!("'{text}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"] {
            assert_eq!(safe(text), format!("'{text}"));
        }
        for text in ["", "a=b", "2026-11-23T00:00:00.000Z", "{\"kind\":\"command\"}"] {
            assert_eq!(safe(text), text);
        }
    }

    #[test]
    fn hostile_texts_stay_in_their_cells() {
        let body = json!({ "kind": "command", "who": "=cmd()", "what": "a,\"b\"\n=c" }).to_string();
        let event = EventRow {
            seq: 7,
            chain: "site".into(),
            at: "2026-11-23T00:00:00.000Z".into(),
            clock_synchronised: true,
            body,
        };
        let text = csv(&[event]).expect("csv");
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let row = rows.records().next().expect("a row").expect("readable");
        assert_eq!(&row[4], "'=cmd()");
        assert_eq!(&row[6], "a,\"b\"\n=c");
    }
}
