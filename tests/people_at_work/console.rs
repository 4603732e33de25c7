//! `packline .. --as USER` and the first start.

use crate::Outcome;
use crate::crew::{Crew, OWN};
use crate::plant::BATCH;

#[test]
fn the_first_administrator_is_shown_once_and_can_do_one_thing() -> Outcome {
    let mut crew = Crew::new()?;
    let add = ["add", "olga", "--name", "Olga Oker", "--role", "operator", "--as", "admin"];
    let add = [&add[..], &["--reason", "a test"]].concat();
    let refused = crew.user(&add, &format!("{}\n", crew.first))?;
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("set a new one"), "{}", refused.err);
    // The console cannot beside a running service: it would need the ledger for itself.
    let console = ["add", "olga", "--name", "Olga Oker", "--role", "operator", "--console"];
    let beside = crew.user(&[&console[..], &["--reason", "a test"]].concat(), "")?;
    assert!(beside.code == 2 && beside.err.contains("stop it first"), "{}", beside.err);
    let own = format!("{}\n{OWN}\n", crew.first);
    crew.user(&["password", "admin", "--own"], &own)?.json()?;
    let given = crew.user(&add, &format!("{OWN}\n"))?.json()?;
    assert!(given["one_time_password"].is_string(), "{given}");
    let changes = crew.events("user_changed")?;
    assert_eq!((&changes[0]["by"], &changes[0]["user"]), (&"service".into(), &"admin".into()));
    // A second start of the same ledger shows nothing.
    assert!(crew.service.stop()?.success());
    crew.service = crew.plant.start_service()?;
    assert_eq!(crew.plant.said()?.matches("one-time password").count(), 1);
    for secret in [crew.first.as_str(), OWN] {
        for file in ["ledger.db", "ledger.db-wal", "people.db", "api.json"] {
            let bytes = std::fs::read(crew.plant.path("data").join(file)).unwrap_or_default();
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{file} holds a password");
        }
    }
    crew.end()
}

#[test]
fn an_order_by_persons_who_log_in_and_sign() -> Outcome {
    let crew = Crew::settled()?;
    let order = crew.plant.text("order.toml");
    let own = format!("{OWN}\n");
    // Without a person a production ledger does nothing.
    let refused = crew.said(&["order", "load", &order], "")?;
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("log in: packline .. --as USER"), "{}", refused.err);
    let refused = crew.said(&["order", "load", &order, "--as", "quinn"], &own)?;
    assert!(refused.code == 2 && refused.err.contains("load an order is for"), "{}", refused.err);
    let wrong = crew.said(&["order", "load", &order, "--as", "olga"], "nonsense\n")?;
    assert!(wrong.code == 2 && wrong.err.contains("password is wrong"), "{}", wrong.err);
    let loaded = crew.said(&["order", "load", &order, "--as", "olga"], &own)?.json()?;
    assert_eq!(loaded["state"], "loaded");

    let started = crew.said(&["order", "start", BATCH, "--as", "olga"], &own)?;
    assert_eq!(started.code, 2, "{}", started.err);
    assert!(started.err.contains("signing order_start DEMO-0001 sha256:"), "{}", started.err);
    assert!(started.err.contains("performed Olga Oker"), "{}", started.err);
    assert!(started.err.contains("challenge"), "refused by the line: {}", started.err);

    let close = ["order", "close", BATCH, "--as", "quinn"];
    let alone = crew.said(&close, &own)?;
    assert!(alone.code == 2 && alone.err.contains("--second USER"), "{}", alone.err);
    let with = |second: &str| {
        let words = [&close[..], &["--second", second, "--reason", "not needed"]].concat();
        crew.said(&words, &format!("{OWN}\n{OWN}\n"))
    };
    let same = with("quinn")?;
    assert!(same.code == 2 && same.err.contains("must be another one"), "{}", same.err);
    let role = with("sven")?;
    assert!(role.code == 2 && role.err.contains("must be one of: quality"), "{}", role.err);
    assert_eq!(with("quentin")?.json()?["state"], "closed");

    let signatures = crew.events("signature")?;
    let last: Vec<_> = signatures.iter().rev().take(2).rev().collect();
    for (signature, (who, name, meaning)) in last
        .iter()
        .zip([("quinn", "Quinn Quist", "performed"), ("quentin", "Quentin Quill", "approved")])
    {
        assert_eq!((&signature["who"], &signature["name"]), (&who.into(), &name.into()));
        assert_eq!(signature["meaning"], meaning);
        assert_eq!(signature["authenticated"], true);
        let subject = signature["subject"].as_str().unwrap_or_default();
        assert!(subject.starts_with("batch_close DEMO-0001 sha256:"), "{signature}");
    }
    // Everybody has logged out again.
    let ends = crew.events("access")?;
    let count =
        |what: &str| ends.iter().filter(|e| e["what"] == what && e["granted"] == true).count();
    assert_eq!(count("login"), count("session_end"), "{ends:?}");
    crew.end()
}
