//! One running order: its threads and rings, from recovery to the end.
//!
//! Made by the control thread for each open order, also after a restart: there is one way in,
//! recovery from the ledger. Must never decide.

use super::clock::{MonotonicClock, wall_clock};
use super::device_threads::{self, DeviceStart};
use super::header::batch_header;
use super::images;
use super::ledger_thread::LedgerHandle;
use super::line_thread::LineThread;
use super::load::{config_problem, ledger_problem};
use super::metrics::Metrics;
use super::realtime;
use super::recorder::{self, RecorderState, Recording};
use super::rings::{CommandEnds, Signs, refusal, rings};
use super::setup::Setup;
use super::trial_plan::Plan;
use super::view::{LineView, SharedView};
use super::workflow::recipe;
use crate::config::ProductFile;
use crate::recordings::{Origin, Store, header};
use contracts::labeler::BatchHeader;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitMode;
use devices::ImageRequest;
use hmi::Problem;
use ledger::{BatchNo, BatchSpec, Ledger, LedgerError, Reader, Recovery};
use line_core::event::{Command, Input};
use line_core::ids::Nanos;
use line_core::limits::RESULTS_PENDING;
use line_core::line::Line;
use line_core::line_config::LineConfig;
use line_core::verify::BatchData;
use ringbuf::HeapRb;
use ringbuf::traits::{Consumer, Producer, Split};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest wait for the core's answer to a command.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// A running order.
pub struct Run {
    /// Its number in the ledger.
    pub batch: BatchNo,
    /// Its id.
    pub id: String,
    /// The order as the ledger knows it.
    pub spec: ledger::BatchSpec,
    /// Its product.
    pub product: ProductFile,
    /// What people see.
    pub view: SharedView,
    /// Shared signs.
    pub signs: Arc<Signs>,
    /// What each of its packs must bear and be.
    pub data: BatchData,
    /// Hash of the recipe that labeler, camera and stations must report.
    pub recipe_hash: u32,
    /// Serials in index order.
    pub numbers: Box<[codes::SerialNumber]>,
    /// How its recording stands.
    pub recorder: Arc<RecorderState>,
    /// People know that its recording ended early.
    pub recording_told: bool,
    commands: CommandEnds,
    threads: Vec<JoinHandle<()>>,
    ledger: LedgerHandle,
}

impl Run {
    /// Starts the order `batch` from what the ledger knows of it.
    ///
    /// # Errors
    /// A [`Problem`]: the ledger cannot be read, the configuration is another one than the
    /// order's, no thread is given.
    pub fn start(setup: &Setup, ledger: &LedgerHandle, batch: BatchNo) -> Result<Self, Problem> {
        let (recovery, after_seq) = ledger
            .with(move |ledger| recovered(ledger, batch))
            .map_err(|e| Problem::new(503, "ledger", e.to_string()))?
            .map_err(|e| ledger_problem(&e))?;
        let spec = recovery.spec.clone();
        let from = setup.clone();
        let product = ledger
            .with(move |ledger| recipe::of(&from, ledger, &spec))
            .map_err(|e| Problem::new(503, "ledger", e.to_string()))??;
        same_configuration(setup, &product, &recovery)?;
        Self::spawn(setup, ledger, (recovery, after_seq), product)
    }

    fn spawn(
        setup: &Setup,
        ledger: &LedgerHandle,
        (recovery, after_seq): (Recovery, i64),
        product: ProductFile,
    ) -> Result<Self, Problem> {
        let (clock, rings) = (MonotonicClock::start(), rings(setup.line.stations().count()));
        let signs = rings.signs.clone();
        let spec = recovery.spec;
        let configs = setup.profiles().map_err(|e| config_problem(&e))?.devices;
        let fits = (&product, configs.labeler.jobs_max());
        let config = config_of(setup, recovery.batch, &spec, fits)?;
        let data = batch_data(&spec, &product);
        let numbers = numbers(spec.mode, &data, recovery.pool);
        let mut line = Line::new(config, data, numbers.clone(), spec.target, spec.low_pool_warning);
        let resume = recover(&mut line, &recovery.inputs, recovery.order_state);
        let told = told(&recovery.inputs, recovery.order_state).to_vec();
        let recording = recording_of(setup, &spec, (config, &data, &numbers), (told, after_seq));
        let started = recorder::start(recording, rings.recorder, signs.clone());
        let (recorder, recorder_thread) = started.map_err(thread_problem)?;
        let metrics = Metrics::new(counts_per_ms(setup), setup.line.figures().deadline_ms);
        let view: SharedView = Arc::new(Mutex::new(LineView::of(&line, &metrics)));
        let (sink, images_thread) = start_images(setup, ledger, (recovery.batch, &spec))?;
        let (wishes, image_wishes) = HeapRb::<ImageRequest>::new(2 * RESULTS_PENDING).split();
        let attached = ledger.attach(rings.ledger, recovery.batch, signs.clone());
        attached.map_err(|e| Problem::new(503, "ledger", e.to_string()))?;
        let line_thread = LineThread {
            line,
            ends: rings.line,
            signs: signs.clone(),
            clock,
            metrics,
            view: view.clone(),
            images: wishes,
            keep: setup.keep(),
            beat_every: beat_every(setup),
            recorder: recorder.clone(),
        };
        let mut threads = vec![start_line(line_thread)?];
        let header = header_of(&data, &config, &product);
        let recipe_hash = header.hash();
        let start = DeviceStart {
            configs,
            header,
            resume,
            image_wishes,
            images: sink,
            clock,
            signs: signs.clone(),
        };
        let adapters = device_threads::start(start, rings.devices, rings.stations);
        threads.extend(adapters.map_err(thread_problem)?);
        threads.extend([images_thread, recorder_thread]);
        Ok(Self {
            batch: recovery.batch,
            id: spec.batch.as_str().to_owned(),
            spec,
            product,
            view,
            signs,
            data,
            recipe_hash,
            numbers,
            recorder,
            recording_told: false,
            commands: rings.commands,
            threads,
            ledger: ledger.clone(),
        })
    }

    /// Gives the core a command and waits for its answer.
    ///
    /// # Errors
    /// The core's refusal in words, or that it did not answer.
    pub fn command(&mut self, command: Command) -> Result<(), Problem> {
        while self.commands.answers.try_pop().is_some() {}
        let busy = || Problem::new(503, "busy", "the line thread does not answer").at("line");
        self.commands.commands.try_push(command).map_err(|_| busy())?;
        self.signs.wake_line();
        let since = Instant::now();
        while since.elapsed() < ANSWER_MAX {
            match self.commands.answers.try_pop() {
                Some(Ok(())) => return Ok(()),
                Some(Err(refused)) => return Err(refusal(refused, &self.id)),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        Err(busy())
    }

    /// A copy of what the line shows.
    #[must_use]
    pub fn look(&self) -> LineView {
        match self.view.lock() {
            Ok(view) => view.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }

    /// Ends every thread, commits what is left and lets go of the order.
    pub fn end(self) {
        self.signs.stop();
        for thread in self.threads {
            let _ = thread.join();
        }
        let _ = self.ledger.detach();
    }
}

/// The thread that keeps the batch's images within the bounds of the configuration.
fn start_images(
    setup: &Setup,
    ledger: &LedgerHandle,
    (batch, spec): (BatchNo, &BatchSpec),
) -> Result<(images::ImageSink, JoinHandle<()>), Problem> {
    let directory = setup.data_dir.join("images").join(spec.batch.as_str());
    let bounds = images::Bounds::of(&setup.line.images);
    images::start(directory, bounds, ledger.clone(), batch).map_err(thread_problem)
}

/// What the ledger knows. After a failed challenge the order comes back held: its reject path is
/// not proven, and a person has to say that it goes on.
fn recovered(ledger: &mut Ledger, batch: BatchNo) -> Result<(Recovery, i64), LedgerError> {
    let mut recovery = ledger.recover(batch)?;
    if ledger.challenge_passed(batch)? == Some(false)
        && let Some(Input::RecoveryEnd { held, .. }) = recovery.inputs.last_mut()
    {
        *held = true;
    }
    Ok((recovery, ledger.last_seq()?))
}

fn config_of(
    setup: &Setup,
    batch: BatchNo,
    spec: &BatchSpec,
    (product, jobs_max): (&ProductFile, Option<u16>),
) -> Result<LineConfig, Problem> {
    let first_pack_due = first_pack_due(setup, batch, spec)?;
    let config = setup.line.line_config(product);
    // A labeler with fewer places gets no more jobs than it can hold.
    let look_ahead = config.look_ahead.min(jobs_max.unwrap_or(u16::MAX));
    Ok(LineConfig { mode: spec.mode, first_pack_due, look_ahead, ..config })
}

/// Line or order ask for the approval of the first pack, and the ledger has none.
fn first_pack_due(setup: &Setup, batch: BatchNo, spec: &BatchSpec) -> Result<bool, Problem> {
    let asked = setup.line.rules.first_pack_approval || spec.workflow.first_pack;
    if !asked || spec.mode != UnitMode::Production {
        return Ok(false);
    }
    let approved = Reader::open(&setup.ledger_path())
        .and_then(|reader| reader.first_pack_approved(batch))
        .map_err(|e| ledger_problem(&e))?;
    Ok(!approved)
}

fn thread_problem(error: std::io::Error) -> Problem {
    Problem::new(503, "threads", error.to_string())
}

/// What the recording of a run begins with: what the core is made of and what it was told.
fn recording_of(
    setup: &Setup,
    spec: &BatchSpec,
    (config, data, numbers): (LineConfig, &BatchData, &[codes::SerialNumber]),
    (recovered, after_seq): (Vec<Input>, i64),
) -> Recording {
    let origin = Origin {
        batch: spec.batch.as_str().to_owned(),
        config_hash: spec.config_hash.clone(),
        began: wall_clock().to_rfc3339(),
        after_seq,
    };
    let mut header = header(origin, config, data, numbers, (spec.target, spec.low_pool_warning));
    // The marked numbers of a challenge are in no ledger.
    header.serials.embedded = config.mode == UnitMode::Challenge;
    Recording {
        store: Store::new(&setup.data_dir, &setup.line.service),
        serials: header.serials.embedded.then(|| numbers.into()),
        header,
        recovered,
        ledger: setup.ledger_path(),
    }
}

/// What the core compares each pack with.
#[must_use]
pub fn batch_data(spec: &BatchSpec, product: &ProductFile) -> BatchData {
    BatchData {
        gtin: spec.gtin,
        expiry: spec.expiry,
        lot: spec.lot,
        national: product.national(),
        stations: product.station_rules(),
    }
}

/// Serials in index order: of the prepared packs of a challenge, else of the pool.
fn numbers(
    mode: UnitMode,
    data: &BatchData,
    pool: Vec<codes::SerialNumber>,
) -> Box<[codes::SerialNumber]> {
    match mode {
        UnitMode::Challenge => Plan::challenge(&data.stations).numbers().into_boxed_slice(),
        _ => pool.into_boxed_slice(),
    }
}

/// Encoder counts a millisecond at the configured belt speed.
fn counts_per_ms(setup: &Setup) -> f64 {
    setup.line.speed_mm_s() / setup.line.geometry.mm_per_pulse / 1_000.0
}

/// The heartbeat comes five times within the longest pause that the line I/O suffers.
fn beat_every(setup: &Setup) -> Nanos {
    Nanos::from_ms(u64::from(setup.line.timing.heartbeat_ms_max) / 5)
}

fn header_of(data: &BatchData, config: &LineConfig, product: &ProductFile) -> BatchHeader {
    batch_header(data, config.look_ahead, product.label.revision, product.symbol_size())
}

fn start_line(line_thread: LineThread) -> Result<JoinHandle<()>, Problem> {
    let line = std::thread::Builder::new().name("line".into()).spawn(move || {
        realtime::prefer_this_thread();
        line_thread.run();
    });
    line.map_err(thread_problem)
}

/// What the core is told of an order: nothing of one that has not run yet.
fn told(inputs: &[Input], state: JobOrderState) -> &[Input] {
    if state == JobOrderState::Loaded { &[] } else { inputs }
}

/// Tells the core what the ledger knows; where to read the line I/O on.
fn recover(
    line: &mut Line,
    inputs: &[Input],
    state: JobOrderState,
) -> Option<(line_core::ids::Epoch, line_core::ids::IoSeq)> {
    let inputs = told(inputs, state);
    for input in inputs {
        line.handle(Nanos::default(), *input);
    }
    match inputs.last() {
        Some(Input::RecoveryEnd { io_epoch, io_seq, .. }) if io_epoch.0 != 0 => {
            Some((*io_epoch, io_seq.next()))
        }
        _ => None,
    }
}

/// An order goes on only under the configuration that it was loaded with.
fn same_configuration(
    setup: &Setup,
    product: &ProductFile,
    recovery: &Recovery,
) -> Result<(), Problem> {
    let profiles = setup.profiles().map_err(|e| config_problem(&e))?;
    let pinned = setup.pin(product, &profiles).map_err(|e| config_problem(&e))?;
    if pinned.hex() == recovery.spec.config_hash {
        return Ok(());
    }
    let what = format!(
        "batch {} was loaded under configuration {} and the present one is {}",
        recovery.spec.batch,
        short(&recovery.spec.config_hash),
        short(&pinned.hex()),
    );
    Err(Problem::new(409, "other_configuration", what)
        .at(&setup.file)
        .remedy("bring the old configuration back until this batch is closed"))
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
