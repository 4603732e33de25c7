//! Signatures of acts: looked at before, and handed to the ledger with what they are for.
//!
//! Part of the control thread. A signature counts only for the act and the sheet that its person
//! was shown. Must never take one without proof on a production ledger: the ledger refuses it, too.

use super::control::Control;
use super::requests::Asking;
use crate::accounts::signed as proven;
use hmi::{Act, By, Problem, digest};
use ledger::{BatchNo, Chain, Meaning, Signed};
use people::Signing;

/// Why nothing was said.
const NO_REASON: &str = "no reason given";

impl Asking {
    /// The reason, as it goes on record.
    pub(super) fn why(&self) -> String {
        self.reason.clone().unwrap_or_else(|| NO_REASON.to_owned())
    }

    /// The signatures that came with it, as the ledger takes them with the act; where nobody has
    /// logged in, those of the persons that it names, which nobody has proven.
    pub(super) fn signed(&self, act: ledger::Act) -> Vec<Signed> {
        if self.by.is_proven() {
            return self.by.signatures.iter().map(proven).collect();
        }
        use ledger::Signing as L;
        let meanings = match act.signing() {
            L::One(meaning) | L::NotOwn(meaning) => vec![meaning],
            L::Two { first, second, .. } => vec![first, second],
        };
        let persons = [Some(&self.by.who), self.second.as_ref()].into_iter().flatten();
        let unproven = |(who, meaning): (&String, Meaning)| {
            Signed::unproven(who, meaning, act.name(), &self.why())
        };
        persons.zip(meanings).map(unproven).collect()
    }

    /// The signature of an act of one person.
    pub(super) fn signed_alone(&self, act: ledger::Act) -> Result<Signed, Problem> {
        self.signed(act).into_iter().next().ok_or_else(|| wanting(1, 0, act.name().to_owned()))
    }
}

/// Signatures are missing, or too many came.
fn wanting(wanted: usize, given: usize, place: String) -> Problem {
    let what = format!("this needs {wanted} signatures, {given} came with it");
    Problem::new(409, "signature_needed", what)
        .at(place)
        .remedy("sign it: POST /api/v1/signatures, or the page's dialog")
}

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
            return Err(wanting(wanted, given, act.object()));
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

    /// Puts the signatures of what the ledger takes without any on record; where nobody has logged
    /// in, one that nobody has proven.
    pub(super) fn sign(
        &self,
        batch: BatchNo,
        by: &By,
        meaning: Meaning,
        subject: &str,
        reason: &str,
    ) {
        for signature in &by.signatures {
            self.note(Chain::Batch(batch), proven(signature).body());
        }
        if !by.is_proven() {
            let signed = Signed::unproven(&by.who, meaning, subject, reason);
            self.note(Chain::Batch(batch), signed.body());
        }
    }
}
