//! The stations: registration of packs at their eyes, their fate at exit and reject bin, and what
//! was expected there and did not come.
//!
//! Part of `Line`. Must never guess: an edge that no expected pack explains is told and holds the
//! line (invariant I5).

use super::{Line, Unresolved};
use crate::event::{Output, PackFate};
use crate::ids::{EncoderCount, RecordSeq, TrackIndex};
use crate::reason::{HoldCause, RejectReason};
use crate::record::RecordBody;
use crate::register::Stage;
use crate::track::{PermitState, Slot, Trigger, result_deadline};
use contracts::line_io::Channel;
use contracts::packml::UnitState;

impl Line {
    pub(super) fn at_infeed(&mut self, ordinal: u32, count: EncoderCount) {
        if !self.counts.counting() {
            return;
        }
        let track = TrackIndex(self.counts.track(ordinal));
        if track.0 <= self.io.last_track {
            return;
        }
        self.io.last_track = track.0;
        let mut slot = Slot::new(track, count);
        slot.label = self.prepared_label(track);
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
        if !self.tracker.enter(slot) {
            // Without a slot its fate cannot be told: the line stops before it can pass.
            self.unresolve_untracked(track);
        } else if self.unit == UnitState::Aborted {
            // It came in while the belt was braking: nobody else will say what became of it.
            self.unresolve(track, false);
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

    pub(super) fn unresolve_untracked(&mut self, track: TrackIndex) {
        let (accepted, rejected) = (false, false);
        let pack = Unresolved { track, serial: None, accepted, rejected, exit_seen: false };
        let _ = self.unresolved.push(pack);
        let (serial, exit_seen) = (None, false);
        self.record(RecordBody::PackUnresolved { track, serial, accepted, exit_seen });
        self.hold(HoldCause::UnexplainedPack);
    }

    pub(super) fn at_camera(&mut self, count: EncoderCount) {
        let (offset, window) = (self.config.camera_eye_counts, self.config.window_counts);
        let applied_by_labeler = self.labeler.map_or(0, |l| l.last_applied.0);
        let slipped = applied_by_labeler > self.print.last_applied().0;
        let Some(slot) = self.tracker.register(Stage::Camera, count, offset, window) else {
            self.foreign();
            return;
        };
        slot.camera_seen = true;
        let bare = slot.label.is_none() && !slot.recovered;
        if bare && slipped {
            self.hold(HoldCause::Slip);
        }
    }

    pub(super) fn foreign(&mut self) {
        if !self.phase.is_purging() && self.counts.counting() {
            self.hold(HoldCause::ForeignPack);
        }
    }

    pub(super) fn at_gate(&mut self, count: EncoderCount) {
        let (offset, window) = (self.config.gate_counts, self.config.window_counts);
        let Some(slot) = self.tracker.register(Stage::Gate, count, offset, window) else {
            self.foreign();
            return;
        };
        slot.gate_seen = Some(count);
        slot.overdue = true;
    }

    /// Behind the exit is a pack that stands in its window and that the gate eye let through, while
    /// positions are certain. Anything else is a fault.
    pub(super) fn at_exit(&mut self, count: EncoderCount) {
        let (offset, window) = (self.config.exit_counts, self.config.window_counts);
        let reached = |at: EncoderCount| at.plus(offset) <= count.plus(window);
        let expected = |s: &Slot| {
            let came_by = s.gate_seen.is_some() || s.recovered;
            came_by && Stage::Exit.awaits(s) && s.is_at(count, offset, window)
        };
        let lost = self.holds.since_purge(HoldCause::PositionsLost);
        let Some(slot) = self.tracker.awaiting(Stage::Exit, reached, expected) else {
            self.exit_out_of_place(count);
            return;
        };
        let (track, serial) = (slot.track, slot.serial());
        let released = slot.permit != PermitState::None || slot.recovered;
        if lost || !(slot.accepted() && released && slot.decided_by(self.durable)) {
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

    /// An exit where none was expected. A pack that was let out and is missed there by less than a
    /// pitch has been displaced (encoder, slip on the belt), and is likelier than one in its window
    /// that never came by the gate eye. The passage is real, the place is not proven, and a person
    /// says what became of it.
    fn exit_out_of_place(&mut self, count: EncoderCount) {
        let (offset, window) = (self.config.exit_counts, self.config.window_counts);
        let pitch = self.config.pitch_counts_min;
        let released = |s: &Slot| {
            let out = matches!(s.permit, PermitState::Sent(_) | PermitState::Acknowledged);
            out && s.accepted() && s.is_at(count, offset, pitch)
        };
        let awaits = |s: &Slot| Stage::Exit.awaits(s);
        let displaced = |s: &Slot| awaits(s) && s.gate_seen.is_some() && released(s);
        let here = |s: &Slot| awaits(s) && s.is_at(count, offset, window);
        let unseen = |s: &Slot| awaits(s) && released(s);
        let at = self.tracker.find(displaced).map(|s| s.track);
        let at = at.or_else(|| self.tracker.find(here).map(|s| s.track));
        match at.or_else(|| self.tracker.find(unseen).map(|s| s.track)) {
            Some(track) => self.unresolve(track, true),
            None => self.exit_without_pack(count),
        }
    }

    fn exit_without_pack(&mut self, count: EncoderCount) {
        if self.counts.counting() && !self.already_known(count, PackFate::Exited) {
            self.record(RecordBody::ExitedWithoutPack { count });
            self.hold(HoldCause::UnexplainedPack);
        }
    }

    /// After a restart an edge may come again whose record is durable already.
    pub(super) fn already_known(&mut self, count: EncoderCount, fate: PackFate) -> bool {
        self.tracker.find(|s| s.recovered && s.fate == fate && s.fate_count == count).is_some()
    }

    /// A pack that was thought lost has shown itself.
    pub(super) fn found(&mut self, track: TrackIndex) {
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
        // More than can be shown: the heartbeat stops, and the device with it.
        self.overflow |= self.unresolved.push(pack).is_err();
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
        self.results_overdue(encoder);
        let mut missed = 0;
        while let Some(track) = self.expired(encoder) {
            self.unresolve(track, false);
            missed += 1;
        }
        // Packs are a pitch apart: no two are missed at once unless the counts have jumped.
        if missed > 1 {
            self.lost_positions();
        }
        self.tracker.retire(encoder, &self.config);
        self.watch_blocked_eyes();
    }

    fn results_overdue(&mut self, encoder: EncoderCount) {
        let config = &self.config;
        let reached = |at: EncoderCount| encoder >= result_deadline(at, config);
        let overdue = |s: &Slot| Stage::Result.awaits(s) && encoder >= s.result_deadline(config);
        while let Some(slot) = self.tracker.awaiting(Stage::Result, reached, overdue) {
            slot.overdue = true;
        }
    }

    /// An eye that stays blocked for longer than a pack is told while it is blocked. In the chute
    /// packs lie as they fall: there it must become clear within the travel of a purge, or none
    /// would ever end.
    fn watch_blocked_eyes(&mut self) {
        let encoder = self.io.encoder;
        for channel in Channel::ALL {
            let longest = match channel {
                Channel::EjectConfirm => self.config.purge_counts,
                _ => self.config.pack_counts + self.config.window_counts,
            };
            let blocked = self.io.blocked_since[channel.index()];
            if let Some(since) = blocked.filter(|since| encoder > since.plus(longest)) {
                self.io.blocked_since[channel.index()] = None;
                self.touching(channel, since);
            }
        }
    }

    /// The oldest pack that should have been seen somewhere before `encoder` and was not.
    fn expired(&mut self, encoder: EncoderCount) -> Option<TrackIndex> {
        let config = &self.config;
        let window = config.window_counts;
        let over = |at: EncoderCount, offset: u64| encoder > at.plus(offset + window);
        let missed = |s: &Slot, seen: bool, offset: u64| {
            s.in_process() && !s.recovered && !seen && over(s.reference, offset)
        };
        let (eye, gate) = (config.camera_eye_counts, config.gate_counts);
        let at_camera = |s: &Slot| missed(s, s.camera_seen, eye);
        let at_gate = |s: &Slot| missed(s, s.gate_seen.is_some(), gate);
        let at_end = |s: &Slot| s.in_process() && encoder > s.fate_deadline(config);
        let tracker = &mut self.tracker;
        let camera = tracker.awaiting(Stage::Camera, |at| over(at, eye), at_camera);
        let camera = camera.map(|s| s.track);
        let gate = tracker.awaiting(Stage::Gate, |at| over(at, gate), at_gate).map(|s| s.track);
        let exit = config.exit_counts;
        let end = tracker.awaiting(Stage::Exit, |at| over(at, exit), at_end).map(|s| s.track);
        let oldest = [camera, gate, end].into_iter().flatten().min()?;
        tracker.get(oldest)?.blame(RejectReason::LostAtStation);
        Some(oldest)
    }
}

impl Slot {
    fn decided_by(&self, durable: RecordSeq) -> bool {
        self.recovered || self.decided.is_some_and(|d| d.record <= durable)
    }
}
