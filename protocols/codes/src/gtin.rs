//! The product code: a GTIN or NTIN of 14 digits.
//!
//! Made from configuration, orders and read codes. Must never hold a wrong check digit.

use core::fmt;
use core::str::FromStr;

use crate::ai_table::Ai;
use crate::charset::first_non_digit;
use crate::check_digit::check_digit_mod_10;
use crate::error::{CodeError, CodeErrorKind};
use crate::fixed_bytes::FixedBytes;
use crate::pzn::Pzn;

const GTIN_LEN: usize = 14;

/// What the NTIN of Germany begins with: packaging level 0 and the prefix 4150 of the IFA.
const NTIN_DE: &[u8] = b"04150";

/// Where the GTIN of a US pack says that an NDC follows: after the indicator digit.
const NDC_PREFIX: &[u8] = b"03";

/// GTIN-14 or NTIN (AI 01) with a check digit that holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gtin(FixedBytes<GTIN_LEN>);

impl Gtin {
    /// Checks 14 digits and the check digit.
    ///
    /// # Errors
    /// `value_empty`, `value_too_short`, `value_too_long`, `character`, `check_digit`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodeError> {
        let refuse =
            |kind, at: usize| CodeError::new(kind, Some(Ai::Gtin.into()), at, &bytes[at..]);
        match bytes.len() {
            0 => return Err(refuse(CodeErrorKind::ValueEmpty, 0)),
            1..GTIN_LEN => return Err(refuse(CodeErrorKind::ValueTooShort, 0)),
            GTIN_LEN => {}
            _ => return Err(refuse(CodeErrorKind::ValueTooLong, 0)),
        }
        if let Some(at) = first_non_digit(bytes) {
            return Err(refuse(CodeErrorKind::Character, at));
        }
        if check_digit_mod_10(&bytes[..GTIN_LEN - 1]) != bytes[GTIN_LEN - 1] {
            return Err(refuse(CodeErrorKind::CheckDigit, GTIN_LEN - 1));
        }
        Ok(Self(FixedBytes::truncated(bytes)))
    }

    /// The NTIN of Germany that holds `pzn`.
    #[must_use]
    pub fn ntin_de(pzn: Pzn) -> Self {
        let mut digits = FixedBytes::new();
        digits.append(NTIN_DE);
        digits.append(pzn.as_bytes());
        let check = check_digit_mod_10(digits.as_slice());
        digits.append(&[check]);
        Self(digits)
    }

    /// The PZN within, when this is an NTIN of Germany.
    #[must_use]
    pub fn as_ntin_de(&self) -> Option<Pzn> {
        let digits = self.as_bytes().strip_prefix(NTIN_DE)?;
        Pzn::from_bytes(&digits[..digits.len() - 1]).ok()
    }

    /// The ten digits of the US National Drug Code within, when this is the GTIN of a US pack.
    #[must_use]
    pub fn ndc(&self) -> Option<&str> {
        let digits = &self.as_str()[1..GTIN_LEN - 1];
        digits.as_bytes().starts_with(NDC_PREFIX).then(|| &digits[NDC_PREFIX.len()..])
    }

    /// The 14 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The 14 digits as ASCII bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl FromStr for Gtin {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gtin({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_and_refuses() {
        let table = [
            ("04150037528643", None),
            ("09501101530003", None),
            ("00000000000000", None),
            ("", Some(("value_empty", 0))),
            ("0415003752864", Some(("value_too_short", 0))),
            ("041500375286430", Some(("value_too_long", 0))),
            ("0415003752864X", Some(("character", 13))),
            ("04150 37528643", Some(("character", 5))),
            ("04150037528644", Some(("check_digit", 13))),
        ];
        for (text, expected) in table {
            let got = text.parse::<Gtin>().err().map(|e| (e.code(), e.at()));
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn national_numbers_within() {
        let of = |text: &str| text.parse::<Gtin>().expect("a GTIN");
        let pzn = "03752864".parse().expect("a PZN");
        assert_eq!(Gtin::ntin_de(pzn), of("04150037528643"));
        assert_eq!(of("04150037528643").as_ntin_de(), Some(pzn));
        assert_eq!(of("09501101530003").as_ntin_de(), None);
        assert_eq!(of("04150037528650").as_ntin_de(), None); // 03752865 is no PZN
        assert_eq!(of("50312345678901").ndc(), Some("1234567890"));
        assert_eq!(of("04150037528643").ndc(), None);
    }
}
