//! Signatures over the API: three steps, each refused where it must be, and on record.

use crate::house::{ELSEWHERE, House, Outcome, PASSWORD, Session, Told, expect};
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn start() -> Value {
    json!({ "act": "order_start", "batch": "B1" })
}

fn close() -> Value {
    json!({ "act": "batch_close", "batch": "B1" })
}

/// Hash of the act's sheet as it is shown now.
fn shown(house: &House, by: &Session, act: &Value) -> Outcome<String> {
    let told = house.post("/api/v1/sheets", act).by(by).send()?;
    assert_eq!(told.status, 200, "{told:?}");
    Ok(told.json()?["sha256"].as_str().ok_or("no hash")?.to_owned())
}

fn ask(
    house: &House,
    by: &Session,
    act: &Value,
    sha256: &str,
    after: Option<&str>,
) -> Outcome<Told> {
    let body = json!({ "act": act, "sha256": sha256, "reason": "a test", "after": after });
    house.post("/api/v1/signatures", &body).by(by).send()
}

/// Asks for a signature; its id.
fn asked(house: &House, by: &Session, act: &Value, after: Option<&str>) -> Outcome<String> {
    let sha256 = shown(house, by, act)?;
    let told = ask(house, by, act, &sha256, after)?;
    assert_eq!(told.status, 200, "{told:?}");
    Ok(told.json()?["id"].as_str().ok_or("no id")?.to_owned())
}

fn give(house: &House, by: &Session, id: &str, user: Option<&str>, word: &str) -> Outcome<Told> {
    let body = json!({ "user": user, "password": word });
    house.post(&format!("/api/v1/signatures/{id}"), &body).by(by).send()
}

fn act(house: &House, by: &Session, act: &Value, ids: &[&str]) -> Outcome<Told> {
    let body = json!({ "act": act, "reason": "a test", "signatures": ids });
    house.post("/api/v1/acts", &body).by(by).send()
}

#[test]
fn two_persons_sign_and_each_signature_is_good_for_one_act() -> Outcome {
    let house = House::new()?;
    let sven = house.login("sven")?;
    let first = asked(&house, &sven, &close(), None)?;
    let told = give(&house, &sven, &first, Some("sven"), PASSWORD)?.json()?;
    assert_eq!((&told["name"], &told["meaning"]), (&"Sven Sund".into(), &"performed".into()));
    let second = asked(&house, &sven, &close(), Some(&first))?;
    let told = give(&house, &sven, &second, Some("quinn"), PASSWORD)?.json()?;
    assert_eq!((&told["who"], &told["meaning"]), (&"quinn".into(), &"approved".into()));
    assert_eq!(act(&house, &sven, &close(), &[&first, &second])?.status, 200);
    let said = house.seen().pop().ok_or("nothing came through")?;
    assert!(said.ends_with("[\"sven\", \"quinn\"]"), "{said}");
    expect(&act(&house, &sven, &close(), &[&first, &second])?, 409, "signature_unknown");
    // The password alone at the next one.
    let third = asked(&house, &sven, &start(), None)?;
    assert_eq!(give(&house, &sven, &third, None, PASSWORD)?.status, 200);
    let log = house.accesses();
    let signed = |who: &str, what: &str| {
        let same =
            |(w, t, granted, _): &&(String, String, bool, &str)| w == who && t == what && *granted;
        log.iter().filter(same).count()
    };
    assert_eq!(signed("sven", "sign batch_close"), 1);
    assert_eq!(signed("quinn", "sign batch_close"), 1);
    Ok(())
}

#[test]
fn a_record_that_changed_is_not_signed() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    let old = shown(&house, &olga, &start())?;
    let change = |to: u32| *house.shared.sheet.lock().expect("sheet") = json!({ "good": to });
    change(1);
    expect(&ask(&house, &olga, &start(), &old, None)?, 409, "sign_record_changed");
    let id = asked(&house, &olga, &start(), None)?;
    change(2);
    expect(&give(&house, &olga, &id, Some("olga"), PASSWORD)?, 409, "sign_record_changed");
    let refused = ("olga".into(), "sign order_start".into(), "sign_record_changed");
    assert_eq!(house.refused(), refused);
    expect(&act(&house, &olga, &start(), &[&id])?, 409, "signature_unknown");
    Ok(())
}

#[test]
fn one_try_and_in_time() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    let id = asked(&house, &olga, &start(), None)?;
    expect(&give(&house, &olga, &id, None, PASSWORD)?, 403, "sign_both_components");
    expect(&give(&house, &olga, &id, Some("olga"), PASSWORD)?, 409, "sign_replayed");
    assert_eq!(house.refused(), ("olga".into(), "sign".into(), "sign_replayed"));
    let id = asked(&house, &olga, &start(), None)?;
    expect(&give(&house, &olga, &id, Some("olga"), "wrong")?, 401, "sign_password");
    assert_eq!(house.refused(), ("olga".into(), "sign order_start".into(), "sign_password"));
    expect(&give(&house, &olga, &id, Some("olga"), PASSWORD)?, 409, "sign_replayed");
    let id = asked(&house, &olga, &start(), None)?;
    house.wait(3 * MINUTE);
    expect(&give(&house, &olga, &id, Some("olga"), PASSWORD)?, 409, "sign_timed_out");
    assert_eq!(house.refused(), ("olga".into(), "sign".into(), "sign_timed_out"));
    let id = asked(&house, &olga, &start(), None)?;
    expect(&give(&house, &olga, &id, Some("otto"), PASSWORD)?, 403, "sign_other_person");
    let id = asked(&house, &olga, &start(), None)?;
    assert_eq!(give(&house, &olga, &id, Some("olga"), PASSWORD)?.status, 200);
    expect(&give(&house, &olga, &id, Some("olga"), PASSWORD)?, 409, "sign_replayed");
    Ok(())
}

#[test]
fn a_signature_belongs_to_its_session() -> Outcome {
    let house = House::new()?;
    let (olga, otto) = (house.login("olga")?, house.login("otto")?);
    let id = asked(&house, &olga, &start(), None)?;
    expect(&give(&house, &otto, &id, Some("olga"), PASSWORD)?, 403, "sign_other_session");
    assert_eq!(house.refused(), ("otto".into(), "sign".into(), "sign_other_session"));
    assert_eq!(give(&house, &olga, &id, Some("olga"), PASSWORD)?.status, 200);
    expect(&act(&house, &otto, &start(), &[&id])?, 409, "signature_unknown");
    assert_eq!(act(&house, &olga, &start(), &[&id])?.status, 200, "nobody else took it");
    // Nor does it outlive the session, whoever comes with it.
    let id = asked(&house, &olga, &start(), None)?;
    assert_eq!(give(&house, &olga, &id, None, PASSWORD)?.status, 200);
    let end = house.call("DELETE", "/api/v1/session").by(&olga).send()?;
    assert_eq!(end.status, 200);
    expect(&act(&house, &olga, &start(), &[&id])?, 401, "no_session");
    Ok(())
}

#[test]
fn the_second_person_is_another_one_with_the_right_role() -> Outcome {
    let house = House::new()?;
    let quinn = house.login("quinn")?;
    let first = asked(&house, &quinn, &close(), None)?;
    assert_eq!(give(&house, &quinn, &first, Some("quinn"), PASSWORD)?.status, 200);
    for (second, status, code) in [
        ("quinn", 403, "sign_same_person"),
        ("QUINN", 403, "sign_same_person"),
        ("olga", 403, "sign_second_role"),
        ("ada", 403, "sign_second_role"),
        ("newman", 403, "must_change_password"),
        ("nobody.known", 401, "sign_password"),
    ] {
        let id = asked(&house, &quinn, &close(), Some(&first))?;
        expect(&give(&house, &quinn, &id, Some(second), PASSWORD)?, status, code);
        assert_eq!(house.refused().2, code, "{second}");
    }
    // A second signature is asked for after a first one for the same thing only.
    let sha256 = shown(&house, &quinn, &json!({ "act": "batch_close", "batch": "B2" }))?;
    let other = json!({ "act": "batch_close", "batch": "B2" });
    expect(&ask(&house, &quinn, &other, &sha256, Some(&first))?, 409, "sign_record_changed");
    let id = asked(&house, &quinn, &close(), Some(&first))?;
    assert_eq!(give(&house, &quinn, &id, Some("quentin"), PASSWORD)?.status, 200);
    Ok(())
}

#[test]
fn nobody_reviews_his_own_work() -> Outcome {
    let house = House::new()?;
    *house.shared.sheet.lock().expect("sheet") = json!({ "done_by": ["sven", "olga"] });
    let review = json!({ "act": "reject_review", "batch": "B1", "tracks": [7],
        "finding": "confirmed" });
    let sven = house.login("sven")?;
    let sha256 = shown(&house, &sven, &review)?;
    expect(&ask(&house, &sven, &review, &sha256, None)?, 403, "sign_own_work");
    let refused = ("sven".into(), "sign reject_review".into(), "sign_own_work");
    assert_eq!(house.refused(), refused);
    let quinn = house.login("quinn")?;
    let id = asked(&house, &quinn, &review, None)?;
    assert_eq!(give(&house, &quinn, &id, Some("quinn"), PASSWORD)?.status, 200);
    Ok(())
}

#[test]
fn what_is_not_signed_and_who_may_not_sign() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    let hold = json!({ "act": "unit_hold", "batch": "B1" });
    let sha256 = shown(&house, &olga, &hold)?;
    expect(&ask(&house, &olga, &hold, &sha256, None)?, 403, "not_signed");
    let before = house.seen().len();
    let erik = house.login("erik")?;
    expect(&ask(&house, &erik, &start(), &sha256, None)?, 403, "not_permitted");
    let told = house.post(
        "/api/v1/signatures",
        &json!({ "act": start(), "sha256": "0",
        "reason": "r" }),
    );
    expect(&told.bearer().send()?, 401, "no_session");
    assert_eq!(house.seen().len(), before, "the line was asked nothing");
    Ok(())
}

#[test]
fn from_another_station_nothing_is_signed() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    let id = asked(&house, &olga, &start(), None)?;
    let body = json!({ "user": "olga", "password": PASSWORD });
    let path = format!("/api/v1/signatures/{id}");
    let told = house.post(&path, &body).by(&olga).from(ELSEWHERE).send()?;
    expect(&told, 401, "other_station");
    expect(&give(&house, &olga, &id, Some("olga"), PASSWORD)?, 401, "no_session");
    Ok(())
}
