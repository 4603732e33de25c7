//! Trial runs: the open order steps aside, a batch of prepared packs or setup labels runs, its
//! result is recorded and signed, and the order comes back.
//!
//! Part of the control thread. A trial that is interrupted has failed; it is never resumed. Must
//! never let an order run beside its trial.

use super::clock::wall_clock;
use super::control::Control;
use super::load::ledger_problem;
use super::run::Run;
use super::trial_plan::Plan;
use crate::names::name_of;
use contracts::packml::{UnitMode, UnitState};
use hmi::{Answer, By, Problem, Reply};
use ledger::{BatchNo, BatchSpec, Chain, Challenge, Ledger, Meaning, Reader, ServiceBody};
use line_core::event::{Command, Input};
use serde_json::json;
use std::time::{Duration, Instant};
use tracing::error;

/// Longest wait for the belt to drain before a trial.
const DRAIN_MAX: Duration = Duration::from_secs(20);
/// Trials of one order; a bound for the search of a free name.
const TRIALS_MAX: u32 = 1_000;
const PACKS_MAX: u32 = 1_000;

/// The trial that runs.
pub(super) struct Trial {
    /// The order's batch.
    order: BatchNo,
    order_id: String,
    plan: Plan,
    by: By,
    begun: bool,
}

/// A trial that is asked for, and where the answer goes.
pub(super) struct Asked {
    pub(super) batch: String,
    pub(super) mode: UnitMode,
    pub(super) labels: Option<u32>,
    pub(super) by: By,
    pub(super) reply: Reply,
    pub(super) since: Instant,
}

impl Control {
    /// Begins a trial of the open order, at once or as soon as its belt is empty.
    pub(super) fn ask_trial(&mut self, asked: Asked) {
        match self.step_aside(&asked.batch) {
            Ok(true) => self.answer_trial(asked),
            Ok(false) => self.asked = Some(asked),
            Err(problem) => {
                let _ = asked.reply.send(Err(problem));
            }
        }
    }

    /// The trial that waits for the belt begins when that is empty, or is refused.
    pub(super) fn watch_asked(&mut self) {
        let Some(asked) = self.asked.take() else { return };
        let unit = self.run.as_ref().map(|run| run.look().unit);
        if unit == Some(UnitState::Stopped) {
            self.answer_trial(asked);
        } else if unit.is_some() && asked.since.elapsed() <= DRAIN_MAX {
            self.asked = Some(asked);
        } else {
            let problem = Problem::new(409, "not_empty", "the belt has not become empty")
                .at(asked.batch)
                .remedy("look at the holds, then try again");
            let _ = asked.reply.send(Err(problem));
        }
    }

    fn answer_trial(&mut self, asked: Asked) {
        let Asked { batch, mode, labels, by, reply, .. } = asked;
        let _ = reply.send(self.begin_trial(&batch, mode, labels, by));
    }

    fn begin_trial(&mut self, batch: &str, mode: UnitMode, labels: Option<u32>, by: By) -> Answer {
        let run = self.running(batch)?;
        let (order, data, spec) = (run.batch, run.data, run.spec.clone());
        let plan = match mode {
            UnitMode::Setup => Plan::setup(labels.unwrap_or(3).clamp(1, PACKS_MAX)),
            _ => Plan::challenge(&data.stations),
        };
        if let Some(run) = self.run.take() {
            run.end();
        }
        let told = plan.to_json(&data);
        let opened = self.open_trial(&spec, &plan);
        let (no, id) = match opened {
            Ok(opened) => opened,
            Err(problem) => {
                self.resume(order)?;
                return Err(problem);
            }
        };
        self.run = Some(Run::start(&self.setup, &self.ledger, no)?);
        let order_id = batch.to_owned();
        self.trial = Some(Trial { order, order_id, plan, by, begun: false });
        Ok(json!({ "batch": batch, "trial": id, "mode": name_of(&mode), "packs": told }))
    }

    /// True: the order's belt is empty and its run can end: it has not begun, or it has stopped
    /// cleanly. False: it is told to stop, and its belt drains.
    fn step_aside(&mut self, batch: &str) -> Result<bool, Problem> {
        if self.trial.is_some() || self.asked.is_some() {
            let what = "a trial is running";
            return Err(Problem::new(409, "trial_runs", what).at(batch).remedy("wait for its end"));
        }
        let run = self.running(batch)?;
        let (no, view) = (run.batch, run.look());
        let empty = view.in_process == 0 && view.unresolved.is_empty();
        let stopped_before = empty && self.not_run_since_its_stop(no)?;
        match view.unit {
            UnitState::Idle | UnitState::Stopped => Ok(true),
            // It came back held from a failed trial.
            UnitState::Held if stopped_before => Ok(true),
            UnitState::Execute | UnitState::Suspended => {
                self.running(batch)?.command(Command::Shutdown)?;
                Ok(false)
            }
            other => {
                let what = format!("the unit is {}", name_of(&other));
                Err(Problem::new(409, "wrong_state", what)
                    .at(batch)
                    .remedy("end the hold or complete the order first"))
            }
        }
    }

    /// True when the order, back and held, has not run since its last clean stop: what the line I/O
    /// counts until its next purge is not its own.
    fn not_run_since_its_stop(&self, batch: BatchNo) -> Result<bool, Problem> {
        let known = self.with(move |ledger| ledger.recover(batch))?;
        let known = known.map_err(|e| ledger_problem(&e))?;
        let end = known.inputs.last();
        Ok(matches!(end, Some(Input::RecoveryEnd { io_epoch, .. }) if io_epoch.0 == 0))
    }

    fn open_trial(&self, spec: &BatchSpec, plan: &Plan) -> Result<(BatchNo, String), Problem> {
        let (spec, plan) = (spec.clone(), plan.clone());
        self.with(move |ledger| open(ledger, &spec, &plan))?
    }

    /// Starts the trial once its devices are ready, and ends it when it is over or held.
    pub(super) fn watch_trial(&mut self) {
        let (Some(trial), Some(run)) = (&mut self.trial, &mut self.run) else { return };
        match run.look().unit {
            UnitState::Idle if !trial.begun => trial.begun = run.command(Command::Start).is_ok(),
            UnitState::Complete => self.end_trial(None),
            UnitState::Held => {
                let causes: Vec<String> = run.look().holds.iter().map(|h| name_of(&h)).collect();
                let _ = run.command(Command::Abort);
                self.end_trial(Some(causes.join(", ")));
            }
            UnitState::Stopped | UnitState::Aborted => self.end_trial(Some("stopped".into())),
            _ => {}
        }
    }

    fn end_trial(&mut self, interrupted: Option<String>) {
        let (Some(trial), Some(run)) = (self.trial.take(), self.run.take()) else { return };
        let (no, id) = (run.batch, run.id.clone());
        run.end();
        let path = self.setup.ledger_path();
        let rows = Reader::open(&path).and_then(|r| r.packs(no, 0, PACKS_MAX));
        let packs = trial.plan.judge(&rows.unwrap_or_default());
        let passed = interrupted.is_none() && packs.iter().all(|pack| pack.passed);
        let mode = name_of(&trial.plan.mode);
        self.last_trial = Some(json!({
            "batch": trial.order_id, "trial": id, "mode": mode, "state": "ended",
            "passed": passed, "interrupted": interrupted, "packs": packs,
        }));
        let result =
            ServiceBody::TrialResult { trial: id.clone(), mode: mode.clone(), packs, passed };
        self.note(Chain::Batch(trial.order), result);
        let verdict = if passed { "passed" } else { "failed" };
        let subject = format!("{mode} {id}: {verdict}");
        self.sign(trial.order, &trial.by, Meaning::Performed, &subject, "trial run".to_owned());
        let closed = self.with(move |ledger| ledger.close_batch(wall_clock(), no));
        if let Ok(Err(problem)) = closed {
            error!(%problem, "the trial's batch is not closed");
        }
        if let Err(problem) = self.resume(trial.order) {
            error!(detail = problem.detail, "the order does not come back after its trial");
        }
    }

    /// How the trial stands, or the latest one ended.
    pub(super) fn trial_state(&self, batch: &str) -> Answer {
        if let (Some(trial), Some(run)) = (&self.trial, &self.run)
            && trial.order_id == batch
        {
            let view = run.look();
            return Ok(json!({
                "batch": batch, "trial": run.id, "mode": name_of(&trial.plan.mode),
                "state": "running", "unit_state": view.unit,
                "infeed": view.counts.infeed, "ejected": view.counts.eject_confirm,
                "wanted": trial.plan.packs.len(),
            }));
        }
        let ended = self.last_trial.as_ref().filter(|t| t["batch"].as_str() == Some(batch));
        ended.cloned().ok_or_else(|| {
            Problem::new(404, "no_trial", format!("batch {batch} has had no trial here"))
                .at(batch)
                .remedy(format!("packline order challenge {batch}"))
        })
    }

    /// A trial that was open when the service died has failed.
    pub(super) fn fail_open_trial(&self, order: Option<BatchNo>) -> Result<(), Problem> {
        let open = self.with(|ledger| ledger.open_trial_id())?;
        let Some((no, id)) = open else { return Ok(()) };
        let rows = Reader::open(&self.setup.ledger_path()).and_then(|r| r.batches(PACKS_MAX));
        let mode = rows.unwrap_or_default().iter().find(|b| b.batch_no == no).map(|b| b.mode);
        let mode = mode.map_or_else(|| "challenge".to_owned(), |mode| name_of(&mode));
        let (packs, passed) = (Vec::new(), false);
        if let Some(order) = order {
            let trial = id.as_str().to_owned();
            self.note(Chain::Batch(order), ServiceBody::TrialResult { trial, mode, packs, passed });
        }
        let closed = self.with(move |ledger| ledger.close_batch(wall_clock(), no))?;
        closed.map(|_| ()).map_err(|e| ledger_problem(&e))
    }

    /// A trial begins, goes on and closes by itself: a person can only hold or stop it.
    pub(super) fn refuse_trial(&self, batch: &str) -> Result<(), Problem> {
        if self.trial.is_none() {
            return Ok(());
        }
        let what = "this batch is a trial, which begins and closes by itself";
        let remedy = format!("wait for its end, or give it up: packline order stop {batch}");
        Err(Problem::new(409, "trial_runs", what).at(batch).remedy(remedy))
    }

    /// A start is refused until the challenge has passed, where the line's rules ask for it.
    pub(super) fn require_challenge(&self, batch: BatchNo, id: &str) -> Result<(), Problem> {
        let passed = self
            .with(move |ledger| ledger.challenge_passed(batch))?
            .map_err(|e| ledger_problem(&e))?;
        if passed == Some(true) {
            return Ok(());
        }
        let what = "the challenge test has not passed";
        Err(Problem::new(409, "challenge_needed", what)
            .at(id)
            .remedy(format!("run it first: packline order challenge {id}")))
    }
}

/// Opens and loads the trial's own batch.
fn open(ledger: &mut Ledger, order: &BatchSpec, plan: &Plan) -> Result<(BatchNo, String), Problem> {
    let letter = if plan.mode == UnitMode::Setup { 'S' } else { 'C' };
    let failed = |e: &ledger::LedgerError| ledger_problem(e);
    let mut refused = None;
    for n in 1..=TRIALS_MAX {
        let id = format!("{}-{letter}{n}", order.batch);
        let batch = id.parse().map_err(|e: ledger::IdError| {
            Problem::new(422, "trial_id", e.to_string())
                .at(id.clone())
                .remedy("use a shorter batch id")
        })?;
        let spec = BatchSpec {
            batch,
            target: plan.packs.len() as u32,
            overage_percent: 0,
            low_pool_warning: 0,
            challenge: Challenge::WaivedSimulation,
            mode: plan.mode,
            workflow: ledger::Workflow::default(),
            ..order.clone()
        };
        match ledger.open_batch(wall_clock(), &spec) {
            Ok(no) => {
                if plan.mode == UnitMode::Setup {
                    allocate(ledger, no, plan)?;
                }
                ledger.finish_allocation(wall_clock(), no).map_err(|e| failed(&e))?;
                return Ok((no, id));
            }
            Err(ledger::LedgerError::Refused(ledger::Refusal::BatchExists(_))) => {}
            Err(other) => {
                refused = Some(failed(&other));
                break;
            }
        }
    }
    Err(refused.unwrap_or_else(|| Problem::new(409, "too_many_trials", "no free trial number")))
}

/// Marked numbers for the labels of a setup: no serials of the product.
fn allocate(ledger: &mut Ledger, no: BatchNo, plan: &Plan) -> Result<(), Problem> {
    let numbers = plan.numbers();
    for (n, slice) in numbers.chunks(ledger::SLICE_MAX).enumerate() {
        let first = (n * ledger::SLICE_MAX) as u32;
        ledger.allocate_slice(wall_clock(), no, first, slice).map_err(|e| ledger_problem(&e))?;
    }
    Ok(())
}
