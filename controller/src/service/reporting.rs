//! Reports and exports of a batch: made into a file without a name, and put on record.
//!
//! Called by the read side and by commands without a service. Must never give a file away before it
//! is whole.

use super::load::ledger_problem;
use hmi::{Problem, ReportFile, ReportForm};
use ledger::ServiceBody;
use reports::{Form, ReportError, Source, Written};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

const fn form_of(form: ReportForm) -> Form {
    match form {
        ReportForm::Pdf => Form::Pdf,
        ReportForm::Xlsx => Form::Xlsx,
        ReportForm::Csv => Form::Csv,
        ReportForm::Json => Form::Json,
        ReportForm::Epcis => Form::Epcis,
    }
}

/// Writes a batch's report.
///
/// # Errors
/// A [`Problem`]; what was written until then is nothing to keep.
pub fn write(ledger: &Path, batch: &str, form: ReportForm, out: &File) -> Result<Written, Problem> {
    let source = Source::open(ledger, batch).map_err(|error| problem(batch, &error))?;
    reports::write(&source, form_of(form), out).map_err(|error| problem(batch, &error))
}

/// Makes a batch's report on the disk of the ledger.
///
/// # Errors
/// A [`Problem`].
pub fn make(
    ledger: &Path,
    data_dir: &Path,
    batch: &str,
    form: ReportForm,
) -> Result<ReportFile, Problem> {
    let disk = |error: std::io::Error| problem(batch, &ReportError::Write(error));
    let mut file = tempfile::tempfile_in(data_dir).map_err(disk)?;
    let Written { sha256, bytes } = write(ledger, batch, form, &file)?;
    file.seek(SeekFrom::Start(0)).map_err(disk)?;
    Ok(ReportFile { file, sha256, bytes })
}

/// What goes on record of it.
#[must_use]
pub fn record(
    batch: &str,
    form: ReportForm,
    (sha256, bytes): (String, u64),
    who: String,
) -> ServiceBody {
    let (batch, format) = (batch.to_owned(), form.name().to_owned());
    ServiceBody::ReportMade { batch, format, sha256, bytes, who }
}

fn problem(batch: &str, error: &ReportError) -> Problem {
    let (status, code, remedy) = match error {
        ReportError::Ledger(error) => return ledger_problem(error),
        ReportError::Unknown(_) => (404, "unknown_order", "list them: packline order list"),
        ReportError::Changed { .. } => (409, "batch_went_on", "ask when the line rests"),
        ReportError::Write(_) => (503, "disk", "look at the disk"),
        ReportError::Made { .. } => (500, "report", "take another form"),
    };
    Problem::new(status, code, error.to_string()).at(batch).remedy(remedy)
}
