//! The profiles of packs from the market: `fmd-read` (EU) and `dscsa` (US).
//!
//! Called through the one entry. Must never repair: a missing GS is refused where it can be seen
//! and told as a suspicion where it cannot.
//!
//! Sources: Delegated Regulation (EU) 2016/161, Art. 4; Drug Supply Chain Security Act, section
//! 581(14) of the FD&C Act: product identifier = NDC with serial (GTIN), lot, expiry.

use crate::error::{CodeError, CodeErrorKind};
use crate::gtin::Gtin;
use crate::national_number::NationalScheme;
use crate::parse::{AiSet, PACK_AIS, swallowed};
use crate::profile::associations;
use crate::profile::report::{NoteKind, Report};
use crate::profile::run_on;
use crate::profile::scan::{Scan, Separators};
use crate::profile::typed;

/// 01, 21, 17 and 10 in any order; everything else is tolerated and told.
pub(super) fn fmd_read(
    bytes: &[u8],
    start: usize,
    reference_year: u16,
    report: &mut Report,
) -> Result<(), CodeError> {
    let scan = Scan::of(bytes, start, Separators::Any)?;
    all_there(&scan, bytes, start)?;
    typed::take(&scan, bytes, reference_year, report)?;
    note_order(&scan, report);
    let mut national = 0;
    for span in &scan.spans {
        let is_pack = PACK_AIS.into_iter().any(|ai| span.ai == ai);
        let is_national = NationalScheme::at_start(span.ai.as_str().as_bytes()).is_some();
        national += usize::from(is_national);
        if !is_pack && (!is_national || national > 1) {
            report.note(NoteKind::ExtraElement, Some(span.ai.into()), span.at);
        }
    }
    run_on::note(report);
    Ok(())
}

/// 01 with an NDC, 21, 17 and 10 in any order, and the general rules of GS1.
pub(super) fn dscsa(
    bytes: &[u8],
    start: usize,
    reference_year: u16,
    report: &mut Report,
) -> Result<(), CodeError> {
    let scan = Scan::of(bytes, start, Separators::OneTooMany)?;
    all_there(&scan, bytes, start)?;
    typed::take(&scan, bytes, reference_year, report)?;
    associations::check(&scan)?;
    if let (Some(span), Some(gtin)) = (scan.find("01"), report.gtin)
        && Gtin::ndc(&gtin).is_none()
    {
        let (kind, at) = (CodeErrorKind::NdcMissing, span.value.start);
        return Err(CodeError::new(kind, Some(span.ai.into()), at, gtin.as_bytes()));
    }
    for span in scan.spans.iter().filter(|span| PACK_AIS.into_iter().all(|ai| span.ai != ai)) {
        report.note(NoteKind::ExtraElement, Some(span.ai.into()), span.at);
    }
    run_on::note(report);
    Ok(())
}

/// Every AI of a pack is there; else says whether a missing GS explains it.
fn all_there(scan: &Scan, bytes: &[u8], start: usize) -> Result<(), CodeError> {
    if scan.spans.is_empty() {
        return Err(CodeError::new(CodeErrorKind::Empty, None, start, &bytes[start..]));
    }
    let absent = AiSet::of(PACK_AIS.into_iter().filter(|ai| scan.find(ai.digits()).is_none()));
    let Some(first) = absent.first() else {
        return Ok(());
    };
    let long = scan.spans.iter().filter(|span| !span.spec.is_predefined());
    for span in long {
        let value = &bytes[span.value.clone()];
        if swallowed(value, absent) {
            let (kind, at) = (CodeErrorKind::GsMissing, span.value.start);
            return Err(CodeError::new(kind, Some(span.ai.into()), at, value));
        }
    }
    Err(CodeError::new(CodeErrorKind::AiMissing, Some(first.into()), bytes.len(), b""))
}

fn note_order(scan: &Scan, report: &mut Report) {
    let place = |ai: &str| PACK_AIS.into_iter().position(|known| known.digits() == ai);
    let places = scan.spans.iter().map(|span| (place(span.ai.as_str()), span));
    let mut next = 0;
    for (place, span) in places {
        let place = place.unwrap_or(PACK_AIS.len());
        if place < next {
            report.note(NoteKind::Order, Some(span.ai.into()), span.at);
            return;
        }
        next = place;
    }
}
