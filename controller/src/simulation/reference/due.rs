//! After the outputs of an input: what was due and did not come.
//!
//! Part of the reference. Must never ask the core.

use super::pack::Pack;
use super::view::View;
use line_core::ids::TrackIndex;

impl View {
    pub(super) fn settled(&mut self) {
        for fact in std::mem::take(&mut self.step.facts) {
            self.differ("a fact that is due", fact, ());
        }
        for at in std::mem::take(&mut self.step.triggers) {
            self.differ("a trigger that is due", at, ());
        }
        for acknowledged in std::mem::take(&mut self.step.acknowledged) {
            self.differ("a permit's acknowledgement that is due", acknowledged, ());
        }
        for track in std::mem::take(&mut self.step.rejects) {
            self.differ("an accept that must be superseded", track, ());
        }
        if let Some(answer) = self.step.answer.take() {
            self.differ("an answer", answer, ());
        }
        self.holds_due();
        if self.step.idle {
            return;
        }
        self.prints_due();
        self.verdicts_due();
        self.permits_due();
    }

    fn holds_due(&mut self) {
        let now = self.unit;
        self.unit = self.step.unit_before.unwrap_or(now);
        let could_be_held = self.can_be_held();
        self.unit = now;
        for cause in std::mem::take(&mut self.step.holds) {
            let there = self.holds.contains(&cause) || self.step.held.contains(&cause);
            if could_be_held && !there {
                self.differ("a hold that is due", cause, now);
            }
        }
    }

    /// Prints that the labeler counts are told at once.
    fn prints_due(&mut self) {
        let Some(report) = self.labeler.filter(|l| l.epoch == self.job_epoch) else { return };
        let last =
            self.step.sent_before.map_or(report.last_printed, |s| s.min(report.last_printed));
        let untold = self.jobs.iter().find(|j| j.sent && !j.printed && j.job <= last);
        if let Some(job) = untold.map(|j| j.job).filter(|_| self.step.sent_before.is_some()) {
            self.differ("a print that is due", job, ());
        }
    }

    fn verdicts_due(&mut self) {
        let (batch, numbers, c, purging) = (&self.batch, &self.numbers, &self.c, self.purging);
        let undecided = |p: &Pack| {
            let waits = p.open() && p.verdict.is_none() && !p.recovered;
            // At the gate there is nothing left to wait for; before it a proof is one at once.
            let in_time = !p.late && !purging;
            let proven = || in_time && p.is_told(batch) && p.against(batch, numbers, c).is_empty();
            waits && (p.gate_seen.is_some() || proven())
        };
        let due: Vec<TrackIndex> =
            self.packs.iter().filter(|p| undecided(p)).map(|p| p.track).collect();
        if !due.is_empty() {
            self.differ("a verdict that is due", due, ());
        }
    }

    fn permits_due(&mut self) {
        if !self.live() {
            return;
        }
        let (c, durable, encoder) = (self.c, self.durable, self.encoder);
        let bare = |p: &Pack| p.open() && !p.recovered && p.accepted() && p.permit.is_none();
        let late = |p: &Pack| encoder >= p.permit_deadline(&c);
        let on_disk = |p: &Pack| p.verdict.is_some_and(|(_, record)| record <= durable);
        let may_pass = self.io_up && !self.purging && !self.needs_purge && !self.first_pack_due;
        let missing = self.packs.iter().find(|p| bare(p) && !late(p) && on_disk(p) && may_pass);
        if let Some(track) = missing.map(|p| p.track) {
            self.differ("a permit that is due", track, ());
        }
        if let Some(track) = self.packs.iter().find(|p| bare(p) && late(p)).map(|p| p.track) {
            self.differ("the end of an accept that is not in time", track, ());
        }
    }
}
