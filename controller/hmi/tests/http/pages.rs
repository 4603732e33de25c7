//! The pages of alarms, review and serial: who sees what, and texts from outside that stay texts.

use crate::house::{House, Outcome, Session, expect};
use hmi::{AlarmView, Snapshot};
use serde_json::{Value, json};
use std::io::Read;
use std::sync::Arc;

/// Texts that somebody may have put into a record, a code or a name.
fn hostile() -> Vec<String> {
    vec![
        "<script>alert(1)</script>".into(),
        "\"><img src=x onerror=alert(1)>".into(),
        "</svg><script>alert(1)</script>".into(),
        "</script><script>alert(1)</script>".into(),
        "A\u{202e}B\u{2066}C\u{0}".into(),
        "=1+1".into(),
        "x".repeat(10_000),
    ]
}

/// Nothing of a hostile text is markup, misleads the eye, or makes a page grow without a bound.
#[track_caller]
fn inert(html: &str, place: &str, text: &str) {
    for forbidden in ["<script>alert", "<img src=x", "\u{202e}", "\u{2066}", "\u{0}"] {
        assert!(!html.contains(forbidden), "{place}: {forbidden:?} of {text:.40}");
    }
    assert!(html.len() < 200_000, "{place}: {} bytes", html.len());
    for inline in [" style=", " onclick=", "javascript:"] {
        assert!(!html.contains(inline), "{place}: {inline}");
    }
}

/// An answer that has the text wherever a question's answer has one.
fn poisoned(text: &str) -> Value {
    let pack = json!({
        "track": 7, "serial": text, "read_serial": text, "read": text, "verdict": "reject",
        "reason": text, "fate": text,
    });
    let kinds = [
        "verdict",
        "station_result",
        "signature",
        "command",
        "reject_reviewed",
        "serial_taken",
        "hold",
        "pack_resolved",
        text,
    ];
    let event = |kind: &str| {
        json!({
            "kind": kind, "who": text, "name": text, "what": text, "reason": text, "cause": text,
            "verdict": "reject", "station": text, "finding": text, "taken": text,
            "answer": text, "comment": text, "meaning": text, "resolution": text,
        })
    };
    let events: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            let body = event(kind);
            json!({
                "seq": 1, "at": text, "chain": text, "kind": kind, "ms": 1.5, "body": body,
                "event": body,
            })
        })
        .collect();
    let change = json!({
        "seq": 1, "at": text, "alarm": text, "change": text, "who": text, "reason": text,
        "detail": text, "until_unix_ms": 5,
    });
    let row = json!({
        "track": 7, "serial": text, "reason": text, "device": text, "at": text, "fate": text,
        "review": { "seq": 1, "finding": text, "who": text },
    });
    json!({
        "changes": [change], "events": events, "older": 4, "history": events,
        "rows": [row], "more_before": true, "more_after": true, "total": 1, "unreviewed": 1,
        "by_reason": [{ "reason": text, "device": text, "total": 1, "unreviewed": 1 }],
        "pack": pack, "expected": text, "before": [pack], "after": [pack],
        "fields": [{ "field": text, "expected": text, "read": "A" }],
        "grade": { "overall": 31, "parameters": [31, 40, 40, 40, 40, 40, 40] },
        "image": { "sha256": text }, "image_state": text, "done_by": [text],
        "reviews": [{ "seq": 1, "at": text, "finding": text, "who": text, "comment": text,
            "in_force": true }],
        "gtin": text, "serial": text, "batch": text, "state": text, "track": 7,
        "possible": [{ "act": text, "to": text, "why": text }],
        "head": text, "at": text, "broken": { "seq": 1, "what": text },
    })
}

const PAGES: [&str; 8] = [
    "/alarms",
    "/alarms?view=shelved",
    "/alarms?view=history&alarm=bin_full",
    "/alarms?view=events&before=9",
    "/review?batch=B1&unreviewed=true&from=2026-11-23T05:10",
    "/review/pack?batch=B1&track=7",
    "/serial?search=04150037528643%20A1",
    "/serial/chain?batch=B1",
];

fn poison(house: &House, text: &str) {
    let some = || Some(text.to_owned());
    let alarm = |kind: &str, state: &str| AlarmView {
        kind: kind.into(),
        priority: text.into(),
        state: state.into(),
        since: some(),
        detail: text.into(),
        acknowledged_by: some(),
        shelved_until: some(),
        shelved_by: some(),
        shelved_reason: some(),
        chatters: true,
    };
    house.snapshots.send_replace(Arc::new(Snapshot {
        simulation: true,
        batch: some(),
        alarms: vec![alarm("bin_full", "active"), alarm("low_pool", "shelved"), alarm(text, text)],
        ..Snapshot::default()
    }));
    *house.shared.answer.lock().expect("lock") = Some(poisoned(text));
}

fn page(house: &House, path: &str, session: &Session) -> Outcome<String> {
    let told = house.get(path).header(&session.cookie_header()).send()?;
    assert_eq!(told.status, 200, "{path}: {told:?}");
    assert!(told.header("content-security-policy").is_some(), "{path}");
    Ok(told.body)
}

#[test]
fn a_hostile_text_is_inert_on_every_page_and_in_every_language() -> Outcome {
    let house = House::new()?;
    let quinn = house.login("quinn")?;
    for text in hostile() {
        poison(&house, &text);
        for path in PAGES {
            for lang in ["en", "de"] {
                let sign = if path.contains('?') { '&' } else { '?' };
                let html = page(&house, &format!("{path}{sign}lang={lang}"), &quinn)?;
                inert(&html, path, &text);
            }
        }
    }
    Ok(())
}

#[test]
fn a_hostile_address_is_inert() -> Outcome {
    let house = House::new()?;
    let quinn = house.login("quinn")?;
    let encoded = |text: &str| -> String { text.bytes().map(|b| format!("%{b:02X}")).collect() };
    for text in hostile().iter().filter(|text| text.len() < 1_000) {
        for path in [
            format!("/serial?search={}", encoded(text)),
            format!("/review?batch={}", encoded(text)),
            format!("/alarms?view=history&alarm={}", encoded(text)),
            format!("/review?batch=B1&device={0}", encoded(text)),
        ] {
            let html = page(&house, &path, &quinn)?;
            inert(&html, &path, text);
        }
        for path in ["/review?batch=B1&reason=", "/review?batch=B1&from=", "/alarms?view="] {
            let told = house.get(&format!("{path}{}", encoded(text)));
            let told = told.header(&quinn.cookie_header()).send()?;
            assert_eq!(told.status, 400, "{path}: {told:?}");
            assert_eq!(told.header("content-type"), Some("application/problem+json"), "{path}");
        }
    }
    Ok(())
}

#[test]
fn a_hostile_text_is_inert_in_the_stream() -> Outcome {
    let house = House::new()?;
    for text in hostile() {
        poison(&house, &text);
        let mut stream = house.get("/events").open()?;
        let (mut seen, mut byte) = (Vec::new(), [0_u8]);
        // The first frames may have been rendered before.
        let regions = loop {
            stream.read_exact(&mut byte)?;
            if byte[0] != b'\n' {
                seen.push(byte[0]);
                continue;
            }
            let line = std::mem::take(&mut seen);
            let Some(data) = line.strip_prefix(b"data: ") else { continue };
            let frame: Value = serde_json::from_slice(data)?;
            let list = frame["regions"]["alarm-list"].as_str().unwrap_or_default().to_owned();
            if list.contains("data-key=\"bin_full\"") {
                break frame["regions"].clone();
            }
        };
        for (id, html) in regions.as_object().ok_or("no regions")? {
            inert(html.as_str().ok_or("no text")?, id, &text);
        }
    }
    Ok(())
}

#[test]
fn nobody_is_told_what_a_page_holds_without_its_permission() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    poison(&house, "SECRET");
    for path in PAGES.iter().filter(|path| !path.starts_with("/alarms")) {
        let nobody = house.get(path).send()?;
        assert!([200, 403].contains(&nobody.status), "{path}: {nobody:?}");
    }
    // An operator may trace a serial, and not review.
    let html = page(&house, "/review?batch=B1", &olga)?;
    assert!(!html.contains("rejects-list"), "the list is for those who review");
    let told = house.get("/review/pack?batch=B1&track=7").header(&olga.cookie_header()).send()?;
    expect(&told, 403, "not_permitted");
    let told = house.get("/serial/chain?batch=B1").send()?;
    expect(&told, 403, "not_permitted");
    assert_eq!(house.seen(), [""; 0], "nothing was asked of the ledger");
    page(&house, "/serial?search=A", &olga)?;
    assert_eq!(house.seen().len(), 1);
    Ok(())
}

#[test]
fn an_alarm_is_acknowledged_and_shelved_by_whom_the_table_names() -> Outcome {
    let house = House::new()?;
    let (olga, sven) = (house.login("olga")?, house.login("sven")?);
    let act = |name: &str| match name {
        "alarm_shelve" => json!({ "act": name, "alarm": "low_pool", "minutes": 30 }),
        _ => json!({ "act": name, "alarm": "low_pool" }),
    };
    let ask = |name: &str, session: &Session| {
        let body = json!({ "act": act(name), "reason": "the next order is loaded at noon" });
        house.post("/api/v1/acts", &body).by(session).send()
    };
    assert_eq!(ask("alarm_acknowledge", &olga)?.status, 200);
    for name in ["alarm_shelve", "alarm_unshelve"] {
        expect(&ask(name, &olga)?, 403, "not_permitted");
        assert_eq!(ask(name, &sven)?.status, 200, "{name}");
    }
    let seen = house.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[1].contains("alarm low_pool by sven") && seen[1].contains("at noon"), "{seen:?}");
    Ok(())
}
