//! `packline config check|schema|explain`.
//!
//! Called by the command line with its writers: JSON goes to `out`, everything else to `err`. Must
//! never start anything.

use super::exit::Exit;
use crate::config::{self, Budget, ConfigError, Finding, Kind, LineFile, OrderFile, ProductFile};
use crate::pools::{Given, Pool};
use crate::service::setup::{Setup, load_profile};
use codes::Expiry;
use miette::{GraphicalReportHandler, GraphicalTheme};
use profiles::Profile;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// Width of marked source text; wide, so that a message stays on one line.
const REPORT_COLUMNS: usize = 240;

/// Checks one file of any kind; an order is checked against the day `today`.
///
/// # Errors
/// Writing fails.
pub fn check(
    path: &Path,
    today: Expiry,
    json: bool,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    let outcome = check_file(path, today);
    let exit = if outcome.is_ok() { Exit::Ok } else { Exit::Refused };
    if json {
        let kind = outcome.as_ref().ok().map(|kind| kind.name());
        let problems = outcome.as_ref().err().map(ConfigError::problems).unwrap_or_default();
        let file = path.display().to_string();
        let ok = exit == Exit::Ok;
        let report = json!({ "ok": ok, "file": file, "kind": kind, "problems": problems });
        writeln!(out, "{report}")?;
    }
    match outcome {
        Ok(kind) if !json => writeln!(err, "{}: ok, a {} file", path.display(), kind.name())?,
        Ok(_) => {}
        Err(error) => report(&error, err)?,
    }
    Ok(exit)
}

fn check_file(path: &Path, today: Expiry) -> Result<Kind, ConfigError> {
    let text = config::read(path)?;
    let file = path.display().to_string();
    // A file that is no TOML at all is told so by the strictest reader.
    let kind = Kind::of_text(&text).unwrap_or(Kind::Line);
    match kind {
        Kind::Line => Setup::read(path)?.profiles().map(drop)?,
        Kind::Product => ProductFile::parse(&file, &text).map(drop)?,
        Kind::Order => OrderFile::parse(&file, &text, today).map(drop)?,
        Kind::Device => load_profile(&file, &text, Profile::load).map(drop)?,
        Kind::Pool => pool(&file, &text)?,
    }
    Ok(kind)
}

/// A pool by itself: what an order needs of it is checked when it is loaded.
fn pool(file: &str, text: &str) -> Result<(), ConfigError> {
    Pool::parse(text.as_bytes(), file, &Given::default()).map(drop).map_err(|error| {
        let told = error.shown.into_iter().map(|finding| {
            Finding::new("", format!("{}: {}", finding.place, finding.what), finding.remedy)
        });
        ConfigError::new(file, "", told.collect())
    })
}

/// Shows what was found, with the marked text.
///
/// # Errors
/// Writing fails.
pub fn report(error: &ConfigError, err: &mut impl Write) -> io::Result<()> {
    let theme = GraphicalTheme::unicode_nocolor();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(REPORT_COLUMNS);
    for problem in error.problems() {
        let mut text = String::new();
        match handler.render_report(&mut text, problem) {
            Ok(()) if problem.line > 0 => write!(err, "{text}")?,
            _ => writeln!(err, "{problem}")?,
        }
    }
    Ok(())
}

/// Prints the schema of `name`; `scenario` gives that of the simulator's scenario files.
///
/// # Errors
/// Writing fails.
pub fn schema(
    name: &str,
    scenario: impl FnOnce() -> Value,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    let schema = match Kind::from_name(name) {
        Some(kind) => config::schema(kind),
        None if name == "scenario" => scenario(),
        None => {
            writeln!(
                err,
                "no schema is called {name:?}; use line, product, order, device, pool or \
                 scenario"
            )?;
            return Ok(Exit::Refused);
        }
    };
    writeln!(out, "{schema:#}")?;
    Ok(Exit::Ok)
}

/// Says what a line file means in figures; with `budget` its worst case in memory and time.
///
/// # Errors
/// Writing fails.
pub fn explain(
    path: &Path,
    budget: bool,
    json: bool,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    let file = path.display().to_string();
    let line = match config::read(path).and_then(|text| LineFile::parse(&file, &text)) {
        Ok(line) => line,
        Err(error) => {
            report(&error, err)?;
            return Ok(Exit::Refused);
        }
    };
    let budget = budget.then(|| line.budget());
    if json {
        let figures = line.figures();
        let look_ahead = line.look_ahead();
        let value = json!({ "file": file, "line": figures, "look_ahead": look_ahead,
            "budget": budget });
        writeln!(out, "{value}")?;
        return Ok(Exit::Ok);
    }
    explain_line(&line, err)?;
    budget.map_or(Ok(()), |budget| explain_budget(&budget, err))?;
    Ok(Exit::Ok)
}

fn explain_line(line: &LineFile, err: &mut impl Write) -> io::Result<()> {
    let figures = line.figures();
    let geometry = &line.geometry;
    let rate = line.rate.packs_per_s;
    writeln!(err, "{} ({:?} ledger)", line.line_id, line.ledger)?;
    let rows = [
        ("rate", format!("{rate} packs/s ({:.0}/min)", rate * 60.0)),
        ("belt", format!("{:.0} mm/s at a pitch of {} mm", figures.speed_mm_s, figures.pitch_mm)),
        ("camera to gate", format!("{} mm", figures.camera_to_gate_mm)),
        ("deadline", format!("{:.1} ms, trigger to gate minus lead", figures.deadline_ms)),
        ("look-ahead", format!("{} print jobs", line.look_ahead())),
        ("purge", format!("{} mm of belt", geometry.exit_mm + geometry.purge_margin_mm)),
        ("heartbeat", format!("{} ms at most", line.timing.heartbeat_ms_max)),
    ];
    rows.iter().try_for_each(|(name, value)| writeln!(err, "  {name:<16}{value}"))
}

fn explain_budget(budget: &Budget, err: &mut impl Write) -> io::Result<()> {
    let mib = |bytes: usize| bytes as f64 / 1_048_576.0;
    writeln!(err, "memory, worst case")?;
    for row in &budget.memory {
        writeln!(err, "  {:<16}{:>9} entries {:>9.2} MiB", row.what, row.entries, mib(row.bytes))?;
    }
    writeln!(err, "  {:<16}{:>17} {:>9.2} MiB", "sum", "", mib(budget.memory_bytes))?;
    writeln!(err, "time, worst case")?;
    let granted_ms = f64::from(budget.result_to_permit_budget_ms);
    let rows = [
        ("result to verdict", budget.result_to_verdict_ms),
        ("verdict to durable", budget.verdict_to_durable_ms),
        ("durable to permit", budget.durable_to_permit_ms),
        ("sum", budget.sum_ms),
        ("granted", granted_ms),
        ("deadline", budget.deadline_ms),
        ("left for the camera", budget.camera_ms),
    ];
    rows.iter().try_for_each(|(name, ms)| writeln!(err, "  {name:<20}{ms:>8.1} ms"))?;
    for (station, ms) in &budget.stations_ms {
        writeln!(err, "  {:<20}{ms:>8.1} ms", format!("left for {station}"))?;
    }
    if budget.sum_ms > granted_ms {
        writeln!(err, "  the sum exceeds what result_to_permit_budget_ms grants")?;
    }
    writeln!(
        err,
        "look-ahead of {} print jobs covers a reconnect of {:.0} ms",
        budget.look_ahead, budget.look_ahead_covers_ms
    )?;
    writeln!(err, "tracking slots: {} needed, {} there", budget.slots_needed, budget.slots)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
