//! The workflow of an order on the service's side: what people asked, given to the ledger; what
//! the ledger knows, as JSON for the pages.
//!
//! Called by the control thread with the ledger at hand, and by commands without a service. Must
//! never hold a rule: the ledger refuses, and each refusal says what to do.

pub mod configuration;
mod evidence;
pub mod order_files;
pub mod queries;
pub mod recipe;
pub mod screens;
pub mod steps;
#[cfg(test)]
mod tests;

use super::load::ledger_problem;
use hmi::Problem;
use ledger::{LedgerError, Refusal, SigningFault};

/// A refusal of the ledger with a code that a page can act on, and what to do.
#[must_use]
pub fn refused(error: &LedgerError, at: &str) -> Problem {
    let problem = ledger_problem(error).at(at);
    let LedgerError::Refused(refusal) = error else { return problem };
    let (code, remedy) = match refusal {
        Refusal::Signing { fault: SigningFault::OwnWork { .. }, .. } => {
            ("own_work", "let another person sign")
        }
        Refusal::Signing { .. } => ("signing", "sign again, in the order that the act wants"),
        Refusal::NotAuthenticated => ("not_authenticated", "log in and sign with the password"),
        Refusal::StepsMissing(_) => ("steps_missing", "do these steps first, then start again"),
        Refusal::NotBeforeStart => ("wrong_state", "do it after loading and before the start"),
        Refusal::Checklist => ("checklist", "go through the checklist of the order again"),
        Refusal::DeviceCheck(_) => ("device_check", "look at the device, then check again"),
        Refusal::Reviewed { .. } | Refusal::NoReject(_) => {
            ("review", "choose rejects of this batch, in parts if they are many")
        }
        Refusal::Unreviewed { .. } => ("unreviewed", "review these rejects, then close again"),
        Refusal::Recipe { .. } => ("recipe", "see the versions: their states and who wrote them"),
        Refusal::Configuration { .. } => {
            ("configuration", "see the versions and what differs, under Administration")
        }
        _ => return problem,
    };
    Problem { code: code.into(), ..problem }.remedy(remedy)
}
