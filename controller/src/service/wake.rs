//! How the threads of a run wait for each other without a lock: the bell of the line thread, the
//! watermark of the ledger, and the push that waits for room.
//!
//! Used by `rings.rs`, the line thread and the ledger thread. `tests/loom-model` compiles this same
//! file against loom and tries every interleaving. Must never lose a call, and never let a
//! watermark be seen before what it stands for.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

#[cfg(loom)]
pub use crate::sleeper::Sleeper;
#[cfg(not(loom))]
pub use sleeper::Sleeper;

/// A thread that waits and those that wake it.
///
/// Both sides exchange the same flag in one step, so one of two things is true of a call: the
/// waiter's exchange comes later and finds it, or it came earlier, and then the caller's exchange
/// has seen everything before it, the waiter's thread among it, and unparks it.
#[derive(Debug, Default)]
pub struct Bell {
    rung: AtomicBool,
    sleeper: Sleeper,
}

impl Bell {
    /// The calling thread is the one that waits here.
    pub fn attend(&self) {
        self.sleeper.register();
    }

    /// Wakes it, now or when it is about to wait. What was done before is seen by it then.
    pub fn ring(&self) {
        self.rung.swap(true, Ordering::AcqRel);
        self.sleeper.unpark();
    }

    /// Waits for a call, at most so long; at once when one came since the last wait.
    pub fn wait(&self, at_most: Duration) {
        if !self.rung.swap(false, Ordering::AcqRel) {
            Sleeper::park(at_most);
        }
    }
}

/// The last record known durable, from the ledger thread to the line thread: only the last one
/// counts, so that none has to wait for room.
#[derive(Debug, Default)]
pub struct Watermark {
    durable: AtomicU64,
    lost: AtomicBool,
}

impl Watermark {
    /// Everything up to record `seq` is on disk. To be called when the commit has returned.
    pub fn publish(&self, seq: u64) {
        self.durable.fetch_max(seq, Ordering::Release);
    }

    /// The ledger cannot commit, or does not know whether it did. Stays so for the run.
    pub fn lose(&self) {
        self.lost.store(true, Ordering::Release);
    }

    /// The last record known durable, 0 for none; whoever sees it sees the commit behind it.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// True when the ledger's handle is dead.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
}

/// Tries until there is room or the run ends; false when it ended. Nothing else happens meanwhile:
/// the caller's heartbeat stands still.
pub fn push_or_wait(
    mut push: impl FnMut() -> bool,
    stopping: impl Fn() -> bool,
    mut pause: impl FnMut(),
) -> bool {
    loop {
        if push() {
            return true;
        }
        if stopping() {
            return false;
        }
        pause();
    }
}

#[cfg(not(loom))]
mod sleeper {
    //! The waiting thread, once it is known.

    use std::sync::OnceLock;
    use std::thread::Thread;
    use std::time::Duration;

    /// See the module.
    #[derive(Debug, Default)]
    pub struct Sleeper(OnceLock<Thread>);

    impl Sleeper {
        /// It is the calling thread.
        pub fn register(&self) {
            let _ = self.0.set(std::thread::current());
        }

        /// Ends its present wait, or the next one.
        pub fn unpark(&self) {
            if let Some(thread) = self.0.get() {
                thread.unpark();
            }
        }

        /// The calling thread waits.
        pub fn park(at_most: Duration) {
            std::thread::park_timeout(at_most);
        }
    }
}
