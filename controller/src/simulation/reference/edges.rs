//! Edges at the eyes: which pack stands there by its place, and what becomes of it.
//!
//! Part of the reference. Must never ask the core.

use super::pack::Pack;
use super::view::View;
use contracts::line_io::{Channel, Edge};
use contracts::packml::UnitState;
use contracts::station::Station;
use line_core::event::PackFate;
use line_core::ids::{EncoderCount, IoSeq, TrackIndex};
use line_core::reason::{HoldCause as H, RejectReason as R};
use line_core::record::RecordBody;

impl View {
    pub(super) fn event(
        &mut self,
        seq: IoSeq,
        channel: Channel,
        edge: Edge,
        ordinal: u32,
        count: u64,
    ) {
        if seq <= self.io_seq {
            return;
        }
        if seq != self.io_seq.next() {
            self.lose_positions();
            self.hold(H::UnexplainedPack);
        }
        self.io_seq = seq;
        self.all_read = false;
        self.advance(count);
        if edge == Edge::Falling {
            if let Some(since) = self.blocked[channel.index()].take()
                && channel != Channel::EjectConfirm
                && count.abs_diff(since) > self.c.pack_counts + self.c.window_counts
            {
                self.touching(channel, since);
            }
            return;
        }
        self.blocked[channel.index()] = Some(count);
        match channel {
            Channel::Infeed => self.at_infeed(ordinal, count),
            Channel::Applied => self.at_labeler(count),
            Channel::CameraEye => self.at_camera(count),
            Channel::CameraTrigger => self.fired(ordinal, count),
            Channel::Gate => self.at_gate(count),
            // Told before a restart of the controller.
            Channel::Exit if ordinal <= self.on_record.0 => {}
            Channel::EjectConfirm if ordinal <= self.on_record.1 => {}
            Channel::Exit => self.at_exit(count),
            Channel::EjectConfirm => self.at_bin(count),
            Channel::TextCheck => self.at_station(Station::TextCheck, ordinal, count),
            Channel::CartonCode => self.at_station(Station::CartonCode, ordinal, count),
            Channel::TamperEvident => self.at_station(Station::TamperEvident, ordinal, count),
            Channel::Checkweigher => self.at_station(Station::Checkweigher, ordinal, count),
        }
    }

    /// The belt has come to `encoder`: results are late, packs are missed, eyes stay blocked.
    pub(super) fn advance(&mut self, encoder: u64) {
        if encoder <= self.encoder {
            return;
        }
        self.encoder = encoder;
        let c = self.c;
        for pack in self.packs.iter_mut().filter(|p| p.open()) {
            pack.late |= encoder >= pack.result_deadline(&c);
        }
        let mut missed = 0;
        for at in 0..self.packs.len() {
            if self.packs[at].open() && self.packs[at].is_missed(encoder, &c) {
                self.packs[at].faults.push(R::LostAtStation);
                self.unresolve(at, false);
                missed += 1;
            }
        }
        // Packs are a pitch apart: the counts have jumped.
        if missed > 1 {
            self.positions_lost();
        }
        let gone = |p: &Pack| {
            let waits = p.fate == PackFate::Unresolved;
            let displaced = if waits { c.pitch_counts_min } else { 0 };
            !p.open() && encoder > p.last_count(&c) + c.window_counts + displaced
        };
        while self.packs.front().is_some_and(gone) {
            self.packs.pop_front();
        }
        for channel in Channel::ALL {
            let since = self.blocked[channel.index()];
            let longest = match channel {
                Channel::EjectConfirm => c.purge_counts,
                _ => c.pack_counts + c.window_counts,
            };
            let long = |&since: &u64| encoder > since + longest;
            if let Some(since) = since.filter(long) {
                self.blocked[channel.index()] = None;
                self.touching(channel, since);
            }
        }
    }

    fn touching(&mut self, channel: Channel, since: u64) {
        let c = self.c;
        let offset = match channel {
            Channel::Infeed => 0,
            Channel::CameraEye => c.camera_eye_counts,
            Channel::Gate => c.gate_counts,
            Channel::Exit => c.exit_counts,
            Channel::EjectConfirm => return self.hold(H::BlockedEye),
            _ => return,
        };
        let here = |p: &&mut Pack| p.is_at(since, offset, c.window_counts);
        if let Some(pack) = self.packs.iter_mut().find(here) {
            pack.faults.push(R::Touching);
        }
        self.hold(H::BlockedEye);
    }

    /// An edge where no pack is expected.
    fn foreign(&mut self) {
        if self.counting && !self.purging {
            self.hold(H::ForeignPack);
        }
    }

    fn at_infeed(&mut self, ordinal: u32, count: u64) {
        let before = self.earlier.infeed as u32;
        let number = before + ordinal.saturating_sub(self.bases.infeed);
        if !self.counting || number <= self.last_track {
            return;
        }
        self.last_track = number;
        let mut pack = Pack::new(TrackIndex(number), count);
        if self.purging {
            pack.faults.push(R::Purge);
        }
        let min = self.c.pitch_counts_min;
        if let Some(before) = self.packs.back_mut()
            && before.open()
            && count.abs_diff(before.at) < min
        {
            before.faults.push(R::NotSeparable);
            pack.faults.push(R::NotSeparable);
        }
        let (track, count) = (pack.track, EncoderCount(count));
        self.step.facts.push(RecordBody::PackInfeed { track, count });
        if self.camera.up && !self.purging {
            let at = count.0 + self.c.trigger_counts;
            pack.trigger_at = Some(at);
            self.step.triggers.push(at);
        }
        self.packs.push_back(pack);
        if self.unit == UnitState::Aborted {
            self.unresolve(self.packs.len() - 1, false);
        }
    }

    fn at_camera(&mut self, count: u64) {
        let (offset, window) = (self.c.camera_eye_counts, self.c.window_counts);
        let here = |p: &&mut Pack| p.open() && !p.camera_seen && p.is_at(count, offset, window);
        let Some(pack) = self.packs.iter_mut().find(here) else { return self.foreign() };
        (pack.camera_seen, pack.at) = (true, count.saturating_sub(offset));
    }

    fn fired(&mut self, ordinal: u32, count: u64) {
        let Some(number) = self.camera.number(ordinal) else { return };
        self.camera.fired = number;
        let near = self.c.window_counts / 2;
        let commanded = |p: &&mut Pack| {
            p.trigger.is_none() && p.trigger_at.is_some_and(|at| at.abs_diff(count) <= near)
        };
        if let Some(pack) = self.packs.iter_mut().find(commanded) {
            pack.trigger = Some(number);
        }
        self.bind_results();
    }

    fn at_station(&mut self, station: Station, ordinal: u32, count: u64) {
        if !self.batch.stations.names(station) {
            return;
        }
        let (c, at) = (self.c, station.index());
        let number = self.stations[at].number(ordinal);
        if let Some(number) = number {
            self.stations[at].fired = number;
        }
        let offset = c.station_counts[at];
        let here = |p: &&mut Pack| {
            p.open() && p.strobes[at].is_none() && p.is_at(count, offset, c.window_counts)
        };
        let Some(pack) = self.packs.iter_mut().find(here) else { return self.foreign() };
        (pack.at, pack.strobes[at]) = (count.saturating_sub(offset), number);
        // One that waited for more than a window of belt travel is another pack's.
        let lag = c.window_counts.max(c.permit_budget_counts / 2);
        for (result, since) in std::mem::take(&mut self.stations[at].early) {
            if count <= since + lag {
                self.station_result(result);
            }
        }
    }

    fn at_gate(&mut self, count: u64) {
        let (offset, window) = (self.c.gate_counts, self.c.window_counts);
        let here =
            |p: &&mut Pack| p.unseen() && p.gate_seen.is_none() && p.is_at(count, offset, window);
        let Some(pack) = self.packs.iter_mut().find(here) else { return self.foreign() };
        (pack.gate_seen, pack.at, pack.late) = (Some(count), count.saturating_sub(offset), true);
    }

    /// An exit is a passage only for a pack with a durable accept and a permit.
    fn at_exit(&mut self, count: u64) {
        let (c, durable, number) = (self.c, self.durable, self.input);
        let may_come = |p: &Pack| p.unseen() && !p.exit_seen;
        let here = |p: &Pack| may_come(p) && p.is_at(count, c.exit_counts, c.window_counts);
        let came_by = |p: &Pack| p.gate_seen.is_some() || p.recovered;
        let near = |p: &Pack| {
            let released = p.permit == Some(true) && p.accepted();
            may_come(p) && released && p.is_at(count, c.exit_counts, c.pitch_counts_min)
        };
        let Some(at) = self.packs.iter().position(|p| here(p) && came_by(p)) else {
            // Rather one that came by the gate and is displaced than one that did not.
            let displaced = |p: &Pack| near(p) && p.gate_seen.is_some();
            let wanted: [&dyn Fn(&Pack) -> bool; 3] = [&displaced, &here, &near];
            match wanted.iter().find_map(|wanted| self.packs.iter().position(wanted)) {
                Some(at) => self.unresolve(at, true),
                None => self.exited_nobody(count),
            }
            return;
        };
        let pack = &mut self.packs[at];
        let on_disk = pack.verdict.is_some_and(|(_, record)| record <= durable);
        if self.lost || !(pack.accepted() && on_disk && pack.permit.is_some()) {
            return self.unresolve(at, true);
        }
        (pack.fate, pack.fate_count, pack.fate_input) = (PackFate::Exited, count, number);
        let (track, serial, count) = (pack.track, pack.serial(), EncoderCount(count));
        self.waiting.remove(&track.0);
        self.exits_explained += 1;
        self.line_commissioned += 1;
        self.step.facts.push(RecordBody::PackExited { track, serial, count });
    }

    fn exited_nobody(&mut self, count: u64) {
        if self.counting && !self.is_told(count, PackFate::Exited) {
            let count = EncoderCount(count);
            self.step.facts.push(RecordBody::ExitedWithoutPack { count });
            self.hold(H::UnexplainedPack);
        }
    }

    /// After a restart of the controller the same edge may come again.
    pub(super) fn is_told(&self, count: u64, fate: PackFate) -> bool {
        self.packs.iter().any(|p| p.recovered && p.fate == fate && p.fate_count == count)
    }
}
