//! Both ejectors, the encoder and the watchdog at the device.

use super::*;

#[test]
fn a_pulse_gate_rests_in_pass_and_pushes_unpermitted_packs() {
    let mut rig = Rig::new(PULSE);
    rig.permit(&[around(20)]);
    rig.travel(20);
    rig.put(GATE, true);
    rig.travel(40);
    assert!(!rig.is_on(GATE_OUT), "the permitted pack is not pushed");
    rig.put(GATE, false);
    rig.travel(20);
    rig.put(GATE, true);
    let pushed: Vec<u64> = (1..60)
        .filter(|_| {
            rig.travel(1);
            rig.is_on(GATE_OUT)
        })
        .collect();
    assert_eq!(pushed, (10..30).collect::<Vec<u64>>(), "after the delay, for its time");
}

#[test]
fn a_pulse_gate_keeps_pushing_while_the_belt_brakes_after_a_lost_heartbeat() {
    let mut rig = Rig::new(PULSE);
    rig.permit(&[around(300), around(360)]);
    rig.wait(251);
    assert!(!rig.is_on(RUN));
    rig.travel(300);
    for pack in 0..2 {
        rig.put(GATE, true);
        rig.travel(11);
        assert!(rig.is_on(GATE_OUT), "pack {pack} had a permit that died");
        rig.travel(29);
        rig.put(GATE, false);
        rig.travel(20);
    }
}

#[test]
fn an_open_pass_gate_closes_when_the_heartbeat_is_lost() {
    let mut rig = Rig::new(PASS);
    rig.permit(&[around(20)]);
    rig.travel(20);
    rig.put(GATE, true);
    rig.travel(5);
    assert!(rig.is_on(GATE_OUT));
    rig.wait(260);
    assert!(!rig.is_on(GATE_OUT));
}

#[test]
fn two_packs_that_touch_use_one_permit_and_the_gate_closes_all_the_same() {
    let short =
        GpioGate::PassGate { open_after_counts: 0, close_after_counts: 5, open_counts_max: 50 };
    let mut rig = Rig::new(short);
    rig.permit(&[around(20)]);
    rig.travel(20);
    rig.put(GATE, true);
    rig.travel(49);
    assert!(rig.is_on(GATE_OUT));
    rig.travel(2);
    assert!(!rig.is_on(GATE_OUT));
}

#[test]
fn a_belt_that_rocks_is_tolerated_and_one_that_goes_back_is_a_fault() {
    for (back, fault) in [(20, DeviceFault::None), (21, DeviceFault::EncoderImplausible)] {
        let mut rig = Rig::new(PASS);
        rig.travel(100);
        rig.travel_back(back);
        let status = rig.exchange();
        assert_eq!((status.encoder, status.fault), (100, fault), "{back} back");
    }
    let mut rig = Rig::new(PASS);
    rig.travel(100);
    rig.travel_back(15);
    rig.travel(25);
    assert_eq!(rig.count(), 110, "what went back is not counted twice");
}

#[test]
fn more_counts_than_the_belt_can_move_are_a_fault() {
    for (burst, fault) in [(1, DeviceFault::None), (20, DeviceFault::EncoderImplausible)] {
        let mut rig = Rig::new(PASS);
        rig.travel(100);
        rig.pulses(burst);
        rig.travel(20);
        let status = rig.exchange();
        assert_eq!((status.encoder, status.fault), (120 + burst, fault), "{burst} at once");
        assert_eq!(rig.is_on(RUN), fault == DeviceFault::None);
    }
}

#[test]
fn a_missing_encoder_edge_is_a_fault() {
    let mut rig = Rig::new(PASS);
    rig.travel(10);
    let (pin, yes) = [(5, true), (6, true), (5, false), (6, false)][usize::from(rig.phase)];
    rig.put(pin, yes);
    rig.put(pin, yes);
    assert_eq!(rig.exchange().fault, DeviceFault::EncoderImplausible);
    assert!(!rig.is_on(RUN));
}

#[test]
fn a_single_channel_encoder_counts_its_rising_edges() {
    let mut config = config(PASS);
    config.profile.encoder.kind = profiles::gpio::GpioEncoderKind::Single;
    config.profile.encoder.b = None;
    let mut device = SoftDevice::new(&config, EPOCH, Nanos(0), &|_| true);
    for i in 0..20 {
        device.on_edge(PinEdge { at: Nanos(i * 1_000), pin: 5, high: i % 2 == 1 });
    }
    assert_eq!(device.exchange(&LineIoCommand::default()).encoder, 10);
}

#[test]
fn moving_ends_after_the_standstill_time() {
    let mut rig = Rig::new(PASS);
    assert_eq!(rig.exchange().inputs & inputs::MOVING, 0);
    rig.travel(5);
    assert_ne!(rig.exchange().inputs & inputs::MOVING, 0);
    rig.wait(99);
    assert_ne!(rig.exchange().inputs & inputs::MOVING, 0);
    rig.wait(1);
    assert_eq!(rig.exchange().inputs & inputs::MOVING, 0);
}

#[test]
fn the_watchdog_output_changes_while_the_loop_lives_heartbeat_or_not() {
    let mut rig = Rig::new(PASS);
    let mut changes = 0;
    for _ in 0..1_000 {
        let before = rig.is_on(WATCHDOG);
        rig.wait(1);
        changes += u32::from(before != rig.is_on(WATCHDOG));
    }
    assert_eq!(changes, 100, "every 10 ms");
    let mut on = rig.on.clone();
    rig.device.rest(&mut |pin, high| {
        if high {
            on.insert(pin)
        } else {
            on.remove(&pin)
        };
    });
    assert_eq!(on.len(), 0, "at the end everything rests");
}

#[test]
fn glitches_of_an_eye_are_no_packs() {
    let mut rig = Rig::new(PASS);
    for _ in 0..50 {
        rig.put(GATE, true);
        rig.put(GATE, false);
        rig.travel(1);
    }
    let status = rig.exchange();
    assert_eq!((status.totals[Channel::Gate.index()], status.next_seq), (0, 1));
}
