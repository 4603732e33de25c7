//! Sealing by itself: batches that were closed long enough ago go into files of their own, while
//! no order is open.
//!
//! The control thread asks whether it is time; a thread of its own writes and verifies the files,
//! and the ledger thread records them and removes rows slice by slice. Must never begin while an
//! order is open, and stops at the next step when one is opened (invariant I8): what is left goes
//! on the next time, for at every step the batch is whole, here or in its file.

use super::clock::wall_clock;
use super::ledger_thread::LedgerHandle;
use super::realtime::give_way_to_the_line;
use ledger::backup::{BackupError, LEDGER_FILE};
use ledger::seal::{Removal, write};
use ledger::{BatchId, Chain, LedgerError, Reader, ServiceBody, WallClock};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tracing::{error, info};

/// Between two attempts, whatever became of the first.
const EVERY: Duration = Duration::from_secs(3_600);
/// Batches of one attempt.
const BATCHES_MAX: u32 = 100;
/// Name of the alarm in the records.
const FAILED: &str = "sealing_failed";
const MS_PER_DAY: i64 = 86_400_000;

/// When it is time, and whether it may go on.
#[derive(Debug, Default)]
pub struct Retention {
    after_days: u32,
    last: Option<Instant>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// No order is open.
    may: AtomicBool,
    runs: AtomicBool,
    /// An order was opened meanwhile: what is left need not wait for the next hour.
    interrupted: AtomicBool,
}

/// One attempt.
struct Job {
    data_dir: PathBuf,
    after_days: u32,
    state: Arc<State>,
}

/// How an attempt ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// So many batches were sealed; none is left that is old enough.
    Sealed(usize),
    /// An order was opened, or the service stops.
    Interrupted,
}

impl Retention {
    /// `after_days` 0 seals nothing by itself.
    #[must_use]
    pub fn new(after_days: u32) -> Self {
        Self { after_days, ..Self::default() }
    }

    /// Begins an attempt on a thread of its own when it is time.
    pub fn look(&mut self, is_idle: bool, data_dir: &Path, ledger: &LedgerHandle) {
        if !self.is_time(is_idle, Instant::now()) {
            return;
        }
        let (state, ledger) = (self.state.clone(), ledger.clone());
        let job = Job { data_dir: data_dir.to_owned(), after_days: self.after_days, state };
        let spawned = std::thread::Builder::new().name("sealing".into()).spawn(move || {
            give_way_to_the_line();
            job.attempt(&ledger, wall_clock());
            job.state.runs.store(false, Ordering::Release);
        });
        if let Err(error) = spawned {
            error!(%error, "no thread to seal old batches with");
            self.state.runs.store(false, Ordering::Release);
        }
    }

    /// An order is about to be opened: the line has the ledger for itself.
    pub fn give_way(&self) {
        self.state.may.store(false, Ordering::Release);
    }

    fn is_time(&mut self, is_idle: bool, now: Instant) -> bool {
        self.state.may.store(is_idle, Ordering::Release);
        if self.after_days == 0 || !is_idle || self.state.runs.load(Ordering::Acquire) {
            return false;
        }
        let goes_on = self.state.interrupted.swap(false, Ordering::AcqRel);
        let waits = self.last.is_some_and(|last| now.duration_since(last) < EVERY);
        if waits && !goes_on {
            return false;
        }
        self.last = Some(now);
        self.state.runs.store(true, Ordering::Release);
        true
    }
}

impl Job {
    /// Seals what is old enough; a failure is an alarm, and a success after it ends the alarm.
    fn attempt(&self, ledger: &LedgerHandle, now: WallClock) {
        let raised = match self.seal_old(ledger, now) {
            Ok(End::Interrupted) => {
                self.state.interrupted.store(true, Ordering::Release);
                return;
            }
            Ok(End::Sealed(sealed)) => {
                info!(sealed, after_days = self.after_days, "old batches are sealed");
                false
            }
            Err(error) => {
                error!(%error, "old batches are not sealed; tried again in an hour");
                true
            }
        };
        let known = Reader::open(&self.data_dir.join(LEDGER_FILE))
            .and_then(|reader| reader.alarm_raised(Chain::Site, FAILED));
        if known.is_ok_and(|known| known == raised) {
            return;
        }
        let body = ServiceBody::Alarm { what: FAILED.to_owned(), raised, detail: None };
        let noted =
            ledger.with(move |ledger| ledger.append_service(wall_clock(), Chain::Site, &body));
        if let Ok(Err(error)) = noted {
            error!(%error, "an alarm is not recorded");
        }
    }

    fn seal_old(&self, ledger: &LedgerHandle, now: WallClock) -> Result<End, BackupError> {
        // What a crash or an order interrupted goes first.
        if !self.remove(ledger)? {
            return Ok(End::Interrupted);
        }
        let old = self.old(now)?;
        for batch in &old {
            if !self.may() {
                return Ok(End::Interrupted);
            }
            let seal = write(&self.data_dir, batch, &self.policy())?;
            // A file without its record is written anew the next time.
            if !self.may() {
                return Ok(End::Interrupted);
            }
            ledger.with(move |ledger| ledger.seal(wall_clock(), &seal)).map_err(gone)??;
            if !self.remove(ledger)? {
                return Ok(End::Interrupted);
            }
        }
        Ok(End::Sealed(old.len()))
    }

    /// Slice by slice; false when it has to give way.
    fn remove(&self, ledger: &LedgerHandle) -> Result<bool, BackupError> {
        while self.may() {
            let removed = ledger.with(|ledger| ledger.remove_sealed(wall_clock()));
            if removed.map_err(gone)?? == Removal::Done {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Batches that were closed before the policy's days, the oldest first.
    fn old(&self, now: WallClock) -> Result<Vec<BatchId>, LedgerError> {
        let days = i64::from(self.after_days) * MS_PER_DAY;
        let until = WallClock { unix_ms: now.unix_ms.saturating_sub(days), ..now };
        Reader::open(&self.data_dir.join(LEDGER_FILE))?.closed_until(until, BATCHES_MAX)
    }

    /// Who asked for it, in `batch_sealed`.
    fn policy(&self) -> String {
        format!("policy: service.seal_after_days = {}", self.after_days)
    }

    fn may(&self) -> bool {
        self.state.may.load(Ordering::Acquire)
    }
}

fn gone(_: super::ledger_thread::LedgerGone) -> LedgerError {
    LedgerError::NotUsable("the service is stopping".to_owned())
}

#[cfg(test)]
mod tests;
