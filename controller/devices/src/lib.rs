//! Drivers of the line's devices: for each a sans-IO session (what to send next, what an answer
//! means) and a transport (a socket, a cycle, a supervisor that reconnects).
//!
//! The binary runs each transport on a thread of its own and hands it the rings as [`DeviceIo`].
//! Sessions turn the core's outputs into frames of our contracts, and answers into its inputs. It
//! must never interpret a verdict, choose a serial, or keep anything over a restart.

#![forbid(unsafe_code)]

pub mod camera;
#[cfg(feature = "opcua")]
pub mod certificates;
mod device_io;
pub mod labeler;
pub mod line_io;
mod link;
mod modbus_link;
#[cfg(feature = "opcua")]
mod opcua_link;
#[cfg(feature = "opcua")]
mod opcua_security;
mod plain_endpoint;
mod points;
pub mod results;
pub mod station;
mod tail;
mod text_link;

pub use device_io::{DeviceIo, ImageRequest, Setup};
pub use labeler::Look;
pub use link::LinkError;
#[cfg(feature = "opcua")]
pub use opcua_security::{OpcuaEndpoint, OpcuaIdentity, OpcuaSecurity, Secured};
pub use plain_endpoint::{LineNetwork, Peer, PlainEndpoint};
pub use points::{Facts, Value};
