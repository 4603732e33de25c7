//! What people ask, one request at a time.
//!
//! The second half of the control thread. Each request is refused with its reason or done whole,
//! and recorded with who asked; what is done is in `acts`. Must never do half.

use super::clock::wall_clock;
use super::control::Control;
use super::load;
use super::trials::Asked;
use contracts::packml::UnitMode;
use hmi::{Act, Answer, By, Problem, Reply, Request};
use ledger::{BatchNo, Chain, ServiceBody};
use std::time::Instant;

/// The batch asked for is not the open one.
pub(super) const UNKNOWN_ORDER: &str = "unknown_order";

/// An act with who asks, why, and what he has seen.
pub(super) struct Asking {
    pub(super) by: By,
    pub(super) reason: Option<String>,
    /// The second person's name where nobody has proven who he is.
    pub(super) second: Option<String>,
    pub(super) expects: Option<u64>,
}

impl Control {
    pub(super) fn answer(&mut self, request: Request) {
        match request {
            Request::LoadOrder { text, file, pool, by, reply } => {
                let order = load::read(file.as_deref().unwrap_or("order"), &text);
                let answer = order.and_then(|order| self.load(order, pool, &by));
                self.refused(&by, "load an order", &answer);
                let _ = reply.send(answer);
            }
            Request::Act { act, by, reason, second, expects, reply } => {
                self.asked_for(act, Asking { by, reason, second, expects }, reply);
            }
            Request::Sheet { act, reply } => {
                let _ = reply.send(self.sheet(&act));
            }
            Request::Note { by, what, new, reply } => {
                let _ = reply.send(self.taken_out(by, what, new));
            }
            Request::TrialState { batch, reply } => {
                let _ = reply.send(self.trial_state(&batch));
            }
            Request::BackupState { reply } => {
                let _ = reply.send(Ok(self.backup.state()));
            }
        }
        self.snapshots.publish(self.run.as_ref());
    }

    fn asked_for(&mut self, act: Act, asking: Asking, reply: Reply) {
        let signed = self.require_seen(&act, asking.expects);
        let signed = signed.and_then(|()| self.require_signed(&act, &asking.by));
        if let Err(problem) = signed {
            let answer = Err(problem);
            self.refused(&asking.by, act.action().name(), &answer);
            let _ = reply.send(answer);
            return;
        }
        let (mode, labels) = match &act {
            Act::ChallengeTest { .. } => (UnitMode::Challenge, None),
            Act::SetupLabels { labels, .. } => (UnitMode::Setup, *labels),
            _ => {
                let answer = self.perform(&act, &asking);
                self.not_open(&asking.by, &act, &answer);
                let _ = reply.send(answer);
                return;
            }
        };
        let batch = act.batch().unwrap_or_default().to_owned();
        let (by, since) = (asking.by, Instant::now());
        self.ask_trial(Asked { batch, mode, labels, by, reply, since });
    }

    /// Something was taken out of the ledger: the answer comes when that is durable.
    fn taken_out(&self, by: By, what: String, new: Option<String>) -> Answer {
        let By { who, role, .. } = by;
        let answer = "done".to_owned();
        let body = ServiceBody::Command { who, role, what, old: None, new, why: None, answer };
        let kept =
            self.with(move |ledger| ledger.append_service(wall_clock(), Chain::Site, &body))?;
        kept.map(|_| serde_json::json!({})).map_err(|e| load::ledger_problem(&e))
    }

    /// A command is done in the state in which its sender saw the line, or not at all.
    fn require_seen(&self, act: &Act, expects: Option<u64>) -> Result<(), Problem> {
        let version = self.snapshots.version();
        // Stop is meant whatever the line has become.
        if !act.action().needs_session() || expects.is_none_or(|seen| seen == version) {
            return Ok(());
        }
        let what = "the line has changed since this was shown";
        Err(Problem::new(409, "stale_screen", what)
            .at(act.object())
            .remedy("look at the line as it is now, then decide again"))
    }

    /// A refused request that belongs to no open batch is on record in the site's chain.
    fn refused(&self, by: &By, what: &str, answer: &Answer) {
        if let Err(problem) = answer {
            self.note(Chain::Site, load::refusal_record(&by.who, &by.role, what, problem));
        }
    }

    /// The same for a batch that is not the open one.
    fn not_open(&self, by: &By, act: &Act, answer: &Answer) {
        if matches!(answer, Err(problem) if problem.code == UNKNOWN_ORDER) {
            self.refused(by, &format!("{} {}", act.action().name(), act.object()), answer);
        }
    }

    /// Who asked what of an open batch, and what came of it.
    pub(super) fn audit(
        &self,
        batch: BatchNo,
        by: &By,
        what: &str,
        why: Option<String>,
        result: &Result<(), Problem>,
    ) {
        let answer = match result {
            Ok(()) => "done".to_owned(),
            Err(problem) => problem.code.clone(),
        };
        let (who, role, what) = (by.who.clone(), by.role.clone(), what.to_owned());
        let body = ServiceBody::Command { who, role, what, old: None, new: None, why, answer };
        self.note(Chain::Batch(batch), body);
    }
}
