//! The healthy line: flow, order, determinism, heartbeat.

use super::*;

const DEFAULT: &str = include_str!("../../../../config/scenarios/default.toml");
const ALL: &str = include_str!("../../../../config/scenarios/all.toml");
const CLEAN: &str = include_str!("../../../../config/scenarios/clean.toml");

#[test]
fn permitted_packs_leave_and_are_good() {
    let rig = run(50, Scenario::from_toml(CLEAN).unwrap(), true);
    assert_eq!(rig.faults, []);
    assert_eq!(rig.count(Fate::Exited), 50);
    for (i, pack) in rig.packs().into_iter().enumerate() {
        assert!(pack.good, "{pack:?}");
        assert_eq!(pack.infeed_ordinal, Some(i as u32 + 1));
        assert_eq!(pack.job.map(|job| job.seq), Some(i as u32 + 1));
        assert_eq!(pack.label.unwrap().serial.to_text(), format!("S{:07}", i + 1));
    }
    for (i, (epoch, result)) in rig.results.iter().enumerate() {
        assert_eq!((*epoch, result.trigger, result.recipe_hash), (1, i as u32 + 1, 77));
        let wanted = format!("]d2010415003752864321S{:07}\u{1d}1728123110LOT-2026", i + 1);
        assert_eq!(result.content, wanted.as_bytes());
        assert_eq!(result.grade.overall, 40);
    }
    assert_eq!(rig.results.len(), 50);
}

#[test]
fn without_a_permit_every_pack_is_ejected_and_confirmed() {
    let rig = run(40, Scenario::default(), false);
    assert_eq!(rig.faults, []);
    assert_eq!(rig.count(Fate::Ejected), 40);
    assert_eq!(rig.rising(Channel::EjectConfirm), 40);
    assert_eq!(rig.rising(Channel::Exit), 0);
}

#[test]
fn the_fifo_neither_loses_nor_reorders() {
    let rig = run(60, Scenario::default(), true);
    for channel in [Channel::Infeed, Channel::CameraEye, Channel::Gate, Channel::Exit] {
        let edges: Vec<_> =
            rig.events.iter().map(|(_, e)| *e).filter(|e| e.channel == channel).collect();
        for (i, pair) in edges.chunks(2).enumerate() {
            let ordinal = i as u32 + 1;
            assert_eq!((pair[0].edge, pair[0].ordinal), (Edge::Rising, ordinal));
            assert_eq!((pair[1].edge, pair[1].ordinal), (Edge::Falling, ordinal));
            assert_eq!(pair[1].count - pair[0].count, 1_000, "a pack of 100 mm");
        }
        assert_eq!(edges.len(), 120);
    }
    assert_eq!(rig.rising(Channel::Applied), 60);
    assert_eq!(rig.rising(Channel::CameraTrigger), 60);
    assert!(rig.events.is_sorted_by_key(|(_, event)| event.count));
}

#[test]
fn an_unread_fifo_stops_the_belt_before_it_overflows() {
    let small = SimConfig { fifo_events_max: 64, ..config(100) };
    let mut rig = Rig::new(small, Scenario::default(), 5, true);
    // Beats the heart and never says what it has consumed.
    let mut command = LineIoCommand {
        epoch: 1,
        outputs: outputs::RUN | outputs::INFEED,
        ..LineIoCommand::default()
    };
    let mut status = LineIoStatus::default();
    for _ in 0..1_000 {
        rig.world.advance(rig.world.now().plus_ms(CYCLE_MS));
        command.heartbeat += 1;
        status = rig.world.line_io_exchange(&command);
    }
    assert_eq!(status.fault, DeviceFault::FifoFull);
    assert!(!rig.world.is_moving());
    assert!((56..=64).contains(&(status.next_seq - 1)), "{}", status.next_seq);
    let mut read = 0;
    while read + 1 < status.next_seq {
        command.read_from = read + 1;
        status = rig.world.line_io_exchange(&command);
        assert_eq!(status.events[0].seq, read + 1);
        read = status.events.last().unwrap().seq;
    }
}

#[test]
fn the_same_seed_gives_the_same_truth() {
    let truth = |seed, permits_all| {
        let scenario = Scenario::from_toml(DEFAULT).unwrap();
        let mut rig = Rig::new(config(800), scenario, seed, permits_all);
        rig.run();
        rig.lines()
    };
    let first = truth(11, true);
    assert_eq!(first, truth(11, true));
    assert_ne!(first, truth(12, true));
    for line in first.lines() {
        let record = TruthRecord::from_line(line).unwrap();
        assert_eq!(record.to_line().trim_end(), line);
    }
    assert!(first.starts_with("{\"truth\":1,\"seed\":11,\"scenario\":\"default\""));
}

#[test]
fn a_lost_heartbeat_kills_permits_and_stops_the_belt_in_its_braking_distance() {
    let mut rig = Rig::new(config(100), Scenario::default(), 9, true);
    run_until(&mut rig, |rig| rig.world.counters().exited == 10);
    let epoch_before = rig.status.permit_epoch;
    let known = rig.world.counters().released;
    // The heartbeat of the last cycle is good for 250 ms.
    let dies = rig.world.now().plus_ms(250);
    rig.world.advance(SimTime(dies.0 - 1));
    assert!(rig.world.is_moving());
    let from = rig.world.encoder_count();
    rig.world.advance(dies.plus_ms(1_000));
    assert!(!rig.world.is_moving());
    let braked = rig.world.encoder_count() - from;
    assert!((399..=401).contains(&braked), "40 mm: {braked} counts");
    rig.operator = false;
    rig.cycle();
    assert_eq!(rig.status.fault, DeviceFault::HeartbeatLost);
    assert_eq!(rig.status.permit_epoch, epoch_before + 1);
    assert_eq!(rig.status.permits_accepted, 0);
    // Without a reset it stays so, whatever is commanded.
    for _ in 0..50 {
        rig.cycle();
    }
    assert!(!rig.world.is_moving());
    let gated = rig.rising(Channel::Gate) as u64;
    assert!(gated < known);
    rig.operator = true;
    rig.run();
    for number in gated + 1..=known {
        assert_eq!(rig.pack(number).fate, Fate::Ejected, "the permit of {number} is gone");
    }
    assert_eq!(rig.count(Fate::Ejected) + rig.count(Fate::Exited), 100);
}

#[test]
fn the_full_scenario_shows_every_class_of_faults() {
    let scenario = Scenario::from_toml(ALL).unwrap();
    let planned = |fault| scenario.scheduled.iter().any(|entry| entry.fault == fault);
    assert!(FaultKind::ALL.into_iter().all(planned), "each class is scheduled");
    let mut rig = Rig::new(with_stations(1_000), scenario, 2, true);
    rig.run_with_person();
    let lines = rig.lines();
    for fault in FaultKind::ALL {
        assert!(lines.contains(&format!("\"{}\"", fault.name())), "{}", fault.name());
    }
    let bad = rig.packs().iter().filter(|pack| !pack.good).count();
    println!("{bad} of 1000 packs are not good, {:?}", rig.world.counters());
}

#[test]
fn the_world_may_move_between_threads() {
    fn sendable<T: Send>() {}
    sendable::<World>();
}

#[test]
fn events_come_at_their_own_times() {
    let mut world = World::new(config(3), Scenario::default(), 1);
    let command = LineIoCommand {
        epoch: 1,
        heartbeat: 1,
        outputs: outputs::RUN | outputs::INFEED,
        ..LineIoCommand::default()
    };
    world.line_io_exchange(&command);
    let mut last = SimTime::ZERO;
    while let Some(at) = world.next_event_time() {
        assert!(at >= last);
        world.advance(at);
        assert_eq!(world.now(), at);
        last = at;
    }
    world.advance(last.plus_ms(1_000));
    assert!(!world.is_moving(), "the heartbeat died");
    assert!(last >= SimTime::from_ms(250));
}

#[test]
fn another_rate_keeps_all_times() {
    let fast = config(2_000).at_rate(1_000.0);
    let slow = config(2_000);
    let time = |c: &SimConfig| (c.geometry.gate_mm - c.geometry.camera_eye_mm) / c.speed_mm_s();
    assert!((time(&fast) - time(&slow)).abs() < 1e-12);
    assert_eq!(fast.geometry.pitch_mm, slow.geometry.pitch_mm);
    assert!(fast.check().is_ok());
}

#[test]
#[ignore = "a figure for people: run it with --ignored --nocapture"]
fn time_of_a_pack_without_faults() {
    for scenario in [CLEAN, ALL] {
        let packs = 5_000;
        let mut rig = Rig::new(config(packs), Scenario::from_toml(scenario).unwrap(), 1, true);
        let from = std::time::Instant::now();
        rig.run_with_person();
        let each = from.elapsed() / packs as u32;
        println!("{each:?} a pack, the scripted controller included");
    }
}
