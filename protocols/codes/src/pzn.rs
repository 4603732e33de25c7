//! The Pharmazentralnummer (PZN8) of Germany.
//!
//! Made from orders, product codes and read codes. Must never hold a wrong check digit.

use core::fmt;
use core::str::FromStr;

use crate::charset::CharSet;
use crate::error::{CodeError, CodeErrorKind};
use crate::fixed_bytes::FixedBytes;
use crate::identifier::Subject;

const PZN_LEN: usize = 8;

/// PZN of eight digits, the last one a check digit that holds (IFA, check-digit calculation of the
/// PZN: sum of the n-th digit times n, modulo 11; where that is 10 there is no such PZN).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pzn(FixedBytes<PZN_LEN>);

impl Pzn {
    /// Checks eight digits and the check digit.
    ///
    /// # Errors
    /// `value_empty`, `value_too_short`, `value_too_long`, `character`, `check_digit`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodeError> {
        let refuse = |kind, at: usize| CodeError::new(kind, Some(Subject::Pzn), at, &bytes[at..]);
        match bytes.len() {
            0 => return Err(refuse(CodeErrorKind::ValueEmpty, 0)),
            1..PZN_LEN => return Err(refuse(CodeErrorKind::ValueTooShort, 0)),
            PZN_LEN => {}
            _ => return Err(refuse(CodeErrorKind::ValueTooLong, 0)),
        }
        if let Some(at) = CharSet::Digits.first_outside(bytes) {
            return Err(refuse(CodeErrorKind::Character, at));
        }
        let weighted = bytes[..PZN_LEN - 1].iter().zip(1_u16..);
        let sum: u16 = weighted.map(|(digit, weight)| u16::from(digit - b'0') * weight).sum();
        if sum % 11 != u16::from(bytes[PZN_LEN - 1] - b'0') {
            return Err(refuse(CodeErrorKind::CheckDigit, PZN_LEN - 1));
        }
        Ok(Self(FixedBytes::truncated(bytes)))
    }

    /// The eight digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The eight digits as ASCII bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl FromStr for Pzn {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Display for Pzn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Pzn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pzn({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_and_refuses() {
        let table = [
            ("03752864", None),
            ("27580899", None),
            ("", Some(("value_empty", 0))),
            ("3752864", Some(("value_too_short", 0))),
            ("003752864", Some(("value_too_long", 0))),
            ("0375286A", Some(("character", 7))),
            ("03752865", Some(("check_digit", 7))),
        ];
        for (text, expected) in table {
            let got = text.parse::<Pzn>().err().map(|e| (e.code(), e.at()));
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn a_sum_of_ten_has_no_check_digit() {
        // 7 x 3 = 21, modulo 11 is 10
        for digit in 0..10 {
            assert!(format!("0000003{digit}").parse::<Pzn>().is_err());
        }
    }
}
