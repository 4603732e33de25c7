//! The signed acts of an order: from its clearance over packs that people take or explain to its
//! close.
//!
//! Part of the control thread; who may ask and what is signed has been looked at before. Act and
//! signatures are one commit of the ledger, which holds every rule. Must never tell the core before
//! the ledger has it, nor leave out the record of who asked.

use super::by_hand;
use super::control::Control;
use super::requests::Asking;
use super::rings::refusal;
use super::view::{LineView, SHOWN_UNRESOLVED};
use super::workflow::steps;
use super::{books::require_intact, device_check};
use crate::names::name_of;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use hmi::{Act, Answer, Declared, Problem, Take};
use ledger::{Act as Signable, BatchNo, Challenge, DeviationOf, Ledger, Meaning};
use line_core::event::{Command, Refusal};
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use serde_json::json;

impl Control {
    pub(super) fn workflow_act(&mut self, act: &Act, asking: &Asking) -> Answer {
        match act {
            Act::LineClearance { batch, items, remarks } => {
                let items: Vec<_> = items.iter().map(steps::item).collect();
                let remarks = remarks.clone().unwrap_or_default();
                let signed = asking.signed(Signable::LineClearance);
                self.recorded(batch, "line_clearance", asking, move |ledger, no| {
                    steps::clear_line(ledger, no, &items, &remarks, &signed)
                })
            }
            Act::DeviceCheck { batch } => self.check_devices(batch, asking),
            Act::RejectReview { batch, tracks, finding, comment } => {
                let (tracks, finding) = (tracks.clone(), steps::finding(*finding));
                let comment = comment.clone().unwrap_or_default();
                let signed = asking.signed_alone(Signable::RejectReview)?;
                self.recorded(batch, "reject_review", asking, move |ledger, no| {
                    steps::review(ledger, no, (&tracks, finding, &comment), &signed)
                })
            }
            Act::Deviation { batch, identity, amount } => {
                self.leave_open(batch, identity, *amount, asking)
            }
            Act::ResolvePack { batch, track, resolution } => {
                self.resolve(batch, *track, *resolution, asking)
            }
            Act::DeclareCount { batch, term, count } => self.declare(batch, *term, *count, asking),
            Act::Sample { batch, serial } => self.take(batch, serial, &Take::Sample, asking),
            Act::FirstPackApproval { batch, serial } => {
                let signed = asking.by.signatures.get(1).map(|s| s.who().as_str().to_owned());
                let second = signed.or_else(|| asking.second.clone()).unwrap_or_default();
                let taken = self.take(batch, serial, &Take::FirstPack { second }, asking)?;
                self.watch_first_pack();
                Ok(taken)
            }
            Act::ManualRemoval { batch, serial } => {
                self.take(batch, serial, &Take::Removal, asking)
            }
            Act::BatchClose { batch } => self.close(batch, asking),
            other => Err(Problem::new(501, "not_built", "this line cannot do that yet")
                .at(other.action().name())
                .remedy("see the README for what this version does")),
        }
    }

    /// Does something to the open order's ledger; what came of it is on record.
    fn recorded<T: Send + 'static>(
        &mut self,
        batch: &str,
        what: &str,
        asking: &Asking,
        act: impl FnOnce(&mut Ledger, BatchNo) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let no = self.running(batch)?.batch;
        let done = self.with(move |ledger| act(ledger, no))?;
        let told = done.as_ref().map(|_| ()).map_err(Clone::clone);
        self.audit(no, &asking.by, what, asking.reason.clone(), &told);
        done
    }

    fn check_devices(&mut self, batch: &str, asking: &Asking) -> Answer {
        let run = self.running(batch)?;
        let (recipe, view) = (device_check::Recipe::of(run), run.look());
        let checked = device_check::compare(&recipe, &self.setup.line, &view, &asking.by);
        let told = json!(checked);
        let done = self.recorded(batch, "device_check", asking, move |ledger, no| {
            steps::check_devices(ledger, no, &checked)
        })?;
        Ok(json!({ "batch": batch, "seq": done["seq"], "checked": told }))
    }

    fn leave_open(&mut self, batch: &str, identity: &str, amount: i64, asking: &Asking) -> Answer {
        let of: DeviationOf =
            serde_json::from_value(json!(identity)).map_err(|_| unknown_identity(identity))?;
        let signed = asking.signed(Signable::Deviation);
        let what = format!("deviation {identity} {amount}");
        let seq = self.recorded(batch, &what, asking, move |ledger, no| {
            steps::leave_open(ledger, no, (of, amount), &signed)
        })?;
        Ok(json!({ "batch": batch, "identity": identity, "amount": amount, "seq": seq["seq"] }))
    }

    fn declare(&mut self, batch: &str, term: Declared, count: i64, asking: &Asking) -> Answer {
        let signed = asking.signed_alone(Signable::DeclareCount)?;
        let what = format!("declare {count} {}", name_of(&by_hand::term(term)));
        let declared = self.recorded(batch, &what, asking, move |ledger, no| {
            by_hand::declare(ledger, no, term, count, &signed)
        })?;
        let term = by_hand::term(term);
        Ok(json!({ "batch": batch, "term": term, "declared": declared }))
    }

    fn take(&mut self, batch: &str, serial: &str, take: &Take, asking: &Asking) -> Answer {
        // An unknown batch is told before a serial number that is none.
        self.running(batch)?;
        let signed = asking.signed(by_hand::taken(take).act());
        let taking = by_hand::taking(serial, take, signed)?;
        let what = by_hand::words(take, serial);
        let state = self
            .recorded(batch, &what, asking, move |ledger, no| by_hand::take(ledger, no, taking))?;
        Ok(json!({ "batch": batch, "serial": serial, "state": state }))
    }

    pub(super) fn start_order(&mut self, batch: &str, asking: &Asking) -> Answer {
        let no = self.running(batch)?.batch;
        self.on_record(no, "start", asking, |control| {
            control.refuse_trial(batch)?;
            control.require_challenged(no, batch)?;
            control.require_room(batch)
        })?;
        let run = self.running(batch)?;
        let (challenge, signs) = (run.spec.challenge.clone(), run.spec.workflow.signatures);
        let (unit, order) = (run.look().unit, run.look().order);
        // The first start is signed; an order that goes on after a hold has that signature.
        if signs && order == JobOrderState::Loaded {
            let signed = asking.signed_alone(Signable::OrderStart)?;
            self.recorded(batch, "order_start", asking, move |ledger, no| {
                steps::sign_start(ledger, no, &signed)
            })?;
        }
        self.require_steps(no)?;
        let command = match unit {
            UnitState::Held => Command::Unhold,
            _ => Command::Start,
        };
        let answer = self.command(batch, "start", command, asking)?;
        if !signs {
            let ground = match challenge {
                Challenge::WaivedSimulation => "waived_simulation",
                Challenge::Required | Challenge::Passed { .. } => "passed",
            };
            let why = format!("start of the order; challenge: {ground}");
            self.sign(no, &asking.by, Meaning::Performed, &format!("start of {batch}"), &why);
        }
        Ok(answer)
    }

    fn resolve(
        &mut self,
        batch: &str,
        track: u32,
        resolution: Resolution,
        asking: &Asking,
    ) -> Answer {
        let run = self.running(batch)?;
        // The core is asked last and must not refuse what is signed already.
        let (no, unresolved) = (run.batch, run.look().unresolved);
        let all_shown = unresolved.len() < SHOWN_UNRESOLVED;
        if all_shown && !unresolved.iter().any(|pack| pack.track.0 == track) {
            let refused = Err(refusal(Refusal::NotUnresolved, &track.to_string()));
            self.audit(no, &asking.by, "resolve", asking.reason.clone(), &refused);
            return refused.map(|()| serde_json::Value::Null);
        }
        let what = format!("resolve {track} as {resolution:?}").to_lowercase();
        let signed = asking.signed_alone(Signable::ResolvePack)?;
        self.recorded(batch, &what, asking, move |ledger, no| {
            steps::ask_resolve(ledger, no, (track, resolution), &signed)
        })?;
        self.running(batch)?.command(Command::Resolve { track: TrackIndex(track), resolution })?;
        Ok(json!({ "batch": batch, "track": track, "state": resolution }))
    }

    fn close(&mut self, batch: &str, asking: &Asking) -> Answer {
        let run = self.running(batch)?;
        let (no, look, signs) = (run.batch, run.look(), run.spec.workflow.signatures);
        self.on_record(no, "close", asking, |control| {
            control.refuse_trial(batch)?;
            require_over(batch, look.order)?;
            require_counted(batch, &look)
        })?;
        let signed = match signs || asking.by.is_proven() {
            true => asking.signed(Signable::BatchClose),
            false => {
                let why = asking.reason.as_deref().unwrap_or("books reconciled");
                let subject = format!("close of {batch}");
                self.sign(no, &asking.by, Meaning::Approved, &subject, why);
                Vec::new()
            }
        };
        if let Some(run) = self.run.take() {
            run.end();
        }
        if let Err(error) = require_intact(&self.setup.ledger_path()) {
            return Err(Problem::new(409, "ledger_broken", error.to_string()).at(batch));
        }
        match self.with(move |ledger| steps::close(ledger, no, &signed))? {
            Ok(closed) => {
                self.keep_anchor(&closed.anchor);
                self.snapshots.closed(&closed.books);
                Ok(json!({ "batch": batch, "state": "closed", "books": closed.books }))
            }
            Err(problem) => {
                let refused = Err(problem.at(batch));
                self.audit(no, &asking.by, "close", None, &refused);
                self.resume(no)?;
                refused.map(|()| serde_json::Value::Null)
            }
        }
    }
}

fn require_over(batch: &str, order: JobOrderState) -> Result<(), Problem> {
    use JobOrderState as S;
    if matches!(order, S::Completed | S::Aborted | S::Loaded) {
        return Ok(());
    }
    Err(Problem::new(409, "wrong_state", "the order is still on the line")
        .at(batch)
        .remedy(format!("stop it first: packline order stop {batch}")))
}

/// What line I/O and labeler still count after an abort belongs to the books: nobody closes them
/// before it is heard.
fn require_counted(batch: &str, look: &LineView) -> Result<(), Problem> {
    let [io, labeler, _] = look.links;
    if look.unit != UnitState::Aborted || (io && labeler) {
        return Ok(());
    }
    let device = if io { "labeler" } else { "line I/O" };
    let what = format!("the {device} does not answer: what it counted after the abort is unknown");
    Err(Problem::new(409, "link_down", what)
        .at(batch)
        .remedy("bring its link back and close again"))
}

fn unknown_identity(identity: &str) -> Problem {
    Problem::new(422, "identity", format!("{identity:?} is no identity that may stay open"))
        .at("identity")
        .remedy("unexplained, or unexplained_exit")
}
