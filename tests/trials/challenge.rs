//! A challenge before the order: with every station of the line, and of a product with a national
//! number.

use crate::Outcome;
use crate::floor::{self, CHALLENGE, STATIONS, all_as_planned, bin, on_record, row};
use crate::person::Person;
use crate::plant::BATCH;
use crate::proof::close_and_prove;

const PACKS: u32 = 60;

#[test]
fn with_every_station_it_proves_the_reject_path_and_leaves_the_order_alone() -> Outcome {
    let _alone = floor::alone();
    let (plant, line, addresses) = floor::with_stations(PACKS)?;
    let mut service = plant.start_service()?;
    plant.load()?;
    let before = row(&plant, BATCH)?;
    let ended = floor::passed(&plant, &addresses)?;
    assert_eq!((&ended["passed"], &ended["interrupted"]), (&true.into(), &().into()), "{ended}");
    let (last, bad) = CHALLENGE.split_last().ok_or("an empty plan")?;
    let plan: Vec<_> = bad.iter().chain(&STATIONS).chain([last]).copied().collect();
    all_as_planned(&ended, &plan);
    let ejected = bin(&line)?;
    assert_eq!(ejected.len(), plan.len(), "every pack of a challenge goes to the bin");
    floor::nothing_left(&line)?;

    let trial = row(&plant, "DEMO-0001-C1")?;
    assert_eq!((&trial["mode"], &trial["state"]), (&"challenge".into(), &"closed".into()));
    assert_eq!((&trial["good"], &trial["pool"]["count"]), (&0.into(), &0.into()), "{trial}");
    assert_eq!(row(&plant, BATCH)?, before, "the order is as it was");
    assert_eq!(before["mode"], "production");
    assert_eq!(on_record(&plant)?, [("DEMO-0001-C1".into(), "challenge".into(), true)]);

    plant.start()?;
    let mut person = Person::new(&plant, &line);
    let late = floor::run_out(&plant, &mut person, i64::from(PACKS))?;
    let (truth, books) = close_and_prove(&plant, line)?;
    let ejected = &books["confirmed_ejects"];
    assert_eq!((truth.len(), ejected), (PACKS as usize, &late.into()), "{books}");
    assert!(service.stop()?.success());
    Ok(())
}

#[test]
fn a_product_with_a_national_number_is_challenged_with_it() -> Outcome {
    let _alone = floor::alone();
    let (plant, line, addresses) = floor::with_camera(20)?;
    let label = "template = \"fmd-2d-and-text\"\nrevision = 1";
    let with = format!("{label}\nnational = \"714:5440987\"");
    plant.edit("products/demo.toml", label, &with)?;
    let mut service = plant.start_service()?;
    plant.load()?;
    let ended = floor::passed(&plant, &addresses)?;
    all_as_planned(&ended, &CHALLENGE);
    let person = Person::new(&plant, &line);
    let ejected = bin(&line)?;
    let first = ejected.first().ok_or("an empty bin")?;
    let code = person.scan(first)?.code.ok_or("the control has no code")?;
    assert!(code.ends_with("{GS}7145440987"), "{code}");
    assert!(service.stop()?.success());
    Ok(())
}
