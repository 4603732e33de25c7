//! A counter of a device that begins anew after its last number.
//!
//! Part of the labeler's shadow. Must never take a restart for a long run.

/// Most labels that can pass between two reads: what is beyond is no counting.
const STEP_MAX: u64 = 256;

/// The counter, as last read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counter {
    last: Option<u64>,
}

impl Counter {
    /// Begins at `raw`.
    pub(super) fn begin(&mut self, raw: u64) {
        self.last = Some(raw);
    }

    /// How far it went since the last read; the two numbers when it did not count, but jumped.
    /// `modulus` is how many numbers it can tell apart.
    pub(super) fn step(&mut self, raw: u64, modulus: u64) -> Result<u32, (u64, u64)> {
        let last = self.last.replace(raw).unwrap_or(raw);
        let step = match raw.checked_sub(last) {
            Some(step) => step,
            None => (modulus - last % modulus) + raw,
        };
        if step > STEP_MAX { Err((last, raw)) } else { Ok(step as u32) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_wraps_and_tells_a_restart() {
        const U16: u64 = 1 << 16;
        let table = [
            (5, 5, Ok(0)),
            (5, 9, Ok(4)),
            (65_535, 0, Ok(1)),
            (65_530, 4, Ok(10)),
            (900, 0, Err((900, 0))),
            (900, 1, Err((900, 1))),
            (0, 257, Err((0, 257))),
        ];
        for (from, to, expected) in table {
            let mut counter = Counter::default();
            counter.begin(from);
            assert_eq!(counter.step(to, U16), expected, "{from} to {to}");
        }
    }

    #[test]
    fn a_first_reading_counts_nothing() {
        assert_eq!(Counter::default().step(77, 1 << 32), Ok(0));
    }
}
