//! What is refused for its form, and in what words.

use crate::house::{House, Outcome, TOKEN, expect};
use serde_json::json;

fn refused(house: &House, method: &str, path: &str, body: &str, wanted: (u16, &str)) -> Outcome {
    let told = house.call(method, path).bearer().body(body).send()?;
    expect(&told, wanted.0, wanted.1);
    let kind = told.header("content-type");
    assert_eq!(kind, Some("application/problem+json"), "{method} {path}");
    let problem = told.json()?;
    for member in ["title", "detail", "where", "remedy"] {
        assert!(problem[member].as_str().is_some_and(|s| !s.is_empty()), "{path}: {problem}");
    }
    assert!(!told.body.contains(TOKEN), "{}", told.body);
    Ok(())
}

#[test]
fn refusals_are_problems_that_say_what_where_and_what_to_do() -> Outcome {
    let house = House::new()?;
    let large = "x".repeat(hmi::BODY_BYTES_MAX + 1);
    let said = |more: &str| format!("{{\"reason\": \"r\", \"who\": \"w\", {more}}}");
    let setup = said("\"term\": \"setup\", \"count\": 1");
    let first_alone = said("\"serial\": \"S\", \"first_pack\": true");
    let first_two = said("\"serial\": \"S\", \"first_pack\": true, \"second\": \"x\"");
    let long = said(&format!("\"serial\": \"{}\"", "S".repeat(21)));
    let lost = "{\"as\": \"lost\", \"reason\": \"r\", \"who\": \"w\"}";
    let many = json!({ "act": { "act": "order_start", "batch": "B1" },
        "signatures": ["a", "b", "c"] })
    .to_string();
    let orders = "/api/v1/orders";
    let of = |rest: &str| format!("{orders}/B1/{rest}");
    let table: &[(&str, &str, &str, u16, &str)] = &[
        ("DELETE", orders, "", 405, "wrong_method"),
        ("GET", &of("start"), "", 405, "wrong_method"),
        ("POST", "/", "", 405, "wrong_method"),
        ("GET", "/api/v1/nothing", "", 404, "unknown_route"),
        ("GET", "/nothing", "", 404, "unknown_route"),
        ("POST", &of("explode"), "", 404, "unknown_action"),
        ("POST", orders, &large, 413, "body_too_large"),
        ("POST", orders, " ", 400, "body_empty"),
        ("POST", &of("start"), "{\"whom\": 1}", 400, "body_form"),
        ("POST", &of("start"), "{\"who\": \"\"}", 400, "text"),
        ("POST", &of("packs/7/resolve"), "", 400, "body_form"),
        ("POST", &of("packs/7/resolve"), lost, 400, "body_form"),
        ("POST", &of("packs/x/resolve"), "", 400, "body_form"),
        ("POST", &of("packs/x/resolve"), &said("\"as\": \"ejected\""), 400, "track_number"),
        ("GET", &of("packs?after=-1"), "", 400, "query"),
        ("GET", "/api/v1/orders/%B1/packs", "", 400, "path"),
        ("POST", "/api/v1/orders?pool=a&from_returned=true", "b = 1", 400, "query"),
        ("POST", "/api/v1/orders?claim=unique", "b = 1", 400, "query"),
        ("POST", "/api/v1/orders?pool=a&claim=", "b = 1", 400, "text"),
        ("POST", "/api/v1/orders?pol=a", "b = 1", 400, "query"),
        ("POST", &of("declare"), &setup, 400, "body_form"),
        ("POST", &of("sample"), &first_alone, 400, "second_person"),
        ("POST", &of("remove"), &first_two, 400, "second_person"),
        ("POST", &of("sample"), &long, 400, "text"),
        ("POST", "/api/v1/acts", "{\"act\": {\"act\": \"explode\"}}", 400, "body_form"),
        ("POST", "/api/v1/acts", &many, 400, "count"),
        ("POST", "/api/v1/orders/NONE/start", "", 409, "wrong_state"),
    ];
    for (method, path, body, status, code) in table {
        refused(&house, method, path, body, (*status, code))?;
    }
    let seen = house.seen();
    assert_eq!(seen, ["order_start NONE by unnamed unauthenticated None None None []"]);
    Ok(())
}

#[test]
fn who_bears_no_token_and_has_no_session_is_nobody() -> Outcome {
    let house = House::new()?;
    for header in ["X-Nothing: 1", "Authorization: Bearer wrong", "Authorization: 0123456789abcdef"]
    {
        let told = house.call("POST", "/api/v1/orders/B1/start").header(header).send()?;
        expect(&told, 401, "no_session");
    }
    assert_eq!(house.seen(), [""; 0]);
    Ok(())
}

#[test]
fn other_hosts_and_other_pages_are_refused() -> Outcome {
    let house = House::new()?;
    let told = house.get("/api/v1/status").header("Host: evil.example").send()?;
    expect(&told, 421, "foreign_host");
    let olga = house.login("olga")?;
    let own = format!("Origin: http://{}", house.addr);
    let hold = || house.call("POST", "/api/v1/orders/B1/hold").by(&olga);
    let foreign = [
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://localhost:1",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ];
    for header in foreign {
        expect(&hold().header(header).send()?, 403, "foreign_origin");
    }
    assert_eq!(house.seen(), [""; 0]);
    assert_eq!(hold().header(&own).header("Sec-Fetch-Site: same-origin").send()?.status, 200);
    Ok(())
}

#[test]
fn only_loopback_is_served() {
    for addr in ["0.0.0.0:0", "192.168.1.1:80", "[::]:0"] {
        let addr: std::net::SocketAddr = addr.parse().expect("address");
        let text = hmi::bind(addr).map(|b| b.addr()).expect_err("refused").to_string();
        assert!(text.contains("loopback") && text.contains("127.0.0.1"), "{text}");
    }
}

#[test]
fn a_version_that_is_none_is_refused() -> Outcome {
    let house = House::new()?;
    for bad in ["17", "\"x\"", "W/\"17\"", "*"] {
        let header = format!("If-Match: {bad}");
        let told = house.call("POST", "/api/v1/orders/B1/hold").bearer().header(&header).send()?;
        expect(&told, 400, "if_match");
    }
    let tag = house.get("/api/v1/status").send()?;
    let header = format!("If-Match: {}", tag.header("etag").ok_or("no tag")?);
    let told = house.call("POST", "/api/v1/orders/B1/hold").bearer().header(&header).send()?;
    assert_eq!(told.status, 200);
    assert_eq!(house.seen(), ["unit_hold B1 by unnamed unauthenticated None None Some(0) []"]);
    Ok(())
}
