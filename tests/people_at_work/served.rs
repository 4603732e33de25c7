//! `packline demo --serve`: after the batch the pages are for whoever has read the terminal.

use crate::client::Call;
use crate::house::Outcome;
use crate::plant::{Process, wait};
use serde_json::{Value, json};
use std::fs::File;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

const ROLES: [&str; 6] =
    ["operator", "supervisor", "quality", "quality", "engineer", "administrator"];

/// Id, role, password, as the terminal shows them.
fn crew(said: &str) -> Vec<(String, String, String)> {
    let table = said.lines().skip_while(|line| !line.contains("log in as")).skip(1);
    let words = table.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let of_three = words.take_while(|words| words.len() == 3);
    of_three.filter_map(|words| <[String; 3]>::try_from(words).ok()).map(Into::into).collect()
}

fn address(said: &str) -> Outcome<SocketAddr> {
    let live = said.lines().find_map(|line| line.strip_prefix("still live at http://"));
    let text = live.and_then(|text| text.split(';').next()).ok_or("no address")?;
    Ok(text.parse()?)
}

#[test]
fn after_the_batch_every_role_logs_in_and_a_further_order_waits() -> Outcome {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    let data = dir.path().join("demo");
    let child = Command::new(env!("CARGO_BIN_EXE_packline"))
        .args(["demo", "--serve", "--packs", "12", "--scenario", "clean", "--seed", "5"])
        .args(["--camera", "no-pixels", "--http", "127.0.0.1:0", "--json", "--data-dir"])
        .arg(&data)
        .stdout(Stdio::from(File::create(dir.path().join("json"))?))
        .stderr(File::create(&log)?)
        .spawn()?;
    let mut demo = Process(child);
    let said = wait("the demo serves", || {
        let said = std::fs::read_to_string(&log)?;
        if let Some(status) = demo.ended()? {
            return Err(format!("it ended with {status}: {said}").into());
        }
        Ok(said.contains("Ctrl-C").then_some(said))
    })?;
    let told: Value = serde_json::from_str(&std::fs::read_to_string(dir.path().join("json"))?)?;
    assert_eq!((&told["batch"], &told["reconciled"]), (&"DEMO-0001".into(), &true.into()));
    let (addr, crew) = (address(&said)?, crew(&said));
    assert_eq!(crew.iter().map(|(_, role, _)| role.as_str()).collect::<Vec<_>>(), ROLES);
    for (user, role, password) in &crew {
        let login = json!({ "user": user, "password": password }).to_string();
        let told = Call::to(addr, "POST /api/v1/session").body(&login).send()?;
        assert_eq!(told.status, 200, "{user}: {told:?}");
        let session = told.session()?;
        let page = Call::to(addr, "GET /").by(&session).send()?;
        assert!(page.body.contains("SIMULATION") && page.body.contains(role), "{user}");
        if role == "operator" {
            let orders = Call::to(addr, "GET /api/v1/order-files").by(&session).send()?.json()?;
            assert_eq!(orders["files"][0]["batch"], "DEMO-0002", "{orders}");
        }
    }
    assert!(demo.stop()?.success(), "{}", std::fs::read_to_string(&log)?);
    let report = ledger::verify::verify(&data.join("ledger.db"), None)?;
    assert!(report.is_ok(), "{report:?}");
    Ok(())
}
