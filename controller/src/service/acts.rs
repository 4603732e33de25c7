//! What an act does: to the core, to the ledger, to the service.
//!
//! Part of the control thread; who may ask and what is signed has been looked at before. Must never
//! do half, nor leave out the record of who asked.

use super::control::Control;
use super::load;
use super::requests::{Asking, UNKNOWN_ORDER};
use super::room;
use super::run::Run;
use super::workflow::steps;
use crate::config::Order;
use crate::names::name_of;
use crate::pools::{DIRECTORY, Given, is_plain_name};
use contracts::packml::UnitState;
use hmi::{Act, Answer, By, OrderPool, Problem};
use ledger::{BatchNo, Challenge};
use line_core::event::Command;
use serde_json::json;

impl Control {
    pub(super) fn perform(&mut self, act: &Act, asking: &Asking) -> Answer {
        match act {
            Act::OrderStart { batch } => self.start_order(batch, asking),
            Act::OrderComplete { batch } => self.command(batch, "stop", Command::Stop, asking),
            Act::UnitStop { batch } => self.command(batch, "unit_stop", Command::Shutdown, asking),
            Act::UnitHold { batch } => self.command(batch, "hold", Command::Hold, asking),
            Act::UnitUnhold { batch } => self.unhold(batch, asking),
            Act::UnitAbort { batch } => self.command(batch, "abort", Command::Abort, asking),
            Act::UnitReset { batch } => self.reset(batch, asking),
            Act::AlarmAcknowledge { alarm } => self.acknowledge_alarm(alarm, asking),
            Act::AlarmShelve { alarm, minutes } => self.shelve_alarm(alarm, *minutes, asking),
            Act::AlarmUnshelve { alarm } => self.unshelve_alarm(alarm, asking),
            Act::Backup { wish } => self.begin_backup(wish.clone(), &asking.by.who),
            Act::RecipeDraft { .. }
            | Act::RecipeApprove { .. }
            | Act::RecipeRetire { .. }
            | Act::ConfigDraft
            | Act::ConfigRelease { .. } => self.versioned_act(act, asking),
            _ => self.workflow_act(act, asking),
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

    fn unhold(&mut self, batch: &str, asking: &Asking) -> Answer {
        let no = self.running(batch)?.batch;
        self.on_record(no, "unhold", asking, |control| control.require_startable(no, batch))?;
        self.command(batch, "unhold", Command::Unhold, asking)
    }

    /// Looks whether something may be done; a refusal is on record.
    pub(super) fn on_record(
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
        self.require_challenged(no, batch)?;
        self.require_steps(no)
    }

    /// Every step of the order's workflow that comes before its first pack.
    pub(super) fn require_steps(&self, no: BatchNo) -> Result<(), Problem> {
        self.with(move |ledger| steps::require_startable(ledger, no))?
    }

    pub(super) fn require_challenged(&self, no: BatchNo, batch: &str) -> Result<(), Problem> {
        let challenge = self.run.as_ref().map(|run| run.spec.challenge.clone());
        if challenge == Some(Challenge::Required) {
            self.require_challenge(no, batch)?;
        }
        Ok(())
    }

    pub(super) fn command(
        &mut self,
        batch: &str,
        what: &str,
        command: Command,
        asking: &Asking,
    ) -> Answer {
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
    pub(super) fn require_room(&mut self, batch: &str) -> Result<(), Problem> {
        let packs = u64::from(self.running(batch)?.spec.target);
        let keep = self.setup.keep();
        room::require(&self.setup.data_dir, room::Wanted { serials: 0, packs, keep })
    }
}
