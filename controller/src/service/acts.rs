//! What an act does: to the core, to the ledger, to the service.
//!
//! Part of the control thread; who may ask and what is signed has been looked at before. Must never
//! do half, nor leave out the record of who asked.

use super::books::require_intact;
use super::by_hand;
use super::clock::wall_clock;
use super::control::Control;
use super::load::{self, ledger_problem};
use super::requests::{Asking, UNKNOWN_ORDER};
use super::room;
use super::run::Run;
use crate::config::Order;
use crate::names::name_of;
use crate::pools::{DIRECTORY, Given, is_plain_name};
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use hmi::{Act, Answer, By, Declared, OrderPool, Problem, Take};
use ledger::{BatchNo, Challenge, Meaning};
use line_core::event::Command;
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use serde_json::json;

/// Why nothing was said.
const NO_REASON: &str = "no reason given";

impl Control {
    pub(super) fn perform(&mut self, act: &Act, asking: &Asking) -> Answer {
        let why = || asking.reason.clone().unwrap_or_else(|| NO_REASON.to_owned());
        match act {
            Act::OrderStart { batch } => self.start_order(batch, asking),
            Act::OrderComplete { batch } => self.command(batch, "stop", Command::Stop, asking),
            Act::UnitStop { batch } => self.command(batch, "unit_stop", Command::Shutdown, asking),
            Act::UnitHold { batch } => self.command(batch, "hold", Command::Hold, asking),
            Act::UnitUnhold { batch } => self.unhold(batch, asking),
            Act::UnitAbort { batch } => self.command(batch, "abort", Command::Abort, asking),
            Act::UnitReset { batch } => self.reset(batch, asking),
            Act::BatchClose { batch } => self.close(batch, asking),
            Act::ResolvePack { batch, track, resolution } => {
                self.resolve(batch, *track, *resolution, asking)
            }
            Act::DeclareCount { batch, term, count } => {
                self.declare(batch, *term, *count, &why(), &asking.by)
            }
            Act::Sample { batch, serial } => {
                self.take(batch, serial, Take::Sample, &why(), &asking.by)
            }
            Act::FirstPackApproval { batch, serial } => {
                let signed = asking.by.signatures.get(1).map(|s| s.who().as_str().to_owned());
                let second = signed.or_else(|| asking.second.clone()).unwrap_or_default();
                self.take(batch, serial, Take::FirstPack { second }, &why(), &asking.by)
            }
            Act::ManualRemoval { batch, serial } => {
                self.take(batch, serial, Take::Removal, &why(), &asking.by)
            }
            Act::Backup { wish } => self.begin_backup(wish.clone(), &asking.by.who),
            other => Err(Problem::new(501, "not_built", "this line cannot do that yet")
                .at(other.action().name())
                .remedy("see the README for what this version does")),
        }
    }

    pub(super) fn load(&mut self, order: Order, pool: Option<OrderPool>, by: &By) -> Answer {
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
        self.audit(batch, by, "load", None, &Ok(()));
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
        by: &By,
    ) -> Answer {
        let no = self.running(batch)?.batch;
        let (why, person) = (reason.to_owned(), by.who.clone());
        let done =
            self.with(move |ledger| by_hand::declare(ledger, no, term, count, &person, &why))?;
        let what = format!("declare {count} {}", name_of(&by_hand::term(term)));
        let told = done.as_ref().map(|_| ()).map_err(Clone::clone);
        self.audit(no, by, &what, Some(reason.to_owned()), &told);
        let declared = done?;
        let term = by_hand::term(term);
        Ok(json!({ "batch": batch, "term": term, "declared": declared }))
    }

    fn take(&mut self, batch: &str, serial: &str, take: Take, reason: &str, by: &By) -> Answer {
        let no = self.running(batch)?.batch;
        let what = by_hand::words(&take, serial);
        let proven = by.is_proven() && !by.signatures.is_empty();
        let taking = by_hand::taking(serial, &take, (&by.who, proven), reason)?;
        let done = self.with(move |ledger| by_hand::take(ledger, no, taking))?;
        let told = done.as_ref().map(|_| ()).map_err(Clone::clone);
        self.audit(no, by, &what, Some(reason.to_owned()), &told);
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

    fn start_order(&mut self, batch: &str, asking: &Asking) -> Answer {
        let no = self.running(batch)?.batch;
        self.on_record(no, "start", asking, |control| {
            control.require_startable(no, batch)?;
            control.require_room(batch)
        })?;
        let run = self.running(batch)?;
        let challenge = run.spec.challenge.clone();
        let command = match run.look().unit {
            UnitState::Held => Command::Unhold,
            _ => Command::Start,
        };
        let answer = self.command(batch, "start", command, asking)?;
        let ground = match challenge {
            Challenge::WaivedSimulation => "waived_simulation",
            Challenge::Required | Challenge::Passed { .. } => "passed",
        };
        let why = format!("start of the order; challenge: {ground}");
        self.sign(no, &asking.by, Meaning::Performed, &format!("start of {batch}"), why);
        Ok(answer)
    }

    fn unhold(&mut self, batch: &str, asking: &Asking) -> Answer {
        let no = self.running(batch)?.batch;
        self.on_record(no, "unhold", asking, |control| control.require_startable(no, batch))?;
        self.command(batch, "unhold", Command::Unhold, asking)
    }

    /// Looks whether something may be done; a refusal is on record.
    fn on_record(
        &mut self,
        no: BatchNo,
        what: &str,
        asking: &Asking,
        look: impl FnOnce(&mut Self) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let looked = look(self);
        if looked.is_err() {
            self.audit(no, &asking.by, what, asking.reason.clone(), &looked);
        }
        looked
    }

    /// What must be proven before packs may run.
    fn require_startable(&self, no: BatchNo, batch: &str) -> Result<(), Problem> {
        self.refuse_trial(batch)?;
        let challenge = self.run.as_ref().map(|run| run.spec.challenge.clone());
        if challenge == Some(Challenge::Required) {
            self.require_challenge(no, batch)?;
        }
        Ok(())
    }

    fn command(&mut self, batch: &str, what: &str, command: Command, asking: &Asking) -> Answer {
        let run = self.running(batch)?;
        let no = run.batch;
        let result = run.command(command);
        self.audit(no, &asking.by, what, asking.reason.clone(), &result);
        result?;
        let state = self.running(batch)?.look();
        Ok(json!({ "batch": batch, "state": state.order, "unit_state": state.unit }))
    }

    /// After a stop the order's threads begin anew from what is on disk, as after a restart.
    fn reset(&mut self, batch: &str, asking: &Asking) -> Answer {
        let run = self.running(batch)?;
        let (no, unit) = (run.batch, run.look().unit);
        let result = match unit {
            UnitState::Stopped if self.trial.is_none() => Ok(()),
            other => {
                let what = format!("the unit is {}, not stopped", name_of(&other));
                Err(Problem::new(409, "wrong_state", what).at(batch).remedy("stop it first"))
            }
        };
        self.audit(no, &asking.by, "reset", asking.reason.clone(), &result);
        result?;
        if let Some(run) = self.run.take() {
            run.end();
        }
        self.resume(no)?;
        let state = self.running(batch)?.look();
        Ok(json!({ "batch": batch, "state": state.order, "unit_state": state.unit }))
    }

    /// The serials are on disk already; everything that the packs will add is not.
    fn require_room(&mut self, batch: &str) -> Result<(), Problem> {
        let packs = u64::from(self.running(batch)?.spec.target);
        let keep = self.setup.keep();
        room::require(&self.setup.data_dir, room::Wanted { serials: 0, packs, keep })
    }

    fn resolve(
        &mut self,
        batch: &str,
        track: u32,
        resolution: Resolution,
        asking: &Asking,
    ) -> Answer {
        let run = self.running(batch)?;
        let no = run.batch;
        let command = Command::Resolve { track: TrackIndex(track), resolution };
        let result = run.command(command);
        let what = format!("resolve {track} as {resolution:?}").to_lowercase();
        let reason = asking.reason.clone();
        self.audit(no, &asking.by, &what, reason.clone(), &result);
        if result.is_ok() {
            let reason = reason.unwrap_or_else(|| NO_REASON.to_owned());
            self.sign(no, &asking.by, Meaning::Performed, &what, reason);
        }
        result?;
        Ok(json!({ "batch": batch, "track": track, "state": resolution }))
    }

    fn close(&mut self, batch: &str, asking: &Asking) -> Answer {
        let run = self.running(batch)?;
        let (no, view) = (run.batch, run.look());
        let over = matches!(
            view.order,
            JobOrderState::Completed | JobOrderState::Aborted | JobOrderState::Loaded
        );
        self.on_record(no, "close", asking, |control| {
            control.refuse_trial(batch)?;
            if over {
                return Ok(());
            }
            Err(Problem::new(409, "wrong_state", "the order is still on the line")
                .at(batch)
                .remedy(format!("stop it first: packline order stop {batch}")))
        })?;
        let why = asking.reason.clone().unwrap_or_else(|| "books reconciled".to_owned());
        self.sign(no, &asking.by, Meaning::Approved, &format!("close of {batch}"), why);
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
                self.audit(no, &asking.by, "close", None, &refused);
                self.resume(no)?;
                refused.map(|()| serde_json::Value::Null)
            }
        }
    }
}
