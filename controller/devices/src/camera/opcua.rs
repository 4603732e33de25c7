//! The camera over OPC UA: a call of `GetResults` a cycle, pictures in between.
//!
//! `run` is called by the binary on a thread of its own. Results are polled by sequence and not
//! subscribed: subscriptions stay silently dead after a reconnect. Every answer is the heartbeat.
//! A lost session is never repaired: the next one is a new one. Must never delay results by more
//! than one call.

use super::session::CameraSession;
use crate::link::{Supervisor, cycle_end, runtime};
use crate::opcua_link::MISSES_MAX;
use crate::results::take_setup;
use crate::{DeviceIo, ImageRequest, LinkError, OpcuaEndpoint};
use contracts::camera::{CameraResult, CameraStatus};
use profiles::CameraOpcua;
use std::time::Duration;
use tokio::time::{Instant, sleep};

mod client;
use client::CameraClient;

/// Where the camera is and how fast to talk to it.
#[derive(Clone, Debug)]
pub struct CameraConfig {
    /// Address and security.
    pub endpoint: OpcuaEndpoint,
    /// Its profile.
    pub profile: CameraOpcua,
    /// Time between two calls of `GetResults`.
    pub cycle_ms: u64,
    /// Longest wait for an answer; three missed in a row drop the link.
    pub timeout_ms: u64,
    /// Longest wait for a session.
    pub connect_ms: u64,
}

impl CameraConfig {
    /// Cycle 5 ms, timeout 100 ms, one second for a session.
    #[must_use]
    pub fn new(endpoint: OpcuaEndpoint, profile: CameraOpcua) -> Self {
        Self { endpoint, profile, cycle_ms: 5, timeout_ms: 100, connect_ms: 1_000 }
    }
}

/// Talks to the camera until `io` says stop.
///
/// # Errors
/// [`LinkError::Transport`] when the thread gets no runtime; link errors are logged and retried.
pub fn run(
    config: &CameraConfig,
    session: &mut CameraSession,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    runtime()?.block_on(async {
        let mut supervisor = Supervisor::new("camera");
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
    config: &CameraConfig,
    client: &mut Option<CameraClient>,
    session: &mut CameraSession,
    io: &mut dyn DeviceIo,
    supervisor: &mut Supervisor,
) -> Result<(), LinkError> {
    let client = &*client.insert(CameraClient::connect(config).await?);
    let mut misses = 0;
    while !io.stop() {
        let due = Instant::now() + Duration::from_millis(config.cycle_ms);
        take_setup(session, io);
        match client.results(session.from_seq()).await {
            Ok((status, results)) => {
                misses = 0;
                answer(&status, &results, client, session, io, supervisor).await?;
            }
            Err(LinkError::Timeout { .. }) if misses + 1 < MISSES_MAX => misses += 1,
            Err(error) => return Err(error),
        }
        if !session.wants_more() {
            if misses == 0
                && let Some(request) = io.image_request()
            {
                fetch(request, client, io).await?;
            }
            cycle_end(due).await;
        }
    }
    Ok(())
}

async fn answer(
    status: &CameraStatus,
    results: &[CameraResult],
    client: &CameraClient,
    session: &mut CameraSession,
    io: &mut dyn DeviceIo,
    supervisor: &mut Supervisor,
) -> Result<(), LinkError> {
    if let Some(hash) = session.needs_recipe(status) {
        client.set_recipe(hash).await?;
    }
    let epoch = session.epoch();
    session.on_answer(status, results, supervisor.now(), &mut |input| io.input(input));
    supervisor.is_up(session.is_up());
    if epoch.is_some() && epoch != session.epoch() {
        // Requests for pictures of another epoch would fetch foreign ones.
        while let Some(request) = io.image_request() {
            io.image(request, None);
        }
    }
    Ok(())
}

/// One picture; a camera that does not have it, or is slow, costs this call and no more.
async fn fetch(
    request: ImageRequest,
    client: &CameraClient,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    let png = match client.image(request.seq).await {
        Ok(png) => Some(png),
        Err(LinkError::Timeout { .. } | LinkError::Device { .. }) => None,
        Err(error) => {
            io.image(request, None);
            return Err(error);
        }
    };
    io.image(request, png);
    Ok(())
}
