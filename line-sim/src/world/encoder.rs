//! The encoder of the line-I/O device: counts of belt travel, and what is wrong with them.
//!
//! Asked by the line-I/O device at every edge. It must never go back: a latched count is never
//! below an earlier one of the epoch, whatever the pulses did.

/// The counter. Positions are micrometres of belt travel.
#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    pulse_um: u64,
    /// Belt travel at which it was 0.
    zero_um: u64,
    /// Pulses counted that were none, less pulses that it missed.
    wrong: i64,
    /// The highest count that it has shown.
    shown: u64,
}

impl Encoder {
    pub(crate) fn new(mm_per_pulse: f64) -> Self {
        let pulse_um = ((mm_per_pulse * 1_000.0).round() as u64).max(1);
        Self { pulse_um, zero_um: 0, wrong: 0, shown: 0 }
    }

    /// Count at a belt position.
    pub(crate) fn count_at(&self, belt_um: u64) -> u64 {
        let pulses = belt_um.saturating_sub(self.zero_um) / self.pulse_um;
        pulses.saturating_add_signed(self.wrong)
    }

    /// Belt position of a count.
    pub(crate) fn position_of(&self, count: u64) -> u64 {
        let pulses = count.saturating_add_signed(self.wrong.saturating_neg());
        self.zero_um.saturating_add(pulses.saturating_mul(self.pulse_um))
    }

    /// Belt travel of so many pulses.
    pub(crate) fn way_um(&self, pulses: u64) -> u64 {
        pulses.saturating_mul(self.pulse_um)
    }

    /// The count that is shown at a belt position.
    pub(crate) fn latch(&mut self, belt_um: u64) -> u64 {
        self.shown = self.shown.max(self.count_at(belt_um));
        self.shown
    }

    /// It counts pulses that were none or misses some: then it stands still until the belt has
    /// made up for them.
    pub(crate) fn glitch(&mut self, counts: i64) {
        self.wrong = self.wrong.saturating_add(counts);
    }

    /// It counts backward over some belt travel and forward again: it shows its highest count
    /// until the way there and back is made up for.
    pub(crate) fn reverse(&mut self, way_um: u64) {
        let pulses = (way_um / self.pulse_um) as i64;
        self.glitch(-2 * pulses);
    }

    /// Power is back: it begins at 0.
    pub(crate) fn restart(&mut self, belt_um: u64) {
        *self = Self { pulse_um: self.pulse_um, zero_um: belt_um, wrong: 0, shown: 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_positions_agree_behind_a_glitch() {
        let mut encoder = Encoder::new(0.1);
        assert_eq!((encoder.latch(50_000), encoder.position_of(500)), (500, 50_000));
        encoder.glitch(300);
        assert_eq!((encoder.latch(50_000), encoder.position_of(800)), (800, 50_000));
        encoder.glitch(-400);
        assert_eq!(encoder.latch(60_000), 800, "it stands still");
        assert_eq!((encoder.latch(95_000), encoder.position_of(850)), (850, 95_000));
    }

    #[test]
    fn it_never_goes_back_nor_below_zero() {
        let mut encoder = Encoder::new(0.1);
        encoder.glitch(-900);
        assert_eq!(encoder.latch(10_000), 0);
        encoder.reverse(2_000);
        assert_eq!((encoder.latch(94_000), encoder.latch(94_100)), (0, 1));
        encoder.restart(94_100);
        assert_eq!(encoder.latch(94_300), 2);
    }
}
