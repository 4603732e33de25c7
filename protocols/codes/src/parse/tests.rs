//! Tests of the strict parser: a table of single cases, and properties over random codes.

use proptest::prelude::*;

use super::*;
use crate::element_string::{CodeBytes, build_pack, build_pack_with_symbology};
use crate::human_readable::plain_to_bytes;

const YEAR: u16 = 2026;

type Refused = (&'static str, Option<&'static str>, usize);
type Case = (&'static str, Result<&'static str, Refused>);

const CASES: &[Case] = &[
    // good: our order, GS unless last
    ("010415003752864321ABC{GS}1727113010L1", Ok("(01)04150037528643(21)ABC(17)271130(10)L1")),
    (
        "]d2010415003752864321ABC{GS}1727113010L1{GS}7145440987",
        Ok("(01)04150037528643(21)ABC(17)271130(10)L1(714)5440987"),
    ),
    // another order
    ("]d210L1{GS}21ABC{GS}010415003752864317271130", Err(("order", Some("21"), 8))),
    ("17271130010415003752864310L1{GS}21ABC", Err(("order", Some("01"), 8))),
    ("010415003752864321ABC{GS}17271130714544{GS}10L1", Err(("order", Some("10"), 37))),
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
    ("010415003752864321ABC{GS}1727113010L1{GS}", Err(("gs_superfluous", Some("10"), 34))),
    ("010415003752864321ABC1727113010L1", Err(("gs_missing", Some("21"), 18))),
    ("]d2010415003752864321ABC10L1{GS}17271130", Err(("gs_missing", Some("21"), 21))),
    ("010415003752864310L121ABC17271130", Err(("gs_missing", Some("10"), 18))),
    ("010415003752864321ABCDEFGHIJKLMNOPQRST1727113010L1", Err(("gs_missing", Some("21"), 18))),
    // AIs
    ("010415003752864330AB", Err(("ai_unknown", None, 16))),
    ("0", Err(("ai_unknown", None, 0))),
    ("010415003752864321ABC{GS}172711307185440987", Err(("ai_unknown", None, 30))),
    (
        "010415003752864321ABC{GS}1727113010L1{GS}7141{GS}7162",
        Err(("ai_repeated", Some("716"), 40)),
    ),
    ("010415003752864321ABC{GS}21ABC{GS}10L1", Err(("ai_repeated", Some("21"), 22))),
    ("010415003752864321ABC{GS}17271130", Err(("ai_missing", Some("10"), 30))),
    ("21ABC{GS}1727113010L1", Err(("ai_missing", Some("01"), 18))),
    // values
    ("010415003752864321ABC{GS}1727113010L1{GS}714", Err(("value_empty", Some("714"), 38))),
    ("010415003752864321ABC{GS}1727113010L1{GS}71003752865", Err(("check_digit", Some("710"), 45))),
    ("0104150037", Err(("ai_missing", Some("21"), 10))),
    ("010415003752864321ABC{GS}10L1{GS}172711", Err(("order", Some("17"), 27))),
    ("010415003752864421ABC{GS}1727113010L1", Err(("check_digit", Some("01"), 15))),
    ("01041500375{GS}864321ABC{GS}1727113010L1", Err(("character", Some("01"), 11))),
    ("010415003752864321{GS}1727113010L1", Err(("value_empty", Some("21"), 18))),
    ("010415003752864321ABC{GS}1727113010", Err(("value_empty", Some("10"), 32))),
    ("010415003752864321AB C{GS}1727113010L1", Err(("character", Some("21"), 20))),
    (
        "010415003752864321ABCDEFGHIJKLMNOPQRSTU{GS}1727113010L1",
        Err(("value_too_long", Some("21"), 18)),
    ),
    ("010415003752864321ABC{GS}1727110010L1", Err(("day_zero", Some("17"), 28))),
    ("010415003752864321ABC{GS}1727023010L1", Err(("date_invalid", Some("17"), 24))),
];

#[test]
fn single_cases() {
    for (plain, expected) in CASES {
        let bytes: Vec<u8> = plain_to_bytes(plain.as_bytes()).collect();
        let got = parse_fmd(&bytes, Symbology::Optional, YEAR);
        let got = got.map(|code| code.to_string());
        let got = got.map_err(|e| (e.code(), e.ai().map(|ai| ai.to_string()), e.at()));
        let expected = expected.map(str::to_owned);
        let expected = expected.map_err(|(code, ai, at)| (code, ai.map(str::to_owned), at));
        assert_eq!(got, expected, "{plain}");
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
        scheme in 1_usize..8,
        number in prop::option::of(text()),
    ) -> FmdCode {
        let check = crate::check_digit_mod_10(digits.as_bytes()) as char;
        FmdCode {
            gtin: format!("{digits}{check}").parse().expect("gtin"),
            serial: serial.parse().expect("serial"),
            lot: lot.parse().expect("lot"),
            expiry: Expiry::from_ymd(year, month, day).expect("date"),
            national: number.map(|text| {
                NationalNumber::new(NationalScheme::ALL[scheme], text.as_bytes()).expect("number")
            }),
        }
    }
}

/// The elements of a pack in the order of `ais`, written without the builder under test.
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
    if let Some(number) = code.national {
        bytes.push(GS);
        bytes.extend(number.to_string().replacen(':', "", 1).bytes());
    }
    bytes
}

fn any_order() -> impl Strategy<Value = Vec<Ai>> {
    Just(PACK_AIS.to_vec()).prop_shuffle()
}

fn parse(bytes: &[u8]) -> Result<FmdCode, CodeError> {
    parse_fmd(bytes, Symbology::Optional, YEAR)
}

fn build(code: &FmdCode) -> CodeBytes {
    build_pack(&code.gtin, &code.serial, &code.expiry, &code.lot, code.national.as_ref())
}

proptest! {
    #[test]
    fn what_is_built_is_read_back(code in code()) {
        let bytes = build(&code);
        prop_assert_eq!(bytes.as_bytes(), written(&code, &PACK_AIS));
        prop_assert_eq!(parse(&bytes), Ok(code));
        let read = build_pack_with_symbology(
            &code.gtin, &code.serial, &code.expiry, &code.lot, code.national.as_ref(),
        );
        prop_assert_eq!(parse_fmd(&read, Symbology::Required, YEAR), Ok(code));
    }

    #[test]
    fn another_order_is_refused(code in code(), ais in any_order()) {
        let code = FmdCode { national: None, ..code };
        let got = parse(&written(&code, &ais)).map_err(|e| e.kind());
        let expected = if ais == PACK_AIS { Ok(code) } else { Err(CodeErrorKind::Order) };
        prop_assert_eq!(got, expected);
    }

    /// Under `fmd` a missing GS in front of one of the four elements is not only never read as the
    /// original: it is always refused.
    #[test]
    fn a_missing_gs_is_always_refused(code in code(), ais in any_order()) {
        let code = FmdCode { national: None, ..code };
        let bytes = written(&code, &ais);
        for at in (0..bytes.len()).filter(|at| bytes[*at] == GS) {
            let mut without = bytes.clone();
            without.remove(at);
            let got = parse(&without).map_err(|e| e.kind());
            prop_assert_eq!(got, Err(CodeErrorKind::GsMissing));
        }
    }

    /// A national number without its GS is never read as the original.
    #[test]
    fn a_swallowed_national_number_is_never_read_as_itself(code in code()) {
        let bytes = build(&code);
        let at = bytes.iter().rposition(|byte| *byte == GS).expect("a GS");
        let mut without = bytes.to_vec();
        without.remove(at);
        prop_assert_ne!(parse(&without), Ok(code));
    }

    #[test]
    fn a_gs_too_many_is_never_read_as_the_original(code in code(), ais in any_order()) {
        let bytes = written(&code, &ais);
        for at in 0..=bytes.len() {
            let mut with = bytes.clone();
            with.insert(at, GS);
            prop_assert_ne!(parse(&with), Ok(code));
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
