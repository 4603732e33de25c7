//! A simulated line at work: the scripted person, and the whole line in virtual time.
//!
//! Used by `demo`, by whole-line tests and by campaigns. This is the one place that knows both
//! sides of the wire. Must never be reached by `run`.

pub mod campaign;
pub mod memory_ledger;
pub mod observer;
pub mod operator;
pub mod reference;
pub mod shipped_line;
pub mod virtual_line;
