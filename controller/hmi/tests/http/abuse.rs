//! Sessions over the API as somebody would abuse them: refused, and on record.

use crate::house::{ELSEWHERE, HERE, House, Outcome, PASSWORD, Session, expect, hasher};
use hmi::{DESK_QUEUE, Desk};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

const HOLD: &str = "/api/v1/orders/B1/hold";

fn stop() -> Value {
    json!({ "act": { "act": "unit_stop", "batch": "B1" } })
}

fn credentials(user: &str, password: &str) -> Value {
    json!({ "user": user, "password": password })
}

#[test]
fn a_stolen_token_ends_the_session() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    let told = house.call("POST", HOLD).by(&olga).from(ELSEWHERE).send()?;
    expect(&told, 401, "other_station");
    let log = house.accesses();
    let ended = log.iter().any(|a| a.1 == "session_end" && a.3 == "other_station" && a.0 == "olga");
    assert!(ended, "{log:?}");
    assert_eq!(house.refused().2, "other_station");
    expect(&house.call("POST", HOLD).by(&olga).send()?, 401, "no_session");
    // Looking at it from elsewhere is no less.
    let olga = house.login("olga")?;
    expect(&house.get("/api/v1/session").by(&olga).from(ELSEWHERE).send()?, 401, "no_session");
    expect(&house.get("/api/v1/session").by(&olga).send()?, 401, "no_session");
    assert_eq!(house.seen(), [""; 0]);
    Ok(())
}

#[test]
fn a_command_needs_the_token_of_its_own_sessions_forms() -> Outcome {
    let house = House::new()?;
    let (olga, otto) = (house.login("olga")?, house.login("otto")?);
    let foreign = Session { csrf: otto.csrf.clone(), ..olga.clone() };
    let of_cookie = Session { csrf: olga.cookie.clone(), ..olga.clone() };
    let none = Session { csrf: String::new(), ..olga.clone() };
    for forged in [&foreign, &of_cookie, &none] {
        for (method, path) in [
            ("POST", HOLD),
            ("POST", "/api/v1/session/lock"),
            ("POST", "/api/v1/session/password"),
            ("DELETE", "/api/v1/session"),
        ] {
            let body = if path.ends_with("password") {
                json!({ "old": PASSWORD, "new": "eleven grey herons" }).to_string()
            } else {
                String::new()
            };
            expect(&house.call(method, path).body(&body).by(forged).send()?, 403, "csrf");
            assert_eq!(house.refused().2, "csrf", "{path}");
        }
    }
    let bare = house.call("POST", HOLD).header(&olga.cookie_header()).send()?;
    expect(&bare, 403, "csrf");
    assert_eq!(house.seen(), [""; 0]);
    assert_eq!(house.call("POST", HOLD).by(&olga).send()?.status, 200, "the session goes on");
    Ok(())
}

#[test]
fn a_token_that_is_brought_along_is_never_taken() -> Outcome {
    let house = House::new()?;
    let brought = format!("__Host-packline={}", "5a".repeat(32));
    let cookie = format!("Cookie: {brought}");
    let body = credentials("olga", PASSWORD);
    let olga = house.post("/api/v1/session", &body).header(&cookie).send()?.session()?;
    assert_ne!(olga.cookie, brought);
    expect(&house.get("/api/v1/session").header(&cookie).send()?, 401, "no_session");
    // A session that was there is ended: nobody goes on in it beside the new one.
    let again = house.post("/api/v1/session", &body).by(&olga).send()?.session()?;
    assert_ne!(again.cookie, olga.cookie);
    expect(&house.get("/api/v1/session").by(&olga).send()?, 401, "no_session");
    // Of two cookies of the name the first one counts, as everywhere; a foreign one opens nothing.
    let both = format!("Cookie: {brought}; {}", again.cookie);
    expect(&house.get("/api/v1/session").header(&both).send()?, 401, "no_session");
    assert_eq!(house.get("/api/v1/session").by(&again).send()?.status, 200);
    Ok(())
}

#[test]
fn a_session_locks_ends_and_is_not_put_off_by_looking() -> Outcome {
    let house = House::new()?;
    let olga = house.login("olga")?;
    for _ in 0..11 {
        house.wait(Duration::from_secs(60));
        assert_eq!(house.get("/api/v1/session").by(&olga).send()?.status, 200);
    }
    expect(&house.call("POST", HOLD).by(&olga).send()?, 403, "locked");
    assert_eq!(house.refused(), ("olga".into(), "unit_hold".into(), "locked"));
    assert_eq!(house.get("/api/v1/status").by(&olga).send()?.status, 200, "the display goes on");
    let unlock = |word: &str| {
        let body = json!({ "password": word });
        house.post("/api/v1/session/unlock", &body).by(&olga).send()
    };
    expect(&unlock("wrong")?, 401, "name_or_password");
    assert_eq!(unlock(PASSWORD)?.status, 200);
    assert_eq!(house.call("POST", HOLD).by(&olga).send()?.status, 200);
    house.wait(Duration::from_secs(12 * 3_600));
    expect(&house.call("POST", HOLD).by(&olga).send()?, 401, "no_session");
    let ended = house.accesses().iter().any(|a| a.1 == "session_end" && a.3 == "expired");
    assert!(ended, "{:?}", house.accesses());
    Ok(())
}

#[test]
fn stop_works_for_anyone_whatever_is_delayed_locked_or_broken() -> Outcome {
    let house = House::new()?;
    let send = |call: crate::house::Call| -> Outcome {
        let told = call.send()?;
        assert_eq!(told.status, 200, "{told:?}");
        Ok(())
    };
    let acts = "/api/v1/acts";
    send(house.post(acts, &stop()))?;
    let olga = house.login("olga")?;
    // With a session it has a name, also without the token of a form.
    send(house.post(acts, &stop()).header(&olga.cookie_header()))?;
    house.wait(Duration::from_secs(700));
    send(house.post(acts, &stop()).by(&olga))?;
    // It is meant, whatever the line has become.
    send(house.post(acts, &stop()).header("If-Match: \"99\""))?;
    house.production(true);
    send(house.post(acts, &stop()).bearer())?;
    let who: Vec<String> = house
        .seen()
        .iter()
        .filter_map(|said| Some(said.split(" by ").nth(1)?.split(" None").next()?.to_owned()))
        .collect();
    let anyone = "anyone anyone";
    let wanted = [anyone, "olga operator", anyone, anyone, "unnamed unauthenticated"];
    assert_eq!(who, wanted);
    // Nothing can be put on record any more: nobody may do anything, and Stop works.
    let otto = house.login("otto")?;
    house.sink();
    send(house.post(acts, &stop()))?;
    house.wait(Duration::from_secs(700));
    expect(&house.call("POST", HOLD).by(&otto).send()?, 503, "not_kept");
    house.wait(Duration::from_secs(86_400));
    send(house.post(acts, &stop()).by(&otto))?;
    Ok(())
}

#[test]
fn a_flood_of_passwords_is_slowed_folded_and_never_reaches_stop() -> Outcome {
    let house = House::new()?;
    let mut codes = std::collections::BTreeMap::new();
    for n in 0..300 {
        let user = ["olga", "nobody.here"][n % 2];
        let told = house.post("/api/v1/session", &credentials(user, "wrong")).send()?;
        if told.status == 429 {
            assert!(told.header("retry-after").is_some(), "{told:?}");
        }
        *codes.entry(told.code()).or_insert(0) += 1;
        if n % 50 == 0 {
            let told = house.post("/api/v1/acts", &stop()).send()?;
            assert_eq!(told.status, 200, "{told:?}");
        }
    }
    let wrong = codes.get(&(401, "name_or_password".to_owned())).copied().unwrap_or_default();
    assert!(wrong <= 10, "{codes:?}");
    assert_eq!(codes.get(&(429, "too_soon".to_owned())), Some(&(300 - wrong)), "{codes:?}");
    // Also the right password waits.
    let told = house.post("/api/v1/session", &credentials("olga", PASSWORD)).send()?;
    expect(&told, 429, "too_soon");
    let log = house.accesses().len();
    assert!(log < 20, "{log} records of a flood");
    house.wait(Duration::from_secs(600));
    assert!(house.login("otto").is_ok(), "the delay has an end");
    let records = house.shared.records.lock().expect("records").clone();
    let counted: u32 = records
        .iter()
        .map(|record| match record {
            people::AuditRecord::Access(access) if !access.granted => access.times,
            _ => 0,
        })
        .sum();
    assert_eq!(counted, 301, "each refusal is told or counted");
    let secret = records.iter().any(|record| format!("{record:?}").contains("nobody.here"));
    assert!(!secret, "a name that is no user's may be a password");
    Ok(())
}

#[test]
fn a_name_tells_nothing_by_its_answer() -> Outcome {
    let house = House::new()?;
    let known = house.post("/api/v1/session", &credentials("olga", "wrong")).send()?;
    let unknown = house.post("/api/v1/session", &credentials("nobody.here", "wrong")).send()?;
    assert_eq!(known.body, unknown.body);
    assert_eq!(known.code(), (401, "name_or_password".to_owned()));
    let long = "x".repeat(300);
    let told = house.post("/api/v1/session", &credentials("olga", &long)).send()?;
    expect(&told, 422, "password_refused");
    Ok(())
}

/// However many callers come and go away again: one hash at a time, and few that wait.
#[test]
fn who_goes_away_leaves_no_second_hash_behind() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (jobs, _queue) = mpsc::channel(DESK_QUEUE);
    let desk = Desk::new(jobs, hasher());
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    runtime.block_on(async {
        let mut turned_away = 0;
        for _ in 0..100 {
            let (running, most) = (running.clone(), most.clone());
            let desk = desk.clone();
            let caller = tokio::spawn(async move {
                let slow = move |_: &people::Hasher| {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(30));
                    running.fetch_sub(1, Ordering::SeqCst);
                };
                desk.hash(slow).await.map_err(|problem| problem.code)
            });
            tokio::time::sleep(Duration::from_millis(2)).await;
            caller.abort();
            turned_away += usize::from(matches!(caller.await, Ok(Err(_))));
        }
        assert_eq!(turned_away, 0, "who has gone away does not wait");
        let mut all = Vec::new();
        for _ in 0..100 {
            let desk = desk.clone();
            all.push(tokio::spawn(async move {
                let short = |_: &people::Hasher| std::thread::sleep(Duration::from_millis(5));
                desk.hash(short).await.map_err(|problem| problem.code)
            }));
        }
        let mut busy = 0;
        for one in all {
            busy += usize::from(one.await.is_ok_and(|done| done.is_err()));
        }
        assert!(busy >= 60, "{busy} of 100 at once were turned away");
    });
    assert_eq!(most.load(Ordering::SeqCst), 1, "hashes beside each other");
    Ok(())
}

/// A password is hashed for whoever may give one, for nobody else.
#[test]
fn nobody_makes_the_service_hash_without_permission() -> Outcome {
    let house = House::new()?;
    let body = json!({ "user": "new.one", "name": "New One", "roles": ["quality"], "reason": "r" });
    expect(&house.post("/api/v1/users", &body).send()?, 401, "no_session");
    assert_eq!(house.refused().1, "users_administer");
    let given = json!({ "change": "password", "reason": "r" });
    let quinn = house.login("quinn")?;
    let told = house.post("/api/v1/users/olga", &given).by(&quinn).send()?;
    expect(&told, 403, "not_permitted");
    let ada = house.login("ada")?;
    let told = house.post("/api/v1/users", &body).by(&ada).from(HERE).send()?;
    assert_eq!(told.status, 200, "{told:?}");
    assert!(told.json()?["one_time_password"].is_string());
    let told = house.post("/api/v1/users/olga", &given).by(&ada).send()?;
    assert_eq!(told.status, 200, "{told:?}");
    let old = house.post("/api/v1/session", &credentials("olga", PASSWORD)).send()?;
    expect(&old, 401, "name_or_password");
    Ok(())
}

#[test]
fn the_token_of_the_service_commands_simulations_only_and_its_refusal_is_on_record() -> Outcome {
    let house = House::new()?;
    assert_eq!(house.call("POST", HOLD).bearer().send()?.status, 200);
    house.production(true);
    expect(&house.call("POST", HOLD).bearer().send()?, 403, "login_needed");
    assert_eq!(house.refused(), ("unknown".into(), "unit_hold".into(), "no_session"));
    assert_eq!(house.seen().len(), 1);
    Ok(())
}
