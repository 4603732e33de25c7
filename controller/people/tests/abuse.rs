//! Everything that somebody might try: each is refused with a word of its own, on record, and
//! changes nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use people::*;

fn desk() -> Desk {
    Desk::new(Policy::default())
}

fn refused_as(desk: &Desk, who: &str, what: &str, why: &str) {
    let told = desk.shelf.last_access();
    assert_eq!(told, (who.to_owned(), what.to_owned(), false, told.3));
    assert_eq!(told.3, Some(why));
}

#[test]
fn wrong_passwords_and_unknown_names_are_told_alike_and_recorded_apart() {
    let mut desk = desk();
    for (user, text) in [("olga", "wrong password"), ("nemo", FIRST), ("Olga Oker", FIRST)] {
        assert_eq!(desk.login(user, text, "panel").unwrap_err(), Denied::NameOrPassword);
        let who = if user == "olga" { "olga" } else { "unknown" };
        refused_as(&desk, who, "login", "name_or_password");
        desk.wait(100_000);
    }
    // A password typed into the field of the name is not on record.
    let _ = desk.login(SECOND, FIRST, "panel");
    assert!(!format!("{:?}", desk.shelf.records).contains(SECOND));
    desk.login(" Olga ", FIRST, "panel").expect("case and white space of the id do not matter");
}

#[test]
fn the_delay_grows_ends_and_never_reaches_stop() {
    let mut desk = desk();
    let mut waits = Vec::new();
    for _ in 0..7 {
        let wrong = desk.login("olga", "wrong password", "panel").unwrap_err();
        assert_eq!(wrong, Denied::NameOrPassword);
        match desk.login("olga", FIRST, "panel") {
            Err(Denied::TooSoon { wait_ms }) => {
                waits.push(wait_ms);
                // Also the right password must wait, and also elsewhere.
                assert_eq!(desk.login("olga", FIRST, "desk").unwrap_err().code(), "too_soon");
                desk.wait(wait_ms - 1);
                assert_eq!(desk.login("olga", FIRST, "desk").unwrap_err().code(), "too_soon");
                desk.wait(1);
            }
            Ok(_) => waits.push(0),
            Err(other) => panic!("{other:?}"),
        }
        let stop = people_stop(&mut desk, "panel");
        assert_eq!((stop.who.as_str(), stop.role), ("anyone", "anyone"));
        if waits.last() == Some(&0) && waits.len() == 3 {
            break;
        }
    }
    // A right one in between forgets: three times wrong and right again.
    assert_eq!(waits, [0, 0, 0]);
    waits.clear();
    for _ in 0..6 {
        loop {
            match desk.login("olga", "wrong password", "elsewhere") {
                Err(Denied::TooSoon { wait_ms }) => {
                    waits.push(wait_ms);
                    desk.wait(wait_ms);
                }
                Err(_) => break,
                Ok(_) => panic!("logged in"),
            }
        }
    }
    assert_eq!(waits, [1_000, 2_000], "doubling after three free ones");
    let alerts = desk.shelf.alerts.iter().filter(|(who, _)| who == "olga").count();
    assert!(alerts >= 3, "attempts beyond the free ones are told: {alerts}");
    desk.wait(4_000);
    desk.login("olga", FIRST, "panel").expect("the right one after the delay");
    desk.login("olga", FIRST, "desk").expect("and nothing is left of it");
}

fn people_stop(desk: &mut Desk, at: &str) -> Grant {
    let station = station(at);
    let caller = Caller { token: None, csrf: None, station: &station };
    let grant = desk.people.authorize(desk.now, caller, Action::UnitStop);
    desk.carry_out();
    grant.expect("Stop is never refused")
}

#[test]
fn a_flood_of_names_from_one_station_is_slowed_and_bounded_on_record() {
    let mut desk = desk();
    let mut looked_at = 0;
    for n in 0..2_000 {
        match desk.login(&format!("user{n}"), FIRST, "panel").unwrap_err() {
            Denied::NameOrPassword => looked_at += 1,
            Denied::TooSoon { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(looked_at, 11, "ten are free, the next one begins the delay");
    assert!(desk.shelf.records.len() <= 2, "{}", desk.shelf.records.len());
    desk.login("olga", FIRST, "desk").expect("another station is not concerned");
    desk.wait(60_000);
    let counted: u32 = desk
        .shelf
        .records
        .iter()
        .map(|record| match record {
            AuditRecord::Access(access) if !access.granted => access.times,
            _ => 0,
        })
        .sum();
    assert_eq!(counted, 2_000, "each of them is on record");
}

#[test]
fn attempts_at_the_same_time_are_no_better_than_one_after_the_other() {
    let mut desk = desk();
    let mut begun = Vec::new();
    while let Ok(attempt) = desk.people.begin_login(desk.now, &station("panel"), "olga") {
        begun.push(attempt);
        assert!(begun.len() < 100);
    }
    assert_eq!(begun.len(), 4);
}

#[test]
fn a_session_is_new_at_login_and_bound_to_its_station() {
    let mut desk = desk();
    let planted = desk.login("olga", FIRST, "panel").unwrap();
    let token = desk.login_replacing("sven", FIRST, "panel", Some(&planted)).unwrap();
    assert_ne!(token.to_text(), planted.to_text());
    let code = desk.may(&planted, "panel", Action::ViewLine).unwrap_err().code();
    assert_eq!(code, "no_session", "fixation: what was there before is ended");
    // Carried to another station: refused there and ended here.
    let code = desk.may(&token, "other", Action::ViewLine).unwrap_err().code();
    assert_eq!(code, "other_station");
    assert_eq!(desk.may(&token, "panel", Action::ViewLine), Err(Denied::NoSession));
    let made_up = Token::from_text(&"ab".repeat(32)).unwrap();
    assert_eq!(desk.may(&made_up, "panel", Action::ViewLine), Err(Denied::NoSession));
    assert!(desk.shelf.sessions.is_empty(), "and forgotten in storage");
}

#[test]
fn requests_of_foreign_pages_are_refused() {
    let mut desk = desk();
    let (olga, sven) =
        (desk.login("olga", FIRST, "panel").unwrap(), desk.login("sven", FIRST, "panel").unwrap());
    let at = station("panel");
    for csrf in [None, Some(""), Some(sven.csrf().as_str()), Some(olga.to_text().as_str())] {
        let caller = Caller { token: Some(&olga), csrf, station: &at };
        let refused = desk.people.authorize(desk.now, caller, Action::UnitHold);
        assert_eq!(refused, Err(Denied::Csrf), "{csrf:?}");
        assert_eq!(desk.people.logout(desk.now, caller), Err(Denied::Csrf));
        assert_eq!(desk.people.begin_own_password(desk.now, caller).unwrap_err(), Denied::Csrf);
        desk.people.authorize(desk.now, caller, Action::ViewLine).expect("reading needs none");
        let stop = desk.people.authorize(desk.now, caller, Action::UnitStop).unwrap();
        assert_eq!(stop.who, "olga", "and Stop neither");
        desk.carry_out();
    }
    desk.may(&olga, "panel", Action::UnitHold).unwrap();
}

#[test]
fn an_idle_session_locks_shows_on_and_is_unlocked_by_its_person() {
    let mut desk = desk();
    let policy = *desk.people.policy();
    let token = desk.login("olga", FIRST, "panel").unwrap();
    desk.wait(policy.idle_lock_ms - 1);
    desk.may(&token, "panel", Action::UnitHold).expect("not yet");
    for _ in 0..3 {
        desk.wait(policy.idle_lock_ms / 4);
        desk.with(&token, "panel", People::view).expect("looking is no activity");
    }
    let view = desk.with(&token, "panel", People::view).unwrap();
    assert!(!view.locked && view.locks_in_ms == Some(policy.idle_lock_ms / 4));
    desk.wait(policy.idle_lock_ms / 4);
    let view = desk.with(&token, "panel", People::view).unwrap();
    assert!(view.locked && view.user == id("olga"));
    assert_eq!(desk.shelf.last_access().1, "lock");
    assert_eq!(desk.may(&token, "panel", Action::ViewLine).unwrap_err(), Denied::Locked);
    assert_eq!(people_stop(&mut desk, "panel").who, "anyone");
    assert_eq!(desk.unlock(&token, "panel", SECOND).unwrap_err(), Denied::NameOrPassword);
    refused_as(&desk, "olga", "unlock", "name_or_password");
    desk.unlock(&token, "panel", FIRST).unwrap();
    desk.may(&token, "panel", Action::UnitHold).unwrap();
    // The end comes whatever is done.
    for _ in 0..policy.session_ms / 300_000 {
        desk.wait(300_000);
        let _ = desk.may(&token, "panel", Action::UnitHold);
    }
    assert_eq!(desk.may(&token, "panel", Action::UnitHold), Err(Denied::NoSession));
}

#[test]
fn a_restart_keeps_sessions_locked_and_the_moved_clock_ends_them() {
    let mut desk = desk();
    let token = desk.login("olga", FIRST, "panel").unwrap();
    desk.restart();
    assert_eq!(desk.may(&token, "panel", Action::UnitHold), Err(Denied::Locked));
    desk.unlock(&token, "panel", FIRST).unwrap();
    desk.may(&token, "panel", Action::UnitHold).unwrap();
    for jump in [86_400_000, -86_400_000] {
        let mut desk = Desk {
            people: People::new(Policy::default(), Stored::default(), desk.now),
            shelf: desk.shelf.clone(),
            hasher: hasher(8),
            ..Desk::new(Policy::default())
        };
        desk.now.unix_ms += jump;
        desk.restart();
        assert_eq!(desk.may(&token, "panel", Action::ViewLine), Err(Denied::NoSession), "{jump}");
    }
}

#[test]
fn who_is_blocked_or_given_other_roles_is_out_at_once() {
    let mut desk = desk();
    let changes = [
        ("olga", UserChange::Block),
        ("otto", UserChange::Retire),
        ("sven", UserChange::Roles(roles("engineer"))),
        ("quinn", UserChange::GivePassword(desk.phc("another secret"))),
    ];
    for (user, change) in changes {
        let token = desk.login(user, FIRST, "panel").unwrap();
        // A login that was begun before and ends after does not come in.
        let attempt = desk.people.begin_login(desk.now, &station("desk"), user).unwrap();
        let proved = attempt.prove(&desk.hasher, &password(FIRST), Factor::NotAsked, Salt([1; 16]));
        desk.console(user, change).unwrap();
        assert_eq!(desk.may(&token, "panel", Action::ViewLine), Err(Denied::NoSession), "{user}");
        let fresh = desk.fresh();
        let late = desk.people.finish_login(desk.now, proved, &fresh, None);
        assert_eq!(late.is_ok(), user == "sven", "{user}: {late:?}");
        desk.carry_out();
        desk.wait(60_000);
    }
    assert_eq!(desk.login("olga", FIRST, "panel").unwrap_err(), Denied::Blocked);
    assert_eq!(desk.login("olga", SECOND, "panel").unwrap_err(), Denied::NameOrPassword);
    assert_eq!(desk.login("otto", FIRST, "panel").unwrap_err(), Denied::NameOrPassword);
    assert_eq!(desk.login("quinn", FIRST, "panel").unwrap_err(), Denied::NameOrPassword);
}

#[test]
fn a_given_password_can_do_nothing_but_be_changed() {
    let mut desk = desk();
    desk.add("nina", "Nina Neu", "quality supervisor").unwrap();
    let token = desk.login("nina", "one-time secret", "panel").unwrap();
    assert!(desk.with(&token, "panel", People::view).unwrap().must_change);
    for action in Action::ALL.iter().filter(|action| action.needs_session()) {
        let code = desk.may(&token, "panel", *action).unwrap_err().code();
        assert_eq!(code, "must_change_password", "{action:?}");
    }
    let asked = desk.ask(&token, "panel", close(record("x")));
    assert_eq!(asked.unwrap_err(), Denied::MustChangePassword);
    let other = desk.login("nina", "one-time secret", "desk").unwrap();
    for (old, new, code) in [
        ("wrong", FIRST, "name_or_password"),
        ("one-time secret", "short", "password_refused"),
        ("one-time secret", "one-time secret", "password_refused"),
        ("one-time secret", "my name is nina", "password_refused"),
    ] {
        assert_eq!(desk.set_password(&token, "panel", old, new).unwrap_err().code(), code);
    }
    desk.set_password(&token, "panel", "one-time secret", FIRST).unwrap();
    desk.may(&token, "panel", Action::ReportRead).unwrap();
    assert_eq!(desk.may(&other, "desk", Action::ViewLine), Err(Denied::NoSession));
    assert_eq!(desk.login("nina", "one-time secret", "panel").unwrap_err(), Denied::NameOrPassword);
    let kept: Vec<_> = desk.shelf.credentials.keys().filter(|(user, _)| user == "nina").collect();
    assert_eq!(kept, [&("nina".to_owned(), 2)], "the older one is forgotten");
}

#[test]
fn an_old_password_must_be_changed_and_an_old_hash_put_back_is_nothing() {
    let mut desk = desk();
    desk.now.unix_ms += 364 * 86_400_000;
    let token = desk.login("olga", FIRST, "panel").unwrap();
    assert!(!desk.with(&token, "panel", People::view).unwrap().must_change);
    desk.now.unix_ms += 86_400_000;
    let token = desk.login("olga", FIRST, "panel").unwrap();
    assert!(desk.with(&token, "panel", People::view).unwrap().must_change);
    let before = desk.shelf.credentials.clone();
    desk.set_password(&token, "panel", FIRST, SECOND).unwrap();
    desk.shelf.credentials = before;
    desk.restart();
    assert_eq!(desk.login("olga", FIRST, "panel").unwrap_err(), Denied::NameOrPassword);
    assert_eq!(desk.login("olga", SECOND, "panel").unwrap_err(), Denied::NameOrPassword);
}

#[test]
fn raised_costs_make_the_hash_anew_at_the_next_login() {
    let mut desk = desk();
    desk.hasher = hasher(16);
    desk.login("olga", FIRST, "panel").unwrap();
    let phc = desk.shelf.credentials[&("olga".to_owned(), 2)].phc.clone();
    assert!(phc.as_str().contains("m=16,"), "{}", phc.as_str());
    desk.login("olga", FIRST, "panel").unwrap();
    assert_eq!(desk.shelf.credentials[&("olga".to_owned(), 2)].phc, phc, "once");
}

#[test]
fn users_keep_their_rules() {
    let mut desk = desk();
    let e = |done: Result<(), Denied>| done.unwrap_err().code();
    assert_eq!(e(desk.add("olga", "Another Person", "operator")), "id_used");
    assert_eq!(e(desk.add("olga2", "olga  OKER", "operator")), "name_used");
    assert_eq!(e(desk.add("max", "Max Mix", "administrator quality")), "administrator_apart");
    desk.console("olga", UserChange::Retire).unwrap();
    for change in [UserChange::Unblock, UserChange::Block, UserChange::Roles(roles("quality"))] {
        assert_eq!(e(desk.console("olga", change)), "retired");
    }
    assert_eq!(e(desk.add("olga", "Olga Second", "operator")), "id_used");
    assert_eq!(e(desk.add("olga2", "Olga Oker", "operator")), "name_used");
    assert_eq!(e(desk.console("nemo", UserChange::Block)), "unknown_user");
    assert_eq!(
        e(desk.console("sven", UserChange::Roles(roles("supervisor operator")))),
        "unchanged"
    );
    assert_eq!(e(desk.console("sven", UserChange::Roles(RoleSet::NONE))), "no_role");
    // Nobody's own rights, nobody without the role, and the last administrator stays.
    let ada = desk.login("ada", FIRST, "desk").unwrap();
    let otto = desk.login("otto", FIRST, "panel").unwrap();
    let mut by = |token: &Token, at: &str, user: &str, change: UserChange, why: &str| {
        desk.with(token, at, |people, now, caller| {
            people.administer(now, Actor::Session(caller), &id(user), change, why)
        })
    };
    let all = UserChange::Roles(roles("quality"));
    assert_eq!(e(by(&ada, "desk", "ada", all.clone(), "me")), "own_account");
    assert_eq!(e(by(&otto, "panel", "otto", all.clone(), "me")), "not_permitted");
    assert_eq!(e(by(&ada, "desk", "otto", all, " ")), "no_reason");
    by(&ada, "desk", "anna", UserChange::Block, "left").unwrap();
    assert_eq!(e(desk.console("ada", UserChange::Block)), "last_administrator");
    assert_eq!(e(desk.console("ada", UserChange::Retire)), "last_administrator");
    assert_eq!(e(desk.console("ada", UserChange::Roles(roles("engineer")))), "last_administrator");
}

#[test]
fn ids_and_names() {
    for bad in ["", "a", "Olga", "1olga", "ol ga", "olga/", "operator", "service", "ölga"] {
        assert!(bad.parse::<UserId>().is_err(), "{bad}");
    }
    for bad in ["", "ab", " Olga", "123", "Ol\u{202e}ga", "Ol\u{200b}ga", "Ol\nga"] {
        assert!(bad.parse::<PrintedName>().is_err(), "{bad:?}");
    }
    "Zoë Ångström-O\u{2019}Neill".parse::<PrintedName>().unwrap();
}

/// 21 CFR 11.200(a)(1): both components at the first signing of a session, the private one after.
#[test]
fn components_of_a_signature() {
    let mut desk = desk();
    let token = desk.login("sven", FIRST, "desk").unwrap();
    let shown = record("as shown");
    let sign = |desk: &mut Desk, typed: Option<&str>| {
        let asked = desk.ask(&token, "desk", close(shown)).unwrap();
        let given = desk.give(&token, "desk", &asked.nonce, (typed, FIRST), shown);
        (asked.components, given)
    };
    assert_eq!(sign(&mut desk, None), (Components::Both, Err(Denied::SignBothComponents)));
    let (asked, given) = sign(&mut desk, Some("sven"));
    let given = given.unwrap();
    assert_eq!((asked, given.components()), (Components::Both, Components::Both));
    assert_eq!(given.name().as_str(), "Sven Sund");
    assert_eq!(given.role(), Role::Supervisor);
    assert_eq!(given.subject(), format!("batch_close B-1 sha256:{}", shown.to_text()));
    assert!(given.covers(Action::BatchClose, "B-1", shown));
    assert!(!given.covers(Action::BatchClose, "B-2", shown));
    assert!(!given.covers(Action::Deviation, "B-1", shown));
    let (asked, given) = sign(&mut desk, None);
    assert_eq!((asked, given.unwrap().components()), (Components::Private, Components::Private));
    // Not over a restart, not in another session.
    desk.restart();
    desk.unlock(&token, "desk", FIRST).unwrap();
    assert_eq!(sign(&mut desk, None).0, Components::Both);
    let other = desk.login("sven", FIRST, "panel").unwrap();
    assert_eq!(desk.ask(&other, "panel", close(shown)).unwrap().components, Components::Both);
}

/// Each abuse of a signature is an error of its own, is on record, and uses the try up.
#[test]
fn abuse_of_signatures() {
    let mut desk = desk();
    let shown = record("as shown");
    let sven = desk.login("sven", FIRST, "desk").unwrap();
    let quinn = desk.login("quinn", FIRST, "office").unwrap();
    let typed = (Some("sven"), FIRST);
    let ask = |desk: &mut Desk| desk.ask(&sven, "desk", close(shown)).unwrap().nonce;
    let e = |given: Result<Signature, Denied>| given.unwrap_err().code();

    let nonce = ask(&mut desk);
    let wrong = (Some("sven"), "wrong password");
    assert_eq!(e(desk.give(&sven, "desk", &nonce, wrong, shown)), "sign_password");
    refused_as(&desk, "sven", "sign batch_close", "sign_password");
    assert_eq!(e(desk.give(&sven, "desk", &nonce, typed, shown)), "sign_replayed", "one try");

    let nonce = ask(&mut desk);
    let other = (Some("quinn"), FIRST);
    assert_eq!(e(desk.give(&quinn, "office", &nonce, other, shown)), "sign_other_session");
    refused_as(&desk, "quinn", "sign", "sign_other_session");
    assert_eq!(e(desk.give(&sven, "desk", &nonce, other, shown)), "sign_other_person");

    let nonce = ask(&mut desk);
    let changed = record("as it is now");
    assert_eq!(e(desk.give(&sven, "desk", &nonce, typed, changed)), "sign_record_changed");

    let nonce = ask(&mut desk);
    desk.give(&sven, "desk", &nonce, typed, shown).unwrap();
    desk.wait(61_000);
    assert_eq!(e(desk.give(&sven, "desk", &nonce, typed, shown)), "sign_replayed");
    refused_as(&desk, "sven", "sign", "sign_replayed");

    let nonce = ask(&mut desk);
    desk.wait(desk.people.policy().sign_within_ms);
    assert_eq!(e(desk.give(&sven, "desk", &nonce, typed, shown)), "sign_timed_out");

    let made_up = Nonce::from_text(&"cd".repeat(32)).unwrap();
    assert_eq!(e(desk.give(&sven, "desk", &made_up, typed, shown)), "sign_unknown");

    let done_by = [id("sven")];
    let review = SignRequest { action: Action::RejectReview, done_by: &done_by, ..close(shown) };
    assert_eq!(desk.ask(&sven, "desk", review).unwrap_err(), Denied::SignOwnWork);
    desk.ask(&quinn, "office", review).expect("somebody else may");

    for action in [Action::UnitHold, Action::ReportExport] {
        let request = SignRequest { action, ..close(shown) };
        assert_eq!(desk.ask(&sven, "desk", request).unwrap_err(), Denied::NotSigned(action));
    }
    let request = SignRequest { action: Action::RecipeRetire, ..close(shown) };
    let code = desk.ask(&sven, "desk", request).unwrap_err().code();
    assert_eq!(code, "not_permitted");
    let request = SignRequest { reason: "  ", ..close(shown) };
    assert_eq!(desk.ask(&sven, "desk", request).unwrap_err(), Denied::NoReason);
    let given = desk.shelf.records.iter().filter(|record| {
        matches!(record, AuditRecord::Access(a) if a.granted && a.what == "sign batch_close")
    });
    assert_eq!(given.count(), 1, "one of all of them was given");
}

#[test]
fn abuse_of_the_two_person_rule() {
    let mut desk = desk();
    let shown = record("as shown");
    let sven = desk.login("sven", FIRST, "desk").unwrap();
    let asked = desk.ask(&sven, "desk", close(shown)).unwrap();
    let first = desk.give(&sven, "desk", &asked.nonce, (Some("sven"), FIRST), shown).unwrap();
    let second = |first| SignRequest { signer: Signer::SecondAfter(first), ..close(shown) };
    let e = |given: Result<Signature, Denied>| given.unwrap_err().code();

    // The same person, also from another session of his.
    let again = desk.login("sven", FIRST, "panel").unwrap();
    for (token, at) in [(&sven, "desk"), (&again, "panel")] {
        let asked = desk.ask(token, at, second(&first)).unwrap();
        let typed = (Some("sven"), FIRST);
        assert_eq!(e(desk.give(token, at, &asked.nonce, typed, shown)), "sign_same_person");
    }
    // Always both components; a role of the table; a password of his own.
    for (typed, code) in [
        ((None, FIRST), "sign_both_components"),
        ((Some("olga"), FIRST), "sign_second_role"),
        ((Some("quinn"), "wrong password"), "sign_password"),
        ((Some("nemo"), FIRST), "sign_password"),
    ] {
        let asked = desk.ask(&sven, "desk", second(&first)).unwrap();
        assert_eq!((asked.components, asked.name), (Components::Both, None));
        assert_eq!(e(desk.give(&sven, "desk", &asked.nonce, typed, shown)), code);
    }
    // For another record or action the first one's signature is worth nothing.
    let other = record("another");
    let request = SignRequest { record: other, ..second(&first) };
    assert_eq!(desk.ask(&sven, "desk", request).unwrap_err(), Denied::SignRecordChanged);
    let request = SignRequest { action: Action::Deviation, ..second(&first) };
    assert_eq!(desk.ask(&sven, "desk", request).unwrap_err(), Denied::SignRecordChanged);

    let asked = desk.ask(&sven, "desk", second(&first)).unwrap();
    let given = desk.give(&sven, "desk", &asked.nonce, (Some("quinn"), FIRST), shown).unwrap();
    assert_eq!((given.who(), given.meaning()), (&id("quinn"), Meaning::Approved));
    assert_eq!(desk.ask(&sven, "desk", second(&given)).unwrap_err(), Denied::SignRecordChanged);

    // Who drafted a recipe is neither of the two who approve it.
    let done_by = [id("quinn")];
    let approve = SignRequest { action: Action::RecipeApprove, done_by: &done_by, ..close(shown) };
    let asked = desk.ask(&sven, "desk", approve).unwrap();
    let first = desk.give(&sven, "desk", &asked.nonce, (Some("sven"), FIRST), shown).unwrap();
    let request = SignRequest { signer: Signer::SecondAfter(&first), ..approve };
    let asked = desk.ask(&sven, "desk", request).unwrap();
    let typed = (Some("quinn"), FIRST);
    assert_eq!(e(desk.give(&sven, "desk", &asked.nonce, typed, shown)), "sign_own_work");
}

#[test]
fn a_signature_ends_with_its_session_and_needs_the_factor_that_the_site_wants() {
    let mut desk = desk();
    let shown = record("as shown");
    let typed = (Some("sven"), FIRST);
    let sven = desk.login("sven", FIRST, "desk").unwrap();
    let asked = desk.ask(&sven, "desk", close(shown)).unwrap();
    let attempt = desk
        .with(&sven, "desk", |people, now, caller| {
            people.confirm_signature(now, caller, &asked.nonce, Some("sven"))
        })
        .unwrap();
    let proved = attempt.prove(&desk.hasher, &password(FIRST), Factor::NotAsked, Salt([1; 16]));
    desk.logout(&sven, "desk").unwrap();
    let late = desk.people.finish_signature(desk.now, proved, shown);
    assert_eq!(late.unwrap_err(), Denied::NoSession);

    let mut desk = Desk::new(Policy { factor_to_sign: true, ..Policy::default() });
    let sven = desk.login("sven", FIRST, "desk").unwrap();
    for (factor, given) in [
        (Factor::NotAsked, None),
        (Factor::Failed, None),
        (Factor::Proven { kind: "badge" }, Some("badge")),
    ] {
        let asked = desk.ask(&sven, "desk", close(shown)).unwrap();
        let signed = desk.give_with(&sven, "desk", &asked.nonce, typed, shown, factor);
        match given {
            None => assert_eq!(signed.unwrap_err(), Denied::SignFactor),
            kind => assert_eq!(signed.unwrap().factor(), kind),
        }
    }
}

/// Nothing that was typed and nothing that is secret is in any record.
#[test]
fn no_secret_is_on_record() {
    let mut desk = desk();
    let token = desk.login("sven", FIRST, "desk").unwrap();
    let _ = desk.login("sven", "wrong password", "desk");
    let asked = desk.ask(&token, "desk", close(record("x"))).unwrap();
    desk.give(&token, "desk", &asked.nonce, (Some("sven"), FIRST), record("x")).unwrap();
    desk.set_password(&token, "desk", FIRST, SECOND).unwrap();
    let told = format!("{:?}", desk.shelf.records);
    let secrets = [FIRST, SECOND, "wrong password", "argon2", &token.to_text(), &token.csrf()];
    for secret in secrets.into_iter().chain([asked.nonce.to_text().as_str()]) {
        assert!(!told.contains(secret), "{secret} is on record");
    }
    assert!(told.len() > 500, "{told}");
}
