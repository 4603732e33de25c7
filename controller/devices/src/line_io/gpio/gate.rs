//! The ejector, of both kinds: when it moves, in counts from the pack's edges at the gate eye.
//!
//! Called by the soft device. Must never let a pack out that was not let through: whatever is in
//! doubt rejects.
//!
//! `pass-gate` rests in reject. It opens for a pack with a permit and closes behind it, at the next
//! pack without one, or after its greatest opening, whichever is first. `pulse` rests in pass and
//! pushes each pack without a permit; a push that has begun is not taken back.

use line_core::ids::Nanos;
use profiles::gpio::GpioGate;
use std::collections::VecDeque;

/// Moves that wait for their counts; more are noise of the eye.
const PLANS_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    /// For the pack of this ordinal.
    Open(u32),
    /// Behind the pack of this ordinal.
    Close(u32),
    /// Before a pack without permit.
    Shut,
    Push,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    at: u64,
    what: Move,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Gate {
    kind: GpioGate,
    plans: VecDeque<Plan>,
    /// Ordinal of the pack that is let through, and the count of the opening.
    open: Option<(u32, u64)>,
    push_until: Option<Nanos>,
}

impl Gate {
    /// A gate at rest.
    pub(super) fn new(kind: GpioGate) -> Self {
        Self { kind, plans: VecDeque::with_capacity(PLANS_MAX), open: None, push_until: None }
    }

    /// A pack's leading edge at the gate eye; `pass` when it used a permit.
    pub(super) fn leading(&mut self, ordinal: u32, count: u64, pass: bool, now: Nanos) {
        let (open_after, push_after) = match self.kind {
            GpioGate::PassGate { open_after_counts, .. } => (u64::from(open_after_counts), None),
            GpioGate::Pulse { delay_counts, .. } => (0, Some(u64::from(delay_counts))),
        };
        let what = if pass { Move::Open(ordinal) } else { Move::Shut };
        self.plan(count.saturating_add(open_after), what, now);
        if let (Some(delay), false) = (push_after, pass) {
            self.plan(count.saturating_add(delay), Move::Push, now);
        }
    }

    /// A pack's trailing edge at the gate eye.
    pub(super) fn trailing(&mut self, ordinal: u32, count: u64, now: Nanos) {
        let close_after = match self.kind {
            GpioGate::PassGate { close_after_counts, .. } => u64::from(close_after_counts),
            GpioGate::Pulse { .. } => 0,
        };
        self.plan(count.saturating_add(close_after), Move::Close(ordinal), now);
    }

    /// The belt or the clock went on.
    pub(super) fn advance(&mut self, count: u64, now: Nanos) {
        while let Some(plan) = self.plans.pop_front_if(|plan| plan.at <= count) {
            self.execute(plan.what, count, now);
        }
        if let (GpioGate::PassGate { open_counts_max, .. }, Some((_, since))) =
            (self.kind, self.open)
            && count.saturating_sub(since) >= u64::from(open_counts_max)
        {
            self.open = None;
        }
        if self.push_until.is_some_and(|until| until <= now) {
            self.push_until = None;
        }
    }

    /// Nothing is let through any more; pushes go on.
    pub(super) fn shut(&mut self) {
        self.open = None;
        self.plans.retain(|plan| !matches!(plan.what, Move::Open(_)));
    }

    /// Level of the output: `pass-gate` open, `pulse` pushing.
    pub(super) fn output(&self) -> bool {
        match self.kind {
            GpioGate::PassGate { .. } => self.open.is_some(),
            GpioGate::Pulse { .. } => self.push_until.is_some(),
        }
    }

    /// True while a pack is let through.
    pub(super) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// When the output changes by time.
    pub(super) const fn deadline(&self) -> Option<Nanos> {
        self.push_until
    }

    fn plan(&mut self, at: u64, what: Move, now: Nanos) {
        if self.plans.len() >= PLANS_MAX {
            // Flicker: reject whatever it is.
            self.plans.clear();
            self.open = None;
            return self.execute(Move::Push, at, now);
        }
        let place = self.plans.partition_point(|plan| plan.at <= at);
        self.plans.insert(place, Plan { at, what });
    }

    fn execute(&mut self, what: Move, count: u64, now: Nanos) {
        match what {
            Move::Open(ordinal) => self.open = Some((ordinal, count)),
            Move::Close(ordinal) => {
                if self.open.is_some_and(|(open, _)| open == ordinal) {
                    self.open = None;
                }
                self.plans.retain(|plan| plan.what != Move::Open(ordinal));
            }
            Move::Shut => self.open = None,
            Move::Push => {
                if let GpioGate::Pulse { pulse_ms, .. } = self.kind {
                    self.push_until = Some(now.plus(Nanos::from_ms(u64::from(pulse_ms))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static [(u64, u64, bool)], Vec<u64>);

    const PASS: GpioGate =
        GpioGate::PassGate { open_after_counts: 2, close_after_counts: 3, open_counts_max: 30 };
    const PULSE: GpioGate = GpioGate::Pulse { delay_counts: 5, pulse_ms: 4 };

    /// Packs as (leading, trailing, permit); one count a millisecond. Counts with the output on.
    fn on(kind: GpioGate, packs: &[(u64, u64, bool)], shut_at: u64) -> Vec<u64> {
        let (mut gate, mut found) = (Gate::new(kind), Vec::new());
        for count in 0..100 {
            let now = Nanos::from_ms(count);
            if count == shut_at {
                gate.shut();
            }
            for (i, &(leading, trailing, pass)) in packs.iter().enumerate() {
                if leading == count {
                    gate.leading(i as u32, count, pass && count < shut_at, now);
                }
                if trailing == count {
                    gate.trailing(i as u32, count, now);
                }
            }
            gate.advance(count, now);
            if gate.output() {
                found.push(count);
            }
        }
        found
    }

    #[test]
    fn a_pass_gate_opens_for_permitted_packs_only() {
        // packs, counts from .. to with the gate open
        let table: [Case; 6] = [
            (&[(10, 20, true)], (12..23).collect()),
            (&[(10, 20, false)], vec![]),
            (&[(10, 20, true), (22, 32, true)], (12..23).chain(24..35).collect()),
            (&[(10, 20, true), (20, 30, false)], (12..22).collect()),
            (&[(10, 20, true), (21, 31, true)], (12..34).collect()),
            // Two packs that touch: one edge, one permit, and the gate closes all the same.
            (&[(10, 60, true)], (12..42).collect()),
        ];
        for (packs, expected) in table {
            assert_eq!(on(PASS, packs, 999), expected, "{packs:?}");
        }
    }

    #[test]
    fn a_pulse_gate_pushes_every_pack_without_a_permit() {
        let table: [Case; 4] = [
            (&[(10, 20, true)], vec![]),
            (&[(10, 20, false)], (15..19).collect()),
            (&[(10, 20, false), (22, 32, true)], (15..19).collect()),
            (&[(10, 12, false), (13, 15, false)], (15..22).collect()),
        ];
        for (packs, expected) in table {
            assert_eq!(on(PULSE, packs, 999), expected, "{packs:?}");
        }
    }

    #[test]
    fn shut_closes_what_is_open_and_lets_pushes_go_on() {
        assert_eq!(on(PASS, &[(10, 20, true)], 11), Vec::<u64>::new());
        assert_eq!(on(PASS, &[(10, 20, true)], 15), [12, 13, 14]);
        assert_eq!(on(PULSE, &[(10, 20, false), (30, 40, true)], 12).len(), 8);
    }

    #[test]
    fn flicker_rejects() {
        for (kind, pushes) in [(PASS, false), (PULSE, true)] {
            let mut gate = Gate::new(kind);
            gate.leading(0, 10, true, Nanos(0));
            gate.advance(12, Nanos(0));
            for i in 0..200 {
                gate.leading(i, 13, false, Nanos(0));
            }
            assert_eq!((gate.is_open(), gate.output()), (false, pushes));
        }
    }
}
