//! A short run of bytes in place: Copy, no allocation, bounded by its type.
//!
//! Used by the value types of this crate. Must never hold more than `N` bytes and never leave
//! anything but zeros behind its length, so that the derived equality and hash are those of the
//! content.

use core::cmp::Ordering;

/// Up to `N` bytes (`N` <= 255).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FixedBytes<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> FixedBytes<N> {
    const FITS: () = assert!(N <= u8::MAX as usize, "the length is kept in one byte");

    pub(crate) const fn new() -> Self {
        const { Self::FITS };
        Self { bytes: [0; N], len: 0 }
    }

    /// The first `N` bytes of `source`; callers that must not lose any check the length first.
    pub(crate) fn truncated(source: &[u8]) -> Self {
        let mut new = Self::new();
        new.append(&source[..source.len().min(N)]);
        new
    }

    /// All of `source`, or `None` when it does not fit.
    pub(crate) fn from_slice(source: &[u8]) -> Option<Self> {
        (source.len() <= N).then(|| Self::truncated(source))
    }

    /// Appends `more`. Too much is a broken constant of this crate, not bad input: the callers'
    /// sums are asserted at compile time.
    pub(crate) fn append(&mut self, more: &[u8]) {
        let start = usize::from(self.len);
        debug_assert!(start + more.len() <= N, "capacity {N} exceeded");
        let end = (start + more.len()).min(N);
        self.bytes[start..end].copy_from_slice(&more[..end - start]);
        self.len = end as u8;
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The content as text; only for content that was checked to be ASCII.
    pub(crate) fn as_str(&self) -> &str {
        debug_assert!(self.as_slice().is_ascii(), "text was checked at construction");
        core::str::from_utf8(self.as_slice()).unwrap_or_default()
    }
}

impl<const N: usize> PartialOrd for FixedBytes<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> Ord for FixedBytes<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_equality_are_those_of_the_content() {
        let of = |text: &str| FixedBytes::<4>::truncated(text.as_bytes());
        let table: [(&str, &str, Ordering); 5] = [
            ("", "", Ordering::Equal),
            ("", "\0", Ordering::Less),
            ("AB", "ABC", Ordering::Less),
            ("B", "ABCD", Ordering::Greater),
            ("ABCD", "ABCDE", Ordering::Equal),
        ];
        for (left, right, expected) in table {
            assert_eq!(of(left).cmp(&of(right)), expected, "{left} {right}");
            assert_eq!(of(left) == of(right), expected == Ordering::Equal);
        }
        assert!(FixedBytes::<4>::from_slice(b"ABCDE").is_none());
    }
}
