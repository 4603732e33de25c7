//! Edges in the chute of the reject bin: whose they are, and those that wait for a person's word.
//!
//! Part of the reference. Must never ask the core.

use super::pack::Pack;
use super::view::View;
use contracts::packml::UnitState;
use line_core::event::PackFate;
use line_core::ids::{EncoderCount, SerialIndex, TrackIndex};
use line_core::limits::CHUTE_EDGES;
use line_core::reason::HoldCause as H;
use line_core::record::RecordBody;

impl View {
    pub(super) fn at_bin(&mut self, count: u64) {
        let (c, purging, number) = (self.c, self.purging, self.input);
        let lost = self.lost && !purging;
        let falls = |p: &Pack| {
            let here = p.may_fall_at(count, &c);
            let found_in_chute = p.fate == PackFate::ResolvedEjected && (purging || lost || here);
            !lost && p.unseen() && !p.exit_seen && here || found_in_chute
        };
        let Some(at) = self.packs.iter().position(falls) else {
            return self.at_bin_for_nobody(count);
        };
        let pack = &mut self.packs[at];
        (pack.fate, pack.fate_count, pack.fate_input) = (PackFate::Ejected, count, number);
        let (track, serial, first) = (pack.track, pack.serial(), pack.first);
        let count = EncoderCount(count);
        if pack.accepted() || pack.verdict.is_none() {
            self.step.rejects.push(track);
        }
        self.waiting.remove(&track.0);
        self.ejected(track, serial, count);
        if first && self.first_pack_due {
            self.show_first_pack();
        }
    }

    /// While places are in doubt it may be of a pack that somebody looks for, or that is still on
    /// the belt; the edge itself may put them in doubt.
    fn at_bin_for_nobody(&mut self, count: u64) {
        if !self.counting || self.is_told(count, PackFate::Ejected) {
            return;
        }
        if !self.purging && self.foreign {
            self.hold(H::UnexplainedPack);
        }
        let in_doubt = self.lost || self.purging;
        if in_doubt && self.somebody_is_sought() && self.chute.len() < CHUTE_EDGES {
            return self.chute.push_back(count);
        }
        self.ejected_nobody(EncoderCount(count));
    }

    fn somebody_is_sought(&self) -> bool {
        !self.waiting.is_empty() || self.packs.iter().any(Pack::open)
    }

    /// In Execute the order goes on, and the line holds; in other states it may be at its end.
    fn show_first_pack(&mut self) {
        self.step.first_pack_shown = true;
        if self.unit == UnitState::Execute {
            self.hold(H::FirstPack);
        }
    }

    fn ejected(&mut self, track: TrackIndex, serial: Option<SerialIndex>, count: EncoderCount) {
        self.ejects_explained = self.ejects_explained.map(|edges| edges + 1);
        self.step.facts.push(RecordBody::PackEjected { track, serial, count });
    }

    pub(super) fn ejected_nobody(&mut self, count: EncoderCount) {
        self.ejects_explained = self.ejects_explained.map(|edges| edges + 1);
        self.step.facts.push(RecordBody::EjectedWithoutPack { count });
        if !self.purging {
            self.hold(H::UnexplainedPack);
        }
    }

    /// A person has found a pack in the bin: one of the edges that wait was its.
    pub(super) fn found_in_bin(&mut self, track: TrackIndex, serial: Option<SerialIndex>) {
        let waiting = self.chute.pop_front().map(EncoderCount);
        let Some(count) = waiting.or_else(|| self.forgotten_edge()) else { return };
        self.ejected(track, serial, count);
        if let Some(pack) = self.pack(track) {
            (pack.fate, pack.fate_count) = (PackFate::Ejected, count.0);
        }
    }

    /// Nobody is sought any more: what is left in the chute was of no pack.
    pub(super) fn empty_chute(&mut self) {
        while !self.chute.is_empty()
            && !self.somebody_is_sought()
            && let Some(count) = self.chute.pop_front()
        {
            self.ejected_nobody(EncoderCount(count));
        }
        while let Some(count) = self.forgotten_edge()
            && !self.somebody_is_sought()
        {
            self.ejected_nobody(count);
        }
    }

    /// The line I/O has counted more edges than are told or wait: their places are not known any
    /// more, and they are told beside the count of now.
    fn forgotten_edge(&self) -> Option<EncoderCount> {
        let told = self.ejects_explained? + self.chute.len() as u64;
        let counted = if self.counting { self.sums().eject_confirm } else { 0 };
        let more = counted.saturating_sub(told);
        let known = self.io_up && self.drained && self.all_read;
        (known && more > 0).then(|| EncoderCount(self.encoder - more))
    }
}
