//! Pins in memory: a bench on which another thread plays the wires of a line, in a time of its own.
//!
//! Used where there is no header: tests drive a whole line with it. The loop's half is
//! [`MemoryPins`], the wires' half [`Bench`]; [`Bench::settle`] waits until the loop has dealt with
//! everything that has happened, so that the speed of the machine changes nothing. Must never run
//! on a clock of the machine.

use super::pins::{PINS, PinEdge, PinInput, Pins};
use line_core::ids::Nanos;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Edges that wait for the loop; more are lost, as in the kernel.
pub const EDGES_MAX: usize = 1024;
/// How long [`Bench::settle`] waits for a loop that does not come, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
struct State {
    now: Nanos,
    edges: VecDeque<PinEdge>,
    lost: bool,
    inputs: [bool; PINS],
    outputs: [bool; PINS],
    /// The loop waits for this time or an edge.
    waits_until: Option<Nanos>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The loop's half.
#[derive(Debug)]
pub struct MemoryPins(Arc<Shared>);

/// The wires' half.
#[derive(Clone, Debug)]
pub struct Bench(Arc<Shared>);

/// A header with every pin at 0 V, at time 0.
#[must_use]
pub fn pins() -> (MemoryPins, Bench) {
    let state = State {
        now: Nanos(0),
        edges: VecDeque::with_capacity(EDGES_MAX),
        lost: false,
        inputs: [false; PINS],
        outputs: [false; PINS],
        waits_until: None,
    };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
    (MemoryPins(shared.clone()), Bench(shared))
}

impl Pins for MemoryPins {
    fn now(&self) -> Nanos {
        self.0.lock().now
    }

    fn next(&mut self, until: Nanos) -> PinInput {
        let mut state = self.0.lock();
        loop {
            state.waits_until = None;
            if core::mem::take(&mut state.lost) {
                return PinInput::Lost;
            }
            if let Some(edge) = state.edges.pop_front() {
                return PinInput::Edge(edge);
            }
            if state.now >= until {
                return PinInput::Time(until);
            }
            state.waits_until = Some(until);
            self.0.changed.notify_all();
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn level(&self, pin: u8) -> bool {
        self.0.lock().inputs.get(usize::from(pin)).copied().unwrap_or(false)
    }

    fn set(&mut self, pin: u8, high: bool) {
        if let Some(output) = self.0.lock().outputs.get_mut(usize::from(pin)) {
            *output = high;
        }
    }
}

impl Bench {
    /// Puts a wire to a level; a change is an edge.
    pub fn drive(&self, pin: u8, high: bool) {
        let mut state = self.0.lock();
        let at = state.now;
        let Some(wire) = state.inputs.get_mut(usize::from(pin)) else { return };
        if core::mem::replace(wire, high) == high {
            return;
        }
        if state.edges.len() < EDGES_MAX {
            state.edges.push_back(PinEdge { at, pin, high });
        } else {
            state.lost = true;
        }
        self.0.changed.notify_all();
    }

    /// Puts a wire to a level without an edge: the interrupt of this pin is dead.
    pub fn drive_unseen(&self, pin: u8, high: bool) {
        if let Some(wire) = self.0.lock().inputs.get_mut(usize::from(pin)) {
            *wire = high;
        }
    }

    /// Time goes on.
    pub fn pass(&self, time: Nanos) {
        let mut state = self.0.lock();
        state.now = state.now.plus(time);
        self.0.changed.notify_all();
    }

    /// Waits until the loop has dealt with everything so far; false when it does not come.
    #[must_use]
    pub fn settle(&self) -> bool {
        let busy = |state: &mut State| {
            let at_rest = state.edges.is_empty() && !state.lost;
            !(at_rest && state.waits_until.is_some_and(|until| until > state.now))
        };
        let waited = self.0.changed.wait_timeout_while(self.0.lock(), PATIENCE, busy);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        !waited.timed_out()
    }

    /// Level of an output.
    #[must_use]
    pub fn output(&self, pin: u8) -> bool {
        self.0.lock().outputs.get(usize::from(pin)).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_come_in_order_then_time() {
        let (mut pins, bench) = pins();
        bench.drive(4, true);
        bench.drive(4, true);
        bench.pass(Nanos(10));
        bench.drive(5, true);
        let edge = |at, pin| PinInput::Edge(PinEdge { at: Nanos(at), pin, high: true });
        assert_eq!(pins.next(Nanos(7)), edge(0, 4));
        assert_eq!(pins.next(Nanos(7)), edge(10, 5));
        assert_eq!(pins.next(Nanos(7)), PinInput::Time(Nanos(7)));
        assert!(pins.level(4) && !pins.level(6));
    }

    #[test]
    fn an_edge_wakes_the_loop_and_settle_waits_for_it() {
        let (mut pins, bench) = pins();
        let wires = std::thread::spawn(move || {
            let waits = bench.settle();
            bench.drive(9, true);
            let seen = bench.settle();
            bench.pass(Nanos(100));
            (waits, seen)
        });
        let far = Nanos(100);
        let edge = PinEdge { at: Nanos(0), pin: 9, high: true };
        assert_eq!(pins.next(far), PinInput::Edge(edge));
        assert_eq!(pins.next(far), PinInput::Time(far));
        assert_eq!(wires.join().unwrap(), (true, true));
    }

    #[test]
    fn an_overflow_is_told() {
        let (mut pins, bench) = pins();
        for i in 0..=EDGES_MAX {
            bench.drive(4, i % 2 == 0);
        }
        assert_eq!(pins.next(Nanos(1)), PinInput::Lost);
    }
}
