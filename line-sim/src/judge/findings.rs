//! What can be found, and the list of what was.
//!
//! Filled by each rule. It must never let one subject count twice in a class.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Findings that are kept; all are counted.
const FINDINGS_MAX: usize = 1_000;

/// Which of the judgement's counts a finding belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Left as good and is not proven to be.
    FalseGood,
    /// Good, rejected, no excuse.
    FalseReject,
    /// Recorded otherwise than it happened.
    Unexplained,
    /// Sums differ.
    Sums,
    /// The ledger's order is another one.
    Order,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Left; the ledger has no such pack.
    LeftUnknown,
    /// Left with nothing printed on it.
    LeftBlank,
    /// Left; the ledger has no serial for it.
    LeftWithoutSerial,
    /// Left with another code than that of its serial.
    LeftWithOtherCode,
    /// Left with another label than the labeler was told to print.
    LeftNotAsCommanded,
    /// Left without a durable accept in force.
    LeftNotAccepted,
    /// Left; its accept holds no reading of its code.
    LeftNotRead,
    /// Left; its accept holds a grade below the limit.
    LeftLowGrade,
    /// Left; its serial is not commissioned exactly once, for it.
    LeftNotCommissioned,
    /// Left with a serial that another pack that left bears too.
    LeftSharingSerial,
    /// Left with readable text that is not that of its serial.
    LeftWithOtherText,
    /// Left in another product's carton.
    LeftInOtherCarton,
    /// Left without its tamper-evident label.
    LeftWithoutTamperEvident,
    /// Left with a weight outside the recipe's limits.
    LeftOffWeight,
    /// Left on an accept from before the first pack's approval.
    LeftBeforeApproval,
    /// A pack of a trial, or one that a person had prepared, left.
    LeftFromTrial,
    /// Good, rejected, no excuse.
    GoodRejected,
    /// The recorded fate is not the true one.
    FateDiffers,
    /// The ledger does not know the pack.
    UnknownToLedger,
    /// The ledger has a pack that never was.
    UnknownToTruth,
    /// Two packs of the ground truth are one in the ledger.
    SameTrackTwice,
    /// The track is not the n-th infeed edge.
    TrackNotOrdinal,
    /// A commissioned serial whose pack did not leave as good.
    CommissionedNotLeft,
    /// A serial that the ledger calls unused is printed on a pack.
    UnusedButPrinted,
    /// The labeler was given a serial that the ledger does not have.
    CommandedUnknown,
    /// The labeler was given a serial by two jobs.
    CommandedTwice,
    /// The ledger has a serial of the product twice.
    IssuedTwice,
    /// Two sums that must be the same are not.
    SumDiffers,
    /// An order's field differs between ledger and order.
    OrderDiffers,
}

impl What {
    /// The count that it belongs to.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::LeftUnknown
            | Self::LeftBlank
            | Self::LeftWithoutSerial
            | Self::LeftWithOtherCode
            | Self::LeftNotAsCommanded
            | Self::LeftNotAccepted
            | Self::LeftNotRead
            | Self::LeftLowGrade
            | Self::LeftNotCommissioned
            | Self::LeftSharingSerial
            | Self::LeftWithOtherText
            | Self::LeftInOtherCarton
            | Self::LeftWithoutTamperEvident
            | Self::LeftOffWeight
            | Self::LeftBeforeApproval
            | Self::LeftFromTrial => Class::FalseGood,
            Self::GoodRejected => Class::FalseReject,
            Self::FateDiffers
            | Self::UnknownToLedger
            | Self::UnknownToTruth
            | Self::SameTrackTwice
            | Self::TrackNotOrdinal
            | Self::CommissionedNotLeft
            | Self::UnusedButPrinted
            | Self::CommandedUnknown
            | Self::CommandedTwice
            | Self::IssuedTwice => Class::Unexplained,
            Self::SumDiffers => Class::Sums,
            Self::OrderDiffers => Class::Order,
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub what: What,
    /// File of the ground truth, from 0.
    pub run: Option<usize>,
    /// Pack of the ground truth.
    pub pack: Option<u64>,
    /// Track of the ledger.
    pub track: Option<u32>,
    /// Serial number.
    pub serial: Option<String>,
    /// Both sides, for people.
    pub detail: String,
}

/// Whom a finding is about.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) pack: Option<(usize, u64)>,
    pub(super) track: Option<u32>,
    pub(super) serial: Option<String>,
}

impl About {
    /// A serial that stands for no pack.
    pub(super) fn serial(serial: &str) -> Self {
        Self { serial: Some(serial.to_owned()), ..Self::default() }
    }

    /// One thing, however much of it is known: the pack before the track before the serial.
    fn subject(&self, what: What) -> String {
        match (self.pack, self.track, &self.serial) {
            (Some((run, pack)), _, _) => format!("pack {run}/{pack}"),
            (None, Some(track), _) => format!("track {track}"),
            (None, None, Some(serial)) => format!("serial {serial}"),
            (None, None, None) => format!("{what:?}"),
        }
    }
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    total: u64,
    subjects: BTreeMap<Class, BTreeSet<String>>,
}

impl Findings {
    pub(super) fn add(&mut self, what: What, about: About, detail: impl Into<String>) {
        let subject = about.subject(what);
        self.subjects.entry(what.class()).or_default().insert(subject);
        self.total += 1;
        if self.list.len() >= FINDINGS_MAX {
            return;
        }
        self.list.push(Finding {
            what,
            run: about.pack.map(|(run, _)| run),
            pack: about.pack.map(|(_, pack)| pack),
            track: about.track,
            serial: about.serial,
            detail: detail.into(),
        });
    }

    /// How many different packs (or serials) a class is about.
    pub(super) fn subjects(&self, class: Class) -> u64 {
        self.subjects.get(&class).map_or(0, |subjects| subjects.len() as u64)
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn into_list(self) -> Vec<Finding> {
        self.list
    }
}
