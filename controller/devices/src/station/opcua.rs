//! A station over OPC UA: a call of `GetResults` a cycle.
//!
//! `run` is called by the binary on a thread of its own. Results are polled by sequence and not
//! subscribed: subscriptions stay silently dead after a reconnect. Every answer is the heartbeat.
//! A lost session is never repaired: the next one is a new one. Must never delay results by more
//! than one call.

use super::log_name;
use super::session::StationSession;
use crate::link::{Supervisor, cycle_end, runtime};
use crate::opcua_link::MISSES_MAX;
use crate::results::take_setup;
use crate::{DeviceIo, LinkError, OpcuaEndpoint};
use profiles::StationOpcua;
use std::time::Duration;
use tokio::time::{Instant, sleep};

mod client;
use client::StationClient;

/// Where the station is and how fast to talk to it.
#[derive(Clone, Debug)]
pub struct StationConfig {
    /// Address and security.
    pub endpoint: OpcuaEndpoint,
    /// Its profile.
    pub profile: StationOpcua,
    /// Time between two calls of `GetResults`.
    pub cycle_ms: u64,
    /// Longest wait for an answer; three missed in a row drop the link.
    pub timeout_ms: u64,
    /// Longest wait for a session.
    pub connect_ms: u64,
}

impl StationConfig {
    /// Cycle 5 ms, timeout 100 ms, one second for a session.
    #[must_use]
    pub fn new(endpoint: OpcuaEndpoint, profile: StationOpcua) -> Self {
        Self { endpoint, profile, cycle_ms: 5, timeout_ms: 100, connect_ms: 1_000 }
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
            let mut client = None;
            let outcome = converse(config, &mut client, session, io, &mut supervisor).await;
            if let Some(client) = client {
                client.close(outcome.is_ok()).await;
            }
            if let Err(error) = outcome {
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
    client: &mut Option<StationClient>,
    session: &mut StationSession,
    io: &mut dyn DeviceIo,
    supervisor: &mut Supervisor,
) -> Result<(), LinkError> {
    let client = &*client.insert(StationClient::connect(config).await?);
    let mut misses = 0;
    while !io.stop() {
        let due = Instant::now() + Duration::from_millis(config.cycle_ms);
        take_setup(session, io);
        match client.results(session.from_seq()).await {
            Ok((status, results)) => {
                misses = 0;
                if let Some(hash) = session.needs_recipe(&status) {
                    client.set_recipe(hash).await?;
                }
                let now = supervisor.now();
                session.on_answer(&status, &results, now, &mut |input| io.input(input));
                supervisor.is_up(session.is_up());
            }
            Err(LinkError::Timeout { .. }) if misses + 1 < MISSES_MAX => misses += 1,
            Err(error) => return Err(error),
        }
        if !session.wants_more() {
            cycle_end(due).await;
        }
    }
    Ok(())
}
