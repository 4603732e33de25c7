//! Pins of a machine as the GPIO loop sees them: edges in, with the time at which they happened;
//! levels out.
//!
//! Implemented by `rppal_pins.rs` (the real header) and `memory.rs` (a bench in memory). Must never
//! know what a pin is for, hand out edges in another order than they happened, or lose one
//! silently.

use line_core::ids::Nanos;

/// BCM numbers are below this.
pub const PINS: usize = 28;

/// One change of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PinEdge {
    /// When it happened.
    pub at: Nanos,
    /// BCM number.
    pub pin: u8,
    /// The level after the change; true is 3.3 V.
    pub high: bool,
}

/// What happened next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinInput {
    /// An input changed.
    Edge(PinEdge),
    /// It is so late; every edge before has been handed out.
    Time(Nanos),
    /// Edges were lost on the way here.
    Lost,
}

/// The pins of a machine.
pub trait Pins {
    /// The time now, on the clock of the edges.
    fn now(&self) -> Nanos;

    /// Waits for the next edge, no longer than `until`.
    fn next(&mut self, until: Nanos) -> PinInput;

    /// The level of an input now.
    fn level(&self, pin: u8) -> bool;

    /// Sets an output.
    fn set(&mut self, pin: u8, high: bool);
}
