//! What people ask, one request at a time: load, start, hold, stop, close, resolve, and questions.
//!
//! The second half of the control thread. Each request is refused with its reason or done whole,
//! and recorded with who asked. Must never do half.

use super::books::require_intact;
use super::clock::wall_clock;
use super::control::Control;
use super::load::{self, ledger_problem};
use super::queries;
use super::run::Run;
use contracts::open_scs::JobOrderState;
use contracts::packml::{UnitMode, UnitState};
use hmi::{Answer, OrderAction, Problem, Request, TrialMode};
use ledger::{Chain, Challenge, Meaning, ServiceBody};
use line_core::event::Command;
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use serde_json::json;

impl Control {
    pub(super) fn answer(&mut self, request: Request) {
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
            Request::Trial { batch, mode, labels, who, reply } => {
                let mode = match mode {
                    TrialMode::Challenge => UnitMode::Challenge,
                    TrialMode::Setup => UnitMode::Setup,
                };
                let answer = self.begin_trial(&batch, mode, labels, &who);
                let _ = reply.send(answer);
            }
            Request::TrialState { batch, reply } => {
                let _ = reply.send(self.trial_state(&batch));
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

    pub(super) fn running(&mut self, batch: &str) -> Result<&mut Run, Problem> {
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
        let first = run.look().unit == UnitState::Idle;
        if action == OrderAction::Start && first && run.spec.challenge == Challenge::Required {
            self.require_challenge(no, batch)?;
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
}
