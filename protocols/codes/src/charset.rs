//! The character sets of GS1: what values are made of.
//!
//! Called by the value types and by the alphabets of serial formats. Must never accept a space, a
//! control character or anything beyond ASCII.

/// A set of characters (GS1 General Specifications 7.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharSet {
    /// Decimal digits.
    Digits,
    /// Set 82: lots, serial numbers, most texts.
    Set82,
    /// Set 39: component and part identifiers.
    Set39,
    /// Set 64: Base64 for URLs with its padding; digital signatures.
    Set64,
}

impl CharSet {
    /// Whether `byte` belongs to it.
    #[must_use]
    pub const fn has(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Set82 => is_in_set_82(byte),
            Self::Set39 => matches!(byte, b'#' | b'-' | b'/' | b'0'..=b'9' | b'A'..=b'Z'),
            Self::Set64 => {
                matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'=')
            }
        }
    }

    /// Its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Digits => "decimal digits",
            Self::Set82 => "GS1 character set 82",
            Self::Set39 => "GS1 character set 39",
            Self::Set64 => "GS1 character set 64",
        }
    }

    /// Position of the first byte outside the set, if there is one.
    pub(crate) fn first_outside(self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| !self.has(*byte))
    }
}

/// Whether `byte` belongs to GS1 character set 82 (GS1 General Specifications, figure 7.11-1).
#[must_use]
pub const fn is_in_set_82(byte: u8) -> bool {
    matches!(byte,
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9'
        | b'!' | b'"' | b'%'..=b'/' | b':'..=b'?' | b'_')
}

/// The 82 characters of the set in ascending order.
pub fn set_82() -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(|byte| is_in_set_82(*byte))
}

/// Position of the first byte outside the set, if there is one.
pub(crate) fn first_outside_set_82(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| !is_in_set_82(*byte))
}

/// Position of the first byte that is no decimal digit, if there is one.
pub(crate) fn first_non_digit(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| !byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_exactly_the_82_characters_of_the_standard() {
        let letters_and_digits = ('A'..='Z').chain('a'..='z').chain('0'..='9');
        let marks = "!\"%&'()*+,-./_:;<=>?".chars();
        let mut expected: Vec<u8> = letters_and_digits.chain(marks).map(|c| c as u8).collect();
        expected.sort_unstable();
        assert_eq!(expected.len(), 82);
        assert_eq!(set_82().collect::<Vec<_>>(), expected);
        let count = |set: CharSet| (0..=u8::MAX).filter(|byte| set.has(*byte)).count();
        let sets = [CharSet::Digits, CharSet::Set82, CharSet::Set39, CharSet::Set64];
        assert_eq!(sets.map(count), [10, 82, 39, 65]); // 64 and the padding
    }
}
