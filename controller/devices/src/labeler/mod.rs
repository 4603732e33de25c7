//! The labeler: session (sans-IO) and transports.
//!
//! Run by the binary on a thread of its own. Must never decide what is printed.

pub mod modbus;
pub mod opcua;
pub mod session;
