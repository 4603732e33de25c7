//! The expiry date.
//!
//! Made from orders and read codes. Must never look at a clock (the reference year is an
//! argument) and never accept day `00`.

use core::fmt;
use core::str::FromStr;

use crate::ai_table::Ai;
use crate::charset::first_non_digit;
use crate::error::{CodeError, CodeErrorKind};

const YYMMDD_LEN: usize = 6;

/// Two-digit years lie from `reference - 49` to `reference + 50` (GS1 General Specifications
/// 7.12).
const YEARS_BACK_MAX: u16 = 49;

/// Years that a date may have, so that the sums below cannot overflow.
const YEARS: core::ops::RangeInclusive<u16> = 1900..=2199;

/// Expiry date (AI 17): a day of the Gregorian calendar. Ordered by time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expiry {
    year: u16,
    month: u8,
    day: u8,
}

impl Expiry {
    /// From the six digits YYMMDD of AI 17; the century is the one that puts the year within -49
    /// to +50 years of `reference_year` (usually the current one).
    ///
    /// # Errors
    /// `value_empty`, `value_too_short`, `value_too_long`, `character`, `day_zero` (forbidden for
    /// regulated healthcare items since 2025-01-01), `date_invalid`.
    pub fn from_yymmdd(bytes: &[u8], reference_year: u16) -> Result<Self, CodeError> {
        let refuse =
            |kind, at: usize| CodeError::new(kind, Some(Ai::Expiry.into()), at, &bytes[at..]);
        match bytes.len() {
            0 => return Err(refuse(CodeErrorKind::ValueEmpty, 0)),
            1..YYMMDD_LEN => return Err(refuse(CodeErrorKind::ValueTooShort, 0)),
            YYMMDD_LEN => {}
            _ => return Err(refuse(CodeErrorKind::ValueTooLong, 0)),
        }
        if let Some(at) = first_non_digit(bytes) {
            return Err(refuse(CodeErrorKind::Character, at));
        }
        let two = |at: usize| (bytes[at] - b'0') * 10 + (bytes[at + 1] - b'0');
        if two(4) == 0 {
            return Err(refuse(CodeErrorKind::DayZero, 4));
        }
        year_around(two(0).into(), reference_year)
            .and_then(|year| checked(year, two(2), two(4)))
            .ok_or_else(|| refuse(CodeErrorKind::DateInvalid, 0))
    }

    /// The same for codes of others: day 00, which was allowed until 2025, is the last day of the
    /// month; the flag says so.
    ///
    /// # Errors
    /// As [`Self::from_yymmdd`], without `day_zero`.
    pub fn from_yymmdd_or_month(
        bytes: &[u8],
        reference_year: u16,
    ) -> Result<(Self, bool), CodeError> {
        match Self::from_yymmdd(bytes, reference_year) {
            Err(error) if error.kind() == CodeErrorKind::DayZero => {
                let two = |at: usize| (bytes[at] - b'0') * 10 + (bytes[at + 1] - b'0');
                let last = year_around(two(0).into(), reference_year)
                    .and_then(|year| checked(year, two(2), days_of(year, two(2))));
                let kind = CodeErrorKind::DateInvalid;
                let refused = || CodeError::new(kind, Some(Ai::Expiry.into()), 0, bytes);
                last.map(|date| (date, true)).ok_or_else(refused)
            }
            other => other.map(|date| (date, false)),
        }
    }

    /// From year, month (1 to 12) and day (1 to 31).
    ///
    /// Heads up: AI 17 carries two digits of the year; a year more than 50 years off reads back
    /// as another one.
    ///
    /// # Errors
    /// `day_zero`, `date_invalid` (years 1900 to 2199).
    pub fn from_ymd(year: u16, month: u8, day: u8) -> Result<Self, CodeError> {
        let kind = if day == 0 { CodeErrorKind::DayZero } else { CodeErrorKind::DateInvalid };
        checked(year, month, day)
            .filter(|_| day != 0)
            .ok_or_else(|| CodeError::new(kind, Some(Ai::Expiry.into()), 0, b""))
    }

    /// The six digits of AI 17.
    #[must_use]
    pub fn to_yymmdd(self) -> [u8; YYMMDD_LEN] {
        let [y1, y2] = two_digits((self.year % 100) as u8);
        let [m1, m2] = two_digits(self.month);
        let [d1, d2] = two_digits(self.day);
        [y1, y2, m1, m2, d1, d2]
    }

    /// `YYYY-MM-DD` (ISO 8601). Allocates: not for the hot path.
    #[must_use]
    pub fn to_iso(self) -> String {
        self.to_string()
    }

    /// Year, four digits.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }
}

fn two_digits(value: u8) -> [u8; 2] {
    [b'0' + value / 10, b'0' + value % 10]
}

/// The year that ends in `two` and lies in the window around `reference_year`.
pub(crate) fn year_around(two: u64, reference_year: u16) -> Option<u16> {
    let first = reference_year.checked_sub(YEARS_BACK_MAX)?;
    let two = u16::try_from(two).ok().filter(|two| *two < 100)?;
    let ahead = (two + 100 - first % 100) % 100;
    first.checked_add(ahead)
}

fn checked(year: u16, month: u8, day: u8) -> Option<Expiry> {
    let in_calendar = YEARS.contains(&year) && (1..=days_of(year, month)).contains(&day);
    in_calendar.then_some(Expiry { year, month, day })
}

/// Whether there is such a day, in the years that dates here may have.
pub(crate) fn is_calendar_day(year: u16, month: u64, day: u64) -> bool {
    let (month, day) = (u8::try_from(month).unwrap_or(0), u8::try_from(day).unwrap_or(0));
    checked(year, month, day).is_some()
}

/// Days of a month; 0 when there is no such month.
fn days_of(year: u16, month: u8) -> u8 {
    let by_four = year.is_multiple_of(4) && !year.is_multiple_of(100);
    let leap = by_four || year.is_multiple_of(400);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u8::from(leap),
        _ => 0,
    }
}

impl FromStr for Expiry {
    type Err = CodeError;

    /// From `YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let bytes = text.as_bytes();
        let refuse = |kind| CodeError::new(kind, Some(Ai::Expiry.into()), 0, bytes);
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else {
            return Err(refuse(CodeErrorKind::DateInvalid));
        };
        let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
        if first_non_digit(&digits).is_some() {
            return Err(refuse(CodeErrorKind::DateInvalid));
        }
        let number = |high: u8, low: u8| (high - b'0') * 10 + (low - b'0');
        let year = u16::from(number(y1, y2)) * 100 + u16::from(number(y3, y4));
        Self::from_ymd(year, number(m1, m2), number(d1, d2)).map_err(|e| refuse(e.kind()))
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expiry({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_yymmdd_around_the_reference_year() {
        let table = [
            ("271130", 2026, Ok("2027-11-30")),
            ("280229", 2026, Ok("2028-02-29")),
            ("270229", 2026, Err(("date_invalid", 0))),
            ("000229", 2026, Ok("2000-02-29")),
            ("000229", 2090, Err(("date_invalid", 0))), // 2100 is no leap year
            ("760101", 2026, Ok("2076-01-01")),         // +50
            ("770101", 2026, Ok("1977-01-01")),         // -49
            ("510101", 2099, Ok("2051-01-01")),
            ("490101", 2099, Ok("2149-01-01")),
            ("991231", 2000, Ok("1999-12-31")),
            ("271100", 2026, Err(("day_zero", 4))),
            ("270031", 2026, Err(("date_invalid", 0))),
            ("271301", 2026, Err(("date_invalid", 0))),
            ("270431", 2026, Err(("date_invalid", 0))),
            ("270132", 2026, Err(("date_invalid", 0))),
            ("2711", 2026, Err(("value_too_short", 0))),
            ("2711301", 2026, Err(("value_too_long", 0))),
            ("", 2026, Err(("value_empty", 0))),
            ("27113A", 2026, Err(("character", 5))),
            ("271130", 3, Err(("date_invalid", 0))),
        ];
        for (text, reference_year, expected) in table {
            let got = Expiry::from_yymmdd(text.as_bytes(), reference_year);
            let got = got.map(Expiry::to_iso).map_err(|e| (e.code(), e.at()));
            assert_eq!(got, expected.map(str::to_owned), "{text} {reference_year}");
        }
    }

    #[test]
    fn an_old_day_zero_is_the_last_of_the_month() {
        let table = [
            ("271100", Ok(("2027-11-30", true))),
            ("280200", Ok(("2028-02-29", true))),
            ("271130", Ok(("2027-11-30", false))),
            ("271300", Err("date_invalid")),
            ("270000", Err("date_invalid")),
            ("27110", Err("value_too_short")),
        ];
        for (text, expected) in table {
            let got = Expiry::from_yymmdd_or_month(text.as_bytes(), 2026);
            let got = got.map(|(date, old)| (date.to_iso(), old)).map_err(|e| e.code());
            assert_eq!(got, expected.map(|(date, old)| (date.to_owned(), old)), "{text}");
        }
    }

    #[test]
    fn every_year_of_the_window_comes_back() {
        for reference in [1999_u16, 2000, 2026, 2049, 2050, 2099] {
            for year in reference - 49..=reference + 50 {
                let date = Expiry::from_ymd(year, 1, 31).expect("a date");
                let back = Expiry::from_yymmdd(&date.to_yymmdd(), reference);
                assert_eq!(back, Ok(date), "{reference}");
            }
        }
    }

    #[test]
    fn reads_iso() {
        let table = [
            ("2027-11-30", None),
            ("2027-11-00", Some("day_zero")),
            ("2027-02-29", Some("date_invalid")),
            ("2027-1-30", Some("date_invalid")),
            ("20271130", Some("date_invalid")),
            ("2o27-11-30", Some("date_invalid")),
            ("0000-11-30", Some("date_invalid")),
        ];
        for (text, expected) in table {
            let got = text.parse::<Expiry>();
            assert_eq!(got.err().map(|e| e.code()), expected, "{text}");
        }
    }
}
