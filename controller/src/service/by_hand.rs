//! Declared numbers, samples and removals: what service and command line do alike.
//!
//! Called with the ledger at hand. Must never hold a rule: the ledger refuses.

use super::clock::wall_clock;
use super::load::ledger_problem;
use contracts::open_scs::SerialState;
use hmi::{Declared, Problem, Take};
use ledger::{
    Act, BatchNo, DeclaredTerm, Ledger, LedgerError, Meaning, Refusal, Signed, TakenAs, Taking,
};

/// The ledger's term.
#[must_use]
pub const fn term(declared: Declared) -> DeclaredTerm {
    match declared {
        Declared::Additions => DeclaredTerm::Additions,
        Declared::Removals => DeclaredTerm::Removals,
        Declared::Retrieved => DeclaredTerm::Retrieved,
        Declared::Printed => DeclaredTerm::Printed,
        Declared::Duplicate => DeclaredTerm::Duplicate,
    }
}

/// A signature under the name that was given, which nobody has proven.
fn unproven(act: Act, meaning: Meaning, who: &str, reason: &str) -> Signed {
    Signed::unproven(who, meaning, act.name(), reason)
}

/// Adds a declared number; returns the sum of its term.
///
/// # Errors
/// The ledger's refusal in words.
pub fn declare(
    ledger: &mut Ledger,
    batch: BatchNo,
    declared: Declared,
    count: i64,
    who: &str,
    reason: &str,
) -> Result<i64, Problem> {
    let number = (term(declared), count);
    let signed = unproven(Act::DeclareCount, Meaning::Performed, who, reason);
    ledger.declare(wall_clock(), batch, number, &signed).map_err(|error| {
        ledger_problem(&error).at("count").remedy("see the books: packline order list --json")
    })
}

/// What the record says of it.
#[must_use]
pub fn words(take: &Take, serial: &str) -> String {
    match take {
        Take::Sample => format!("sample {serial}"),
        Take::FirstPack { second } => format!("first pack {serial}, second person {second}"),
        Take::Removal => format!("remove {serial}"),
    }
}

/// What the ledger is asked; `authenticated` when who asks has logged in and signed it.
///
/// # Errors
/// No serial number.
pub fn taking(
    serial: &str,
    take: &Take,
    (who, authenticated): (&str, bool),
    reason: &str,
) -> Result<Taking, Problem> {
    let number = serial.parse().map_err(|error: codes::CodeError| {
        Problem::new(422, "bad_code", error.to_string()).at("serial").remedy("scan it again")
    })?;
    let (taken, second) = match take {
        Take::Sample => (TakenAs::Sample, None),
        Take::FirstPack { second } => (TakenAs::FirstPack, Some(second.clone())),
        Take::Removal => (TakenAs::Removal, None),
    };
    let act = taken.act();
    let mut signed = vec![unproven(act, Meaning::Performed, who, reason)];
    signed.extend(second.map(|second| unproven(act, Meaning::Approved, &second, reason)));
    signed.iter_mut().for_each(|signed| signed.authenticated = authenticated);
    Ok(Taking { serial: number, taken, signed })
}

/// Takes a serial out of the batch; a sample is the pack when it is commissioned, else the label.
///
/// # Errors
/// The ledger's refusal in words.
pub fn take(
    ledger: &mut Ledger,
    batch: BatchNo,
    mut taking: Taking,
) -> Result<SerialState, Problem> {
    let mut done = ledger.take_serial(wall_clock(), batch, &taking);
    let printed_only = matches!(
        done,
        Err(LedgerError::Refused(Refusal::SerialState { state: SerialState::Encoded, .. }))
    );
    if taking.taken == TakenAs::Sample && printed_only {
        taking.taken = TakenAs::Label;
        done = ledger.take_serial(wall_clock(), batch, &taking);
    }
    done.map_err(|error| {
        ledger_problem(&error)
            .at(taking.serial.as_str())
            .remedy("see what became of it: packline serial trace GTIN SERIAL")
    })
}
