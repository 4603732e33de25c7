//! A ring between two threads as small as can be, with the orderings that the service's rings
//! document: a place is published with release and taken with acquire.

use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// See the module.
#[derive(Debug)]
pub struct Ring {
    places: Vec<AtomicU64>,
    pushed: AtomicUsize,
    popped: AtomicUsize,
}

impl Ring {
    /// An empty ring.
    #[must_use]
    pub fn new(places: usize) -> Self {
        let places = (0..places).map(|_| AtomicU64::new(0)).collect();
        Self { places, pushed: AtomicUsize::new(0), popped: AtomicUsize::new(0) }
    }

    /// False when it is full.
    pub fn push(&self, value: u64) -> bool {
        let pushed = self.pushed.load(Ordering::Relaxed);
        if pushed - self.popped.load(Ordering::Acquire) == self.places.len() {
            return false;
        }
        self.places[pushed % self.places.len()].store(value, Ordering::Relaxed);
        self.pushed.store(pushed + 1, Ordering::Release);
        true
    }

    /// The oldest value.
    pub fn pop(&self) -> Option<u64> {
        let popped = self.popped.load(Ordering::Relaxed);
        if popped == self.pushed.load(Ordering::Acquire) {
            return None;
        }
        let value = self.places[popped % self.places.len()].load(Ordering::Relaxed);
        self.popped.store(popped + 1, Ordering::Release);
        Some(value)
    }
}
