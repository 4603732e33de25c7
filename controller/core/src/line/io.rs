//! Edges and samples of the line I/O: registration of packs at their stations, and their fate.
//!
//! Part of `Line`. Must never guess: an edge that no expected pack explains is told and holds the
//! line (invariant I5).

use super::{Line, Unresolved};
use crate::event::{Input, Output, PackFate};
use crate::ids::{EncoderCount, Epoch, IoSeq, TrackIndex};
use crate::reason::{HoldCause, RejectReason};
use crate::record::{Device, RecordBody};
use crate::track::{PermitState, Slot, Trigger};
use contracts::line_io::{CHANNELS, Channel, DeviceFault, Edge, inputs};

impl Line {
    pub(super) fn line_io(&mut self, input: Input) {
        match input {
            Input::LineIoUp { epoch, encoder, first_seq, permit_epoch, totals } => {
                self.line_io_up(epoch, encoder, first_seq, totals);
                self.permits_die(permit_epoch);
            }
            Input::LineIoDown => {
                if self.io.up {
                    self.io.up = false;
                    self.record(RecordBody::LinkDown { device: Device::LineIo });
                    self.hold(HoldCause::LineIoLink);
                }
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
        if restarted || lost || known.is_none() {
            self.io.last_seq = IoSeq(first_seq.0.saturating_sub(1));
        }
        self.io.epoch = Some(epoch);
        self.io.totals = totals;
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
        self.record(RecordBody::CountsBegin {
            counts: self.counts.earlier(),
            io_epoch: bases.io_epoch,
            infeed_base: bases.infeed,
            exit_base: bases.exit,
            eject_base: bases.eject,
            labeler_epoch: bases.labeler_epoch,
            printed_base: bases.printed,
        });
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
        if fault != DeviceFault::None && !self.phase.is_clearing() {
            self.hold(HoldCause::LineIoFault);
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
            Channel::Exit => self.at_exit(count),
            Channel::EjectConfirm => self.at_reject_bin(count),
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

    fn touching(&mut self, channel: Channel, since: EncoderCount) {
        let config = self.config;
        let offset = match channel {
            Channel::Infeed => 0,
            Channel::CameraEye => config.camera_eye_counts,
            Channel::Gate => config.gate_counts,
            Channel::Exit => config.exit_counts,
            Channel::Applied | Channel::CameraTrigger | Channel::EjectConfirm => return,
        };
        if let Some(slot) = self.tracker.find(|s| s.is_at(since, offset, config.window_counts)) {
            slot.blame(RejectReason::Touching);
        }
        self.hold(HoldCause::BlockedEye);
    }

    fn at_infeed(&mut self, ordinal: u32, count: EncoderCount) {
        if !self.counts.counting() {
            return;
        }
        let track = TrackIndex(self.counts.track(ordinal));
        if track.0 <= self.io.last_track {
            return;
        }
        self.io.last_track = track.0;
        let mut slot = Slot::new(track, count);
        if !self.has_credit() {
            slot.blame(RejectReason::Untracked);
            self.hold(HoldCause::LedgerCredit);
        }
        if self.phase.is_purging() {
            slot.blame(RejectReason::Purge);
        }
        self.keep_apart(&mut slot, count);
        self.record(RecordBody::PackInfeed { track, count });
        if !self.phase.is_purging() && self.camera.up {
            let at = count.plus(self.config.trigger_counts);
            slot.trigger = Trigger::Commanded(at);
            let epoch = self.io.epoch.unwrap_or_default();
            self.put(Output::Trigger { epoch, at });
        }
        if self.tracker.enter(slot).is_err() {
            // Without a slot its fate cannot be told: the line stops before it can pass.
            self.unresolve_untracked(track);
        }
    }

    fn keep_apart(&mut self, slot: &mut Slot, count: EncoderCount) {
        let min = self.config.pitch_counts_min;
        let Some(youngest) = self.tracker.youngest().map(|s| s.track) else { return };
        let Some(before) = self.tracker.get(youngest) else { return };
        if before.in_process() && count.distance(before.reference) < min {
            before.blame(RejectReason::NotSeparable);
            slot.blame(RejectReason::NotSeparable);
        }
    }

    fn unresolve_untracked(&mut self, track: TrackIndex) {
        let (accepted, rejected) = (false, false);
        let pack = Unresolved { track, serial: None, accepted, rejected, exit_seen: false };
        let _ = self.unresolved.push(pack);
        let (serial, exit_seen) = (None, false);
        self.record(RecordBody::PackUnresolved { track, serial, accepted, exit_seen });
        self.hold(HoldCause::UnexplainedPack);
    }

    fn at_camera(&mut self, count: EncoderCount) {
        let config = self.config;
        let offset = config.camera_eye_counts;
        let expected =
            |s: &Slot| s.in_process() && !s.camera_seen && s.is_at(count, offset, config.window_counts);
        let applied_by_labeler = self.labeler.map_or(0, |l| l.last_applied.0);
        let slipped = applied_by_labeler > self.print.last_applied().0;
        let Some(slot) = self.tracker.find(expected) else {
            self.foreign();
            return;
        };
        slot.camera_seen = true;
        slot.reference = count.minus(offset);
        let bare = slot.label.is_none() && !slot.recovered;
        if bare && slipped {
            self.hold(HoldCause::Slip);
        }
    }

    fn foreign(&mut self) {
        if !self.phase.is_purging() && self.counts.counting() {
            self.hold(HoldCause::ForeignPack);
        }
    }

    fn at_gate(&mut self, count: EncoderCount) {
        let config = self.config;
        let expected = |s: &Slot| {
            s.gate_seen.is_none()
                && s.fate_open()
                && s.is_at(count, config.gate_counts, config.window_counts)
        };
        let Some(slot) = self.tracker.find(expected) else {
            self.foreign();
            return;
        };
        slot.gate_seen = Some(count);
        slot.reference = count.minus(config.gate_counts);
        slot.overdue = true;
    }

    fn at_exit(&mut self, count: EncoderCount) {
        let config = self.config;
        let expected = |s: &Slot| {
            s.fate_open()
                && !s.exit_seen
                && s.is_at(count, config.exit_counts, config.window_counts)
        };
        let Some(slot) = self.tracker.find(expected) else {
            self.exit_without_pack(count);
            return;
        };
        let (track, serial) = (slot.track, slot.serial());
        let released = slot.permit != PermitState::None || slot.recovered;
        if !(slot.accepted() && released && slot.decided_by(self.durable)) {
            self.unresolve(track, true);
            return;
        }
        slot.fate = PackFate::Exited;
        slot.fate_count = count;
        self.order.line_commissioned += 1;
        self.order.exits_accounted += 1;
        self.found(track);
        self.record(RecordBody::PackExited { track, serial, count });
    }

    fn exit_without_pack(&mut self, count: EncoderCount) {
        if self.counts.counting() && !self.already_known(count, PackFate::Exited) {
            self.record(RecordBody::ExitedWithoutPack { count });
            self.hold(HoldCause::UnexplainedPack);
        }
    }

    fn at_reject_bin(&mut self, count: EncoderCount) {
        let config = self.config;
        let expected =
            |s: &Slot| s.fate_open() && !s.exit_seen && s.may_be_ejected_at(count, &config);
        let Some(slot) = self.tracker.find(expected) else {
            self.eject_without_pack(count);
            return;
        };
        slot.fate = PackFate::Ejected;
        slot.fate_count = count;
        let (track, serial, accepted) = (slot.track, slot.serial(), slot.accepted());
        let undecided = slot.decided.is_none();
        if accepted || undecided {
            let reason = if accepted { RejectReason::PermitLate } else { RejectReason::Purge };
            self.reject(track, reason);
        }
        self.found(track);
        self.record(RecordBody::PackEjected { track, serial, count });
    }

    fn eject_without_pack(&mut self, count: EncoderCount) {
        if !self.counts.counting() || self.already_known(count, PackFate::Ejected) {
            return;
        }
        self.record(RecordBody::EjectedWithoutPack { count });
        if !self.phase.is_purging() {
            self.hold(HoldCause::UnexplainedPack);
        }
    }

    /// After a restart an edge may come again whose record is durable already.
    fn already_known(&mut self, count: EncoderCount, fate: PackFate) -> bool {
        self.tracker.find(|s| s.recovered && s.fate == fate && s.fate_count == count).is_some()
    }

    /// A pack that was thought lost has shown itself.
    fn found(&mut self, track: TrackIndex) {
        if let Some(at) = self.unresolved.iter().position(|u| u.track == track) {
            self.unresolved.swap_remove(at);
        }
    }

    /// A pack's fate is not known; a person has to say it. The line stops (invariant I5).
    pub(super) fn unresolve(&mut self, track: TrackIndex, exit_seen: bool) {
        let Some(slot) = self.tracker.get(track) else { return };
        let known = slot.fate == PackFate::Unresolved;
        slot.fate = PackFate::Unresolved;
        slot.exit_seen |= exit_seen;
        let pack = Unresolved {
            track,
            serial: slot.serial(),
            accepted: slot.accepted(),
            rejected: slot.decided.is_some() && !slot.accepted(),
            exit_seen: slot.exit_seen,
        };
        if exit_seen {
            self.order.exits_accounted += 1;
        }
        if known {
            self.found(track);
        }
        let full = self.unresolved.push(pack).is_err();
        debug_assert!(!full, "no more unresolved packs than slots");
        self.record(RecordBody::PackUnresolved {
            track,
            serial: pack.serial,
            accepted: pack.accepted,
            exit_seen: pack.exit_seen,
        });
        self.hold(HoldCause::UnexplainedPack);
    }

    /// The belt has reached `encoder` and every edge up to there has been handled.
    pub(super) fn advance(&mut self, encoder: EncoderCount) {
        if encoder <= self.io.encoder {
            return;
        }
        self.io.encoder = encoder;
        let config = self.config;
        for slot in self.tracker.iter_mut().filter(|s| s.in_process()) {
            slot.overdue |= encoder >= slot.result_deadline(&config);
        }
        while let Some(track) = self.expired(encoder) {
            self.unresolve(track, false);
        }
        self.tracker.retire(encoder, &config);
    }

    /// The oldest pack that should have been seen somewhere before `encoder` and was not.
    fn expired(&mut self, encoder: EncoderCount) -> Option<TrackIndex> {
        let config = self.config;
        let missed = |s: &Slot, seen: bool, offset: u64| {
            let last = s.reference.plus(offset + config.window_counts);
            !seen && !s.recovered && encoder > last
        };
        let slot = self.tracker.find(|s| {
            s.in_process()
                && (missed(s, s.camera_seen, config.camera_eye_counts)
                    || missed(s, s.gate_seen.is_some(), config.gate_counts)
                    || encoder > s.fate_deadline(&config))
        })?;
        slot.blame(RejectReason::LostAtStation);
        Some(slot.track)
    }
}

impl Slot {
    fn fate_open(&self) -> bool {
        matches!(self.fate, PackFate::InProcess | PackFate::Unresolved)
    }

    fn decided_by(&self, durable: crate::ids::RecordSeq) -> bool {
        self.recovered || self.decided.is_some_and(|d| d.record <= durable)
    }
}
