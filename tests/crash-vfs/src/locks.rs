//! SQLite's locks between connections of one process: five levels of the file, eight locks of the
//! wal-index. (<https://www.sqlite.org/lockingv3.html>, <https://www.sqlite.org/walformat.html>)
//!
//! Kept with each file. Must never grant what another connection's lock excludes.

/// Levels of a file's lock.
pub(crate) mod level {
    pub(crate) const NONE: i32 = 0;
    pub(crate) const SHARED: i32 = 1;
    pub(crate) const RESERVED: i32 = 2;
    pub(crate) const PENDING: i32 = 3;
    pub(crate) const EXCLUSIVE: i32 = 4;
}

/// Locks of the wal-index.
pub(crate) const SHM_LOCKS: usize = 8;

/// Who holds what of a file: levels of the connections that have any.
#[derive(Debug, Default)]
pub(crate) struct FileLocks {
    shared: u32,
    reserved: bool,
    pending: bool,
    exclusive: bool,
}

impl FileLocks {
    /// Raises a connection's level; false when it has to wait.
    pub(crate) fn raise(&mut self, held: &mut i32, wanted: i32) -> bool {
        if *held >= wanted {
            return true;
        }
        let granted = match wanted {
            level::SHARED => !self.pending && !self.exclusive,
            level::RESERVED => !self.reserved,
            _ => self.may_exclude(*held),
        };
        if wanted == level::EXCLUSIVE && granted && self.shared > 1 {
            // Readers are still there: nobody new comes in until they have gone.
            self.take(held, level::PENDING);
            return false;
        }
        if granted {
            self.take(held, wanted);
        }
        granted
    }

    fn may_exclude(&self, held: i32) -> bool {
        let others_reserved = self.reserved && held < level::RESERVED;
        let others_pending = self.pending && held < level::PENDING;
        !others_reserved && !others_pending
    }

    fn take(&mut self, held: &mut i32, wanted: i32) {
        match wanted {
            level::SHARED => self.shared += 1,
            level::RESERVED => self.reserved = true,
            level::PENDING => (self.reserved, self.pending) = (true, true),
            _ => (self.reserved, self.pending, self.exclusive) = (true, true, true),
        }
        *held = wanted;
    }

    /// Lowers a connection's level to SHARED or NONE.
    pub(crate) fn lower(&mut self, held: &mut i32, wanted: i32) {
        if *held <= wanted {
            return;
        }
        if *held >= level::RESERVED {
            (self.reserved, self.pending, self.exclusive) = (false, false, false);
        }
        if wanted == level::NONE {
            self.shared -= 1;
        }
        *held = wanted;
    }

    /// True when some connection may write.
    pub(crate) const fn is_reserved(&self) -> bool {
        self.reserved
    }
}

/// Locks of the wal-index: how many share each, or -1 for the one that has it alone.
#[derive(Debug, Default)]
pub(crate) struct ShmLocks {
    held: [i32; SHM_LOCKS],
}

/// What one connection holds of them.
#[derive(Debug, Default)]
pub(crate) struct ShmHeld {
    shared: [bool; SHM_LOCKS],
    exclusive: [bool; SHM_LOCKS],
}

impl ShmLocks {
    pub(crate) fn share(&mut self, own: &mut ShmHeld, at: usize) -> bool {
        if own.shared[at] {
            return true;
        }
        if self.held[at] < 0 {
            return false;
        }
        self.held[at] += 1;
        own.shared[at] = true;
        true
    }

    pub(crate) fn exclude(&mut self, own: &mut ShmHeld, from: usize, count: usize) -> bool {
        let mut wanted = from..from + count;
        if wanted.any(|at| self.held[at] != 0) {
            return false;
        }
        for at in from..from + count {
            self.held[at] = -1;
            own.exclusive[at] = true;
        }
        true
    }

    pub(crate) fn release(&mut self, own: &mut ShmHeld, from: usize, count: usize) {
        for at in from..from + count {
            if std::mem::take(&mut own.shared[at]) {
                self.held[at] -= 1;
            }
            if std::mem::take(&mut own.exclusive[at]) {
                self.held[at] = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writer_many_readers() {
        let mut locks = FileLocks::default();
        let (mut a, mut b) = (level::NONE, level::NONE);
        assert!(locks.raise(&mut a, level::SHARED) && locks.raise(&mut b, level::SHARED));
        assert!(locks.raise(&mut a, level::RESERVED) && locks.is_reserved());
        assert!(!locks.raise(&mut b, level::RESERVED) && !locks.raise(&mut b, level::EXCLUSIVE));
        assert!(!locks.raise(&mut a, level::EXCLUSIVE), "b still reads");
        let mut c = level::NONE;
        assert!(!locks.raise(&mut c, level::SHARED), "a waits for the readers to go");
        locks.lower(&mut b, level::NONE);
        assert!(locks.raise(&mut a, level::EXCLUSIVE));
        locks.lower(&mut a, level::NONE);
        assert!(locks.raise(&mut c, level::SHARED) && !locks.is_reserved());
    }

    #[test]
    fn a_wal_lock_is_shared_or_exclusive() {
        let mut locks = ShmLocks::default();
        let (mut a, mut b) = (ShmHeld::default(), ShmHeld::default());
        assert!(locks.share(&mut a, 3) && locks.share(&mut b, 3));
        assert!(!locks.exclude(&mut a, 1, 3), "shared by both");
        locks.release(&mut a, 3, 1);
        locks.release(&mut b, 3, 1);
        assert!(locks.exclude(&mut a, 1, 3) && !locks.share(&mut b, 2));
        locks.release(&mut a, 1, 3);
        assert!(locks.share(&mut b, 2));
    }
}
