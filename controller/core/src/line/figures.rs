//! Figures that only people want: how far the labeler is ahead, and the rejects that may hold the
//! line.
//!
//! Read by the service's view. Must never decide anything.

use super::Line;
use crate::reason::SuspendCause;
use contracts::packml::UnitState;

/// Figures of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Print jobs that are assigned and not printed.
    pub jobs: usize,
    /// As many there may be.
    pub look_ahead: u16,
    /// Rejects among the packs of the window, and how many packs that are.
    pub rejects: (u32, u32),
    /// Lowest in-line grade that passes, in tenths.
    pub grade_min: u8,
    /// Why it is suspended.
    pub suspended: Option<SuspendCause>,
}

impl Line {
    /// Figures of this moment.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let suspended = matches!(self.unit, UnitState::Suspending | UnitState::Suspended);
        Figures {
            jobs: self.print.unprinted(),
            look_ahead: self.config.look_ahead,
            rejects: self.watch.in_window(),
            grade_min: self.config.grade_min,
            suspended: self.neighbour().filter(|_| suspended),
        }
    }
}
