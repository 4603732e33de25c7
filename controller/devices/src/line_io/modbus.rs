//! The line-I/O device over Modbus TCP: one FC23 a cycle writes the command and reads the status.
//!
//! `run` is called by the binary on a thread of its own. The timeout is below half of the device's
//! `heartbeat_ms_max`, and the heartbeat in each frame is the line thread's: a hung line thread
//! looks dead to the device although this thread lives. Must never time anything that moves.

use super::session::LineIoSession;
use crate::link::{Supervisor, cycle_end, runtime};
use crate::modbus_link::ModbusLink;
use crate::{DeviceIo, LinkError, PlainEndpoint};
use contracts::line_io::{LineIoStatus, STATUS_REGISTERS};
use profiles::LineIoModbus;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Where the device is and how fast to talk to it.
#[derive(Clone, Debug)]
pub struct LineIoConfig {
    /// `host:port`, and what the network allows.
    pub endpoint: PlainEndpoint,
    /// Its profile.
    pub profile: LineIoModbus,
    /// Time between two exchanges.
    pub cycle_ms: u64,
    /// Longest wait for an answer; below half of the device's `heartbeat_ms_max`.
    pub timeout_ms: u64,
}

impl LineIoConfig {
    /// Cycle 5 ms, timeout 100 ms.
    #[must_use]
    pub fn new(endpoint: impl Into<PlainEndpoint>, profile: LineIoModbus) -> Self {
        Self { endpoint: endpoint.into(), profile, cycle_ms: 5, timeout_ms: 100 }
    }
}

/// Talks to the device until `io` says stop.
///
/// # Errors
/// [`LinkError::Transport`] when the thread gets no runtime; link errors are logged and retried.
pub fn run(
    config: &LineIoConfig,
    session: &mut LineIoSession,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    runtime()?.block_on(async {
        let mut supervisor = Supervisor::new("line-io");
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
    config: &LineIoConfig,
    session: &mut LineIoSession,
    io: &mut dyn DeviceIo,
    supervisor: &mut Supervisor,
) -> Result<(), LinkError> {
    let limit = Duration::from_millis(config.timeout_ms);
    let profile = &config.profile;
    let mut link = ModbusLink::connect(&config.endpoint, profile.unit_id, limit).await?;
    while !io.stop() {
        let due = Instant::now() + Duration::from_millis(config.cycle_ms);
        take_outputs(session, io);
        let command = session.command(io.heartbeat());
        let (to, from) = (profile.command_address, profile.status_address);
        let words = link.exchange(to, &command.encode(), from, STATUS_REGISTERS).await?;
        let doing = "exchange frames";
        let status =
            LineIoStatus::decode(&words).map_err(|error| LinkError::protocol(doing, error))?;
        if status.frame != command.frame {
            return Err(LinkError::protocol(doing, "the status answers another command"));
        }
        session.on_status(&status, &mut |input| io.input(input));
        supervisor.is_up(session.is_up());
        if !session.wants_more() {
            cycle_end(due).await;
        }
    }
    Ok(())
}

fn take_outputs(session: &mut LineIoSession, io: &mut dyn DeviceIo) {
    while let Some(output) = io.output() {
        session.apply(&output);
    }
}
