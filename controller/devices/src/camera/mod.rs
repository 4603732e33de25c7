//! The camera: session (sans-IO) and transports.
//!
//! Run by the binary on a thread of its own. Must never judge a result.

#[cfg(feature = "opcua")]
pub mod opcua;
pub mod session;
