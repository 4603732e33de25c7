//! Questions about the steps of an order, its rejects, its close, recipes and configurations.
//!
//! Part of the questions. Must never change anything.

use line_core::reason::RejectReason;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkflowQuery {
    /// How far an order's workflow is. Answer: `{steps: [{step, state, seq, by, at, detail}],
    /// before_start, clearance_items}`.
    Readiness {
        /// Its order.
        batch: String,
    },
    /// A page of rejects. Answer: `{rows, more_before, more_after, total, unreviewed, by_reason}`.
    Rejects {
        /// Their order.
        batch: String,
        /// Which.
        filter: RejectsFilter,
        /// Where the page begins.
        from: RejectsFrom,
        /// At most so many.
        limit: u16,
    },
    /// A pack whole. Answer: `{pack, expected, grade, events, image_file, before, after, reviews,
    /// done_by}`.
    Pack {
        /// Its order.
        batch: String,
        /// Which.
        track: u32,
        /// Packs told before and after it.
        neighbours: u32,
    },
    /// What is looked at before a close. Answer: `{books, identities, deviations, unresolved,
    /// in_process, unreviewed, signatures, readiness}`.
    Books {
        /// Its order.
        batch: String,
    },
    /// Versions of recipes. Answer: `{recipes: [{gtin, version, sha256, state, ..}]}`.
    Recipes {
        /// Of one product.
        gtin: Option<String>,
    },
    /// A version with its text. Answer: `{recipe, text}`.
    Recipe {
        /// Product code.
        gtin: String,
        /// Which.
        version: u32,
    },
    /// What changed between versions. Answer: `{from, to, lines: [{change, text}]}`.
    RecipeDifference {
        /// Product code.
        gtin: String,
        /// The older; 0: the empty text.
        from: u32,
        /// The newer.
        to: u32,
    },
    /// Versions of the line's configuration. Answer: `{running, in_force, configurations}`.
    Configurations,
    /// A version with its text. Answer: `{configuration, text}`.
    Configuration {
        /// Which.
        version: u32,
    },
    /// What changed between configurations. Answer: `{from, to, lines: [{change, text}]}`.
    ConfigurationDifference {
        /// The older; none: the one in force; 0: the empty text.
        from: Option<u32>,
        /// The newer; none: what runs now.
        to: Option<u32>,
    },
}

/// Which rejects; everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RejectsFilter {
    /// For one of these reasons; empty: for any.
    pub reasons: Vec<RejectReason>,
    /// Told by this device.
    pub device: Option<String>,
    /// Judged at this time or later, ms since 1970 UTC.
    pub from_ms: Option<i64>,
    /// Judged at this time or earlier.
    pub until_ms: Option<i64>,
    /// Only those without a review in force.
    pub unreviewed: bool,
}

/// Where a page of rejects begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectsFrom {
    /// Behind this pack.
    After(u32),
    /// Before this pack.
    Before(u32),
}
