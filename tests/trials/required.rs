//! Where the line's rules require a challenge: no start without one that has passed.

use crate::Outcome;
use crate::floor::{self, CHALLENGE, all_as_planned, bin, on_record, until_mode};
use crate::person::Person;
use crate::plant::{BATCH, Plant};
use crate::proof::close_and_prove;

fn refused(plant: &Plant) -> Outcome {
    let said = plant.order(&["start", BATCH])?;
    assert_eq!(said.code, 2, "{}", said.err);
    for part in ["challenge test has not passed", "packline order challenge DEMO-0001"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    assert_eq!(plant.status()?["unit_state"], "idle");
    Ok(())
}

#[test]
fn an_order_starts_only_after_its_challenge_has_passed() -> Outcome {
    let _alone = floor::alone();
    const PACKS: u32 = 30;
    let (plant, line, addresses) = floor::with_camera(PACKS)?;
    plant.edit("line.toml", "[rules]", "[rules]\nchallenge = \"required\"")?;
    let mut service = plant.start_service()?;
    plant.load()?;
    refused(&plant)?;

    // A good pack where one without a code is planned: it is judged good, and the test has failed.
    floor::feed(&line, false)?;
    let said = floor::challenge_by_hand(&plant, || {
        until_mode(&plant, "challenge")?;
        let own = plant.order(&["close", "DEMO-0001-C1"])?;
        assert!(own.code == 2 && own.err.contains("closes by itself"), "{}", own.err);
        let second = plant.order(&["challenge", BATCH])?;
        assert_eq!(second.code, 2, "{}", second.err);
        floor::lay_out(&line, floor::set_with(2, "good_control")?)
    })?;
    assert_eq!(said.code, 3, "{}", said.err);
    let ended: serde_json::Value = serde_json::from_str(&said.out)?;
    assert_eq!(ended["passed"], false);
    for (n, pack) in ended["packs"].as_array().into_iter().flatten().enumerate() {
        assert_eq!(pack["passed"], n != 1, "{pack}");
    }
    let pack = &ended["packs"][1];
    assert_eq!((&pack["verdict"], &pack["fate"]), (&"accept".into(), &"ejected".into()));
    assert_eq!(bin(&line)?.len(), CHALLENGE.len(), "a failed challenge lets nothing out either");
    floor::nothing_left(&line)?;
    until_mode(&plant, "production")?;
    refused(&plant)?;

    let ended = floor::passed(&plant, &addresses)?;
    all_as_planned(&ended, &CHALLENGE);
    let passed: Vec<bool> = on_record(&plant)?.into_iter().map(|(_, _, passed)| passed).collect();
    assert_eq!(passed, [false, true]);
    plant.start()?;
    let mut person = Person::new(&plant, &line);
    floor::run_out(&plant, &mut person, i64::from(PACKS))?;
    let (truth, _) = close_and_prove(&plant, line)?;
    assert_eq!(truth.len(), PACKS as usize);
    assert!(service.stop()?.success());
    Ok(())
}
