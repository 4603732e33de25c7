//! Questions that are answered from the ledger's read side, beside the line.
//!
//! Asked by `api` and pages on threads of their own, few at a time; answered by whoever implements
//! [`Queries`]. Must never change anything.

use crate::request::Answer;
use std::path::PathBuf;

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
