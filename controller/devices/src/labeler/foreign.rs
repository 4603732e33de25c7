//! A labeler that does not keep our contract, over any protocol: points are read, the shadow makes
//! a status out of them, the session says what is next, the shadow makes writes out of that.
//!
//! Used by the transports of foreign labelers. Must never send on a connection that failed, and
//! never give a second job before the device has taken the first.

use super::session::{LabelerSession, Wish};
use super::shadow::LabelerShadow;
use super::take_outputs;
use crate::link::{Supervisor, cycle_end, runtime};
use crate::points::{Facts, PointLink, understand};
use crate::{DeviceIo, LinkError};
use contracts::labeler::LabelerStatus;
use profiles::dialect::LabelerDialect;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Opens connections of one protocol.
pub(super) trait Connect {
    /// A connection.
    type Link: PointLink;
    /// Opens one.
    async fn connect(&mut self) -> Result<Self::Link, LinkError>;
    /// Ends one; `clean` when no error has ended it.
    async fn close(&mut self, link: Self::Link, clean: bool);
}

/// An epoch that no earlier process of ours is likely to have used.
fn first_epoch() -> u32 {
    getrandom::u32().unwrap_or(1)
}

/// What the points of a device show.
#[derive(Clone, Debug)]
pub struct Look {
    /// As they are read.
    pub read: Facts,
    /// With the numbers that the profile gives to words, and its sums; or what has none.
    pub understood: Result<Facts, String>,
}

/// Reads a device's points once; tries again until `limit` has passed.
pub(super) fn look(
    connect: &mut impl Connect,
    dialect: &LabelerDialect,
    limit: Duration,
) -> Result<Look, LinkError> {
    runtime()?.block_on(async {
        let until = Instant::now() + limit;
        loop {
            match read_once(connect).await {
                Ok(read) => {
                    let mut facts = read.clone();
                    let numbers = dialect.numbers();
                    let understood =
                        understand(&mut facts, numbers, &dialect.meanings, &dialect.sums);
                    return Ok(Look { read, understood: understood.map(|()| facts) });
                }
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => sleep(Duration::from_millis(200)).await,
            }
        }
    })
}

async fn read_once(connect: &mut impl Connect) -> Result<Facts, LinkError> {
    let mut link = connect.connect().await?;
    let read = link.read().await;
    connect.close(link, read.is_ok()).await;
    read
}

/// What a conversation works on.
pub(super) struct Foreign<'a> {
    pub session: &'a mut LabelerSession,
    pub io: &'a mut dyn DeviceIo,
    pub dialect: &'a LabelerDialect,
    pub shadow: LabelerShadow,
}

/// What the transports ask of a profile, whatever its protocol.
pub(super) fn timeout(dialect: &LabelerDialect) -> Duration {
    Duration::from_millis(u64::from(dialect.pace.timeout_ms))
}

impl<'a> Foreign<'a> {
    /// A labeler of this dialect, whose points can tell so many numbers apart.
    pub(super) fn new(
        session: &'a mut LabelerSession,
        io: &'a mut dyn DeviceIo,
        dialect: &'a LabelerDialect,
        moduli: BTreeMap<String, u64>,
    ) -> Self {
        let shadow = LabelerShadow::new(dialect.clone(), moduli, first_epoch());
        Self { session, io, dialect, shadow }
    }

    /// Talks to the labeler until `io` says stop.
    pub(super) fn run(mut self, connect: &mut impl Connect) -> Result<(), LinkError> {
        runtime()?.block_on(async {
            let mut supervisor = Supervisor::new("labeler");
            while !self.io.stop() {
                if let Err(error) = self.converse(connect, &mut supervisor).await {
                    let pause = supervisor.failed(&error);
                    let io = &mut self.io;
                    self.session.on_disconnected(&mut |input| io.input(input));
                    take_outputs(self.session, self.io);
                    sleep(pause).await;
                    take_outputs(self.session, self.io);
                }
            }
            Ok(())
        })
    }

    async fn converse(
        &mut self,
        connect: &mut impl Connect,
        supervisor: &mut Supervisor,
    ) -> Result<(), LinkError> {
        let mut link = connect.connect().await?;
        let outcome = self.cycles(&mut link, supervisor).await;
        connect.close(link, outcome.is_ok()).await;
        outcome
    }

    async fn cycles(
        &mut self,
        link: &mut impl PointLink,
        supervisor: &mut Supervisor,
    ) -> Result<(), LinkError> {
        self.shadow.connected();
        while !self.io.stop() {
            let begun = Instant::now();
            take_outputs(self.session, self.io);
            self.cycle(link, supervisor).await?;
            let waits = self.session.wants_more() && self.shadow.room() > 0;
            let busy = waits || !self.shadow.is_idle();
            let pace = self.dialect.pace;
            let ms = if busy { pace.busy_ms } else { pace.cycle_ms };
            cycle_end(begun + Duration::from_millis(u64::from(ms))).await;
        }
        Ok(())
    }

    /// Reads how far the labeler is, carries on with what is under way, begins what is next.
    async fn cycle(
        &mut self,
        link: &mut impl PointLink,
        supervisor: &mut Supervisor,
    ) -> Result<(), LinkError> {
        let mut facts = link.read().await?;
        let numbers = self.dialect.numbers();
        let understood =
            understand(&mut facts, numbers, &self.dialect.meanings, &self.dialect.sums);
        understood.map_err(|what| LinkError::protocol("understand its points", what))?;
        self.step(link, &facts, supervisor).await?;
        let Some(status) = self.shadow.status().copied() else { return Ok(()) };
        let io = &mut self.io;
        self.session.on_status(&status, supervisor.now(), &mut |input| io.input(input));
        supervisor.is_up(self.session.is_up());
        if self.shadow.is_idle() && self.begin(&status, supervisor) {
            self.step(link, &facts, supervisor).await?;
        }
        Ok(())
    }

    async fn step(
        &mut self,
        link: &mut impl PointLink,
        facts: &Facts,
        supervisor: &Supervisor,
    ) -> Result<(), LinkError> {
        let doing = "follow its counters";
        let writes = self.shadow.on_facts(facts, supervisor.now());
        let writes = writes.map_err(|why| LinkError::Device { doing, what: why.to_string() })?;
        if writes.is_empty() {
            return Ok(());
        }
        link.write(&writes).await
    }

    /// Begins the next thing; false when there is none.
    fn begin(&mut self, status: &LabelerStatus, supervisor: &Supervisor) -> bool {
        let now = supervisor.now();
        if let Some(header) = self.session.needs_header(status) {
            self.shadow.begin_header(header, now);
            return true;
        }
        if !self.session.is_up() {
            return false;
        }
        match self.session.wish(1) {
            Wish::Flush { action_seq } => self.shadow.begin_clear(action_seq, now),
            Wish::Jobs(jobs) if self.shadow.room() > 0 => {
                let Some(job) = jobs.first() else { return false };
                self.shadow.begin_job(job, now);
            }
            Wish::Jobs(_) | Wish::Nothing => return false,
        }
        true
    }
}
