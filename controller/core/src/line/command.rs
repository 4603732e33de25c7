//! Commands of people: start, hold, unhold, stop, abort, resolve.
//!
//! Part of `Line`. Each is refused with its reason or done whole. Must never do half.

use super::Line;
use super::phase::{Goal, Phase};
use crate::event::{Command, PackFate, Refusal};
use crate::ids::TrackIndex;
use crate::machine::{UnitCommand, allows};
use crate::reason::{HoldCause, Resolution};
use crate::record::RecordBody;
use crate::track::Slot;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;

impl Line {
    pub(super) fn command(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Start => self.start(),
            Command::Hold => self.hold_by_person(),
            Command::Unhold => self.unhold(),
            Command::Stop => self.stop(),
            Command::Abort => self.abort(),
            Command::Resolve { track, resolution } => self.resolve(track, resolution),
            Command::Shutdown => self.shutdown(),
            Command::ApproveFirstPack => self.approve_first_pack(),
        }
    }

    fn require(&self, command: UnitCommand) -> Result<(), Refusal> {
        if allows(self.unit, command) { Ok(()) } else { Err(Refusal::WrongState) }
    }

    fn start(&mut self) -> Result<(), Refusal> {
        self.require(UnitCommand::Start)?;
        if self.order.state != JobOrderState::Loaded {
            return Err(Refusal::WrongState);
        }
        if !self.ready() {
            return Err(Refusal::DeviceNotReady);
        }
        self.set_unit(UnitState::Starting);
        self.begin_clearing();
        Ok(())
    }

    fn hold_by_person(&mut self) -> Result<(), Refusal> {
        self.require(UnitCommand::Hold)?;
        self.hold(HoldCause::Operator);
        Ok(())
    }

    pub(super) fn unhold(&mut self) -> Result<(), Refusal> {
        self.require(UnitCommand::Unhold)?;
        if !self.unresolved.is_empty() {
            return Err(Refusal::UnresolvedPacks);
        }
        if !self.ready() {
            return Err(Refusal::DeviceNotReady);
        }
        let stopping = self.goal != Goal::Run;
        let waits_for_more = |cause| matches!(cause, HoldCause::PoolEmpty | HoldCause::FirstPack);
        let over = |cause| stopping && waits_for_more(cause);
        if self.holds.iter().any(|cause| self.remains(cause) && !over(cause)) {
            return Err(Refusal::CauseRemains);
        }
        for cause in self.holds.iter() {
            self.record(RecordBody::HoldEnded { cause });
        }
        self.holds.end();
        self.watch.reset();
        if self.holds.needs_purge() || self.camera.armed.is_none() || self.stations_disarmed() {
            self.set_unit(UnitState::Unholding);
            self.begin_clearing();
        } else if stopping {
            self.drain(self.goal);
        } else {
            self.set_unit(UnitState::Unholding);
            self.set_unit(UnitState::Execute);
            self.set_order(JobOrderState::Running);
            self.refill();
        }
        Ok(())
    }

    /// Packs that are judged from now on may pass; those judged before stay rejected.
    fn approve_first_pack(&mut self) -> Result<(), Refusal> {
        if !core::mem::replace(&mut self.first_pack_due, false) {
            return Err(Refusal::WrongState);
        }
        Ok(())
    }

    fn stop(&mut self) -> Result<(), Refusal> {
        self.require(UnitCommand::Stop)?;
        match self.unit {
            UnitState::Execute | UnitState::Suspending | UnitState::Suspended => {
                self.drain(Goal::Complete);
            }
            UnitState::Held => {
                let before = core::mem::replace(&mut self.goal, Goal::Complete);
                self.unhold().inspect_err(|_| self.goal = before)?;
            }
            UnitState::Completing => {}
            _ => return Err(Refusal::WrongState),
        }
        Ok(())
    }

    fn abort(&mut self) -> Result<(), Refusal> {
        self.require(UnitCommand::Abort)?;
        self.phase = Phase::None;
        while let Some(track) = self.tracker.find(Slot::in_process).map(|s| s.track) {
            self.unresolve(track, false);
        }
        self.declare_extra_labels();
        self.record_counts();
        self.set_unit(UnitState::Aborted);
        // What is complete stays so: only its books are open.
        if self.order.state != JobOrderState::Completed {
            self.set_order(JobOrderState::Aborted);
        }
        Ok(())
    }

    pub(super) fn record_counts(&mut self) {
        let counts = self.counts.of_batch();
        let in_process = self.in_process() as u32;
        self.counted = Some(counts);
        self.record(RecordBody::Counts { counts, in_process });
    }

    /// What the devices still count while an aborted belt comes to rest belongs to the books.
    pub(super) fn count_on_after_abort(&mut self) {
        let known = self.unit == UnitState::Aborted && self.io.up && self.labeler_up;
        let more = self.counts.counting() && self.counted != Some(self.counts.of_batch());
        if known && more {
            self.declare_extra_labels();
            self.record_counts();
        }
    }

    fn shutdown(&mut self) -> Result<(), Refusal> {
        let runs =
            matches!(self.unit, UnitState::Execute | UnitState::Suspending | UnitState::Suspended);
        if runs {
            self.drain(Goal::Shutdown);
        } else if rests_for_good(self.unit) {
            return Ok(());
        } else if self.is_heard() {
            self.phase = Phase::None;
            self.record_counts();
            self.set_unit(UnitState::Stopped);
        } else if !matches!(self.unit, UnitState::Holding | UnitState::Held) {
            // Its counts cannot be told: it ends held, as after a kill.
            self.hold(HoldCause::Operator);
        }
        Ok(())
    }

    /// The counters of the devices are told up to now, or none counts yet.
    pub(super) fn is_heard(&self) -> bool {
        let line_io = self.io.up && self.io.drained && self.io.counted;
        !self.counts.counting() || line_io && self.labeler_up
    }

    /// A person says what became of a pack (domain.md section 4, Unresolved).
    fn resolve(&mut self, track: TrackIndex, resolution: Resolution) -> Result<(), Refusal> {
        let Some(&pack) = self.unresolved.iter().find(|u| u.track == track) else {
            let known = track.0 > 0 && track.0 <= self.io.last_track;
            return Err(if known { Refusal::NotUnresolved } else { Refusal::UnknownPack });
        };
        let mut exit_edge = pack.exit_seen;
        if resolution == Resolution::Exited {
            if !pack.accepted {
                return Err(Refusal::NotAccepted);
            }
            if !exit_edge && self.counts.now().exit <= self.order.exits_accounted {
                return Err(Refusal::NoExitEdge);
            }
            if !exit_edge {
                self.order.exits_accounted += 1;
            }
            exit_edge = true;
        }
        let fate = match resolution {
            Resolution::Exited => PackFate::ResolvedExited,
            Resolution::Ejected => PackFate::ResolvedEjected,
            Resolution::Removed => PackFate::Removed,
        };
        let serial = pack.serial;
        self.record(RecordBody::PackResolved { track, serial, resolution, exit_edge });
        self.settle_fate(track, fate);
        if resolution == Resolution::Ejected {
            self.give_chute_edge(track, serial);
        }
        Ok(())
    }
}

/// The unit ends by itself, or has ended: PackML knows no way from Aborted to Stopped but Clear.
const fn rests_for_good(unit: UnitState) -> bool {
    use UnitState as S;
    matches!(unit, S::Completing | S::Complete | S::Aborting | S::Aborted | S::Stopped)
}
