//! Events of the record in words: what a code of the ledger means to a person.
//!
//! Used by the pages of alarms, review and serial. A kind that has no text shows its code. Must
//! never hide an event, nor put a word into a record.

use crate::i18n::Words;
use crate::words;
use fluent_bundle::FluentValue;
use serde_json::Value;

/// Fields of an event that its text may name, and the group of words of its codes.
const FIELDS: &[(&str, &str)] = &[
    ("cause", "cause"),
    ("device", "event-device"),
    ("station", "event-device"),
    ("reason", "reject"),
    ("verdict", "verdict"),
    ("resolution", "fate"),
    ("finding", "finding"),
    ("taken", "taken"),
    ("parameter", "grade"),
    ("from", "unit"),
    ("to", "unit"),
    ("who", ""),
    ("what", ""),
    ("answer", ""),
    ("meaning", "meaning"),
    ("track", ""),
    ("serial", ""),
    ("job", ""),
    ("count", ""),
    ("ejected", ""),
    ("mean", ""),
    ("limit", ""),
    ("comment", ""),
    ("why", ""),
];

/// An event's body in words.
pub(super) fn event(w: Words, body: &Value) -> String {
    let kind = body["kind"].as_str().unwrap_or_default();
    let rejected = kind == "verdict" && body["verdict"] == "reject";
    let found = kind == "station_result" && !body["reason"].is_null();
    let kind = match kind {
        "verdict" if rejected => "verdict_reject",
        "station_result" if found => "station_reject",
        "signature" => "signed",
        other => other,
    };
    let args: Vec<(&'static str, FluentValue<'_>)> =
        FIELDS.iter().map(|(field, group)| (*field, value(w, kind, field, group, body))).collect();
    let key = format!("event-{kind}");
    if w.maybe(&key).is_none() {
        return kind.replace('_', " ");
    }
    w.with(&key, &args)
}

fn value(w: Words, kind: &str, field: &str, group: &str, body: &Value) -> FluentValue<'static> {
    let text = match &body[field] {
        Value::Null => return w.t("none").into(),
        Value::String(text) if text.is_empty() => return w.t("none").into(),
        Value::String(text) => words::short(text),
        other => words::short(&other.to_string()),
    };
    // A reason is a code in what devices tell, and a person's words elsewhere.
    let codes = kind.starts_with("verdict") || kind.starts_with("station_");
    let groups: &[&str] = match (field, group) {
        ("reason", _) if !codes => &[],
        (_, "") => &[],
        ("cause", _) => &["hold", "suspend", "invalid"],
        ("from" | "to", _) => &["unit", "order"],
        _ => std::slice::from_ref(&group),
    };
    let named = groups.iter().find_map(|group| w.maybe(&format!("{group}-{text}")));
    named.unwrap_or(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use people::Language;
    use serde_json::json;

    #[test]
    fn codes_become_words_and_what_is_unknown_is_shown() {
        let w = Words(Language::En);
        let hold = event(w, &json!({ "kind": "hold", "cause": "bin_full" }));
        assert!(hold.contains("The reject bin is full"), "{hold}");
        let verdict =
            json!({ "kind": "verdict", "track": 7, "verdict": "reject", "reason": "no_read" });
        assert!(event(w, &verdict).contains("No code read"), "{}", event(w, &verdict));
        assert_eq!(event(w, &json!({ "kind": "of_tomorrow" })), "of tomorrow");
        assert_eq!(event(w, &Value::Null), "");
    }

    #[test]
    fn a_hostile_text_stays_a_text() {
        let w = Words(Language::De);
        let body = json!({ "kind": "command", "who": "{ $x }", "what": "x".repeat(10_000) });
        let told = event(w, &body);
        assert!(told.contains("{ $x }") && told.len() < 1_000, "{told}");
    }
}
