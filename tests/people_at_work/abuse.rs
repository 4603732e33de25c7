//! What somebody would try: over the socket, against the service that ships.

use crate::Outcome;
use crate::client::expect;
use crate::crew::{Crew, OWN};
use crate::plant::BATCH;
use serde_json::json;
use std::net::Ipv4Addr;

const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn loaded() -> Outcome<Crew> {
    let crew = Crew::settled()?;
    let order = crew.plant.text("order.toml");
    crew.said(&["order", "load", &order, "--as", "olga"], &format!("{OWN}\n"))?.json()?;
    Ok(crew)
}

#[test]
fn a_signature_is_for_its_act_and_its_record_and_for_once() -> Outcome {
    let crew = loaded()?;
    let olga = crew.login("olga")?;
    let start = json!({ "act": "order_start", "batch": BATCH });
    let sample = json!({ "act": "sample", "batch": BATCH, "serial": "A1" });
    let act = |act: &serde_json::Value, ids: &[&str]| {
        crew.post("/acts", &json!({ "act": act, "signatures": ids })).by(&olga).send()
    };
    expect(&act(&start, &[])?, 409, "signature_needed");
    let id = crew.signed(&olga, "olga", &start)?;
    expect(&act(&sample, &[&id])?, 409, "sign_record_changed");
    expect(&act(&start, &[&id])?, 409, "signature_unknown");
    let hold = json!({ "act": "unit_hold", "batch": BATCH });
    let id = crew.signed(&olga, "olga", &start)?;
    expect(&act(&hold, &[&id])?, 409, "signature_needed");
    let id = crew.signed(&olga, "olga", &start)?;
    // It is good, the line is not ready.
    expect(&act(&start, &[&id])?, 409, "challenge_needed");
    let body = json!({ "user": "olga", "password": OWN });
    let again = crew.post(&format!("/signatures/{id}"), &body).by(&olga).send()?;
    expect(&again, 409, "sign_replayed");
    crew.on_record("olga", "sign", "sign_replayed")?;
    let commands = crew.events("command")?;
    let answered = |code: &str| commands.iter().any(|c| c["who"] == "olga" && c["answer"] == code);
    for code in ["signature_needed", "sign_record_changed", "challenge_needed"] {
        assert!(answered(code), "{code} is not on record: {commands:?}");
    }
    crew.end()
}

#[test]
fn sessions_and_forms_of_others_are_refused_and_on_record() -> Outcome {
    let crew = loaded()?;
    let hold = format!("/orders/{BATCH}/hold");
    let olga = crew.login("olga")?;
    let bare = crew.call("POST", &hold).header(&olga.cookie_header()).send()?;
    expect(&bare, 403, "csrf");
    crew.on_record("olga", "unit_hold", "csrf")?;
    let foreign = crew.call("POST", &hold).by(&olga).header("Origin: http://evil.example");
    expect(&foreign.send()?, 403, "foreign_origin");
    let brought = format!("Cookie: __Host-packline={}", "5a".repeat(32));
    let body = json!({ "user": "quinn", "password": OWN });
    let quinn = crew.post("/session", &body).header(&brought).send()?.session()?;
    assert!(!brought.contains(&quinn.cookie), "{quinn:?}");
    expect(&crew.call("POST", &hold).by(&quinn).send()?, 403, "not_permitted");
    crew.on_record("quinn", "unit_hold", "not_permitted")?;
    let stolen = crew.call("POST", &hold).by(&olga).from(ELSEWHERE).send()?;
    expect(&stolen, 401, "other_station");
    crew.on_record("unknown", "unit_hold", "other_station")?;
    expect(&crew.call("POST", &hold).by(&olga).send()?, 401, "no_session");
    crew.on_record("unknown", "unit_hold", "no_session")?;
    let wrong = json!({ "user": "olga", "password": "nonsense" });
    expect(&crew.post("/session", &wrong).send()?, 401, "name_or_password");
    crew.on_record("olga", "login", "name_or_password")?;
    let token: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(crew.plant.path("data/api.json"))?)?;
    let bearer = format!("Authorization: Bearer {}", token["token"].as_str().ok_or("no token")?);
    expect(&crew.call("POST", &hold).header(&bearer).send()?, 403, "login_needed");
    assert_eq!(crew.call("GET", "/orders").header(&bearer).send()?.status, 200);
    crew.end()
}

#[test]
fn a_stale_screen_is_refused_but_not_for_stop() -> Outcome {
    let crew = loaded()?;
    let sven = crew.login("sven")?;
    let status = crew.call("GET", "/status").send()?;
    let tag = status.header("etag").ok_or("no version")?.to_owned();
    let hold = |tag: &str| {
        let header = format!("If-Match: {tag}");
        crew.call("POST", &format!("/orders/{BATCH}/hold")).by(&sven).header(&header).send()
    };
    expect(&hold("\"999999\"")?, 409, "stale_screen");
    // The line itself says what it thinks of a hold; the version is the one it has.
    assert_ne!(hold(&tag)?.code().1, "stale_screen");
    let stop = json!({ "act": { "act": "unit_stop", "batch": BATCH } });
    let stale = crew.post("/acts", &stop).header("If-Match: \"999999\"").send()?;
    assert_ne!(stale.code().1, "stale_screen", "{stale:?}");
    let commands = crew.events("command")?;
    let by_anyone = commands.iter().any(|c| c["who"] == "anyone" && c["what"] == "unit_stop");
    assert!(by_anyone, "{commands:?}");
    crew.end()
}

#[test]
fn a_flood_of_logins_is_folded_on_record_and_stop_goes_through() -> Outcome {
    let crew = loaded()?;
    let stop = json!({ "act": { "act": "unit_stop", "batch": BATCH } });
    let wrong = json!({ "user": "olga", "password": "nonsense" });
    let before = crew.events("access")?.len();
    std::thread::scope(|scope| -> Outcome {
        let floods: Vec<_> = (0..4)
            .map(|_| {
                let (crew, wrong) = (&crew, &wrong);
                scope.spawn(move || {
                    let sent = (0..100).map(|_| crew.post("/session", wrong).send());
                    sent.filter_map(Result::ok).map(|told| told.status).collect::<Vec<_>>()
                })
            })
            .collect();
        for _ in 0..5 {
            let told = crew.post("/acts", &stop).send()?;
            assert!(told.status == 200 || told.status == 409, "{told:?}");
        }
        for flood in floods {
            let answers = flood.join().map_err(|_| "a flood panicked")?;
            let known = answers.iter().all(|status| [401, 429, 503].contains(status));
            assert!(known && answers.len() == 100, "{answers:?}");
        }
        Ok(())
    })?;
    let events = crew.events("access")?.len() - before;
    assert!(events < 20, "{events} records of 400 attempts");
    crew.on_record("olga", "login", "too_soon")?;
    let alarms = crew.events("alarm")?;
    assert!(alarms.iter().any(|alarm| alarm["what"] == "failed_logins"), "{alarms:?}");
    crew.end()
}

#[test]
fn the_audit_trail_is_read_and_taken_out_by_who_may() -> Outcome {
    let crew = loaded()?;
    let quinn = crew.login("quinn")?;
    let page = |query: &str| crew.call("GET", &format!("/audit?{query}")).by(&quinn).send()?.json();
    let newest = page("limit=3")?;
    let seqs = |page: &serde_json::Value| -> Vec<i64> {
        let events = page["events"].as_array().cloned().unwrap_or_default();
        events.iter().filter_map(|event| event["seq"].as_i64()).collect()
    };
    let older = page(&format!("limit=3&before={}", newest["older"]))?;
    let back = page(&format!("limit=3&after={}", older["newer"]))?;
    let mut forth = seqs(&back);
    forth.reverse();
    assert_eq!(forth, seqs(&newest), "both ways: {newest} {older}");
    assert!(seqs(&older)[0] < seqs(&newest)[2]);
    let logins = page("who=olga&kind=access&chain=site&from=2020&to=9999&limit=1000")?;
    assert!(!seqs(&logins).is_empty(), "{logins}");
    assert!(seqs(&page("from=9998")?).is_empty());
    assert!(seqs(&page("chain=nowhere")?).is_empty());

    let olga = crew.login("olga")?;
    expect(&crew.call("GET", "/audit").by(&olga).send()?, 403, "not_permitted");
    let csv = crew.call("GET", "/audit/export?kind=user_changed").by(&quinn).send()?;
    assert_eq!(csv.status, 200, "{csv:?}");
    assert!(csv.body.starts_with("seq,at,chain,kind,who,role,what,event"), "{}", csv.body);
    let json = crew.call("GET", "/audit/export?form=json&kind=user_changed").by(&quinn).send()?;
    let whole = json.json()?;
    assert_eq!(whole.as_array().map(Vec::len), Some(csv.body.trim().lines().count() - 1));
    let exports = crew.events("command")?;
    let taken = exports.iter().filter(|c| c["who"] == "quinn" && c["answer"] == "done");
    let taken: Vec<_> = taken.filter_map(|c| c["what"].as_str()).collect();
    let exported = taken.iter().filter(|what| what.starts_with("audit_export of")).count();
    assert_eq!(exported, 2, "{exports:?}");
    crew.end()
}
