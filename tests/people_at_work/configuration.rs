//! The line's configuration: a production order loads on the released one only, whoever asks.

use crate::Outcome;
use crate::client::Session;
use crate::crew::{Crew, OWN};
use serde_json::{Value, json};

fn told(crew: &Crew, by: &Session, path: &str) -> Outcome<Value> {
    crew.call("GET", &format!("/configurations{path}")).by(by).send()?.json()
}

/// The changed lines of a difference.
fn changed(difference: &Value) -> Vec<(String, String)> {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().trim().to_owned();
    let lines = difference["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
    let changed = lines.iter().filter(|line| line["change"] != "same");
    changed.map(|line| (text(line, "change"), text(line, "text"))).collect()
}

#[test]
fn a_changed_configuration_loads_no_order_before_two_persons_release_it() -> Outcome {
    let mut crew = Crew::settled()?;
    crew.plant.edit("line.toml", "keep = \"rejected\"", "keep = \"none\"")?;
    crew.restart()?;
    let (order, own) = (crew.plant.text("order.toml"), format!("{OWN}\n"));
    let load = |crew: &Crew| crew.said(&["order", "load", &order, "--as", "olga"], &own);
    let refused = load(&crew)?;
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("it differs from version 1"), "{}", refused.err);

    let erik = crew.login("erik")?;
    let now = told(&crew, &erik, "")?;
    assert_eq!((&now["in_force"], &now["running"]["released"]), (&json!(1), &json!(false)));
    let wanted = [("removed", "\"keep\": \"rejected\""), ("added", "\"keep\": \"none\"")];
    let difference = changed(&told(&crew, &erik, "/difference")?);
    let difference: Vec<_> = difference.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(difference, wanted);

    // Proposing is the engineers', once for each configuration; what is proposed is not in force.
    let olga = crew.login("olga")?;
    let body = json!({ "act": { "act": "config_draft" } });
    assert_eq!(crew.post("/acts", &body).by(&olga).send()?.status, 403);
    assert_eq!(crew.propose("erik")?, 2);
    let again = crew.post("/acts", &body).by(&erik).send()?;
    assert_eq!(again.status, 409, "{again:?}");
    assert_eq!(load(&crew)?.code, 2);

    // Two persons, the second from quality.
    let release = json!({ "act": "config_release", "version": 2 });
    let alone = crew.signed(&erik, "erik", &release)?;
    let one = json!({ "act": release, "signatures": [alone], "reason": "a test" });
    assert_eq!(crew.post("/acts", &one).by(&erik).send()?.status, 409);
    assert_eq!(load(&crew)?.code, 2);
    let released = crew.acts(&["erik", "quentin"], &release)?.json()?;
    assert_eq!(released["state"], "released");
    let now = told(&crew, &erik, "")?;
    assert_eq!((&now["in_force"], &now["running"]["released"]), (&json!(2), &json!(true)));
    assert_eq!(load(&crew)?.json()?["state"], "loaded");

    let opened = crew.events("batch_opened")?;
    assert_eq!(opened[0]["spec"]["configuration"]["version"], 2);
    let by = crew.events("configuration_released")?;
    assert_eq!((&by[1]["who"], &by[1]["second"]), (&"erik".into(), &"quentin".into()));
    crew.end()
}
