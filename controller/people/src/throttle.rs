//! Growing delays between attempts to prove who one is. A pure state machine in fixed memory.
//!
//! Asked before each password is looked at. Must never lock anybody out for ever, nor be asked
//! about Stop.

use sha2::{Digest, Sha256};

/// Keys share this many places, by the hash of their text: a flood of names takes no memory. Two
/// keys in one place delay each other, which is rare and does no harm.
const PLACES: usize = 1_024;

/// How delays grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Attempts without a delay.
    pub free: u32,
    /// The first delay; each further one is twice as long.
    pub first_ms: u64,
    /// The longest.
    pub max_ms: u64,
    /// After so long without an attempt everything is forgotten.
    pub forget_ms: u64,
}

impl Rule {
    /// How long to wait after the n-th failure in a row.
    #[must_use]
    pub fn delay_ms(&self, failures: u32) -> u64 {
        let beyond = failures.saturating_sub(self.free);
        if beyond == 0 {
            return 0;
        }
        let factor = 1_u64.checked_shl(beyond - 1).unwrap_or(u64::MAX);
        self.first_ms.saturating_mul(factor).min(self.max_ms)
    }
}

#[derive(Clone, Copy, Default)]
struct Place {
    failures: u32,
    last_ms: u64,
    not_before_ms: u64,
}

/// Delays of many keys.
pub struct Throttle {
    rule: Rule,
    places: Vec<Place>,
}

impl Throttle {
    /// Nobody has failed.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        Self { rule, places: vec![Place::default(); PLACES] }
    }

    /// The place of a key.
    #[must_use]
    pub fn place(key: &str) -> usize {
        let digest = Sha256::digest(key.as_bytes());
        usize::from(digest[0]) << 8 & (PLACES - 1) | usize::from(digest[1])
    }

    /// How long this key must wait still; 0: it may try.
    #[must_use]
    pub fn wait_ms(&self, now_ms: u64, key: &str) -> u64 {
        self.places[Self::place(key)].not_before_ms.saturating_sub(now_ms)
    }

    /// An attempt begins and counts as failed until [`Self::right`] says otherwise: so many at once
    /// are no better than one after the other.
    pub fn begin(&mut self, now_ms: u64, key: &str) {
        let rule = self.rule;
        let place = &mut self.places[Self::place(key)];
        if now_ms.saturating_sub(place.last_ms) >= rule.forget_ms {
            place.failures = 0;
        }
        place.failures = place.failures.saturating_add(1);
        place.last_ms = now_ms;
        place.not_before_ms = now_ms.saturating_add(rule.delay_ms(place.failures));
    }

    /// It was right: everything is forgotten.
    pub fn right(&mut self, key: &str) {
        self.places[Self::place(key)] = Place::default();
    }

    /// It was right, but others have failed here: only its own attempt is taken back.
    pub fn take_back(&mut self, now_ms: u64, key: &str) {
        let place = &mut self.places[Self::place(key)];
        place.failures = place.failures.saturating_sub(1);
        if self.rule.delay_ms(place.failures) == 0 {
            place.not_before_ms = now_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { free: 2, first_ms: 100, max_ms: 1_000, forget_ms: 10_000 };

    #[test]
    fn delays_grow_to_their_bound() {
        let delays: Vec<u64> = (0..9).map(|n| RULE.delay_ms(n)).collect();
        assert_eq!(delays, [0, 0, 0, 100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(RULE.delay_ms(u32::MAX), 1_000);
    }

    #[test]
    fn attempts_at_once_count_before_any_of_them_ends() {
        let mut throttle = Throttle::new(RULE);
        let mut begun = 0;
        while throttle.wait_ms(5, "quinn") == 0 {
            throttle.begin(5, "quinn");
            begun += 1;
            assert!(begun < 10, "never delayed");
        }
        assert_eq!(begun, 3);
        assert_eq!(throttle.wait_ms(5, "other"), 0);
        throttle.right("quinn");
        assert_eq!(throttle.wait_ms(5, "quinn"), 0);
    }

    #[test]
    fn places_are_all_within_bounds_and_used() {
        let used: std::collections::BTreeSet<usize> =
            (0..20_000).map(|n| Throttle::place(&n.to_string())).collect();
        assert_eq!(used.len(), PLACES);
    }
}
