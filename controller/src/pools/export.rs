//! The serials of a batch, written out as CSV or JSON while they are read page by page.
//!
//! Called by `serial export`, beside a running service too: each page is a read transaction of its
//! own. Must never alter a serial: one that a spreadsheet would take for a formula is quoted like
//! all others, and it is the reader's duty to import the column as text.

use csv::{QuoteStyle, WriterBuilder};
use ledger::{BatchRow, LedgerError, PoolSource, Reader, SerialRow};
use std::io::Write;

use contracts::open_scs::SerialState;
use serde_json::json;

/// Which serials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// All.
    All,
    /// Those in a state.
    Only(SerialState),
}

impl std::str::FromStr for StateFilter {
    type Err = String;

    /// `all`, or the OPEN-SCS state's name: `allocated`, `commissioned`, ...
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let states = || (0..=11).filter_map(SerialState::from_number);
        states().find(|state| state_name(*state) == text).map(Self::Only).ok_or_else(|| {
            let names: Vec<String> = states().map(state_name).collect();
            format!("{text} is no state; use all, {}", names.join(", "))
        })
    }
}

fn state_name(state: SerialState) -> String {
    crate::names::name_of(&state)
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// A header line and one line a serial, every cell quoted.
    Csv,
    /// One object with a list.
    Json,
}

/// Why serials were not exported, or not all.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The ledger.
    #[error("failed to read the ledger: {0}")]
    Ledger(#[from] LedgerError),
    /// The file.
    #[error("failed to write: {0}")]
    Write(#[from] std::io::Error),
    /// The CSV.
    #[error("failed to write: {0}")]
    Csv(#[from] csv::Error),
}

/// Writes the serials of `batch`; returns how many.
///
/// # Errors
/// [`ExportError`]; what was written by then is not complete.
pub fn export(
    reader: &Reader,
    batch: &BatchRow,
    filter: StateFilter,
    format: ExportFormat,
    out: &mut impl Write,
) -> Result<u64, ExportError> {
    match format {
        ExportFormat::Csv => csv(reader, batch, filter, out),
        ExportFormat::Json => json(reader, batch, filter, out),
    }
}

fn pages<E: From<LedgerError>>(
    reader: &Reader,
    batch: &BatchRow,
    filter: StateFilter,
    mut row: impl FnMut(&SerialRow) -> Result<(), E>,
) -> Result<u64, E> {
    let state = match filter {
        StateFilter::All => None,
        StateFilter::Only(state) => Some(state),
    };
    let (mut from, mut written) = (Some(0), 0);
    while let Some(first) = from {
        let (page, next) = reader.serials(batch.batch_no, first, state)?;
        page.iter().try_for_each(&mut row)?;
        written += page.len() as u64;
        from = next;
    }
    Ok(written)
}

fn csv(
    reader: &Reader,
    batch: &BatchRow,
    filter: StateFilter,
    out: &mut impl Write,
) -> Result<u64, ExportError> {
    let mut writer = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(out);
    writer.write_record(["gtin", "serial", "state", "state_number", "batch", "track"])?;
    let written = pages(reader, batch, filter, |row| -> Result<(), ExportError> {
        let (state, number) = (state_name(row.state), (row.state as u8).to_string());
        let track = row.track.map(|track| track.to_string()).unwrap_or_default();
        let cells = [&batch.gtin, &row.serial, &state, &number, &batch.batch, &track];
        Ok(writer.write_record(cells)?)
    })?;
    writer.flush()?;
    Ok(written)
}

fn json(
    reader: &Reader,
    batch: &BatchRow,
    filter: StateFilter,
    out: &mut impl Write,
) -> Result<u64, ExportError> {
    let pool = reader.pool_source(batch.batch_no)?.map(|source| source_json(&source));
    let head = json!({
        "format": 1, "gtin": batch.gtin, "batch": batch.batch,
        "return_policy": reader.return_policy(batch.batch_no)?, "pool": pool,
    });
    // The list is written as it is read, so the object is left open for it.
    let head = head.to_string();
    write!(out, "{},\"serials\":[", head.strip_suffix('}').unwrap_or(&head))?;
    let mut separator = "\n";
    let written = pages(reader, batch, filter, |row| -> Result<(), ExportError> {
        let line = json!({
            "serial": row.serial, "state": state_name(row.state),
            "state_number": row.state as u8, "track": row.track,
        });
        write!(out, "{separator}{line}")?;
        separator = ",\n";
        Ok(())
    })?;
    writeln!(out, "]}}")?;
    out.flush()?;
    Ok(written)
}

/// Where a pool came from, as JSON.
#[must_use]
pub fn source_json(source: &PoolSource) -> serde_json::Value {
    match source {
        PoolSource::Imported { provider, claim, sha256, count } => json!({
            "source": "imported", "provider": provider, "claim": claim, "sha256": sha256,
            "count": count,
        }),
        PoolSource::Kept { count } => json!({ "source": "kept", "count": count }),
    }
}
