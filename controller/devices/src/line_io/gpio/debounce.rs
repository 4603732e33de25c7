//! Signals are believed when they stay: a queue that holds latched edges back for their debounce
//! time, and level inputs that follow their wire after it.
//!
//! Called by the soft device. Must never change the count that an edge was latched with, or let an
//! edge overtake an earlier one.

use contracts::line_io::{Channel, Edge};
use line_core::ids::Nanos;
use std::collections::VecDeque;

/// Edges that are held back at once; more within one debounce time are noise.
const WAITING_MAX: usize = 512;

/// An edge with the encoder count at which it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Latched {
    pub(super) channel: Channel,
    pub(super) edge: Edge,
    pub(super) count: u64,
    /// Believed from then on.
    pub(super) ready: Nanos,
}

/// Edges that are not believed yet, in the order in which they happened.
#[derive(Debug)]
pub(super) struct EdgeQueue {
    waiting: VecDeque<Latched>,
}

impl EdgeQueue {
    /// An empty queue; its memory is taken here, once.
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::with_capacity(WAITING_MAX) }
    }

    /// Takes an edge that happened `at`. One that takes back a waiting edge of its channel cancels
    /// it: neither has been. False when there is no room.
    #[must_use]
    pub(super) fn push(&mut self, edge: Latched, at: Nanos) -> bool {
        let same = |other: &Latched| other.channel == edge.channel;
        if let Some(last) = self.waiting.iter().rposition(same) {
            let other = self.waiting[last];
            if other.edge != edge.edge && at < other.ready {
                self.waiting.remove(last);
                return true;
            }
        }
        if self.waiting.len() >= WAITING_MAX {
            return false;
        }
        self.waiting.push_back(edge);
        true
    }

    /// The next edge that can be believed now.
    pub(super) fn pop(&mut self, now: Nanos) -> Option<Latched> {
        self.waiting.pop_front_if(|first| first.ready <= now)
    }

    /// Count of the earliest edge that is held back.
    pub(super) fn first_count(&self) -> Option<u64> {
        self.waiting.front().map(|first| first.count)
    }

    /// When the next edge can be believed.
    pub(super) fn deadline(&self) -> Option<Nanos> {
        self.waiting.front().map(|first| first.ready)
    }
}

/// A level input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    believed: bool,
    wire: bool,
    since: Nanos,
}

impl Level {
    /// An input that is at this level now (true: yes).
    pub(super) const fn new(yes: bool, now: Nanos) -> Self {
        Self { believed: yes, wire: yes, since: now }
    }

    /// The wire changed.
    pub(super) fn change(&mut self, yes: bool, at: Nanos) {
        if self.wire != yes {
            (self.wire, self.since) = (yes, at);
        }
    }

    /// The level that is believed.
    pub(super) fn read(&mut self, now: Nanos, debounce: Nanos) -> bool {
        if self.wire != self.believed && now.since(self.since) >= debounce {
            self.believed = self.wire;
        }
        self.believed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static [(u64, bool)], &'static [u64]);

    #[test]
    fn what_is_believed() {
        // (time, rising) of one eye, debounced for 10; counts that come out at the end
        let table: [Case; 6] = [
            (&[(100, true)], &[100]),
            (&[(100, true), (150, false)], &[100, 150]),
            (&[(100, true), (105, false)], &[]),
            (&[(100, true), (103, false), (104, true), (150, false)], &[104, 150]),
            (&[(100, true), (150, false), (152, true), (153, false)], &[100, 153]),
            (&[(100, true), (110, false)], &[100, 110]),
        ];
        for (edges, expected) in table {
            let (mut queue, mut found) = (EdgeQueue::new(), Vec::new());
            for &(at, rising) in edges {
                let (at, count) = (Nanos(at), at);
                let edge = if rising { Edge::Rising } else { Edge::Falling };
                let ready = at.plus(Nanos(10));
                found.extend(std::iter::from_fn(|| queue.pop(Nanos(at.0 - 1))));
                assert!(queue.push(Latched { channel: Channel::Gate, edge, count, ready }, at));
            }
            found.extend(std::iter::from_fn(|| queue.pop(Nanos(1_000))));
            let counts: Vec<u64> = found.iter().map(|edge| edge.count).collect();
            assert_eq!(counts, expected, "{edges:?}");
        }
    }

    #[test]
    fn nothing_overtakes() {
        let mut queue = EdgeQueue::new();
        for (channel, count, ready) in [(Channel::Gate, 1, 300), (Channel::Applied, 2, 100)] {
            let edge = Latched { channel, edge: Edge::Rising, count, ready: Nanos(ready) };
            assert!(queue.push(edge, Nanos(count)));
        }
        assert_eq!(queue.pop(Nanos(299)), None);
        assert_eq!(queue.first_count(), Some(1));
        assert_eq!(queue.pop(Nanos(300)).map(|edge| edge.count), Some(1));
        assert_eq!(queue.pop(Nanos(300)).map(|edge| edge.count), Some(2));
    }

    #[test]
    fn levels_follow_when_they_stay() {
        let mut level = Level::new(true, Nanos(0));
        let debounce = Nanos(20);
        level.change(false, Nanos(100));
        assert!(level.read(Nanos(119), debounce));
        level.change(true, Nanos(119));
        assert!(level.read(Nanos(200), debounce));
        level.change(false, Nanos(300));
        assert!(!level.read(Nanos(320), debounce));
    }
}
