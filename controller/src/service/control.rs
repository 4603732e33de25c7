//! The control thread: takes requests one by one, starts and ends the running order, publishes
//! snapshots, keeps anchors.
//!
//! Must never touch a ring but the command ring, nor hold a lock that the line thread needs.

use super::StartError;
use super::books::{require_intact, write_anchor};
use super::clock::wall_clock;
use super::ledger_thread::{self, LedgerHandle};
use super::load::{self, ledger_problem};
use super::queries;
use super::run::Run;
use super::setup::Setup;
use super::snapshots::Snapshots;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use hmi::{Answer, OrderAction, Problem, Request, Snapshot};
use ledger::{Chain, Ledger, Meaning, ServiceBody};
use line_core::event::Command;
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use serde_json::json;
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
    setup: Setup,
    ledger: LedgerHandle,
    ledger_threads: Vec<JoinHandle<()>>,
    checkpoints_stop: Arc<AtomicBool>,
    run: Option<Run>,
    queue: mpsc::Receiver<Request>,
    snapshots: Snapshots,
    stop: Arc<AtomicBool>,
    anchored_at: Instant,
    wall: (i64, Instant),
    low_pool: bool,
}

impl Control {
    /// Starts the ledger's threads, the open order if there is one, and the control thread.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(
        setup: Setup,
        ledger: Ledger,
        queue: mpsc::Receiver<Request>,
        publish: watch::Sender<Arc<Snapshot>>,
        stop: Arc<AtomicBool>,
    ) -> Result<JoinHandle<()>, StartError> {
        let open = ledger.open_batch_id();
        let path = ledger.path().to_path_buf();
        let (ledger, ledger_thread) = ledger_thread::start(ledger)?;
        let checkpoints_stop = Arc::new(AtomicBool::new(false));
        let checkpoints = ledger_thread::start_checkpoints(path, checkpoints_stop.clone())?;
        let snapshots = Snapshots::new(&setup, publish);
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
            low_pool: false,
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        control
            .note(Chain::Site, ServiceBody::ServiceStart { version, config_hash: String::new() });
        if let Some((batch, id)) = open {
            info!(batch = %id, "an open order goes on");
            control.resume(batch).map_err(StartError::Order)?;
        }
        Ok(std::thread::Builder::new().name("control".into()).spawn(move || control.live())?)
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
            let next =
                runtime.block_on(async { tokio::time::timeout(wait, self.queue.recv()).await });
            match next {
                Ok(Some(request)) => self.answer(request),
                Ok(None) => break,
                Err(_) => {
                    due = Instant::now() + PUBLISH_EVERY;
                    self.look_after();
                }
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
            self.watch_pool();
        }
        self.snapshots.publish(self.run.as_ref());
    }

    /// The order's low-pool warning, raised and cleared as a record.
    fn watch_pool(&mut self) {
        let Some(run) = &self.run else { return };
        let low = run.look().pool_left < run.spec.low_pool_warning as usize;
        let batch = run.batch;
        if std::mem::replace(&mut self.low_pool, low) != low {
            let what = "low_pool".to_owned();
            self.note(Chain::Batch(batch), ServiceBody::Alarm { what, raised: low });
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

    fn resume(&mut self, batch: ledger::BatchNo) -> Result<(), Problem> {
        self.finish_loading(batch)?;
        self.run = Some(Run::start(&self.setup, &self.ledger, batch)?);
        Ok(())
    }

    /// An order that was half loaded when we stopped is loaded to its end.
    fn finish_loading(&self, batch: ledger::BatchNo) -> Result<(), Problem> {
        let recovery =
            self.with(move |ledger| ledger.recover(batch))?.map_err(|e| ledger_problem(&e))?;
        if recovery.order_state != JobOrderState::Ready {
            return Ok(());
        }
        let gtin = recovery.spec.gtin.as_str();
        let product = self.setup.product(gtin).map_err(|e| load::config_problem(&e))?;
        let format = product
            .serial_format()
            .map_err(|e| Problem::new(422, "serial_format", e.to_string()).at("serial"))?;
        let wanted = recovery.spec.pool_size() as u32;
        let drawer = load::Drawer::new(format, recovery.pool.len() as u32, wanted);
        let drawer = drawer.map_err(|e| Problem::new(503, "random", e.to_string()))?;
        self.allocate(batch, drawer)
    }

    fn allocate(&self, batch: ledger::BatchNo, drawer: load::Drawer) -> Result<(), Problem> {
        let mut drawer = Some(drawer);
        // One slice a job: hot records of others go between.
        while let Some(mut next) = drawer.take() {
            let (back, done) = self.with(move |ledger| {
                let done = next.next(ledger, batch);
                (next, done)
            })?;
            if !done? {
                drawer = Some(back);
            }
        }
        Ok(())
    }

    fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.ledger.with(work).map_err(|e| Problem::new(503, "ledger", e.to_string()))
    }

    fn note(&self, chain: Chain, body: ServiceBody) {
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

    fn keep_anchor(&mut self, anchor: &ledger::Anchor) {
        self.snapshots.anchored(anchor);
        if let Err(error) = write_anchor(&self.setup.data_dir, anchor) {
            error!(%error, "an anchor is not written");
        }
    }

    // ---- requests ---------------------------------------------------------------------------

    fn answer(&mut self, request: Request) {
        let path = self.setup.ledger_path();
        match request {
            Request::LoadOrder { text, reply } => {
                let answer = self.load(&text);
                let _ = reply.send(answer);
            }
            Request::Order { batch, action, who, reason, reply } => {
                let answer = self.order(&batch, action, &who, reason);
                let _ = reply.send(answer);
            }
            Request::Resolve { batch, track, resolution, reason, who, reply } => {
                let answer = self.resolve(&batch, track, resolution, &reason, &who);
                let _ = reply.send(answer);
            }
            Request::Orders { reply } => {
                let _ = reply.send(queries::orders(&path));
            }
            Request::Packs { batch, after, limit, reply } => {
                let data_dir = &self.setup.data_dir;
                let _ = reply.send(queries::packs(&path, data_dir, &batch, after, limit));
            }
            Request::Serial { gtin, serial, reply } => {
                let _ = reply.send(queries::serial(&path, &gtin, &serial));
            }
        }
        self.snapshots.publish(self.run.as_ref());
    }

    fn load(&mut self, text: &str) -> Answer {
        if let Some(run) = &self.run {
            let what = format!("batch {} is still open", run.id);
            return Err(Problem::new(409, "order_open", what)
                .at("order")
                .remedy(format!("close it first: packline order close {}", run.id)));
        }
        let (setup, text) = (self.setup.clone(), text.to_owned());
        let checked = self.with(move |ledger| load::check(&setup, ledger, &text))??;
        let drawer = checked.drawer();
        let drawer = drawer.map_err(|e| Problem::new(503, "random", e.to_string()))?;
        let id = checked.order().batch.clone();
        let batch = self.with(move |ledger| load::open(ledger, &checked))??;
        self.allocate(batch, drawer)?;
        self.run = Some(Run::start(&self.setup, &self.ledger, batch)?);
        Ok(json!({ "batch": id, "state": "loaded" }))
    }

    fn running(&mut self, batch: &str) -> Result<&mut Run, Problem> {
        let open = self.run.as_ref().map(|run| run.id.clone());
        match self.run.as_mut().filter(|run| run.id == batch) {
            Some(run) => Ok(run),
            None => Err(Problem::new(404, "unknown_order", format!("batch {batch} is not open"))
                .at(batch)
                .remedy(match open {
                    Some(open) => format!("the open batch is {open}"),
                    None => "load an order first: packline order load FILE".to_owned(),
                })),
        }
    }

    fn order(
        &mut self,
        batch: &str,
        action: OrderAction,
        who: &str,
        reason: Option<String>,
    ) -> Answer {
        let run = self.running(batch)?;
        let no = run.batch;
        let result = match action {
            OrderAction::Start if run.look().unit == UnitState::Held => {
                run.command(Command::Unhold)
            }
            OrderAction::Start => run.command(Command::Start),
            OrderAction::Stop => run.command(Command::Stop),
            OrderAction::Hold => run.command(Command::Hold),
            OrderAction::Unhold => run.command(Command::Unhold),
            OrderAction::Close => return self.close(batch, who, reason),
        };
        let what = format!("{action:?}").to_lowercase();
        self.audit(no, who, &what, reason, &result);
        if action == OrderAction::Start && result.is_ok() {
            let why = "start of the order; challenge: waived_simulation".to_owned();
            self.sign(no, who, Meaning::Performed, &format!("start of {batch}"), why);
        }
        result?;
        let state = self.running(batch)?.look();
        Ok(json!({ "batch": batch, "state": state.order, "unit_state": state.unit }))
    }

    fn audit(
        &self,
        batch: ledger::BatchNo,
        who: &str,
        what: &str,
        why: Option<String>,
        result: &Result<(), Problem>,
    ) {
        let answer = match result {
            Ok(()) => "done".to_owned(),
            Err(problem) => problem.code.clone(),
        };
        let (who, what) = (who.to_owned(), what.to_owned());
        let role = "unauthenticated".to_owned();
        let body = ServiceBody::Command { who, role, what, old: None, new: None, why, answer };
        self.note(Chain::Batch(batch), body);
    }

    /// Until there are users a signature says so; the ledger takes it in simulation only.
    fn sign(
        &self,
        batch: ledger::BatchNo,
        who: &str,
        meaning: Meaning,
        subject: &str,
        reason: String,
    ) {
        let (who, name, subject) = (who.to_owned(), who.to_owned(), subject.to_owned());
        let authenticated = false;
        let body = ServiceBody::Signature { who, name, meaning, subject, reason, authenticated };
        self.note(Chain::Batch(batch), body);
    }

    fn resolve(
        &mut self,
        batch: &str,
        track: u32,
        resolution: Resolution,
        reason: &str,
        who: &str,
    ) -> Answer {
        let run = self.running(batch)?;
        let no = run.batch;
        let command = Command::Resolve { track: TrackIndex(track), resolution };
        let result = run.command(command);
        let what = format!("resolve {track} as {resolution:?}").to_lowercase();
        self.audit(no, who, &what, Some(reason.to_owned()), &result);
        if result.is_ok() {
            self.sign(no, who, Meaning::Performed, &what, reason.to_owned());
        }
        result?;
        Ok(json!({ "batch": batch, "track": track, "state": resolution }))
    }

    fn close(&mut self, batch: &str, who: &str, reason: Option<String>) -> Answer {
        let run = self.running(batch)?;
        let (no, view) = (run.batch, run.look());
        let over = matches!(
            view.order,
            JobOrderState::Completed | JobOrderState::Aborted | JobOrderState::Loaded
        );
        if !over {
            let what = "the order is still on the line";
            return Err(Problem::new(409, "wrong_state", what)
                .at(batch)
                .remedy(format!("stop it first: packline order stop {batch}")));
        }
        self.sign(
            no,
            who,
            Meaning::Approved,
            &format!("close of {batch}"),
            reason.unwrap_or_else(|| "books reconciled".to_owned()),
        );
        if let Some(run) = self.run.take() {
            run.end();
        }
        if let Err(error) = require_intact(&self.setup.ledger_path()) {
            return Err(Problem::new(409, "ledger_broken", error.to_string()).at(batch));
        }
        let closed = self.with(move |ledger| ledger.close_batch(wall_clock(), no))?;
        match closed {
            Ok(closed) => {
                self.keep_anchor(&closed.anchor);
                self.snapshots.closed(&closed.books);
                Ok(json!({ "batch": batch, "state": "closed", "books": closed.books }))
            }
            Err(error) => {
                self.resume(no)?;
                Err(ledger_problem(&error).at(batch))
            }
        }
    }

    /// Drains the belt, checkpoints, leaves an open order open.
    fn shut_down(mut self) {
        if let Some(mut run) = self.run.take() {
            let _ = run.command(Command::Shutdown);
            let since = Instant::now();
            let rests =
                |unit| matches!(unit, UnitState::Stopped | UnitState::Complete | UnitState::Held);
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
