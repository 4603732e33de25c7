//! Verdicts and permits: is there a proof, does the reason hold, may the pack pass?
//!
//! Part of the reference. Must never ask the core.

use super::pack::{Pack, code};
use super::view::View;
use contracts::packml::UnitMode;
use line_core::decide::PERCENT_WINDOW;
use line_core::event::PackFate;
use line_core::ids::{EncoderCount, RecordSeq, TrackIndex};
use line_core::reason::{HoldCause as H, RejectReason as R};
use line_core::record::{RecordBody, Verdict};

impl View {
    pub(super) fn live(&self) -> bool {
        self.c.mode == UnitMode::Production
    }

    pub(super) fn verdict(&mut self, body: &RecordBody, record: RecordSeq) {
        let RecordBody::Verdict { track, serial, verdict, reason, .. } = *body else { return };
        let Some(at) = self.packs.iter().position(|p| p.track == track) else {
            return self.differ("a verdict on a pack of the belt", (), track);
        };
        if self.live() {
            self.same_evidence(at, body);
            match (verdict, reason) {
                (Verdict::Accept, None) => self.accepted(at),
                (Verdict::Reject, Some(reason)) => self.rejected(at, reason),
                _ => self.differ("a reason for a reject only", verdict, reason),
            }
        }
        let first = self.packs[at].verdict.is_none();
        self.packs[at].verdict = Some((verdict, record));
        self.packs[at].first = reason == Some(R::FirstPack);
        if self.live() && (first || reason.is_none()) {
            self.count_rejects(reason);
        }
        if reason == Some(R::Slip) && serial.is_some() {
            self.hold(H::Slip);
        }
        self.step.rejects.retain(|&t| t != track || verdict == Verdict::Accept);
        self.last_verdict = Some(*body);
    }

    /// The record tells what the reference has bound to the pack.
    fn same_evidence(&mut self, at: usize, body: &RecordBody) {
        let pack = &self.packs[at];
        let result = pack.results.first();
        let RecordBody::Verdict { track, verdict, reason, .. } = *body else { return };
        let expected = RecordBody::Verdict {
            track,
            serial: pack.serial(),
            verdict,
            reason,
            trigger: result.map(|r| r.trigger),
            result_seq: result.map(|r| r.seq),
            grade: result.map(|r| r.grade.into()),
            read: result.map(|r| r.content),
        };
        if expected != *body {
            self.differ("evidence of a verdict", expected, body);
        }
    }

    fn accepted(&mut self, at: usize) {
        let pack = &self.packs[at];
        let against = pack.against(&self.batch, &self.numbers, &self.c);
        let may = pack.open() && !pack.recovered && pack.verdict.is_none() && !pack.late;
        let track = pack.track;
        let held_back = self.purging || self.first_pack_due;
        if !may || !against.is_empty() || held_back {
            self.differ("an accept is proven, in time, once", against, (track, self.purging));
        }
    }

    fn rejected(&mut self, at: usize, reason: R) {
        let pack = &self.packs[at];
        let again = pack.verdict.is_some_and(|(verdict, _)| verdict == Verdict::Reject);
        let against = pack.against(&self.batch, &self.numbers, &self.c);
        let holds = against.contains(&reason)
            || self.by_circumstance(pack, reason, against.is_empty())
            || self.by_slip(pack, reason, &against);
        let track = pack.track;
        if again || !holds {
            self.differ("a reject for a reason that holds", against, (track, reason, again));
        }
        if reason == R::ContentMismatch && self.live() && self.is_of_another(at) {
            self.differ("a neighbour's code is told as a slip", R::Slip, (track, reason));
        }
    }

    /// A wrong code that is another pack's.
    fn by_slip(&self, pack: &Pack, reason: R, against: &[R]) -> bool {
        let at = self.packs.iter().position(|p| p.track == pack.track);
        let wrong = reason == R::Slip && against.contains(&R::ContentMismatch);
        wrong && at.is_some_and(|at| self.is_of_another(at))
    }

    fn is_of_another(&self, at: usize) -> bool {
        let Some(read) = self.packs[at].results.first().map(|r| r.content) else { return false };
        let bears = |p: &Pack| {
            let number = p.serial().and_then(|s| self.numbers.get(s.0 as usize));
            number.is_some_and(|n| code(&self.batch, n).as_bytes() == read.as_bytes())
        };
        self.packs.iter().enumerate().any(|(i, p)| i != at && bears(p))
    }

    /// Reasons that lie beside the proof: time, disk, link, purge.
    fn by_circumstance(&self, pack: &Pack, reason: R, proven: bool) -> bool {
        let ejected = pack.fate == PackFate::Ejected && pack.fate_input == self.input;
        let accepted = pack.accepted();
        let on_disk = pack.verdict.is_some_and(|(_, record)| record <= self.durable);
        let missed =
            accepted && pack.permit.is_none() && self.encoder >= pack.permit_deadline(&self.c);
        match reason {
            R::ResultLate => proven && pack.late && !accepted,
            R::Purge => self.purging || ejected && !accepted,
            R::LostAtStation => ejected && accepted && pack.gate_seen.is_none(),
            R::LedgerLate => missed && !on_disk,
            R::PermitLate => missed && on_disk || ejected && accepted && pack.gate_seen.is_some(),
            R::LinkDown => {
                let down = !self.io_up || self.needs_purge;
                missed && on_disk && down || ejected && pack.permit == Some(false)
            }
            R::Untracked => self.step.held.contains(&H::LedgerCredit),
            // Whatever else speaks against it comes first.
            R::FirstPack => {
                self.first_pack_due && proven && !pack.late && !self.purging && !accepted
            }
            _ => false,
        }
    }

    /// Rejects in a row and among the last hundred hold the line; purged packs, and those that wait
    /// for the first one's approval, say nothing.
    fn count_rejects(&mut self, reason: Option<R>) {
        if matches!(reason, Some(R::Purge | R::FirstPack)) {
            return;
        }
        self.in_a_row = if reason.is_some() { self.in_a_row + 1 } else { 0 };
        self.last_hundred.push_back(reason.is_some());
        if self.last_hundred.len() > PERCENT_WINDOW as usize {
            self.last_hundred.pop_front();
        }
        let full = self.last_hundred.len() == PERCENT_WINDOW as usize;
        let bad = self.last_hundred.iter().filter(|&&bad| bad).count();
        if reason.is_some() && self.in_a_row >= self.c.consecutive_rejects_max {
            self.hold(H::ConsecutiveRejects);
        } else if reason.is_some() && full && bad > usize::from(self.c.reject_percent_max) {
            self.hold(H::RejectPercentage);
        }
    }

    /// A permit for a pack that is proven now, accepted on disk, at its place, in time, once.
    pub(super) fn permitted(
        &mut self,
        permit_epoch: u32,
        track: TrackIndex,
        from: EncoderCount,
        to: EncoderCount,
    ) {
        let Some(pack) = self.packs.iter().find(|p| p.track == track) else {
            return self.differ("a permit for a pack of the belt", (), track);
        };
        let gate = pack.at + self.c.gate_counts;
        let window = self.c.window_counts;
        let (first, last) = (gate.saturating_sub(window), gate + window);
        let against = pack.against(&self.batch, &self.numbers, &self.c);
        let on_disk = pack.verdict.is_some_and(|(_, record)| record <= self.durable);
        let right = [
            ("a permit in production only", self.live()),
            ("a permit once the first pack is approved", !self.first_pack_due),
            ("a permit while the line I/O answers", self.io_up),
            ("a permit on a belt whose proof is not lost", !self.purging && !self.needs_purge),
            ("a permit of the permit epoch in force", permit_epoch == self.permit_epoch),
            ("a permit for a pack of this life on the belt", pack.open() && !pack.recovered),
            ("a permit for an accept", pack.accepted()),
            ("a permit for an accept on disk", on_disk),
            ("a permit for what is proven", against.is_empty()),
            ("one permit a pack", pack.permit.is_none()),
            ("a permit in time", self.encoder < pack.permit_deadline(&self.c)),
            ("the window of the pack", (first, last) == (from.0, to.0)),
        ];
        for (what, right) in right {
            self.must(right, what, (track, from, to));
        }
        self.permits.push(Some(track));
        if let Some(pack) = self.pack(track) {
            pack.permit = Some(true);
        }
    }

    pub(super) fn revoked(&mut self, permit_epoch: u32, track: TrackIndex) {
        let in_force = permit_epoch == self.permit_epoch;
        let Some(pack) = self.pack(track) else {
            return self.differ("a revocation for a pack of the belt", (), track);
        };
        let twice = pack.results.len() > 1 || pack.measured.iter().any(|m| m.len() > 1);
        let right = in_force && twice && pack.permit == Some(true);
        pack.permit = Some(false);
        self.must(right, "a revocation of a permit in force, for a second result", track);
        self.permits.push(Some(track));
    }
}
