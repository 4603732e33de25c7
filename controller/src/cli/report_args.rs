//! The words of `report` and `export`.
//!
//! Part of `args`. Must never do anything.

use super::args::DataDir;
use clap::{Args, Subcommand, ValueEnum};
use hmi::ReportForm;
use people::UserId;
use std::path::PathBuf;

/// Forms of a batch record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RecordForm {
    /// PDF/A-2b, for signing and keeping.
    Pdf,
    /// Workbook, a sheet a section.
    Xlsx,
    /// One table, for spreadsheets.
    Csv,
    /// For programs.
    Json,
}

impl From<RecordForm> for ReportForm {
    fn from(form: RecordForm) -> Self {
        match form {
            RecordForm::Pdf => Self::Pdf,
            RecordForm::Xlsx => Self::Xlsx,
            RecordForm::Csv => Self::Csv,
            RecordForm::Json => Self::Json,
        }
    }
}

/// Which batch, into which file, for whom.
#[derive(Clone, Debug, Args)]
pub struct MadeArgs {
    /// The batch.
    pub batch: String,
    /// The file; it must not be there yet.
    #[arg(long)]
    pub out: PathBuf,
    /// Name for the record, where nobody logs in.
    #[arg(long, default_value = "operator", conflicts_with = "login")]
    pub who: String,
    /// Log in to the running service as this user; asked for a password.
    #[arg(long = "as", value_name = "USER")]
    pub login: Option<UserId>,
    /// Where the ledger is.
    #[command(flatten)]
    pub at: DataDir,
}

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Form of the file.
    #[arg(long, default_value = "pdf")]
    pub format: RecordForm,
    /// Which and where.
    #[command(flatten)]
    pub made: MadeArgs,
}

/// `export ..`
#[derive(Clone, Debug, Subcommand)]
pub enum ExportCommand {
    /// EPCIS 2.0 events of a batch's serials: commissioned, sampled, decommissioned, destroyed.
    Epcis(MadeArgs),
}
