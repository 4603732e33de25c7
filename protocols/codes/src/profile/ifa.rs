//! Profile `ppn`: German packs with a PPN in Format 06.
//!
//! Called through the one entry. Must never repair: the envelope is whole, each data identifier
//! stands once, the four of a pack are there.

use crate::ai_table::ai_at_start;
use crate::element_string::GS;
use crate::error::{CodeError, CodeErrorKind};
use crate::expiry::Expiry;
use crate::format_06::{DiSpan, split};
use crate::gtin::Gtin;
use crate::identifier::Di;
use crate::lot::Lot;
use crate::ppn::Ppn;
use crate::profile::report::{NoteKind, Report};
use crate::serial_number::SerialNumber;
use crate::value_check::check_value;

/// The elements of a pack, in the order in which this project prints.
const PACK_DIS: [Di; 4] = [Di::Ppn, Di::Lot, Di::Expiry, Di::Serial];

/// An AI whose value has the form of `16D`.
const LONG_DATE: &[u8] = b"7250";

/// 9N, 1T, D and S in any order, 8P and 16D where they are there.
pub(super) fn ppn(
    bytes: &[u8],
    start: usize,
    reference_year: u16,
    report: &mut Report,
) -> Result<(), CodeError> {
    let spans = split(bytes, start)?;
    all_there(&spans, bytes)?;
    for span in &spans {
        let value = &bytes[span.value.clone()];
        take(span, value, reference_year, report)
            .map_err(|error| error.shifted(span.value.start).about(span.di))?;
        report.element(span.di, span.di.title(), value, span.at);
        if !PACK_DIS.contains(&span.di) {
            report.note(NoteKind::ExtraElement, Some(span.di.into()), span.at);
        }
    }
    if let Some(pair) = spans.windows(2).find(|pair| pair[1].di < pair[0].di) {
        report.note(NoteKind::Order, Some(pair[1].di.into()), pair[1].at);
    }
    report.pzn = report.ppn.and_then(|ppn| ppn.as_pzn());
    Ok(())
}

fn take(
    span: &DiSpan,
    value: &[u8],
    reference_year: u16,
    report: &mut Report,
) -> Result<(), CodeError> {
    match span.di {
        Di::Ppn => report.ppn = Some(Ppn::from_bytes(value)?),
        Di::Lot => report.lot = Some(Lot::from_bytes(value)?),
        Di::Serial => report.serial = Some(SerialNumber::from_bytes(value)?),
        Di::Gtin => report.gtin = Some(Gtin::from_bytes(value)?),
        Di::Expiry => {
            let (date, day_zero) = Expiry::from_yymmdd_or_month(value, reference_year)?;
            report.expiry = Some(date);
            if day_zero {
                report.note(NoteKind::DayZero, Some(span.di.into()), span.value.start);
            }
        }
        Di::ProductionDate => {
            if let Some(row) = ai_at_start(LONG_DATE) {
                check_value(row, value, reference_year)?;
            }
        }
    }
    Ok(())
}

/// Every element of a pack is there; else says whether a missing GS explains it.
fn all_there(spans: &[DiSpan], bytes: &[u8]) -> Result<(), CodeError> {
    let is_absent = |di: &Di| spans.iter().all(|span| span.di != *di);
    let Some(absent) = PACK_DIS.into_iter().find(is_absent) else {
        return Ok(());
    };
    for span in spans {
        let value = &bytes[span.value.clone()];
        if (1..value.len()).any(|split| reads_as(&value[split..], absent)) {
            let (kind, at) = (CodeErrorKind::GsMissing, span.value.start);
            return Err(CodeError::new(kind, Some(span.di.into()), at, value));
        }
    }
    Err(CodeError::new(CodeErrorKind::DiMissing, Some(absent.into()), bytes.len(), b""))
}

/// Whether `tail` reads as the element of `di` and what follows it.
fn reads_as(tail: &[u8], di: Di) -> bool {
    let Some(value) = tail.strip_prefix(di.as_str().as_bytes()) else { return false };
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match di {
        Di::Expiry => digits >= 6,
        Di::Ppn | Di::Gtin | Di::ProductionDate => digits >= 8,
        Di::Lot | Di::Serial => !value.is_empty() && !value.contains(&GS),
    }
}
