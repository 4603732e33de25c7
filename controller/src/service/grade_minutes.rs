//! In-line grades minute by minute: is the print getting worse?
//!
//! Filled by the line thread with each verdict, without an allocation. Must never decide anything:
//! the trend that warns is the core's.

use line_core::ids::Nanos;

/// Minutes that are shown.
pub const SHOWN_MINUTES: usize = 30;
const MINUTE_NANOS: u64 = 60_000_000_000;

/// Grades of one minute, in tenths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Packs with a grade.
    pub packs: u32,
    /// The lowest.
    pub min: u8,
    sum: u32,
}

impl Minute {
    /// The mean; 0 where there is no pack.
    #[must_use]
    pub fn mean(&self) -> u8 {
        u8::try_from(self.sum.checked_div(self.packs).unwrap_or(0)).unwrap_or(u8::MAX)
    }

    fn note(&mut self, tenths: u8) {
        self.min = if self.packs == 0 { tenths } else { self.min.min(tenths) };
        self.packs += 1;
        self.sum += u32::from(tenths);
    }
}

/// The latest minutes in which a pack was graded. A minute without one takes no place: what is
/// asked is how the print does, not when the line stood.
#[derive(Clone, Copy, Debug, Default)]
pub struct GradeMinutes {
    minutes: [Minute; SHOWN_MINUTES],
    at: Option<u64>,
}

impl GradeMinutes {
    /// Notes a grade.
    pub fn note(&mut self, now: Nanos, tenths: u8) {
        let minute = now.0 / MINUTE_NANOS;
        if self.at.is_some_and(|at| at != minute) {
            self.minutes.rotate_left(1);
            self.minutes[SHOWN_MINUTES - 1] = Minute::default();
        }
        self.at = Some(minute);
        self.minutes[SHOWN_MINUTES - 1].note(tenths);
    }

    /// All of them, the newest last.
    #[must_use]
    pub const fn shown(&self) -> [Minute; SHOWN_MINUTES] {
        self.minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_its_own_figures_and_idle_ones_take_no_place() {
        let mut grades = GradeMinutes::default();
        for (second, tenths) in [(1, 40), (59, 20), (61, 30), (600, 10)] {
            grades.note(Nanos(second * 1_000_000_000), tenths);
        }
        let shown = grades.shown();
        let last: Vec<_> = shown[SHOWN_MINUTES - 4..]
            .iter()
            .map(|minute| (minute.packs, minute.mean(), minute.min))
            .collect();
        assert_eq!(last, [(0, 0, 0), (2, 30, 20), (1, 30, 30), (1, 10, 10)]);
    }
}
