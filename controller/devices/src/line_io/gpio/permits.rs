//! Pass permits: which are held in which permit epoch.
//!
//! Called by the soft device. Must never hold a permit over a change of the permit epoch, or let
//! one pack use two.

use contracts::line_io::{LineIoCommand, Permit};
use line_core::limits::SLOTS;
use std::collections::VecDeque;

/// Permits that are held: one a pack on the belt.
const PERMITS_MAX: usize = SLOTS;

/// See the module.
#[derive(Debug)]
pub(super) struct Permits {
    epoch: u32,
    accepted: u32,
    held: VecDeque<Permit>,
}

impl Permits {
    /// No permit, permit epoch 1.
    pub(super) fn new() -> Self {
        Self { epoch: 1, accepted: 0, held: VecDeque::with_capacity(PERMITS_MAX) }
    }

    /// Permit epoch in force and last number accepted in it.
    pub(super) const fn state(&self) -> (u32, u32) {
        (self.epoch, self.accepted)
    }

    /// Drops everything; the permit epoch is one higher.
    pub(super) fn revoke_all(&mut self) {
        self.begin(self.epoch.saturating_add(1));
    }

    /// Takes what a command brings; `count` is the encoder's.
    pub(super) fn take(&mut self, command: &LineIoCommand, count: u64) {
        if command.permit_epoch > self.epoch {
            self.begin(command.permit_epoch);
        }
        if command.permit_epoch < self.epoch {
            return;
        }
        // One that the belt has left behind can open nothing any more.
        self.held.retain(|permit| permit.to_count >= count);
        for (i, permit) in command.permits.iter().enumerate() {
            let seq = command.first_permit.wrapping_add(i as u32);
            if seq == self.accepted.wrapping_add(1) && self.accept(*permit) {
                self.accepted = seq;
            }
        }
    }

    /// True when a permit holds that contains `count`; it is used up by that.
    pub(super) fn use_up(&mut self, count: u64) -> bool {
        let holds = |permit: &Permit| (permit.from_count..=permit.to_count).contains(&count);
        let at = self.held.iter().position(holds);
        at.and_then(|at| self.held.remove(at)).is_some()
    }

    fn begin(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.accepted = 0;
        self.held.clear();
    }

    fn accept(&mut self, permit: Permit) -> bool {
        if permit.is_revoke() {
            self.held.retain(|held| held.track != permit.track);
            return true;
        }
        if self.held.len() >= PERMITS_MAX {
            return false;
        }
        self.held.push_back(permit);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(permit_epoch: u32, first_permit: u32, permits: &[Permit]) -> LineIoCommand {
        let permits = heapless::Vec::from_slice(permits).unwrap();
        LineIoCommand { permit_epoch, first_permit, permits, ..LineIoCommand::default() }
    }

    const ONE: Permit = Permit { track: 1, from_count: 100, to_count: 120 };
    const TWO: Permit = Permit { track: 2, from_count: 110, to_count: 140 };

    #[test]
    fn numbers_epochs_and_revocations() {
        // commands, state, uses of count 115
        let table: [(&[LineIoCommand], (u32, u32), usize); 9] = [
            (&[command(1, 1, &[ONE, TWO])], (1, 2), 2),
            (&[command(1, 2, &[ONE])], (1, 0), 0),
            (&[command(1, 1, &[ONE]), command(1, 1, &[ONE])], (1, 1), 1),
            (&[command(1, 1, &[ONE]), command(1, 3, &[TWO])], (1, 1), 1),
            (&[command(1, 1, &[ONE]), command(2, 1, &[])], (2, 0), 0),
            (&[command(3, 1, &[ONE]), command(2, 2, &[TWO])], (3, 1), 1),
            (&[command(1, 1, &[ONE, TWO, Permit::revoke(1)])], (1, 3), 1),
            (&[command(1, 1, &[Permit::revoke(1), ONE])], (1, 2), 1),
            (&[command(0, 1, &[ONE])], (1, 0), 0),
        ];
        for (i, (commands, state, uses)) in table.into_iter().enumerate() {
            let mut permits = Permits::new();
            for command in commands {
                permits.take(command, 0);
            }
            assert_eq!(permits.state(), state, "case {i}");
            let used = (0..5).filter(|_| permits.use_up(115)).count();
            assert_eq!(used, uses, "case {i}");
        }
    }

    #[test]
    fn a_permit_holds_from_its_first_to_its_last_count() {
        for (count, holds) in [(99, false), (100, true), (120, true), (121, false)] {
            let mut permits = Permits::new();
            permits.take(&command(1, 1, &[ONE]), 0);
            assert_eq!(permits.use_up(count), holds, "{count}");
        }
    }

    #[test]
    fn full_is_not_acknowledged_and_passed_ones_make_room() {
        let mut permits = Permits::new();
        for i in 0..PERMITS_MAX as u32 + 3 {
            permits.take(&command(1, i + 1, &[ONE]), 0);
        }
        let full = PERMITS_MAX as u32;
        assert_eq!(permits.state(), (1, full));
        permits.take(&command(1, full + 1, &[TWO]), 121);
        assert_eq!(permits.state(), (1, full + 1));
        permits.revoke_all();
        assert_eq!((permits.state(), permits.use_up(121)), ((2, 0), false));
    }
}
