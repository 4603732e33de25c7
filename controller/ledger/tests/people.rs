//! Users in the chain and their passwords beside it: what the ledger refuses whoever asks.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use ledger::{
    Chain, CredentialRow, Ledger, Reader, ServiceBody, SessionRow, UserFacts, VAULT_FILE, Vault,
};
use std::os::unix::fs::PermissionsExt;

fn facts(name: &str) -> UserFacts {
    UserFacts {
        name: name.into(),
        roles: vec!["operator".into(), "engineer".into()],
        state: "active".into(),
        language: "en".into(),
        must_change: true,
        credential: 1,
    }
}

fn change(user: &str, old: Option<UserFacts>, new: UserFacts) -> ServiceBody {
    ServiceBody::UserChanged {
        by: "ada".into(),
        role: "administrator".into(),
        what: "changed".into(),
        user: user.into(),
        old,
        new,
        why: Some("a test".into()),
    }
}

fn take(ledger: &mut Ledger, body: &ServiceBody) -> Result<i64, ledger::LedgerError> {
    ledger.append_service(now(5), Chain::Site, body)
}

#[test]
fn users_come_from_events_and_verify() {
    let (dir, mut ledger) = fresh();
    let first = facts("Olga Example");
    take(&mut ledger, &change("olga", None, first.clone())).unwrap();
    let blocked = UserFacts { state: "blocked".into(), credential: 2, ..first.clone() };
    let seq = take(&mut ledger, &change("olga", Some(first), blocked.clone())).unwrap();
    let path = path(&dir);
    let users = Reader::open(&path).unwrap().users().unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!((users[0].user.as_str(), users[0].seq), ("olga", seq));
    assert_eq!(users[0].facts, blocked);
    assert_eq!(ledger.users().unwrap(), users);
    assert!(ledger::verify::verify(&path, None).unwrap().is_ok());
}

/// Whatever the caller has decided: each of these would make the table of users untrue.
#[test]
fn a_change_that_does_not_follow_is_refused() {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", 1), 2);
    let olga = facts("Olga Example");
    take(&mut ledger, &change("olga", None, olga.clone())).unwrap();
    let retired = UserFacts { state: "retired".into(), ..facts("Rita Example") };
    take(&mut ledger, &change("rita", None, facts("Rita Example"))).unwrap();
    take(&mut ledger, &change("rita", Some(facts("Rita Example")), retired.clone())).unwrap();
    let other = UserFacts { language: "de".into(), ..olga.clone() };
    let refused = [
        ("the id again", change("olga", None, facts("Another Person"))),
        ("the name again", change("other", None, facts("Rita Example"))),
        ("nobody", change("nemo", Some(olga.clone()), other.clone())),
        ("another old value", change("olga", Some(other.clone()), olga.clone())),
        ("another name", change("olga", Some(olga.clone()), facts("Otto Example"))),
        ("credential back", {
            change("olga", Some(olga.clone()), UserFacts { credential: 0, ..olga.clone() })
        }),
        ("credential too far", {
            change("olga", Some(olga.clone()), UserFacts { credential: 3, ..olga.clone() })
        }),
        ("back from retirement", change("rita", Some(retired), facts("Rita Example"))),
    ];
    for (what, body) in refused {
        assert!(take(&mut ledger, &body).is_err(), "{what}");
    }
    // Each field of the user before, wrong by itself.
    let next = UserFacts { credential: 2, state: "blocked".into(), ..olga.clone() };
    for wrong in [
        UserFacts { roles: vec!["operator".into()], ..olga.clone() },
        UserFacts { state: "blocked".into(), ..olga.clone() },
        UserFacts { language: "de".into(), ..olga.clone() },
        UserFacts { must_change: false, ..olga.clone() },
        UserFacts { credential: 2, ..olga.clone() },
    ] {
        let body = change("olga", Some(wrong.clone()), next.clone());
        assert!(take(&mut ledger, &body).is_err(), "{wrong:?}");
    }
    let of_batch = change("olga", Some(olga.clone()), other.clone());
    assert!(ledger.append_service(now(6), Chain::Batch(no), &of_batch).is_err(), "in a batch");
    take(&mut ledger, &of_batch).unwrap();
    let path = path(&dir);
    assert!(ledger::verify::verify(&path, None).unwrap().is_ok());
}

/// A role written into the table by hand is found: the table is not the truth.
#[test]
fn a_user_changed_behind_the_records_is_found() {
    let (dir, mut ledger) = fresh();
    take(&mut ledger, &change("olga", None, facts("Olga Example"))).unwrap();
    drop(ledger);
    let path = path(&dir);
    for sql in [
        "UPDATE user SET roles = 'quality'",
        "UPDATE user SET credential = 2",
        "INSERT INTO user VALUES('eve','Eve','quality','active','en',0,1,1,1)",
        "DELETE FROM user",
    ] {
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.execute_batch(&format!("SAVEPOINT s; {sql};")).unwrap();
        let report = ledger::verify::verify_open(&conn, None).unwrap();
        assert!(!report.is_ok(), "{sql}");
        let what = report.first_bad.unwrap().what;
        assert!(what.starts_with("user"), "{sql}: {what}");
        conn.execute_batch("ROLLBACK TO s; RELEASE s;").unwrap();
    }
}

fn credential(user: &str, number: u32) -> CredentialRow {
    let phc = format!("$argon2id$of-{user}-{number}");
    CredentialRow { user: user.into(), number, phc, set_unix_ms: 7 }
}

#[test]
fn the_vault_is_private_and_keeps_what_it_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut vault = Vault::open(dir.path(), "ledger one").unwrap();
    for row in [credential("olga", 1), credential("olga", 2), credential("rita", 1)] {
        vault.keep_credential(&row).unwrap();
    }
    let session = SessionRow {
        hash: "ab".repeat(32),
        user: "olga".into(),
        station: "panel".into(),
        ends_unix_ms: 9,
    };
    vault.keep_session(&session).unwrap();
    vault.forget_credentials("olga", 2).unwrap();
    drop(vault);
    let path = dir.path().join(VAULT_FILE);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = std::fs::read(&path).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("$argon2id$of-olga-2") && !holds("$argon2id$of-olga-1"), "gone from the file");
    let mut vault = Vault::open(dir.path(), "ledger one").unwrap();
    assert_eq!(vault.credentials().unwrap(), [credential("olga", 2), credential("rita", 1)]);
    assert_eq!(vault.sessions().unwrap(), std::slice::from_ref(&session));
    vault.forget_session(&session.hash).unwrap();
    assert_eq!(vault.sessions().unwrap(), []);
    assert!(!format!("{:?}", credential("olga", 2)).contains("argon2"));
}

#[test]
fn a_vault_of_another_ledger_or_open_to_others_is_refused() {
    let (dir, ledger) = fresh();
    let own = ledger.identity().unwrap();
    drop(Vault::open(dir.path(), &own).unwrap());
    let (_other_dir, other) = fresh();
    for foreign in [other.identity().unwrap(), own.replace("epoch 1", "epoch 2")] {
        assert_ne!(foreign, own);
        let refused = Vault::open(dir.path(), &foreign).unwrap_err().to_string();
        assert!(refused.contains("another ledger"), "{refused}");
    }
    let path = dir.path().join(VAULT_FILE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(Vault::open(dir.path(), &own).unwrap_err().to_string().contains("0600"));
}
