//! Signatures of acts: looked at before, put on record with what they are for.
//!
//! Part of the control thread. A signature counts only for the act and the sheet that its person
//! was shown. Must never take one without proof on a production ledger: the ledger refuses it, too.

use super::control::Control;
use crate::accounts::signature_body;
use hmi::{Act, By, Problem, digest};
use ledger::{BatchNo, Chain, Meaning, ServiceBody};
use people::Signing;

impl Control {
    /// Persons who have logged in sign what the table says; others are recorded as not proven.
    pub(super) fn require_signed(&self, act: &Act, by: &By) -> Result<(), Problem> {
        let wanted = match act.action().signing() {
            Signing::Unsigned => 0,
            Signing::One(_) | Signing::NotOwn(_) => 1,
            Signing::Two { .. } => 2,
        };
        if !by.is_proven() || (wanted == 0 && by.signatures.is_empty()) {
            return Ok(());
        }
        let given = by.signatures.len();
        if given != wanted {
            let what = format!("this needs {wanted} signatures, {given} came with it");
            return Err(Problem::new(409, "signature_needed", what)
                .at(act.object())
                .remedy("sign it: POST /api/v1/signatures, or the page's dialog"));
        }
        let (action, object) = (act.action(), act.object());
        let record = digest(&self.sheet(act)?);
        let covers = by.signatures.iter().all(|s| s.covers(action, &object, record));
        let first = by.signatures.first().is_none_or(|s| s.who().as_str() == by.who);
        let second = by.signatures.get(1).is_none_or(people::Signature::is_second);
        if covers && first && second {
            return Ok(());
        }
        Err(Problem::new(409, "sign_record_changed", "the record has changed since it was signed")
            .at(object)
            .remedy("look at it again, then sign"))
    }

    /// Puts the signatures of an act on record; without any, one that nobody has proven.
    pub(super) fn sign(
        &self,
        batch: BatchNo,
        by: &By,
        meaning: Meaning,
        subject: &str,
        reason: String,
    ) {
        for signature in &by.signatures {
            self.note(Chain::Batch(batch), signature_body(signature));
        }
        if by.is_proven() {
            return;
        }
        let (who, name, subject) = (by.who.clone(), by.who.clone(), subject.to_owned());
        let authenticated = false;
        let body = ServiceBody::Signature { who, name, meaning, subject, reason, authenticated };
        self.note(Chain::Batch(batch), body);
    }
}
