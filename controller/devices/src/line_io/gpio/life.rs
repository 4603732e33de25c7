//! Signs of life: the controller's heartbeat as the device sees it, and the device's own for the
//! watchdog relay.
//!
//! Called by the soft device. Must never take a message for life: only a change of the heartbeat
//! counts.

use line_core::ids::Nanos;

/// The line thread's heartbeat.
#[derive(Debug)]
pub(super) struct Heartbeat {
    age_max: Nanos,
    last: Option<u16>,
    changed: Option<Nanos>,
}

impl Heartbeat {
    /// A heartbeat that has not been heard.
    pub(super) const fn new(age_max: Nanos) -> Self {
        Self { age_max, last: None, changed: None }
    }

    /// A command brings its counter.
    pub(super) fn beat(&mut self, heartbeat: u16, now: Nanos) {
        let known = self.last.replace(heartbeat);
        if known.is_some_and(|last| last != heartbeat) {
            self.changed = Some(now);
        }
    }

    /// As received last.
    pub(super) fn echo(&self) -> u16 {
        self.last.unwrap_or(0)
    }

    /// True while it is alive.
    pub(super) const fn is_alive(&self) -> bool {
        self.changed.is_some()
    }

    /// True once when it is lost.
    pub(super) fn is_lost(&mut self, now: Nanos) -> bool {
        let lost = self.changed.is_some_and(|at| now.since(at) > self.age_max);
        if lost {
            self.changed = None;
        }
        lost
    }

    /// When it is lost at the latest.
    pub(super) fn deadline(&self) -> Option<Nanos> {
        self.changed.map(|at| at.plus(self.age_max).plus(Nanos(1)))
    }
}

/// The level that feeds the watchdog relay.
#[derive(Debug)]
pub(super) struct Watchdog {
    half_period: Nanos,
    next: Nanos,
    level: bool,
}

impl Watchdog {
    /// Changes every `half_period`.
    pub(super) const fn new(half_period: Nanos, now: Nanos) -> Self {
        Self { half_period, next: now, level: false }
    }

    /// The clock went on.
    pub(super) fn tick(&mut self, now: Nanos) {
        if now >= self.next {
            self.level = !self.level;
            self.next = now.plus(self.half_period);
        }
    }

    /// The level now.
    pub(super) const fn level(&self) -> bool {
        self.level
    }

    /// When it changes.
    pub(super) const fn deadline(&self) -> Nanos {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static [(u64, u16)], bool, Option<u64>);

    #[test]
    fn only_a_change_is_life() {
        // (time, counter) received, alive at 100, when it is told as lost
        let table: [Case; 4] = [
            (&[], false, None),
            (&[(10, 5), (20, 5), (30, 5)], false, None),
            (&[(10, 5), (20, 6), (90, 6)], true, Some(121)),
            (&[(10, 5), (20, 6), (90, 7)], true, Some(191)),
        ];
        for (received, alive, lost_at) in table {
            let mut heartbeat = Heartbeat::new(Nanos(100));
            let (mut found, mut alive_then) = (None, false);
            for now in 0..300 {
                for &(_, counter) in received.iter().filter(|(at, _)| *at == now) {
                    heartbeat.beat(counter, Nanos(now));
                }
                if heartbeat.is_lost(Nanos(now)) {
                    assert_eq!(found.replace(now), None, "told once");
                }
                alive_then = if now == 100 { heartbeat.is_alive() } else { alive_then };
            }
            assert_eq!((alive_then, found), (alive, lost_at), "{received:?}");
        }
    }
}
