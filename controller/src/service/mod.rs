//! The service: one ledger, at most one running order, the control thread between people and line.
//!
//! Started by `run` and `demo`. Order of start: configuration, ledger, its thread, checkpoints,
//! web, then the open order if there is one. Must never let people or networks delay the line
//! (invariant I8): everything here talks to it through bounded queues.

mod acts;
mod alarm_acts;
mod alarm_queries;
pub mod alarms;
pub mod audit;
mod audit_verify;
pub mod backup;
pub mod books;
pub mod by_hand;
mod clock;
mod control;
mod device_check;
mod device_threads;
mod first_start;
mod forecast;
mod grade_minutes;
mod header;
mod https;
mod images;
mod ledger_thread;
mod line_thread;
pub mod load;
mod metrics;
mod people_desk;
mod production;
mod queries;
pub mod realtime;
mod recorder;
pub mod reporting;
mod requests;
pub mod restored;
mod retention;
mod rings;
pub mod room;
mod run;
#[cfg(test)]
mod sample;
mod serial_queries;
pub mod setup;
mod sheets;
mod signing;
mod snapshots;
pub mod supply;
mod trial_plan;
mod trials;
mod version_acts;
mod view;
mod wake;
pub mod workflow;
mod workflow_acts;

pub use clock::wall_clock;
pub use first_start::FirstAdministrator;
pub use header::batch_header;
pub use images::image_name;
pub use line_thread::Keep;
pub use queries::{batch as batch_row, is_closed, orders as orders_json, pack_json, serial_json};
pub use rings::refusal;

use crate::cli::api_file::ApiFile;
use control::Control;
use hmi::{Answer, Desk, Parts, Problem, Queries, Query, REQUEST_QUEUE, Request, Snapshot};
use queries::ReadSide;
use setup::Setup;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The ledger.
    #[error(transparent)]
    Books(#[from] books::BooksError),
    /// The web server.
    #[error(transparent)]
    Hmi(#[from] hmi::HmiError),
    /// The open order.
    #[error("{}", .0.detail)]
    Order(Problem),
    /// The record does not hold: nothing may be added to it.
    #[error("the ledger is not intact: record {seq}: {what}; restore it before the line runs")]
    Broken {
        /// The first bad record.
        seq: i64,
        /// What is wrong with it.
        what: String,
    },
    /// Users and their passwords.
    #[error(transparent)]
    People(#[from] crate::accounts::AccountsError),
    /// The certificate of OPC UA links.
    #[error("failed to {0}")]
    Certificates(#[from] devices::certificates::PkiError),
    /// The operating system.
    #[error("failed to start: {0}")]
    Io(#[from] std::io::Error),
}

/// A running service.
pub struct Service {
    /// Where people's requests go; the same queue as the API's.
    requests: mpsc::Sender<Request>,
    /// What the line looks like.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where the page is, when there is one.
    pub http: Option<SocketAddr>,
    /// Where other hosts find it.
    pub https: Vec<String>,
    stop: Arc<AtomicBool>,
    control: JoinHandle<()>,
    web: Option<Web>,
    read_side: ReadSide,
}

/// The web server's threads.
struct Web {
    server: JoinHandle<()>,
    people: JoinHandle<()>,
    desk: Desk,
    end: oneshot::Sender<()>,
}

impl Service {
    /// Starts everything; an open order goes on.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    pub fn start(setup: Setup, http: Option<SocketAddr>) -> Result<Self, StartError> {
        Self::start_with(setup, http, people::Policy::default())
    }

    /// The same with other rules for sessions and signatures.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(
        setup: Setup,
        http: Option<SocketAddr>,
        policy: people::Policy,
    ) -> Result<Self, StartError> {
        let bound = http.map(|addr| https::bind(addr, &setup.line.service)).transpose()?;
        books::require_intact(&setup.ledger_path())?;
        setup.prepare_certificates()?;
        let ledger = books::open_or_create(&setup)?;
        let (requests, queue) = mpsc::channel(REQUEST_QUEUE);
        let (publish, snapshots) = watch::channel(Arc::new(Snapshot::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let read_side = ReadSide {
            ledger: setup.ledger_path(),
            data_dir: setup.data_dir.clone(),
            setup: setup.clone(),
        };
        let (control, ledger) = Control::start(setup, ledger, queue, publish, stop.clone())?;
        let addr = bound.as_ref().map(hmi::Bound::addr);
        let https = bound.as_ref().map_or_else(Vec::new, |b| https::urls(b, &read_side.setup));
        let parts = (snapshots.clone(), requests.clone());
        let web =
            bound.map(|bound| start_web(bound, &read_side, (ledger, policy), parts)).transpose()?;
        Ok(Self { requests, snapshots, http: addr, https, stop, control, web, read_side })
    }

    /// Asks the ledger's read side something, as the API does.
    ///
    /// # Errors
    /// A [`Problem`].
    pub fn query(&self, query: Query) -> Answer {
        self.read_side.answer(query)
    }

    /// Asks something of the service, as the API does.
    ///
    /// # Errors
    /// A [`Problem`], from the service or because it has ended.
    pub fn ask(&self, request: impl FnOnce(hmi::Reply) -> Request) -> Answer {
        let gone = || Problem::new(503, "ended", "the service has ended");
        let (reply, answer) = oneshot::channel();
        self.requests.blocking_send(request(reply)).map_err(|_| gone())?;
        answer.blocking_recv().map_err(|_| gone())?
    }

    /// Makes the first administrator of a ledger that has no user at all; the one-time password.
    /// Nothing where people cannot log in anyway.
    ///
    /// # Errors
    /// A [`Problem`]: it could not be kept.
    pub fn first_start(&self) -> Result<Option<FirstAdministrator>, Problem> {
        self.web.as_ref().map_or(Ok(None), |web| first_start::first_start(&web.desk))
    }

    /// The latest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshots.borrow().clone()
    }

    /// True while the control thread lives.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !self.control.is_finished()
    }

    /// Stops cleanly: belt drained as far as it can be, ledger checkpointed.
    pub fn stop(self) {
        // The web last: it shows how the belt drains.
        self.stop.store(true, Ordering::Release);
        let _ = self.control.join();
        if let Some(web) = self.web {
            let _ = web.end.send(());
            let _ = web.server.join();
            drop(web.desk);
            let _ = web.people.join();
            let _ = ApiFile::remove(&self.read_side.data_dir);
        }
    }
}

fn start_web(
    bound: hmi::Bound,
    read_side: &ReadSide,
    (ledger, policy): (ledger_thread::LedgerHandle, people::Policy),
    (snapshots, commands): (watch::Receiver<Arc<Snapshot>>, mpsc::Sender<Request>),
) -> Result<Web, StartError> {
    let file = ApiFile::with_fresh_token(bound.addr())?;
    let (desk, people) = people_desk::start(&read_side.data_dir, ledger, policy)?;
    file.write(&read_side.data_dir)?;
    let (end, ended) = oneshot::channel::<()>();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let queries: Arc<dyn Queries> = Arc::new(read_side.clone());
    let own = desk.clone();
    let parts = Parts { token: file.token, snapshots, commands, desk, queries };
    let server = std::thread::Builder::new().name("web".into()).spawn(move || {
        let stop = async {
            let _ = ended.await;
        };
        let served = runtime.block_on(bound.serve(parts, stop));
        if let Err(error) = served {
            tracing::error!(%error, "the web server has ended; the line runs on");
        }
    })?;
    Ok(Web { server, people, desk: own, end })
}
