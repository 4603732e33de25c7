//! What people ask, one request at a time: load, start, hold, stop, close, resolve, and questions.
//!
//! The second half of the control thread. Each request is refused with its reason or done whole,
//! and recorded with who asked. Must never do half.

use super::books::require_intact;
use super::by_hand;
use super::clock::wall_clock;
use super::control::Control;
use super::load::{self, ledger_problem};
use super::queries;
use super::room;
use super::run::Run;
use super::trials::Asked;
use crate::config::Order;
use crate::names::name_of;
use crate::pools::{DIRECTORY, Given, is_plain_name};
use contracts::open_scs::JobOrderState;
use contracts::packml::{UnitMode, UnitState};
use hmi::{Answer, Declared, OrderAction, OrderPool, Problem, Request, Take, TrialMode};
use ledger::{Chain, Challenge, Meaning, ServiceBody};
use line_core::event::Command;
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use serde_json::json;
use std::time::Instant;

/// The batch asked for is not the open one.
const UNKNOWN_ORDER: &str = "unknown_order";

impl Control {
    pub(super) fn answer(&mut self, request: Request) {
        let path = self.setup.ledger_path();
        match request {
            Request::LoadOrder { text, file, pool, reply } => {
                let order = load::read(file.as_deref().unwrap_or("order"), &text);
                let answer = order.and_then(|order| self.load(order, pool));
                self.refused("unnamed", "load an order", &answer);
                let _ = reply.send(answer);
            }
            Request::Declare { batch, term, count, reason, who, reply } => {
                let answer = self.declare(&batch, term, count, &reason, &who);
                self.not_open(&who, "declare", &batch, &answer);
                let _ = reply.send(answer);
            }
            Request::Take { batch, serial, take, reason, who, reply } => {
                let answer = self.take(&batch, &serial, take, &reason, &who);
                self.not_open(&who, "take", &batch, &answer);
                let _ = reply.send(answer);
            }
            Request::Order { batch, action, who, reason, reply } => {
                let answer = self.order(&batch, action, &who, reason);
                self.not_open(&who, &word(action), &batch, &answer);
                let _ = reply.send(answer);
            }
            Request::Resolve { batch, track, resolution, reason, who, reply } => {
                let answer = self.resolve(&batch, track, resolution, &reason, &who);
                self.not_open(&who, "resolve", &batch, &answer);
                let _ = reply.send(answer);
            }
            Request::Trial { batch, mode, labels, who, reply } => {
                let mode = match mode {
                    TrialMode::Challenge => UnitMode::Challenge,
                    TrialMode::Setup => UnitMode::Setup,
                };
                let since = Instant::now();
                self.ask_trial(Asked { batch, mode, labels, who, reply, since });
            }
            Request::TrialState { batch, reply } => {
                let _ = reply.send(self.trial_state(&batch));
            }
            Request::Backup { wish, who, reply } => {
                let _ = reply.send(self.begin_backup(wish, &who));
            }
            Request::BackupState { reply } => {
                let _ = reply.send(Ok(self.backup.state()));
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

    fn load(&mut self, order: Order, pool: Option<OrderPool>) -> Answer {
        if let Some(run) = &self.run {
            return Err(load::order_open(&run.id));
        }
        let source = pool.map(|pool| self.source(pool)).transpose()?;
        let setup = self.setup.clone();
        let checked =
            self.with(move |ledger| load::check(&setup, ledger, order, source.as_ref()))?;
        let mut checked = checked?;
        let supply = checked.supply();
        let supply = supply.map_err(|e| Problem::new(503, "random", e.to_string()))?;
        let id = checked.order().batch.clone();
        let batch = self.with(move |ledger| load::open(ledger, &checked))??;
        self.allocate(batch, supply)?;
        self.runs(batch)?;
        Ok(json!({ "batch": id, "state": "loaded" }))
    }

    /// A pool that a client names lies in the directory of pools, nowhere else.
    fn source(&self, pool: OrderPool) -> Result<load::Source, Problem> {
        let (name, provider, claim) = match pool {
            OrderPool::Kept => return Ok(load::Source::Kept),
            OrderPool::File { name, provider, claim } => (name, provider, claim),
        };
        if !is_plain_name(&name) {
            return Err(Problem::new(422, "pool_name", format!("{name:?} is no file name"))
                .at("pool")
                .remedy(format!("put the file into DATA_DIR/{DIRECTORY} and give its name")));
        }
        let path = self.setup.data_dir.join(DIRECTORY).join(&name);
        Ok(load::Source::File { path, name, given: Given { provider, claim } })
    }

    fn declare(
        &mut self,
        batch: &str,
        term: Declared,
        count: i64,
        reason: &str,
        who: &str,
    ) -> Answer {
        let no = self.running(batch)?.batch;
        let (why, person) = (reason.to_owned(), who.to_owned());
        let done =
            self.with(move |ledger| by_hand::declare(ledger, no, term, count, &person, &why))?;
        let what = format!("declare {count} {}", name_of(&by_hand::term(term)));
        let told = done.as_ref().map(|_| ()).map_err(Clone::clone);
        self.audit(no, who, &what, Some(reason.to_owned()), &told);
        let declared = done?;
        let term = by_hand::term(term);
        Ok(json!({ "batch": batch, "term": term, "declared": declared }))
    }

    fn take(&mut self, batch: &str, serial: &str, take: Take, reason: &str, who: &str) -> Answer {
        let no = self.running(batch)?.batch;
        let what = by_hand::words(&take, serial);
        let taking = by_hand::taking(serial, &take, who, reason)?;
        let done = self.with(move |ledger| by_hand::take(ledger, no, taking))?;
        let told = done.as_ref().map(|_| ()).map_err(Clone::clone);
        self.audit(no, who, &what, Some(reason.to_owned()), &told);
        Ok(json!({ "batch": batch, "serial": serial, "state": done? }))
    }

    pub(super) fn running(&mut self, batch: &str) -> Result<&mut Run, Problem> {
        let open = self.run.as_ref().map(|run| run.id.clone());
        match self.run.as_mut().filter(|run| run.id == batch) {
            Some(run) => Ok(run),
            None => Err(Problem::new(404, UNKNOWN_ORDER, format!("batch {batch} is not open"))
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
        let (no, challenge) = (run.batch, run.spec.challenge.clone());
        let trial = self.refuse_trial(batch, action);
        if trial.is_err() {
            self.audit(no, who, &word(action), reason, &trial);
            return trial.map(|()| serde_json::Value::Null);
        }
        let goes = matches!(action, OrderAction::Start | OrderAction::Unhold);
        if goes && challenge == Challenge::Required {
            let proven = self.require_challenge(no, batch);
            if let Err(problem) = proven {
                let refused = Err(problem.clone());
                self.audit(no, who, &word(action), reason, &refused);
                return Err(problem);
            }
        }
        if action == OrderAction::Start
            && let Err(problem) = self.require_room(batch)
        {
            let refused = Err(problem.clone());
            self.audit(no, who, &word(action), reason, &refused);
            return Err(problem);
        }
        let run = self.running(batch)?;
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
        self.audit(no, who, &word(action), reason, &result);
        if action == OrderAction::Start && result.is_ok() {
            let ground = match challenge {
                Challenge::WaivedSimulation => "waived_simulation",
                Challenge::Required | Challenge::Passed { .. } => "passed",
            };
            let why = format!("start of the order; challenge: {ground}");
            self.sign(no, who, Meaning::Performed, &format!("start of {batch}"), why);
        }
        result?;
        let state = self.running(batch)?.look();
        Ok(json!({ "batch": batch, "state": state.order, "unit_state": state.unit }))
    }

    /// A refused request that belongs to no open batch is on record in the site's chain.
    fn refused(&self, who: &str, what: &str, answer: &Answer) {
        if let Err(problem) = answer {
            self.note(Chain::Site, load::refusal_record(who, what, problem));
        }
    }

    /// The same for a batch that is not the open one.
    fn not_open(&self, who: &str, what: &str, batch: &str, answer: &Answer) {
        if matches!(answer, Err(problem) if problem.code == UNKNOWN_ORDER) {
            self.refused(who, &format!("{what} {batch}"), answer);
        }
    }

    /// The serials are on disk already; everything that the packs will add is not.
    fn require_room(&mut self, batch: &str) -> Result<(), Problem> {
        let packs = u64::from(self.running(batch)?.spec.target);
        let keep = self.setup.keep();
        room::require(&self.setup.data_dir, room::Wanted { serials: 0, packs, keep })
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
    pub(super) fn sign(
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
            let refused = Err(Problem::new(409, "wrong_state", what)
                .at(batch)
                .remedy(format!("stop it first: packline order stop {batch}")));
            self.audit(no, who, "close", reason, &refused);
            return refused.map(|()| serde_json::Value::Null);
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
                let refused = Err(ledger_problem(&error).at(batch));
                self.audit(no, who, "close", None, &refused);
                self.resume(no)?;
                refused.map(|()| serde_json::Value::Null)
            }
        }
    }
}

/// An action in the records.
fn word(action: OrderAction) -> String {
    format!("{action:?}").to_lowercase()
}
