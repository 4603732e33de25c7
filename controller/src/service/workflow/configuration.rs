//! The line's configuration as orders would run on it now, the versions on record, and what
//! differs.
//!
//! Called when an order is loaded, by acts and by questions. Must never hold a rule: the ledger
//! refuses an order on a configuration that nobody has released.

use super::refused;
use crate::service::clock::wall_clock;
use crate::service::load::{config_problem, ledger_problem};
use crate::service::setup::{Profiles, Setup};
use hmi::{Answer, Problem};
use ledger::{ConfigurationRef, ConfigurationRow, Ledger, LedgerKind, Reader, Signed, line_diff};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The text that is released: the line's file and its device profiles, without what may change
/// under an open batch and without products.
///
/// # Errors
/// A [`Problem`]: a profile cannot be read.
pub fn running(setup: &Setup) -> Result<String, Problem> {
    let profiles = setup.profiles().map_err(|e| config_problem(&e))?;
    text(setup, &profiles)
}

fn text(setup: &Setup, profiles: &Profiles) -> Result<String, Problem> {
    setup.configuration_text(profiles).map_err(|e| config_problem(&e))
}

fn hash(text: &str) -> String {
    ledger::keys::hex(&Sha256::digest(text))
}

/// The version in force, when it is what an order would run on; a production ledger takes no other.
///
/// # Errors
/// A [`Problem`] that says what to do.
pub fn in_force(
    setup: &Setup,
    ledger: &Ledger,
    profiles: &Profiles,
) -> Result<Option<ConfigurationRef>, Problem> {
    let now = hash(&text(setup, profiles)?);
    let released = ledger.released_configuration().map_err(|e| ledger_problem(&e))?;
    match released {
        Some(ConfigurationRow { version, sha256, .. }) if sha256 == now => {
            Ok(Some(ConfigurationRef { version, sha256 }))
        }
        _ if ledger.kind() == LedgerKind::Simulation => Ok(None),
        other => Err(not_released(other.map(|row| row.version))),
    }
}

fn not_released(in_force: Option<u32>) -> Problem {
    let what = match in_force {
        Some(version) => format!(
            "the line's configuration is not the released one: it differs from version {version}"
        ),
        None => "no configuration of this line has been released".to_owned(),
    };
    Problem::new(409, "config_not_released", what).at("configuration").remedy(
        "look at the difference under Administration, propose it, and have two persons release it",
    )
}

/// Proposes what runs now. `{version, sha256, state}`.
///
/// # Errors
/// A [`Problem`].
pub fn draft(ledger: &mut Ledger, text: &str, by: (&str, &str)) -> Answer {
    let version = ledger.draft_configuration(wall_clock(), text, by);
    let version = version.map_err(|e| refused(&e, "configuration"))?;
    Ok(json!({ "version": version, "sha256": hash(text), "state": "draft" }))
}

/// Releases a version.
///
/// # Errors
/// A [`Problem`].
pub fn release(ledger: &mut Ledger, version: u32, signed: &[Signed]) -> Answer {
    let done = ledger.release_configuration(wall_clock(), version, signed);
    done.map_err(|e| refused(&e, "configuration"))?;
    Ok(json!({ "version": version, "state": "released" }))
}

/// `{running: {sha256, version}, in_force, configurations: [{version, sha256, drafted_by,
/// drafted_seq, released_seq}]}`; the running one has a version when that is the latest.
///
/// # Errors
/// A [`Problem`].
pub fn list(reader: &Reader, setup: &Setup) -> Answer {
    let sha256 = hash(&running(setup)?);
    let rows = reader.configurations().map_err(|e| ledger_problem(&e))?;
    let released = reader.released_configuration().map_err(|e| ledger_problem(&e))?;
    let version = rows.first().filter(|row| row.sha256 == sha256).map(|row| row.version);
    Ok(json!({
        "running": { "sha256": sha256, "version": version,
            "released": released.as_ref().is_some_and(|row| row.sha256 == sha256) },
        "in_force": released.map(|row| row.version),
        "configurations": rows,
    }))
}

/// `{configuration, text}`.
///
/// # Errors
/// A [`Problem`].
pub fn show(reader: &Reader, version: u32) -> Answer {
    let found = reader.configuration(version).map_err(|e| refused(&e, "configuration"))?;
    Ok(json!({ "configuration": found.0, "text": found.1 }))
}

/// `{from, to, lines: [{change, text}]}`; without `from` the version in force or, before there is
/// one, the empty text (0); without `to` what runs now.
///
/// # Errors
/// A [`Problem`].
pub fn difference(
    reader: &Reader,
    setup: &Setup,
    (from, to): (Option<u32>, Option<u32>),
) -> Answer {
    let released = || reader.released_configuration().map_err(|e| ledger_problem(&e));
    let from = match from {
        Some(version) => version,
        None => released()?.map_or(0, |row| row.version),
    };
    let of = |version| match version {
        0 => Ok(String::new()),
        _ => reader
            .configuration(version)
            .map(|(_, text)| text)
            .map_err(|e| refused(&e, "configuration")),
    };
    let new = to.map_or_else(|| running(setup), of)?;
    Ok(json!({ "from": from, "to": to, "lines": line_diff(&of(from)?, &new) }))
}
