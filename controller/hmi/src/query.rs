//! Questions that are answered from the ledger's read side, beside the line.
//!
//! Asked by `api` and pages on threads of their own, few at a time; answered by whoever implements
//! [`Queries`]. Must never change anything.

use crate::request::Answer;
use serde::Deserialize;
use std::path::PathBuf;
use utoipa::ToSchema;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The orders. Answer: `{orders: [{batch, gtin, lot, expiry, state, target, good, ..}]}`.
    Orders,
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
    /// A page of the audit trail. Answer: `{events: [..], older, newer}`.
    Audit {
        /// What is looked for.
        filter: AuditFilter,
        /// Which way.
        way: AuditWay,
        /// At most so many.
        limit: u16,
    },
    /// All of the audit trail that matches, as a file. Answer: `{text, events, sha256}`.
    AuditExport {
        /// What is looked for.
        filter: AuditFilter,
        /// Form of the file.
        form: AuditForm,
    },
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
}
