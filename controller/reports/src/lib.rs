//! Batch records: gathered once from the ledger's read side, written as PDF/A, XLSX, CSV or JSON;
//! and EPCIS 2.0 events of the batch's serials.
//!
//! Called by the service and the command line with a place to write to. The same batch gives the
//! same bytes. Must never compute what the ledger already knows, read a clock, hold a whole batch
//! in memory, or a read transaction longer than a page.

#![forbid(unsafe_code)]

mod csv_file;
mod epcis;
mod error;
mod gather;
mod hashed;
mod json_file;
mod pdf;
mod safe;
mod source;
mod table;
mod xlsx_file;

pub use error::ReportError;
pub use source::Source;

use hashed::Hashed;
use std::io::Write;
use table::Sink;

/// Form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Batch record as PDF/A-2b.
    Pdf,
    /// Batch record as a workbook.
    Xlsx,
    /// Batch record as one table, for spreadsheets.
    Csv,
    /// Batch record for programs.
    Json,
    /// EPCIS 2.0 events, JSON-LD.
    Epcis,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pdf, Self::Xlsx, Self::Csv, Self::Json, Self::Epcis];

    /// Name as in events, in the API and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Epcis => "epcis",
        }
    }

    /// The form with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// SHA-256 of it, hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// Writes a batch in a form.
///
/// # Errors
/// [`ReportError`]; what was written until then is nothing to keep.
pub fn write<W: Write + Send>(source: &Source, form: Form, out: W) -> Result<Written, ReportError> {
    let mut out = Hashed::new(out);
    match form {
        Form::Epcis => epcis::write(source, &mut out)?,
        Form::Csv => into(source, csv_file::CsvFile::new(&mut out)?)?,
        Form::Json => into(source, json_file::JsonFile::new(&mut out)?)?,
        Form::Xlsx => into(source, xlsx_file::XlsxFile::new(source, &mut out)?)?,
        Form::Pdf => pdf::write(source, &mut out)?,
    }
    source.require_unchanged()?;
    out.finish()
}

fn into(source: &Source, mut sink: impl Sink) -> Result<(), ReportError> {
    gather::all(source, &mut sink)?;
    sink.finish()
}
