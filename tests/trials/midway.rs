//! Trials of an order that is running: it steps aside and comes back, also after a trial that was
//! interrupted or has failed; setup labels.

use crate::Outcome;
use crate::floor::{self, CHALLENGE, all_as_planned, bin, on_record, row, until_mode};
use crate::person::{Person, number};
use crate::plant::{BATCH, wait};
use crate::proof::close;

const PACKS: u32 = 150;

#[test]
fn a_running_order_steps_aside_for_challenge_and_setup_and_its_books_are_exact() -> Outcome {
    let _alone = floor::alone();
    let (plant, line, addresses) = floor::with_camera(PACKS)?;
    let mut service = plant.start_service()?;
    plant.load_and_start()?;
    let mut person = Person::new(&plant, &line);
    person.until("packs leave", |status| number(status, "/good") >= 10)?;

    let ended = floor::passed(&plant, &addresses)?;
    all_as_planned(&ended, &CHALLENGE);
    let good = number(&row(&plant, BATCH)?, "/good");
    person.until("the order goes on", |status| number(status, "/good") >= good + 10)?;
    assert_eq!(person.visits, 0, "it comes back by itself");

    let before = bin(&line)?.len();
    let said = plant.order(&["setup", BATCH, "--labels", "3", "--json"])?;
    let ended = said.json()?;
    let setup: [(&str, &[&str]); 3] = [("setup_label", &[]); 3];
    all_as_planned(&ended, &setup);
    assert_eq!(bin(&line)?.len(), before + 3);
    let mut serials = Vec::new();
    for pack in bin(&line)?.iter().skip(before) {
        let scanned = person.scan(pack)?;
        serials.push(crate::person::serial_of(&scanned).unwrap_or_default().to_owned());
    }
    serials.sort_unstable();
    assert_eq!(serials, ["SETUP-00001", "SETUP-00002", "SETUP-00003"]);
    assert_eq!(row(&plant, "DEMO-0001-S1")?["mode"], "setup");

    let entered = |status: &serde_json::Value| {
        let all = number(status, "/packs/infeed") >= i64::from(PACKS) - 3;
        all && status["unit_state"] == "execute"
    };
    person.until("the last pack is in", entered)?;
    assert_eq!(plant.order(&["stop", BATCH])?.code, 0);
    person.until("the order completes", |status| status["order_state"] == "completed")?;
    assert_eq!((person.visits, person.asked.len()), (0, 0));
    let (truth, books) = close(&plant, line)?;
    assert_eq!(truth.len(), PACKS as usize - 3, "three packs bear setup labels");
    assert_eq!((&books["setup"], &books["challenge"]), (&0.into(), &0.into()), "counted apart");
    assert!(service.stop()?.success());
    let passed: Vec<_> = on_record(&plant)?.into_iter().map(|(id, _, ok)| (id, ok)).collect();
    assert_eq!(passed, [("DEMO-0001-C1".into(), true), ("DEMO-0001-S1".into(), true)]);
    Ok(())
}

#[test]
fn a_challenge_that_is_killed_has_failed_and_the_order_comes_back_held() -> Outcome {
    let _alone = floor::alone();
    let (plant, line, addresses) = floor::with_camera(PACKS)?;
    let mut service = plant.start_service()?;
    plant.load_and_start()?;
    let mut person = Person::new(&plant, &line);
    person.until("packs leave", |status| number(status, "/good") >= 10)?;
    floor::feed(&line, false)?;
    let said = floor::challenge_by_hand(&plant, || {
        until_mode(&plant, "challenge")?;
        // Three packs are still to come: the trial is under way when the service dies.
        floor::lay_out(&line, floor::set_with(0, "")?.into_iter().take(5).collect())?;
        wait("packs come", || Ok((number(&plant.status()?, "/packs/infeed") >= 5).then_some(())))?;
        service.kill()
    })?;
    assert_eq!(said.code, 4, "{}", said.err);
    let mut service = plant.start_service()?;
    assert_eq!(on_record(&plant)?, [("DEMO-0001-C1".into(), "challenge".into(), false)]);
    assert_eq!(row(&plant, "DEMO-0001-C1")?["state"], "closed");
    let status = wait("the order is back", || {
        Ok(Some(plant.status()?).filter(|status| status["batch"] == BATCH))
    })?;
    assert_eq!(status["unit_state"], "held", "{status}");
    let causes: Vec<_> = status["holds"].as_array().into_iter().flatten().collect();
    assert!(causes.iter().any(|hold| hold["cause"] == "operator"), "{causes:?}");
    // Held, it can be challenged again; that one passes and the order is free to go on.
    let ended = floor::passed(&plant, &addresses)?;
    all_as_planned(&ended, &CHALLENGE);
    let good = number(&row(&plant, BATCH)?, "/good");
    person.until("the order goes on", |status| number(status, "/good") >= good + 10)?;
    assert!(person.visits > 0, "a person has to say that it goes on");
    assert!(person.asked.is_empty(), "{:?}", person.asked);
    assert_eq!(plant.order(&["stop", BATCH])?.code, 0);
    person.until("the order completes", |status| status["order_state"] == "completed")?;
    close(&plant, line)?;
    assert!(service.stop()?.success());
    Ok(())
}
