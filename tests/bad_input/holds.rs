//! What a running line runs into: an empty pool, wrong cartons, a full bin. It holds, says why, and
//! there is a clear way on.

use crate::Outcome;
use crate::floor;
use crate::person::{Person, number};
use crate::plant::{BATCH, Line, Plant};
use crate::proof::close_and_prove;
use line_sim::hands::HandsRequest;
use serde_json::Value;

/// Rejects alone hold no line here.
fn patient(plant: &Plant) -> Outcome {
    plant.edit("line.toml", "consecutive_rejects_max = 5", "consecutive_rejects_max = 100")?;
    plant.edit("line.toml", "reject_percent_max = 20", "reject_percent_max = 100")
}

fn held_for(status: &Value, cause: &str) -> bool {
    let holds = status["holds"].as_array().into_iter().flatten();
    status["unit_state"] == "held" && holds.into_iter().any(|hold| hold["cause"] == cause)
}

/// Another hold, as of a machine that stands still, is ended by the person.
fn until_held(plant: &Plant, line: &Line, cause: &str) -> Outcome<Value> {
    Person::new(plant, line).until(cause, |status| held_for(status, cause))
}

/// Refused while the cause is there, and still held.
fn stays_held(plant: &Plant, cause: &str) -> Outcome {
    let said = plant.order(&["start", BATCH])?;
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(held_for(&plant.status()?, cause));
    Ok(())
}

fn run_out(plant: &Plant, line: &Line) -> Outcome {
    let mut person = Person::new(plant, line);
    assert_eq!(plant.order(&["stop", BATCH])?.code, 0);
    person.until("the order completes", |status| status["order_state"] == "completed")?;
    Ok(())
}

#[test]
fn an_empty_pool_holds_and_the_order_can_be_ended() -> Outcome {
    let _alone = floor::alone();
    const TARGET: u32 = 60;
    let plant = Plant::new(TARGET)?;
    plant.edit("order.toml", "overage_percent = 300.0", "overage_percent = 0.0")?;
    patient(&plant)?;
    plant.write("scenario.toml", "[rates]\ntwo_codes = 0.1\n")?;
    let line = plant.start_line(2 * TARGET, "no-pixels", 11)?;
    let mut service = plant.start_service()?;
    plant.load_and_start()?;
    let status = until_held(&plant, &line, "pool_empty")?;
    assert_eq!(number(&status, "/serials_left"), 0);
    stays_held(&plant, "pool_empty")?;
    run_out(&plant, &line)?;
    let (_, books) = close_and_prove(&plant, line)?;
    assert_eq!(number(&books, "/allocated"), i64::from(TARGET), "{books}");
    assert!(number(&books, "/commissioned_now") < i64::from(TARGET), "{books}");
    assert!(service.stop()?.success());
    Ok(())
}

#[test]
fn wrong_cartons_are_rejected_on_record_and_a_full_bin_holds_until_it_is_emptied() -> Outcome {
    let _alone = floor::alone();
    const PACKS: u32 = 120;
    const BIN: usize = 6;
    let plant = Plant::new(PACKS)?;
    patient(&plant)?;
    plant.write("scenario.toml", "[rates]\nwrong_carton = 0.15\n")?;
    let (line, _) = floor::add_stations(&plant, PACKS, &format!("bin_packs_max = {BIN}\n"))?;
    let mut service = plant.start_service()?;
    plant.load_and_start()?;
    until_held(&plant, &line, "bin_full")?;
    assert!(floor::bin(&line)?.len() >= BIN);
    stays_held(&plant, "bin_full")?;
    line.hands(HandsRequest::EmptyBin)?;
    let good = number(&plant.status()?, "/good");
    let mut person = Person::new(&plant, &line);
    person.until("the order goes on", |status| number(status, "/good") >= good + 5)?;
    assert!(person.visits > 0, "a person has to say that it goes on");
    line.hands(HandsRequest::EmptyBin)?;
    run_out(&plant, &line)?;
    let rejected: Vec<Value> =
        plant.packs()?.into_iter().filter(|pack| pack["reason"] == "carton_mismatch").collect();
    assert!(rejected.len() >= BIN / 2, "{rejected:?}");
    for pack in &rejected {
        assert_eq!((&pack["verdict"], &pack["state"]), (&"reject".into(), &"ejected".into()));
    }
    close_and_prove(&plant, line)?;
    assert!(service.stop()?.success());
    Ok(())
}
