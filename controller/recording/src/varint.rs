//! Numbers as bytes: unsigned LEB128, signed ones folded to unsigned (zigzag).
//!
//! Used by every part of the format. Must never read beyond its slice nor allocate.

/// Bytes that do not say what they should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    /// Offset in the payload.
    pub at: usize,
    /// What is wrong.
    pub what: &'static str,
}

pub(crate) type Read<T> = Result<T, Bad>;

/// Folds a difference so that small ones of either sign are short.
const fn fold(difference: i64) -> u64 {
    ((difference << 1) ^ (difference >> 63)) as u64
}

const fn unfold(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}

/// Appends an unsigned number: seven bits a byte, the lowest first.
pub(crate) fn put_uint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Appends how `value` differs from `before`.
pub(crate) fn put_change(to: &mut Vec<u8>, before: u64, value: u64) {
    put_uint(to, fold(value.wrapping_sub(before) as i64));
}

/// A payload being read.
#[derive(Clone, Debug)]
pub(crate) struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub(crate) const fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    pub(crate) const fn bad(&self, what: &'static str) -> Bad {
        Bad { at: self.at, what }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.at >= self.all.len()
    }

    pub(crate) fn byte(&mut self) -> Read<u8> {
        let byte = *self.all.get(self.at).ok_or(self.bad("the payload ends too early"))?;
        self.at += 1;
        Ok(byte)
    }

    pub(crate) fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let rest = self.all.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).ok_or(self.bad("the payload ends too early"))?;
        self.at += count;
        Ok(taken)
    }

    pub(crate) fn uint(&mut self) -> Read<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(self.bad("a number is longer than 64 bits"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.bad("a number is longer than 64 bits"))
    }

    pub(crate) fn change(&mut self, before: u64) -> Read<u64> {
        Ok(before.wrapping_add(unfold(self.uint()?) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_changes_come_back(before: u64, value: u64) {
            let mut bytes = Vec::new();
            put_uint(&mut bytes, value);
            put_change(&mut bytes, before, value);
            let mut read = Bytes::new(&bytes);
            prop_assert_eq!(read.uint(), Ok(value));
            prop_assert_eq!(read.change(before), Ok(value));
            prop_assert!(read.is_empty());
        }
    }

    #[test]
    fn small_numbers_are_one_byte_and_too_long_ones_are_refused() {
        let mut bytes = Vec::new();
        put_uint(&mut bytes, 127);
        put_change(&mut bytes, 1_000, 937);
        assert_eq!(bytes.len(), 2);
        assert!(Bytes::new(&[0xff; 10]).uint().is_err());
        assert!(Bytes::new(&[0x80; 9]).uint().is_err());
    }
}
