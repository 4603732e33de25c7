//! Codes that people and readers present, and the values in them.

use crate::script::Script;
use codes::{
    CodeBytes, Expiry, Gtin, Lot, NationalNumber, NationalScheme, NoteKind, Ppn, Profile, Pzn,
    SerialNumber, Symbology, build_pack, build_pack_with_symbology, build_ppn, bytes_to_plain,
    plain_to_bytes,
};
use std::fmt::{Debug, Display};
use std::str::FromStr;

const YEAR: u16 = 2026;

/// First byte: profile and symbology; the rest is the code.
pub fn check(data: &[u8]) {
    let mut script = Script::new(data);
    let choice = script.u8();
    let profile = Profile::ALL[usize::from(choice >> 1) % Profile::ALL.len()];
    let symbology = if choice & 1 == 0 { Symbology::Optional } else { Symbology::Required };
    let code = script.rest();
    let plain = bytes_to_plain(code);
    assert!(plain.len() <= 5 * code.len(), "bounded");
    match codes::check(profile, code, symbology, YEAR) {
        Ok(report) => accepted(profile, code, &report),
        Err(error) => {
            assert!(error.at() <= code.len(), "{error:?} is beyond the code");
            assert!(!error.to_string().is_empty() && !error.code().is_empty());
            assert!(error.to_string().len() < 400, "{error}");
        }
    }
}

/// What was accepted stands in the code, and under the strict profiles it is written as it was.
fn accepted(profile: Profile, code: &[u8], report: &codes::Report) {
    for element in &report.elements {
        let there = code.get(element.at..).unwrap_or_default();
        let value = element.value.as_bytes();
        assert!(there.windows(value.len().max(1)).any(|w| w == value), "{element:?}");
    }
    assert!(report.notes.iter().all(|note| note.at <= code.len()));
    let bare = code.strip_prefix(b"]d2").unwrap_or(code);
    if profile == Profile::Fmd {
        let read = codes::parse_fmd(code, Symbology::Optional, YEAR).expect("as the check says");
        let built =
            build_pack(&read.gtin, &read.serial, &read.expiry, &read.lot, read.national.as_ref());
        assert_eq!(built.as_bytes(), bare, "{}", bytes_to_plain(code));
        let plain = bytes_to_plain(code);
        assert_eq!(plain_to_bytes(plain.as_bytes()).collect::<Vec<_>>(), code);
        let reader = codes::check(Profile::FmdRead, code, Symbology::Optional, YEAR);
        assert!(reader.is_ok(), "what is printed is read: {reader:?}");
    }
    if profile == Profile::Ppn && !report.has_note(NoteKind::Order) && report.notes.is_empty() {
        let (Some(ppn), Some(lot), Some(expiry), Some(serial)) =
            (&report.ppn, &report.lot, &report.expiry, &report.serial)
        else {
            panic!("a PPN code without an element that it must have: {report:?}");
        };
        let built = build_ppn(ppn, lot, expiry, serial);
        let again = codes::check(profile, &built, Symbology::Optional, YEAR).expect("ours");
        assert_eq!((again.ppn, again.serial), (report.ppn, report.serial));
    }
}

/// Every value of a pack from the same bytes; what is a value is written as it was read.
pub fn values(data: &[u8]) {
    let mut script = Script::new(data);
    let scheme = script.one_of(&NationalScheme::ALL);
    let parts: Vec<&[u8]> = script.rest().split(|byte| *byte == b'\n').collect();
    let part = |n: usize| parts.get(n).copied().unwrap_or_default();
    for bytes in &parts {
        same::<Gtin>(bytes, Gtin::from_bytes(bytes));
        same::<SerialNumber>(bytes, SerialNumber::from_bytes(bytes));
        same::<Lot>(bytes, Lot::from_bytes(bytes));
        same::<Pzn>(bytes, Pzn::from_bytes(bytes));
        same::<Ppn>(bytes, Ppn::from_bytes(bytes));
        dates(bytes);
    }
    let national = NationalNumber::new(scheme, part(4)).ok();
    let (Ok(gtin), Ok(serial), Ok(expiry), Ok(lot)) = (
        Gtin::from_bytes(part(0)),
        SerialNumber::from_bytes(part(1)),
        Expiry::from_yymmdd(part(2), YEAR),
        Lot::from_bytes(part(3)),
    ) else {
        return;
    };
    let code = build_pack_with_symbology(&gtin, &serial, &expiry, &lot, national.as_ref());
    let read = codes::parse_fmd(&code, Symbology::Required, YEAR).expect("ours");
    assert_eq!(
        (read.gtin, read.serial, read.expiry, read.lot, read.national),
        (gtin, serial, expiry, lot, national)
    );
    assert_eq!(CodeBytes::from_slice(&code).as_ref(), Ok(&code));
}

/// A value is its text, by bytes and by text alike.
fn same<T: FromStr + Display + PartialEq + Debug>(
    bytes: &[u8],
    read: Result<T, impl Display + Debug>,
) where
    T::Err: Debug,
{
    let shown = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<T>().ok());
    match read {
        Ok(value) => {
            assert_eq!(value.to_string().as_bytes(), bytes);
            assert_eq!(shown.as_ref(), Some(&value), "text and bytes are read alike");
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(shown.is_none(), "{shown:?} by text, {error:?} by bytes");
        }
    }
}

fn dates(bytes: &[u8]) {
    if let Ok(date) = Expiry::from_yymmdd(bytes, YEAR) {
        assert_eq!(date.to_yymmdd().as_slice(), bytes);
        assert!((1..=31).contains(&date.day()) && (1..=12).contains(&date.month()));
        assert_eq!(Expiry::from_ymd(date.year(), date.month(), date.day()), Ok(date));
        let (lenient, _) = Expiry::from_yymmdd_or_month(bytes, YEAR).expect("strict is lenient");
        assert_eq!(lenient, date);
    }
}
