//! Camera triggers: fired once each, at their counts, as pulses that the camera can tell apart.
//!
//! Called by the soft device. Must never fire one number twice, or run two pulses into one.

use contracts::line_io::LineIoCommand;
use line_core::ids::Nanos;
use line_core::limits::SLOTS;
use std::collections::VecDeque;

/// Triggers that wait for their count: one a pack on the belt.
const TRIGGERS_MAX: usize = SLOTS;

/// See the module.
#[derive(Debug)]
pub(super) struct Triggers {
    length: Nanos,
    accepted: u32,
    waiting: VecDeque<u64>,
    /// The pulse that is out, or the pause behind it.
    fired: Option<Nanos>,
}

impl Triggers {
    /// No trigger; pulses and the pauses between them are `length` long.
    pub(super) fn new(length: Nanos) -> Self {
        let waiting = VecDeque::with_capacity(TRIGGERS_MAX);
        Self { length, accepted: 0, waiting, fired: None }
    }

    /// Last number accepted in this device epoch.
    pub(super) const fn accepted(&self) -> u32 {
        self.accepted
    }

    /// Takes what a command brings.
    pub(super) fn take(&mut self, command: &LineIoCommand) {
        for (i, &at) in command.triggers.iter().enumerate() {
            let seq = command.first_trigger.wrapping_add(i as u32);
            let follows = seq == self.accepted.wrapping_add(1);
            if follows && self.waiting.len() < TRIGGERS_MAX {
                self.waiting.push_back(at);
                self.accepted = seq;
            }
        }
    }

    /// True when a trigger fires now.
    pub(super) fn fire(&mut self, count: u64, now: Nanos) -> bool {
        if self.fired.is_some_and(|at| now.since(at) >= self.length.plus(self.length)) {
            self.fired = None;
        }
        if self.fired.is_some() {
            return false;
        }
        let Some(due) = self.waiting.iter().position(|at| *at <= count) else { return false };
        self.waiting.remove(due);
        self.fired = Some(now);
        true
    }

    /// Level of the output.
    pub(super) fn output(&self, now: Nanos) -> bool {
        self.fired.is_some_and(|at| now.since(at) < self.length)
    }

    /// When the output changes, or may fire again.
    pub(super) fn deadline(&self, now: Nanos) -> Option<Nanos> {
        let end = self.fired?.plus(self.length);
        Some(if now < end { end } else { end.plus(self.length) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(first_trigger: u32, triggers: &[u64]) -> LineIoCommand {
        let triggers = heapless::Vec::from_slice(triggers).unwrap();
        LineIoCommand { first_trigger, triggers, ..LineIoCommand::default() }
    }

    #[test]
    fn each_number_once_and_only_the_next() {
        let mut triggers = Triggers::new(Nanos(2));
        triggers.take(&command(2, &[50]));
        assert_eq!(triggers.accepted(), 0);
        triggers.take(&command(1, &[10, 20]));
        triggers.take(&command(1, &[10, 20, 30]));
        assert_eq!(triggers.accepted(), 3);
        let fired: Vec<u64> = (0..100).filter(|&i| triggers.fire(i, Nanos(i))).collect();
        assert_eq!(fired, [10, 20, 30]);
    }

    #[test]
    fn two_that_are_due_together_are_two_pulses() {
        let mut triggers = Triggers::new(Nanos(5));
        triggers.take(&command(1, &[10, 11]));
        let mut levels = String::new();
        for now in 0..30 {
            triggers.fire(20, Nanos(now));
            levels.push(if triggers.output(Nanos(now)) { '1' } else { '0' });
        }
        assert_eq!(levels, "111110000011111000000000000000");
    }
}
