//! Profiles: which rules a code is read by, and the one entry that reads it.
//!
//! Called for codes that people, files and readers present; never on the hot path, where bytes are
//! compared. Must never repair a code: a profile tolerates and tells, or refuses.

mod associations;
mod ifa;
mod pack;
mod report;
mod run_on;
mod scan;
mod typed;

use crate::element_string::{CODE_BYTES_MAX, SYMBOLOGY_DATA_MATRIX};
use crate::error::{CodeError, CodeErrorKind};
use crate::parse::{Symbology, after_symbology, parse_fmd};
use scan::{Scan, Separators};

pub use report::{Element, Note, NoteKind, Report};

/// The most bytes of any symbol: 3,116 digits of a Data Matrix and a symbology identifier.
pub const SYMBOL_BYTES_MAX: usize = 3119;

/// Symbology identifiers of the symbols that carry GS1 element strings: DataMatrix, GS1-128,
/// DataBar and Composite, QR Code, DotCode.
const SYMBOLOGIES_GS1: [&str; 5] = ["]d2", "]C1", "]e0", "]Q3", "]J1"];

/// The rules to read a code by; the text from [`Profile::id`] is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Profile {
    /// What this project prints on packs of the EU: strict.
    Fmd,
    /// Packs of the EU market: tolerates and tells.
    FmdRead,
    /// Any GS1 element string.
    Gs1,
    /// Packs of the US market (DSCSA): GTIN with NDC, serial, lot, expiry.
    Dscsa,
    /// Packs of Germany with a PPN (IFA, Format 06).
    Ppn,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Fmd, Self::FmdRead, Self::Gs1, Self::Dscsa, Self::Ppn];

    /// Stable identifier.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Fmd => "fmd",
            Self::FmdRead => "fmd-read",
            Self::Gs1 => "gs1",
            Self::Dscsa => "dscsa",
            Self::Ppn => "ppn",
        }
    }

    /// The profile of that identifier.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.id() == id)
    }

    /// The most bytes that it reads.
    #[must_use]
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Fmd => CODE_BYTES_MAX,
            Self::FmdRead | Self::Gs1 | Self::Dscsa | Self::Ppn => SYMBOL_BYTES_MAX,
        }
    }

    const fn symbologies(self) -> &'static [&'static str] {
        match self {
            Self::Fmd | Self::FmdRead | Self::Dscsa => &[SYMBOLOGY_DATA_MATRIX],
            Self::Gs1 => &SYMBOLOGIES_GS1,
            Self::Ppn => &[crate::format_06::SYMBOLOGY_PPN],
        }
    }
}

/// Reads `bytes` by the rules of `profile`. `reference_year` (usually the current one) decides the
/// century of dates. Allocates.
///
/// # Errors
/// The first deviation that the profile does not tolerate: first those of structure, then those of
/// values, then those between elements; positions are byte positions in `bytes`.
pub fn check(
    profile: Profile,
    bytes: &[u8],
    symbology: Symbology,
    reference_year: u16,
) -> Result<Report, CodeError> {
    let max = profile.bytes_max();
    if bytes.len() > max {
        return Err(CodeError::new(CodeErrorKind::CodeTooLong, None, max, &bytes[max..]));
    }
    let start = after_symbology(bytes, symbology, profile.symbologies())?;
    let mut report = Report::new(profile);
    if start == 0 {
        report.note(NoteKind::MissingSymbology, None, 0);
    }
    match profile {
        Profile::Fmd => fmd(bytes, symbology, reference_year, start, &mut report)?,
        Profile::FmdRead => pack::fmd_read(bytes, start, reference_year, &mut report)?,
        Profile::Gs1 => gs1(bytes, start, reference_year, &mut report)?,
        Profile::Dscsa => pack::dscsa(bytes, start, reference_year, &mut report)?,
        Profile::Ppn => ifa::ppn(bytes, start, reference_year, &mut report)?,
    }
    Ok(report)
}

/// The strict parser decides; the general scan only lists what it accepted.
fn fmd(
    bytes: &[u8],
    symbology: Symbology,
    reference_year: u16,
    start: usize,
    report: &mut Report,
) -> Result<(), CodeError> {
    parse_fmd(bytes, symbology, reference_year)?;
    let scan = Scan::of(bytes, start, Separators::OneTooMany)?;
    typed::take(&scan, bytes, reference_year, report)?;
    run_on::note(report);
    Ok(())
}

/// Any element string: separators, forms of values, and which AIs go together.
fn gs1(
    bytes: &[u8],
    start: usize,
    reference_year: u16,
    report: &mut Report,
) -> Result<(), CodeError> {
    let scan = Scan::of(bytes, start, Separators::OneTooMany)?;
    typed::take(&scan, bytes, reference_year, report)?;
    associations::check(&scan)
}

#[cfg(test)]
mod tests;
