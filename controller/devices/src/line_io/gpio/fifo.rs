//! The event FIFO of the epoch: numbered, bounded, kept until the controller has consumed it.
//!
//! Called by the soft device. Must never give a number twice or drop an event silently: one that is
//! lost takes its number with it, and the controller sees the gap.

use contracts::line_io::{CHANNELS, Channel, EVENTS_PER_FRAME, Edge, LineIoEvent};
use heapless::Vec;
use std::collections::VecDeque;

/// Events that are kept unconsumed: 27 s at 600 packs/min with 15 events a pack.
pub(super) const EVENTS_MAX: usize = 4096;
/// Of these the last ones are for what comes while the belt brakes.
pub(super) const EVENTS_RESERVE: usize = 512;

/// See the module.
#[derive(Debug)]
pub(super) struct EventFifo {
    events: VecDeque<LineIoEvent>,
    totals: [u32; CHANNELS],
    next_seq: u32,
}

impl EventFifo {
    /// An empty FIFO; its memory is taken here, once.
    pub(super) fn new() -> Self {
        let events = VecDeque::with_capacity(EVENTS_MAX);
        Self { events, totals: [0; CHANNELS], next_seq: 1 }
    }

    /// Numbers an edge and keeps it.
    pub(super) fn push(&mut self, channel: Channel, edge: Edge, count: u64) {
        let total = &mut self.totals[channel.index()];
        if edge == Edge::Rising {
            *total = total.wrapping_add(1);
        }
        let event = LineIoEvent { seq: self.next_seq, channel, edge, ordinal: *total, count };
        self.next_seq = self.next_seq.wrapping_add(1);
        if self.events.len() < EVENTS_MAX {
            self.events.push_back(event);
        }
    }

    /// An edge came that nobody can name any more: its number is lost with it.
    pub(super) fn lose_one(&mut self) {
        self.next_seq = self.next_seq.wrapping_add(1);
    }

    /// Lets go of everything up to `consumed_to`.
    pub(super) fn consume(&mut self, consumed_to: u32) {
        while self.events.front().is_some_and(|event| event.seq <= consumed_to) {
            self.events.pop_front();
        }
    }

    /// True when only the reserve is left.
    pub(super) fn in_reserve(&self) -> bool {
        self.events.len() >= EVENTS_MAX - EVENTS_RESERVE
    }

    /// Consecutive events from the first one that is still there at or after `read_from`.
    pub(super) fn read(&self, read_from: u32) -> Vec<LineIoEvent, EVENTS_PER_FRAME> {
        let first = self.events.partition_point(|event| event.seq < read_from);
        let mut found: Vec<LineIoEvent, EVENTS_PER_FRAME> = Vec::new();
        for event in self.events.iter().skip(first) {
            let follows = found.last().is_none_or(|last| last.seq.wrapping_add(1) == event.seq);
            if !follows || found.push(*event).is_err() {
                break;
            }
        }
        found
    }

    /// Rising edges by channel since the epoch began.
    pub(super) const fn totals(&self) -> [u32; CHANNELS] {
        self.totals
    }

    /// Number that the next event will get.
    pub(super) const fn next_seq(&self) -> u32 {
        self.next_seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(events: u32) -> EventFifo {
        let mut fifo = EventFifo::new();
        for i in 0..events {
            fifo.push(Channel::Infeed, Edge::Rising, u64::from(i));
        }
        fifo
    }

    #[test]
    fn what_is_read() {
        // events, consumed, read from, first found, found
        let table = [
            (0, 0, 1, None, 0),
            (3, 0, 1, Some(1), 3),
            (3, 2, 1, Some(3), 1),
            (3, 3, 1, None, 0),
            (90, 0, 60, Some(60), EVENTS_PER_FRAME),
            (90, 0, 89, Some(89), 2),
            (90, 70, 5, Some(71), EVENTS_PER_FRAME),
        ];
        for (events, consumed, from, first, found) in table {
            let mut fifo = filled(events);
            fifo.consume(consumed);
            let read = fifo.read(from);
            assert_eq!((read.first().map(|e| e.seq), read.len()), (first, found), "{events}");
            assert_eq!(fifo.next_seq(), events + 1);
        }
    }

    #[test]
    fn a_lost_event_takes_its_number_with_it() {
        let mut fifo = filled(2);
        fifo.lose_one();
        fifo.push(Channel::Exit, Edge::Rising, 9);
        let seqs = |from| fifo.read(from).iter().map(|e| e.seq).collect::<std::vec::Vec<_>>();
        assert_eq!(seqs(1), [1, 2]);
        assert_eq!(seqs(3), [4]);
    }

    #[test]
    fn full_keeps_the_oldest_and_the_totals() {
        let more = EVENTS_MAX as u32 + 7;
        let mut fifo = filled((EVENTS_MAX - EVENTS_RESERVE) as u32 - 1);
        assert!(!fifo.in_reserve());
        fifo.push(Channel::Infeed, Edge::Rising, 0);
        assert!(fifo.in_reserve());
        fifo = filled(more);
        assert_eq!((fifo.totals()[0], fifo.next_seq(), fifo.events.len()), (more, more + 1, 4096));
        fifo.consume(10);
        fifo.push(Channel::Infeed, Edge::Rising, 0);
        let last = fifo.read(EVENTS_MAX as u32 + 1);
        assert_eq!(last.first().map(|e| e.seq), Some(more + 1), "the gap shows");
    }
}
