//! Counts that no belt could have made: more than it can move at its top speed.
//!
//! Asked by the soft device at every count. Must never take the speed of one edge for it: edges are
//! uneven, a stretch of them is not.

use line_core::ids::Nanos;

/// The belt at its top speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopSpeed {
    /// Counts of a stretch; a jump of twice as many is found for certain.
    pub stretch_counts: u64,
    /// Less than this for a stretch cannot be.
    pub stretch_min: Nanos,
}

impl TopSpeed {
    /// A belt that makes `counts_per_s` at most, with a fifth of tolerance, looked at over
    /// `stretch_counts`.
    #[must_use]
    pub fn new(counts_per_s: f64, stretch_counts: u64) -> Self {
        let ns = stretch_counts as f64 / counts_per_s / 1.2 * 1e9;
        Self { stretch_counts: stretch_counts.max(1), stretch_min: Nanos(ns as u64) }
    }
}

/// Stretch after stretch.
#[derive(Debug)]
pub(super) struct Stretches {
    top: TopSpeed,
    begun: Nanos,
    counts: u64,
}

impl Stretches {
    pub(super) const fn new(top: TopSpeed, now: Nanos) -> Self {
        Self { top, begun: now, counts: 0 }
    }

    /// The belt has made one count more: false when it cannot have.
    pub(super) fn count(&mut self, now: Nanos) -> bool {
        self.counts += 1;
        if self.counts < self.top.stretch_counts {
            return true;
        }
        let took = now.since(self.begun);
        (self.begun, self.counts) = (now, 0);
        took >= self.top.stretch_min
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: f64 = 10_000.0;

    /// Counts at an even pace with a burst of `burst` at once after `after`: what was said.
    fn plausible(counts_per_s: f64, after: u64, burst: u64) -> bool {
        let mut stretches = Stretches::new(TopSpeed::new(TOP, 100), Nanos(0));
        let step = (1e9 / counts_per_s) as u64;
        (1..=after).chain(core::iter::repeat_n(after, burst as usize)).fold(true, |yes, n| {
            let now = Nanos(n * step);
            stretches.count(now) && yes
        })
    }

    #[test]
    fn a_belt_at_its_top_speed_is_plausible() {
        for counts_per_s in [1.0, 5_000.0, TOP, TOP * 1.1] {
            assert!(plausible(counts_per_s, 1_000, 0), "{counts_per_s}");
        }
        assert!(!plausible(TOP * 1.3, 1_000, 0));
    }

    #[test]
    fn a_jump_of_two_stretches_is_found_wherever_it_begins() {
        for after in 500..700 {
            for counts_per_s in [100.0, TOP] {
                assert!(!plausible(counts_per_s, after, 200), "{after} at {counts_per_s}");
            }
        }
    }

    #[test]
    fn a_short_burst_is_within_every_window() {
        assert!((500..600).all(|after| plausible(100.0, after, 90)));
    }
}
