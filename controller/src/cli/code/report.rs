//! What the commands answer about a code, as JSON; the field names are a public interface.
//!
//! Called by `check`, `parse` and `build`. Must never hold a value that was not in the code.

use codes::{CodeError, Expiry, Gtin, Lot, NationalNumber, Note, Ppn, Pzn, Report, SerialNumber};
use serde::Serialize;

/// The answer about one code. Fields that do not apply are null.
#[derive(Serialize)]
pub(super) struct CodeReport {
    pub(super) ok: bool,
    gtin: Option<Gtin>,
    serial: Option<SerialNumber>,
    lot: Option<Lot>,
    expiry: Option<Expiry>,
    national: Option<NationalNumber>,
    error: Option<ErrorReport>,
    profile: &'static str,
    ppn: Option<Ppn>,
    pzn: Option<Pzn>,
    ndc: Option<String>,
    notes: Vec<NoteReport>,
    elements: Vec<ElementReport>,
}

/// Why a code or value was refused.
#[derive(Serialize)]
pub(super) struct ErrorReport {
    code: &'static str,
    ai: Option<String>,
    at: usize,
    message: String,
}

/// What was tolerated.
#[derive(Serialize)]
pub(super) struct NoteReport {
    note: &'static str,
    ai: Option<String>,
    at: usize,
    meaning: &'static str,
}

#[derive(Serialize)]
struct ElementReport {
    ai: Option<String>,
    title: &'static str,
    value: String,
    at: usize,
}

impl From<&CodeError> for ErrorReport {
    fn from(error: &CodeError) -> Self {
        let subject = error.subject();
        let ai = subject.as_ref().and_then(|subject| subject.identifier()).map(str::to_owned);
        Self { code: error.code(), ai, at: error.at(), message: error.to_string() }
    }
}

impl From<&Note> for NoteReport {
    fn from(note: &Note) -> Self {
        let subject = note.identifier.as_ref();
        let ai = subject.and_then(|subject| subject.identifier()).map(str::to_owned);
        Self { note: note.kind.id(), ai, at: note.at, meaning: note.kind.meaning() }
    }
}

impl CodeReport {
    /// Of a code that is right.
    fn right(report: &Report) -> Self {
        let element = |element: &codes::Element| ElementReport {
            ai: element.identifier.identifier().map(str::to_owned),
            title: element.title,
            value: element.value.clone(),
            at: element.at,
        };
        let ndc = report.gtin.as_ref().and_then(Gtin::ndc).map(str::to_owned);
        Self {
            ok: true,
            gtin: report.gtin,
            serial: report.serial,
            lot: report.lot,
            expiry: report.expiry,
            national: report.national,
            error: None,
            profile: report.profile.id(),
            ppn: report.ppn,
            pzn: report.pzn,
            ndc,
            notes: report.notes.iter().map(NoteReport::from).collect(),
            elements: report.elements.iter().map(element).collect(),
        }
    }

    /// Of a code that was refused.
    fn wrong(profile: codes::Profile, error: &CodeError) -> Self {
        Self {
            ok: false,
            gtin: None,
            serial: None,
            lot: None,
            expiry: None,
            national: None,
            error: Some(error.into()),
            profile: profile.id(),
            ppn: None,
            pzn: None,
            ndc: None,
            notes: Vec::new(),
            elements: Vec::new(),
        }
    }

    /// Of what `codes::check` answered.
    pub(super) fn of(profile: codes::Profile, result: &Result<Report, CodeError>) -> Self {
        match result {
            Ok(report) => Self::right(report),
            Err(error) => Self::wrong(profile, error),
        }
    }
}
