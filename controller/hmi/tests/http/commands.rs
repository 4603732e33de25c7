//! What comes through to the service, and how a full queue is answered.

use crate::house::{House, Outcome, PATIENCE};
use hmi::OrderAction;
use serde_json::json;
use std::io::Read;

#[test]
fn commands_and_queries_reach_the_service() -> Outcome {
    let house = House::new()?;
    let resolve = json!({"as": "ejected", "reason": "found in the bin", "who": "ann"}).to_string();
    let hold = json!({"who": "bob", "reason": "tea"}).to_string();
    let declare =
        json!({"term": "duplicate", "count": -2, "who": "ann", "reason": "torn"}).to_string();
    let sample = json!({"serial": "A/B", "who": "ann", "reason": "kept"}).to_string();
    let first = json!({"serial": "A1", "who": "ann", "reason": "start", "first_pack": true,
        "second": "bob"})
    .to_string();
    let pool = "File { name: \"a.csv\", provider: Some(\"P Ltd\"), claim: Some(\"unique\") }";
    let order = "batch = \"B1\"";
    let by = |who: &str| format!("by {who} unauthenticated");
    let post = "POST";
    let calls = [
        (post, "/api/v1/orders", order, format!("load 12 None {}", by("unnamed"))),
        (
            post,
            "/api/v1/orders?pool=a.csv&provider=P%20Ltd&claim=unique",
            order,
            format!("load 12 Some({pool}) {}", by("unnamed")),
        ),
        (
            post,
            "/api/v1/orders?from_returned=true",
            order,
            format!("load 12 Some(Kept) {}", by("unnamed")),
        ),
        (
            post,
            "/api/v1/orders/B1/declare",
            &declare,
            format!("declare_count B1 -2 duplicate {} Some(\"torn\") None None []", by("ann")),
        ),
        (
            post,
            "/api/v1/orders/B1/sample",
            &sample,
            format!("sample B1 serial A/B {} Some(\"kept\") None None []", by("ann")),
        ),
        (
            post,
            "/api/v1/orders/B1/remove",
            &sample,
            format!("manual_removal B1 serial A/B {} Some(\"kept\") None None []", by("ann")),
        ),
        (
            post,
            "/api/v1/orders/B1/sample",
            &first,
            format!(
                "first_pack_approval B1 serial A1 {} Some(\"start\") Some(\"bob\") None []",
                by("ann")
            ),
        ),
        (
            post,
            "/api/v1/orders/B1/hold",
            &hold,
            format!("unit_hold B1 {} Some(\"tea\") None None []", by("bob")),
        ),
        (
            post,
            "/api/v1/orders/B1/packs/7/resolve",
            &resolve,
            format!(
                "resolve_pack B1 pack 7 as ejected {} Some(\"found in the bin\") None None []",
                by("ann")
            ),
        ),
        ("GET", "/api/v1/orders", "", "Orders".into()),
        (
            "GET",
            "/api/v1/orders/B1/packs?after=5&limit=9999",
            "",
            "Packs { batch: \"B1\", after: 5, limit: 1000 }".into(),
        ),
        (
            "GET",
            "/api/v1/serials/04150037528643/A%2FB",
            "",
            "Serial { gtin: \"04150037528643\", serial: \"A/B\" }".into(),
        ),
    ];
    for (method, path, body, said) in &calls {
        let told = house.call(method, path).bearer().body(body).send()?;
        assert_eq!(told.status, 200, "{path}: {told:?}");
        let policy = told.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'self'"), "{}", told.head);
        assert_eq!(house.seen().last(), Some(said));
    }
    for name in ["start", "stop", "hold", "unhold", "close"] {
        assert!(OrderAction::from_name(name).is_some());
    }
    Ok(())
}

#[test]
fn a_person_is_named_by_the_session_and_by_nothing_else() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    let body = json!({ "who": "somebody else", "reason": "tea" });
    let told = house.post("/api/v1/orders/B1/hold", &body).by(&olga).send()?;
    assert_eq!(told.status, 200, "{told:?}");
    let said = "unit_hold B1 by olga operator Some(\"tea\") None None []";
    assert_eq!(house.seen(), [said]);
    Ok(())
}

#[test]
fn a_full_queue_is_answered_at_once() -> Outcome {
    let house = House::build(1, false)?;
    // One of them waits in the queue, whichever came first; nobody reads it.
    let (tell, told) = std::sync::mpsc::channel();
    let mut both = Vec::new();
    for _ in 0..2 {
        let stream = house.call("POST", "/api/v1/orders/B1/hold").bearer().open()?;
        both.push(stream.try_clone()?);
        let (tell, mut stream) = (tell.clone(), stream);
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stream.read_to_string(&mut text);
            let _ = tell.send(text);
        });
    }
    let text = told.recv_timeout(PATIENCE)?;
    assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("retry-after: 1"), "{text}");
    assert_eq!(house.get("/api/v1/status").send()?.status, 200, "it does not need the queue");
    assert!(told.try_recv().is_err(), "the other one waits");
    both.iter().try_for_each(|stream| stream.shutdown(std::net::Shutdown::Both))?;
    Ok(())
}

/// However many requests wait: there is a place for Stop.
#[test]
fn stop_finds_a_place_in_a_queue_that_is_full_for_others() -> Outcome {
    let house = House::build(8, false)?;
    let (tell, told) = std::sync::mpsc::channel();
    for _ in 0..8 {
        let mut stream = house.call("POST", "/api/v1/orders/B1/hold").bearer().open()?;
        let tell = tell.clone();
        std::thread::spawn(move || {
            let mut head = [0; 12];
            let _ = stream.read_exact(&mut head).map(|()| tell.send(head));
        });
    }
    assert_eq!(&told.recv_timeout(PATIENCE)?, b"HTTP/1.1 503");
    let stop = json!({ "act": { "act": "unit_stop", "batch": "B1" } });
    let mut stream = house.post("/api/v1/acts", &stop).open()?;
    stream.set_read_timeout(Some(std::time::Duration::from_millis(300)))?;
    let mut byte = [0];
    assert!(stream.read_exact(&mut byte).is_err(), "it waits for the service: it was not refused");
    Ok(())
}

/// Whoever takes the audit trail out is on record before it is given out.
#[test]
fn an_export_is_given_out_when_it_is_on_record() -> Outcome {
    let house = House::new()?;
    let quinn = house.login("quinn")?;
    let told = house.get("/api/v1/audit/export?kind=access&from=2026").by(&quinn).send()?;
    assert_eq!((told.status, told.body.as_str()), (200, "seq,at\n"), "{told:?}");
    assert_eq!(told.header("content-type"), Some("text/csv; charset=utf-8"));
    let disposition = told.header("content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"audit.csv\""));
    let seen = house.seen();
    assert!(seen[0].contains("kind: Some(\"access\")"), "{seen:?}");
    assert_eq!(seen[1], "note audit_export of 0 events Some(\"sha256:5a\") by quinn");
    // Without the token of a form it is no export: a link on a foreign page takes nothing out.
    let bare = house.get("/api/v1/audit/export").header(&quinn.cookie_header()).send()?;
    assert_eq!(bare.code(), (403, "csrf".to_owned()));
    for bad in ["after=1&before=2", "who=", "limit=x", "kind=a%0Ab"] {
        let told = house.get(&format!("/api/v1/audit?{bad}")).by(&quinn).send()?;
        assert_eq!(told.status, 400, "{bad}: {told:?}");
    }
    Ok(())
}
