//! The labeler over Modbus TCP: its status is read first, the batch header written when it differs,
//! then one FC23 a cycle writes jobs and reads the status.
//!
//! `run` is called by the binary on a thread of its own. Must never send on a connection that timed
//! out: the labeler may have executed what was not answered.

use super::session::LabelerSession;
use super::take_outputs;
use crate::link::{Supervisor, cycle_end, runtime};
use crate::modbus_link::ModbusLink;
use crate::{DeviceIo, LinkError, PlainEndpoint};
use contracts::labeler::{LabelerStatus, STATUS_REGISTERS};
use profiles::LabelerModbus;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Where the labeler is and how fast to talk to it.
#[derive(Clone, Debug)]
pub struct LabelerConfig {
    /// `host:port`, and what the network allows.
    pub endpoint: PlainEndpoint,
    /// Its profile.
    pub profile: LabelerModbus,
    /// Time between two exchanges when no job waits.
    pub cycle_ms: u64,
    /// Longest wait for an answer.
    pub timeout_ms: u64,
}

impl LabelerConfig {
    /// Cycle 10 ms, timeout 100 ms.
    #[must_use]
    pub fn new(endpoint: impl Into<PlainEndpoint>, profile: LabelerModbus) -> Self {
        Self { endpoint: endpoint.into(), profile, cycle_ms: 10, timeout_ms: 100 }
    }
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
    runtime()?.block_on(async {
        let mut supervisor = Supervisor::new("labeler");
        while !io.stop() {
            if let Err(error) = converse(config, session, io, &mut supervisor).await {
                let pause = supervisor.failed(&error);
                session.on_disconnected(&mut |input| io.input(input));
                take_outputs(session, io);
                sleep(pause).await;
                take_outputs(session, io);
            }
        }
        Ok(())
    })
}

async fn converse(
    config: &LabelerConfig,
    session: &mut LabelerSession,
    io: &mut dyn DeviceIo,
    supervisor: &mut Supervisor,
) -> Result<(), LinkError> {
    let limit = Duration::from_millis(config.timeout_ms);
    let unit_id = config.profile.unit_id;
    let mut link = ModbusLink::connect(&config.endpoint, unit_id, limit).await?;
    while !io.stop() {
        let due = Instant::now() + Duration::from_millis(config.cycle_ms);
        take_outputs(session, io);
        let status = status(&config.profile, session, &mut link).await?;
        session.on_status(&status, supervisor.now(), &mut |input| io.input(input));
        supervisor.is_up(session.is_up());
        if let Some(header) = session.needs_header(&status) {
            link.write(config.profile.header_address, &header.encode()).await?;
        }
        if !session.wants_more() {
            cycle_end(due).await;
        }
    }
    Ok(())
}

/// The labeler's status: read alone on a new connection, afterwards in exchange for a command.
async fn status(
    profile: &LabelerModbus,
    session: &mut LabelerSession,
    link: &mut ModbusLink,
) -> Result<LabelerStatus, LinkError> {
    let from = profile.status_address;
    let doing = "exchange frames";
    let protocol = |error| LinkError::protocol(doing, error);
    if !session.is_up() {
        let words = link.read(from, STATUS_REGISTERS).await?;
        return LabelerStatus::decode(&words).map_err(protocol);
    }
    let command = session.command();
    let to = profile.command_address;
    let words = link.exchange(to, &command.encode(), from, STATUS_REGISTERS).await?;
    let status = LabelerStatus::decode(&words).map_err(protocol)?;
    if status.frame != command.frame {
        return Err(LinkError::protocol(doing, "the status answers another command"));
    }
    Ok(status)
}
