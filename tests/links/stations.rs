//! The stations' drivers over either protocol: bursts, cuts, restarts, an overrun buffer.

use super::{Bench, PROTOCOLS, Protocol, is_down, is_up};
use contracts::station::{Finding, Station};
use devices::Setup;
use devices::station::session::StationSession;
use devices::station::{modbus, opcua};
use line_core::event::Input;
use line_sim::world::Device;
use std::thread::JoinHandle;

/// Stations that the bench serves, each over both protocols.
pub const SERVED: [Station; 1] = [STATION];
const STATION: Station = Station::CartonCode;
const DEVICE: Device = Device::CartonCode;
const BURST: u32 = 150;

/// A station in step, on a bench.
pub fn bench(protocol: Protocol, mut bench: Bench) -> Bench {
    bench.recorder.set_up(Setup::Recipe(9));
    bench.driver = Some(drive(protocol, &mut bench));
    bench.until("recipe", |b| b.script(|s| s.stations[STATION.index()].status.recipe_hash == 9));
    let fit = |input: &Input| matches!(input, Input::StationUp { recipe_ok: true, .. });
    bench.until("up", |b| b.recorder.count(fit) > 0);
    bench
}

fn drive(protocol: Protocol, bench: &mut Bench) -> JoinHandle<()> {
    let (mut io, mut session) = (bench.recorder.clone(), StationSession::new(STATION));
    let profiles = bench.profiles.clone();
    match protocol {
        Protocol::Modbus => {
            let endpoint = bench.at(bench.servers.station_modbus(STATION).unwrap().to_string());
            let config = modbus::StationConfig::new(endpoint, profiles.station_modbus);
            std::thread::spawn(move || modbus::run(&config, &mut session, &mut io).unwrap())
        }
        Protocol::Opcua => {
            let endpoint = bench.opcua_at(bench.servers.station_opcua(STATION).unwrap());
            let config = opcua::StationConfig::new(endpoint, profiles.station_opcua);
            std::thread::spawn(move || opcua::run(&config, &mut session, &mut io).unwrap())
        }
    }
}

/// Epoch and sequence of every sound result.
pub fn results(bench: &Bench) -> Vec<(u32, u32)> {
    bench.recorder.find_all(|input| match input {
        Input::StationResult(r) => {
            let content = format!("PACK-{}", r.seq);
            let sound = r.station == STATION
                && r.recipe_ok
                && r.finding == Finding::Measured
                && (r.trigger, r.value) == (r.seq, -(r.seq as i32))
                && r.content.as_bytes() == content.as_bytes();
            assert!(sound, "{r:?}");
            Some((r.epoch.0, r.seq))
        }
        _ => None,
    })
}

/// The station measures so many packs.
pub fn measure(bench: &Bench, count: u32) {
    bench.script(|s| s.stations[STATION.index()].measure(count));
}

/// A burst at once, one over a cut, one made without a link: none lost, none doubled.
fn results_come_once_and_in_order(protocol: Protocol) {
    let bench = bench(protocol, Bench::new());
    for round in 1..=3 {
        measure(&bench, BURST);
        if round > 1 {
            bench.cut(DEVICE);
        }
        bench.until("results", |b| results(b).len() == (BURST * round) as usize);
    }
    let downs = bench.recorder.count(is_down);
    bench.script(|s| s.cut(DEVICE));
    bench.until("down", |b| b.recorder.count(is_down) > downs);
    measure(&bench, BURST);
    bench.script(|s| s.mend(DEVICE));
    bench.until("results of the cut", |b| results(b).len() == (BURST * 4) as usize);
    assert!(results(&bench).into_iter().eq((1..=BURST * 4).map(|seq| (1, seq))));

    bench.restart(DEVICE);
    bench.until("recipe", |b| b.script(|s| s.stations[STATION.index()].status.recipe_hash == 9));
    measure(&bench, BURST);
    bench.until("results of the new epoch", |b| results(b).len() == (BURST * 5) as usize);
    let found = results(&bench);
    assert!(found[(BURST * 4) as usize..].iter().copied().eq((1..=BURST).map(|seq| (2, seq))));
    let sampled = |input: &Input| {
        let station = STATION;
        matches!(input, Input::StationSample { station: s, triggers: BURST, last_seq: BURST }
            if *s == station)
    };
    bench.until("the strobe count", |b| b.recorder.count(sampled) > 0);
}

/// Results that the station no longer holds are told as a new beginning, never passed over.
fn lost_results_are_told(protocol: Protocol) {
    let bench = bench(protocol, Bench::new());
    let (downs, ups) = (bench.recorder.count(is_down), bench.recorder.count(is_up));
    bench.script(|s| {
        s.stations[STATION.index()].measure(20);
        s.stations[STATION.index()].forget(12);
    });
    bench.until("what is left", |b| results(b).len() == 8);
    assert!(results(&bench).into_iter().eq((13..=20).map(|seq| (1, seq))));
    assert!(bench.recorder.count(is_down) > downs);
    assert!(bench.recorder.count(is_up) > ups);
}

#[test]
fn station_results_come_once_and_in_order_over_modbus() {
    results_come_once_and_in_order(Protocol::Modbus);
}

#[test]
fn station_results_come_once_and_in_order_over_opcua() {
    results_come_once_and_in_order(Protocol::Opcua);
}

#[test]
fn lost_station_results_are_told_over_either_protocol() {
    for protocol in PROTOCOLS {
        lost_results_are_told(protocol);
    }
}
