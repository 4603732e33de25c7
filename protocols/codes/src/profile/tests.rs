//! Tests of the profiles: single cases of each, and every error and note reached.

use std::collections::BTreeSet;

use super::*;
use crate::ai_table::Rule;
use crate::expiry::Expiry;
use crate::human_readable::plain_to_bytes;

const YEAR: u16 = 2026;
const GOOD: &str = "]d2010415003752864321ABC{GS}1727113010L1";

fn read(profile: Profile, plain: &str) -> Result<Report, CodeError> {
    let bytes: Vec<u8> = plain_to_bytes(plain.as_bytes()).collect();
    check(profile, &bytes, Symbology::Optional, YEAR)
}

fn notes(report: &Report) -> Vec<&'static str> {
    report.notes.iter().map(|note| note.kind.id()).collect()
}

#[test]
fn a_good_pack_is_read_by_its_profiles() {
    for profile in [Profile::Fmd, Profile::FmdRead, Profile::Gs1] {
        let report = read(profile, GOOD).expect("right");
        assert_eq!(report.profile, profile);
        assert_eq!(notes(&report), [""; 0]);
        let elements: Vec<(String, &str, &str, usize)> = report
            .elements
            .iter()
            .map(|e| (e.identifier.to_string(), e.title, e.value.as_str(), e.at))
            .collect();
        assert_eq!(
            elements,
            [
                ("AI 01 (GTIN)".to_owned(), "GTIN", "04150037528643", 3),
                ("AI 21 (SERIAL)".to_owned(), "SERIAL", "ABC", 19),
                ("AI 17 (USE BY or EXPIRY)".to_owned(), "USE BY or EXPIRY", "271130", 25),
                ("AI 10 (BATCH/LOT)".to_owned(), "BATCH/LOT", "L1", 33),
            ]
        );
        assert_eq!(report.gtin.map(|v| v.to_string()).as_deref(), Some("04150037528643"));
        assert_eq!(report.serial.map(|v| v.to_string()).as_deref(), Some("ABC"));
        assert_eq!(report.lot.map(|v| v.to_string()).as_deref(), Some("L1"));
        assert_eq!(report.expiry.map(Expiry::to_iso).as_deref(), Some("2027-11-30"));
        assert_eq!(report.pzn.map(|v| v.to_string()).as_deref(), Some("03752864"));
    }
    let error = read(Profile::Dscsa, GOOD).map_err(|e| (e.code(), e.at()));
    assert_eq!(error, Err(("ndc_missing", 5)));
}

#[test]
fn a_us_pack() {
    let report = read(Profile::Dscsa, "]d20150312345678901172711002112A{GS}10L1").expect("right");
    assert_eq!(report.gtin.as_ref().and_then(crate::Gtin::ndc), Some("1234567890"));
    assert_eq!(report.expiry.map(Expiry::to_iso).as_deref(), Some("2027-11-30"));
    assert_eq!(notes(&report), ["day_00"]);
}

#[test]
fn a_german_pack_with_ppn() {
    let code = "]d1[)>{RS}06{GS}9N110375286414{GS}1TL1{GS}D271130{GS}SABC{RS}{EOT}";
    let report = read(Profile::Ppn, code).expect("right");
    assert_eq!(report.ppn.map(|v| v.to_string()).as_deref(), Some("110375286414"));
    assert_eq!(report.pzn.map(|v| v.to_string()).as_deref(), Some("03752864"));
    assert_eq!((notes(&report).len(), report.elements.len()), (0, 4));
    let code = "[)>{RS}06{GS}SABC{GS}16D20260131{GS}D271100{GS}8P04150037528643{GS}\
                9N110375286414{GS}1TL1{RS}{EOT}";
    let report = read(Profile::Ppn, code).expect("right");
    let expected = ["missing_symbology", "extra_element", "day_00", "extra_element", "order"];
    assert_eq!(notes(&report), expected);
}

type Noted = (Profile, &'static str, &'static [(&'static str, usize)]);

/// What is tolerated, and where.
const NOTED: &[Noted] = &[
    (Profile::Fmd, "010415003752864321ABC{GS}1727113010L1", &[("missing_symbology", 0)]),
    (
        Profile::Fmd,
        "]d2010415003752864321ABC{GS}1727113010L17145440987",
        &[("suspicious_run_on", 33)],
    ),
    (
        Profile::FmdRead,
        "]d2{GS}0104150037528643{GS}{GS}21ABC{GS}1727110010L1{GS}",
        &[
            ("superfluous_gs", 3),
            ("superfluous_gs", 20),
            ("superfluous_gs", 21),
            ("superfluous_gs", 40),
            ("day_00", 30),
        ],
    ),
    (
        Profile::FmdRead,
        "]d21727113010L1{GS}21ABC{GS}0104150037528643240X{GS}7145440987{GS}7151",
        &[("order", 16), ("extra_element", 38), ("extra_element", 54)],
    ),
    (
        Profile::FmdRead,
        "]d2010415003752864321ABC17271130{GS}1727113010L1{GS}0104150037528643",
        &[("repeated", 46), ("suspicious_run_on", 19)],
    ),
    (
        Profile::FmdRead,
        "]d2010415003752864321ABC10L1{GS}1727113010L1",
        &[("suspicious_run_on", 19)],
    ),
    (Profile::FmdRead, "]d2010415003752864321A17271399{GS}1727113010L1", &[]),
    (
        Profile::Gs1,
        "]C10104150037528643{GS}10L1{GS}",
        &[("superfluous_gs", 19), ("superfluous_gs", 24)],
    ),
    (Profile::Gs1, "]e001041500375286431127110010L1", &[("day_00", 21)]),
    (Profile::Dscsa, "]d20150312345678901172711302112A{GS}10L1{GS}2401", &[("extra_element", 38)]),
];

#[test]
fn what_is_tolerated_is_told() {
    let mut reached = BTreeSet::new();
    for (profile, plain, expected) in NOTED {
        let report = read(*profile, plain).unwrap_or_else(|e| panic!("{plain}: {e}"));
        let got: Vec<_> = report.notes.iter().map(|note| (note.kind.id(), note.at)).collect();
        assert_eq!(got, *expected, "{plain}");
        reached.extend(report.notes.iter().map(|note| note.kind));
    }
    assert_eq!(reached, BTreeSet::from(NoteKind::ALL));
}

type Refused = (Profile, &'static str, (&'static str, Option<&'static str>, usize));

/// What is refused, and where: every error id at least once.
const REFUSED: &[Refused] = &[
    (Profile::Fmd, "", ("empty", None, 0)),
    (Profile::FmdRead, "]d2", ("empty", None, 3)),
    (Profile::FmdRead, "]d2{GS}", ("empty", None, 3)),
    (Profile::Fmd, "]C10104", ("symbology_unexpected", None, 0)),
    (Profile::Dscsa, "]C10104", ("symbology_unexpected", None, 0)),
    (Profile::Ppn, "]d2[)>", ("symbology_unexpected", None, 0)),
    (Profile::Gs1, "]d1010415003752864310L1", ("symbology_unexpected", None, 0)),
    (Profile::Gs1, "{GS}010415003752864310L1", ("gs_leading", None, 0)),
    (Profile::Gs1, "010415003752864310L1{GS}{GS}21A", ("gs_superfluous", None, 21)),
    (Profile::Dscsa, "0104150037528643{GS}{GS}21A", ("gs_superfluous", None, 17)),
    (Profile::FmdRead, "010415003752864321ABC1727113010L1", ("gs_missing", Some("21"), 18)),
    (
        Profile::FmdRead,
        "010415003752864321ABCDEFGHIJKLMNOPQRST{GS}1727113010L1{GS}240A21",
        ("ok", None, 0),
    ),
    (Profile::FmdRead, "010415003752864310L1727113021ABC{GS}240A", ("gs_missing", Some("10"), 18)),
    (
        Profile::FmdRead,
        "010415003752864321ABCDEFGHIJKLMNOP714544098{GS}1727113010L1",
        ("value_too_long", Some("21"), 18),
    ),
    (Profile::FmdRead, "0104150037528643ZZ", ("ai_unknown", None, 16)),
    (Profile::Gs1, "0104150037528643", ("ok", None, 0)),
    (Profile::Gs1, "04", ("ai_unknown", None, 0)),
    (Profile::Gs1, "010415003752864310A{GS}10B", ("ai_repeated", Some("10"), 20)),
    (Profile::FmdRead, "010415003752864321A{GS}10B", ("ai_missing", Some("17"), 23)),
    (Profile::Dscsa, "0150312345678901{GS}1727113010B", ("ai_missing", Some("21"), 28)),
    (Profile::Fmd, "21ABC{GS}010415003752864310L1{GS}17271130", ("order", Some("01"), 6)),
    (Profile::Gs1, "010415003752864302041500375286433712", ("pair_invalid", Some("01"), 0)),
    (Profile::Gs1, "01041500375286433103001500{GS}3104001500", ("pair_invalid", Some("3103"), 16)),
    (Profile::Gs1, "0204150037528643", ("association_missing", Some("02"), 0)),
    (Profile::Gs1, "10L1", ("association_missing", Some("10"), 0)),
    (Profile::Gs1, "010415003752864330", ("value_empty", Some("30"), 18)),
    (Profile::Gs1, "01041500375286", ("value_too_short", Some("01"), 2)),
    (Profile::Gs1, "0104150037528643422{GS}10A", ("value_empty", Some("422"), 19)),
    (Profile::Gs1, "010415003752864310A B", ("character", Some("10"), 19)),
    (Profile::Gs1, "0104150037528644", ("check_digit", Some("01"), 15)),
    (Profile::Gs1, "010415003752864371003752865", ("check_digit", Some("710"), 26)),
    (Profile::Fmd, "010415003752864321ABC{GS}1727110010L1", ("day_zero", Some("17"), 28)),
    (Profile::Gs1, "01041500375286437006271100", ("day_zero", Some("7006"), 24)),
    (Profile::Gs1, "010415003752864317270230", ("date_invalid", Some("17"), 18)),
    (Profile::Gs1, "0104150037528643422000", ("value_invalid", Some("422"), 19)),
    (Profile::Dscsa, GOOD, ("ndc_missing", Some("01"), 5)),
    (Profile::Ppn, "9N110375286414", ("format_06_missing", None, 0)),
    (Profile::Ppn, "[)>{RS}06{GS}9N110375286414{GS}X1{RS}{EOT}", ("di_unknown", None, 22)),
    (Profile::Ppn, "[)>{RS}06{GS}SA{GS}SB{RS}{EOT}", ("di_repeated", Some("S"), 10)),
    (Profile::Ppn, "[)>{RS}06{GS}SA{GS}{GS}1TB{RS}{EOT}", ("gs_superfluous", None, 10)),
    (
        Profile::Ppn,
        "[)>{RS}06{GS}9N110375286414{GS}1TL1{GS}D271130{RS}{EOT}",
        ("di_missing", Some("S"), 36),
    ),
    (
        Profile::Ppn,
        "[)>{RS}06{GS}9N110375286414{GS}1TL1D271130{GS}SABC{RS}{EOT}",
        ("gs_missing", Some("1T"), 24),
    ),
    (
        Profile::Ppn,
        "[)>{RS}06{GS}9N110375286415{GS}1TL1{GS}D271130{GS}SABC{RS}{EOT}",
        ("check_digit", Some("9N"), 19),
    ),
];

#[test]
fn what_is_not_tolerated_is_refused_and_every_error_is_reached() {
    let mut reached = BTreeSet::new();
    for (profile, plain, expected) in REFUSED {
        let got = read(*profile, plain).err();
        reached.extend(got.map(|error| error.code()));
        let subject = got.and_then(|error| error.subject());
        let identifier = subject.as_ref().and_then(|subject| subject.identifier());
        let (code, at) = got.map_or(("ok", 0), |error| (error.code(), error.at()));
        assert_eq!((code, identifier, at), *expected, "{} {plain}", profile.id());
        let text = got.map(|error| error.to_string()).unwrap_or_default();
        assert!(got.is_none() || text.contains("expected") && text.contains("; "), "{text}");
    }
    let long = [b'1'; SYMBOL_BYTES_MAX + 1];
    for profile in Profile::ALL {
        let got = check(profile, &long, Symbology::Optional, YEAR).map_err(|e| (e.code(), e.at()));
        assert_eq!(got, Err(("code_too_long", profile.bytes_max())));
        let got = check(profile, b"01", Symbology::Required, YEAR).map_err(|e| e.code());
        assert_eq!(got, Err("symbology_missing"));
    }
    reached.extend(["code_too_long", "symbology_missing"]);
    reached.extend("x".parse::<crate::NationalNumber>().err().map(|error| error.code()));
    assert_eq!(reached, every_error_id());
}

/// A match without `_`: a new kind must be added here, and then be reached.
fn every_error_id() -> BTreeSet<&'static str> {
    use CodeErrorKind as Kind;
    let next = |kind: CodeErrorKind| match kind {
        Kind::Empty => Some(Kind::CodeTooLong),
        Kind::CodeTooLong => Some(Kind::SymbologyMissing),
        Kind::SymbologyMissing => Some(Kind::SymbologyUnexpected),
        Kind::SymbologyUnexpected => Some(Kind::Format06Missing),
        Kind::Format06Missing => Some(Kind::GsLeading),
        Kind::GsLeading => Some(Kind::GsSuperfluous),
        Kind::GsSuperfluous => Some(Kind::GsMissing),
        Kind::GsMissing => Some(Kind::AiUnknown),
        Kind::AiUnknown => Some(Kind::AiRepeated),
        Kind::AiRepeated => Some(Kind::AiMissing),
        Kind::AiMissing => Some(Kind::Order),
        Kind::Order => Some(Kind::PairInvalid),
        Kind::PairInvalid => Some(Kind::AssociationMissing),
        Kind::AssociationMissing => Some(Kind::DiUnknown),
        Kind::DiUnknown => Some(Kind::DiRepeated),
        Kind::DiRepeated => Some(Kind::DiMissing),
        Kind::DiMissing => Some(Kind::NationalScheme),
        Kind::NationalScheme => Some(Kind::ValueEmpty),
        Kind::ValueEmpty => Some(Kind::ValueTooShort),
        Kind::ValueTooShort => Some(Kind::ValueTooLong),
        Kind::ValueTooLong => Some(Kind::Character),
        Kind::Character => Some(Kind::CheckDigit),
        Kind::CheckDigit => Some(Kind::DayZero),
        Kind::DayZero => Some(Kind::DateInvalid),
        Kind::DateInvalid => Some(Kind::ValueInvalid(Rule::YesNo)),
        Kind::ValueInvalid(_) => Some(Kind::NdcMissing),
        Kind::NdcMissing => None,
    };
    std::iter::successors(Some(Kind::Empty), |kind| next(*kind)).map(Kind::id).collect()
}

#[test]
fn profiles_are_found_by_their_ids() {
    for profile in Profile::ALL {
        assert_eq!(Profile::by_id(profile.id()), Some(profile));
    }
    assert_eq!(Profile::by_id("FMD"), None);
}
