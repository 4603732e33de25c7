//! The suspicion that a value has swallowed what came after it, because its GS is missing.
//!
//! Called after a code has been accepted. Must only tell: the value stands as it was read, for many
//! a right serial number ends in what looks like a date.

use crate::ai_table::Ai;
use crate::expiry::Expiry;
use crate::identifier::Subject;
use crate::national_number::NationalScheme;
use crate::profile::report::{Element, NoteKind, Report};

/// Lengths of the numbers that markets use under 710 to 717.
const NATIONAL_LENS: core::ops::RangeInclusive<usize> = 6..=14;

/// Notes each serial number, lot and national number whose end looks like a further element.
pub(super) fn note(report: &mut Report) {
    let known = Known::of(report);
    let suspects: Vec<(Subject, usize)> = report
        .elements
        .iter()
        .filter(|element| is_suspicious(element, &known))
        .map(|element| (element.identifier, element.at))
        .collect();
    for (identifier, at) in suspects {
        report.note(NoteKind::SuspiciousRunOn, Some(identifier), at);
    }
}

/// What the code says elsewhere: an end that repeats it is suspicious.
struct Known {
    lot: Option<String>,
    serial: Option<String>,
    has_national: bool,
}

impl Known {
    fn of(report: &Report) -> Self {
        Self {
            lot: report.lot.map(|lot| format!("10{lot}")),
            serial: report.serial.map(|serial| format!("21{serial}")),
            has_national: report.national.is_some(),
        }
    }
}

fn is_suspicious(element: &Element, known: &Known) -> bool {
    let Subject::Ai(ai) = element.identifier else { return false };
    let national = NationalScheme::at_start(ai.as_str().as_bytes()).is_some();
    if ai != Ai::Serial && ai != Ai::Lot && !national {
        return false;
    }
    let value = element.value.as_bytes();
    (1..value.len()).any(|split| looks_like_element(&value[split..], known))
}

/// `17` and a date at the end or before another AI of a pack; a national number where the code has
/// none; the lot or the serial number of the code once more.
fn looks_like_element(tail: &[u8], known: &Known) -> bool {
    let is_whole =
        |text: &Option<String>| text.as_ref().is_some_and(|text| text.as_bytes() == tail);
    if is_whole(&known.lot) || is_whole(&known.serial) {
        return true;
    }
    if NationalScheme::at_start(tail).is_some() && !known.has_national {
        let number = &tail[3..];
        return NATIONAL_LENS.contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
    }
    tail.strip_prefix(b"17").and_then(|rest| rest.split_at_checked(6)).is_some_and(
        |(date, rest)| {
            // the reference year decides the century only: any will do for a day of the calendar
            let is_date = Expiry::from_yymmdd_or_month(date, 2026).is_ok();
            is_date && (rest.is_empty() || rest.starts_with(b"10") || rest.starts_with(b"21"))
        },
    )
}
