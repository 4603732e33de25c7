//! What happens to packs along the belt: released, seen, labelled, photographed, sorted.
//!
//! Called by the run loop at exact belt positions. It must never tell a device more than its eyes
//! would: which pack it is stays with the world.

use contracts::line_io::Channel;
use contracts::station::Station;

use crate::scenario::{Eye, FaultKind};
use crate::sim_config::CameraMode;
use crate::truth::Fate;
use crate::world::camera_device::CaptureFaults;
use crate::world::capture::Subject;
use crate::world::faults::Card;
use crate::world::label::PrintedLabel;
use crate::world::packs::{InfeedEdge, Pack, Whereabouts};
use crate::world::run::{Timed, Travelled};
use crate::world::stations::Stage;
use crate::world::{BIN_REACH_PACKS, SimTime, World};

/// A result that waits for the next pack's is published after this long in any case.
const HELD_RESULT_MS_MAX: u64 = 2_000;
/// Gap between two packs in the chute that came to the gate without one.
const CHUTE_GAP_UM: u64 = 10_000;

impl World {
    /// The belt has come to the position of an event.
    pub(crate) fn travelled(&mut self, what: Travelled, belt_um: u64) {
        match what {
            Travelled::Release => self.release(belt_um),
            Travelled::Station(stage) => self.station(stage, belt_um),
            Travelled::ChuteRise => {
                let front = self.chute_rise.pop_front();
                let seen = front.filter(|(_, id)| self.front_at(Eye::EjectConfirm, *id));
                if let Some((_, id)) = seen {
                    self.line_io.eject_confirm_rising(belt_um);
                    self.packs.get_mut(id).into_iter().for_each(|pack| pack.fell_seen = true);
                }
            }
            Travelled::ChuteFall => self.drop_land_in_bin(belt_um),
            Travelled::Trigger => self.trigger(),
            Travelled::EjectOverdue => self.line_io.eject_overdue(),
            Travelled::Incident => self.incident(),
        }
        self.drive();
    }

    fn release(&mut self, belt_um: u64) {
        let prepared = self.infeed.release();
        let id = self.packs.next_id();
        let mut card = Card::default();
        if prepared.is_none() {
            card = self.plan.card(id, &mut self.troubles);
            self.station_plan.card(&mut card, &mut self.troubles);
        }
        let mut pack = Pack::new(id, belt_um, card);
        self.station_plan.fill(&mut pack);
        if let Some(prepared) = prepared {
            pack.prepare(prepared);
        }
        pack.io_epoch = self.line_io.epoch();
        self.packs.push(pack);
        if !card.faults.is_empty() {
            self.ejector_will_stick |= card.faults.contains(FaultKind::EjectorStuck);
            self.plan_incidents(id, card, belt_um);
            self.strike_levels(card);
        }
        if self.front_at(Eye::Infeed, id) {
            let count = self.line_io.rising(Channel::Infeed, belt_um);
            let ordinal = self.line_io.total(Channel::Infeed);
            if let Some(pack) = self.packs.get_mut(id) {
                pack.infeed = count.map(|count| InfeedEdge { ordinal, count });
            }
        }
        self.stations.released(&self.packs);
        self.log.counters.released += 1;
        while let Some(trouble) = self.troubles.pop() {
            self.strike(trouble);
        }
    }

    fn station(&mut self, stage: Stage, belt_um: u64) {
        let id = self.stations.pass(stage, &self.packs);
        let here = self.packs.get(id).is_some_and(|pack| pack.place == Whereabouts::Belt);
        match stage {
            // A falling edge without its rising one is none: the pack was taken away before.
            Stage::InfeedFall => self.end_passes(Eye::Infeed, id, belt_um),
            Stage::CameraFall => self.end_passes(Eye::CameraEye, id, belt_um),
            Stage::GateFall => self.end_passes(Eye::Gate, id, belt_um),
            Stage::ExitFall => self.end_passes(Eye::Exit, id, belt_um),
            _ if !here => {}
            Stage::Labeler => self.label(id, belt_um),
            Stage::CameraRise => {
                if self.front_at(Eye::CameraEye, id) {
                    self.line_io.rising(Channel::CameraEye, belt_um);
                }
            }
            Stage::TextCheck => self.check(Station::TextCheck, id, belt_um),
            Stage::CartonCode => self.check(Station::CartonCode, id, belt_um),
            Stage::TamperEvident => self.check(Station::TamperEvident, id, belt_um),
            Stage::Checkweigher => self.check(Station::Checkweigher, id, belt_um),
            Stage::GateRise => self.sort(id, belt_um),
            Stage::ExitRise => self.leave(id, belt_um),
        }
    }

    fn end_passes(&mut self, eye: Eye, id: u64, belt_um: u64) {
        if self.end_at(eye, id) {
            self.clear_eye(eye.channel(), belt_um);
        }
    }

    /// A pack is at the labeler's eye.
    fn label(&mut self, id: u64, belt_um: u64) {
        let before = self.packs.get(id.saturating_sub(1));
        let block = before.is_some_and(|pack| pack.place == Whereabouts::Belt);
        let Some(pack) = self.packs.get_mut(id) else { return };
        // The second of a block is no pack of its own to the labeler's eye.
        if pack.prepared.is_some() || (pack.touches && block) {
            return;
        }
        if pack.card.faults.contains(FaultKind::WebBreak) {
            self.labeler.break_web();
            self.log.scrapped(self.labeler.take_scrapped(), self.now);
        }
        if pack.card.faults.contains(FaultKind::SlipByOne) {
            self.labeler.slip();
        }
        if pack.card.faults.contains(FaultKind::DuplicatePrint) {
            self.labeler.print_twice();
        }
        if self.labeler.is_broken() {
            pack.struck.insert(FaultKind::WebBreak);
            self.log.web_broken(id, self.now);
        }
        let Some(label) = self.labeler.apply() else { return };
        if label.stale {
            pack.struck.insert(FaultKind::SlipByOne);
            self.log.slipped(id, self.now);
        }
        if label.job.is_none() {
            pack.struck.insert(FaultKind::DuplicatePrint);
        }
        let mut text = label.printed;
        if pack.strikes(FaultKind::WrongData) {
            text = self.plan.wrong(text, pack.card.detail);
        }
        let ink_faults = [
            FaultKind::MissingPrint,
            FaultKind::Smear,
            FaultKind::LowContrast,
            FaultKind::DeadNozzles,
        ];
        for fault in ink_faults {
            pack.strikes(fault);
        }
        let ink = self.plan.ink(pack.struck, pack.card.detail);
        let mut readable = text.as_printed();
        if pack.strikes(FaultKind::WrongText) {
            readable = self.station_plan.wrong_text(readable, pack.card.detail);
        }
        // What it bore already stays in view beside it.
        let printed = PrintedLabel { text, readable, ink, symbol: label.symbol };
        let before = pack.label.replace(printed);
        pack.stray = before.map(|label| label.text);
        pack.commanded = label.commanded;
        pack.job = label.job;
        self.log.counters.labelled += 1;
        self.line_io.rising(Channel::Applied, belt_um);
    }

    /// The line I/O fires the camera trigger.
    fn trigger(&mut self) {
        // A count already passed when it was commanded fires now.
        let belt_um = self.belt.position_um(self.now);
        self.line_io.fire_trigger(belt_um);
        if !self.camera.is_powered() {
            return;
        }
        self.log.counters.captures += 1;
        let around = self.stations.next_at(Stage::CameraRise);
        let half_um = self.places.length_um / 2;
        let centred_um = belt_um.saturating_sub(self.places.camera_um + half_um);
        let seen = self.packs.nearest(around, centred_um, half_um + self.places.view_margin_um);
        self.capture(seen);
    }

    fn capture(&mut self, seen: Option<u64>) {
        let mut faults = CaptureFaults::default();
        let (mut subject, mut seed, mut after_next_ms) = (Subject::Nothing, 0, None);
        if let Some(pack) = seen.and_then(|id| self.packs.get_mut(id)) {
            seed = pack.card.detail;
            if pack.strikes(FaultKind::TwoCodes) {
                pack.stray = Some(pack.card.stray_label());
            }
            subject = pack.subject();
            faults.never = pack.strikes(FaultKind::CameraTimeout);
            if !faults.never && pack.strikes(FaultKind::LateResult) {
                faults.late_ms = self.plan.late_ms(seed);
            }
            if !faults.never && pack.strikes(FaultKind::DuplicateResult) {
                faults.duplicate_ms = Some(self.plan.duplicate_ms(seed));
            }
            if !faults.never && pack.strikes(FaultKind::OutOfOrderResult) {
                after_next_ms = Some(pack.card.after_next_ms(self.plan.severity()));
            }
        }
        let captured = self.camera.capture(self.now, subject, seed, faults);
        let Some((job, due)) = captured else { return };
        self.publish_at(job.id, due, after_next_ms);
        match self.config.camera {
            CameraMode::Pixels => self.captures.push(job),
            CameraMode::NoPixels => {
                self.camera.read(job.id, &subject.read_without_pixels(), None);
            }
        }
    }

    /// Plans when a result is published, and the one that waits for it.
    fn publish_at(&mut self, job: u64, due: SimTime, after_next_ms: Option<u64>) {
        if let Some((held, ms)) = self.held_result.take() {
            self.at(due.plus_ms(ms), Timed::Publish(held));
        }
        match after_next_ms {
            Some(ms) => {
                self.held_result = Some((job, ms));
                // When no other pack comes.
                self.at(due.plus_ms(HELD_RESULT_MS_MAX), Timed::Publish(job));
            }
            None => self.at(due, Timed::Publish(job)),
        }
    }

    /// A pack is at the gate eye: through the gate or into the chute.
    fn sort(&mut self, id: u64, belt_um: u64) {
        let mut passes = match self.front_at(Eye::Gate, id) {
            true => self.line_io.gate_rising(belt_um),
            false => self.line_io.gate_unseen(belt_um),
        };
        if self.levels.air_lost {
            passes = self.line_io.gate.rests_in_pass();
        }
        let Some(pack) = self.packs.get_mut(id).filter(|_| !passes) else { return };
        if self.ejector_will_stick || self.ejector_is_stuck {
            self.ejector_will_stick = false;
            self.ejector_is_stuck = true;
            pack.struck.insert(FaultKind::EjectorStuck);
            self.log.ejector_stuck(id, self.now);
            return;
        }
        pack.place = Whereabouts::Bin;
        pack.fate = Some((Fate::Ejected, self.now));
        // Packs that stick together come apart in the chute.
        let apart_um = u64::from(pack.touches) * CHUTE_GAP_UM;
        let confirm_um = pack.placed_um + self.places.gate_um + self.places.confirm_um + apart_um;
        self.chute_rise.push_back((confirm_um, id));
        self.chute_fall.push_back((confirm_um + self.places.length_um, id));
        self.log.counters.ejected += 1;
    }

    fn drop_land_in_bin(&mut self, belt_um: u64) {
        if let Some((_, id)) = self.chute_fall.pop_front() {
            self.end_passes(Eye::EjectConfirm, id, belt_um);
            self.land_in_bin(id);
        }
    }

    /// A person pushes what lies in the chute on into the bin; its eye sees no front of it. One
    /// that no eye has seen come is taken away.
    pub(crate) fn empty_chute(&mut self) {
        let belt_um = self.belt.position_um(self.now);
        self.clear_eye(Channel::EjectConfirm, belt_um);
        for (_, id) in self.chute_rise.clone() {
            if self.packs.get(id).is_some_and(Pack::came_unseen) {
                self.out_of_chute(id);
                self.take_off(id, Fate::Removed);
            }
        }
        self.chute_rise.clear();
        while let Some((_, id)) = self.chute_fall.pop_front() {
            self.land_in_bin(id);
        }
    }

    /// A pack is in the chute and has not come to its eye.
    pub(crate) fn is_falling(&self, id: u64) -> bool {
        self.chute_rise.iter().any(|(_, falls)| *falls == id)
    }

    /// A person takes a pack out of the chute before its eye, if it is there.
    pub(crate) fn out_of_chute(&mut self, id: u64) {
        if self.is_falling(id) {
            self.chute_rise.retain(|(_, falls)| *falls != id);
            self.chute_fall.retain(|(_, falls)| *falls != id);
            self.log.counters.ejected -= 1;
        }
    }

    fn land_in_bin(&mut self, id: u64) {
        let Some(pack) = self.packs.get(id) else { return };
        self.bin.push_back(pack.clone());
        if self.bin.len() > BIN_REACH_PACKS {
            self.bin.pop_front();
        }
        let at = pack.fate.map_or(self.now, |(_, at)| at);
        self.fill_bin();
        self.record(id, Fate::Ejected, at);
        self.packs.forget();
    }

    /// A pack is at the exit eye.
    fn leave(&mut self, id: u64, belt_um: u64) {
        if self.front_at(Eye::Exit, id) {
            self.line_io.exit_rising(belt_um);
        }
        let Some(pack) = self.packs.get_mut(id) else { return };
        pack.place = Whereabouts::Exit;
        pack.fate = Some((Fate::Exited, self.now));
        self.log.counters.exited += 1;
        self.behind_exit.push_back(id);
        while self.behind_exit.len() > self.config.handover_packs {
            let Some(handed_over) = self.behind_exit.pop_front() else { break };
            let fate = self.packs.get(handed_over).and_then(|pack| pack.fate);
            let at = fate.map_or(self.now, |(_, at)| at);
            self.record(handed_over, Fate::Exited, at);
        }
        self.packs.forget();
    }

    /// Takes a pack off the line by hand: the eyes that it blocked become clear.
    pub(crate) fn take_off(&mut self, id: u64, fate: Fate) {
        let belt_um = self.belt.position_um(self.now);
        for eye in Eye::ALL {
            if self.stations.blocked_by(id).any(|channel| channel == eye.channel()) {
                self.clear_eye(eye.channel(), belt_um);
            }
        }
        match fate {
            Fate::Retrieved => self.log.counters.retrieved += 1,
            _ => self.log.counters.removed += 1,
        }
        self.record(id, fate, self.now);
        self.packs.forget();
    }

    /// A pack's fate is final: it becomes history.
    pub(crate) fn record(&mut self, id: u64, fate: Fate, at: SimTime) {
        if let Some(pack) = self.packs.get_mut(id) {
            pack.place = Whereabouts::Gone;
            let right = self.station_plan.is_right(pack);
            self.log.pack(pack, fate, at, right);
        }
    }
}
