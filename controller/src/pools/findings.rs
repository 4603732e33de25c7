//! Everything that is wrong with a pool: bounded lists, exact counts.
//!
//! Filled by reading and checking. Must never drop a kind of finding: what is not shown is counted.

use std::collections::BTreeMap;
use std::fmt;

/// Findings of one kind that are shown.
pub const SHOWN_OF_A_KIND: usize = 10;
/// Characters of a text from the file that are shown.
const SHOWN_CHARS: usize = 40;

/// What kind a finding is of; the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    File,
    Provider,
    Count,
    GuessRule,
    Gtin,
    Form,
    Repeated,
    Issued,
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Self::File | Self::Provider | Self::Count | Self::GuessRule => "of the file",
            Self::Gtin => "rows of another product",
            Self::Form => "serials that do not have the form",
            Self::Repeated => "serials that stand there before",
            Self::Issued => "serials that were used before",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolFinding {
    /// File and line, or file.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Why a pool was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolError {
    /// What was found, up to [`SHOWN_OF_A_KIND`] of a kind.
    pub shown: Vec<PoolFinding>,
    /// Everything that was found.
    pub total: usize,
    /// Name and number of what is not shown.
    more: Vec<(&'static str, usize)>,
}

impl fmt::Display for PoolError {
    /// One line a finding: `PLACE: WHAT; REMEDY`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, PoolFinding { place, what, remedy }) in self.shown.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}{place}: {what}; {remedy}")?;
        }
        for (words, count) in &self.more {
            write!(f, "\n... and {count} more {words}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PoolError {}

/// Findings as they come.
#[derive(Debug, Default)]
pub(super) struct Findings {
    by_kind: BTreeMap<Kind, (Vec<PoolFinding>, usize)>,
}

impl Findings {
    /// A refusal with one finding.
    pub(super) fn one(place: &str, what: String, remedy: &str) -> PoolError {
        let mut findings = Self::default();
        findings.add(Kind::File, place.to_owned(), what, remedy);
        findings.into_error()
    }

    pub(super) fn add(&mut self, kind: Kind, place: String, what: String, remedy: &str) {
        let (shown, count) = self.by_kind.entry(kind).or_default();
        *count += 1;
        if shown.len() < SHOWN_OF_A_KIND {
            shown.push(PoolFinding { place, what, remedy: remedy.to_owned() });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_kind.is_empty()
    }

    pub(super) fn into_error(self) -> PoolError {
        let mut error = PoolError { shown: Vec::new(), total: 0, more: Vec::new() };
        for (kind, (shown, count)) in self.by_kind {
            error.total += count;
            if count > shown.len() {
                error.more.push((kind.words(), count - shown.len()));
            }
            error.shown.extend(shown);
        }
        error
    }
}

/// A text of the file as a message shows it: quoted, control characters escaped, not too long.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(SHOWN_CHARS).collect();
    let more = if short.len() < text.len() { "..." } else { "" };
    format!("{short:?}{more}")
}
