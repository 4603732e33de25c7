//! The line-I/O device: edges into the FIFO, triggers at counts, outputs, heartbeat and faults, by
//! the contract of `contracts::line_io`.
//!
//! The world tells it what its eyes see and asks it for the run permit; `World::line_io_exchange`
//! passes it the frames. It must never know which pack it sees: it has eyes and an encoder only.

use std::collections::VecDeque;

use contracts::line_io::{
    CHANNELS, Channel, DeviceFault, EVENTS_PER_FRAME, Edge, LineIoCommand, LineIoEvent,
    LineIoStatus, inputs, outputs,
};

use crate::sim_config::SimConfig;
use crate::world::encoder::Encoder;
use crate::world::gate_control::GateControl;
use crate::world::time::SimTime;

/// The eighth part of the FIFO is kept for what still comes while the belt brakes.
const FIFO_RESERVE_PART: usize = 8;

/// What the device sees beside its eyes, for a status.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    pub(crate) now: SimTime,
    pub(crate) belt_um: u64,
    pub(crate) moving: bool,
    /// Level inputs that come from outside: safety, air, bin, machines before and behind us.
    pub(crate) levels: u16,
}

/// The device.
#[derive(Clone, Debug)]
pub(crate) struct LineIoDevice {
    pub(crate) encoder: Encoder,
    heartbeat_ms_max: u64,
    plausible_um: u64,
    fifo_events_max: usize,
    triggers_max: usize,
    powered: bool,
    epoch: u32,
    fifo: VecDeque<LineIoEvent>,
    next_seq: u32,
    totals: [u32; CHANNELS],
    /// Ordinals of the rising edges whose falling edge has not come.
    risen: [Option<u32>; CHANNELS],
    blocked: [bool; CHANNELS],
    outputs: u16,
    reset_was: bool,
    heartbeat: u16,
    /// When the heartbeat is too old; none while there is none.
    heartbeat_until: Option<SimTime>,
    fault: DeviceFault,
    triggers: VecDeque<u64>,
    triggers_accepted: u32,
    pub(crate) gate: GateControl,
}

impl LineIoDevice {
    /// A device that has just been switched on.
    pub(crate) fn new(config: &SimConfig) -> Self {
        Self {
            encoder: Encoder::new(config.geometry.mm_per_pulse),
            heartbeat_ms_max: config.heartbeat_ms_max,
            plausible_um: (config.encoder_plausible_mm * 1_000.0).round() as u64,
            fifo_events_max: config.fifo_events_max,
            triggers_max: config.triggers_max,
            powered: true,
            epoch: config.first_epoch,
            fifo: VecDeque::with_capacity(config.fifo_events_max),
            next_seq: 1,
            totals: [0; CHANNELS],
            risen: [None; CHANNELS],
            blocked: [false; CHANNELS],
            outputs: 0,
            reset_was: false,
            heartbeat: 0,
            heartbeat_until: None,
            fault: DeviceFault::None,
            triggers: VecDeque::new(),
            triggers_accepted: 0,
            gate: GateControl::new(config),
        }
    }

    pub(crate) fn epoch(&self) -> u32 {
        self.epoch
    }

    pub(crate) fn is_powered(&self) -> bool {
        self.powered
    }

    pub(crate) fn total(&self, channel: Channel) -> u32 {
        self.totals[channel.index()]
    }

    /// True while something is before an eye.
    pub(crate) fn is_blocked(&self, channel: Channel) -> bool {
        self.blocked[channel.index()]
    }

    /// The run permit that it gives to the belt.
    pub(crate) fn grants_run(&self) -> bool {
        self.powered
            && self.outputs & outputs::RUN != 0
            && self.fault == DeviceFault::None
            && self.heartbeat_until.is_some()
    }

    /// The release that it gives to the infeed.
    pub(crate) fn grants_infeed(&self) -> bool {
        self.powered && self.outputs & outputs::INFEED != 0
    }

    /// Latches a fault, if none is latched yet.
    fn latch(&mut self, fault: DeviceFault) {
        if self.fault == DeviceFault::None {
            self.fault = fault;
        }
    }

    /// An eye becomes blocked, or a strobe comes. Gives the latched count while it has power.
    pub(crate) fn rising(&mut self, channel: Channel, belt_um: u64) -> Option<u64> {
        let is_eye = !matches!(channel, Channel::Applied | Channel::CameraTrigger)
            && channel.station().is_none();
        self.blocked[channel.index()] = is_eye;
        if !self.powered {
            return None;
        }
        let count = self.encoder.latch(belt_um);
        let total = &mut self.totals[channel.index()];
        *total = total.wrapping_add(1);
        let ordinal = *total;
        if is_eye {
            self.risen[channel.index()] = Some(ordinal);
        }
        self.push(channel, Edge::Rising, ordinal, count);
        Some(count)
    }

    /// An eye becomes clear. An edge whose rising one belongs to an earlier epoch is no event.
    pub(crate) fn falling(&mut self, channel: Channel, belt_um: u64) {
        self.blocked[channel.index()] = false;
        let risen = self.risen[channel.index()].take();
        let Some(ordinal) = risen.filter(|_| self.powered) else { return };
        let count = self.encoder.latch(belt_um);
        self.push(channel, Edge::Falling, ordinal, count);
    }

    fn push(&mut self, channel: Channel, edge: Edge, ordinal: u32, count: u64) {
        let seq = self.next_seq;
        self.next_seq = self.next_seq.wrapping_add(1);
        // Past the reserve the sequence shows the gap.
        if self.fifo.len() < self.fifo_events_max {
            self.fifo.push_back(LineIoEvent { seq, channel, edge, ordinal, count });
        }
        if self.fifo.len() >= self.fifo_events_max - self.fifo_events_max / FIFO_RESERVE_PART {
            self.latch(DeviceFault::FifoFull);
        }
    }

    /// A pack's front at the gate eye: true lets it pass.
    pub(crate) fn gate_rising(&mut self, belt_um: u64) -> bool {
        match self.rising(Channel::Gate, belt_um) {
            Some(count) => self.gate.decide(count),
            None => self.gate.rests_in_pass(),
        }
    }

    /// A pack's front that the gate eye does not see: true when it passes as the gate stands.
    pub(crate) fn gate_unseen(&self, belt_um: u64) -> bool {
        let blocked = self.is_blocked(Channel::Gate);
        match self.powered {
            true => self.gate.stands_open(self.encoder.count_at(belt_um), blocked),
            false => self.gate.rests_in_pass(),
        }
    }

    /// A pack's end at the gate eye.
    pub(crate) fn gate_falling(&mut self, belt_um: u64) {
        self.falling(Channel::Gate, belt_um);
        self.gate.close();
    }

    /// A pack's front at the exit eye.
    pub(crate) fn exit_rising(&mut self, belt_um: u64) {
        let Some(count) = self.rising(Channel::Exit, belt_um) else { return };
        if !self.gate.exit_is_permitted(count) {
            self.latch(DeviceFault::ExitWithoutPermit);
        }
    }

    /// A pack's front at the eye in the chute.
    pub(crate) fn eject_confirm_rising(&mut self, belt_um: u64) {
        if let Some(count) = self.rising(Channel::EjectConfirm, belt_um) {
            self.gate.confirm(count);
        }
    }

    /// Belt position at which the oldest ejection must have been confirmed.
    pub(crate) fn eject_deadline_um(&self) -> Option<u64> {
        self.gate.deadline().map(|count| self.encoder.position_of(count))
    }

    /// That position is reached and no confirmation came.
    pub(crate) fn eject_overdue(&mut self) {
        self.gate.give_up();
        self.latch(DeviceFault::EjectNotConfirmed);
    }

    /// Belt position of the next camera trigger.
    pub(crate) fn trigger_um(&self) -> Option<u64> {
        self.triggers.front().map(|count| self.encoder.position_of(*count))
    }

    /// Fires the next camera trigger.
    pub(crate) fn fire_trigger(&mut self, belt_um: u64) {
        self.triggers.pop_front();
        self.rising(Channel::CameraTrigger, belt_um);
    }

    /// When the heartbeat will be too old.
    pub(crate) fn heartbeat_deadline(&self) -> Option<SimTime> {
        self.heartbeat_until
    }

    /// The heartbeat is too old: permits and outputs die, a new permit epoch begins.
    pub(crate) fn lose_heartbeat(&mut self) {
        self.heartbeat_until = None;
        self.outputs = 0;
        self.gate.new_permit_epoch();
        self.latch(DeviceFault::HeartbeatLost);
    }

    /// The encoder counts pulses that were none or misses some. Beyond a bound neither can be: the
    /// belt has a top speed and a drive.
    pub(crate) fn glitch(&mut self, counts: i64) {
        self.encoder.glitch(counts);
        if self.powered && self.encoder.way_um(counts.unsigned_abs()) > self.plausible_um {
            self.latch(DeviceFault::EncoderImplausible);
        }
    }

    /// The encoder counts backward: two phases in quadrature show it.
    pub(crate) fn reverse(&mut self, way_um: u64) {
        self.encoder.reverse(way_um);
        if self.powered {
            self.latch(DeviceFault::EncoderImplausible);
        }
    }

    /// Power lost: everything drops, nothing is seen until `boot`.
    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        self.outputs = 0;
        self.heartbeat_until = None;
        self.triggers.clear();
        self.risen = [None; CHANNELS];
        self.gate.power_off();
    }

    /// Power back: a new epoch, in which everything begins at 0.
    pub(crate) fn boot(&mut self, belt_um: u64) {
        self.powered = true;
        self.epoch = self.epoch.wrapping_add(1);
        self.encoder.restart(belt_um);
        self.fifo.clear();
        self.next_seq = 1;
        self.totals = [0; CHANNELS];
        self.reset_was = false;
        self.heartbeat = 0;
        self.fault = DeviceFault::None;
        self.triggers_accepted = 0;
    }

    /// One cycle: obeys the command, then answers.
    pub(crate) fn exchange(&mut self, c: &LineIoCommand, around: Surroundings) -> LineIoStatus {
        if c.heartbeat != self.heartbeat {
            self.heartbeat = c.heartbeat;
            self.heartbeat_until = Some(around.now.plus_ms(self.heartbeat_ms_max));
        }
        if c.epoch == self.epoch {
            self.obey(c);
        }
        self.status(c, around)
    }

    fn obey(&mut self, c: &LineIoCommand) {
        let reset = c.outputs & outputs::RESET != 0;
        if reset && !self.reset_was {
            self.fault = DeviceFault::None;
            self.gate.forget_ejects();
        }
        self.reset_was = reset;
        self.outputs = c.outputs;
        while self.fifo.front().is_some_and(|event| event.seq <= c.consumed_to) {
            self.fifo.pop_front();
        }
        for (i, count) in c.triggers.iter().enumerate() {
            let seq = c.first_trigger.wrapping_add(i as u32);
            let next = self.triggers_accepted.wrapping_add(1);
            if seq == next && self.triggers.len() < self.triggers_max {
                self.triggers_accepted = seq;
                let at = self.triggers.partition_point(|other| other <= count);
                self.triggers.insert(at, *count);
            }
        }
        self.gate.accept(c.permit_epoch, c.first_permit, &c.permits);
    }

    fn status(&mut self, c: &LineIoCommand, around: Surroundings) -> LineIoStatus {
        let mut status = LineIoStatus {
            frame: c.frame,
            epoch: self.epoch,
            encoder: self.encoder.latch(around.belt_um),
            inputs: self.inputs(around),
            fault: self.fault,
            permit_epoch: self.gate.permit_epoch(),
            permits_accepted: self.gate.permits_accepted(),
            triggers_accepted: self.triggers_accepted,
            heartbeat_echo: self.heartbeat,
            totals: self.totals,
            next_seq: self.next_seq,
            ..LineIoStatus::default()
        };
        let first = self.fifo.partition_point(|event| event.seq < c.read_from);
        for event in self.fifo.range(first..).take(EVENTS_PER_FRAME) {
            // A frame carries consecutive events only: the wire numbers them from the first.
            let follows = status.events.last().is_none_or(|e| e.seq.wrapping_add(1) == event.seq);
            if !follows || status.events.push(*event).is_err() {
                break;
            }
        }
        status
    }

    fn inputs(&self, around: Surroundings) -> u16 {
        let bits = [
            (around.moving, inputs::MOVING),
            (self.gate_unseen(around.belt_um), inputs::GATE_OPEN),
            (self.grants_run(), inputs::RUNNING),
            (self.blocked.contains(&true), inputs::ANY_EYE_BLOCKED),
        ];
        bits.iter().fold(around.levels, |all, (set, bit)| all | (u16::from(*set) * bit))
    }
}
