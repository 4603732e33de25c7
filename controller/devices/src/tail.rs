//! The tail of numbered things that a device has not acknowledged yet: kept in order, bounded, sent
//! again until the device reports their numbers.
//!
//! Used by the sessions. Must never give one number to two things within an epoch.

use std::collections::VecDeque;

/// What is not acknowledged yet; the items are numbered from `first` on without gaps.
#[derive(Debug)]
pub(crate) struct Tail<T> {
    first: u32,
    items: VecDeque<T>,
    items_max: usize,
}

impl<T> Tail<T> {
    /// An empty tail of at most `items_max` items; its memory is taken here, once.
    pub(crate) fn new(items_max: usize) -> Self {
        Self { first: 1, items: VecDeque::with_capacity(items_max), items_max }
    }

    /// Forgets everything; the next item gets the number `first`.
    pub(crate) fn restart(&mut self, first: u32) {
        self.items.clear();
        self.first = first;
    }

    /// Appends an item; false when the tail is full.
    #[must_use]
    pub(crate) fn push(&mut self, item: T) -> bool {
        if self.items.len() >= self.items_max {
            return false;
        }
        self.items.push_back(item);
        true
    }

    /// Takes off what the device has: everything up to number `accepted`.
    pub(crate) fn acknowledge(&mut self, accepted: u32) {
        let known = accepted.wrapping_add(1).wrapping_sub(self.first);
        if known == 0 || known > u32::MAX / 2 {
            return;
        }
        let count = usize::try_from(known).unwrap_or(usize::MAX).min(self.items.len());
        self.items.drain(..count);
        self.first = accepted.wrapping_add(1);
    }

    /// Number of the first item, or of the next one when there is none.
    pub(crate) fn first(&self) -> u32 {
        self.first
    }

    /// The items in order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    /// Items in the tail.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements() {
        // items pushed, acknowledged number, first number left, items left
        let table = [
            (3, 0, 10, 3),
            (3, 9, 10, 3),
            (3, 10, 11, 2),
            (3, 12, 13, 0),
            (3, 20, 21, 0),
            (0, 12, 13, 0),
        ];
        for (pushed, accepted, first, left) in table {
            let mut tail = Tail::new(3);
            tail.restart(10);
            for item in 0..pushed {
                assert!(tail.push(item));
            }
            tail.acknowledge(accepted);
            assert_eq!((tail.first(), tail.len()), (first, left), "{pushed} {accepted}");
        }
    }

    #[test]
    fn bounded() {
        let mut tail = Tail::new(2);
        assert_eq!([tail.push(1), tail.push(2), tail.push(3)], [true, true, false]);
    }
}
