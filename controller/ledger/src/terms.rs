//! Closed lists that events of people name: meanings of signatures, declared numbers, takings,
//! deviations, packs of a trial.
//!
//! Used by events, projections and callers. Must never change a name that stands in a record.

use crate::act::Act;
use serde::{Deserialize, Serialize};

/// What a signature means (21 CFR 11.50).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Did it.
    Performed,
    /// Looked at it.
    Reviewed,
    /// Answers for it.
    Approved,
}

impl Meaning {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Performed => "performed",
            Self::Reviewed => "reviewed",
            Self::Approved => "approved",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Performed, Self::Reviewed, Self::Approved];
        all.into_iter().find(|meaning| meaning.name() == name)
    }
}

/// Numbers that people declare, because no counter tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclaredTerm {
    /// Packs put onto the line by hand.
    Additions,
    /// Packs taken off the line by hand that no track stands for.
    Removals,
    /// Exit edges of packs that were taken back from behind the exit and that no track stands for.
    Retrieved,
    /// Labels that a lost labeler epoch no longer tells.
    Printed,
    /// Labels printed twice.
    Duplicate,
    /// Labels without live serials.
    Setup,
    /// Challenge labels.
    Challenge,
}

impl DeclaredTerm {
    /// Column of `batch` that adds it up.
    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::Additions => "declared_additions",
            Self::Removals => "declared_removals",
            Self::Retrieved => "declared_retrieved",
            Self::Printed => "declared_printed",
            Self::Duplicate => "declared_duplicate",
            Self::Setup => "declared_setup",
            Self::Challenge => "declared_challenge",
        }
    }
}

/// As what a person takes a serial out of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenAs {
    /// A commissioned pack as a sample: Sampled.
    Sample,
    /// A commissioned pack taken off the line by hand: Inactive.
    Removal,
    /// A printed label that is kept and never went out on a good pack: LabelSampled.
    Label,
    /// The same for the first-pack approval, by two persons.
    FirstPack,
}

impl TakenAs {
    /// Name as in the events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Removal => "removal",
            Self::Label => "label",
            Self::FirstPack => "first_pack",
        }
    }

    /// What is signed for it.
    #[must_use]
    pub const fn act(self) -> Act {
        match self {
            Self::Sample | Self::Label => Act::Sample,
            Self::Removal => Act::ManualRemoval,
            Self::FirstPack => Act::FirstPackApproval,
        }
    }
}

/// Identity of the books that a signed deviation may leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviationOf {
    /// Packs that went in and are nowhere.
    Unexplained,
    /// Exits given to no pack.
    UnexplainedExit,
}

impl DeviationOf {
    /// Name of the identity.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unexplained => "unexplained",
            Self::UnexplainedExit => "unexplained_exit",
        }
    }
}

/// A pack of a trial run: what it was prepared as and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialPack {
    /// n-th at the infeed.
    pub track: u32,
    /// What it was prepared as.
    pub prepared: String,
    /// Reject reasons that prove the test; empty: it had to be judged good.
    pub expected: Vec<String>,
    /// The verdict.
    pub verdict: Option<String>,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// Where it ended.
    pub fate: String,
    /// As expected, and in the bin.
    pub passed: bool,
}
