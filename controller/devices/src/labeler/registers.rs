//! A labeler over Modbus TCP with a register map of its own.
//!
//! `run` is called by the binary on a thread of its own. Must never send on a connection that timed
//! out: its answers are out of step.

use super::foreign::{self, Connect, Foreign, Look};
use super::session::LabelerSession;
use crate::modbus_link::ModbusLink;
use crate::points::{Facts, PointLink, RegisterMap, Writes};
use crate::{DeviceIo, LinkError, PlainEndpoint};
use profiles::LabelerRegisters;
use std::time::Duration;

/// Where the labeler is, and its profile.
#[derive(Clone, Debug)]
pub struct LabelerConfig {
    /// `host:port`.
    pub endpoint: PlainEndpoint,
    /// Its profile.
    pub profile: Box<LabelerRegisters>,
}

/// Talks to the labeler until `io` says stop.
///
/// # Errors
/// [`LinkError::Transport`] when the thread gets no runtime; link errors are logged and retried.
pub fn run(
    config: &LabelerConfig,
    session: &mut LabelerSession,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    let profile = &config.profile;
    let map = RegisterMap::new(&profile.points, profile.labeler.read());
    let foreign = Foreign::new(session, io, &profile.labeler, map.moduli());
    foreign.run(&mut Registers { config, map })
}

/// Reads its points once; tries for `limit`.
pub(super) fn look(config: &LabelerConfig, limit: Duration) -> Result<Look, LinkError> {
    let labeler = &config.profile.labeler;
    let map = RegisterMap::new(&config.profile.points, labeler.read());
    foreign::look(&mut Registers { config, map }, labeler, limit)
}

struct Registers<'a> {
    config: &'a LabelerConfig,
    map: RegisterMap,
}

impl Connect for Registers<'_> {
    type Link = RegisterLink;

    async fn connect(&mut self) -> Result<RegisterLink, LinkError> {
        let limit = foreign::timeout(&self.config.profile.labeler);
        let unit_id = self.config.profile.unit_id;
        let link = ModbusLink::connect(&self.config.endpoint, unit_id, limit).await?;
        Ok(RegisterLink { link, map: self.map.clone() })
    }

    /// The bits that were written last are still there on the next connection.
    async fn close(&mut self, link: RegisterLink, _clean: bool) {
        self.map = link.map;
    }
}

struct RegisterLink {
    link: ModbusLink,
    map: RegisterMap,
}

impl PointLink for RegisterLink {
    async fn read(&mut self) -> Result<Facts, LinkError> {
        let mut cells = Vec::with_capacity(self.map.spans().len());
        for span in self.map.spans() {
            cells.push(self.link.read_span(span).await?);
        }
        Ok(self.map.facts(&cells))
    }

    async fn write(&mut self, writes: &Writes) -> Result<(), LinkError> {
        let encoded = self.map.encode(writes);
        for write in encoded.map_err(|why| LinkError::protocol("lay out its points", why))? {
            self.link.put(&write).await?;
        }
        Ok(())
    }
}
