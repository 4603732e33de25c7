//! Why a report was not made.
//!
//! Told by the service and the command line. Must never leave a remedy out.

use ledger::LedgerError;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The ledger cannot be read, or a sealed file is not where it belongs.
    #[error("failed to read the batch: {0}")]
    Ledger(#[from] LedgerError),
    /// No such batch.
    #[error("there is no batch {0} in this ledger; list them: packline order list")]
    Unknown(String),
    /// The batch went on meanwhile.
    #[error(
        "batch {batch} went on while its record was read (event {before}, then {after}); make the \
         report when the line rests, or after the close"
    )]
    Changed {
        /// The batch.
        batch: String,
        /// Its last event when the report was begun.
        before: i64,
        /// The last one at the end.
        after: i64,
    },
    /// The file cannot be written.
    #[error("failed to write the report: {0}; look at the disk and where the file goes")]
    Write(#[from] std::io::Error),
    /// A library refused what we gave it.
    #[error("failed to make the {form} file: {what}; take another form and report this")]
    Made {
        /// Which form.
        form: &'static str,
        /// What it said.
        what: String,
    },
}
