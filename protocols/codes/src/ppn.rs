//! The Pharmacy Product Number (PPN) of the IFA coding system.
//!
//! Made from orders and read codes. Must never hold wrong check digits.

use core::fmt;
use core::str::FromStr;

use crate::error::{CodeError, CodeErrorKind};
use crate::fixed_bytes::FixedBytes;
use crate::identifier::Subject;
use crate::pzn::Pzn;

/// Characters of the registration agency.
const AGENCY_LEN: usize = 2;

/// The agency whose numbers are PZN: the IFA, Germany.
const AGENCY_IFA: &[u8] = b"11";

/// Digits at the end.
const CHECK_LEN: usize = 2;

/// Least length in characters: an agency, one character, the check digits.
const PPN_LEN_MIN: usize = AGENCY_LEN + 1 + CHECK_LEN;

/// Greatest length in characters: an agency, 18 characters, the check digits.
pub const PPN_LEN_MAX: usize = AGENCY_LEN + 18 + CHECK_LEN;

/// PPN: product registration agency (two characters), the number it has given out (up to 18 digits
/// and capital letters; a PZN for agency 11), two check digits modulo 97.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ppn(FixedBytes<PPN_LEN_MAX>);

impl Ppn {
    /// Checks length, characters, check digits, and the PZN within for agency 11.
    ///
    /// # Errors
    /// `value_empty`, `value_too_short`, `value_too_long`, `character`, `check_digit`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodeError> {
        let refuse = |kind, at: usize| CodeError::new(kind, Some(Subject::Ppn), at, &bytes[at..]);
        match bytes.len() {
            0 => return Err(refuse(CodeErrorKind::ValueEmpty, 0)),
            1..PPN_LEN_MIN => return Err(refuse(CodeErrorKind::ValueTooShort, 0)),
            PPN_LEN_MIN..=PPN_LEN_MAX => {}
            _ => return Err(refuse(CodeErrorKind::ValueTooLong, 0)),
        }
        let (number, check) = bytes.split_at(bytes.len() - CHECK_LEN);
        let is_capital = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        if let Some(at) = number.iter().position(|byte| !is_capital(byte)) {
            return Err(refuse(CodeErrorKind::Character, at));
        }
        if let Some(at) = check.iter().position(|byte| !byte.is_ascii_digit()) {
            return Err(refuse(CodeErrorKind::Character, number.len() + at));
        }
        if check_digits_mod_97(number) != check {
            return Err(refuse(CodeErrorKind::CheckDigit, number.len()));
        }
        if let Some(pzn) = number.strip_prefix(AGENCY_IFA) {
            Pzn::from_bytes(pzn).map_err(|error| error.shifted(AGENCY_LEN))?;
        }
        Ok(Self(FixedBytes::truncated(bytes)))
    }

    /// The PPN of a German pack.
    #[must_use]
    pub fn from_pzn(pzn: Pzn) -> Self {
        let mut bytes = FixedBytes::new();
        bytes.append(AGENCY_IFA);
        bytes.append(pzn.as_bytes());
        let check = check_digits_mod_97(bytes.as_slice());
        bytes.append(&check);
        Self(bytes)
    }

    /// The PZN within, for agency 11.
    #[must_use]
    pub fn as_pzn(&self) -> Option<Pzn> {
        let number = self.as_bytes().strip_prefix(AGENCY_IFA)?;
        Pzn::from_bytes(&number[..number.len() - CHECK_LEN]).ok()
    }

    /// The two characters of the product registration agency.
    #[must_use]
    pub fn agency(&self) -> &str {
        &self.as_str()[..AGENCY_LEN]
    }

    /// The text, check digits included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text as ASCII bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// The check digits of a PPN for what stands before them: sum of the character codes, the n-th
/// times n + 1, modulo 97 (IFA, PPN-code specification, appendix on check digits).
#[must_use]
pub fn check_digits_mod_97(number: &[u8]) -> [u8; CHECK_LEN] {
    let sum: usize = number.iter().zip(2..).map(|(byte, weight)| usize::from(*byte) * weight).sum();
    let check = u8::try_from(sum % 97).unwrap_or(0);
    [b'0' + check / 10, b'0' + check % 10]
}

impl FromStr for Ppn {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Display for Ppn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Ppn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ppn({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_and_refuses() {
        let table = [
            ("110375286414", None),
            ("", Some(("value_empty", 0))),
            ("1103", Some(("value_too_short", 0))),
            ("11037528641403752864140", Some(("value_too_long", 0))),
            ("11o375286414", Some(("character", 2))),
            ("1103752864A4", Some(("character", 10))),
            ("110375286415", Some(("check_digit", 10))),
            ("110375286525", Some(("check_digit", 9))), // holds modulo 97, but not as a PZN
        ];
        for (text, expected) in table {
            let got = text.parse::<Ppn>().err().map(|e| (e.code(), e.at()));
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn a_pzn_and_back() {
        let pzn = "03752864".parse().expect("a PZN");
        let ppn = Ppn::from_pzn(pzn);
        assert_eq!((ppn.as_str(), ppn.agency()), ("110375286414", "11"));
        assert_eq!(ppn.as_pzn(), Some(pzn));
        assert_eq!(Ppn::from_bytes(ppn.as_bytes()), Ok(ppn));
    }

    #[test]
    fn other_agencies_have_numbers_of_their_own() {
        let mut text = b"Q8ABC123".to_vec();
        text.extend(check_digits_mod_97(&text));
        let ppn = Ppn::from_bytes(&text).expect("a PPN");
        assert_eq!((ppn.agency(), ppn.as_pzn()), ("Q8", None));
    }
}
