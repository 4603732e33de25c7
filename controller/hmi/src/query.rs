//! Questions that are answered from the ledger's read side, beside the line.
//!
//! Asked by `api` and pages on threads of their own, few at a time; answered by whoever implements
//! [`Queries`]. Must never change anything.

use crate::request::Answer;
use crate::workflow_query::WorkflowQuery;
use serde::Deserialize;
use std::path::PathBuf;
use utoipa::ToSchema;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The orders. Answer: `{orders: [{batch, gtin, lot, expiry, state, target, good, ..}]}`.
    Orders,
    /// The order files beside the line's. Answer: `{files: [{file, batch, product, gtin, lot,
    /// expiry, target, pool, used, text, wrong}], more}`.
    OrderFiles,
    /// A page of an order's packs. Answer: `{packs: [..], next_after}`.
    Packs {
        /// Its order.
        batch: String,
        /// Tracks greater than this.
        after: u32,
        /// At most so many.
        limit: u16,
    },
    /// The history of one serial. Answer: `{gtin, serial, state, batch, history: [..]}`.
    Serial {
        /// Product code, 14 digits.
        gtin: String,
        /// Serial number.
        serial: String,
    },
    /// The serial that a text names: a scanned code, or product code and serial number. Answer: as
    /// of [`Query::Serial`], with `possible`.
    Find {
        /// The text.
        text: String,
    },
    /// The chain of a batch, recomputed. Answer: `{batch, events, head, broken, at}`.
    ChainCheck {
        /// Its order.
        batch: String,
    },
    /// A page of the audit trail. Answer: `{events: [..], older, newer}`.
    Audit {
        /// What is looked for.
        filter: AuditFilter,
        /// Which way.
        way: AuditWay,
        /// At most so many.
        limit: u16,
    },
    /// Changes of alarms, the latest first. Answer: `{changes: [..], older}`.
    AlarmHistory {
        /// What is looked for.
        filter: AlarmHistoryFilter,
        /// At most so many.
        limit: u16,
    },
    /// What happened on the line that is no alarm and no pack, the latest first. Answer:
    /// `{events: [..], older}`.
    LineEvents {
        /// Before this sequence.
        before: i64,
        /// At most so many.
        limit: u16,
    },
    /// The whole ledger recomputed, against its anchors. Answer: `{ok, records, batches, anchors,
    /// sealed, head, seconds, first_bad}`. Takes as long as the ledger is large.
    AuditVerify,
    /// All of the audit trail that matches, as a file. Answer: `{text, events, sha256}`.
    AuditExport {
        /// What is looked for.
        filter: AuditFilter,
        /// Form of the file.
        form: AuditForm,
    },
    /// About the steps of an order, its rejects and its recipe.
    Workflow(WorkflowQuery),
}

/// What is looked for in the audit trail; everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Who did it.
    pub who: Option<String>,
    /// Kind of the event.
    pub kind: Option<String>,
    /// Chain: `site`, or a batch.
    pub chain: Option<String>,
    /// Not before this, RFC 3339 in UTC or its beginning.
    pub from: Option<String>,
    /// Before this, the same.
    pub to: Option<String>,
}

/// What is looked for in the history of alarms; everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmHistoryFilter {
    /// Of one kind.
    pub alarm: Option<String>,
    /// Not before this, RFC 3339 in UTC or its beginning.
    pub from: Option<String>,
    /// Before this, the same.
    pub to: Option<String>,
    /// Before this sequence: where the last page ended.
    pub before: Option<i64>,
}

/// Which way the audit trail is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditWay {
    /// Events after this sequence, the oldest first.
    After(i64),
    /// Events before this sequence, the newest first.
    Before(i64),
}

/// Form of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditForm {
    /// Comma-separated, for spreadsheets.
    #[default]
    Csv,
    /// An array of events.
    Json,
}

/// Form of a batch's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportForm {
    /// Batch record as PDF/A.
    Pdf,
    /// Batch record as a workbook.
    Xlsx,
    /// Batch record as one table.
    Csv,
    /// Batch record for programs.
    Json,
    /// EPCIS events of the batch's serials.
    Epcis,
}

impl ReportForm {
    /// Name as in the query and in events.
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
}

/// A report that was made.
#[derive(Debug)]
pub struct ReportFile {
    /// At its beginning; gone when it is dropped.
    pub file: std::fs::File,
    /// SHA-256 of it, hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// Somebody who answers.
pub trait Queries: Send + Sync {
    /// Answers; may take a while.
    ///
    /// # Errors
    /// A [`crate::Problem`].
    fn answer(&self, query: Query) -> Answer;

    /// A pack's image as it was kept, if there is one.
    ///
    /// # Errors
    /// A [`crate::Problem`].
    fn image(&self, batch: &str, track: u32) -> Result<PathBuf, crate::Problem>;

    /// A batch's report as a file; may take a while.
    ///
    /// # Errors
    /// A [`crate::Problem`].
    fn report(&self, batch: &str, form: ReportForm) -> Result<ReportFile, crate::Problem>;
}
