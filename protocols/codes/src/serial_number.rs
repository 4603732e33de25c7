//! The serial number of a pack.
//!
//! Made from draws, imported pools and read codes. Must never change case, trim or pad: `a` and
//! `A` are different packs.

use core::fmt;
use core::str::FromStr;

use crate::ai_table::Ai;
use crate::charset::first_outside_set_82;
use crate::error::{CodeError, CodeErrorKind};
use crate::fixed_bytes::FixedBytes;

/// Greatest length in characters (Delegated Regulation (EU) 2016/161, Art. 4(b)(ii)).
pub const SERIAL_LEN_MAX: usize = 20;

/// Serial number (AI 21): 1 to 20 characters of GS1 character set 82, kept in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber(FixedBytes<SERIAL_LEN_MAX>);

impl SerialNumber {
    /// Checks length and character set.
    ///
    /// # Errors
    /// `value_empty`, `value_too_long`, `character`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodeError> {
        let refuse =
            |kind, at: usize| CodeError::new(kind, Some(Ai::Serial.into()), at, &bytes[at..]);
        if bytes.is_empty() {
            return Err(refuse(CodeErrorKind::ValueEmpty, 0));
        }
        if let Some(at) = first_outside_set_82(bytes) {
            return Err(refuse(CodeErrorKind::Character, at));
        }
        FixedBytes::from_slice(bytes)
            .map(Self)
            .ok_or_else(|| refuse(CodeErrorKind::ValueTooLong, 0))
    }

    /// The text.
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

impl FromStr for SerialNumber {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_and_refuses() {
        let table = [
            ("A", None),
            ("a-B_0/?", None),
            ("12345678901234567890", None),
            ("", Some(("value_empty", 0))),
            ("123456789012345678901", Some(("value_too_long", 0))),
            ("AB C", Some(("character", 2))),
            ("AB#", Some(("character", 2))),
            ("A\u{1d}B", Some(("character", 1))),
            ("\u{e4}", Some(("character", 0))),
        ];
        for (text, expected) in table {
            let got = text.parse::<SerialNumber>().err().map(|e| (e.code(), e.at()));
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn case_matters_and_order_is_that_of_the_text() {
        let of = |text: &str| text.parse::<SerialNumber>().expect("valid");
        assert_ne!(of("a"), of("A"));
        assert!(of("A") < of("A0") && of("A9") < of("B"));
    }
}
