//! What the order's time went into: its states one after another, and the three factors of OEE.
//!
//! Owned by the snapshots. Must never be more than a display: it begins anew with the service, and
//! nothing is decided by it.

use crate::names::name_of;
use contracts::packml::UnitState;
use hmi::{Oee, StateSpan};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What is older is not shown.
const SHOWN: Duration = Duration::from_secs(60 * 60);
/// States that are kept; a line that changes more often shows a shorter time.
const SPANS_MAX: usize = 160;

/// Times of one order.
#[derive(Debug, Default)]
pub struct Production {
    batch: String,
    spans: VecDeque<(UnitState, Instant)>,
    looked: Option<Instant>,
    /// Packs at the infeed when the order was taken up.
    first: u64,
    packs: u64,
    begun: bool,
    planned: Duration,
    ran: Duration,
}

impl Production {
    /// Looks at the line: `infeed` packs have come in, the unit is in `unit`.
    pub fn look(&mut self, batch: &str, unit: UnitState, infeed: u64, now: Instant) {
        if self.batch != batch {
            *self = Self { batch: batch.to_owned(), first: infeed, ..Self::default() };
        }
        let passed = self.looked.map_or(Duration::ZERO, |then| now.duration_since(then));
        self.looked = Some(now);
        let before = self.spans.back().map(|(state, _)| *state);
        if self.begun && before != Some(UnitState::Complete) {
            self.planned += passed;
        }
        if before == Some(UnitState::Execute) {
            self.ran += passed;
        }
        self.begun |= unit == UnitState::Execute;
        self.packs = infeed.saturating_sub(self.first);
        if before != Some(unit) {
            self.spans.push_back((unit, now));
        }
        let old = |spans: &VecDeque<(UnitState, Instant)>| {
            spans.get(1).is_some_and(|(_, end)| now.duration_since(*end) > SHOWN)
        };
        while self.spans.len() > SPANS_MAX || old(&self.spans) {
            self.spans.pop_front();
        }
    }

    /// The states, the oldest first.
    #[must_use]
    pub fn timeline(&self, now: Instant) -> Vec<StateSpan> {
        let ago = |at: Instant| now.duration_since(at).min(SHOWN).as_secs();
        let ends = self.spans.iter().skip(1).map(|(_, at)| ago(*at)).chain([0]);
        let spans = self.spans.iter().zip(ends);
        spans
            .map(|((state, at), to_s)| StateSpan { state: name_of(state), from_s: ago(*at), to_s })
            .collect()
    }

    /// The factors at `rate` packs a second, with `good` and `rejected` packs; none before the line
    /// ran.
    #[must_use]
    pub fn oee(&self, rate: f64, (good, rejected): (u64, u64)) -> Option<Oee> {
        let (ran, judged) = (self.ran.as_secs_f64(), good + rejected);
        if ran <= 0.0 || rate <= 0.0 || judged == 0 {
            return None;
        }
        Some(Oee {
            availability: ran / self.planned.as_secs_f64().max(ran),
            performance: self.packs as f64 / (ran * rate),
            quality: good as f64 / judged as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() < 1e-9
    }

    #[test]
    fn the_time_of_an_order_counts_from_its_first_run_to_its_end() {
        use UnitState as S;
        let (zero, mut line) = (Instant::now(), Production::default());
        let at = |s: u64| zero + Duration::from_secs(s);
        assert!(line.oee(10.0, (1, 0)).is_none());
        // Waits 50 s, runs 60 s, stands 20 s, runs 20 s, is complete.
        let course =
            [(0, S::Idle, 7), (50, S::Execute, 7), (110, S::Held, 500), (130, S::Execute, 500)];
        for (s, unit, infeed) in course.into_iter().chain([(150, S::Complete, 647)]) {
            line.look("B-1", unit, infeed, at(s));
        }
        line.look("B-1", S::Complete, 647, at(900));
        let oee = line.oee(10.0, (576, 64)).expect("figures");
        assert!(near(oee.availability, 0.8), "{oee:?}");
        assert!(near(oee.performance, 0.8), "{oee:?}");
        assert!(near(oee.quality, 0.9), "{oee:?}");
        assert!(near(oee.whole(), 0.576), "{oee:?}");
        let spans: Vec<_> =
            line.timeline(at(900)).into_iter().map(|s| (s.state, s.from_s, s.to_s)).collect();
        let span = |state: &str, from_s, to_s| (state.to_owned(), from_s, to_s);
        assert_eq!(spans[0], span("idle", 900, 850));
        assert_eq!(spans[2], span("held", 790, 770));
        assert_eq!(spans[4], span("complete", 750, 0));
        line.look("B-2", S::Idle, 0, at(901));
        assert!(line.oee(10.0, (1, 0)).is_none());
        assert_eq!(line.timeline(at(901)).len(), 1);
    }

    #[test]
    fn what_is_old_or_too_much_is_forgotten() {
        let (zero, mut line) = (Instant::now(), Production::default());
        for s in 0..1_000_u64 {
            let unit = if s % 2 == 0 { UnitState::Execute } else { UnitState::Held };
            line.look("B-1", unit, s, zero + Duration::from_secs(s));
        }
        assert_eq!(line.timeline(zero + Duration::from_secs(1_000)).len(), SPANS_MAX);
        line.look("B-1", UnitState::Held, 1_000, zero + Duration::from_secs(9_000));
        assert_eq!(line.timeline(zero + Duration::from_secs(9_000)).len(), 1);
    }
}
