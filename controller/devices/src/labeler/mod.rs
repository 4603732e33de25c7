//! The labeler: session (sans-IO) and transports.
//!
//! Run by the binary on a thread of its own. Must never decide what is printed.

pub mod modbus;
#[cfg(feature = "opcua")]
pub mod opcua;
pub mod session;

use crate::{DeviceIo, LinkError};
use session::LabelerSession;

/// A labeler, by the protocol that it speaks.
#[derive(Clone, Debug)]
pub enum LabelerLink {
    /// Modbus TCP.
    Modbus(modbus::LabelerConfig),
    /// OPC UA.
    #[cfg(feature = "opcua")]
    Opcua(opcua::LabelerConfig),
}

impl LabelerLink {
    /// Talks to the labeler until `io` says stop.
    ///
    /// # Errors
    /// [`LinkError::Transport`] when the thread gets no runtime; link errors are logged, retried.
    pub fn run(
        &self,
        session: &mut LabelerSession,
        io: &mut dyn DeviceIo,
    ) -> Result<(), LinkError> {
        match self {
            Self::Modbus(config) => modbus::run(config, session, io),
            #[cfg(feature = "opcua")]
            Self::Opcua(config) => opcua::run(config, session, io),
        }
    }
}
