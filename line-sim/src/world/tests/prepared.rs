//! Prepared packs: laid onto the infeed by a person, for challenge runs.

use super::*;
use crate::hands::{HandsResponse, PreparedInk, PreparedPack};
use crate::world::{LabelText, Text};
use contracts::camera::ReadStatus;
use contracts::line_io::inputs;

fn label(serial: &str) -> LabelText {
    LabelText {
        gtin: Text::new(&HEADER.gtin),
        serial: Text::new(serial.as_bytes()),
        expiry: Text::new(&HEADER.expiry),
        lot: Text::until_zero(&HEADER.lot),
        national: None,
    }
}

fn set() -> Vec<PreparedPack> {
    let pack = |name: &str, label, ink| PreparedPack {
        name: name.to_owned(),
        label,
        ink,
        ..PreparedPack::default()
    };
    vec![
        pack("right", Some(label("CHALLENGE1")), PreparedInk::Clean),
        pack("pale", Some(label("CHALLENGE2")), PreparedInk::LowGrade),
        pack("smeared", Some(label("CHALLENGE3")), PreparedInk::Unreadable),
        pack("blank", None, PreparedInk::Clean),
    ]
}

#[test]
fn they_come_before_ordinary_packs_and_keep_what_they_bear() {
    let mut rig = Rig::new(config(10), Scenario::default(), 42, true);
    run_until(&mut rig, |rig| rig.world.counters().released == 2);
    let answer = rig.world.hands(HandsRequest::Prepare { packs: set() });
    assert_eq!(answer, HandsResponse::Feeding { prepared: 4, open: true });
    rig.run();
    let names: Vec<_> = rig.packs().iter().map(|pack| pack.prepared.clone()).collect();
    let prepared: Vec<&str> = names[2..6].iter().flatten().map(String::as_str).collect();
    assert_eq!(prepared, ["right", "pale", "smeared", "blank"]);
    assert_eq!((names.len(), names.iter().flatten().count()), (14, 4));
    assert_eq!(rig.rising(Channel::Applied), 10, "the labeler leaves them alone");
    assert_eq!(rig.rising(Channel::Infeed), 14);
    assert_eq!(rig.pack(3).label, Some(label("CHALLENGE1")));
    assert!(rig.packs().iter().all(|pack| pack.infeed_ordinal == Some(pack.pack as u32)));
    let results = &rig.results[2..6];
    assert_eq!(results[0].1.grade.overall, 40);
    assert_eq!(results[1].1.status, ReadStatus::Decoded);
    assert!(results[1].1.grade.overall < 15, "{:?}", results[1].1.grade);
    assert_eq!(results[2].1.status, ReadStatus::NoRead);
    assert_eq!(results[3].1.status, ReadStatus::NoRead);
}

#[test]
fn ordinary_packs_are_held_back_while_the_supply_is_closed() {
    let closed = SimConfig { feed_open: false, ..config(10) };
    let mut rig = Rig::new(closed, Scenario::default(), 42, true);
    for _ in 0..100 {
        rig.cycle();
    }
    assert_eq!(rig.world.counters().released, 0);
    assert_eq!(rig.status.inputs & inputs::UPSTREAM_READY, 0);
    rig.world.hands(HandsRequest::Prepare { packs: set() });
    rig.cycle();
    assert_ne!(rig.status.inputs & inputs::UPSTREAM_READY, 0);
    run_until(&mut rig, |rig| rig.world.counters().exited == 4);
    for _ in 0..100 {
        rig.cycle();
    }
    assert_eq!(rig.world.counters().released, 4);
    assert_eq!(rig.status.inputs & inputs::UPSTREAM_READY, 0);
    let answer = rig.world.hands(HandsRequest::Feed { open: true });
    assert_eq!(answer, HandsResponse::Feeding { prepared: 0, open: true });
    rig.run();
    assert_eq!(rig.packs().len(), 14);
}

#[test]
fn requests_read_as_a_person_would_write_them() {
    let line = r#"{"do": "prepare", "packs": [{"name": "no tamper label", "tamper": false}]}"#;
    let Ok(HandsRequest::Prepare { packs }) = serde_json::from_str(line) else { panic!("{line}") };
    assert_eq!((packs[0].tamper, packs[0].label), (Some(false), None));
    let again = serde_json::to_string(&HandsRequest::Prepare { packs: set() }).unwrap();
    assert!(serde_json::from_str::<HandsRequest>(&again).is_ok());
}
