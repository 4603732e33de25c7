//! The labeler over OPC UA: each cycle its status and results are read (`GetResults`), then jobs
//! are submitted or a flush is asked for.
//!
//! `run` is called by the binary on a thread of its own. Nothing is subscribed: every answer is the
//! heartbeat. A lost session is never repaired: the next one is a new one. Must never ask for
//! anything after a call without an answer before the labeler has said how far it is: the read
//! comes first in every cycle.

use super::session::{LabelerSession, Wish};
use super::take_outputs;
use crate::link::{Supervisor, cycle_end, runtime};
use crate::opcua_link::MISSES_MAX;
use crate::{DeviceIo, LinkError, OpcuaEndpoint};
use contracts::labeler::LabelerStatus;
use contracts::labeler::opcua::JOBS_PER_CALL;
use profiles::LabelerOpcua;
use std::time::Duration;
use tokio::time::{Instant, sleep};

mod client;
mod results;
use client::LabelerClient;
use results::ResultCursor;

/// Where the labeler is and how fast to talk to it.
#[derive(Clone, Debug)]
pub struct LabelerConfig {
    /// Address and security.
    pub endpoint: OpcuaEndpoint,
    /// Its profile.
    pub profile: LabelerOpcua,
    /// Time between two reads when no job waits.
    pub cycle_ms: u64,
    /// Longest wait for an answer; three missed in a row drop the link.
    pub timeout_ms: u64,
    /// Longest wait for a session.
    pub connect_ms: u64,
}

impl LabelerConfig {
    /// Cycle 10 ms, timeout 100 ms, one second for a session.
    #[must_use]
    pub fn new(endpoint: OpcuaEndpoint, profile: LabelerOpcua) -> Self {
        Self { endpoint, profile, cycle_ms: 10, timeout_ms: 100, connect_ms: 1_000 }
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
        let mut cursor = ResultCursor::default();
        while !io.stop() {
            let mut client = None;
            let mut talk = Talk { session, io, supervisor: &mut supervisor, cursor: &mut cursor };
            let outcome = talk.converse(config, &mut client).await;
            if let Some(client) = client {
                client.close(outcome.is_ok()).await;
            }
            if let Err(error) = outcome {
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

/// What a conversation works on.
struct Talk<'a> {
    session: &'a mut LabelerSession,
    io: &'a mut dyn DeviceIo,
    supervisor: &'a mut Supervisor,
    cursor: &'a mut ResultCursor,
}

impl Talk<'_> {
    async fn converse(
        &mut self,
        config: &LabelerConfig,
        client: &mut Option<LabelerClient>,
    ) -> Result<(), LinkError> {
        let client = &*client.insert(LabelerClient::connect(config).await?);
        let mut misses = 0;
        while !self.io.stop() {
            let due = Instant::now() + Duration::from_millis(config.cycle_ms);
            take_outputs(self.session, self.io);
            match self.cycle(client).await {
                Ok(()) => misses = 0,
                Err(LinkError::Timeout { .. }) if misses + 1 < MISSES_MAX => misses += 1,
                Err(error) => return Err(error),
            }
            if misses > 0 || !self.session.wants_more() {
                cycle_end(due).await;
            }
        }
        Ok(())
    }

    /// Reads how far the labeler is, then asks for what is to be done.
    async fn cycle(&mut self, client: &LabelerClient) -> Result<(), LinkError> {
        let (status, results) = client.results(self.cursor.from()).await?;
        self.take(&status);
        if !self.cursor.take(&status, &results) {
            return Err(LinkError::protocol("get results", "the results are not of these jobs"));
        }
        if let Some(header) = self.session.needs_header(&status) {
            return client.set_header(header).await;
        }
        if !self.session.is_up() {
            return Ok(());
        }
        let epoch = status.epoch;
        let status = match self.session.wish(JOBS_PER_CALL) {
            Wish::Nothing => return Ok(()),
            Wish::Flush { action_seq } => client.flush(epoch, action_seq).await?,
            Wish::Jobs(jobs) => client.submit(epoch, &jobs).await?,
        };
        self.take(&status);
        Ok(())
    }

    fn take(&mut self, status: &LabelerStatus) {
        let now = self.supervisor.now();
        self.session.on_status(status, now, &mut |input| self.io.input(input));
        self.supervisor.is_up(self.session.is_up());
    }
}
