//! A station over Modbus TCP: one FC23 a cycle writes the command and reads the status.
//!
//! `run` is called by the binary on a thread of its own. The command only asks and names a recipe,
//! so the first exchange of a connection is one as any other. Must never use a connection that
//! timed out: its answers are out of step.

use super::session::StationSession;
use super::{log_name, take_setup};
use crate::link::{Supervisor, cycle_end, runtime};
use crate::modbus_link::ModbusLink;
use crate::{DeviceIo, LinkError};
use contracts::station::{STATUS_REGISTERS, StationCommand, StationFrame};
use profiles::StationModbus;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Where the station is and how fast to talk to it.
#[derive(Clone, Debug)]
pub struct StationConfig {
    /// `host:port`.
    pub endpoint: String,
    /// Its profile.
    pub profile: StationModbus,
    /// Time between two exchanges when no result waits.
    pub cycle_ms: u64,
    /// Longest wait for an answer.
    pub timeout_ms: u64,
}

impl StationConfig {
    /// Cycle 5 ms, timeout 100 ms.
    #[must_use]
    pub fn new(endpoint: String, profile: StationModbus) -> Self {
        Self { endpoint, profile, cycle_ms: 5, timeout_ms: 100 }
    }
}

/// Talks to the station until `io` says stop.
///
/// # Errors
/// [`LinkError::Transport`] when the thread gets no runtime; link errors are logged and retried.
pub fn run(
    config: &StationConfig,
    session: &mut StationSession,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    runtime()?.block_on(async {
        let mut supervisor = Supervisor::new(log_name(session.station()));
        while !io.stop() {
            if let Err(error) = converse(config, session, io, &mut supervisor).await {
                let pause = supervisor.failed(&error);
                session.on_disconnected(&mut |input| io.input(input));
                take_setup(session, io);
                sleep(pause).await;
            }
        }
        Ok(())
    })
}

async fn converse(
    config: &StationConfig,
    session: &mut StationSession,
    io: &mut dyn DeviceIo,
    supervisor: &mut Supervisor,
) -> Result<(), LinkError> {
    let limit = Duration::from_millis(config.timeout_ms);
    let mut link = ModbusLink::connect(&config.endpoint, config.profile.unit_id, limit).await?;
    while !io.stop() {
        let due = Instant::now() + Duration::from_millis(config.cycle_ms);
        take_setup(session, io);
        let command = session.command();
        let frame = exchange(&config.profile, &command, &mut link).await?;
        let (status, now) = (&frame.status, supervisor.now());
        session.on_answer(status, &frame.results, now, &mut |input| io.input(input));
        supervisor.is_up(session.is_up());
        if !session.wants_more() {
            cycle_end(due).await;
        }
    }
    Ok(())
}

async fn exchange(
    profile: &StationModbus,
    command: &StationCommand,
    link: &mut ModbusLink,
) -> Result<StationFrame, LinkError> {
    let doing = "exchange frames";
    let (to, from) = (profile.command_address, profile.status_address);
    let words = link.exchange(to, &command.encode(), from, STATUS_REGISTERS).await?;
    let status = StationFrame::decode(&words).map_err(|error| LinkError::protocol(doing, error))?;
    if status.frame != command.frame || status.heartbeat_echo != command.heartbeat {
        return Err(LinkError::protocol(doing, "the status answers another command"));
    }
    Ok(status)
}
