//! The thread that owns people's state: answers the web's questions one by one, and puts on record
//! what was decided before anybody is told.
//!
//! Started with the web server. When something cannot be kept, nobody is told, and the state is
//! made anew from storage. Must never hold a rule.

use super::ledger_thread::LedgerHandle;
use crate::accounts::{Accounts, AccountsError, hasher};
use hmi::{DESK_QUEUE, Desk, DeskJob};
use ledger::{Chain, LedgerError, ServiceBody};
use people::Policy;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;
use tracing::error;

/// Sessions lock and end by themselves within this.
const TICK: Duration = Duration::from_secs(1);

/// Starts the thread; it ends when every desk is gone.
///
/// # Errors
/// Users or passwords cannot be read; no thread is given.
pub fn start(
    data_dir: &Path,
    ledger: LedgerHandle,
    policy: Policy,
) -> Result<(Desk, JoinHandle<()>), AccountsError> {
    let (jobs, queue) = mpsc::channel(DESK_QUEUE);
    let desk = Desk::new(jobs, hasher()?);
    let mut owner =
        Owner { data_dir: data_dir.to_path_buf(), ledger, policy, accounts: None, queue };
    owner.accounts = Some(owner.open()?);
    let thread = std::thread::Builder::new().name("people".into()).spawn(move || owner.live());
    Ok((desk, thread.map_err(|error| AccountsError::Random(error.to_string()))?))
}

struct Owner {
    data_dir: PathBuf,
    ledger: LedgerHandle,
    policy: Policy,
    accounts: Option<Accounts>,
    queue: mpsc::Receiver<DeskJob>,
}

fn gone(error: impl ToString) -> AccountsError {
    AccountsError::Ledger(LedgerError::NotUsable(error.to_string()))
}

impl Owner {
    fn open(&self) -> Result<Accounts, AccountsError> {
        let (dir, policy) = (self.data_dir.clone(), self.policy);
        let opened = self.ledger.with(move |ledger| Accounts::open(&dir, ledger, policy));
        opened.map_err(gone)?
    }

    fn live(mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let Ok(runtime) = runtime else {
            error!("people's thread gets no runtime");
            return;
        };
        loop {
            let next =
                runtime.block_on(async { tokio::time::timeout(TICK, self.queue.recv()).await });
            let done = match next {
                Ok(Some(job)) => self.answer(job),
                Ok(None) => return,
                Err(_) => self.tick(),
            };
            if let Err(problem) = done {
                if self.ledger.with(|_| ()).is_err() {
                    return; // the service stops: nothing can be kept any more
                }
                error!(%problem, "what people's state decided cannot be kept; nobody was told");
                self.accounts = None;
            }
        }
    }

    /// People's state, made anew where it was lost.
    fn at_hand(&mut self) -> Result<&mut Accounts, AccountsError> {
        if self.accounts.is_none() {
            self.accounts = Some(self.open()?);
        }
        self.accounts.as_mut().ok_or_else(|| gone("no accounts"))
    }

    fn answer(&mut self, job: DeskJob) -> Result<(), AccountsError> {
        let accounts = self.at_hand()?;
        let now = accounts.now();
        let told = job(&mut accounts.people, now);
        self.carry_out()?;
        told();
        Ok(())
    }

    fn tick(&mut self) -> Result<(), AccountsError> {
        let accounts = self.at_hand()?;
        let now = accounts.now();
        accounts.people.tick(now);
        self.carry_out()
    }

    fn carry_out(&mut self) -> Result<(), AccountsError> {
        let ledger = self.ledger.clone();
        let mut append = |body: &ServiceBody| {
            let body = body.clone();
            let now = super::clock::wall_clock();
            let done = ledger.with(move |ledger| ledger.append_service(now, Chain::Site, &body));
            done.map_err(gone)?.map(|_| ()).map_err(AccountsError::Ledger)
        };
        self.at_hand()?.carry_out_with(&mut append)
    }
}
