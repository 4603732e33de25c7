//! The ledger's words as its view documents name them: fates, serial states, books.
//!
//! Written from the documents, not from the controller's source. It must never accept a word that
//! is not listed: what cannot be read cannot be proven.

use serde::Deserialize;

/// Fate of a pack as recorded (`v_pack.fate`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recorded {
    InProcess,
    Exited,
    Ejected,
    Unresolved,
    ResolvedExited,
    ResolvedEjected,
    Removed,
}

impl Recorded {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "in_process" => Self::InProcess,
            "exited" => Self::Exited,
            "ejected" => Self::Ejected,
            "unresolved" => Self::Unresolved,
            "resolved_exited" => Self::ResolvedExited,
            "resolved_ejected" => Self::ResolvedEjected,
            "removed" => Self::Removed,
            _ => return None,
        })
    }

    /// Nobody has said yet what became of it.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::InProcess | Self::Unresolved)
    }
}

/// State of a serial, numbered as in OPEN-SCS (OPC 30260).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Unassigned = 0,
    Unallocated = 1,
    Allocated = 2,
    SnInvalid = 3,
    Encoded = 4,
    LabelSampled = 5,
    LabelScrapped = 6,
    Commissioned = 7,
    Sampled = 8,
    Inactive = 9,
    Destroyed = 10,
    Released = 11,
}

impl State {
    const ALL: [Self; 12] = [
        Self::Unassigned,
        Self::Unallocated,
        Self::Allocated,
        Self::SnInvalid,
        Self::Encoded,
        Self::LabelSampled,
        Self::LabelScrapped,
        Self::Commissioned,
        Self::Sampled,
        Self::Inactive,
        Self::Destroyed,
        Self::Released,
    ];

    pub(super) fn from_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|number| Self::ALL.get(number)).copied()
    }

    /// Commissioned once, whatever came later.
    pub(super) const fn ever_commissioned(self) -> bool {
        use State as S;
        matches!(self, S::Commissioned | S::Sampled | S::Inactive | S::Destroyed | S::Released)
    }

    /// Commissioned once and taken out again.
    pub(super) const fn taken_out(self) -> bool {
        matches!(self, Self::Sampled | Self::Inactive | Self::Destroyed)
    }

    /// Printed and valid, whatever came later.
    pub(super) const fn ever_encoded(self) -> bool {
        self as u8 >= Self::Encoded as u8
    }

    /// Never used.
    pub(super) const fn is_unused(self) -> bool {
        matches!(self, Self::Unassigned | Self::Unallocated)
    }
}

/// The books of a closed batch (`v_batch.books_json`): the terms of domain.md section 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Books {
    pub(super) allocated: i64,
    pub(super) returned: i64,
    pub(super) invalid: i64,
    pub(super) encoded: i64,
    pub(super) commissioned_ever: i64,
    pub(super) label_scrapped: i64,
    pub(super) label_sampled: i64,
    pub(super) in_reject: i64,
    pub(super) unresolved: i64,
    pub(super) line_commissioned: i64,
    pub(super) reworked: i64,
    pub(super) resolved_commissioned: i64,
    pub(super) commissioned_now: i64,
    pub(super) released: i64,
    pub(super) sampled: i64,
    pub(super) inactive: i64,
    pub(super) destroyed: i64,
    pub(super) infeed: i64,
    pub(super) exit_edges: i64,
    pub(super) retrieved_after_exit: i64,
    pub(super) resolved_at_exit: i64,
    pub(super) confirmed_ejects: i64,
    pub(super) serials_in_reject_ever: i64,
    pub(super) ejects_without_serial: i64,
    pub(super) declared_additions: i64,
    pub(super) declared_removals: i64,
    pub(super) in_process: i64,
    pub(super) labeler_printed: i64,
    pub(super) invalid_but_printed: i64,
    pub(super) duplicate: i64,
    pub(super) setup: i64,
    pub(super) challenge: i64,
    pub(super) printed_undeclared: i64,
}
