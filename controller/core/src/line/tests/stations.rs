//! I1 with stations beside the camera: a missing, wrong, late, second or slipped answer of any of
//! them is a reject.

use super::fixture::Rig;
use super::pack::{Pack, Step, Way};
use crate::event::{Input, PackFate};
use crate::line_config::LineConfig;
use crate::reason::{HoldCause, RejectReason as R};
use crate::record::RecordBody;
use crate::station::{CartonCode, StationRules, TextFields};
use contracts::line_io::{Channel, Edge};
use contracts::packml::UnitState;
use contracts::station::Station;

const RULES: fn() -> StationRules = || StationRules {
    text_check: Some(TextFields::ALL),
    carton_code: CartonCode::new(b"4711-B"),
    tamper_evident: true,
    checkweigher: Some((19_000, 21_000)),
};

fn rig() -> Rig {
    let config = LineConfig { consecutive_rejects_max: 50, ..super::config() };
    let mut rig = Rig::dark_with(config, RULES(), 5_000, 5_000);
    rig.all_up();
    assert_eq!(rig.command(crate::event::Command::Start), Ok(()));
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    rig
}

fn text(pack: u32) -> String {
    format!("04150037528643\nSERIAL{:06}\nLOT42\n12.2028", pack - 1)
}

/// What a station says of a good pack.
fn good(station: Station, pack: u32) -> (i32, String) {
    match station {
        Station::TextCheck => (0, text(pack)),
        Station::CartonCode => (0, "4711-B".into()),
        Station::TamperEvident => (1, String::new()),
        Station::Checkweigher => (20_000, String::new()),
    }
}

fn place(station: Station) -> u64 {
    super::config().station_counts[station.index()]
}

/// The strobe and the answer of one station for the n-th pack.
fn strobe(pack: Pack, station: Station, answer: Option<(u64, i32, String)>) -> Pack {
    let at = place(station);
    let pack = pack.then(at, move |rig| {
        rig.station_triggers[station.index()] += 1;
        rig.edge(Channel::of(station), Edge::Rising);
    });
    match answer {
        Some((later, value, text)) => pack.then(at + later, move |rig| {
            let trigger = rig.station_triggers[station.index()];
            rig.station_result(station, trigger, value, &text);
        }),
        None => pack,
    }
}

/// When a station answers, with which value and content; `None`: never.
type Answer = Option<(u64, i32, String)>;

/// The n-th pack with every station's good answer, but for `but`, which is done otherwise.
fn pack(n: u32, but: Option<(Station, Answer)>) -> Pack {
    Station::ALL.into_iter().fold(Pack::good(), |pack, station| match &but {
        Some((other, answer)) if *other == station => strobe(pack, station, answer.clone()),
        _ => {
            let (value, text) = good(station, n);
            strobe(pack, station, Some((300, value, text)))
        }
    })
}

#[test]
fn i1_a_pack_passes_when_every_station_has_proven_it() {
    let mut rig = rig();
    rig.run(&[pack(1, None), pack(2, None)]);
    assert_eq!((rig.fate(1), rig.fate(2)), (PackFate::Exited, PackFate::Exited));
    let results = |b: &&RecordBody| matches!(b, RecordBody::StationResult { reason: None, .. });
    assert_eq!(rig.records().filter(results).count(), 8, "each answer is a record");
}

#[test]
fn i1_what_one_station_does_not_prove_is_rejected() {
    let wrong = |station: Station| match station {
        Station::TextCheck => (0, text(7), R::TextMismatch),
        Station::CartonCode => (0, "4712-B".to_owned(), R::CartonMismatch),
        Station::TamperEvident => (0, String::new(), R::TamperEvidenceMissing),
        Station::Checkweigher => (18_000, String::new(), R::WeightOutOfLimits),
    };
    for station in Station::ALL {
        let (value, text, reason) = wrong(station);
        let mut rig = rig();
        rig.run(&[pack(1, Some((station, Some((300, value, text))))), pack(2, None)]);
        assert!(!rig.permitted(1), "{station:?}");
        assert_eq!(rig.verdicts(1), [Some(reason)], "{station:?}");
        assert_eq!((rig.fate(1), rig.fate(2)), (PackFate::Ejected, PackFate::Exited));
    }
}

#[test]
fn i1_no_answer_and_a_late_one_are_rejects() {
    for station in Station::ALL {
        let (value, text) = good(station, 1);
        let late = 6_900 - place(station);
        for answer in [None, Some((late, value, text))] {
            let expected = if answer.is_some() { R::ResultLate } else { R::StationNoResult };
            let mut rig = rig();
            rig.run(&[pack(1, Some((station, answer)))]);
            assert!(!rig.permitted(1), "{station:?}");
            assert_eq!(rig.verdicts(1), [Some(expected)], "{station:?}");
            assert_eq!(rig.fate(1), PackFate::Ejected);
        }
    }
}

#[test]
fn i1_a_pack_that_a_station_never_saw_is_rejected() {
    for missing in Station::ALL {
        let others = Station::ALL.into_iter().filter(|&s| s != missing);
        let script = others.fold(Pack::good(), |pack, station| {
            let (value, text) = good(station, 1);
            strobe(pack, station, Some((300, value, text)))
        });
        let mut rig = rig();
        rig.run(&[script]);
        assert_eq!(rig.verdicts(1), [Some(R::StationNoResult)], "{missing:?}");
        assert!(!rig.permitted(1), "{missing:?}");
    }
}

#[test]
fn i1_a_second_answer_takes_the_proof_away() {
    for station in Station::ALL {
        let (value, text) = good(station, 1);
        let mut rig = rig();
        rig.run(&[pack(1, None).then(5_950, move |rig| {
            rig.station_result(station, 1, value, &text);
        })]);
        assert_eq!(rig.fate(1), PackFate::Ejected, "{station:?}");
        assert_eq!(rig.verdicts(1).last(), Some(&Some(R::ResultDuplicate)), "{station:?}");
    }
}

/// The line I/O loses a strobe: the station's numbers run ahead and its answer of the pack before
/// must not become the next one's.
#[test]
fn i1_a_lost_strobe_is_noticed_before_an_answer_slips() {
    let station = Station::TamperEvident;
    let others = [Station::TextCheck, Station::CartonCode, Station::Checkweigher];
    let script = others.into_iter().fold(Pack::good(), |pack, station| {
        let (value, text) = good(station, 1);
        strobe(pack, station, Some((300, value, text)))
    });
    let unseen = script.then(place(station), move |rig| {
        rig.station_triggers[station.index()] += 1;
    });
    let unseen = unseen.then(place(station) + 300, move |rig| {
        let trigger = rig.station_triggers[station.index()];
        rig.station_result(station, trigger, 1, "");
    });
    let mut rig = rig();
    rig.run(&[unseen, pack(2, Some((station, None)))]);
    assert!(rig.held_for(HoldCause::StationOutOfStep));
    assert!(!rig.permitted(1) && !rig.permitted(2), "I1: an answer of another pack");
}

#[test]
fn i1_counters_that_differ_while_the_station_is_free_hold_the_line() {
    let mut rig = rig();
    rig.run(&[pack(1, None)]);
    for triggers in [1, 2, 1, 2, 2] {
        let held = rig.held_for(HoldCause::StationOutOfStep);
        assert!(!held, "one differing sample may be a late one");
        let station = Station::Checkweigher;
        rig.input(Input::StationSample { station, triggers, last_seq: 1 });
    }
    assert!(rig.held_for(HoldCause::StationOutOfStep));
}

/// Only the end of a purge joins the counters anew: until then they differ, and that must not keep
/// the purge from its end.
#[test]
fn i1_counters_that_differ_do_not_hold_the_purge_that_joins_them() {
    let mut rig = rig();
    let station = Station::Checkweigher;
    let differs = |rig: &mut Rig| {
        for _ in 0..3 {
            rig.input(Input::StationSample { station, triggers: 2, last_seq: 1 });
        }
    };
    rig.run(&[pack(1, None)]);
    differs(&mut rig);
    assert!(rig.held_for(HoldCause::StationOutOfStep));
    assert_eq!(rig.command(crate::event::Command::Unhold), Ok(()));
    differs(&mut rig);
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    rig.move_to(rig.encoder + 2_000);
    differs(&mut rig);
    assert_eq!(rig.line.unit_state(), UnitState::Execute, "joined at what they were");
    for _ in 0..2 {
        rig.input(Input::StationSample { station, triggers: 3, last_seq: 1 });
    }
    assert!(rig.held_for(HoldCause::StationOutOfStep), "told again");
}

#[test]
fn i1_answers_of_another_recipe_or_epoch_are_no_proof() {
    let station = Station::Checkweigher;
    let mut rig = rig();
    rig.run(&[pack(1, None).then(5_650, move |rig| {
        rig.input(Input::StationDown { station });
        let epoch = crate::ids::Epoch(2);
        rig.input(Input::StationUp { station, epoch, recipe_ok: true, triggers: 0 });
    })]);
    assert!(rig.held_for(HoldCause::StationRestart));
    assert!(!rig.permitted(1));
    assert_eq!(rig.fate(1), PackFate::Ejected);
}

#[test]
fn a_station_of_the_recipe_must_be_ready_and_its_loss_holds() {
    use crate::event::{Command, Refusal};
    let mut rig = Rig::dark_with(super::config(), RULES(), 10, 10);
    rig.line_io_up();
    rig.labeler_up();
    rig.camera_up();
    rig.sample();
    assert_eq!(rig.command(Command::Start), Err(Refusal::DeviceNotReady));
    Station::ALL.into_iter().for_each(|s| rig.station_up(s));
    assert_eq!(rig.command(Command::Start), Ok(()));
    rig.purge();
    let down = Input::StationDown { station: Station::TextCheck };
    rig.run(&[Pack::good().without(Step::Result).goes(Way::Bin)]);
    rig.input(down);
    rig.sample();
    assert!(rig.held_for(HoldCause::StationLink));
    assert_eq!(rig.command(crate::event::Command::Unhold), Err(Refusal::DeviceNotReady));
    rig.station_up(Station::TextCheck);
    assert_eq!(rig.command(crate::event::Command::Unhold), Ok(()));
    assert_eq!(rig.line.unit_state(), UnitState::Execute, "nothing was lost: no purge");
}

#[test]
fn stations_that_the_recipe_does_not_name_are_not_listened_to() {
    let mut rig = Rig::running();
    rig.run(&[pack(1, Some((Station::TamperEvident, Some((300, 0, String::new())))))]);
    assert_eq!(rig.fate(1), PackFate::Exited);
    assert_eq!(rig.line.station_links(), [None; 4]);
}
