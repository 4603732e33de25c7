//! Trial runs: Challenge (prepared packs prove the reject path) and Setup (labels without live
//! serials). Counted apart from production: each is a batch of its own.
//!
//! Part of `Line`. Packs are judged as ever, and none is ever permitted: the gate rests in reject
//! for the whole run. Must never allocate a live serial, commission, or open the pass path.

use super::Line;
use super::phase::Goal;
use crate::ids::{JobSeq, SerialIndex, TrackIndex};
use crate::machine::commissions;
use crate::track::Label;
use contracts::packml::UnitMode;

impl Line {
    /// True in production: serials are live and packs may pass.
    pub(super) const fn live(&self) -> bool {
        commissions(self.config.mode)
    }

    /// The label that a prepared pack is taken to bear: the n-th of the marked set.
    pub(super) fn prepared_label(&self, track: TrackIndex) -> Option<Label> {
        if self.config.mode != UnitMode::Challenge {
            return None;
        }
        let serial = SerialIndex(track.0.checked_sub(1)?);
        let number = self.pool.number(serial)?;
        let (confirmed, void) = (true, false);
        Some(Label { job: JobSeq(0), serial, number, confirmed, void, marked: true })
    }

    /// Packs that the trial still wants.
    pub(super) fn wants_more_packs(&self) -> bool {
        self.live() || self.io.last_track < self.order.target
    }

    /// In Execute: the trial ends when its last pack has met its fate.
    pub(super) fn watch_trial(&mut self) {
        if !self.wants_more_packs() && self.tracker.is_clear() && self.io.drained {
            self.drain(Goal::Complete);
        }
    }
}
