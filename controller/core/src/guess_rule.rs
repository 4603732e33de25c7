//! The guess rule: how many serial numbers a format can carry.
//!
//! Called when an order is planned and before serials are drawn. Must never be relaxed by a
//! setting, and knows nothing of how serials are drawn: that they cannot be predicted from seen
//! ones is the duty of `serial_draw`.
//!
//! Source: Delegated Regulation (EU) 2016/161, Art. 4(c): the probability that a serial number
//! can be guessed is negligible and in any case below one in ten thousand.

use core::fmt;

/// Possible serial numbers that must exist for each one in use.
const SPACE_PER_SERIAL: u128 = 10_000;

/// The check that a format leaves guessing hopeless.
#[derive(Clone, Copy, Debug)]
pub struct GuessRule;

impl GuessRule {
    /// Checks `space >= 10_000 x (alive + wanted)`. `space` is the number of serials that the
    /// format can write; `alive` counts those of the same product code still in their uniqueness
    /// period (Art. 4(d)); `wanted` those about to be added.
    ///
    /// # Errors
    /// [`GuessRuleError`] with the numbers when the format is too small.
    pub const fn check(space: u128, alive: u64, wanted: u64) -> Result<(), GuessRuleError> {
        let required = (alive as u128 + wanted as u128) * SPACE_PER_SERIAL;
        if space >= required {
            return Ok(());
        }
        Err(GuessRuleError { space, alive, wanted, required })
    }
}

/// The format is too small for the number of serials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuessRuleError {
    /// Serials that the format can write.
    pub space: u128,
    /// Serials of the product code still in their uniqueness period.
    pub alive: u64,
    /// Serials asked for on top.
    pub wanted: u64,
    /// The least `space` that would do.
    pub required: u128,
}

impl fmt::Display for GuessRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { space, alive, wanted, required } = self;
        write!(
            f,
            "failed to keep serial numbers unguessable: {alive} in use and {wanted} more need a \
             format with at least {required} possible serial numbers, this one has {space} \
             (Delegated Regulation (EU) 2016/161, Art. 4(c): below 1 in 10,000); use longer \
             serial numbers or a larger alphabet"
        )
    }
}

impl core::error::Error for GuessRuleError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries() {
        let e12 = 10_u128.pow(12);
        let table = [
            (e12, 0, 100_000_000, true), // 12 digits are exhausted at 10^8
            (e12, 0, 100_000_001, false),
            (e12 - 1, 0, 100_000_000, false),
            (e12, 99_999_999, 1, true),
            (e12, 100_000_000, 1, false),
            (0, 0, 0, true),
            (9_999, 0, 1, false),
            (10_000, 0, 1, true),
            (u128::MAX, u64::MAX, u64::MAX, true),
            (u128::from(u64::MAX), u64::MAX, u64::MAX, false),
        ];
        for (space, alive, wanted, good) in table {
            let got = GuessRule::check(space, alive, wanted).is_ok();
            assert_eq!(got, good, "{space} {alive} {wanted}");
        }
    }

    #[test]
    fn the_message_carries_the_numbers() {
        let error = GuessRule::check(1_000_000, 70, 31).map_err(|e| e.to_string());
        let text = error.expect_err("too small");
        for part in ["1000000", "70 in use", "31 more", "1010000", "Art. 4(c)"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
