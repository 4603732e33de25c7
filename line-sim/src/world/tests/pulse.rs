//! The ejector that rests in pass and pulses at every pack without a permit.

use super::*;
use crate::sim_config::EjectorKind;

fn pulse(packs: u64) -> SimConfig {
    SimConfig { ejector: EjectorKind::Pulse, ..config(packs) }
}

fn run_pulse(scenario: Scenario, permits_all: bool) -> Rig {
    let mut rig = Rig::new(pulse(30), scenario, 42, permits_all);
    rig.run();
    rig
}

#[test]
fn a_permit_lets_pass_and_its_absence_ejects() {
    let rig = run_pulse(Scenario::default(), true);
    assert_eq!((rig.count(Fate::Exited), rig.rising(Channel::EjectConfirm)), (30, 0));
    let rig = run_pulse(Scenario::default(), false);
    assert_eq!((rig.count(Fate::Ejected), rig.rising(Channel::EjectConfirm)), (30, 30));
    assert!(rig.faults.is_empty());
}

#[test]
fn without_a_heartbeat_it_goes_on_pulsing_until_standstill() {
    let mut config = pulse(30);
    // A long way to standstill, over which several packs come to the gate.
    config.geometry.brake_mm = 600.0;
    let mut rig = Rig::new(config, Scenario::default(), 42, true);
    run_until(&mut rig, |rig| rig.world.counters().exited == 3);
    let lost = rig.world.now().plus_ms(250);
    rig.world.advance(lost);
    assert!(rig.world.is_moving());
    let before = rig.world.counters();
    rig.world.advance(lost.plus_ms(3_000));
    let after = rig.world.counters();
    assert!(!rig.world.is_moving());
    assert!(after.ejected - before.ejected >= 4, "{before:?} {after:?}");
    assert!(after.exited - before.exited <= 1, "that one was before the exit: {after:?}");
}

/// Runs until the line I/O loses its power with a pack short of the gate eye, and to standstill.
fn power_lost(ejector: EjectorKind) -> Rig {
    let mut config = SimConfig { ejector, ..pulse(40) };
    config.geometry.gate_mm = 745.0;
    let scenario = with_fault(FaultKind::DeviceRestart, Some(Device::LineIo), 12);
    let mut rig = Rig::new(config, scenario, 42, false);
    rig.operator = false;
    run_until(&mut rig, |rig| rig.world.counters().released == 12);
    run_until(&mut rig, |rig| stopped_after(rig, 0));
    rig
}

#[test]
fn without_power_it_rests_in_pass() {
    let gate = power_lost(EjectorKind::PassGate).world.counters();
    let mut rig = power_lost(EjectorKind::Pulse);
    let pulse = rig.world.counters();
    assert_eq!(gate.ejected - pulse.ejected, 1, "one pack coasted past the gate eye");
    assert_eq!(pulse.exited, 0);
    // With the power back and nobody who clears the belt it comes to the exit, and is found there.
    let lying = seen_on_belt(&mut rig)[0];
    rig.io.outputs = outputs::RUN;
    rig.clears = false;
    run_until(&mut rig, |rig| rig.world.counters().exited == 1);
    rig.cycle();
    assert_eq!(rig.faults, [DeviceFault::ExitWithoutPermit]);
    rig.world.hands(HandsRequest::Remove { pack: lying });
    rig.truth.extend(rig.world.take_truth());
    let retrieved = rig.packs().into_iter().find(|pack| pack.pack == lying).unwrap();
    assert_eq!(retrieved.fate, Fate::Retrieved);
}

fn seen_on_belt(rig: &mut Rig) -> Vec<u64> {
    use crate::hands::{HandsResponse, Zone};
    let HandsResponse::Seen { packs } = rig.world.hands(HandsRequest::Look) else { panic!() };
    packs.iter().filter(|seen| seen.zone == Zone::Belt).map(|seen| seen.pack).collect()
}

#[test]
fn a_stuck_one_does_not_fire_and_the_exit_tells() {
    let rig = run_pulse(with_fault(FaultKind::EjectorStuck, None, 3), false);
    assert_eq!(rig.faults, [DeviceFault::EjectNotConfirmed]);
    let records = rig.fault_records();
    assert_eq!(records[0].fault, "ejector_stuck");
    let struck = records[0].packs[0];
    assert_ne!(rig.pack(struck).fate, Fate::Ejected);
}
