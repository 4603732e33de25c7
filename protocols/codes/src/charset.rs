//! GS1 character set 82: the characters allowed in lots and serial numbers.
//!
//! Called by the value types and by the alphabets of serial formats. Must never accept a space, a
//! control character or anything beyond ASCII.

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
    }
}
