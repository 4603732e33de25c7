//! Faults of belt, eyes, encoder and levels: what the matter does and what the device sees of it.

use super::*;
use crate::hands::{HandsResponse, Zone};
use crate::scenario::Eye;
use crate::sim_config::EjectorKind;
use contracts::camera::ReadStatus;
use contracts::line_io::inputs;

fn at_eye(fault: FaultKind, eye: Eye) -> Scenario {
    let mut scenario = with_fault(fault, None, 12);
    scenario.scheduled[0].eye = Some(eye);
    scenario
}

fn sees(rig: &Rig, eye: Eye) -> usize {
    rig.rising(eye.channel())
}

fn struck(rig: &Rig) -> Vec<u64> {
    rig.packs().iter().filter(|p| !p.faults.is_empty()).map(|p| p.pack).collect()
}

/// Counts between one infeed edge and the next.
fn pitches(rig: &Rig) -> Vec<u64> {
    let edges = rig.events.iter().map(|(_, e)| e);
    let fronts = edges.filter(|e| e.channel == Channel::Infeed && e.edge == Edge::Rising);
    let counts: Vec<u64> = fronts.map(|e| e.count).collect();
    counts.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_foreign_pack_comes_into_a_gap_behind_the_infeed() {
    let (mut bare, mut photographed, mut at_camera) = (0, 0, 0);
    for seed in 0..24 {
        let scenario = with_fault(FaultKind::ForeignPack, None, 12);
        let mut rig = Rig::new(config(30), scenario, seed, true);
        rig.run();
        assert_eq!((rig.packs().len(), struck(&rig)), (31, vec![13]));
        let intruder = rig.pack(13);
        assert_eq!(intruder.faults, ["foreign_pack"]);
        assert_eq!((intruder.infeed_ordinal, intruder.infeed_count), (None, None));
        assert_eq!((intruder.fate, intruder.good), (Fate::Ejected, false));
        assert_eq!((sees(&rig, Eye::Infeed), sees(&rig, Eye::Gate)), (30, 31));
        assert!(pitches(&rig)[11] > 2_300, "room for it: {:?}", pitches(&rig));
        assert_eq!(rig.count(Fate::Exited), 30);
        bare += u32::from(intruder.label.is_none());
        photographed += u32::from(intruder.commanded.is_some());
        at_camera += u32::from(sees(&rig, Eye::CameraEye) == 31);
    }
    assert!(bare > 0 && photographed > 0 && at_camera > photographed && at_camera < 24);
}

#[test]
fn touching_packs_are_one_block_until_the_chute() {
    let scenario = with_fault(FaultKind::TouchingPacks, None, 12);
    let rig = run(30, scenario.clone(), true);
    assert_eq!((rig.packs().len(), struck(&rig)), (30, vec![12, 13]));
    assert!(rig.pack(12).infeed_ordinal == Some(12) && rig.pack(13).infeed_ordinal.is_none());
    assert!(rig.pack(12).commanded.is_some() && rig.pack(13).commanded.is_none());
    for eye in [Eye::Infeed, Eye::CameraEye, Eye::Gate, Eye::Exit] {
        assert_eq!(sees(&rig, eye), 29, "{eye:?}");
        let edges: Vec<_> =
            rig.events.iter().map(|(_, e)| e).filter(|e| e.channel == eye.channel()).collect();
        let at = edges.iter().position(|e| e.ordinal == 12).unwrap();
        assert_eq!(edges[at + 1].edge, Edge::Falling);
        assert_eq!(edges[at + 1].count - edges[at].count, 2_000, "{eye:?}");
    }
    // The gate that opens for the first one lets the second one through with it.
    assert_eq!(rig.count(Fate::Exited), 30);
    for ejector in [EjectorKind::PassGate, EjectorKind::Pulse] {
        let config = SimConfig { ejector, ..config(30) };
        let mut rig = Rig::new(config, scenario.clone(), 42, false);
        rig.run();
        assert_eq!((rig.count(Fate::Ejected), sees(&rig, Eye::EjectConfirm)), (30, 30));
    }
}

#[test]
fn a_result_out_of_order_comes_behind_the_next_one() {
    for seed in 0..6 {
        let scenario = with_fault(FaultKind::OutOfOrderResult, None, 12);
        let mut rig = Rig::new(config(30), scenario, seed, true);
        rig.run();
        let triggers: Vec<u32> = rig.results.iter().map(|r| r.1.trigger).collect();
        let at = |trigger| triggers.iter().position(|t| *t == trigger).unwrap();
        assert!(at(12) > at(13) && rig.results.len() == 30, "{triggers:?}");
    }
}

#[test]
fn an_eye_misses_both_edges_of_a_pack() {
    for eye in Eye::ALL {
        let rig = run(30, at_eye(FaultKind::SensorMissing, eye), eye != Eye::EjectConfirm);
        let through = matches!(eye, Eye::CameraEye | Eye::Exit);
        assert_eq!(struck(&rig), [12], "{eye:?}");
        let edges = rig.events.iter().filter(|(_, e)| e.channel == eye.channel()).count();
        assert_eq!(edges, 2 * sees(&rig, eye), "{eye:?}");
        // A missing confirmation stops the line with further packs in the chute.
        assert!(sees(&rig, eye) == 29 || eye == Eye::EjectConfirm, "{eye:?}");
        let fate = if through { Fate::Exited } else { Fate::Ejected };
        assert_eq!(rig.pack(12).fate, fate, "{eye:?}");
        let unproven = [DeviceFault::EjectNotConfirmed];
        let faults = if eye == Eye::EjectConfirm { &unproven[..] } else { &[] };
        assert_eq!(rig.faults, faults, "{eye:?}");
    }
    // Nothing pulses at what is not seen: the device finds it at the exit.
    let config = SimConfig { ejector: EjectorKind::Pulse, ..config(30) };
    let mut rig = Rig::new(config, at_eye(FaultKind::SensorMissing, Eye::Gate), 42, true);
    rig.run();
    assert_eq!(rig.pack(12).fate, Fate::Exited);
    assert_eq!(rig.faults, [DeviceFault::ExitWithoutPermit]);
}

#[test]
fn a_stuck_eye_sees_nothing_more_until_it_is_cleaned() {
    for eye in Eye::ALL {
        let scenario = at_eye(FaultKind::SensorStuck, eye);
        let mut rig = Rig::new(config(40), scenario, 42, eye != Eye::EjectConfirm);
        rig.operator = false;
        run_until(&mut rig, |rig| sees(rig, eye) == 12);
        for _ in 0..30 {
            rig.cycle();
        }
        assert_eq!(sees(&rig, eye), 12, "{eye:?}");
        assert!(rig.status.inputs & inputs::ANY_EYE_BLOCKED != 0);
        let cleaned = rig.world.hands(HandsRequest::Repair { device: Repair::Eyes });
        assert_eq!(cleaned, HandsResponse::Repaired { was_broken: true });
        rig.operator = true;
        rig.run();
        let edges = rig.events.iter().filter(|(_, e)| e.channel == eye.channel());
        assert!(sees(&rig, eye) < 40, "{eye:?}");
        assert_eq!(edges.count(), 2 * sees(&rig, eye), "{eye:?}");
        let record = rig.fault_records()[0];
        assert_eq!((record.fault.as_str(), record.device.as_str()), ("sensor_stuck", eye.name()));
        assert!(record.packs[0] == 12 && record.to_ms.is_some());
        // What came by meanwhile was not seen either.
        assert!(record.packs.len() >= 2, "{record:?}");
        assert!(record.packs.iter().all(|pack| rig.pack(*pack).faults == ["sensor_stuck"]));
    }
}

#[test]
fn the_gate_closes_behind_a_pack_even_when_its_eye_stays_blocked() {
    for ejector in [EjectorKind::PassGate, EjectorKind::Pulse] {
        let config = SimConfig { ejector, ..config(30) };
        let mut rig = Rig::new(config, at_eye(FaultKind::SensorStuck, Eye::Gate), 42, true);
        rig.run();
        assert_eq!(rig.pack(12).fate, Fate::Exited, "it had a permit");
        assert!((13..=30).all(|pack| rig.pack(pack).fate == Fate::Ejected), "{ejector:?}");
    }
}

#[test]
fn an_encoder_glitch_moves_the_counts_and_not_the_belt() {
    let (mut more, mut less) = (0, 0);
    for seed in 0..10 {
        let mut rig =
            Rig::new(config(40), with_fault(FaultKind::EncoderGlitch, None, 12), seed, true);
        rig.run();
        assert_eq!(struck(&rig), [12]);
        let odd: Vec<u64> =
            pitches(&rig).into_iter().filter(|p| !(1_150..=1_250).contains(p)).collect();
        // An edge within the counts that are missing makes two odd pitches of one.
        let off: i64 = odd.iter().map(|p| *p as i64 - 1_200).sum();
        assert!((60..=940).contains(&off.abs()), "{odd:?}");
        more += u32::from(off > 0);
        less += u32::from(off < 0);
        let record = rig.fault_records()[0];
        assert_eq!((record.fault.as_str(), record.device.as_str()), ("encoder_glitch", "line_io"));
    }
    assert!(more > 0 && less > 0, "{more} {less}");
}

#[test]
fn the_device_notices_counts_that_cannot_be_and_no_others() {
    for (counts, noticed) in [([100, 300], false), ([301, 900], true)] {
        for seed in 0..10 {
            let mut scenario = with_fault(FaultKind::EncoderGlitch, None, 12);
            scenario.severity.encoder_glitch_counts = counts;
            let mut rig = Rig::new(config(40), scenario, seed, true);
            rig.run();
            let told = rig.faults.contains(&DeviceFault::EncoderImplausible);
            assert_eq!(told, noticed, "{counts:?} counts, seed {seed}");
        }
    }
}

#[test]
fn the_device_notices_that_the_encoder_counts_backward() {
    let mut rig = Rig::new(config(40), with_fault(FaultKind::EncoderReversal, None, 12), 3, true);
    rig.operator = false;
    run_until(&mut rig, |rig| !rig.faults.is_empty());
    assert_eq!(rig.faults, [DeviceFault::EncoderImplausible]);
    run_until(&mut rig, |rig| stopped_after(rig, 0));
    assert_eq!(rig.status.inputs & inputs::RUNNING, 0, "it dropped the run permit by itself");
    rig.operator = true;
    rig.run();
    let counts: Vec<u64> = rig.events.iter().map(|(_, e)| e.count).collect();
    assert!(counts.is_sorted(), "a latched count is never below an earlier one");
    assert_eq!(rig.packs().len(), 40);
}

#[test]
fn the_bin_is_full_by_fault_or_in_truth_until_it_is_emptied() {
    let scenario = with_fault(FaultKind::BinFull, None, 12);
    let truly = SimConfig { bin_packs_max: 3, ..config(30) };
    for (config, scenario) in [(config(30), scenario), (truly, Scenario::default())] {
        let mut rig = Rig::new(config, scenario, 42, false);
        run_until(&mut rig, |rig| rig.status.inputs & inputs::BIN_FULL != 0);
        let HandsResponse::Seen { packs } = rig.world.hands(HandsRequest::Look) else { panic!() };
        let lying = packs.iter().find(|seen| seen.zone == Zone::Bin).unwrap().pack;
        assert!(packs.is_sorted_by_key(|seen| (seen.zone as u8, seen.pack)), "{packs:?}");
        let emptied = rig.world.hands(HandsRequest::EmptyBin);
        assert!(matches!(emptied, HandsResponse::Emptied { packs: 1.. }), "{emptied:?}");
        let scan = rig.world.hands(HandsRequest::Scan { pack: lying });
        assert_eq!(scan, HandsResponse::OutOfReach { pack: lying });
        rig.cycle();
        assert_eq!(rig.status.inputs & inputs::BIN_FULL, 0);
        let full = rig.fault_records()[0];
        assert_eq!((full.fault.as_str(), full.device.as_str()), ("bin_full", "bin"));
        rig.operator = true;
        for _ in 0..400 {
            rig.cycle();
            rig.world.hands(HandsRequest::EmptyBin);
        }
        rig.world.finish();
        rig.truth.extend(rig.world.take_truth());
        assert_eq!(rig.count(Fate::Ejected), 30, "emptied packs keep their record");
    }
}

#[test]
fn two_codes_in_view_are_multiple() {
    let rig = run(30, with_fault(FaultKind::TwoCodes, None, 12), true);
    assert_eq!(struck(&rig), [12]);
    assert_eq!(rig.results[11].1.status, ReadStatus::Multiple);
    assert!(rig.results[11].1.content.is_empty() && rig.pack(12).good);
    // Of two labels the readable one alone is read.
    let mut scenario = with_fault(FaultKind::TwoCodes, None, 12);
    scenario.scheduled.extend(with_fault(FaultKind::MissingPrint, None, 12).scheduled);
    let rig = run(30, scenario, true);
    assert_eq!(rig.results[11].1.status, ReadStatus::Decoded);
    assert!(!rig.results[11].1.content.is_empty() && rig.pack(12).label.is_none());
}

#[test]
fn pauses_of_the_neighbours_end_by_themselves() {
    for (fault, bit) in [
        (FaultKind::Starved, inputs::UPSTREAM_READY),
        (FaultKind::Blocked, inputs::DOWNSTREAM_READY),
    ] {
        let mut scenario = with_fault(fault, None, 12);
        scenario.scheduled[0].duration_ms = Some(700);
        let mut rig = Rig::new(config(30), scenario, 42, true);
        run_until(&mut rig, |rig| rig.world.counters().released > 0);
        rig.cycle();
        run_until(&mut rig, |rig| rig.status.inputs & bit == 0);
        assert_eq!(rig.world.counters().released, 12);
        let from_ms = rig.world.now().as_ms();
        run_until(&mut rig, |rig| rig.status.inputs & bit != 0);
        assert!((660..=720).contains(&(rig.world.now().as_ms() - from_ms)));
        rig.run();
        let longest = pitches(&rig).into_iter().max().unwrap();
        assert_eq!(longest > 8_000, fault == FaultKind::Starved, "{longest}");
        let record = rig.fault_records()[0];
        assert_eq!(record.to_ms, Some(record.from_ms + 700));
        assert_eq!(rig.count(Fate::Exited), 30);
    }
}

#[test]
fn levels_stay_until_somebody_sees_to_them() {
    for (fault, bit, device) in [
        (FaultKind::SafetyOpen, inputs::SAFETY_OK, Repair::Safety),
        (FaultKind::AirLost, inputs::AIR_OK, Repair::Air),
        (FaultKind::BinUnlocked, inputs::BIN_LOCKED, Repair::Bin),
    ] {
        let mut rig = Rig::new(config(40), with_fault(fault, None, 12), 42, true);
        run_until(&mut rig, |rig| rig.world.counters().released == 12);
        for _ in 0..100 {
            rig.cycle();
        }
        assert_eq!(rig.status.inputs & bit, 0);
        assert_eq!(rig.world.is_moving(), fault != FaultKind::SafetyOpen, "{fault:?}");
        let repaired = rig.world.hands(HandsRequest::Repair { device });
        assert_eq!(repaired, HandsResponse::Repaired { was_broken: true });
        rig.run();
        assert_ne!(rig.status.inputs & bit, 0);
        let ejected = rig.count(Fate::Ejected);
        // Without air the pass gate stays in reject.
        assert_eq!(ejected > 0, fault == FaultKind::AirLost, "{fault:?}: {ejected}");
    }
}
