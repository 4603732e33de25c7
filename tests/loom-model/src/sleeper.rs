//! The waiting thread, as `std` keeps it: a handle that is seen only by who sees it registered.
//!
//! A `OnceLock` is a flag stored with release and loaded with acquire around its value; so is this.
//! There are no timeouts: a call that is lost leaves the model waiting for ever, and loom says so.

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread::{self, Thread};
use std::time::Duration;

/// See the module. Made by the thread that will wait.
#[derive(Debug)]
pub struct Sleeper {
    known: AtomicBool,
    thread: Thread,
}

impl Default for Sleeper {
    fn default() -> Self {
        Self { known: AtomicBool::new(false), thread: thread::current() }
    }
}

impl Sleeper {
    /// It is the calling thread.
    pub fn register(&self) {
        self.known.store(true, Ordering::Release);
    }

    /// Ends its present wait, or the next one.
    pub fn unpark(&self) {
        if self.known.load(Ordering::Acquire) {
            self.thread.unpark();
        }
    }

    /// The calling thread waits.
    pub fn park(_: Duration) {
        thread::park();
    }
}
