//! The stations beside the camera: strobes and results, their faults, restarts and cuts, and what
//! the ground truth says.

use super::*;
use crate::world::Stream;
use crate::world::station_device::{MeasureFaults, Measured, StationDevice};
use contracts::station::{Finding, StationResult};
use std::collections::BTreeMap;

fn run_stations(packs: u64, scenario: Scenario) -> Rig {
    let mut rig = Rig::new(with_stations(packs), scenario, 42, true);
    rig.run();
    rig
}

fn results(rig: &Rig, station: Station) -> Vec<StationResult> {
    rig.world.station_results(station, 1, usize::MAX)
}

fn rates(text: &str) -> Scenario {
    Scenario::from_toml(&format!("[rates]\n{text}")).unwrap()
}

#[test]
fn every_pack_gives_one_strobe_and_one_result_at_each_station() {
    let rig = run_stations(40, Scenario::default());
    for station in Station::ALL {
        let (status, results) = (rig.world.station_status(station), results(&rig, station));
        assert_eq!(rig.rising(Channel::of(station)), 40, "{station:?}");
        assert_eq!((status.triggers, status.last_seq), (40, 40), "{station:?}");
        assert!(results.iter().map(|result| result.seq).eq(1..=40), "{station:?}");
        assert!(results.iter().map(|result| result.trigger).eq(1..=40), "{station:?}");
        assert!(results.iter().all(|result| result.finding == Finding::Measured), "{station:?}");
    }
    let edges = |e: &LineIoEvent| e.channel.station().is_some() && e.edge == Edge::Falling;
    assert!(!rig.events.iter().any(|(_, event)| edges(event)), "a strobe has no falling edge");
    let truth = rig.pack(7);
    assert!(truth.good);
    let content = |station| {
        let result = &results(&rig, station)[6];
        String::from_utf8(result.content.to_vec()).unwrap()
    };
    assert_eq!(content(Station::TextCheck), "04150037528643\nS0000007\nLOT-2026\n12.2028");
    assert_eq!(truth.text.as_ref(), Some(&content(Station::TextCheck)));
    assert_eq!(truth.carton.as_ref(), Some(&content(Station::CartonCode)));
    assert_eq!(results(&rig, Station::TamperEvident)[6].value, 1);
    let found = results(&rig, Station::Checkweigher)[6].value;
    let weighed = u32::try_from(found).unwrap();
    assert!(truth.weight_mg.is_some_and(|real| real.abs_diff(weighed) <= 20), "{truth:?}");
}

#[test]
fn a_line_without_stations_gives_no_strobe() {
    let rig = run(10, rates("wrong_carton = 1.0\nstation_restart = 1.0"), true);
    assert!(Station::ALL.into_iter().all(|station| rig.rising(Channel::of(station)) == 0));
    assert!(rig.world.stations().is_empty() && rig.fault_records().is_empty());
    assert!(rig.packs().iter().all(|pack| pack.good), "nobody looks at the carton");
}

/// A fault that only one station sees: the pack is not good, and that station finds something else.
#[test]
fn each_fault_of_a_pack_is_seen_by_its_station() {
    let table = [
        (FaultKind::WrongText, Station::TextCheck),
        (FaultKind::WrongCarton, Station::CartonCode),
        (FaultKind::TamperMissing, Station::TamperEvident),
        (FaultKind::WeightOff, Station::Checkweigher),
    ];
    for (fault, where_seen) in table {
        let rig = run_stations(20, with_fault(fault, None, 9));
        let bad: Vec<u64> = rig.packs().iter().filter(|p| !p.good).map(|p| p.pack).collect();
        assert_eq!(bad, [9], "{fault:?}");
        assert_eq!(rig.pack(9).faults, [fault.name()]);
        assert_eq!(rig.pack(9).label, rig.pack(9).commanded, "the code is right");
        for station in Station::ALL {
            let results = results(&rig, station);
            let differs = match station {
                Station::TextCheck => {
                    let serial = b"S0000009\nLOT-2026\n12.2028";
                    !results[8].content.starts_with(b"04150037528643\n")
                        || !results[8].content.ends_with(serial)
                }
                Station::CartonCode => results[8].content != results[7].content,
                Station::TamperEvident => results[8].value != results[7].value,
                Station::Checkweigher => results[8].value.abs_diff(25_000) > 1_000,
            };
            assert_eq!(differs, station == where_seen, "{fault:?} at {station:?}");
        }
    }
}

#[test]
fn no_label_and_no_ink_is_nothing_to_read() {
    let rig = run_stations(10, with_fault(FaultKind::MissingPrint, None, 4));
    let results = results(&rig, Station::TextCheck);
    assert_eq!((results[3].finding, results[4].finding), (Finding::Nothing, Finding::Measured));
    assert!(results[3].content.is_empty() && rig.pack(4).text.is_none());
}

#[test]
fn a_timeout_leaves_one_result_out_and_a_late_one_comes_behind_others() {
    let rig = run_stations(20, with_fault(FaultKind::StationTimeout, None, 5));
    let counts: BTreeMap<_, _> =
        Station::ALL.into_iter().map(|s| (s, results(&rig, s).len())).collect();
    assert_eq!(counts.values().sum::<usize>(), 79, "{counts:?}");
    assert!(Station::ALL.into_iter().all(|s| rig.rising(Channel::of(s)) == 20));
    assert!(rig.pack(5).good && rig.pack(5).faults == ["station_timeout"]);

    let rig = run_stations(20, with_fault(FaultKind::StationLate, None, 5));
    let behind = Station::ALL.into_iter().filter(|station| {
        let results = results(&rig, *station);
        assert!(results.iter().map(|result| result.seq).eq(1..=20));
        !results.is_sorted_by_key(|result| result.trigger)
    });
    assert_eq!(behind.count(), 1, "the result of pack 5 comes later than others");
}

#[test]
fn a_station_restart_begins_everything_at_zero() {
    let scenario = with_fault(FaultKind::DeviceRestart, Some(Device::CartonCode), 20);
    let mut rig = Rig::new(with_stations(60), scenario, 42, true);
    rig.world.station_set_recipe(Station::CartonCode, 7);
    rig.run();
    let (status, results) =
        (rig.world.station_status(Station::CartonCode), results(&rig, Station::CartonCode));
    assert_eq!((status.epoch, status.recipe_hash), (2, 0));
    assert!(status.triggers < 45 && status.triggers > 20, "{status:?}");
    assert_eq!(status.triggers as usize, results.len());
    let (n, other) =
        (rig.rising(Channel::CartonCode), rig.world.station_status(Station::TextCheck));
    assert!(n < 60, "no strobe without power: {n}");
    assert_eq!((other.epoch, other.triggers), (1, 60));
    let record = rig.fault_records()[0];
    assert_eq!((record.fault.as_str(), record.device.as_str()), ("device_restart", "carton_code"));
}

#[test]
fn a_cut_link_stops_nothing() {
    let scenario = with_fault(FaultKind::LinkCut, Some(Device::Checkweigher), 10);
    let mut rig = Rig::new(with_stations(40), scenario, 42, true);
    run_until(&mut rig, |rig| !rig.world.link_is_up(Device::Checkweigher));
    rig.world.station_set_recipe(Station::Checkweigher, 9);
    assert_eq!(rig.world.station_status(Station::Checkweigher).recipe_hash, 0, "lost on the way");
    rig.run();
    assert_eq!(results(&rig, Station::Checkweigher).len(), 40);
}

#[test]
fn restarts_and_cuts_by_chance_strike_every_station() {
    let rig = run_stations(400, rates("station_restart = 0.05\nstation_link_cut = 0.05"));
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    for record in rig.fault_records() {
        *seen.entry((record.fault.clone(), record.device.clone())).or_default() += 1;
    }
    assert_eq!(seen.len(), 8, "two troubles at each of four stations: {seen:?}");
}

/// The stations draw from streams of their own: what they do moves nothing else.
#[test]
fn stations_change_nothing_of_the_rest_of_the_line() {
    let faults = "smear = 0.1\nlate_result = 0.1\nmissing_pack = 0.02";
    let plain = run(60, rates(faults), true);
    let beside = run_stations(60, rates(faults));
    let what = |rig: &Rig| -> Vec<_> {
        let packs = rig.packs().into_iter();
        packs.map(|p| (p.label, p.ink.clone(), p.faults.clone(), p.fate, p.at_ms)).collect()
    };
    assert_eq!(what(&plain), what(&beside));
}

#[test]
fn the_buffer_is_bounded_and_shows_the_gap() {
    let small = SimConfig { station_results_max: 4, ..with_stations(1) };
    let mut device = StationDevice::new(&small, crate::world::stream(1, Stream::Stations));
    for n in 1..=10 {
        let measured = Measured { value: n, ..Measured::default() };
        let job = device.measure(SimTime::ZERO, Some(&measured), MeasureFaults::default());
        device.publish(job.unwrap().id);
    }
    let held = |from, max| -> Vec<u32> {
        device.results(from, max).iter().map(|result| result.seq).collect()
    };
    assert_eq!(held(1, 9), [7, 8, 9, 10]);
    assert_eq!(held(8, 2), [8, 9]);
    assert!(held(11, 9).is_empty());
    assert_eq!(device.status().last_seq, 10);
}

#[test]
fn a_result_measured_before_a_restart_never_comes() {
    let mut device =
        StationDevice::new(&with_stations(1), crate::world::stream(1, Stream::Stations));
    let job = device.measure(SimTime::ZERO, Some(&Measured::default()), MeasureFaults::default());
    device.power_off();
    let unseen =
        device.measure(SimTime::ZERO, Some(&Measured::default()), MeasureFaults::default());
    assert!(unseen.is_none(), "without power");
    device.boot();
    device.publish(job.unwrap().id);
    assert_eq!((device.status().last_seq, device.status().triggers), (0, 0));
}

#[test]
fn the_default_scenario_shows_every_fault_of_the_stations() {
    let scenario = include_str!("../../../../config/scenarios/default.toml");
    let rig = run_stations(500, Scenario::from_toml(scenario).unwrap());
    let lines = rig.lines();
    let faults = [
        FaultKind::WrongText,
        FaultKind::WrongCarton,
        FaultKind::TamperMissing,
        FaultKind::WeightOff,
        FaultKind::StationTimeout,
        FaultKind::StationLate,
    ];
    for fault in faults {
        assert!(lines.contains(&format!("\"{}\"", fault.name())), "{}", fault.name());
    }
}
