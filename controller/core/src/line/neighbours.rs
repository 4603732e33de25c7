//! The machines before and behind us: suspended while there is nothing to take or nowhere to give
//! (ISA-TR88.00.02: Suspend is for external causes).
//!
//! Part of `Line`. Nothing is lost by a suspension: the belt stops where it is and goes on without
//! a purge. Must never hold back what a hold or a person wants.

use super::Line;
use super::phase::Phase;
use crate::reason::SuspendCause;
use crate::record::RecordBody;
use contracts::line_io::inputs;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;

impl Line {
    /// Suspends, or goes on, by the level inputs of the latest sample.
    pub(super) fn watch_neighbours(&mut self) {
        match self.unit {
            UnitState::Execute if self.phase == Phase::None => {
                if let Some(cause) = self.neighbour() {
                    self.suspend(cause);
                }
            }
            UnitState::Suspending if self.at_rest() => self.set_unit(UnitState::Suspended),
            UnitState::Suspended if self.neighbour().is_none() => self.unsuspend(),
            _ => {}
        }
    }

    pub(super) fn neighbour(&self) -> Option<SuspendCause> {
        let has = |bit: u16| self.io.inputs & bit != 0;
        if !self.io.up {
            return None;
        }
        if !has(inputs::DOWNSTREAM_READY) {
            return Some(SuspendCause::Blocked);
        }
        // Not before the last pack's last window has passed: its end may still be in the chute.
        let empty = self.io.drained && self.tracker.is_empty();
        (!has(inputs::UPSTREAM_READY) && empty).then_some(SuspendCause::Starved)
    }

    fn suspend(&mut self, cause: SuspendCause) {
        self.record(RecordBody::Suspended { cause });
        self.set_unit(UnitState::Suspending);
        self.set_order(JobOrderState::Suspended);
    }

    fn unsuspend(&mut self) {
        self.set_unit(UnitState::Unsuspending);
        self.set_unit(UnitState::Execute);
        self.set_order(JobOrderState::Running);
        self.refill();
    }
}
