//! What became of packs behind the gate: who was let through comes to the exit, who was not falls
//! past the eye in the chute.
//!
//! Called by the soft device. Must never guess: an edge outside every window proves nothing.

use line_core::limits::SLOTS;
use std::collections::VecDeque;

/// Packs between gate and exit, or gate and chute.
const PACKS_MAX: usize = SLOTS;

/// Where a pack is expected, in counts from the gate eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its middle.
    pub distance_counts: u64,
    /// Half of it.
    pub half_counts: u64,
}

impl Window {
    fn holds(self, gate: u64, count: u64) -> bool {
        gate.saturating_add(self.distance_counts).abs_diff(count) <= self.half_counts
    }

    fn is_past(self, gate: u64, count: u64) -> bool {
        let last = gate.saturating_add(self.distance_counts).saturating_add(self.half_counts);
        last < count
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Proof {
    exit: Window,
    confirm: Window,
    passed: VecDeque<u64>,
    ejected: VecDeque<u64>,
}

impl Proof {
    /// No pack is behind the gate.
    pub(super) fn new(exit: Window, confirm: Window) -> Self {
        let packs = || VecDeque::with_capacity(PACKS_MAX);
        Self { exit, confirm, passed: packs(), ejected: packs() }
    }

    /// A pack at the gate eye; false when it cannot be followed.
    #[must_use]
    pub(super) fn at_gate(&mut self, count: u64, pass: bool) -> bool {
        let packs = if pass { &mut self.passed } else { &mut self.ejected };
        if packs.len() >= PACKS_MAX {
            return false;
        }
        packs.push_back(count);
        true
    }

    /// A pack at the exit; false when it used no permit.
    #[must_use]
    pub(super) fn at_exit(&mut self, count: u64) -> bool {
        let exit = self.exit;
        let at = self.passed.iter().position(|gate| exit.holds(*gate, count));
        at.and_then(|at| self.passed.remove(at)).is_some()
    }

    /// A pack in the chute.
    pub(super) fn at_confirm(&mut self, count: u64) {
        let confirm = self.confirm;
        if let Some(at) = self.ejected.iter().position(|gate| confirm.holds(*gate, count)) {
            self.ejected.remove(at);
        }
    }

    /// True when a pack that was not let through is overdue in the chute; told once a pack. `count`
    /// is where every edge before is known.
    pub(super) fn overdue(&mut self, count: u64) -> bool {
        let (exit, confirm) = (self.exit, self.confirm);
        while self.passed.pop_front_if(|gate| exit.is_past(*gate, count)).is_some() {}
        let mut missing = false;
        while self.ejected.pop_front_if(|gate| confirm.is_past(*gate, count)).is_some() {
            missing = true;
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static [(u64, bool)], u64, bool);

    fn proof() -> Proof {
        let exit = Window { distance_counts: 100, half_counts: 10 };
        Proof::new(exit, Window { distance_counts: 50, half_counts: 5 })
    }

    #[test]
    fn exits() {
        // packs at the gate (count, let through), edge at the exit, proven
        let table: [Case; 7] = [
            (&[(1000, true)], 1090, true),
            (&[(1000, true)], 1110, true),
            (&[(1000, true)], 1089, false),
            (&[(1000, true)], 1111, false),
            (&[(1000, false)], 1100, false),
            (&[], 1100, false),
            (&[(1000, true), (1060, false)], 1160, false),
        ];
        for (packs, edge, proven) in table {
            let mut proof = proof();
            for &(count, pass) in packs {
                assert!(proof.at_gate(count, pass));
            }
            assert_eq!(proof.at_exit(edge), proven, "{packs:?} {edge}");
            assert!(!proof.at_exit(edge), "one pack, one exit");
        }
    }

    #[test]
    fn ejections() {
        // edge in the chute, told as missing at which count
        let table = [(Some(1045), None), (Some(1055), None), (Some(1056), Some(1056))];
        for (edge, told) in table.into_iter().chain([(None, Some(1056))]) {
            let mut proof = proof();
            assert!(proof.at_gate(1000, false));
            let mut found = None;
            for count in 1001..1200 {
                if edge == Some(count) {
                    proof.at_confirm(count);
                }
                if proof.overdue(count) {
                    assert_eq!(found.replace(count), None, "told once");
                }
            }
            assert_eq!(found, told, "{edge:?}");
        }
    }
}
