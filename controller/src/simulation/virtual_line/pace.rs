//! How time passes in virtual time: in even cycles, or drawn, with idle stretches left out.
//!
//! Asked at every step. Must never let a device unheard for longer than its heartbeat.

use super::{Draw, VirtualLine};
use crate::simulation::observer::Observer;

const NS_PER_MS: u64 = 1_000_000;
/// Even cycle of line I/O and camera.
const CYCLE_NS: u64 = 5 * NS_PER_MS;
/// Even cycle of the labeler.
const LABELER_CYCLE_NS: u64 = 2 * CYCLE_NS;
/// In even cycles the person comes after this long.
const PERSON_NS: u64 = 1_000 * NS_PER_MS;

/// How time passes.
#[derive(Clone, Debug)]
pub enum Pace {
    /// Every device once a cycle of 5 ms, every commit in one cycle.
    Even,
    /// Polls at instants drawn around a cycle; nothing is polled while nothing can have happened,
    /// but for the heartbeat.
    Drawn {
        /// Drawn from here.
        draw: Draw,
        /// Mean time between two polls.
        cycle_ns: u64,
        /// Time of a commit, from and to.
        commit_ns: [u64; 2],
        /// Longest time between two heartbeats.
        heartbeat_ns: u64,
    },
}

impl Pace {
    pub(super) const fn is_drawn(&self) -> bool {
        matches!(self, Self::Drawn { .. })
    }

    /// When the person comes to a hold.
    pub(super) fn person_ns(&mut self) -> u64 {
        match self {
            Self::Even => PERSON_NS,
            Self::Drawn { draw, .. } => draw.within(200 * NS_PER_MS, 1_500 * NS_PER_MS),
        }
    }

    pub(super) fn commit_ns(&mut self) -> u64 {
        match self {
            Self::Even => CYCLE_NS,
            Self::Drawn { draw, commit_ns: [from, to], .. } => draw.within(*from, *to),
        }
    }

    pub(super) const fn labeler_is_due(&self, now_ns: u64) -> bool {
        self.is_drawn() || now_ns.is_multiple_of(LABELER_CYCLE_NS)
    }
}

impl<O: Observer> VirtualLine<O> {
    /// When the devices are polled next.
    pub(super) fn next_step(&mut self) -> u64 {
        let now = self.now_ns;
        let busy = self.devices.told || self.disk.wants_commit() || !self.inputs.is_empty();
        let event = self.world.next_event_time().map(|at| at.0);
        let deadline = self.line.deadline().map(|at| at.0.saturating_sub(self.leapt_ns));
        let wakes = [event, deadline, self.disk.due_ns(), self.person_at];
        match &mut self.pace {
            Pace::Even => now + CYCLE_NS,
            Pace::Drawn { draw, cycle_ns, heartbeat_ns, .. } => {
                let cycle = draw.within(*cycle_ns / 4, *cycle_ns * 7 / 4).max(1);
                let soonest = now + cycle;
                if busy {
                    return soonest;
                }
                let wake = wakes.into_iter().flatten().min();
                // The poll that finds it comes up to a cycle later.
                let found = wake.map_or(u64::MAX, |at| at.saturating_add(cycle / 2));
                found.clamp(soonest, now + (*heartbeat_ns).max(cycle))
            }
        }
    }
}
