//! A station over Modbus TCP: one FC23 a cycle writes the command and reads the status.
//!
//! `run` is called by the binary on a thread of its own. The command only asks and names a recipe,
//! so the first exchange of a connection is one as any other. Must never use a connection that
//! timed out: its answers are out of step.

use super::log_name;
use super::session::StationSession;
use crate::link::{Supervisor, cycle_end, runtime};
use crate::modbus_link::ModbusLink;
use crate::results::take_setup;
use crate::{DeviceIo, LinkError, PlainEndpoint};
use contracts::station::{STATUS_REGISTERS, StationCommand, StationFrame};
use profiles::StationModbus;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Where the station is and how fast to talk to it.
#[derive(Clone, Debug)]
pub struct StationConfig {
    /// `host:port`, and what the network allows.
    pub endpoint: PlainEndpoint,
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
    pub fn new(endpoint: impl Into<PlainEndpoint>, profile: StationModbus) -> Self {
        Self { endpoint: endpoint.into(), profile, cycle_ms: 5, timeout_ms: 100 }
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
        // Kept over connections: an answer to an earlier one's command is never taken for this.
        let mut frame = 0;
        while !io.stop() {
            if let Err(error) = converse(config, &mut frame, session, io, &mut supervisor).await {
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
    frame: &mut u16,
    session: &mut StationSession,
    io: &mut dyn DeviceIo,
    supervisor: &mut Supervisor,
) -> Result<(), LinkError> {
    let limit = Duration::from_millis(config.timeout_ms);
    let mut link = ModbusLink::connect(&config.endpoint, config.profile.unit_id, limit).await?;
    while !io.stop() {
        let due = Instant::now() + Duration::from_millis(config.cycle_ms);
        take_setup(session, io);
        let command = next_command(frame, session);
        let answer = exchange(&config.profile, &command, &mut link).await?;
        let (status, now) = (&answer.status, supervisor.now());
        session.on_answer(status, &answer.results, now, &mut |input| io.input(input));
        supervisor.is_up(session.is_up());
        if !session.wants_more() {
            cycle_end(due).await;
        }
    }
    Ok(())
}

/// Asks for results and names the order's recipe; no order yet, 0, leaves the station's.
fn next_command(frame: &mut u16, session: &StationSession) -> StationCommand {
    *frame = frame.wrapping_add(1);
    StationCommand {
        frame: *frame,
        heartbeat: *frame,
        recipe_hash: session.recipe().unwrap_or(0),
        read_from: session.from_seq(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::station::{Station, StationStatus};
    use line_core::ids::Nanos;

    #[test]
    fn the_command_names_what_is_wanted() {
        let (mut frame, mut session) = (u16::MAX - 1, StationSession::new(Station::TextCheck));
        let first = next_command(&mut frame, &session);
        assert_eq!((first.recipe_hash, first.read_from), (0, 1), "no order yet");
        session.set_recipe(9);
        let status = StationStatus { epoch: 1, last_seq: 70_000, ..StationStatus::default() };
        session.on_answer(&status, &[], Nanos::default(), &mut |_| true);
        let second = next_command(&mut frame, &session);
        assert_eq!((second.recipe_hash, second.read_from), (9, 70_001));
        assert_eq!((first.frame, second.frame, second.heartbeat), (u16::MAX, 0, 0));
    }
}
