//! What the data field of an AI is made of: components in order, each with its characters, its
//! length and, where there is one, a rule for its content.
//!
//! Used by the rows of the AI table and by the check of values. Must hold no row and no profile.

use core::fmt;

use crate::charset::CharSet;

/// A part of a data field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its characters.
    pub set: CharSet,
    /// Least length in characters.
    pub len_min: usize,
    /// Greatest length in characters.
    pub len_max: usize,
    /// It may be absent; then all that follow it are absent too.
    pub optional: bool,
    /// What its content must keep.
    pub rule: Option<Rule>,
}

/// A rule for the content of a component. The descriptions are those of the GS1 General
/// Specifications, section 3, and of the standards named there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The last digit is the check digit, modulo 10.
    CheckDigit,
    /// The first four characters are digits of a GS1 Company Prefix.
    CompanyPrefix,
    /// Global Model Number: company prefix, and a pair of check characters at the end.
    GlobalModel,
    /// The same with at least one character that is no digit.
    DeviceModel,
    /// YYMMDD.
    Date,
    /// YYMMDD; day 00 means the last day of the month.
    DateDayZero,
    /// YYYYMMDD.
    DateLong,
    /// hhmm.
    HourMinute,
    /// hh.
    Hour,
    /// mm.
    Minute,
    /// ss.
    Second,
    /// ISO 3166-1 numeric.
    Country,
    /// ISO 3166-1 numeric, or 999.
    CountryOr999,
    /// ISO 3166-1 alpha-2.
    CountryAlpha2,
    /// ISO 4217 numeric.
    Currency,
    /// ISO/IEC 5218: 0, 1, 2 or 9.
    Sex,
    /// 0 or 1.
    YesNo,
    /// A hyphen: the temperature is below zero.
    Hyphen,
    /// Each % begins %hh, two hexadecimal digits.
    PercentEncoded,
    /// Not zeros only.
    NonZero,
    /// No zero in front of another digit.
    NoLeadingZero,
    /// 0.
    Zero,
    /// Direction in which a roll is wound: 0, 1 or 9.
    Winding,
    /// Two digits of the piece and two of the total, piece from 01 to the total.
    PieceOfTotal,
    /// Position and total, as 1/3.
    PositionInSequence,
    /// ISO 13616, with its check digits.
    Iban,
    /// 0 to 1800000000: degrees from the south pole.
    Latitude,
    /// 0 to 3600000000: degrees.
    Longitude,
    /// A medium of the ICCBBA list: 01 to 10, 80 to 99.
    MediaType,
    /// A letter, a digit, - or _.
    ImporterIndex,
}

impl Rule {
    /// What is expected, for people.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::CheckDigit => "another check digit (modulo 10)",
            Self::CompanyPrefix => "four digits of a GS1 Company Prefix in front",
            Self::GlobalModel => "a Global Model Number with its two check characters",
            Self::DeviceModel => {
                "a Global Model Number with its two check characters and a character that is no \
                 digit"
            }
            Self::Date | Self::DateDayZero => "a calendar date as YYMMDD",
            Self::DateLong => "a calendar date as YYYYMMDD",
            Self::HourMinute => "a time of day as hhmm",
            Self::Hour => "an hour, 00 to 23",
            Self::Minute => "a minute, 00 to 59",
            Self::Second => "a second, 00 to 59",
            Self::Country => "a three-digit country code (ISO 3166-1)",
            Self::CountryOr999 => "a three-digit country code (ISO 3166-1) or 999",
            Self::CountryAlpha2 => "a two-letter country code (ISO 3166-1)",
            Self::Currency => "a three-digit currency code (ISO 4217)",
            Self::Sex => "0, 1, 2 or 9 (ISO/IEC 5218)",
            Self::YesNo => "0 or 1",
            Self::Hyphen => "a hyphen or nothing",
            Self::PercentEncoded => "two hexadecimal digits after %",
            Self::NonZero => "another number than zero",
            Self::NoLeadingZero => "a number without leading zeros",
            Self::Zero => "the digit 0",
            Self::Winding => "0, 1 or 9",
            Self::PieceOfTotal => "piece and total, piece from 01 to the total",
            Self::PositionInSequence => "position and total as in 1/3",
            Self::Iban => "an IBAN with its check digits (ISO 13616)",
            Self::Latitude => "at most 1800000000",
            Self::Longitude => "at most 3600000000",
            Self::MediaType => "01 to 10 or 80 to 99",
            Self::ImporterIndex => "a letter, a digit, - or _",
        }
    }
}

impl Component {
    const fn new(set: CharSet, len_min: usize, len_max: usize) -> Self {
        Self { set, len_min, len_max, optional: false, rule: None }
    }

    pub(super) const fn rule(self, rule: Rule) -> Self {
        Self { rule: Some(rule), ..self }
    }

    pub(super) const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max, name) = (self.len_min, self.len_max, self.set.name());
        if self.optional {
            f.write_str("optionally ")?;
        }
        match (min == max, self.set) {
            (true, CharSet::Digits) => write!(f, "exactly {max} digits"),
            (true, _) => write!(f, "exactly {max} characters of {name}"),
            (false, CharSet::Digits) => write!(f, "{min} to {max} digits"),
            (false, _) => write!(f, "{min} to {max} characters of {name}"),
        }
    }
}

/// Exactly `len` digits.
pub(super) const fn n(len: usize) -> Component {
    Component::new(CharSet::Digits, len, len)
}

/// 1 to `len_max` digits.
pub(super) const fn n_to(len_max: usize) -> Component {
    Component::new(CharSet::Digits, 1, len_max)
}

/// Exactly `len` characters of set 82.
pub(super) const fn x(len: usize) -> Component {
    Component::new(CharSet::Set82, len, len)
}

/// 1 to `len_max` characters of set 82.
pub(super) const fn x_to(len_max: usize) -> Component {
    Component::new(CharSet::Set82, 1, len_max)
}

/// 1 to `len_max` characters of set 39.
pub(super) const fn y_to(len_max: usize) -> Component {
    Component::new(CharSet::Set39, 1, len_max)
}

/// 1 to `len_max` characters of set 64.
pub(super) const fn z_to(len_max: usize) -> Component {
    Component::new(CharSet::Set64, 1, len_max)
}
