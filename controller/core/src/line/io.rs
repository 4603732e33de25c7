//! Edges and samples of the line I/O: link, FIFO in order, level inputs, permits acknowledged.
//!
//! Part of `Line`. Hands each edge to its station ([`super::stations`]). Must never skip an event:
//! a gap in the FIFO costs every position.

use super::Line;
use crate::event::{Input, Output};
use crate::ids::{EncoderCount, Epoch, IoSeq};
use crate::reason::{HoldCause, RejectReason};
use crate::record::{Device, RecordBody};
use crate::track::{PermitState, Slot};
use contracts::line_io::{CHANNELS, Channel, DeviceFault, Edge, inputs};
use contracts::packml::UnitState;
use contracts::station::Station;

/// What the core knows of the line I/O.
#[derive(Debug, Default)]
pub(super) struct LineIo {
    pub(super) up: bool,
    pub(super) epoch: Option<Epoch>,
    pub(super) encoder: EncoderCount,
    pub(super) inputs: u16,
    pub(super) fault: DeviceFault,
    pub(super) last_seq: IoSeq,
    pub(super) drained: bool,
    /// The totals cover every event that was handled.
    pub(super) counted: bool,
    pub(super) totals: [u32; CHANNELS],
    pub(super) blocked_since: [Option<EncoderCount>; CHANNELS],
    pub(super) outputs: u16,
    pub(super) last_track: u32,
    pub(super) on_record: OnRecord,
}

/// Ordinals up to which a channel's edges are on record since before a restart of ours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OnRecord {
    pub(super) exit: u32,
    pub(super) eject: u32,
}

impl Line {
    pub(super) fn line_io(&mut self, input: Input) {
        match input {
            Input::LineIoUp { epoch, encoder, first_seq, permit_epoch, totals } => {
                self.line_io_up(epoch, encoder, first_seq, totals);
                self.permits_die(permit_epoch);
            }
            Input::LineIoDown if self.io.up => {
                self.io.up = false;
                self.record(RecordBody::LinkDown { device: Device::LineIo });
                self.hold(HoldCause::LineIoLink);
            }
            Input::LineIoEvent { seq, channel, edge, ordinal, count } => {
                self.event(seq, channel, edge, ordinal, count);
            }
            Input::LineIoSample { .. } => self.sample(input),
            _ => {}
        }
    }

    fn line_io_up(
        &mut self,
        epoch: Epoch,
        encoder: EncoderCount,
        first_seq: IoSeq,
        totals: [u32; CHANNELS],
    ) {
        self.io.up = true;
        let known = self.io.epoch;
        let wanted = self.io.last_seq.next();
        let restarted = known.is_some_and(|k| k != epoch);
        let lost = known == Some(epoch) && first_seq > wanted;
        if restarted || lost {
            self.lose_positions();
        }
        if restarted || known.is_none() {
            self.io.encoder = encoder;
            self.io.blocked_since = [None; CHANNELS];
        }
        if restarted {
            self.io.on_record = OnRecord::default();
        }
        if restarted || lost || known.is_none() {
            self.io.last_seq = IoSeq(first_seq.0.saturating_sub(1));
        }
        self.io.epoch = Some(epoch);
        self.io.totals = totals;
        self.io.counted = false;
        self.mark = None;
        self.record(RecordBody::LinkUp { device: Device::LineIo, epoch });
        if restarted {
            if self.counts.counting() {
                self.counts.new_line_io(epoch, [0; CHANNELS]);
                self.counts.line_io(totals);
                self.record_bases();
            }
            self.hold(HoldCause::LineIoRestart);
        } else {
            self.counts.line_io(totals);
        }
        if lost {
            self.hold(HoldCause::UnexplainedPack);
        }
    }

    pub(super) fn record_bases(&mut self) {
        let bases = self.counts.bases();
        self.bases_record = self.record(RecordBody::CountsBegin {
            counts: self.counts.earlier(),
            io_epoch: bases.io_epoch,
            infeed_base: bases.infeed,
            exit_base: bases.exit,
            eject_base: bases.eject,
            labeler_epoch: bases.labeler_epoch,
            printed_base: bases.printed,
        });
    }

    /// A pack that came in before its count began on disk would be nobody's after a crash.
    pub(super) fn may_be_fed(&self) -> bool {
        self.wants_more_packs() && self.bases_record <= self.durable && !self.power_fails()
    }

    /// The device's positions are gone: what was on the belt must be found by a person.
    fn lose_positions(&mut self) {
        while let Some(slot) = self.tracker.find(Slot::in_process) {
            let track = slot.track;
            self.unresolve(track, false);
        }
        self.tracker.clear();
    }

    fn permits_die(&mut self, permit_epoch: u32) {
        if permit_epoch <= self.gate.permit_epoch() {
            return;
        }
        self.gate.begin_epoch(permit_epoch);
        for slot in self.tracker.iter_mut() {
            if slot.permit != PermitState::None {
                slot.permit = PermitState::Dead;
            }
        }
    }

    fn sample(&mut self, input: Input) {
        let Input::LineIoSample { encoder, inputs, fault, permit_epoch, permits_accepted, .. } =
            input
        else {
            return;
        };
        let Input::LineIoSample { next_seq, totals, .. } = input else { return };
        self.io.inputs = inputs;
        self.io.totals = totals;
        self.counts.line_io(totals);
        self.io.drained = next_seq <= self.io.last_seq.next();
        self.io.counted = true;
        self.watch_purge(encoder);
        self.permits_die(permit_epoch);
        if permit_epoch == self.gate.permit_epoch() {
            self.permits_acknowledged(permits_accepted, encoder);
        }
        if self.io.drained {
            self.advance(encoder);
        }
        self.device_fault(fault);
        self.level_inputs();
    }

    fn device_fault(&mut self, fault: DeviceFault) {
        self.io.fault = fault;
        if fault == DeviceFault::None || self.phase.is_clearing() {
            return;
        }
        self.hold(HoldCause::LineIoFault);
        if fault == DeviceFault::EncoderImplausible {
            self.lost_positions();
        }
    }

    fn level_inputs(&mut self) {
        if self.io.inputs & inputs::BIN_FULL != 0 {
            self.hold(HoldCause::BinFull);
        }
        let ready = inputs::SAFETY_OK | inputs::AIR_OK;
        if self.io.inputs & ready != ready {
            self.hold(HoldCause::Utilities);
        }
        if self.io.inputs & inputs::BIN_LOCKED == 0 {
            self.hold(HoldCause::BinUnlocked);
        }
        self.drain_on_power_fail();
    }

    /// The mains are gone and a UPS carries the line.
    pub(super) const fn power_fails(&self) -> bool {
        self.io.inputs & inputs::POWER_FAIL != 0
    }

    /// No more packs come in ([`Self::may_be_fed`]); once those on the belt have met their fate the
    /// line holds. An order that is being completed drains as it does.
    fn drain_on_power_fail(&mut self) {
        let drains = match self.unit {
            UnitState::Execute => !(self.tracker.is_clear() && self.io.drained),
            UnitState::Completing => true,
            _ => false,
        };
        if self.power_fails() && !drains {
            self.hold(HoldCause::PowerFail);
        }
    }

    fn permits_acknowledged(&mut self, accepted: u32, encoder: EncoderCount) {
        while let Some(track) = self.gate.acknowledged(accepted) {
            let config = self.config;
            let Some(slot) = self.tracker.get(track) else { continue };
            if let PermitState::Sent(_) = slot.permit {
                slot.permit = PermitState::Acknowledged;
                let deadline = slot.permit_deadline(&config);
                let margin_counts = deadline.0 as i64 - encoder.0 as i64;
                self.put(Output::PermitAcknowledged { track, margin_counts });
            }
        }
    }

    fn event(
        &mut self,
        seq: IoSeq,
        channel: Channel,
        edge: Edge,
        ordinal: u32,
        count: EncoderCount,
    ) {
        if seq <= self.io.last_seq {
            return;
        }
        if seq != self.io.last_seq.next() {
            self.lose_positions();
            self.hold(HoldCause::UnexplainedPack);
        }
        self.io.counted = false;
        self.advance(count);
        match edge {
            Edge::Rising => {
                self.io.blocked_since[channel.index()] = Some(count);
                self.rising(channel, ordinal, count);
            }
            Edge::Falling => self.falling(channel, count),
        }
        self.io.last_seq = seq;
    }

    fn rising(&mut self, channel: Channel, ordinal: u32, count: EncoderCount) {
        match channel {
            Channel::Infeed => self.at_infeed(ordinal, count),
            Channel::Applied => self.at_labeler(count),
            Channel::CameraEye => self.at_camera(count),
            Channel::CameraTrigger => self.trigger_fired(ordinal, count),
            Channel::Gate => self.at_gate(count),
            // After a restart of ours an edge may come again whose record is durable already.
            Channel::Exit if ordinal <= self.io.on_record.exit => {}
            Channel::EjectConfirm if ordinal <= self.io.on_record.eject => {}
            Channel::Exit => self.at_exit(count),
            Channel::EjectConfirm => self.at_reject_bin(count),
            Channel::TextCheck => self.at_station(Station::TextCheck, ordinal, count),
            Channel::CartonCode => self.at_station(Station::CartonCode, ordinal, count),
            Channel::TamperEvident => self.at_station(Station::TamperEvident, ordinal, count),
            Channel::Checkweigher => self.at_station(Station::Checkweigher, ordinal, count),
        }
    }

    fn falling(&mut self, channel: Channel, count: EncoderCount) {
        let since = self.io.blocked_since[channel.index()].take();
        if let Some(since) = since
            && channel != Channel::EjectConfirm
            && count.distance(since) > self.config.pack_counts + self.config.window_counts
        {
            self.touching(channel, since);
        }
    }

    pub(super) fn touching(&mut self, channel: Channel, since: EncoderCount) {
        let config = self.config;
        let offset = match channel {
            Channel::Infeed => 0,
            Channel::CameraEye => config.camera_eye_counts,
            Channel::Gate => config.gate_counts,
            Channel::Exit => config.exit_counts,
            Channel::EjectConfirm => return self.hold(HoldCause::BlockedEye),
            Channel::Applied
            | Channel::CameraTrigger
            | Channel::TextCheck
            | Channel::CartonCode
            | Channel::TamperEvident
            | Channel::Checkweigher => return,
        };
        if let Some(slot) = self.tracker.find(|s| s.is_at(since, offset, config.window_counts)) {
            slot.blame(RejectReason::Touching);
        }
        self.hold(HoldCause::BlockedEye);
    }
}
