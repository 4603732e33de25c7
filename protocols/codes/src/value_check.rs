//! Checks the data field of any AI against its row of the table.
//!
//! Called by the general profiles. Must never know which elements a profile wants, and never
//! allocate.

use crate::ai_table::{AiSpec, Component, Rule};
use crate::charset::CharSet;
use crate::check_digit::check_digit_mod_10;
use crate::code_lists::{is_country, is_country_alpha_2, is_currency};
use crate::error::{CodeError, CodeErrorKind};
use crate::expiry::{is_calendar_day, year_around};
use crate::identifier::AiCode;

/// What a right value has that is worth telling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ValueFinding {
    /// A date with day 00.
    pub(crate) day_zero: bool,
}

/// Checks `value` of `ai`: lengths first, then characters, then the rules of its components.
/// Positions in errors are those in `value`.
pub(crate) fn check_value(
    (ai, spec): (AiCode, &AiSpec),
    value: &[u8],
    reference_year: u16,
) -> Result<ValueFinding, CodeError> {
    let refuse = |kind, at: usize| Err(CodeError::new(kind, Some(ai.into()), at, &value[at..]));
    match value.len() {
        0 => return refuse(CodeErrorKind::ValueEmpty, 0),
        len if len < spec.len_min() => return refuse(CodeErrorKind::ValueTooShort, 0),
        len if len > spec.len_max() => return refuse(CodeErrorKind::ValueTooLong, 0),
        _ => {}
    }
    let mut finding = ValueFinding::default();
    let mut at = 0;
    for component in spec.components {
        let rest = &value[at..];
        if rest.is_empty() {
            break; // what is left is optional: the least length is there
        }
        let part = &rest[..rest.len().min(component.len_max)];
        if part.len() < component.len_min {
            return refuse(CodeErrorKind::ValueTooShort, 0);
        }
        if let Some(wrong) = component.set.first_outside(part) {
            return refuse(CodeErrorKind::Character, at + wrong);
        }
        match kept(component, part, reference_year) {
            Ok(day_zero) => finding.day_zero |= day_zero,
            Err((kind, wrong)) => return refuse(kind, at + wrong),
        }
        at += part.len();
    }
    Ok(finding)
}

/// Whether `part` keeps the rule of its component; answers whether it is a date with day 00.
fn kept(
    component: &Component,
    part: &[u8],
    reference_year: u16,
) -> Result<bool, (CodeErrorKind, usize)> {
    let Some(rule) = component.rule else { return Ok(false) };
    let last = part.len() - 1;
    match rule {
        Rule::CheckDigit if check_digit_mod_10(&part[..last]) == part[last] => Ok(false),
        Rule::CheckDigit => Err((CodeErrorKind::CheckDigit, last)),
        Rule::Date | Rule::DateDayZero => {
            let year = year_around(number(&part[..2]), reference_year);
            let day_zero = number(&part[4..]) == 0;
            if day_zero && rule == Rule::Date {
                return Err((CodeErrorKind::DayZero, 4));
            }
            let day = number(&part[4..]).max(u64::from(day_zero));
            let right = year.is_some_and(|year| is_calendar_day(year, number(&part[2..4]), day));
            if right { Ok(day_zero) } else { Err((CodeErrorKind::DateInvalid, 0)) }
        }
        _ if keeps(rule, part) => Ok(false),
        _ => Err((CodeErrorKind::ValueInvalid(rule), 0)),
    }
}

/// The rules without a position or finding of their own.
fn keeps(rule: Rule, part: &[u8]) -> bool {
    match rule {
        Rule::CheckDigit | Rule::Date | Rule::DateDayZero => true, // looked at by the caller
        Rule::CompanyPrefix => has_company_prefix(part),
        Rule::GlobalModel => has_company_prefix(part) && check_pair_holds(part),
        Rule::DeviceModel => {
            let has_other = CharSet::Digits.first_outside(part).is_some();
            has_company_prefix(part) && check_pair_holds(part) && has_other
        }
        Rule::DateLong => {
            let year = u16::try_from(number(&part[..4])).unwrap_or(0);
            is_calendar_day(year, number(&part[4..6]), number(&part[6..]))
        }
        Rule::HourMinute => number(&part[..2]) < 24 && number(&part[2..]) < 60,
        Rule::Hour => number(part) < 24,
        Rule::Minute | Rule::Second => number(part) < 60,
        Rule::Country => is_country(part),
        Rule::CountryOr999 => is_country(part) || part == b"999",
        Rule::CountryAlpha2 => is_country_alpha_2(part),
        Rule::Currency => is_currency(part),
        Rule::Sex => matches!(part, b"0" | b"1" | b"2" | b"9"),
        Rule::YesNo => matches!(part, b"0" | b"1"),
        Rule::Hyphen => part == b"-",
        Rule::PercentEncoded => is_percent_encoded(part),
        Rule::NonZero => number(part) != 0,
        Rule::NoLeadingZero => part == b"0" || !part.starts_with(b"0"),
        Rule::Zero => part == b"0",
        Rule::Winding => matches!(part, b"0" | b"1" | b"9"),
        Rule::PieceOfTotal => (1..=number(&part[2..])).contains(&number(&part[..2])),
        Rule::PositionInSequence => is_position_in_sequence(part),
        Rule::Iban => is_iban(part),
        Rule::Latitude => number(part) <= 1_800_000_000,
        Rule::Longitude => number(part) <= 3_600_000_000,
        Rule::MediaType => matches!(number(part), 1..=10 | 80..=99),
        Rule::ImporterIndex => {
            part.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        }
    }
}

/// The number that at most 18 digits write.
fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit & 0x0F))
}

fn has_company_prefix(part: &[u8]) -> bool {
    part.len() >= 4 && part[..4].iter().all(u8::is_ascii_digit)
}

/// The pair of check characters at the end (GS1 General Specifications 7.9.5): the values of the
/// characters in set 82 weighted with the primes from the right, modulo 1021.
fn check_pair_holds(part: &[u8]) -> bool {
    const SET_32: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    const PRIMES: [usize; 23] =
        [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];
    let Some((model, pair)) = part.split_last_chunk::<2>() else { return false };
    let value = |byte: &u8| crate::charset::set_82().position(|other| other == *byte).unwrap_or(0);
    let weighted = model.iter().rev().zip(PRIMES).map(|(byte, prime)| value(byte) * prime);
    let sum = weighted.sum::<usize>() % 1021;
    *pair == [SET_32[sum >> 5], SET_32[sum & 31]]
}

fn is_percent_encoded(part: &[u8]) -> bool {
    let mut after_percent = part.split(|byte| *byte == b'%').skip(1);
    after_percent.all(|tail| tail.len() >= 2 && tail[..2].iter().all(u8::is_ascii_hexdigit))
}

/// `1/3`: both from 1, the position at most the total.
fn is_position_in_sequence(part: &[u8]) -> bool {
    let mut numbers = part.split(|byte| *byte == b'/');
    let (Some(position), Some(total), None) = (numbers.next(), numbers.next(), numbers.next())
    else {
        return false;
    };
    let right = |digits: &[u8]| {
        !digits.is_empty() && digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit)
    };
    right(position) && right(total) && number(position) <= number(total)
}

/// ISO 13616: country, check digits, account; the whole modulo 97 is 1 when the first four
/// characters are moved to the end and letters count from 10.
fn is_iban(part: &[u8]) -> bool {
    let Some((head, account)) = part.split_first_chunk::<4>() else { return false };
    let form = is_country_alpha_2(&head[..2]) && head[2..].iter().all(u8::is_ascii_digit);
    let mut rest = 0;
    for byte in account.iter().chain(head) {
        rest = match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            b'A'..=b'Z' => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
            _ => return false,
        };
    }
    form && !account.is_empty() && rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai_table::ai_at_start;

    const YEAR: u16 = 2026;

    /// An AI, right values, wrong ones with their errors.
    type Case = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

    #[test]
    fn values_of_every_rule() {
        let table: &[Case] = &[
            ("00", &["106141412345678908"], &[("106141412345678909", "check_digit")]),
            (
                "11",
                &["271130", "271100"],
                &[("271131", "date_invalid"), ("271301", "date_invalid")],
            ),
            (
                "7003",
                &["2711302359"],
                &[("2711002359", "day_zero"), ("2711302400", "value_invalid")],
            ),
            ("7007", &["271130", "271130271201"], &[("2711302712", "value_too_short")]),
            (
                "7250",
                &["20240229"],
                &[("20230229", "value_invalid"), ("2024022", "value_too_short")],
            ),
            (
                "8008",
                &["27113023", "2711302359", "271130235959"],
                &[
                    ("27113024", "value_invalid"),
                    ("271130236", "value_too_short"),
                    ("2711302360", "value_invalid"),
                    ("271130235960", "value_invalid"),
                ],
            ),
            ("421", &["276A1"], &[("000A1", "value_invalid"), ("276", "value_too_short")]),
            (
                "423",
                &["276", "276250"],
                &[("27625", "value_too_short"), ("276000", "value_invalid")],
            ),
            ("7030", &["999X", "276X"], &[("998X", "value_invalid")]),
            ("4307", &["DE"], &[("de", "value_invalid"), ("XX", "value_invalid")]),
            ("3910", &["978100"], &[("000100", "value_invalid"), ("97810A", "character")]),
            ("7252", &["0", "9"], &[("3", "value_invalid")]),
            ("4321", &["0", "1"], &[("2", "value_invalid")]),
            ("4330", &["001000", "001000-"], &[("001000+", "value_invalid")]),
            ("4300", &["A%2FB"], &[("A%2GB", "value_invalid"), ("A%2", "value_invalid")]),
            (
                "8001",
                &["12341234512391"],
                &[("00001234512391", "value_invalid"), ("12341234512321", "value_invalid")],
            ),
            ("8011", &["0", "10"], &[("01", "value_invalid")]),
            ("8003", &["00614141000012A"], &[("10614141000012A", "value_invalid")]),
            (
                "8006",
                &["061414100000140102"],
                &[("061414100000140302", "value_invalid"), ("061414100000140001", "value_invalid")],
            ),
            (
                "7258",
                &["1/3", "3/3"],
                &[("4/3", "value_invalid"), ("0/3", "value_invalid"), ("111", "value_invalid")],
            ),
            ("8007", &["GB82WEST12345698765432"], &[("GB82WEST12345698765433", "value_invalid")]),
            (
                "4309",
                &["18000000003600000000"],
                &[
                    ("18000000013600000000", "value_invalid"),
                    ("18000000003600000001", "value_invalid"),
                ],
            ),
            ("7241", &["01", "10", "80"], &[("00", "value_invalid"), ("11", "value_invalid")]),
            ("7040", &["1ABC"], &[("1AB.", "value_invalid"), ("AABC", "character")]),
            ("8004", &["1234AB"], &[("12A4AB", "value_invalid"), ("123", "value_invalid")]),
            (
                "8013",
                &["1987654Ad4X4bL5ttr2310c2K"],
                &[("1987654Ad4X4bL5ttr2310c2L", "value_invalid"), ("22", "value_invalid")],
            ),
            ("8014", &["1987654Ad4X4bL5ttr2310c2K"], &[("A", "value_invalid")]),
            ("8010", &["1234#AB"], &[("1234_", "character")]),
            ("8030", &["Aa0-_="], &[("A+", "character")]),
            ("242", &["123456"], &[("1234567", "value_too_long"), ("", "value_empty")]),
        ];
        for (ai, good, bad) in table {
            let row = ai_at_start(ai.as_bytes()).expect("an AI");
            for value in *good {
                let got = check_value(row, value.as_bytes(), YEAR);
                let day_zero = value.ends_with("00") && value.len() == 6 && *ai == "11";
                assert_eq!(got, Ok(ValueFinding { day_zero }), "{ai} {value}");
            }
            for (value, expected) in *bad {
                let got = check_value(row, value.as_bytes(), YEAR).map_err(|e| e.code());
                assert_eq!(got, Err(*expected), "{ai} {value}");
            }
        }
    }
}
