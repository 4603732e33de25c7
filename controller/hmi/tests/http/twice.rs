//! Commands that come twice: one key, one command, one answer.

use crate::house::{House, LOST, Outcome, PASSWORD, SLOW, Told, expect};
use serde_json::json;
use std::io::Read;
use std::time::Duration;

fn start(house: &House, batch: &str, reason: &str, key: &str) -> Outcome<Told> {
    let body = json!({ "reason": reason });
    house.post(&format!("/api/v1/orders/{batch}/start"), &body).bearer().key(key).send()
}

fn starts(house: &House, batch: &str) -> usize {
    let start = format!("order_start {batch} ");
    house.seen().iter().filter(|said| said.starts_with(&start)).count()
}

fn until_seen(house: &House, batch: &str) {
    while starts(house, batch) == 0 {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_double_tap_starts_one_batch() -> Outcome {
    let house = House::new()?;
    let first = start(&house, "B1", "tap", "k1")?;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None), "{first:?}");
    let second = start(&house, "B1", "tap", "k1")?;
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(starts(&house, "B1"), 1);
    assert!(second.header("content-security-policy").is_some(), "{second:?}");
    expect(&start(&house, "B1", "another reason", "k1")?, 409, "key_used");
    expect(&start(&house, "B2", "tap", "k1")?, 409, "key_used");
    assert_eq!((starts(&house, "B1"), starts(&house, "B2")), (1, 0));
    assert_eq!(start(&house, "B1", "tap", "k2")?.status, 200, "a new key is a new command");
    assert_eq!(starts(&house, "B1"), 2);
    Ok(())
}

#[test]
fn a_refusal_of_the_line_is_an_answer_too() -> Outcome {
    let house = House::new()?;
    expect(&start(&house, "NONE", "tap", "k1")?, 409, "wrong_state");
    let again = start(&house, "NONE", "tap", "k1")?;
    expect(&again, 409, "wrong_state");
    assert_eq!(again.header("content-type"), Some("application/problem+json"));
    assert_eq!(starts(&house, "NONE"), 1);
    Ok(())
}

#[test]
fn while_the_first_is_not_answered_the_second_waits_its_turn() -> Outcome {
    let house = House::new()?;
    let path = format!("/api/v1/orders/{SLOW}/start");
    let mut first = house.post(&path, &json!({ "reason": "tap" })).bearer().key("k1").open()?;
    until_seen(&house, SLOW);
    expect(&start(&house, SLOW, "tap", "k1")?, 409, "still_running");
    house.open_gate();
    let mut text = String::new();
    first.read_to_string(&mut text)?;
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    let again = start(&house, SLOW, "tap", "k1")?;
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again:?}");
    assert!(text.ends_with(&again.body));
    assert_eq!(starts(&house, SLOW), 1);
    Ok(())
}

#[test]
fn a_caller_who_went_away_gets_the_first_answer_when_he_comes_again() -> Outcome {
    let house = House::new()?;
    let path = format!("/api/v1/orders/{SLOW}/start");
    let first = house.post(&path, &json!({ "reason": "tap" })).bearer().key("k1").open()?;
    until_seen(&house, SLOW);
    first.shutdown(std::net::Shutdown::Both)?;
    drop(first);
    // The server has time to see that nobody is there any more.
    std::thread::sleep(Duration::from_millis(100));
    expect(&start(&house, SLOW, "tap", "k1")?, 409, "still_running");
    house.open_gate();
    let mut again = start(&house, SLOW, "tap", "k1")?;
    while again.code().1 == "still_running" {
        again = start(&house, SLOW, "tap", "k1")?;
    }
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(starts(&house, SLOW), 1);
    Ok(())
}

/// Nobody knows whether it was done: the key is used up.
#[test]
fn a_command_without_an_answer_is_not_done_again() -> Outcome {
    let house = House::new()?;
    expect(&start(&house, LOST, "tap", "k1")?, 503, "dropped");
    expect(&start(&house, LOST, "tap", "k1")?, 503, "dropped");
    assert_eq!(starts(&house, LOST), 1);
    Ok(())
}

/// Who is not let in has used no key up.
#[test]
fn after_unlocking_the_same_tap_is_done() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    house.wait(Duration::from_secs(700));
    let hold = || house.call("POST", "/api/v1/orders/B1/hold").by(&olga).key("k1").send();
    expect(&hold()?, 403, "locked");
    let body = json!({ "password": PASSWORD });
    assert_eq!(house.post("/api/v1/session/unlock", &body).by(&olga).send()?.status, 200);
    let held = hold()?;
    assert_eq!((held.status, held.header("idempotent-replayed")), (200, None), "{held:?}");
    assert_eq!(hold()?.header("idempotent-replayed"), Some("true"));
    assert_eq!(house.seen().len(), 1);
    Ok(())
}

#[test]
fn a_key_is_its_senders_own() -> Outcome {
    let house = House::new()?;
    let (olga, otto) = (house.login("olga")?, house.login("otto")?);
    let hold = || house.call("POST", "/api/v1/orders/B1/hold").key("k1");
    for call in [hold().by(&olga), hold().by(&otto), hold().bearer()] {
        let told = call.send()?;
        assert_eq!((told.status, told.header("idempotent-replayed")), (200, None), "{told:?}");
    }
    // Other cookies beside the session's do not make another sender.
    let cookie = format!("Cookie: language=de; {}", olga.cookie);
    let csrf = format!("X-CSRF-Token: {}", olga.csrf);
    let told = hold().header(&cookie).header(&csrf).send()?;
    assert_eq!(told.header("idempotent-replayed"), Some("true"), "{told:?}");
    // Stop has no sender; a station's key is not another one's.
    let stop = json!({ "act": { "act": "unit_stop", "batch": "B1" } });
    let stop = || house.post("/api/v1/acts", &stop).key("k1");
    assert_eq!(stop().send()?.header("idempotent-replayed"), None);
    assert_eq!(stop().from(crate::house::ELSEWHERE).send()?.header("idempotent-replayed"), None);
    assert_eq!(stop().send()?.header("idempotent-replayed"), Some("true"));
    Ok(())
}

#[test]
fn a_key_has_a_form() -> Outcome {
    let house = House::new()?;
    for bad in ["", "with space", "ümlaut", &"k".repeat(65)] {
        expect(&start(&house, "B1", "tap", bad)?, 400, "idempotency_key");
    }
    let large = "x".repeat(hmi::BODY_BYTES_MAX + 1);
    let told = house.call("POST", "/api/v1/orders").bearer().key("k1").body(&large).send()?;
    expect(&told, 413, "body_too_large");
    assert_eq!(house.seen(), [""; 0]);
    Ok(())
}

/// What holds a secret is not remembered: no answer of it is given twice.
#[test]
fn answers_with_secrets_are_not_kept() -> Outcome {
    let house = House::new()?;
    let login = json!({ "user": "ada", "password": PASSWORD });
    let first = house.post("/api/v1/session", &login).key("k1").send()?;
    let second = house.post("/api/v1/session", &login).key("k1").send()?;
    assert_ne!(first.session()?, second.session()?);
    let ada = second.session()?;
    let given = json!({ "change": "password", "reason": "r" });
    let give = || house.post("/api/v1/users/olga", &given).by(&ada).key("k2").send();
    let (one, two) = (give()?, give()?);
    assert_eq!((one.status, two.status), (200, 200));
    assert_ne!(one.json()?["one_time_password"], two.json()?["one_time_password"]);
    for told in [first, two] {
        assert_eq!(told.header("idempotent-replayed"), None, "{told:?}");
    }
    Ok(())
}

/// More keys than are remembered: what still runs is not forgotten.
#[test]
fn a_flood_of_keys_does_not_make_a_running_command_run_again() -> Outcome {
    let house = House::new()?;
    let path = format!("/api/v1/orders/{SLOW}/start");
    let _first = house.post(&path, &json!({ "reason": "tap" })).bearer().key("k1").open()?;
    until_seen(&house, SLOW);
    for n in 0..300 {
        let told = house.call("POST", "/api/v1/orders/B1/hold").bearer().key(&format!("f{n}"));
        assert_eq!(told.send()?.status, 200);
    }
    expect(&start(&house, SLOW, "tap", "k1")?, 409, "still_running");
    // Who has not proven anything makes nothing forgotten.
    let kept = house.call("POST", "/api/v1/orders/B1/hold").bearer().key("f299").send()?;
    assert_eq!(kept.header("idempotent-replayed"), Some("true"));
    for n in 0..300 {
        let told = house.call("POST", "/api/v1/orders/B1/hold").key(&format!("n{n}")).send()?;
        assert_eq!(told.status, 401);
    }
    let kept = house.call("POST", "/api/v1/orders/B1/hold").bearer().key("f299").send()?;
    assert_eq!(kept.header("idempotent-replayed"), Some("true"));
    Ok(())
}
