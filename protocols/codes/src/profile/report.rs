//! What a code says, and what was tolerated in it.
//!
//! Made by the profiles, shown by the command line and stored with imports. Must never hold a
//! value that was repaired.

use crate::expiry::Expiry;
use crate::gtin::Gtin;
use crate::identifier::Subject;
use crate::lot::Lot;
use crate::national_number::NationalNumber;
use crate::ppn::Ppn;
use crate::profile::Profile;
use crate::pzn::Pzn;
use crate::serial_number::SerialNumber;

/// One element as it stands in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Which element.
    pub identifier: Subject,
    /// Its data title, for people.
    pub title: &'static str,
    /// Its value, unchanged.
    pub value: String,
    /// Byte position of its identifier.
    pub at: usize,
}

/// What a profile tolerates and tells; the text from [`NoteKind::id`] is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteKind {
    /// No symbology identifier in front: it is not known that a GS1 symbol was read.
    MissingSymbology,
    /// A GS where none belongs.
    SuperfluousGs,
    /// A date with day 00.
    DayZero,
    /// The elements stand in another order than this project prints.
    Order,
    /// An element that the profile does not want.
    ExtraElement,
    /// The same element with the same value stood before; taken once.
    Repeated,
    /// The end of a value looks like a further element: a GS may be missing.
    SuspiciousRunOn,
}

impl NoteKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::MissingSymbology,
        Self::SuperfluousGs,
        Self::DayZero,
        Self::Order,
        Self::ExtraElement,
        Self::Repeated,
        Self::SuspiciousRunOn,
    ];

    /// Stable identifier in snake case.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::MissingSymbology => "missing_symbology",
            Self::SuperfluousGs => "superfluous_gs",
            Self::DayZero => "day_00",
            Self::Order => "order",
            Self::ExtraElement => "extra_element",
            Self::Repeated => "repeated",
            Self::SuspiciousRunOn => "suspicious_run_on",
        }
    }

    /// What it means, for people.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::MissingSymbology => "no symbology identifier in front",
            Self::SuperfluousGs => "a GS where none belongs",
            Self::DayZero => "day 00, read as the last day of the month",
            Self::Order => "another order than 01, 21, 17, 10 (9N, 1T, D, S)",
            Self::ExtraElement => "an element that the profile does not want",
            Self::Repeated => "the same element again, taken once",
            Self::SuspiciousRunOn => "its end looks like a further element: a GS may be missing",
        }
    }
}

/// One thing that was tolerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// Which element, where it is one.
    pub identifier: Option<Subject>,
    /// Byte position.
    pub at: usize,
}

/// A code that is right under a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The profile.
    pub profile: Profile,
    /// The elements in the order of the code, each once.
    pub elements: Vec<Element>,
    /// Product code.
    pub gtin: Option<Gtin>,
    /// Serial number.
    pub serial: Option<SerialNumber>,
    /// Batch number.
    pub lot: Option<Lot>,
    /// Expiry date; day 00 has become the last day of its month, see the notes.
    pub expiry: Option<Expiry>,
    /// National number, the first when there are several.
    pub national: Option<NationalNumber>,
    /// Pharmacy Product Number.
    pub ppn: Option<Ppn>,
    /// The PZN within the PPN, the NTIN or the national number.
    pub pzn: Option<Pzn>,
    /// What was tolerated.
    pub notes: Vec<Note>,
}

impl Report {
    pub(super) const fn new(profile: Profile) -> Self {
        Self {
            profile,
            elements: Vec::new(),
            gtin: None,
            serial: None,
            lot: None,
            expiry: None,
            national: None,
            ppn: None,
            pzn: None,
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, kind: NoteKind, identifier: Option<Subject>, at: usize) {
        self.notes.push(Note { kind, identifier, at });
    }

    pub(super) fn element(
        &mut self,
        identifier: impl Into<Subject>,
        title: &'static str,
        value: &[u8],
        at: usize,
    ) {
        let (identifier, value) = (identifier.into(), String::from_utf8_lossy(value).into_owned());
        self.elements.push(Element { identifier, title, value, at });
    }

    /// Whether something of this kind was tolerated.
    #[must_use]
    pub fn has_note(&self, kind: NoteKind) -> bool {
        self.notes.iter().any(|note| note.kind == kind)
    }
}
