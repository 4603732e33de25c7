//! Tests of the strict parser: a table of single cases, and properties over random codes.

use proptest::prelude::*;

use super::*;
use crate::element_string::{CodeBytes, build_fmd, build_fmd_with_symbology};
use crate::human_readable::plain_to_bytes;

const YEAR: u16 = 2026;

type Case = (&'static str, Result<&'static str, (&'static str, Option<Ai>, usize)>);

const CASES: &[Case] = &[
    // good: any order, GS unless last
    ("010415003752864321ABC{GS}1727113010L1", Ok("(01)04150037528643(21)ABC(17)271130(10)L1")),
    (
        "]d210L1{GS}21ABC{GS}010415003752864317271130",
        Ok("(01)04150037528643(21)ABC(17)271130(10)L1"),
    ),
    ("17271130010415003752864310L1{GS}21ABC", Ok("(01)04150037528643(21)ABC(17)271130(10)L1")),
    // ambiguous-looking values are taken as they stand
    (
        "010415003752864321A10B17010101{GS}1727113010L1",
        Ok("(01)04150037528643(21)A10B17010101(17)271130(10)L1"),
    ),
    // nothing, symbology
    ("", Err(("empty", None, 0))),
    ("]d2", Err(("empty", None, 3))),
    ("]C1010415003752864321ABC{GS}1727113010L1", Err(("symbology_unexpected", None, 0))),
    ("]d1010415003752864321ABC{GS}1727113010L1", Err(("symbology_unexpected", None, 0))),
    ("]", Err(("symbology_unexpected", None, 0))),
    // separators
    ("{GS}010415003752864321ABC{GS}1727113010L1", Err(("gs_leading", None, 0))),
    ("]d2{GS}010415003752864321ABC{GS}1727113010L1", Err(("gs_leading", None, 3))),
    ("0104150037528643{GS}21ABC{GS}1727113010L1", Err(("gs_superfluous", None, 16))),
    ("010415003752864321ABC{GS}{GS}1727113010L1", Err(("gs_superfluous", None, 22))),
    ("010415003752864321ABC{GS}17271130{GS}10L1", Err(("gs_superfluous", None, 30))),
    ("010415003752864321ABC{GS}1727113010L1{GS}", Err(("gs_superfluous", Some(Ai::Lot), 34))),
    ("010415003752864321ABC1727113010L1", Err(("gs_missing", Some(Ai::Serial), 18))),
    ("]d2010415003752864321ABC10L1{GS}17271130", Err(("gs_missing", Some(Ai::Serial), 21))),
    ("010415003752864310L121ABC17271130", Err(("gs_missing", Some(Ai::Lot), 18))),
    (
        "010415003752864321ABCDEFGHIJKLMNOPQRST1727113010L1",
        Err(("gs_missing", Some(Ai::Serial), 18)),
    ),
    // AIs
    ("010415003752864330AB", Err(("ai_unknown", None, 16))),
    ("0", Err(("ai_unknown", None, 0))),
    ("010415003752864321ABC{GS}172711307101234567", Err(("ai_unknown", None, 30))),
    ("010415003752864321ABC{GS}21ABC{GS}10L1", Err(("ai_repeated", Some(Ai::Serial), 22))),
    ("010415003752864321ABC{GS}17271130", Err(("ai_missing", Some(Ai::Lot), 30))),
    ("21ABC{GS}1727113010L1", Err(("ai_missing", Some(Ai::Gtin), 18))),
    // values
    ("0104150037", Err(("ai_missing", Some(Ai::Serial), 10))),
    ("21ABC{GS}1727113010L1{GS}0104150037", Err(("value_too_short", Some(Ai::Gtin), 21))),
    ("010415003752864421ABC{GS}1727113010L1", Err(("check_digit", Some(Ai::Gtin), 15))),
    ("01041500375{GS}864321ABC{GS}1727113010L1", Err(("character", Some(Ai::Gtin), 11))),
    ("010415003752864321{GS}1727113010L1", Err(("value_empty", Some(Ai::Serial), 18))),
    ("010415003752864321ABC{GS}1727113010", Err(("value_empty", Some(Ai::Lot), 32))),
    ("010415003752864321AB C{GS}1727113010L1", Err(("character", Some(Ai::Serial), 20))),
    (
        "010415003752864321ABCDEFGHIJKLMNOPQRSTU{GS}1727113010L1",
        Err(("value_too_long", Some(Ai::Serial), 18)),
    ),
    ("010415003752864321ABC{GS}1727110010L1", Err(("day_zero", Some(Ai::Expiry), 28))),
    ("010415003752864321ABC{GS}1727023010L1", Err(("date_invalid", Some(Ai::Expiry), 24))),
];

#[test]
fn single_cases() {
    for (plain, expected) in CASES {
        let bytes: Vec<u8> = plain_to_bytes(plain.as_bytes()).collect();
        let got = parse_fmd(&bytes, Symbology::Optional, YEAR);
        let got = got.map(|code| code.to_string());
        let got = got.map_err(|e| (e.code(), e.ai(), e.at()));
        assert_eq!(got, expected.map(str::to_owned), "{plain}");
    }
}

#[test]
fn the_symbology_identifier_can_be_required() {
    let code = plain_to_bytes(b"010415003752864321ABC{GS}1727113010L1").collect::<Vec<_>>();
    let error = parse_fmd(&code, Symbology::Required, YEAR).map_err(|e| e.code());
    assert_eq!(error, Err("symbology_missing"));
    let with = [b"]d2".as_slice(), &code].concat();
    let required = parse_fmd(&with, Symbology::Required, YEAR);
    assert!(required.is_ok());
    assert_eq!(required, parse_fmd(&with, Symbology::Optional, YEAR));
}

#[test]
fn longer_than_any_code_is_refused_before_anything_else() {
    let error = parse_fmd(&[b'2'; CODE_BYTES_MAX + 1], Symbology::Optional, YEAR);
    assert_eq!(error.map_err(|e| (e.code(), e.at())), Err(("code_too_long", CODE_BYTES_MAX)));
}

/// Text of set 82, weighted towards digits so that values look like AIs.
fn text() -> impl Strategy<Value = String> {
    let any = r#"[A-Za-z0-9!"%&'()*+,./_:;<=>?-]{1,20}"#;
    prop_oneof![
        any,
        "[0-9]{1,20}",
        "(10|17|21|01){1,10}",
        "[0-9]{0,4}17(2[0-9])0[1-9]1[0-9]10[A-Z]"
    ]
}

prop_compose! {
    fn code()(
        digits in "[0-9]{13}",
        serial in text(),
        lot in text(),
        year in YEAR - 49..=YEAR + 50,
        month in 1_u8..=12,
        day in 1_u8..=28,
    ) -> FmdCode {
        let check = crate::check_digit_mod_10(digits.as_bytes()) as char;
        FmdCode {
            gtin: format!("{digits}{check}").parse().expect("gtin"),
            serial: serial.parse().expect("serial"),
            lot: lot.parse().expect("lot"),
            expiry: Expiry::from_ymd(year, month, day).expect("date"),
        }
    }
}

/// The elements in the order of `ais`, written without the builder under test.
fn written(code: &FmdCode, ais: &[Ai]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, ai) in ais.iter().enumerate() {
        let (value, text) = match ai {
            Ai::Gtin => (code.gtin.to_string(), false),
            Ai::Expiry => (code.expiry.to_iso()[2..].replace('-', ""), false),
            Ai::Lot => (code.lot.to_string(), true),
            Ai::Serial => (code.serial.to_string(), true),
        };
        bytes.extend(ai.digits().bytes().chain(value.bytes()));
        if text && index + 1 < ais.len() {
            bytes.push(GS);
        }
    }
    bytes
}

fn any_order() -> impl Strategy<Value = Vec<Ai>> {
    Just(FMD_AIS.to_vec()).prop_shuffle()
}

fn parse(bytes: &[u8]) -> Result<FmdCode, CodeError> {
    parse_fmd(bytes, Symbology::Optional, YEAR)
}

fn build(code: &FmdCode) -> CodeBytes {
    build_fmd(&code.gtin, &code.serial, &code.expiry, &code.lot)
}

proptest! {
    #[test]
    fn what_is_built_is_read_back(code in code()) {
        let bytes = build(&code);
        prop_assert_eq!(bytes.as_bytes(), written(&code, &FMD_AIS));
        prop_assert_eq!(parse(&bytes), Ok(code));
        let read = build_fmd_with_symbology(&code.gtin, &code.serial, &code.expiry, &code.lot);
        prop_assert_eq!(parse_fmd(&read, Symbology::Required, YEAR), Ok(code));
    }

    #[test]
    fn any_order_is_read_back(code in code(), ais in any_order()) {
        prop_assert_eq!(parse(&written(&code, &ais)), Ok(code));
    }

    /// Under `fmd` a missing GS is not only never read as the original: it is always refused.
    #[test]
    fn a_missing_gs_is_always_refused(code in code(), ais in any_order()) {
        let bytes = written(&code, &ais);
        for at in (0..bytes.len()).filter(|at| bytes[*at] == GS) {
            let mut without = bytes.clone();
            without.remove(at);
            let got = parse(&without).map_err(|e| e.kind());
            prop_assert_eq!(got, Err(CodeErrorKind::GsMissing));
        }
    }

    #[test]
    fn a_gs_too_many_is_never_read_as_the_original(code in code(), ais in any_order()) {
        let bytes = written(&code, &ais);
        for at in 0..=bytes.len() {
            let mut with = bytes.clone();
            with.insert(at, GS);
            prop_assert!(parse(&with).is_err(), "{} {:?}", at, CodeBytes::from_slice(&with));
        }
    }

    /// One changed byte: refused, or read as exactly what now stands there.
    #[test]
    fn what_is_accepted_is_what_stands_there(
        code in code(),
        at in any::<prop::sample::Index>(),
        byte in prop_oneof![any::<u8>(), Just(GS), b'0'..=b'9'],
    ) {
        let mut bytes = build(&code).to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = parse(&bytes) {
            let built = build(&read);
            prop_assert_eq!(built.as_bytes(), bytes);
        }
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        if let Err(error) = parse(&bytes) {
            prop_assert!(error.at() <= bytes.len() && !error.to_string().is_empty());
        }
    }

    #[test]
    fn nothing_panics_on_near_codes(text in "(\\]d2)?((01|21|17|10)[0-9A]{0,14}\u{1d}?){0,5}") {
        if let Err(error) = parse(text.as_bytes()) {
            prop_assert!(error.at() <= text.len() && !error.to_string().is_empty());
        }
    }
}
