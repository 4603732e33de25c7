//! The serials of the order: hands out each index once, in order, above everything that was ever
//! assigned.
//!
//! Called by `line` when the labeler has room. Must never hand out an index twice: the only way to
//! a print job is an [`AllocatedSerial`], which is neither Clone nor Copy (invariant I3).

use crate::ids::SerialIndex;
use codes::SerialNumber;

/// A serial that was durably allocated and has not been given to a job.
#[derive(Debug, PartialEq, Eq)]
pub struct AllocatedSerial {
    index: SerialIndex,
    number: SerialNumber,
}

impl AllocatedSerial {
    /// Index in the pool.
    #[must_use]
    pub const fn index(&self) -> SerialIndex {
        self.index
    }

    /// The serial number.
    #[must_use]
    pub const fn number(&self) -> SerialNumber {
        self.number
    }
}

/// The order's serials and the high-water mark.
#[derive(Debug)]
pub struct Pool {
    numbers: Box<[SerialNumber]>,
    next: u32,
    low: u32,
}

impl Pool {
    /// A pool of durably allocated numbers in index order; a warning is due when fewer than `low`
    /// are left.
    #[must_use]
    pub const fn new(numbers: Box<[SerialNumber]>, low: u32) -> Self {
        Self { numbers, next: 0, low }
    }

    /// After a restart: indices up to and including `used` are never handed out again.
    pub fn used_up_to(&mut self, used: SerialIndex) {
        self.next = self.next.max(used.0.saturating_add(1));
    }

    /// The next serial, none when the pool is empty.
    pub fn take(&mut self) -> Option<AllocatedSerial> {
        let number = *self.numbers.get(self.next as usize)?;
        let index = SerialIndex(self.next);
        self.next += 1;
        Some(AllocatedSerial { index, number })
    }

    /// The number at an index that was handed out.
    #[must_use]
    pub fn number(&self, index: SerialIndex) -> Option<SerialNumber> {
        self.numbers.get(index.0 as usize).copied()
    }

    /// Serials left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.numbers.len().saturating_sub(self.next as usize)
    }

    /// True when the low-pool warning is due.
    #[must_use]
    pub fn is_low(&self) -> bool {
        self.left() < self.low as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(n: u32) -> Pool {
        let number = |i: u32| format!("S{i}").parse().unwrap();
        Pool::new((0..n).map(number).collect(), 2)
    }

    #[test]
    fn i3_an_index_is_handed_out_once_and_never_below_the_mark() {
        let mut pool = pool(5);
        assert_eq!(pool.take().unwrap().index(), SerialIndex(0));
        pool.used_up_to(SerialIndex(2));
        pool.used_up_to(SerialIndex(1));
        let rest: Vec<_> = core::iter::from_fn(|| pool.take()).map(|s| s.index().0).collect();
        assert_eq!(rest, [3, 4]);
        assert!(pool.is_low());
        assert_eq!(pool.left(), 0);
    }
}
