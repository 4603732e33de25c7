//! The wall clock as the ledger is told it, and its text form.
//!
//! The caller samples the clock; the ledger only writes it down. Must never read a clock.

/// What the wall clock says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub unix_ms: i64,
    /// The clock is synchronised with a reference.
    pub synchronised: bool,
}

const MS_PER_DAY: i64 = 86_400_000;

impl WallClock {
    /// `2026-11-22T12:21:53.007+00:00` (RFC 3339, UTC).
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let (year, month, day) = civil(self.unix_ms.div_euclid(MS_PER_DAY));
        let ms = self.unix_ms.rem_euclid(MS_PER_DAY);
        let (seconds, milli) = (ms / 1_000, ms % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}+00:00")
    }
}

/// Year, month, day of a day count since 1970-01-01 (proleptic Gregorian calendar; eras of 400
/// years that begin on 1 March, so that the leap day is a year's last).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_rfc3339() {
        let table = [
            (0, "1970-01-01T00:00:00.000+00:00"),
            (951_782_400_001, "2000-02-29T00:00:00.001+00:00"),
            (1_795_350_113_007, "2026-11-22T12:21:53.007+00:00"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999+00:00"),
            (-1, "1969-12-31T23:59:59.999+00:00"),
        ];
        for (unix_ms, text) in table {
            assert_eq!(WallClock { unix_ms, synchronised: true }.to_rfc3339(), text);
        }
    }
}
