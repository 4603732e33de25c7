//! A whole small line on the bench in memory: the loop with the real session on its thread, a belt
//! with packs played by the test, and a core that permits two packs of three. The belt waits for
//! the loop after every count, so nothing depends on the speed of the machine.

use super::memory::{Bench, pins};
use super::*;
use crate::DeviceIo;
use contracts::line_io::{Channel, DeviceFault, Edge, outputs};
use line_core::event::{Input, Output};
use line_core::ids::{Epoch, TrackIndex};
use profiles::gpio::GpioGate;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

const PACK: u64 = 40;
const PITCH: u64 = 150;
const CAMERA: u64 = 100;
const GATE: u64 = 200;
const PUSHER: u64 = 210;
const CHUTE: u64 = 280;
const EXIT: u64 = 320;
const RUN_PIN: u8 = 18;
const TRIGGER_PIN: u8 = 11;
const GATE_PIN: u8 = 12;
const PASS: GpioGate =
    GpioGate::PassGate { open_after_counts: 0, close_after_counts: 5, open_counts_max: 60 };
const PULSE: GpioGate = GpioGate::Pulse { delay_counts: 10, pulse_ms: 20 };

fn config(gate: GpioGate) -> GpioConfig {
    let text = include_str!("../../../../../config/devices/line-io-gpio.toml");
    GpioConfig {
        profile: LineIoGpio { gate, ..LineIoGpio::load(text).unwrap() },
        exit: Window { distance_counts: EXIT - GATE, half_counts: 10 },
        confirm: Window { distance_counts: CHUTE - GATE, half_counts: 10 },
        heartbeat_ms_max: 250,
        top_speed: TopSpeed::new(1_000.0, 10),
    }
}

/// The process around the loop, with a core that is as simple as can be.
#[derive(Default)]
struct Core {
    heartbeat: u16,
    stop: bool,
    outputs: VecDeque<Output>,
    epoch: Epoch,
    permit_epoch: u32,
    ups: u32,
    totals: [u32; contracts::line_io::CHANNELS],
    faults: Vec<DeviceFault>,
    triggers: Vec<u64>,
}

impl Core {
    fn on(&mut self, input: Input) {
        match input {
            Input::LineIoUp { epoch, permit_epoch, .. } => {
                (self.epoch, self.permit_epoch) = (epoch, permit_epoch);
                self.ups += 1;
                let bits = outputs::RUN | outputs::INFEED | outputs::GREEN;
                self.outputs.push_back(Output::LineIoOutputs { bits });
            }
            Input::LineIoEvent {
                channel: Channel::Infeed,
                edge: Edge::Rising,
                ordinal,
                count,
                ..
            } => {
                let (epoch, permit_epoch, track) =
                    (self.epoch, self.permit_epoch, TrackIndex(ordinal));
                self.outputs.push_back(Output::Trigger { epoch, at: count.plus(CAMERA + 20) });
                if is_good(ordinal) {
                    let at = count.plus(GATE);
                    let (from, to) = (at.minus(10), at.plus(10));
                    self.outputs.push_back(Output::Permit { permit_epoch, track, from, to });
                }
            }
            Input::LineIoEvent { seq, channel, count, .. } => {
                if channel == Channel::CameraTrigger {
                    self.triggers.push(count.0);
                }
                self.outputs.push_back(Output::Consumed { epoch: self.epoch, seq });
            }
            Input::LineIoSample { fault, totals, .. } => {
                self.totals = totals;
                if self.faults.last() != Some(&fault) {
                    self.faults.push(fault);
                }
            }
            _ => {}
        }
    }
}

fn is_good(ordinal: u32) -> bool {
    !ordinal.is_multiple_of(3)
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Core>>);

impl Shared {
    fn with<T>(&self, look: impl FnOnce(&mut Core) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }
}

impl DeviceIo for Shared {
    fn input(&mut self, input: Input) -> bool {
        self.with(|core| core.on(input));
        true
    }

    fn output(&mut self) -> Option<Output> {
        self.with(|core| core.outputs.pop_front())
    }

    fn heartbeat(&self) -> u16 {
        self.with(|core| core.heartbeat)
    }

    fn stop(&self) -> bool {
        self.with(|core| core.stop)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    OnBelt,
    Passed,
    Ejected,
}

/// The belt, its packs and its wires.
struct Belt {
    bench: Bench,
    core: Shared,
    gate: GpioGate,
    thread: Option<JoinHandle<()>>,
    steps: u64,
    count: u64,
    /// Count at the infeed eye, and what became of it.
    packs: Vec<(u64, Fate)>,
    line_alive: bool,
    ejector_works: bool,
    pulses: u32,
    trigger: bool,
}

impl Belt {
    fn new(gate: GpioGate, packs: u64) -> Self {
        let (mut pins, bench) = pins();
        for pin in 2..28 {
            bench.drive_unseen(pin, true); // Active low: every signal says no.
        }
        let (core, config) = (Shared::default(), config(gate));
        let mut io = core.clone();
        let thread = std::thread::spawn(move || {
            serve(&config, 4711, &mut pins, &mut LineIoSession::new(), &mut io);
        });
        Self {
            bench,
            core,
            gate,
            thread: Some(thread),
            steps: 0,
            count: 0,
            packs: (0..packs).map(|i| (10 + i * PITCH, Fate::OnBelt)).collect(),
            line_alive: true,
            ejector_works: true,
            pulses: 0,
            trigger: false,
        }
    }

    /// A millisecond, and a count when the belt may run.
    fn step(&mut self) {
        if self.line_alive && self.steps.is_multiple_of(20) {
            self.core.with(|core| core.heartbeat = core.heartbeat.wrapping_add(1));
        }
        self.steps += 1;
        if self.bench.output(RUN_PIN) {
            let (pin, yes) =
                [(5, true), (6, true), (5, false), (6, false)][self.count as usize % 4];
            self.count += 1;
            self.bench.drive(pin, !yes);
            self.eyes();
        }
        self.bench.pass(Nanos::from_ms(1));
        assert!(self.bench.settle(), "the loop does not come");
        self.ejector();
        let before = core::mem::replace(&mut self.trigger, self.bench.output(TRIGGER_PIN));
        self.pulses += u32::from(self.trigger && !before);
    }

    fn eyes(&mut self) {
        let eyes = [(17, 0, None), (27, CAMERA, None), (22, GATE, None)];
        let behind = [(23, EXIT, Some(Fate::Passed)), (24, CHUTE, Some(Fate::Ejected))];
        for (pin, place, only) in eyes.into_iter().chain(behind) {
            let blocked = self.packs.iter().any(|&(at, fate)| {
                let here = (at + place..at + place + PACK).contains(&self.count);
                here && only.is_none_or(|only| only == fate)
            });
            self.bench.drive(pin, !blocked);
        }
    }

    fn ejector(&mut self) {
        let on = self.bench.output(GATE_PIN) && self.ejector_works;
        let count = self.count;
        for (at, fate) in self.packs.iter_mut().filter(|(_, fate)| *fate == Fate::OnBelt) {
            let place = count.saturating_sub(*at);
            *fate = match self.gate {
                GpioGate::PassGate { .. } if place == PUSHER && on => Fate::Passed,
                GpioGate::PassGate { .. } if place == PUSHER => Fate::Ejected,
                GpioGate::Pulse { .. } if (PUSHER..GATE + PACK).contains(&place) && on => {
                    Fate::Ejected
                }
                GpioGate::Pulse { .. } if place == GATE + PACK => Fate::Passed,
                GpioGate::PassGate { .. } | GpioGate::Pulse { .. } => Fate::OnBelt,
            };
        }
    }

    fn run_until(&mut self, done: impl Fn(&Self) -> bool) {
        for _ in 0..20_000 {
            if done(self) {
                return;
            }
            self.step();
        }
        panic!("not done after {} steps, at count {}", self.steps, self.count);
    }

    fn faults(&self) -> Vec<DeviceFault> {
        self.core.with(|core| core.faults.clone())
    }

    fn end(&mut self) {
        self.core.with(|core| core.stop = true);
        self.bench.pass(Nanos::from_ms(10));
        self.thread.take().unwrap().join().unwrap();
        for pin in [RUN_PIN, GATE_PIN, TRIGGER_PIN, 10, 9, 14, 2, 3] {
            assert!(!self.bench.output(pin), "BCM {pin} is left on");
        }
    }
}

#[test]
fn packs_with_permits_pass_and_the_others_are_ejected() {
    for gate in [PASS, PULSE] {
        let packs = 12;
        let mut belt = Belt::new(gate, packs);
        belt.run_until(|belt| belt.count >= packs * PITCH + 400);
        for (i, &(_, fate)) in belt.packs.iter().enumerate() {
            let expected = if is_good(i as u32 + 1) { Fate::Passed } else { Fate::Ejected };
            assert_eq!(fate, expected, "{gate:?}, pack {}", i + 1);
        }
        belt.run_until(|belt| belt.core.with(|core| core.totals[Channel::Exit.index()] == 8));
        let (totals, ups) = belt.core.with(|core| (core.totals, core.ups));
        assert_eq!(totals, [12, 0, 12, 12, 12, 8, 4, 0, 0, 0, 0], "{gate:?}");
        assert_eq!((ups, belt.faults()), (1, vec![DeviceFault::None]));
        assert_eq!(belt.pulses, 12, "one pulse to the camera a pack");
        let triggers = belt.core.with(|core| core.triggers.clone());
        let expected: Vec<u64> = belt.packs.iter().map(|(at, _)| at + CAMERA + 20).collect();
        assert_eq!(triggers, expected, "at the commanded counts");
        belt.end();
    }
}

#[test]
fn a_hung_line_thread_stops_the_belt_and_no_pack_passes() {
    for gate in [PASS, PULSE] {
        let mut belt = Belt::new(gate, 6);
        // The first pack has its permit and is before the gate.
        belt.run_until(|belt| belt.count >= 150);
        belt.line_alive = false;
        belt.run_until(|belt| !belt.bench.output(RUN_PIN));
        let stood_at = belt.count;
        for _ in 0..500 {
            belt.step();
        }
        assert_eq!(belt.count, stood_at);
        belt.line_alive = true;
        belt.run_until(|belt| belt.faults().last() == Some(&DeviceFault::HeartbeatLost));
        let on = outputs::RUN | outputs::INFEED;
        belt.core.with(|core| {
            core.outputs.push_back(Output::LineIoOutputs { bits: on | outputs::RESET });
        });
        belt.run_until(|belt| belt.count >= 600);
        let later: Vec<Fate> = belt
            .packs
            .iter()
            .filter(|(at, _)| (stood_at.saturating_sub(GATE)..=stood_at).contains(at))
            .map(|(_, fate)| *fate)
            .collect();
        assert!(!later.is_empty() && later.iter().all(|fate| *fate == Fate::Ejected), "{later:?}");
        belt.end();
    }
}

#[test]
fn a_dead_ejector_is_found_and_the_belt_stands() {
    let mut belt = Belt::new(PULSE, 6);
    belt.ejector_works = false;
    belt.run_until(|belt| !belt.bench.output(RUN_PIN) && belt.count > 0);
    belt.run_until(|belt| belt.faults().len() == 2);
    // The third pack has no permit: overdue in the chute, before it is at the exit.
    assert_eq!(belt.faults(), [DeviceFault::None, DeviceFault::EjectNotConfirmed]);
    let third = belt.packs[2].0;
    assert!(belt.count < third + EXIT, "{} {third}", belt.count);
    belt.end();
}

#[test]
fn an_input_without_interrupts_is_found() {
    let mut belt = Belt::new(PASS, 0);
    belt.run_until(|belt| belt.count > 20);
    belt.bench.drive_unseen(25, false);
    belt.run_until(|belt| belt.faults().len() == 2);
    assert_eq!(belt.faults(), [DeviceFault::None, DeviceFault::EncoderImplausible]);
    belt.run_until(|belt| belt.core.with(|core| core.ups == 2));
    belt.end();
}

#[test]
fn a_start_of_the_thread_is_a_new_epoch() {
    let (one, other) = (new_epoch().unwrap(), new_epoch().unwrap());
    assert_ne!(one, other);
}
