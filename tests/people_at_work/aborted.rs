//! An aborted order: what its devices still count belongs to its books.

use crate::crew::Crew;
use crate::house::Outcome;
use crate::plant::{BATCH, Plant, wait};
use serde_json::json;

#[test]
fn an_aborted_order_does_not_close_while_nobody_knows_what_was_counted() -> Outcome {
    let plant = Plant::new(200)?;
    let line = plant.start_line(2_000, "no-pixels", 3)?;
    let crew = Crew::at(plant)?;
    crew.administrator()?;
    crew.join("sven", "Sven Sund", &["supervisor"])?;
    crew.plant.load_and_start()?;
    wait("good packs", || Ok((crew.plant.status()?["good"].as_u64() > Some(5)).then_some(())))?;
    let session = crew.login("sven")?;
    let abort = json!({ "act": { "act": "unit_abort", "batch": BATCH } });
    let told = crew.post("/acts", &abort).by(&session).send()?;
    assert_eq!(told.status, 200, "{told:?}");
    // Its devices die before they have told all.
    drop(line);
    wait("the links are gone", || {
        let status = crew.plant.status()?;
        let devices = status["devices"].as_array().cloned().unwrap_or_default();
        Ok(devices.iter().all(|device| device["link"] != "up").then_some(()))
    })?;
    let said = crew.plant.order(&["close", BATCH])?;
    assert_eq!(said.code, 2, "{}", said.err);
    for part in ["the line I/O does not answer", "bring its link back"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    crew.end()
}
