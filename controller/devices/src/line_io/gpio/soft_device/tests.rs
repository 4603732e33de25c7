//! The soft device against the contract, point by point (docs/device-contracts.md section 1, "What
//! the device must do"). One count of the belt is one millisecond; edges of A and B in turn.

use super::super::{TopSpeed, Window};
use super::*;
use contracts::line_io::{LineIoEvent, Permit};
use profiles::LineIoGpio;
use profiles::gpio::GpioGate;
use std::collections::BTreeSet;

mod kinds;
mod random;

const EPOCH: u32 = 77;
const INFEED: u8 = 17;
const CAMERA_EYE: u8 = 27;
const GATE: u8 = 22;
const EXIT: u8 = 23;
const CONFIRM: u8 = 24;
const APPLIED: u8 = 25;
const CHECKWEIGHER: u8 = 13;
const SAFETY: u8 = 16;
const RUN: u8 = 18;
const WATCHDOG: u8 = 9;
const INFEED_OUT: u8 = 10;
const TRIGGER: u8 = 11;
const GATE_OUT: u8 = 12;
const GREEN: u8 = 3;
const PASS: GpioGate =
    GpioGate::PassGate { open_after_counts: 0, close_after_counts: 5, open_counts_max: 100_000 };
const PULSE: GpioGate = GpioGate::Pulse { delay_counts: 10, pulse_ms: 20 };

pub(super) fn config(gate: GpioGate) -> GpioConfig {
    let text = include_str!("../../../../../../config/devices/line-io-gpio.toml");
    let profile = LineIoGpio { gate, ..LineIoGpio::load(text).unwrap() };
    GpioConfig {
        profile,
        exit: Window { distance_counts: 120, half_counts: 10 },
        confirm: Window { distance_counts: 80, half_counts: 10 },
        heartbeat_ms_max: 250,
        top_speed: TopSpeed::new(1_000.0, 10),
    }
}

/// A device on a belt that the test moves, with a controller that only says what the test says.
struct Rig {
    device: SoftDevice,
    now: Nanos,
    phase: u8,
    frame: u16,
    heartbeat: u16,
    command: LineIoCommand,
    /// Levels of the outputs' pins.
    on: BTreeSet<u8>,
}

impl Rig {
    fn new(gate: GpioGate) -> Self {
        // Active low: everything says no, and the encoder's channels too.
        let device = SoftDevice::new(&config(gate), EPOCH, Nanos(0), &|_| true);
        let command = LineIoCommand { epoch: EPOCH, permit_epoch: 2, ..LineIoCommand::default() };
        let mut rig = Self {
            device,
            now: Nanos(0),
            phase: 0,
            frame: 0,
            heartbeat: 0,
            command,
            on: BTreeSet::new(),
        };
        rig.exchange();
        rig.command.outputs = outputs::RUN | outputs::INFEED | outputs::GREEN;
        rig.exchange();
        rig
    }

    fn show(&mut self) {
        let on = &mut self.on;
        self.device.show(&mut |pin, high| {
            if high {
                on.insert(pin)
            } else {
                on.remove(&pin)
            };
        });
    }

    /// A signal says yes or no (the example's inputs are active low).
    fn put(&mut self, pin: u8, yes: bool) {
        self.device.on_edge(PinEdge { at: self.now, pin, high: !yes });
        self.show();
    }

    fn wait(&mut self, ms: u64) {
        for _ in 0..ms {
            self.now = self.now.plus(Nanos::from_ms(1));
            self.device.on_time(self.now);
            self.show();
        }
    }

    /// The belt goes so many counts, a millisecond each.
    fn travel(&mut self, counts: u64) {
        for _ in 0..counts {
            self.wait(1);
            self.pulses(1);
        }
    }

    /// So many counts in no time.
    fn pulses(&mut self, counts: u64) {
        for _ in 0..counts {
            let (pin, yes) = [(5, true), (6, true), (5, false), (6, false)][self.phase as usize];
            self.phase = (self.phase + 1) % 4;
            self.put(pin, yes);
        }
    }

    /// The belt goes back.
    fn travel_back(&mut self, counts: u64) {
        for _ in 0..counts {
            self.wait(1);
            self.phase = (self.phase + 3) % 4;
            let (pin, yes) = [(5, false), (6, false), (5, true), (6, true)][self.phase as usize];
            self.put(pin, yes);
        }
    }

    /// A pack passes an eye: 40 counts long.
    fn pack_at(&mut self, eye: u8) {
        self.put(eye, true);
        self.travel(40);
        self.put(eye, false);
        self.wait(1);
    }

    fn exchange_dead(&mut self) -> LineIoStatus {
        self.frame += 1;
        let command =
            LineIoCommand { frame: self.frame, heartbeat: self.heartbeat, ..self.command.clone() };
        let status = self.device.exchange(&command);
        self.show();
        assert_eq!(status.frame, self.frame);
        status
    }

    /// One exchange with a fresh heartbeat; permits and triggers are said once.
    fn exchange(&mut self) -> LineIoStatus {
        self.heartbeat += 1;
        let status = self.exchange_dead();
        self.command.permits.clear();
        self.command.triggers.clear();
        status
    }

    fn permit(&mut self, permits: &[Permit]) -> LineIoStatus {
        self.command.first_permit = self.exchange().permits_accepted + 1;
        self.command.permits = heapless::Vec::from_slice(permits).unwrap();
        self.exchange()
    }

    fn reset(&mut self) -> LineIoStatus {
        self.command.outputs |= outputs::RESET;
        let status = self.exchange();
        self.command.outputs &= !outputs::RESET;
        self.exchange();
        status
    }

    fn events(&mut self) -> Vec<LineIoEvent> {
        self.command.read_from = 1;
        let (mut found, mut next) = (Vec::new(), 1);
        loop {
            self.command.read_from = next;
            let status = self.exchange();
            let Some(last) = status.events.last() else { return found };
            next = last.seq + 1;
            found.extend(status.events.iter().copied());
        }
    }

    fn count(&mut self) -> u64 {
        self.exchange().encoder
    }

    fn is_on(&self, pin: u8) -> bool {
        self.on.contains(&pin)
    }
}

fn around(count: u64) -> Permit {
    Permit { track: 9, from_count: count.saturating_sub(5), to_count: count + 5 }
}

#[test]
fn point_1_edges_are_latched_with_the_count_of_the_edge_and_numbered() {
    let mut rig = Rig::new(PASS);
    rig.travel(100);
    rig.put(INFEED, true);
    rig.travel(40);
    rig.put(CAMERA_EYE, true);
    rig.put(INFEED, false);
    rig.travel(7);
    rig.put(APPLIED, true);
    rig.wait(2);
    rig.put(APPLIED, false);
    rig.put(CHECKWEIGHER, true);
    rig.travel(60);
    let found: Vec<_> = rig
        .events()
        .iter()
        .map(|event| (event.seq, event.channel, event.edge, event.ordinal, event.count))
        .collect();
    let expected = [
        (1, Channel::Infeed, Edge::Rising, 1, 100),
        (2, Channel::CameraEye, Edge::Rising, 1, 140),
        (3, Channel::Infeed, Edge::Falling, 1, 140),
        (4, Channel::Applied, Edge::Rising, 1, 147),
        (5, Channel::Checkweigher, Edge::Rising, 1, 147),
    ];
    assert_eq!(found, expected);
    let status = rig.exchange();
    assert_eq!((status.encoder, status.next_seq), (207, 6));
    assert_eq!(status.totals, [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn point_1_an_edge_that_began_before_the_epoch_is_no_event() {
    let blocked = |pin: u8| pin != INFEED;
    let mut device = SoftDevice::new(&config(PASS), EPOCH, Nanos(0), &blocked);
    let command = LineIoCommand { read_from: 1, ..LineIoCommand::default() };
    assert_ne!(device.exchange(&command).inputs & inputs::ANY_EYE_BLOCKED, 0);
    device.on_edge(PinEdge { at: Nanos(10), pin: INFEED, high: true });
    device.on_time(Nanos::from_ms(5));
    let status = device.exchange(&command);
    assert_eq!((status.next_seq, status.inputs & inputs::ANY_EYE_BLOCKED), (1, 0));
}

#[test]
fn point_1_a_sample_never_runs_ahead_of_an_edge_that_is_held_back() {
    let mut rig = Rig::new(PASS);
    rig.travel(50);
    rig.put(INFEED, true);
    // A fast belt: ten counts within the debounce time of the eye.
    for i in 0..10 {
        let (pin, yes) = [(5, true), (6, true), (5, false), (6, false)][(50 + i) % 4];
        rig.put(pin, yes);
    }
    assert_eq!(rig.exchange().encoder, 50);
    rig.wait(1);
    let status = rig.exchange();
    assert_eq!((status.encoder, status.next_seq), (60, 2));
}

#[test]
fn point_2_events_stay_until_consumed_and_the_reserve_stops_the_belt() {
    let mut rig = Rig::new(PASS);
    let kept = super::super::fifo::EVENTS_MAX - super::super::fifo::EVENTS_RESERVE;
    for i in 0..kept {
        assert!(rig.is_on(RUN), "event {i}");
        if i % 100 == 0 {
            rig.exchange();
        }
        rig.put(INFEED, i % 2 == 0);
        rig.wait(1);
    }
    assert_eq!(rig.exchange().fault, DeviceFault::FifoFull);
    assert!(!rig.is_on(RUN));
    assert_eq!(rig.reset().fault, DeviceFault::FifoFull, "still full");
    assert_eq!(rig.events().len(), kept, "nothing is lost");
    rig.command.consumed_to = 1_000;
    rig.exchange();
    assert_eq!(rig.reset().fault, DeviceFault::None);
    assert!(rig.is_on(RUN));
    assert_eq!(rig.events().first().map(|event| event.seq), Some(1_001));
}

#[test]
fn point_2_lost_edges_leave_a_gap_and_a_fault() {
    let mut rig = Rig::new(PASS);
    rig.put(INFEED, true);
    rig.wait(1);
    rig.device.on_lost(&|pin| pin != INFEED);
    rig.put(INFEED, false);
    rig.wait(1);
    let status = rig.exchange();
    assert_eq!((status.fault, status.next_seq), (DeviceFault::EncoderImplausible, 4));
    let seqs: Vec<u32> = status.events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [1]);
    rig.command.read_from = 2;
    assert_eq!(rig.exchange().events.first().map(|event| event.seq), Some(3));
}

#[test]
fn point_3_a_command_for_another_epoch_moves_nothing_but_is_answered() {
    let mut rig = Rig::new(PASS);
    rig.put(INFEED, true);
    rig.wait(1);
    rig.command.outputs = 0;
    rig.exchange();
    rig.command = LineIoCommand {
        epoch: EPOCH - 1,
        outputs: outputs::RUN | outputs::GREEN,
        permit_epoch: 50,
        read_from: 1,
        consumed_to: 1,
        first_trigger: 1,
        triggers: heapless::Vec::from_slice(&[3]).unwrap(),
        first_permit: 1,
        permits: heapless::Vec::from_slice(&[around(3)]).unwrap(),
        ..LineIoCommand::default()
    };
    for _ in 0..4 {
        let status = rig.exchange_dead();
        rig.heartbeat += 1;
        rig.wait(200);
        assert_eq!(status.events.len(), 1, "read_from is obeyed, consumed_to is not");
        assert_eq!((status.permit_epoch, status.permits_accepted), (2, 0));
        assert_eq!((status.triggers_accepted, status.fault), (0, DeviceFault::None));
        assert!(!rig.is_on(RUN) && !rig.is_on(GREEN));
    }
}

#[test]
fn point_4_a_trigger_fires_once_at_its_count_and_is_reported() {
    let mut rig = Rig::new(PASS);
    rig.command.first_trigger = 1;
    rig.command.triggers = heapless::Vec::from_slice(&[30, 60]).unwrap();
    assert_eq!(rig.exchange().triggers_accepted, 2);
    rig.command.triggers = heapless::Vec::from_slice(&[30]).unwrap();
    assert_eq!(rig.exchange().triggers_accepted, 2, "a number is taken once");
    rig.command.first_trigger = 4;
    rig.command.triggers = heapless::Vec::from_slice(&[90]).unwrap();
    assert_eq!(rig.exchange().triggers_accepted, 2, "a gap is refused");
    let mut pulses = Vec::new();
    for count in 1..100 {
        let before = rig.is_on(TRIGGER);
        rig.travel(1);
        if rig.is_on(TRIGGER) && !before {
            pulses.push(count);
        }
        if count % 50 == 0 {
            rig.exchange();
        }
    }
    assert_eq!(pulses, [30, 60]);
    let events: Vec<_> = rig.events().iter().map(|e| (e.channel, e.ordinal, e.count)).collect();
    assert_eq!(events, [(Channel::CameraTrigger, 1, 30), (Channel::CameraTrigger, 2, 60)]);
}

#[test]
fn point_5_permit_epochs_rise_and_drop_every_permit() {
    let mut rig = Rig::new(PASS);
    rig.travel(10);
    assert_eq!(rig.permit(&[around(20)]).permits_accepted, 1);
    rig.command.permit_epoch = 3;
    let status = rig.exchange();
    assert_eq!((status.permit_epoch, status.permits_accepted), (3, 0));
    rig.command.permit_epoch = 2;
    let status = rig.permit(&[around(20)]);
    assert_eq!((status.permit_epoch, status.permits_accepted), (3, 0));
    rig.travel(10);
    rig.pack_at(GATE);
    assert!(!rig.is_on(GATE_OUT));
}

#[test]
fn point_6_the_gate_opens_for_the_permitted_pack_only_and_closes_behind_it() {
    let mut rig = Rig::new(PASS);
    assert!(!rig.is_on(GATE_OUT), "rests in reject");
    rig.permit(&[around(20), around(200), Permit { track: 10, from_count: 0, to_count: 90 }]);
    rig.permit(&[Permit::revoke(10)]);
    rig.travel(20);
    rig.put(GATE, true);
    rig.travel(40);
    assert!(rig.is_on(GATE_OUT));
    assert_ne!(rig.exchange().inputs & inputs::GATE_OPEN, 0);
    rig.put(GATE, false);
    rig.travel(6);
    assert!(!rig.is_on(GATE_OUT));
    rig.travel(10);
    // The second pack has no permit: the first one's is used up, the third's was revoked.
    rig.put(GATE, true);
    rig.travel(1);
    assert!(!rig.is_on(GATE_OUT));
}

#[test]
fn point_7_an_exit_without_permit_and_a_missing_ejection_stop_the_belt() {
    // permit, edge at exit, edge in the chute (counts after the gate eye), fault
    let table = [
        (true, Some(120), None, DeviceFault::None),
        (true, Some(150), None, DeviceFault::ExitWithoutPermit),
        (false, None, Some(80), DeviceFault::None),
        (false, None, None, DeviceFault::EjectNotConfirmed),
        (false, Some(120), Some(80), DeviceFault::ExitWithoutPermit),
        (false, None, Some(95), DeviceFault::EjectNotConfirmed),
    ];
    for gate in [PASS, PULSE] {
        for (permit, exit, confirm, fault) in table {
            let mut rig = Rig::new(gate);
            if permit {
                rig.permit(&[around(20)]);
            }
            rig.travel(20);
            rig.put(GATE, true);
            for after in 1..200 {
                rig.travel(1);
                if after == 40 {
                    rig.put(GATE, false);
                }
                for (eye, at) in [(EXIT, exit), (CONFIRM, confirm)] {
                    if at == Some(after) {
                        rig.put(eye, true);
                        rig.wait(1);
                    }
                }
                if after % 50 == 0 {
                    rig.exchange();
                }
            }
            let case = format!("{gate:?} {permit} {exit:?} {confirm:?}");
            assert_eq!(rig.exchange().fault, fault, "{case}");
            assert_eq!(rig.is_on(RUN), fault == DeviceFault::None, "{case}");
        }
    }
}

#[test]
fn point_8_the_belt_runs_only_with_command_heartbeat_and_no_fault() {
    let mut rig = Rig::new(PASS);
    assert!(rig.is_on(RUN) && rig.is_on(INFEED_OUT));
    assert_ne!(rig.exchange().inputs & inputs::RUNNING, 0);
    rig.command.outputs &= !outputs::RUN;
    rig.exchange();
    assert!(!rig.is_on(RUN));
    rig.command.outputs |= outputs::RUN;
    rig.exchange();
    assert!(rig.is_on(RUN));
    rig.pack_at(EXIT);
    assert_eq!(rig.exchange().fault, DeviceFault::ExitWithoutPermit);
    assert!(!rig.is_on(RUN) && !rig.is_on(INFEED_OUT));
    // RESET acts on the change from 0 to 1.
    assert_eq!(rig.reset().fault, DeviceFault::None);
    assert!(rig.is_on(RUN));
    rig.command.outputs |= outputs::RESET;
    rig.exchange();
    rig.pack_at(EXIT);
    assert_eq!(rig.exchange().fault, DeviceFault::ExitWithoutPermit, "a held RESET does nothing");
}

#[test]
fn point_9_a_lost_heartbeat_ends_permits_and_outputs_and_nothing_else() {
    let mut rig = Rig::new(PASS);
    rig.travel(10);
    rig.permit(&[around(290)]);
    let before = rig.exchange();
    // The adapter lives, the line thread hangs: commands come, the counter stands.
    for _ in 0..25 {
        rig.wait(10);
        rig.exchange_dead();
    }
    assert!(rig.is_on(RUN), "alive up to the limit");
    rig.wait(1);
    assert!(!rig.is_on(RUN) && !rig.is_on(INFEED_OUT) && !rig.is_on(GREEN));
    let status = rig.exchange_dead();
    assert_eq!((status.fault, status.permit_epoch), (DeviceFault::HeartbeatLost, 3));
    assert_eq!((status.totals, status.encoder), (before.totals, before.encoder), "go on");
    rig.travel(280);
    rig.pack_at(GATE);
    assert!(!rig.is_on(GATE_OUT), "no permit outlives the heartbeat");
    assert_eq!(rig.exchange_dead().totals[4], 1);
    // Permits of a controller whose heartbeat is dead are not taken.
    rig.command.permit_epoch = 3;
    rig.command.first_permit = 1;
    rig.command.permits = heapless::Vec::from_slice(&[around(400)]).unwrap();
    assert_eq!(rig.exchange_dead().permits_accepted, 0);
    assert_eq!(rig.exchange().permits_accepted, 1);
    assert!(!rig.is_on(RUN), "the fault stays");
    assert_eq!(rig.reset().fault, DeviceFault::None);
    assert!(rig.is_on(RUN));
}

#[test]
fn point_10_a_restart_begins_anew() {
    let mut rig = Rig::new(PASS);
    rig.permit(&[around(60)]);
    rig.travel(50);
    rig.pack_at(INFEED);
    rig.device = SoftDevice::new(&config(PASS), EPOCH + 1, rig.now, &|_| true);
    rig.phase = 0;
    let status = rig.exchange();
    assert_eq!((status.epoch, status.encoder, status.next_seq), (EPOCH + 1, 0, 1));
    assert_eq!((status.totals, status.triggers_accepted), ([0; CHANNELS], 0));
    rig.command.epoch = EPOCH + 1;
    rig.exchange();
    rig.travel(60);
    rig.pack_at(GATE);
    assert!(!rig.is_on(GATE_OUT), "no permit survives");
}

#[test]
fn levels_are_reported_as_wired() {
    let mut rig = Rig::new(PASS);
    // Active low and not connected: not safe, no air, bin full, not locked, nobody ready.
    assert_eq!(rig.exchange().inputs & 0x3f, inputs::BIN_FULL);
    rig.put(SAFETY, true);
    assert_eq!(rig.exchange().inputs & inputs::SAFETY_OK, 0, "not believed yet");
    rig.wait(21);
    assert_ne!(rig.exchange().inputs & inputs::SAFETY_OK, 0);
    let mut absent = config(PASS);
    absent.profile.levels.air_ok = None;
    absent.profile.levels.bin_full = None;
    let mut device = SoftDevice::new(&absent, 1, Nanos(0), &|_| true);
    let inputs = device.exchange(&LineIoCommand::default()).inputs;
    assert_eq!(inputs & 0x3f, inputs::AIR_OK, "what a line does not have is good");
}
