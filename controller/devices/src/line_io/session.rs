//! The conversation with the line-I/O device, without the socket: what to write next and what an
//! answer means.
//!
//! Driven by the transport (`modbus.rs`) once a cycle; the core's outputs come in by [`apply`],
//! its inputs go out through a `push` closure that says false when the ring is full (the same thing
//! is then offered again). Must never interpret an event.
//!
//! **Every contact begins a new permit epoch.** After a connect, and when the device's epoch
//! changed, the session raises the permit epoch by one and reports [`Input::LineIoUp`] only when
//! the device has adopted it. So no permit of an earlier contact, wherever it was delayed, can
//! open the gate. Permits count from 1 in each permit epoch; those of another one are dropped
//! here.
//!
//! Triggers belong to the device's epoch and outlive a reconnect within it: a number is never given
//! to two triggers. Those of another device epoch are dropped here.
//!
//! [`apply`]: LineIoSession::apply

use crate::tail::Tail;
use contracts::line_io::{
    DeviceFault, EVENTS_PER_FRAME, LineIoCommand, LineIoStatus, PERMITS_PER_FRAME, Permit,
    TRIGGERS_PER_FRAME, outputs,
};
use line_core::event::{Input, Output};
use line_core::ids::{EncoderCount, Epoch, IoSeq};
use line_core::limits::SLOTS;
use tracing::warn;

/// Triggers that wait for the device: one a pack on the belt.
pub const TRIGGER_TAIL: usize = SLOTS;
/// Permits and revocations that wait for the device; the core keeps no more unacknowledged.
pub const PERMIT_TAIL: usize = SLOTS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// No answer yet on this connection.
    Down,
    /// The device answered; the raised permit epoch is not confirmed yet.
    Contact,
    /// In step.
    Up,
}

/// See the module.
#[derive(Debug)]
pub struct LineIoSession {
    link: Link,
    /// A `LineIoDown` that the core has not got yet.
    down_owed: bool,
    frame: u16,
    /// Device epoch of the last contact.
    epoch: Option<u32>,
    /// Where to read on in which device epoch, as the ledger knows it.
    resume: Option<(Epoch, IoSeq)>,
    /// First event that the core has not got.
    next: u32,
    outputs: u16,
    consumed_to: u32,
    permit_epoch: u32,
    triggers: Tail<u64>,
    permits: Tail<Permit>,
    more: bool,
    /// The core knows that the present counts are in doubt.
    doubt_told: bool,
}

impl Default for LineIoSession {
    fn default() -> Self {
        Self::new()
    }
}

impl LineIoSession {
    /// A session that has not met its device.
    #[must_use]
    pub fn new() -> Self {
        Self {
            link: Link::Down,
            down_owed: false,
            frame: 0,
            epoch: None,
            resume: None,
            next: 1,
            outputs: 0,
            consumed_to: 0,
            permit_epoch: 0,
            triggers: Tail::new(TRIGGER_TAIL),
            permits: Tail::new(PERMIT_TAIL),
            more: false,
            doubt_told: false,
        }
    }

    /// Where to read on after a restart of ours: the first event that is not durable, in the
    /// device epoch that it belongs to. In another epoch reading begins with the oldest event.
    pub fn read_from(&mut self, epoch: Epoch, seq: IoSeq) {
        self.resume = Some((epoch, seq));
    }

    /// Takes an output of the core; those for other devices are passed over.
    pub fn apply(&mut self, output: &Output) {
        match *output {
            Output::LineIoOutputs { bits } => self.outputs = bits,
            Output::Consumed { epoch, seq } => self.consume(epoch, seq),
            Output::NewPermitEpoch { permit_epoch } => self.raise(permit_epoch),
            Output::Trigger { epoch, at } => self.trigger(epoch, at),
            Output::Permit { permit_epoch, track, from, to } => {
                let permit = Permit { track: track.0, from_count: from.0, to_count: to.0 };
                self.permit(permit_epoch, permit);
            }
            Output::Revoke { permit_epoch, track } => {
                self.permit(permit_epoch, Permit::revoke(track.0));
            }
            _ => {}
        }
    }

    /// What to write now. `heartbeat` is the line thread's counter.
    #[must_use]
    pub fn command(&mut self, heartbeat: u16) -> LineIoCommand {
        self.frame = self.frame.wrapping_add(1);
        let mut command = LineIoCommand {
            frame: self.frame,
            heartbeat,
            read_from: self.wanted(),
            ..LineIoCommand::default()
        };
        if self.link == Link::Down {
            return command; // Epoch 0 is no device's: it takes nothing from this frame.
        }
        command.epoch = self.epoch.unwrap_or(0);
        command.permit_epoch = self.permit_epoch;
        command.consumed_to = self.consumed_to;
        command.outputs = match self.link {
            Link::Up => self.outputs,
            Link::Contact | Link::Down => self.outputs & !(outputs::RUN | outputs::INFEED),
        };
        command.first_trigger = self.triggers.first();
        for &at in self.triggers.iter().take(TRIGGERS_PER_FRAME) {
            let _ = command.triggers.push(at);
        }
        command.first_permit = self.permits.first();
        for &permit in self.permits.iter().take(PERMITS_PER_FRAME) {
            let _ = command.permits.push(permit);
        }
        command
    }

    /// Takes the answer to the last command.
    pub fn on_status(&mut self, status: &LineIoStatus, push: &mut impl FnMut(Input) -> bool) {
        self.more = false;
        if !self.pay_down(push) {
            return;
        }
        let same_epoch = self.epoch == Some(status.epoch);
        match self.link {
            Link::Up if same_epoch => self.follow(status, push),
            Link::Up => self.lose_step(status, push),
            Link::Contact if same_epoch && status.permit_epoch <= self.permit_epoch => {
                if status.permit_epoch == self.permit_epoch {
                    self.come_up(status, push);
                }
            }
            Link::Down | Link::Contact => self.begin_contact(status),
        }
    }

    /// The connection is gone. Called again until the core has been told.
    pub fn on_disconnected(&mut self, push: &mut impl FnMut(Input) -> bool) {
        self.go_down();
        self.pay_down(push);
    }

    /// True when the next cycle should follow at once: something waits on either side.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        self.more
    }

    /// True when the device is in step.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.link == Link::Up
    }

    fn wanted(&self) -> u32 {
        match (self.epoch, self.resume) {
            (None, Some((_, seq))) => seq.0,
            _ => self.next,
        }
    }

    fn consume(&mut self, epoch: Epoch, seq: IoSeq) {
        if self.epoch == Some(epoch.0) && seq.0 < self.next {
            self.consumed_to = self.consumed_to.max(seq.0);
        }
    }

    fn trigger(&mut self, epoch: Epoch, at: EncoderCount) {
        if self.epoch == Some(epoch.0) && !self.triggers.push(at.0) {
            warn!(at = at.0, "camera trigger dropped: too many are unacknowledged");
        }
    }

    fn permit(&mut self, permit_epoch: u32, permit: Permit) {
        if self.link != Link::Up || permit_epoch != self.permit_epoch {
            return;
        }
        if !self.permits.push(permit) {
            // A lost revocation would be an open gate: let every permit die instead.
            warn!("too many permits are unacknowledged: a new permit epoch begins");
            self.raise(self.permit_epoch.wrapping_add(1));
        }
    }

    /// A higher permit epoch begins: the permits of the lower one are never sent again.
    fn raise(&mut self, permit_epoch: u32) {
        if permit_epoch > self.permit_epoch {
            self.permit_epoch = permit_epoch;
            self.permits.restart(1);
        }
    }

    fn go_down(&mut self) {
        self.down_owed |= self.link == Link::Up;
        self.link = Link::Down;
    }

    fn pay_down(&mut self, push: &mut impl FnMut(Input) -> bool) -> bool {
        self.down_owed = self.down_owed && !push(Input::LineIoDown);
        !self.down_owed
    }

    fn begin_contact(&mut self, status: &LineIoStatus) {
        if self.epoch != Some(status.epoch) {
            self.next = match self.resume {
                Some((epoch, seq)) if epoch.0 == status.epoch => seq.0,
                _ => 1,
            };
            self.consumed_to = 0;
            self.triggers.restart(status.triggers_accepted.wrapping_add(1));
            self.epoch = Some(status.epoch);
        }
        self.raise(self.permit_epoch.max(status.permit_epoch).wrapping_add(1));
        self.link = Link::Contact;
        self.more = true;
    }

    fn come_up(&mut self, status: &LineIoStatus, push: &mut impl FnMut(Input) -> bool) {
        let first_seq = status.events.first().map_or(status.next_seq, |event| event.seq);
        let told = push(Input::LineIoUp {
            epoch: Epoch(status.epoch),
            encoder: EncoderCount(status.encoder),
            first_seq: IoSeq(first_seq),
            permit_epoch: status.permit_epoch,
            totals: status.totals,
        });
        if told {
            self.next = first_seq;
            self.link = Link::Up;
            self.follow(status, push);
        }
    }

    /// The device restarted or left events out: the core starts over with it.
    fn lose_step(&mut self, status: &LineIoStatus, push: &mut impl FnMut(Input) -> bool) {
        self.go_down();
        self.pay_down(push);
        self.begin_contact(status);
    }

    fn follow(&mut self, status: &LineIoStatus, push: &mut impl FnMut(Input) -> bool) {
        self.acknowledge(status);
        let first_seq = status.events.first().map_or(status.next_seq, |event| event.seq);
        if first_seq > self.next {
            warn!(wanted = self.next, found = first_seq, "line I/O left events out");
            return self.lose_step(status, push);
        }
        if !self.tell_doubt(status, push) {
            return;
        }
        for event in &status.events {
            if event.seq < self.next {
                continue;
            }
            let told = push(Input::LineIoEvent {
                seq: IoSeq(event.seq),
                channel: event.channel,
                edge: event.edge,
                ordinal: event.ordinal,
                count: EncoderCount(event.count),
            });
            if !told {
                return;
            }
            self.next = event.seq.wrapping_add(1);
        }
        let behind = self.next < status.next_seq;
        self.more = behind
            || status.events.len() == EVENTS_PER_FRAME
            || self.triggers.len() > TRIGGERS_PER_FRAME
            || self.permits.len() > PERMITS_PER_FRAME;
        // The encoder of a sample must not run ahead of events that are still to be read.
        if !behind {
            push(self.sample(status, self.next));
        }
    }

    /// The events may have wrong counts: the core must know before it takes them for anything.
    fn tell_doubt(&mut self, status: &LineIoStatus, push: &mut impl FnMut(Input) -> bool) -> bool {
        let doubtful = status.fault == DeviceFault::EncoderImplausible;
        let is_new = doubtful && !self.doubt_told;
        if is_new && !push(self.sample(status, status.next_seq)) {
            return false;
        }
        self.doubt_told = doubtful;
        true
    }

    fn sample(&self, status: &LineIoStatus, next_seq: u32) -> Input {
        Input::LineIoSample {
            encoder: EncoderCount(status.encoder),
            inputs: status.inputs,
            fault: status.fault,
            permit_epoch: status.permit_epoch,
            permits_accepted: status.permits_accepted,
            next_seq: IoSeq(next_seq),
            totals: status.totals,
        }
    }

    fn acknowledge(&mut self, status: &LineIoStatus) {
        self.triggers.acknowledge(status.triggers_accepted);
        self.raise(status.permit_epoch);
        if status.permit_epoch == self.permit_epoch {
            self.permits.acknowledge(status.permits_accepted);
        }
    }
}

#[cfg(test)]
mod tests;
