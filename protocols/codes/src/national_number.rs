//! The national number of a pack, where a Member State requires one.
//!
//! Made from orders and read codes. Must never change case, trim or pad, and never hold a PZN
//! whose check digit is wrong.

use core::fmt;
use core::str::FromStr;

use crate::charset::CharSet;
use crate::error::{CodeError, CodeErrorKind};
use crate::fixed_bytes::FixedBytes;
use crate::identifier::AiCode;
use crate::pzn::Pzn;

/// Greatest length of the number in characters (GS1 General Specifications 3.7.14).
pub const NATIONAL_LEN_MAX: usize = 20;

/// Digits of a number that is a PZN.
const PZN_LEN: usize = 8;

/// Whose number it is: the AIs 710 to 717 (National Healthcare Reimbursement Number).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NationalScheme {
    /// 710: PZN, Germany.
    Pzn,
    /// 711: CIP, France.
    Cip,
    /// 712: Código Nacional, Spain.
    Cn,
    /// 713: DRN, Brazil.
    Drn,
    /// 714: AIM, Portugal.
    Aim,
    /// 715: NDC, United States.
    Ndc,
    /// 716: AIC, Italy.
    Aic,
    /// 717: SRN, Costa Rica.
    Srn,
}

impl NationalScheme {
    /// All of them, in the order of their AIs.
    pub const ALL: [Self; 8] =
        [Self::Pzn, Self::Cip, Self::Cn, Self::Drn, Self::Aim, Self::Ndc, Self::Aic, Self::Srn];

    /// The digits of its AI.
    #[must_use]
    pub const fn digits(self) -> &'static str {
        match self {
            Self::Pzn => "710",
            Self::Cip => "711",
            Self::Cn => "712",
            Self::Drn => "713",
            Self::Aim => "714",
            Self::Ndc => "715",
            Self::Aic => "716",
            Self::Srn => "717",
        }
    }

    /// Its name and market, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pzn => "PZN (Germany)",
            Self::Cip => "CIP (France)",
            Self::Cn => "CN (Spain)",
            Self::Drn => "DRN (Brazil)",
            Self::Aim => "AIM (Portugal)",
            Self::Ndc => "NDC (United States)",
            Self::Aic => "AIC (Italy)",
            Self::Srn => "SRN (Costa Rica)",
        }
    }

    /// The scheme whose AI `bytes` starts with.
    #[must_use]
    pub fn at_start(bytes: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| bytes.starts_with(scheme.digits().as_bytes()))
    }

    fn ai(self) -> AiCode {
        AiCode::of_table(self.digits().as_bytes())
    }
}

/// National number with its AI: 1 to 20 characters of GS1 character set 82, kept in place. As text
/// `714:5440987`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NationalNumber {
    scheme: NationalScheme,
    value: FixedBytes<NATIONAL_LEN_MAX>,
}

impl NationalNumber {
    /// Checks length and character set, and the check digit of a PZN: eight digits under 710.
    ///
    /// # Errors
    /// `value_empty`, `value_too_long`, `character`, `check_digit`.
    pub fn new(scheme: NationalScheme, value: &[u8]) -> Result<Self, CodeError> {
        let subject = Some(scheme.ai().into());
        let refuse = |kind, at: usize| CodeError::new(kind, subject, at, &value[at..]);
        if value.is_empty() {
            return Err(refuse(CodeErrorKind::ValueEmpty, 0));
        }
        if let Some(at) = CharSet::Set82.first_outside(value) {
            return Err(refuse(CodeErrorKind::Character, at));
        }
        let all_digits = CharSet::Digits.first_outside(value).is_none();
        if scheme == NationalScheme::Pzn && value.len() == PZN_LEN && all_digits {
            Pzn::from_bytes(value).map_err(|error| error.about(scheme.ai()))?;
        }
        let fixed = FixedBytes::from_slice(value);
        let value = fixed.ok_or_else(|| refuse(CodeErrorKind::ValueTooLong, 0))?;
        Ok(Self { scheme, value })
    }

    /// Whose number it is.
    #[must_use]
    pub const fn scheme(&self) -> NationalScheme {
        self.scheme
    }

    /// The number without its AI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.value.as_str()
    }

    /// The number without its AI, as ASCII bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.value.as_slice()
    }
}

impl FromStr for NationalNumber {
    type Err = CodeError;

    /// From AI, colon and number.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let refuse = || CodeError::new(CodeErrorKind::NationalScheme, None, 0, text.as_bytes());
        let (ai, value) = text.split_once(':').ok_or_else(refuse)?;
        let scheme = NationalScheme::ALL.into_iter().find(|scheme| scheme.digits() == ai);
        let value_at = ai.len() + 1;
        Self::new(scheme.ok_or_else(refuse)?, value.as_bytes()).map_err(|e| e.shifted(value_at))
    }
}

impl fmt::Display for NationalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme.digits(), self.as_str())
    }
}

impl fmt::Debug for NationalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NationalNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_and_refuses() {
        let table = [
            ("714:5440987", None),
            ("710:03752864", None),
            ("710:0375286", None), // seven digits: an old PZN, without a rule of ours
            ("711:3400930000007", None),
            ("717:A/b:1", None),
            ("714:", Some(("value_empty", 4))),
            ("714:123456789012345678901", Some(("value_too_long", 4))),
            ("714:54 40987", Some(("character", 6))),
            ("710:03752865", Some(("check_digit", 11))),
            ("5440987", Some(("national_scheme", 0))),
            ("718:5440987", Some(("national_scheme", 0))),
            ("", Some(("national_scheme", 0))),
        ];
        for (text, expected) in table {
            let got = text.parse::<NationalNumber>();
            if let Ok(number) = got {
                assert_eq!(number.to_string(), text);
            }
            assert_eq!(got.err().map(|e| (e.code(), e.at())), expected, "{text}");
        }
    }

    #[test]
    fn each_scheme_is_found_by_its_ai() {
        for scheme in NationalScheme::ALL {
            let title = scheme.ai().spec().map(|spec| spec.title);
            let short = scheme.name().split(' ').next().unwrap_or_default();
            assert_eq!(title, Some(format!("NHRN {short}").as_str()));
            assert_eq!(NationalScheme::at_start(scheme.digits().as_bytes()), Some(scheme));
        }
    }
}
