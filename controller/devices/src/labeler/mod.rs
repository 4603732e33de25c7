//! The labeler: session (sans-IO) and transports.
//!
//! Run by the binary on a thread of its own. Must never decide what is printed.

mod foreign;
pub mod modbus;
#[cfg(feature = "opcua")]
pub mod nodes;
#[cfg(feature = "opcua")]
pub mod opcua;
pub mod registers;
pub mod session;
pub mod shadow;
pub mod text;

use crate::{DeviceIo, LinkError, Setup};
pub use foreign::Look;
use session::LabelerSession;
use std::time::Duration;

/// A labeler, by the protocol that it speaks.
#[derive(Clone, Debug)]
pub enum LabelerLink {
    /// Modbus TCP.
    Modbus(modbus::LabelerConfig),
    /// Modbus TCP, with a register map of the device's own.
    Registers(registers::LabelerConfig),
    /// OPC UA.
    #[cfg(feature = "opcua")]
    Opcua(opcua::LabelerConfig),
    /// OPC UA, with an address space of the device's own.
    #[cfg(feature = "opcua")]
    Nodes(nodes::LabelerConfig),
    /// Texts over TCP.
    Text(text::LabelerConfig),
}

impl LabelerLink {
    /// Jobs that the device holds at a time, where its profile says so.
    #[must_use]
    pub const fn jobs_max(&self) -> Option<u16> {
        match self {
            Self::Registers(config) => Some(config.profile.labeler.slots),
            Self::Text(config) => Some(config.profile.labeler.slots),
            Self::Modbus(_) => None,
            #[cfg(feature = "opcua")]
            Self::Opcua(_) => None,
            #[cfg(feature = "opcua")]
            Self::Nodes(config) => Some(config.profile.labeler.slots),
        }
    }

    /// What the points of the device show, tried for `limit`; none for one that keeps our contract.
    #[must_use]
    pub fn look(&self, limit: Duration) -> Option<Result<Look, LinkError>> {
        match self {
            Self::Modbus(_) => None,
            #[cfg(feature = "opcua")]
            Self::Opcua(_) => None,
            Self::Registers(config) => Some(registers::look(config, limit)),
            #[cfg(feature = "opcua")]
            Self::Nodes(config) => Some(nodes::look(config, limit)),
            Self::Text(config) => Some(text::look(config, limit)),
        }
    }

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
            Self::Registers(config) => registers::run(config, session, io),
            #[cfg(feature = "opcua")]
            Self::Opcua(config) => opcua::run(config, session, io),
            #[cfg(feature = "opcua")]
            Self::Nodes(config) => nodes::run(config, session, io),
            Self::Text(config) => text::run(config, session, io),
        }
    }
}

/// Takes what the order sets and what the core wants.
fn take_outputs(session: &mut LabelerSession, io: &mut dyn DeviceIo) {
    while let Some(setup) = io.setup() {
        if let Setup::Header(header) = setup {
            session.set_header(header);
        }
    }
    while let Some(output) = io.output() {
        session.apply(&output);
    }
}
