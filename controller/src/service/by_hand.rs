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

/// The signature of a declared number under the name that was given, which nobody has proven.
#[must_use]
pub fn unproven_declare(who: &str, reason: &str) -> Signed {
    Signed::unproven(who, Meaning::Performed, Act::DeclareCount.name(), reason)
}

/// The signatures of a taking under the names that were given, which nobody has proven.
#[must_use]
pub fn unproven_take(take: &Take, who: &str, reason: &str) -> Vec<Signed> {
    let act = taken(take).act();
    let mut signed = vec![Signed::unproven(who, Meaning::Performed, act.name(), reason)];
    if let Take::FirstPack { second } = take {
        signed.push(Signed::unproven(second, Meaning::Approved, act.name(), reason));
    }
    signed
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
    signed: &Signed,
) -> Result<i64, Problem> {
    ledger.declare(wall_clock(), batch, (term(declared), count), signed).map_err(|error| {
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

/// As what the ledger takes it.
#[must_use]
pub const fn taken(take: &Take) -> TakenAs {
    match take {
        Take::Sample => TakenAs::Sample,
        Take::FirstPack { .. } => TakenAs::FirstPack,
        Take::Removal => TakenAs::Removal,
    }
}

/// What the ledger is asked.
///
/// # Errors
/// No serial number.
pub fn taking(serial: &str, take: &Take, signed: Vec<Signed>) -> Result<Taking, Problem> {
    let number = serial.parse().map_err(|error: codes::CodeError| {
        Problem::new(422, "bad_code", error.to_string()).at("serial").remedy("scan it again")
    })?;
    Ok(Taking { serial: number, taken: taken(take), signed })
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
