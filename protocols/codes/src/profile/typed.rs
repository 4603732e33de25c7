//! From the elements of a code to its values.
//!
//! Called by the profiles of GS1. Must never take a value that its type or the AI table refuses.

use crate::ai_table::Ai;
use crate::error::CodeError;
use crate::expiry::Expiry;
use crate::gtin::Gtin;
use crate::lot::Lot;
use crate::national_number::{NationalNumber, NationalScheme};
use crate::profile::report::{NoteKind, Report};
use crate::profile::scan::{Scan, Span};
use crate::pzn::Pzn;
use crate::serial_number::SerialNumber;
use crate::value_check::check_value;

/// Checks every value, and puts elements, values and what was tolerated into the report.
pub(super) fn take(
    scan: &Scan,
    bytes: &[u8],
    reference_year: u16,
    report: &mut Report,
) -> Result<(), CodeError> {
    for at in &scan.superfluous {
        report.note(NoteKind::SuperfluousGs, None, *at);
    }
    for (ai, at) in &scan.repeated {
        report.note(NoteKind::Repeated, Some((*ai).into()), *at);
    }
    for span in &scan.spans {
        let value = &bytes[span.value.clone()];
        let day_zero = value_of(span, value, reference_year, report)
            .map_err(|error| error.shifted(span.value.start))?;
        if day_zero {
            report.note(NoteKind::DayZero, Some(span.ai.into()), span.value.start);
        }
        report.element(span.ai, span.spec.title, value, span.at);
    }
    let ntin = report.gtin.and_then(|gtin| gtin.as_ntin_de());
    report.pzn = ntin.or_else(|| report.national.and_then(pzn_of));
    Ok(())
}

/// Whether the value is a date with day 00.
fn value_of(
    span: &Span,
    value: &[u8],
    reference_year: u16,
    report: &mut Report,
) -> Result<bool, CodeError> {
    if span.ai == Ai::Gtin {
        report.gtin = Some(Gtin::from_bytes(value)?);
    } else if span.ai == Ai::Serial {
        report.serial = Some(SerialNumber::from_bytes(value)?);
    } else if span.ai == Ai::Lot {
        report.lot = Some(Lot::from_bytes(value)?);
    } else if span.ai == Ai::Expiry {
        let (date, day_zero) = Expiry::from_yymmdd_or_month(value, reference_year)?;
        report.expiry = Some(date);
        return Ok(day_zero);
    } else if let Some(scheme) = NationalScheme::at_start(span.ai.as_str().as_bytes()) {
        let number = NationalNumber::new(scheme, value)?;
        report.national.get_or_insert(number);
    } else {
        return Ok(check_value((span.ai, span.spec), value, reference_year)?.day_zero);
    }
    Ok(false)
}

fn pzn_of(number: NationalNumber) -> Option<Pzn> {
    match number.scheme() {
        NationalScheme::Pzn => Pzn::from_bytes(number.as_bytes()).ok(),
        NationalScheme::Cip
        | NationalScheme::Cn
        | NationalScheme::Drn
        | NationalScheme::Aim
        | NationalScheme::Ndc
        | NationalScheme::Aic
        | NationalScheme::Srn => None,
    }
}
