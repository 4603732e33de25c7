//! Permits: which are out, in which permit epoch, and what the device has acknowledged.
//!
//! Called by `line`. A permit belongs to one permit epoch and dies with it; it is never sent again.
//! Must never open for a pack by itself: `line` asks only for durable accepts (invariant I2).

use crate::ids::TrackIndex;
use crate::limits::SLOTS;
use heapless::Deque;

/// Sequence of permits and revocations within the permit epoch.
#[derive(Debug, Default)]
pub struct Gate {
    permit_epoch: u32,
    sent: u32,
    waiting: Deque<(u32, TrackIndex), SLOTS>,
}

impl Gate {
    /// Permit epoch in force.
    #[must_use]
    pub const fn permit_epoch(&self) -> u32 {
        self.permit_epoch
    }

    /// A permit epoch begins, by the device or by us: everything before it is dead.
    pub fn begin_epoch(&mut self, permit_epoch: u32) {
        self.permit_epoch = permit_epoch;
        self.sent = 0;
        self.waiting.clear();
    }

    /// Notes a permit or a revocation as sent; its number in the permit epoch, none when as many
    /// are waiting as can be.
    pub fn send(&mut self, track: TrackIndex) -> Option<u32> {
        self.waiting.push_back((self.sent + 1, track)).ok()?;
        self.sent += 1;
        Some(self.sent)
    }

    /// The next entry that the device has accepted.
    pub fn acknowledged(&mut self, accepted: u32) -> Option<TrackIndex> {
        let &(seq, track) = self.waiting.front()?;
        if seq > accepted {
            return None;
        }
        self.waiting.pop_front();
        Some(track)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledges_in_order_and_forgets_with_the_epoch() {
        let mut gate = Gate::default();
        gate.begin_epoch(4);
        assert_eq!(gate.send(TrackIndex(1)), Some(1));
        assert_eq!(gate.send(TrackIndex(2)), Some(2));
        assert_eq!(gate.acknowledged(0), None);
        assert_eq!(gate.acknowledged(1), Some(TrackIndex(1)));
        gate.begin_epoch(5);
        assert_eq!(gate.acknowledged(2), None);
        assert_eq!(gate.send(TrackIndex(3)), Some(1));
    }
}
