//! Alarms after ISA-18.2 and EEMUA 191: a closed catalogue with a text for each, the life of an
//! alarm from raised to normal, shelving, and rates that tell a flood.
//!
//! The service raises and clears, people acknowledge and shelve; what comes out is recorded by the
//! caller. Pure: time is an argument, in milliseconds since 1970 UTC. Must never do I/O, read a
//! clock, grow without a bound, or hold a rule of the line.

#![forbid(unsafe_code)]

mod board;
mod event;
mod instance;
mod kind;
mod rates;
mod text;

pub use board::{Board, Shown};
pub use event::{Change, Event, Person};
pub use instance::{Known, Refused, SHELVE_MS_MAX, Shelf, State, TEXT_MAX};
pub use kind::{AlarmKind, Class, KINDS, Priority};
pub use rates::{CHATTER_COUNT, FLOOD_BEGINS, FLOOD_ENDS, HISTORY_MAX, Rates};
pub use text::{Language, Text, text};

#[cfg(test)]
mod tests;
