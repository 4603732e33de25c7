//! The ledger thread: owns the write connection for the whole life of the service; commits the
//! running order's records in groups and publishes the watermark; does other jobs in between.
//!
//! Must never publish a watermark before the commit has returned (invariant I2), never retry on a
//! handle whose commit gave no answer.

use super::clock::wall_clock;
use super::rings::{LedgerEnds, Signs};
use ledger::{BatchNo, CommitError, Ledger, LedgerError, WalCheckpointer};
use line_core::record::Record;
use ringbuf::traits::Consumer;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tracing::{error, warn};

/// Records of one commit.
const GROUP: usize = 256;
/// Wait for more when there is nothing to commit: the batching window.
const WINDOW: Duration = Duration::from_millis(1);
/// Jobs that may wait.
const JOBS: usize = 64;
/// Wait before a rolled-back group is tried again (disk full or busy).
const RETRY: Duration = Duration::from_millis(20);
/// WAL frames after which a passive checkpoint is made.
const WAL_CHECK: Duration = Duration::from_millis(500);

/// A job for the owner of the ledger.
pub type Job = Box<dyn FnOnce(&mut Ledger) + Send>;

/// What the ledger thread is asked to do.
pub enum Ask {
    /// Commit this order's records from now on.
    Attach(LedgerEnds, BatchNo, Arc<Signs>),
    /// Commit what is left, then let go of the order; say when done.
    Detach(SyncSender<()>),
    /// Anything else that needs the write connection.
    Job(Job),
    /// End.
    End,
}

/// The handle of the others.
#[derive(Clone)]
pub struct LedgerHandle {
    asks: SyncSender<Ask>,
}

/// The ledger thread is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to reach the ledger thread: it has ended")]
pub struct LedgerGone;

impl LedgerHandle {
    /// Does something with the ledger and waits for it.
    ///
    /// # Errors
    /// [`LedgerGone`].
    pub fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger) -> T + Send + 'static,
    ) -> Result<T, LedgerGone> {
        let (tell, told) = sync_channel(1);
        let job: Job = Box::new(move |ledger| {
            let _ = tell.send(work(ledger));
        });
        self.ask(Ask::Job(job))?;
        told.recv().map_err(|_| LedgerGone)
    }

    /// Commits the records of `batch` from now on.
    ///
    /// # Errors
    /// [`LedgerGone`].
    pub fn attach(
        &self,
        ends: LedgerEnds,
        batch: BatchNo,
        signs: Arc<Signs>,
    ) -> Result<(), LedgerGone> {
        self.ask(Ask::Attach(ends, batch, signs))
    }

    /// Waits until every record is committed, then lets go of the order.
    ///
    /// # Errors
    /// [`LedgerGone`].
    pub fn detach(&self) -> Result<(), LedgerGone> {
        let (tell, told) = sync_channel(1);
        self.ask(Ask::Detach(tell))?;
        told.recv().map_err(|_| LedgerGone)
    }

    /// Ends the thread.
    pub fn end(&self) {
        let _ = self.ask(Ask::End);
    }

    fn ask(&self, ask: Ask) -> Result<(), LedgerGone> {
        self.asks.send(ask).map_err(|_| LedgerGone)
    }
}

/// Starts the thread on an open ledger.
///
/// # Errors
/// The operating system gives no thread.
pub fn start(ledger: Ledger) -> std::io::Result<(LedgerHandle, JoinHandle<()>)> {
    let (asks, receiver) = sync_channel(JOBS);
    let path = ledger.path().to_path_buf();
    let worker = Worker { ledger: Some(ledger), path, asks: receiver, order: None };
    let thread = std::thread::Builder::new().name("ledger".into()).spawn(move || worker.run())?;
    Ok((LedgerHandle { asks }, thread))
}

/// Starts the checkpoint thread on a connection of its own; it ends with `stop`.
///
/// # Errors
/// The operating system gives no thread.
pub fn start_checkpoints(
    path: PathBuf,
    stop: Arc<std::sync::atomic::AtomicBool>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("checkpoint".into()).spawn(move || {
        let checkpointer = match WalCheckpointer::open(&path) {
            Ok(checkpointer) => checkpointer,
            Err(error) => {
                error!(%error, "the write-ahead log will grow: no checkpoint connection");
                return;
            }
        };
        while !stop.load(std::sync::atomic::Ordering::Acquire) {
            std::thread::sleep(WAL_CHECK);
            if let Err(error) = checkpointer.passive() {
                warn!(%error, "checkpoint of the write-ahead log failed");
            }
        }
        let _ = checkpointer.truncate();
    })
}

struct Order {
    ends: LedgerEnds,
    batch: BatchNo,
    signs: Arc<Signs>,
    group: Vec<Record>,
}

struct Worker {
    ledger: Option<Ledger>,
    path: PathBuf,
    asks: Receiver<Ask>,
    order: Option<Order>,
}

impl Worker {
    fn run(mut self) {
        loop {
            let committed = self.commit();
            let ask = if committed {
                self.asks.try_recv().map_err(|e| e == TryRecvError::Disconnected)
            } else {
                self.asks
                    .recv_timeout(WINDOW)
                    .map_err(|e| matches!(e, RecvTimeoutError::Disconnected))
            };
            match ask {
                Ok(Ask::Attach(ends, batch, signs)) => {
                    let group = Vec::with_capacity(GROUP);
                    self.order = Some(Order { ends, batch, signs, group });
                }
                Ok(Ask::Detach(tell)) => {
                    while self.commit() {}
                    self.order = None;
                    let _ = tell.send(());
                }
                Ok(Ask::Job(job)) => self.job(job),
                Ok(Ask::End) | Err(true) => return,
                Err(false) => {}
            }
        }
    }

    fn job(&mut self, job: Job) {
        if self.ledger.is_none() {
            self.bring_back();
        }
        match &mut self.ledger {
            Some(ledger) => job(ledger),
            None => warn!("a request was dropped: the ledger cannot be reopened"),
        }
        // Whoever asked has the error; the line must not wait for its next record to learn of it.
        if self.ledger.as_ref().is_some_and(Ledger::is_dead) {
            self.lose("a commit without answer, outside the order's records");
        }
    }

    /// Commits one group; false when there was nothing.
    fn commit(&mut self) -> bool {
        let (Some(order), Some(ledger)) = (&mut self.order, &mut self.ledger) else {
            return false;
        };
        while order.group.len() < GROUP
            && let Some(record) = order.ends.records.try_pop()
        {
            order.group.push(record);
        }
        if order.group.is_empty() {
            return false;
        }
        match ledger.append(wall_clock(), order.batch, &order.group) {
            Ok(watermark) => {
                order.group.clear();
                order.signs.durable(watermark);
            }
            Err(CommitError::RolledBack(cause)) => {
                warn!(?cause, "records wait: the disk is full or busy");
                std::thread::sleep(RETRY);
            }
            Err(error) => self.lose(&error.to_string()),
        }
        true
    }

    /// A commit without an answer, or a broken invariant of ours: the line stops; the handle is
    /// never used again. The service reopens and recovers.
    fn lose(&mut self, error: &str) {
        error!(error, "the ledger cannot go on with this handle; the line stops");
        if let Some(order) = self.order.take() {
            order.signs.lose_ledger();
        }
        self.ledger = None;
        self.bring_back();
    }

    /// Opens the ledger anew. What fails now is tried again before the next job.
    fn bring_back(&mut self) {
        match self.reopen() {
            Ok(ledger) => self.ledger = Some(ledger),
            Err(error) => error!(%error, "the ledger cannot be reopened"),
        }
    }

    fn reopen(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(&self.path, wall_clock())
    }
}

#[cfg(test)]
mod tests;
