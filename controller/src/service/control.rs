//! The control thread: takes requests one by one, starts and ends the running order, publishes
//! snapshots, keeps anchors.
//!
//! Must never touch a ring but the command ring, nor hold a lock that the line thread needs.

use super::alarms::{Alarms, OfRun};
use super::books::write_anchor;
use super::clock::wall_clock;
use super::ledger_thread::{self, LedgerHandle};
use super::load::ledger_problem;
use super::retention::Retention;
use super::run::Run;
use super::setup::Setup;
use super::snapshots::Snapshots;
use super::supply::{self, Supply};
use super::trials::{Asked, Trial};
use super::workflow::recipe;
use super::{StartError, backup, restored};
use ::alarms::AlarmKind;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use hmi::{Problem, Request, Snapshot};
use ledger::{Chain, Ledger, Reader, ServiceBody};
use line_core::event::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

/// Snapshots are published this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(250);
/// The wall clock may differ so much from the monotonic one in a second.
const CLOCK_JUMP_MS: u64 = 500;
/// Longest wait for the belt to drain at a clean stop.
const DRAIN_MAX: Duration = Duration::from_secs(20);

/// Everything that the control thread owns.
pub struct Control {
    pub(super) setup: Setup,
    pub(super) ledger: LedgerHandle,
    ledger_threads: Vec<JoinHandle<()>>,
    checkpoints_stop: Arc<AtomicBool>,
    pub(super) run: Option<Run>,
    queue: mpsc::Receiver<Request>,
    pub(super) snapshots: Snapshots,
    stop: Arc<AtomicBool>,
    anchored_at: Instant,
    wall: (i64, Instant),
    /// Waits for the belt to become empty.
    pub(super) asked: Option<Asked>,
    pub(super) trial: Option<Trial>,
    pub(super) last_trial: Option<serde_json::Value>,
    pub(super) backup: backup::Progress,
    retention: Retention,
    /// For the requests about alarms, too.
    pub(super) alarms: Alarms,
}

impl Control {
    /// Starts the ledger's threads, the open order if there is one, and the control thread; with
    /// it comes the handle of the ledger's thread.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(
        setup: Setup,
        ledger: Ledger,
        queue: mpsc::Receiver<Request>,
        publish: watch::Sender<Arc<Snapshot>>,
        stop: Arc<AtomicBool>,
    ) -> Result<(JoinHandle<()>, LedgerHandle), StartError> {
        let open = ledger.open_batch_id();
        restored::require_unblocked(&ledger).map_err(StartError::Order)?;
        let path = ledger.path().to_path_buf();
        let (ledger, ledger_thread) = ledger_thread::start(ledger)?;
        let checkpoints_stop = Arc::new(AtomicBool::new(false));
        let checkpoints = ledger_thread::start_checkpoints(path.clone(), checkpoints_stop.clone())?;
        let snapshots = Snapshots::new(&setup, publish);
        let alarms = Alarms::recovered(&setup.data_dir, &path, setup.line.service.disk_days_min)
            .map_err(|e| StartError::Order(ledger_problem(&e)))?;
        let retention = Retention::new(setup.line.service.seal_after_days);
        let mut control = Self {
            setup,
            ledger,
            ledger_threads: vec![ledger_thread, checkpoints],
            checkpoints_stop,
            run: None,
            queue,
            snapshots,
            stop,
            anchored_at: Instant::now(),
            wall: (wall_clock().unix_ms, Instant::now()),
            asked: None,
            trial: None,
            last_trial: None,
            backup: backup::Progress::default(),
            retention,
            alarms,
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        control
            .note(Chain::Site, ServiceBody::ServiceStart { version, config_hash: String::new() });
        let order = open.as_ref().map(|(batch, _)| *batch);
        control.fail_open_trial(order).map_err(StartError::Order)?;
        if let Some((batch, id)) = open {
            info!(batch = %id, "an open order goes on");
            control.resume(batch).map_err(StartError::Order)?;
        }
        let handle = control.ledger.clone();
        let thread = std::thread::Builder::new().name("control".into());
        Ok((thread.spawn(move || control.live())?, handle))
    }

    fn live(mut self) {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build()
        else {
            error!("the control thread gets no runtime");
            return;
        };
        let mut due = Instant::now();
        while !self.stop.load(Ordering::Acquire) {
            let wait = due.saturating_duration_since(Instant::now());
            // However many requests there are: they never keep it from looking after the order.
            if wait.is_zero() {
                due = Instant::now() + PUBLISH_EVERY;
                self.look_after();
                continue;
            }
            let next =
                runtime.block_on(async { tokio::time::timeout(wait, self.queue.recv()).await });
            match next {
                Ok(Some(request)) => self.answer(request),
                Ok(None) => break,
                Err(_) => {}
            }
        }
        self.shut_down();
    }

    /// Publishes, anchors, and brings a lost ledger back.
    fn look_after(&mut self) {
        if self.run.as_ref().is_some_and(|run| run.signs.ledger_lost()) {
            self.recover_ledger();
        }
        if self.anchored_at.elapsed() >= Duration::from_secs(1) {
            self.anchored_at = Instant::now();
            self.anchor();
            self.watch_clock();
            self.watch_first_pack();
        }
        self.watch_asked();
        self.watch_trial();
        self.retention.look(self.run.is_none(), &self.setup.data_dir, &self.ledger);
        self.watch_alarms();
        self.snapshots.publish(self.run.as_ref());
    }

    /// Raises, clears and shows alarms. When the mains go, what is on disk is signed and copied out
    /// of the log before the UPS is empty.
    fn watch_alarms(&mut self) {
        let view = self.run.as_ref().map(Run::look);
        let run = self.run.as_mut().zip(view.as_ref()).map(|(run, view)| OfRun {
            batch: &run.id,
            view,
            is_trial: run.spec.is_trial(),
            recording: run.recorder.ended_early().filter(|_| !run.recording_told),
        });
        let raised = self.alarms.look(run.as_ref(), &self.ledger);
        if let Some(run) = &mut self.run
            && let Some(what) = run.recorder.ended_early()
        {
            run.recording_told |= raised.iter().any(|kind| kind.name() == what);
        }
        if raised.contains(&AlarmKind::PowerFail) {
            warn!("the mains have failed: the line drains, the ledger is checkpointed");
            if let Ok(Ok(anchor)) = self.with(|ledger| ledger.checkpoint(wall_clock())) {
                self.keep_anchor(&anchor);
            }
        }
        self.snapshots.alarms(self.alarms.shown());
    }

    /// The ledger holds the first pack's taking by two persons: from now on packs may pass. Looked
    /// up there and not passed on by whoever took it, so that none gets lost.
    pub(super) fn watch_first_pack(&mut self) {
        let Some(run) = self.run.as_mut().filter(|run| run.look().first_pack_due) else { return };
        let approved = Reader::open(&self.setup.ledger_path())
            .and_then(|reader| reader.first_pack_approved(run.batch));
        if approved.is_ok_and(|approved| approved) {
            let _ = run.command(Command::ApproveFirstPack);
        }
    }

    /// Row 7 of the faults: nothing that moves depends on the wall clock; a jump is recorded.
    fn watch_clock(&mut self) {
        let (then, at) = self.wall;
        let passed = i64::try_from(at.elapsed().as_millis()).unwrap_or(0);
        let found = wall_clock().unix_ms;
        self.wall = (found, Instant::now());
        let expected = then + passed;
        if found.abs_diff(expected) > CLOCK_JUMP_MS {
            let (expected_unix_ms, found_unix_ms) = (expected, found);
            self.note(Chain::Site, ServiceBody::ClockJump { expected_unix_ms, found_unix_ms });
        }
    }

    /// Row 4 of the faults: the line has stopped; reopen, recover, go on from what is on disk.
    fn recover_ledger(&mut self) {
        let Some(run) = self.run.take() else { return };
        let batch = run.batch;
        std::thread::sleep(PUBLISH_EVERY); // the run permit's end is on its way to the line I/O
        run.end();
        warn!("the order is recovered from the ledger after a commit without an answer");
        if let Err(problem) = self.resume(batch) {
            error!(detail = problem.detail, "the order cannot go on");
        }
    }

    pub(super) fn resume(&mut self, batch: ledger::BatchNo) -> Result<(), Problem> {
        if !self.finish_loading(batch)? {
            return Ok(());
        }
        self.runs(batch)
    }

    /// The order is the line's from now on.
    pub(super) fn runs(&mut self, batch: ledger::BatchNo) -> Result<(), Problem> {
        self.retention.give_way();
        self.run = Some(Run::start(&self.setup, &self.ledger, batch)?);
        Ok(())
    }

    /// An order that was half loaded when we stopped is loaded to its end when its serials are
    /// drawn; a pool from outside is given up, to be loaded again whole. False: nothing to run.
    fn finish_loading(&self, batch: ledger::BatchNo) -> Result<bool, Problem> {
        let recovery =
            self.with(move |ledger| ledger.recover(batch))?.map_err(|e| ledger_problem(&e))?;
        if recovery.order_state != JobOrderState::Ready {
            return Ok(true);
        }
        let source = Reader::open(&self.setup.ledger_path())
            .and_then(|reader| reader.pool_source(batch))
            .map_err(|e| ledger_problem(&e))?;
        if source.is_some() {
            let given_up = self.with(move |ledger| supply::give_up(ledger, batch))?;
            given_up.map_err(|e| ledger_problem(&e))?;
            warn!(batch = %recovery.spec.batch, "a pool was half loaded: given up, load it again");
            return Ok(false);
        }
        let (setup, spec) = (self.setup.clone(), recovery.spec.clone());
        let product = self.with(move |ledger| recipe::of(&setup, ledger, &spec))??;
        let format = product
            .line_format(&self.setup.line.line_id)
            .map_err(|e| Problem::new(422, "serial_format", e.what).at(e.key).remedy(e.remedy))?;
        let wanted = recovery.spec.pool_size() as u32;
        let drawn = Supply::drawn(format, recovery.pool.len() as u32, wanted);
        let drawn = drawn.map_err(|e| Problem::new(503, "random", e.to_string()))?;
        self.allocate(batch, drawn)?;
        Ok(true)
    }

    pub(super) fn allocate(&self, batch: ledger::BatchNo, supply: Supply) -> Result<(), Problem> {
        let mut supply = Some(supply);
        // One slice a job: hot records of others go between.
        while let Some(mut next) = supply.take() {
            let (back, done) = self.with(move |ledger| {
                let done = next.next(ledger, batch);
                (next, done)
            })?;
            if !done? {
                supply = Some(back);
            }
        }
        Ok(())
    }

    pub(super) fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.ledger.with(work).map_err(|e| Problem::new(503, "ledger", e.to_string()))
    }

    pub(super) fn note(&self, chain: Chain, body: ServiceBody) {
        let noted = self.with(move |ledger| {
            ledger.append_service(wall_clock(), chain, &body).map_err(|e| e.to_string())
        });
        if let Ok(Err(error)) = noted {
            error!(%error, "an event of the service is not recorded");
        }
    }

    fn anchor(&mut self) {
        let made = self.with(|ledger| ledger.maybe_checkpoint(wall_clock()));
        if let Ok(Ok(Some(anchor))) = made {
            self.keep_anchor(&anchor);
        }
    }

    pub(super) fn keep_anchor(&mut self, anchor: &ledger::Anchor) {
        self.snapshots.anchored(anchor);
        if let Err(error) = write_anchor(&self.setup.data_dir, anchor) {
            error!(%error, "an anchor is not written");
        }
    }

    /// Drains the belt, checkpoints, leaves an open order open.
    fn shut_down(mut self) {
        self.retention.give_way();
        if let Some(mut run) = self.run.take() {
            let _ = run.command(Command::Shutdown);
            let since = Instant::now();
            let rests = |unit| {
                use UnitState as S;
                matches!(unit, S::Stopped | S::Complete | S::Held | S::Aborted)
            };
            while !rests(run.look().unit) && since.elapsed() < DRAIN_MAX {
                std::thread::sleep(Duration::from_millis(50));
            }
            run.end();
        }
        self.note(Chain::Site, ServiceBody::ServiceStop { clean: true });
        if let Ok(Ok(anchor)) = self.with(|ledger| ledger.checkpoint(wall_clock())) {
            self.keep_anchor(&anchor);
        }
        self.ledger.end();
        self.checkpoints_stop.store(true, Ordering::Release);
        for thread in self.ledger_threads {
            let _ = thread.join();
        }
    }
}
