//! The chute of the reject bin: which pack an edge there stands for, and edges that wait for a
//! person's word.
//!
//! Part of `Line`. An ejection on record is an edge that the line I/O has counted (invariant I5).
//! Must never let a counted edge go by untold.

use super::Line;
use super::phase::Goal;
use crate::event::PackFate;
use crate::ids::{EncoderCount, SerialIndex, TrackIndex};
use crate::limits::CHUTE_EDGES;
use crate::reason::{HoldCause, RejectReason};
use crate::record::RecordBody;
use crate::register::Stage;
use crate::track::{PermitState, Slot};
use heapless::Deque;

/// What the core knows of the edges there.
#[derive(Debug)]
pub(super) struct Chute {
    /// Edges in doubt: positions are lost, or the belt is purged, and nobody has said yet whose
    /// they are.
    edges: Deque<EncoderCount, CHUTE_EDGES>,
    /// Edges that are on record, when that is known.
    pub(super) accounted: Option<u64>,
}

impl Default for Chute {
    fn default() -> Self {
        Self { edges: Deque::new(), accounted: Some(0) }
    }
}

impl Line {
    pub(super) fn at_reject_bin(&mut self, count: EncoderCount) {
        let config = self.config;
        let expected =
            |s: &Slot| s.fate_open() && !s.exit_seen && s.may_be_ejected_at(count, &config);
        // A person may have found it in the chute before it fell: then the edge stands for it now.
        // In a purge everything falls, in the order of the belt.
        let purging = self.phase.is_purging();
        let lost = !purging && self.holds.since_purge(HoldCause::PositionsLost);
        let in_chute = |s: &Slot| {
            let here = purging || lost || s.may_be_ejected_at(count, &config);
            s.fate == PackFate::ResolvedEjected && here
        };
        let wanted = |s: &Slot| !lost && expected(s) || in_chute(s);
        let Some(slot) = self.tracker.awaiting(Stage::Bin, |_| true, wanted) else {
            self.edge_of_nobody(count);
            return;
        };
        slot.fate = PackFate::Ejected;
        slot.fate_count = count;
        let (track, serial, accepted) = (slot.track, slot.serial(), slot.accepted());
        let undecided = slot.decided.is_none();
        let judged = slot.decided.and_then(|decided| decided.reason);
        // A permit is used at the gate eye: a pack that it did not see could not use one.
        let reason = match (accepted, slot.permit, slot.gate_seen) {
            (false, ..) => RejectReason::Purge,
            (true, PermitState::Dead, _) => RejectReason::LinkDown,
            (true, _, None) => RejectReason::LostAtStation,
            (true, _, Some(_)) => RejectReason::PermitLate,
        };
        if (accepted && self.live()) || undecided {
            self.reject(track, reason);
        }
        self.found(track);
        self.eject(track, serial, count);
        self.show_first_pack(judged);
    }

    /// No pack explains it. While places are in doubt it may be the edge of one that is still
    /// looked for, also when this edge is what puts them in doubt; then a person's word, or the
    /// empty belt, tells whose it was.
    fn edge_of_nobody(&mut self, count: EncoderCount) {
        let known = self.already_known(count, PackFate::Ejected);
        if !self.counts.counting() || known {
            return;
        }
        if !self.phase.is_purging() && self.holds.since_purge(HoldCause::ForeignPack) {
            self.hold(HoldCause::UnexplainedPack);
        }
        let lost = self.holds.since_purge(HoldCause::PositionsLost);
        let waits = (lost || self.phase.is_purging()) && !self.nobody_is_sought();
        if !waits || self.chute.edges.push_back(count).is_err() {
            self.eject_nobody(count);
        }
    }

    /// No pack waits for a person, and none is on the belt.
    fn nobody_is_sought(&mut self) -> bool {
        self.unresolved.is_empty() && self.tracker.is_clear()
    }

    /// The first pack is in the bin, to be looked at and approved; what is still on the belt
    /// follows it. An order that is being ended needs no approval any more.
    fn show_first_pack(&mut self, judged: Option<RejectReason>) {
        let shown = judged == Some(RejectReason::FirstPack);
        if shown && self.first_pack_due && self.goal == Goal::Run {
            self.hold(HoldCause::FirstPack);
        }
    }

    /// Positions are lost and a person has found a pack in the bin: one of the edges in the chute
    /// was its, or it would be counted twice.
    pub(super) fn give_chute_edge(&mut self, track: TrackIndex, serial: Option<SerialIndex>) {
        let Some(count) = self.chute.edges.pop_front().or_else(|| self.forgotten_edge()) else {
            return;
        };
        if let Some(slot) = self.tracker.get(track) {
            slot.fate = PackFate::Ejected;
            slot.fate_count = count;
        }
        self.eject(track, serial, count);
    }

    /// Every pack that was sought is found: what edges are left in the chute were of no pack.
    pub(super) fn tell_chute_edges(&mut self) {
        while !self.chute.edges.is_empty()
            && self.nobody_is_sought()
            && let Some(count) = self.chute.edges.pop_front()
        {
            self.eject_nobody(count);
        }
        while let Some(count) = self.forgotten_edge()
            && self.nobody_is_sought()
        {
            self.eject_nobody(count);
        }
    }

    /// An edge that the line I/O counts and that is neither on record nor waits here: it waited
    /// when we were killed, or its event was lost. Its place is forgotten; it gets one of its own,
    /// next to the count of now.
    fn forgotten_edge(&self) -> Option<EncoderCount> {
        let all_read = self.io.up && self.io.drained && self.io.counted;
        let known = self.chute.accounted? + self.chute.edges.len() as u64;
        let forgotten = self.counts.of_batch().eject_confirm.saturating_sub(known);
        (all_read && forgotten > 0)
            .then(|| EncoderCount(self.io.encoder.0.saturating_sub(forgotten)))
    }

    fn eject(&mut self, track: TrackIndex, serial: Option<SerialIndex>, count: EncoderCount) {
        self.chute.accounted = self.chute.accounted.map(|edges| edges + 1);
        self.record(RecordBody::PackEjected { track, serial, count });
    }

    fn eject_nobody(&mut self, count: EncoderCount) {
        self.chute.accounted = self.chute.accounted.map(|edges| edges + 1);
        self.record(RecordBody::EjectedWithoutPack { count });
        if !self.phase.is_purging() {
            self.hold(HoldCause::UnexplainedPack);
        }
    }
}
