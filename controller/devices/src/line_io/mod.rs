//! The line-I/O device: session (sans-IO) and transports.
//!
//! Run by the binary on a thread of its own. Must never interpret an event.

pub mod gpio;
pub mod modbus;
pub mod session;
