//! Verdicts and permits: a pack is decided once its proof is complete or can no longer be, and is
//! let through only when its accept is durable.
//!
//! Part of `Line`. Invariants I1 (good only if proven) and I2 (durable before the gate) live here.

use super::Line;
use crate::event::Output;
use crate::grade_trend::{PARAMETERS, TrendChange};
use crate::ids::{EncoderCount, TrackIndex};
use crate::reason::{HoldCause, RejectReason};
use crate::record::{RecordBody, Verdict};
use crate::register::Stage;
use crate::track::{Decided, PermitState, Slot, permit_deadline};
use crate::verify::{Proof, overdue_reason, proof};
use contracts::camera::ReadStatus;
use contracts::packml::UnitMode;

impl Line {
    /// Decides every pack that can be decided, then sends what has become durable.
    pub(super) fn settle(&mut self) {
        while let Some((track, outcome)) = self.next_decision() {
            match outcome {
                None => self.accept(track),
                Some(RejectReason::ContentMismatch) => {
                    let reason = self.mismatch(track);
                    self.reject(track, reason);
                }
                Some(reason) => self.reject(track, reason),
            }
        }
        self.tracker.reviewed();
        self.ledger_late();
        self.dispatch();
        self.send_permits();
    }

    fn next_decision(&mut self) -> Option<(TrackIndex, Option<RejectReason>)> {
        let (batch, config) = (&self.batch, &self.config);
        let (purging, first_pack_due) = (self.phase.is_purging(), self.first_pack_due);
        // What was not changed since it was looked at last is as open as it was then.
        let undecided = self.tracker.changed().filter(|s| s.decided.is_none() && s.in_process());
        let mut outcomes = undecided.filter_map(|slot| {
            let outcome = match proof(slot, batch, config) {
                Proof::Failed(reason) => Some(reason),
                Proof::Complete if purging => Some(RejectReason::Purge),
                Proof::Complete if slot.overdue => Some(RejectReason::ResultLate),
                Proof::Complete if first_pack_due => Some(RejectReason::FirstPack),
                Proof::Complete => None,
                Proof::Open if slot.gate_seen.is_some() => Some(overdue_reason(slot, batch)),
                Proof::Open => return None,
            };
            Some((slot.track, outcome))
        });
        outcomes.next()
    }

    /// A wrong code that belongs to another pack of this line means that labels have slipped.
    fn mismatch(&mut self, track: TrackIndex) -> RejectReason {
        let batch = self.batch;
        let Some(read) = self.tracker.get(track).and_then(|s| s.reading).map(|r| r.content) else {
            return RejectReason::ContentMismatch;
        };
        let neighbour = self
            .tracker
            .iter()
            .any(|s| s.track != track && s.label.is_some_and(|l| batch.matches(&l.number, &read)));
        if neighbour {
            if self.config.mode != UnitMode::Challenge {
                self.hold(HoldCause::Slip);
            }
            return RejectReason::Slip;
        }
        RejectReason::ContentMismatch
    }

    fn accept(&mut self, track: TrackIndex) {
        self.decide(track, Verdict::Accept, None);
        if self.live() {
            self.watch.note(None, &self.config);
        }
    }

    /// Rejects a pack, or supersedes its accept.
    pub(super) fn reject(&mut self, track: TrackIndex, reason: RejectReason) {
        let first = self.tracker.get(track).is_some_and(|s| s.decided.is_none());
        self.decide(track, Verdict::Reject, Some(reason));
        if first
            && self.live()
            && let Some(cause) = self.watch.note(Some(reason), &self.config)
        {
            self.hold(cause);
        }
    }

    fn decide(&mut self, track: TrackIndex, verdict: Verdict, reason: Option<RejectReason>) {
        let Some(slot) = self.tracker.get(track) else { return };
        let (serial, reading) = (slot.serial(), slot.reading);
        let record = self.record(RecordBody::Verdict {
            track,
            serial,
            verdict,
            reason,
            trigger: reading.map(|r| r.trigger),
            result_seq: reading.map(|r| r.seq),
            grade: reading.map(|r| r.grade.into()),
            read: reading.map(|r| r.content),
        });
        if let Some(slot) = self.tracker.get(track) {
            slot.decided = Some(Decided { verdict, reason, record });
        }
        // A person who is asked about it must be told what holds now.
        if let Some(waiting) = self.unresolved.iter_mut().find(|u| u.track == track) {
            waiting.accepted = verdict == Verdict::Accept;
            waiting.rejected = verdict == Verdict::Reject;
        }
        if let Some(grade) = reading.filter(|r| r.status == ReadStatus::Decoded).map(|r| r.grade) {
            self.note_grade(grade.parameters);
        }
        let result_seq = reading.map(|r| r.seq);
        self.put(Output::Decided { track, verdict, reason, result_seq, record });
    }

    /// An early warning while packs still pass.
    fn note_grade(&mut self, parameters: [u8; PARAMETERS]) {
        if !self.live() {
            return;
        }
        self.trend.note(parameters);
        let limit = self.config.grade_min;
        while let Some(TrendChange { parameter, mean, raised }) = self.trend.change(limit) {
            self.record(RecordBody::GradeTrend { parameter, mean, limit, raised });
        }
    }

    /// A second result takes the proof away while the permit can still be taken back.
    pub(super) fn second_result(&mut self, track: TrackIndex) {
        let (config, encoder) = (self.config, self.io.encoder);
        let Some(slot) = self.tracker.get(track) else { return };
        if !slot.accepted() || encoder >= slot.permit_deadline(&config) {
            return;
        }
        let out = matches!(slot.permit, PermitState::Sent(_) | PermitState::Acknowledged);
        slot.permit = PermitState::Dead;
        if out && self.gate.send(track).is_some() {
            let permit_epoch = self.gate.permit_epoch();
            self.put(Output::Revoke { permit_epoch, track });
        }
        self.reject(track, RejectReason::ResultDuplicate);
    }

    /// Accepts that are not durable when their permit would have to be there.
    fn ledger_late(&mut self) {
        if !self.live() {
            return;
        }
        let (encoder, durable) = (self.io.encoder, self.durable);
        loop {
            let config = &self.config;
            let reached = |at: EncoderCount| encoder >= permit_deadline(at, config);
            let late = |s: &Slot| {
                s.in_process()
                    && s.accepted()
                    && s.permit == PermitState::None
                    && encoder >= s.permit_deadline(config)
            };
            let Some(slot) = self.tracker.awaiting(Stage::Permit, reached, late) else { return };
            let track = slot.track;
            slot.permit = PermitState::Dead;
            let in_time = slot.decided.is_some_and(|d| d.record <= durable);
            let link = !self.io.up || self.holds.needs_purge();
            let reason = match (in_time, link) {
                (false, _) => RejectReason::LedgerLate,
                (true, true) => RejectReason::LinkDown,
                (true, false) => RejectReason::PermitLate,
            };
            self.reject(track, reason);
        }
    }

    /// Sends the permit of every pack whose accept is on disk (invariant I2).
    fn send_permits(&mut self) {
        let (config, encoder, durable) = (&self.config, self.io.encoder, self.durable);
        let may_pass = self.live() && self.io.up && !self.phase.is_purging();
        if !may_pass || self.first_pack_due || self.holds.needs_purge() {
            return;
        }
        let ready = |s: &Slot| {
            s.in_process()
                && s.permit == PermitState::None
                && !s.recovered
                && encoder < s.permit_deadline(config)
                && s.decided.is_some_and(|d| d.verdict == Verdict::Accept && d.record <= durable)
        };
        // No accept before its result, and no result before its trigger.
        let fired = config.trigger_counts;
        let reached = |at: EncoderCount| at.plus(fired) <= encoder.plus(config.window_counts);
        while let Some(slot) = self.tracker.awaiting(Stage::Permit, reached, ready) {
            let track = slot.track;
            let Some(number) = self.gate.send(track) else { return };
            slot.permit = PermitState::Sent(number);
            let gate = slot.reference.plus(config.gate_counts);
            let (from, to) = (gate.minus(config.window_counts), gate.plus(config.window_counts));
            let permit_epoch = self.gate.permit_epoch();
            let permit = Output::Permit { permit_epoch, track, from, to };
            self.overflow |= self.outputs.push_back(permit).is_err();
        }
    }
}
