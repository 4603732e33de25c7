//! The unit's course: start and resume by purge, run, hold, drain, complete; and the outputs that
//! follow from it.
//!
//! Part of `Line`. Purge by domain.md section 1: gate in reject, belt travel of at least infeed to
//! exit plus margin, all eyes clear. Must never run the belt with an old permit alive.

use super::Line;
use super::phase::{Goal, Phase};
use crate::event::{Output, PackFate};
use crate::ids::{EncoderCount, Nanos, TrackIndex};
use crate::limits::PURGE_TRAVELS_MAX;
use crate::reason::{HoldCause, InvalidCause, RejectReason};
use crate::record::RecordBody;
use crate::track::Slot;
use contracts::labeler::LabelerFault;
use contracts::line_io::{DeviceFault, inputs, outputs};
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use contracts::station::{STATIONS, Station};

/// After a purge the devices' counters are given this long to come to rest before they are joined.
const ARM_DELAY: Nanos = Nanos::from_ms(250);

impl Line {
    pub(super) fn set_unit(&mut self, to: UnitState) {
        if self.unit != to {
            let from = core::mem::replace(&mut self.unit, to);
            self.record(RecordBody::UnitState { from, to });
        }
    }

    pub(super) fn set_order(&mut self, to: JobOrderState) {
        if self.order.state != to {
            let from = core::mem::replace(&mut self.order.state, to);
            self.record(RecordBody::OrderState { from, to });
        }
    }

    /// True while a cause may hold the unit.
    fn holdable(&self) -> bool {
        use UnitState as S;
        matches!(
            self.unit,
            S::Execute
                | S::Starting
                | S::Unholding
                | S::Completing
                | S::Holding
                | S::Held
                | S::Suspending
                | S::Suspended
                | S::Unsuspending
        )
    }

    /// Holds the line at once: no infeed, no run permit.
    pub(super) fn hold(&mut self, cause: HoldCause) {
        if !self.holdable() || !self.holds.add(cause) {
            return;
        }
        self.record(RecordBody::Hold { cause });
        self.doubt_positions();
        if !matches!(self.unit, UnitState::Holding | UnitState::Held) {
            if matches!(self.phase, Phase::Flushing { .. }) {
                self.holds.owe_flush();
            }
            self.phase = Phase::None;
            self.set_unit(UnitState::Holding);
            self.set_order(JobOrderState::Held);
        }
    }

    /// One pack is missing where it should be and another is where none should be: the counts, or
    /// the packs, have shifted against each other (encoder, slip on the belt). No window is worth
    /// anything then: every pack on the belt is looked for by hand.
    fn doubt_positions(&mut self) {
        use HoldCause as H;
        let shifted =
            self.holds.since_purge(H::UnexplainedPack) && self.holds.since_purge(H::ForeignPack);
        if shifted {
            self.lost_positions();
        }
    }

    /// Every pack on the belt is to be looked for.
    pub(super) fn lost_positions(&mut self) {
        if self.holds.contains(HoldCause::PositionsLost) {
            return;
        }
        self.hold(HoldCause::PositionsLost);
        while let Some(track) = self.tracker.find(Slot::in_process).map(|s| s.track) {
            self.unresolve(track, false);
        }
    }

    /// Whether the recipe that labeler, camera and the stations of the recipe report is the
    /// order's; none for stations that are not in it.
    #[must_use]
    pub fn recipes(&self) -> ([bool; 2], [Option<bool>; STATIONS]) {
        let labeler = self.labeler.is_some_and(|labeler| labeler.header_ok);
        let station = |station: Station| {
            let needed = self.batch.stations.names(station);
            needed.then(|| self.stations[station.index()].recipe_ok)
        };
        ([labeler, self.camera.recipe_ok], Station::ALL.map(station))
    }

    /// Level inputs of the line I/O as it told them last, bits of `contracts::line_io::inputs`.
    #[must_use]
    pub const fn level_inputs_seen(&self) -> u16 {
        self.io.inputs
    }

    /// Every device that the order needs answers and knows the order.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.io.up
            && self.labeler_up
            && self.camera.up
            && self.camera.recipe_ok
            && self.labeler.is_some_and(|l| l.header_ok)
            && self.stations_ready()
    }

    /// True while a hold's cause is still there.
    pub(super) fn remains(&self, cause: HoldCause) -> bool {
        use HoldCause as H;
        match cause {
            H::LabelerFault if self.web_is_broken() => true,
            H::LabelerLink | H::LabelerRestart | H::LabelerFault => !self.labeler_up,
            H::CameraLink | H::CameraRestart => !self.camera.up,
            H::LineIoLink | H::LineIoRestart => !self.io.up,
            H::PoolEmpty => self.pool.left() == 0,
            H::BinFull => self.io.inputs & inputs::BIN_FULL != 0,
            H::Utilities => {
                let ready = inputs::SAFETY_OK | inputs::AIR_OK;
                self.io.inputs & ready != ready
            }
            H::StationLink | H::StationRestart => !self.stations_ready(),
            H::BinUnlocked => self.io.inputs & inputs::BIN_LOCKED == 0,
            H::LedgerCredit => !self.has_credit(),
            H::Ledger => true,
            H::FirstPack => self.first_pack_due,
            H::PowerFail => self.power_fails(),
            H::Operator
            | H::ConsecutiveRejects
            | H::RejectPercentage
            | H::Slip
            | H::UnexplainedPack
            | H::ForeignPack
            | H::BlockedEye
            | H::CameraOutOfStep
            | H::StationOutOfStep
            | H::PositionsLost
            | H::LineIoFault
            | H::Restart => false,
        }
    }

    fn web_is_broken(&self) -> bool {
        self.labeler.is_some_and(|l| l.fault == LabelerFault::WebBreak)
    }

    /// Kills old permits and jobs, then purges the belt.
    pub(super) fn begin_clearing(&mut self) {
        let permit_epoch = self.gate.permit_epoch().saturating_add(1);
        self.put(Output::NewPermitEpoch { permit_epoch });
        let resync = self.holds.needs_flush() || !self.counts.counting();
        let flush = resync.then(|| self.flush_labeler());
        self.phase = Phase::Clearing { flush, permit_epoch };
        let doomed = |s: &Slot| {
            s.in_process()
                && s.gate_seen.is_none()
                && (s.accepted() || s.decided.is_none())
                && !(s.recovered && s.accepted())
        };
        while let Some(track) = self.tracker.find(doomed).map(|s| s.track) {
            self.reject(track, RejectReason::Purge);
        }
    }

    fn flush_labeler(&mut self) -> u16 {
        self.flushes = self.flushes.wrapping_add(1).max(1);
        self.put(Output::FlushLabeler { flush: self.flushes });
        self.flushes
    }

    /// Goes on as far as the present phase allows.
    pub(super) fn progress(&mut self) {
        if self.unit == UnitState::Holding && self.at_rest() {
            self.set_unit(UnitState::Held);
        }
        self.resume_after_restart();
        self.watch_neighbours();
        self.count_on_after_abort();
        match self.phase {
            Phase::None => self.watch_order(),
            Phase::Clearing { flush, permit_epoch } => self.clearing(flush, permit_epoch),
            Phase::Purging { from, ejected_before, flushed } => {
                self.purging(from, ejected_before, flushed);
            }
            Phase::Arming { until, flushed } => self.arming(until, flushed),
            Phase::Draining => self.draining(),
            Phase::Flushing { flush } => self.flushing(flush),
        }
    }

    pub(super) fn at_rest(&self) -> bool {
        !self.io.up || (self.io.drained && self.io.inputs & inputs::MOVING == 0)
    }

    /// A restart alone needs no person: the open batch goes on once every device answers. Links
    /// that came up in two steps, and a run permit that died with our heartbeat, belong to it.
    fn resume_after_restart(&mut self) {
        use HoldCause as H;
        let silence = matches!(self.io.fault, DeviceFault::None | DeviceFault::HeartbeatLost);
        let belongs = |cause| match cause {
            H::Restart | H::LineIoLink | H::LabelerLink | H::CameraLink | H::StationLink => true,
            H::LineIoFault => silence,
            _ => false,
        };
        let only_restart = self.holds.contains(H::Restart) && self.holds.iter().all(belongs);
        let quiet = self.io.drained && self.at_rest() && self.unresolved.is_empty();
        if self.unit == UnitState::Held && only_restart && self.ready() && quiet {
            let _ = self.unhold();
        }
    }

    fn clearing(&mut self, flush: Option<u16>, permit_epoch: u32) {
        let Some(labeler) = self.labeler else { return };
        let flushed = flush.is_none_or(|flush| labeler.flush_done == flush && self.labeler_up);
        let gate_closed = self.io.up && self.gate.permit_epoch() >= permit_epoch;
        let calm = self.io.fault == DeviceFault::None && self.io.drained;
        if !(flushed && gate_closed && calm && self.ready()) {
            return;
        }
        let flushed = flush.is_some();
        if flushed {
            self.void_jobs(InvalidCause::Flushed);
        }
        let permit_epoch = self.gate.permit_epoch();
        self.record(RecordBody::PurgeBegin { permit_epoch });
        let ejected_before = self.counts.now().eject_confirm;
        self.phase = Phase::Purging { from: self.io.encoder, ejected_before, flushed };
    }

    fn purging(&mut self, from: EncoderCount, ejected_before: u64, flushed: bool) {
        let travelled = self.io.encoder.distance(from) >= self.config.purge_counts;
        let clear = self.io.inputs & inputs::ANY_EYE_BLOCKED == 0;
        if !(travelled && clear && self.io.drained && self.tracker.is_clear()) {
            return;
        }
        let ejected = self.counts.now().eject_confirm.saturating_sub(ejected_before) as u32;
        self.record(RecordBody::PurgeEnd { ejected });
        self.holds.purged();
        self.phase = Phase::Arming { until: self.now.plus(ARM_DELAY), flushed };
    }

    /// A purge ends with clear eyes. An eye that is blocked for so long was told before it began,
    /// and nobody has looked after it.
    pub(super) fn watch_purge(&mut self, encoder: EncoderCount) {
        let Phase::Purging { from, .. } = self.phase else { return };
        let longest = PURGE_TRAVELS_MAX * self.config.purge_counts;
        let blocked = self.io.inputs & inputs::ANY_EYE_BLOCKED != 0;
        if blocked && self.io.drained && encoder.distance(from) > longest {
            self.hold(HoldCause::BlockedEye);
        }
    }

    fn arming(&mut self, until: Nanos, flushed: bool) {
        let (Some(labeler), Some(io_epoch)) = (self.labeler, self.io.epoch) else { return };
        if self.now < until || !self.ready() || !self.io.drained {
            return;
        }
        self.tracker.clear();
        self.arm_camera();
        self.arm_stations();
        if flushed {
            self.print.arm(&labeler);
        }
        if !self.counts.counting() {
            self.counts.begin(io_epoch, labeler.epoch);
            self.record_bases();
        }
        self.phase = Phase::None;
        self.holds.armed();
        match self.goal {
            Goal::Run => {
                self.set_unit(UnitState::Execute);
                self.set_order(JobOrderState::Running);
                self.refill();
            }
            goal @ (Goal::Complete | Goal::Shutdown) => self.drain(goal),
        }
    }

    /// In Execute: is the quantity reached, is the pool empty?
    fn watch_order(&mut self) {
        if self.unit != UnitState::Execute {
            return;
        }
        if !self.live() {
            self.watch_trial();
            return;
        }
        // Counted only where it matters: near the end of the order, or of the pool.
        let enough =
            |coming: usize| self.order.line_commissioned + coming as u32 >= self.order.target;
        if enough(self.tracker.len()) && enough(self.on_belt(Slot::accepted)) {
            self.drain(Goal::Complete);
            return;
        }
        let bare = |s: &Slot| s.label.is_none();
        if self.pool.left() == 0 && self.print.unapplied() <= self.on_belt(bare) {
            self.hold(HoldCause::PoolEmpty);
        }
    }

    fn on_belt(&self, wanted: impl Fn(&Slot) -> bool) -> usize {
        self.tracker.iter().filter(|&s| s.in_process() && wanted(s)).count()
    }

    pub(super) fn drain(&mut self, goal: Goal) {
        self.goal = goal;
        self.set_unit(UnitState::Completing);
        self.phase = Phase::Draining;
    }

    fn draining(&mut self) {
        if self.tracker.is_clear() && self.io.drained && self.io.up {
            let flush = self.flush_labeler();
            self.phase = Phase::Flushing { flush };
        }
    }

    fn flushing(&mut self, flush: u16) {
        let flushed = self.labeler.is_some_and(|l| l.flush_done == flush) && self.labeler_up;
        if flushed && self.tracker.is_clear() && self.io.counted {
            self.void_jobs(InvalidCause::Flushed);
            self.finish();
        }
    }

    fn finish(&mut self) {
        self.phase = Phase::None;
        self.record_counts();
        if self.goal == Goal::Complete {
            self.set_order(JobOrderState::Completed);
            self.set_unit(UnitState::Complete);
        } else {
            self.set_unit(UnitState::Stopped);
        }
    }

    /// Takes the pack out of the register's open ones: a person said what became of it.
    pub(super) fn settle_fate(&mut self, track: TrackIndex, fate: PackFate) {
        if let Some(slot) = self.tracker.get(track) {
            slot.fate = fate;
        }
        if let Some(at) = self.unresolved.iter().position(|u| u.track == track) {
            self.unresolved.swap_remove(at);
        }
    }

    /// Commands the line I/O's outputs when they change.
    pub(super) fn command_outputs(&mut self) {
        let bits = self.wanted_outputs();
        if bits != self.io.outputs {
            self.io.outputs = bits;
            self.put(Output::LineIoOutputs { bits });
        }
    }

    fn wanted_outputs(&mut self) -> u16 {
        use UnitState as S;
        let light = match self.unit {
            S::Execute => outputs::GREEN,
            S::Holding | S::Held | S::Aborted => outputs::RED,
            _ => outputs::AMBER,
        };
        let moves = match self.phase {
            Phase::Clearing { .. } => outputs::RESET,
            Phase::Purging { .. } | Phase::Arming { .. } | Phase::Draining => outputs::RUN,
            // One that came in while the infeed closed must get off the belt.
            Phase::Flushing { .. } if !self.tracker.is_clear() => outputs::RUN,
            Phase::Flushing { .. } => 0,
            Phase::None if self.unit == S::Execute && self.may_be_fed() => {
                outputs::RUN | outputs::INFEED
            }
            Phase::None if self.unit == S::Execute => outputs::RUN,
            Phase::None => 0,
        };
        light | moves
    }
}
