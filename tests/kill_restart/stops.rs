//! A clean stop in mid-batch: the belt is drained, the order stays open, the next start goes on.

use crate::Outcome;
use crate::person::{Person, number};
use crate::plant::{BATCH, Plant};
use crate::proof::{audited, close_and_prove};
use line_sim::hands::Zone;
use serde_json::Value;

const PACKS: u32 = 80;

/// What `order packs --json` promises.
fn pack_shape(rows: &[Value]) {
    let states = ["in_process", "exited", "ejected", "unresolved", "removed"];
    for (i, row) in rows.iter().enumerate() {
        let names: Vec<&String> = row.as_object().into_iter().flat_map(|o| o.keys()).collect();
        assert_eq!(names, ["image", "reason", "serial", "state", "track", "verdict"], "{row}");
        assert_eq!(row["track"], i + 1, "{row}");
        assert!(row["state"].as_str().is_some_and(|state| states.contains(&state)), "{row}");
        let rejected = row["verdict"] == "reject";
        assert!(rejected == row["reason"].is_string(), "{row}");
        assert!(row["verdict"] == "accept" || rejected || row["verdict"].is_null(), "{row}");
    }
}

/// Refusals that need a running order.
fn refusals(plant: &Plant) -> Outcome {
    plant.write(
        "second.toml",
        &std::fs::read_to_string(plant.path("order.toml"))?.replace(BATCH, "DEMO-0002"),
    )?;
    let second = plant.text("second.toml");
    let table: [(&[&str], &str); 5] = [
        (&["load", &second], "DEMO-0001 is still open"),
        (&["start", "NOWHERE"], "NOWHERE is not open"),
        (&["close", BATCH], "stop it first"),
        (&["packs", "NOWHERE", "--json"], "no batch NOWHERE"),
        (&["resolve", BATCH, "1", "--as", "removed", "--reason", "x"], "known already"),
    ];
    for (words, told) in table {
        let said = plant.order(words)?;
        assert_eq!(said.code, 2, "{words:?}: {}", said.err);
        assert!(said.err.contains(told), "{words:?}: {}", said.err);
        assert_eq!(said.out, "", "{words:?}");
    }
    assert_eq!(plant.orders()?.len(), 1);
    Ok(())
}

#[test]
fn a_clean_stop_drains_the_belt_and_the_order_goes_on_later() -> Outcome {
    let plant = Plant::new(PACKS)?;
    let line = plant.start_line(PACKS, "no-pixels", 7)?;
    let mut service = plant.start_service()?;
    plant.load_and_start()?;
    let mut person = Person::new(&plant, &line);
    person.until("packs leave", |status| number(status, "/good") >= 10)?;
    refusals(&plant)?;
    assert!(service.stop()?.success(), "{}", plant.said()?);
    assert!(!plant.path("data/api.json").exists(), "nobody is there to be commanded");
    let on_belt: Vec<_> = line.look()?.into_iter().filter(|p| p.zone == Zone::Belt).collect();
    assert!(on_belt.is_empty(), "the belt was not drained: {on_belt:?}");
    let before = plant.packs()?;
    pack_shape(&before);
    assert!(before.iter().all(|row| row["state"] != "in_process"), "{before:?}");
    let good = before.iter().filter(|row| row["state"] == "exited").count();
    let order = &plant.orders()?[0];
    assert_eq!((&order["batch"], &order["good"]), (&BATCH.into(), &good.into()), "{order}");
    assert_eq!((&order["state"], &order["target"]), (&"running".into(), &PACKS.into()), "{order}");
    assert_eq!(audited(&plant)?["chain"], "ok");

    let mut service = plant.start_service()?;
    let known = before.len() as i64;
    person.until("the order goes on", |status| number(status, "/packs/infeed") > known + 3)?;
    person.until("the last pack is in", |status| {
        let all = number(status, "/packs/infeed") >= i64::from(PACKS);
        // Without a reject the quantity is reached and the order completes by itself.
        (all && status["unit_state"] == "execute") || status["order_state"] == "completed"
    })?;
    let said = plant.order(&["stop", BATCH])?;
    assert!(matches!(said.code, 0 | 2), "{}", said.err);

    person.until("the order completes", |status| status["order_state"] == "completed")?;
    assert!(person.asked.is_empty(), "no pack was lost: {:?}", person.asked);
    let (truth, books) = close_and_prove(&plant, line)?;
    assert!(service.stop()?.success());
    assert_eq!(truth.len(), PACKS as usize);
    println!("stopped after {} packs: {books}", before.len());
    Ok(())
}
