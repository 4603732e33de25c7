//! The line-I/O device of a line that is wired to this machine: contract section 1, in software.
//!
//! Fed by the GPIO loop (`mod.rs`) with edges, time and commands; answers levels of outputs and
//! statuses. Deterministic: the same inputs give the same outputs. Must never see a clock, a pin or
//! the core, trust a signal that is missing, or go on by itself after a fault.
//!
//! Edges are latched with the encoder's count when they come, and believed after their debounce
//! time, in order; everything that follows from an edge follows from the latched count.

use super::GpioConfig;
use super::debounce::{EdgeQueue, Latched, Level};
use super::encoder::{Encoder, Side, Travel};
use super::fifo::EventFifo;
use super::gate::Gate;
use super::life::{Heartbeat, Watchdog};
use super::permits::Permits;
use super::pins::PinEdge;
use super::proof::Proof;
use super::top_speed::Stretches;
use super::triggers::Triggers;
use super::wiring::{LEVELS, OUTPUTS, Out, Role, Wiring};
use contracts::line_io::{
    CHANNELS, Channel, DeviceFault, Edge, LineIoCommand, LineIoStatus, inputs, outputs,
};
use line_core::ids::Nanos;

/// Debounce and standstill, as times.
#[derive(Debug)]
struct Times {
    eyes: Nanos,
    strobes: Nanos,
    levels: Nanos,
    standstill: Nanos,
}

/// See the module.
#[derive(Debug)]
pub struct SoftDevice {
    epoch: u32,
    now: Nanos,
    wiring: Wiring,
    times: Times,
    encoder: Encoder,
    stretches: Stretches,
    moved: Option<Nanos>,
    waiting: EdgeQueue,
    /// Channels whose rising edge belongs to this epoch and whose falling one is still to come.
    risen: [bool; CHANNELS],
    /// Photo-eyes as their wires are.
    blocked: [bool; CHANNELS],
    levels: [Level; LEVELS.len()],
    fifo: EventFifo,
    permits: Permits,
    triggers: Triggers,
    gate: Gate,
    proof: Proof,
    heartbeat: Heartbeat,
    watchdog: Watchdog,
    fault: DeviceFault,
    /// What the controller commands; nothing without its heartbeat.
    commanded: u16,
    shown: [Option<bool>; OUTPUTS.len()],
}

impl SoftDevice {
    /// A device that starts now, in an epoch that it never had before; `is_high` answers the levels
    /// of the pins.
    #[must_use]
    pub fn new(config: &GpioConfig, epoch: u32, now: Nanos, is_high: &dyn Fn(u8) -> bool) -> Self {
        let profile = &config.profile;
        let debounce = &profile.debounce;
        let ms = |ms: u16| Nanos::from_ms(u64::from(ms));
        let us = |us: u32| Nanos(u64::from(us) * 1_000);
        let mut device = Self {
            epoch: epoch.max(1),
            now,
            wiring: Wiring::new(profile),
            times: Times {
                eyes: us(debounce.eyes_us),
                strobes: us(debounce.strobes_us),
                levels: ms(debounce.levels_ms),
                standstill: ms(profile.encoder.standstill_ms),
            },
            encoder: Encoder::new(&profile.encoder),
            stretches: Stretches::new(config.top_speed, now),
            moved: None,
            waiting: EdgeQueue::new(),
            risen: [false; CHANNELS],
            blocked: [false; CHANNELS],
            levels: LEVELS.map(|(_, absent)| Level::new(absent, now)),
            fifo: EventFifo::new(),
            permits: Permits::new(),
            triggers: Triggers::new(ms(profile.camera_trigger_ms)),
            gate: Gate::new(profile.gate),
            proof: Proof::new(config.exit, config.confirm),
            heartbeat: Heartbeat::new(Nanos::from_ms(u64::from(config.heartbeat_ms_max))),
            watchdog: Watchdog::new(ms(profile.watchdog_ms), now),
            fault: DeviceFault::None,
            commanded: 0,
            shown: [None; OUTPUTS.len()],
        };
        device.adopt_levels(is_high);
        device.levels = device.levels.map(|mut level| {
            let believed = level.read(now, Nanos(0));
            Level::new(believed, now)
        });
        device
    }

    /// The device's time.
    #[must_use]
    pub const fn now(&self) -> Nanos {
        self.now
    }

    /// An input changed.
    pub fn on_edge(&mut self, edge: PinEdge) {
        self.on_time(edge.at);
        let Some((role, yes)) = self.wiring.input(edge.pin, edge.high) else { return };
        match role {
            Role::Encoder(side) => self.on_encoder(side, yes),
            Role::Eye(channel) => {
                self.blocked[channel.index()] = yes;
                self.latch_edge(channel, yes, edge.at, self.times.eyes);
            }
            Role::Strobe(channel) => self.latch_edge(channel, yes, edge.at, self.times.strobes),
            Role::Level(place) => self.levels[place].change(yes, edge.at),
        }
        self.step();
    }

    /// Every edge before `now` has come.
    pub fn on_time(&mut self, now: Nanos) {
        self.now = self.now.max(now);
        self.step();
    }

    /// Edges were lost: positions are no longer certain, and a number is missing in the FIFO.
    pub fn on_lost(&mut self, is_high: &dyn Fn(u8) -> bool) {
        self.fifo.lose_one();
        self.latch_fault(DeviceFault::EncoderImplausible);
        self.adopt_levels(is_high);
        self.step();
    }

    /// A command, and the answer to it.
    pub fn exchange(&mut self, command: &LineIoCommand) -> LineIoStatus {
        self.heartbeat.beat(command.heartbeat, self.now);
        if command.epoch == self.epoch {
            self.obey(command);
        }
        self.step();
        let (permit_epoch, permits_accepted) = self.permits.state();
        LineIoStatus {
            frame: command.frame,
            epoch: self.epoch,
            encoder: self.settled_count(),
            inputs: self.inputs(),
            fault: self.fault,
            permit_epoch,
            permits_accepted,
            triggers_accepted: self.triggers.accepted(),
            heartbeat_echo: self.heartbeat.echo(),
            totals: self.fifo.totals(),
            next_seq: self.fifo.next_seq(),
            events: self.fifo.read(command.read_from),
        }
    }

    /// Calls `set` with pin and level of each output that must change.
    pub fn show(&mut self, set: &mut dyn FnMut(u8, bool)) {
        for (output, shown) in OUTPUTS.into_iter().zip(0..) {
            let yes = self.says(output);
            if self.shown[shown] != Some(yes) {
                self.shown[shown] = Some(yes);
                if let Some((pin, high)) = self.wiring.output(output, yes) {
                    set(pin, high);
                }
            }
        }
    }

    /// Calls `set` with pin and level of every output at rest: the thread ends.
    pub fn rest(&self, set: &mut dyn FnMut(u8, bool)) {
        for output in OUTPUTS {
            if let Some((pin, high)) = self.wiring.output(output, false) {
                set(pin, high);
            }
        }
    }

    /// When something happens by time alone.
    #[must_use]
    pub fn deadline(&self) -> Nanos {
        let times = [
            self.waiting.deadline(),
            self.triggers.deadline(self.now),
            self.gate.deadline(),
            self.heartbeat.deadline(),
        ];
        times.into_iter().flatten().fold(self.watchdog.deadline(), Nanos::min)
    }

    /// Pins of the inputs, for a look at their levels.
    pub fn input_pins(&self) -> impl Iterator<Item = u8> {
        self.wiring.input_pins()
    }

    fn on_encoder(&mut self, side: Side, yes: bool) {
        match self.encoder.edge(side, yes) {
            Travel::Forward => {
                self.moved = Some(self.now);
                if !self.stretches.count(self.now) {
                    self.latch_fault(DeviceFault::EncoderImplausible);
                }
            }
            Travel::Still => {}
            Travel::Uncertain => self.latch_fault(DeviceFault::EncoderImplausible),
        }
    }

    fn latch_edge(&mut self, channel: Channel, yes: bool, at: Nanos, debounce: Nanos) {
        let edge = if yes { Edge::Rising } else { Edge::Falling };
        let count = self.encoder.count();
        let latched = Latched { channel, edge, count, ready: at.plus(debounce) };
        if !self.waiting.push(latched, at) {
            self.fifo.lose_one();
            self.latch_fault(DeviceFault::FifoFull);
        }
    }

    fn latch_fault(&mut self, fault: DeviceFault) {
        if self.fault == DeviceFault::None {
            self.fault = fault;
        }
    }

    /// Everything that follows from the time and the count.
    fn step(&mut self) {
        while let Some(edge) = self.waiting.pop(self.now) {
            self.believe(edge);
        }
        let (count, now) = (self.encoder.count(), self.now);
        // The firing waits for edges that are held back, so that counts in the FIFO never fall.
        if self.waiting.deadline().is_none() && self.triggers.fire(count, now) {
            self.fifo.push(Channel::CameraTrigger, Edge::Rising, count);
        }
        self.gate.advance(count, now);
        if self.proof.overdue(self.settled_count()) {
            self.latch_fault(DeviceFault::EjectNotConfirmed);
        }
        if self.heartbeat.is_lost(now) {
            self.commanded = 0;
            self.permits.revoke_all();
            self.gate.shut();
            self.latch_fault(DeviceFault::HeartbeatLost);
        }
        if self.fifo.in_reserve() {
            self.latch_fault(DeviceFault::FifoFull);
        }
        self.watchdog.tick(now);
    }

    fn believe(&mut self, edge: Latched) {
        let Latched { channel, edge, count, .. } = edge;
        let had_risen = core::mem::replace(&mut self.risen[channel.index()], edge == Edge::Rising);
        let is_strobe = channel == Channel::Applied || channel.station().is_some();
        if edge == Edge::Falling && (is_strobe || !had_risen) {
            return;
        }
        self.fifo.push(channel, edge, count);
        let ordinal = self.fifo.totals()[channel.index()];
        match (channel, edge) {
            (Channel::Gate, Edge::Rising) => self.decide(ordinal, count),
            (Channel::Gate, Edge::Falling) => self.gate.trailing(ordinal, count, self.now),
            (Channel::Exit, Edge::Rising) if !self.proof.at_exit(count) => {
                self.latch_fault(DeviceFault::ExitWithoutPermit);
            }
            (Channel::EjectConfirm, Edge::Rising) => self.proof.at_confirm(count),
            _ => {}
        }
    }

    fn decide(&mut self, ordinal: u32, count: u64) {
        let pass = self.permits.use_up(count);
        self.gate.leading(ordinal, count, pass, self.now);
        if !self.proof.at_gate(count, pass) {
            self.latch_fault(DeviceFault::EjectNotConfirmed);
        }
    }

    fn obey(&mut self, command: &LineIoCommand) {
        self.fifo.consume(command.consumed_to);
        self.triggers.take(command);
        if !self.heartbeat.is_alive() {
            return;
        }
        let before = core::mem::replace(&mut self.commanded, command.outputs);
        if command.outputs & !before & outputs::RESET != 0 {
            self.fault = DeviceFault::None;
        }
        self.permits.take(command, self.settled_count());
    }

    /// The count up to which every edge is in the FIFO.
    fn settled_count(&self) -> u64 {
        let count = self.encoder.count();
        self.waiting.first_count().map_or(count, |first| first.min(count))
    }

    fn inputs(&mut self) -> u16 {
        let (now, debounce) = (self.now, self.times.levels);
        let mut bits = 0;
        for (level, (bit, _)) in self.levels.iter_mut().zip(LEVELS) {
            bits |= if level.read(now, debounce) { bit } else { 0 };
        }
        let moving = self.moved.is_some_and(|at| now.since(at) < self.times.standstill);
        let more = [
            (moving, inputs::MOVING),
            (self.gate.is_open(), inputs::GATE_OPEN),
            (self.says(Out::Run), inputs::RUNNING),
            (self.blocked.contains(&true), inputs::ANY_EYE_BLOCKED),
        ];
        more.iter().filter(|(yes, _)| *yes).fold(bits, |bits, (_, bit)| bits | bit)
    }

    /// What an output shall say now.
    fn says(&self, output: Out) -> bool {
        let commanded = |bit| self.commanded & bit != 0;
        let free = self.fault == DeviceFault::None && self.heartbeat.is_alive();
        match output {
            Out::Run => free && commanded(outputs::RUN),
            Out::Infeed => free && commanded(outputs::INFEED),
            Out::Watchdog => self.watchdog.level(),
            Out::CameraTrigger => self.triggers.output(self.now),
            Out::Gate => self.gate.output(),
            Out::Red => commanded(outputs::RED),
            Out::Amber => commanded(outputs::AMBER),
            Out::Green => commanded(outputs::GREEN),
        }
    }

    /// Takes the levels of the inputs as they are, without making events of them.
    fn adopt_levels(&mut self, is_high: &dyn Fn(u8) -> bool) {
        for pin in 0..super::pins::PINS as u8 {
            // A pin that is no input is not asked.
            if self.wiring.input(pin, false).is_none() {
                continue;
            }
            match self.wiring.input(pin, is_high(pin)) {
                Some((Role::Encoder(side), yes)) => self.encoder.adopt(side, yes),
                Some((Role::Eye(channel), yes)) => self.blocked[channel.index()] = yes,
                Some((Role::Level(place), yes)) => self.levels[place].change(yes, self.now),
                Some((Role::Strobe(_), _)) | None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
