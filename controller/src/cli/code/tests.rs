//! Tests of `packline code` in memory: what each command answers, and how it ends.

use serde_json::{Value, json};

use super::args::{BuildArgs, ConvertArgs, ParseArgs};
use super::check::check_lines_at;
use super::*;

fn check(profile: &str, input: &[u8]) -> (bool, Vec<Value>) {
    let mut out = Vec::new();
    let ok = check_lines_at(profile, 2026, input, &mut out).expect("memory does not fail");
    let text = String::from_utf8(out).expect("JSON is UTF-8");
    let json = |line: &str| serde_json::from_str(line).expect("each line is JSON");
    (ok, text.lines().map(json).collect())
}

#[test]
fn a_good_code_in_both_spellings() {
    let lines = b"]d2010415003752864321A\"C{GS}1727113010L1\r\n\
                  ]d2010415003752864321A\"C\x1d1727113010L1";
    let (ok, reports) = check("fmd", lines);
    let expected = json!({
        "ok": true, "gtin": "04150037528643", "serial": "A\"C", "lot": "L1",
        "expiry": "2027-11-30", "national": null, "error": null,
        "profile": "fmd", "ppn": null, "pzn": "03752864", "ndc": null, "notes": [],
        "elements": [
            {"ai": "01", "title": "GTIN", "value": "04150037528643", "at": 3},
            {"ai": "21", "title": "SERIAL", "value": "A\"C", "at": 19},
            {"ai": "17", "title": "USE BY or EXPIRY", "value": "271130", "at": 25},
            {"ai": "10", "title": "BATCH/LOT", "value": "L1", "at": 33},
        ],
    });
    assert!(ok);
    assert_eq!(reports, [expected.clone(), expected]);
}

#[test]
fn each_profile_reads_its_packs() {
    let ppn = b"[)>{RS}06{GS}9N110375286414{GS}1TL1{GS}D271130{GS}SABC{RS}{EOT}\n";
    let us = b"01503123456789011727113010L1{GS}21ABC\n";
    let market = b"]d210L1{GS}21ABC{GS}010415003752864317271100{GS}7145440987\n";
    for (profile, line, field, value, note) in [
        ("ppn", ppn.as_slice(), "ppn", "110375286414", "missing_symbology"),
        ("dscsa", us, "ndc", "1234567890", "missing_symbology"),
        ("gs1", us, "lot", "L1", "missing_symbology"),
        ("fmd-read", market, "national", "714:5440987", "superfluous_gs"),
    ] {
        let (ok, reports) = check(profile, line);
        assert!(ok, "{profile} {reports:?}");
        assert_eq!(reports[0][field], value, "{profile}");
        assert_eq!(reports[0]["notes"][0]["note"], note, "{profile}");
    }
}

#[test]
fn one_wrong_line_is_enough_wherever_it_stands() {
    let (good, bad) = ("010415003752864321ABC{GS}1727113010L1\n", "01\n");
    for lines in [[good, bad], [bad, good]] {
        assert!(!check("fmd", lines.concat().as_bytes()).0);
    }
}

#[test]
fn one_line_in_one_line_out_whatever_it_is() {
    let long = [b'1'; 40_000];
    let table: [(&[u8], &str); 6] = [
        (b"", "empty"),
        (b"\xff\xfe", "ai_unknown"),
        (b"010415003752864321ABC1727113010L1", "gs_missing"),
        (b"10L1{GS}010415003752864321ABC{GS}17271130", "order"),
        (b"010415003752864421ABC{GS}1727113010L1", "check_digit"),
        (&long, "code_too_long"),
    ];
    let input = table.iter().flat_map(|(line, _)| [line, b"\n".as_slice()].concat());
    let (ok, reports) = check("fmd", &input.collect::<Vec<u8>>());
    let codes: Vec<&str> = reports.iter().filter_map(|r| r["error"]["code"].as_str()).collect();
    assert!(!ok && reports.iter().all(|r| r["ok"] == false && r["gtin"].is_null()));
    assert_eq!(codes, table.map(|(_, code)| code));
    let error = &reports[2]["error"];
    assert_eq!((&error["ai"], &error["at"]), (&"21".into(), &18.into()));
}

#[test]
fn no_input_is_right_and_an_unknown_profile_is_refused() {
    assert_eq!(check("fmd", b""), (true, Vec::new()));
    let error = check_lines("udi", b"".as_slice(), &mut Vec::new());
    assert!(error.is_err_and(|e| e.kind() == io::ErrorKind::InvalidInput));
    assert!((2025..2300).contains(&current_year()));
}

fn ran(command: CodeCommand) -> (Exit, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(command, &mut out, &mut err).expect("memory does not fail");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (exit, text(out), text(err))
}

fn pack(profile: &str) -> BuildArgs {
    BuildArgs {
        profile: profile.to_owned(),
        serial: Some("ABC".to_owned()),
        lot: Some("L1".to_owned()),
        expiry: Some("2027-11-30".to_owned()),
        ..BuildArgs::default()
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn codes_are_built_and_read_back() {
    let table = [
        (
            BuildArgs { pzn: some("03752864"), symbology: true, ..pack("fmd") },
            "]d2010415003752864321ABC{GS}1727113010L1",
        ),
        (
            BuildArgs {
                gtin: some("05601234567892"),
                national: some("714:5440987"),
                ..pack("fmd")
            },
            "010560123456789221ABC{GS}1727113010L1{GS}7145440987",
        ),
        (
            BuildArgs { pzn: some("03752864"), ..pack("ppn") },
            "[)>{RS}06{GS}9N110375286414{GS}1TL1{GS}D271130{GS}SABC{RS}{EOT}",
        ),
        (
            BuildArgs { gtin: some("50312345678901"), ..pack("dscsa") },
            "015031234567890121ABC{GS}1727113010L1",
        ),
        (
            BuildArgs {
                profile: "gs1".to_owned(),
                elements: vec!["00=106141412345678908".to_owned(), "403=X".to_owned()],
                ..BuildArgs::default()
            },
            "00106141412345678908403X",
        ),
    ];
    for (args, expected) in table {
        let profile = args.profile.clone();
        let (exit, out, err) = ran(CodeCommand::Build(args));
        assert_eq!((exit, out.trim_end()), (Exit::Ok, expected), "{err}");
        assert!(err.contains("smallest square "), "{err}");
        let parse = |json| ParseArgs { profile: profile.clone(), code: expected.to_owned(), json };
        let (exit, out, err) = ran(CodeCommand::Parse(parse(true)));
        assert_eq!((exit, err.as_str()), (Exit::Ok, ""));
        let report: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((&report["ok"], &report["profile"]), (&true.into(), &profile.clone().into()));
        let (exit, out, _) = ran(CodeCommand::Parse(parse(false)));
        assert_eq!(exit, Exit::Ok);
        assert!(out.lines().count() >= 2, "{out}");
    }
}

#[test]
fn the_answer_names_the_smallest_symbols() {
    let args = BuildArgs { pzn: some("03752864"), json: true, ..pack("fmd") };
    let (_, out, _) = ran(CodeCommand::Build(args));
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    let symbol = json!({"codewords": 21, "square": "20x20", "rectangle": "12x36"});
    assert_eq!(answer["symbol"], symbol);
    assert_eq!((&answer["bytes"], &answer["notes"]), (&34.into(), &json!([])));
}

#[test]
fn what_cannot_be_built_is_refused() {
    let table = [
        (pack("fmd"), "needs --gtin or --pzn"),
        (pack("fmd-read"), "for reading only"),
        (pack("udi"), "expected one of fmd, fmd-read, gs1, dscsa, ppn"),
        (BuildArgs { serial: None, ..pack("ppn") }, "needs --serial"),
        (BuildArgs { gtin: some("04150037528643"), ..pack("ppn") }, "prints no --gtin"),
        (BuildArgs { pzn: some("03752865"), ..pack("fmd") }, "check_digit: PZN"),
        (BuildArgs { gtin: some("04150037528643"), ..pack("dscsa") }, "ndc_missing"),
        (BuildArgs { elements: vec!["240".to_owned()], ..pack("gs1") }, "expected AI=VALUE"),
        (BuildArgs { elements: vec!["999=1".to_owned()], ..pack("gs1") }, "ai_unknown"),
        (pack("gs1"), "association_missing"),
    ];
    for (args, part) in table {
        let (exit, out, err) = ran(CodeCommand::Build(args));
        assert_eq!((exit, out.as_str()), (Exit::Refused, ""));
        assert!(err.contains(part), "{err}");
    }
    let args = ParseArgs { profile: "gs1".to_owned(), code: "0101".to_owned(), json: true };
    let (exit, out, err) = ran(CodeCommand::Parse(args));
    assert_eq!(exit, Exit::NotProven);
    assert!(out.contains("\"value_too_short\"") && err.contains("value_too_short"), "{out} {err}");
}

#[test]
fn german_numbers_are_converted() {
    let of = |pzn: Option<&str>, ntin: Option<&str>, ppn: Option<&str>| {
        let [pzn, ntin, ppn] = [pzn, ntin, ppn].map(|text| text.map(str::to_owned));
        ran(CodeCommand::Convert(ConvertArgs { pzn, ntin, ppn, json: true }))
    };
    let all = json!({
        "ok": true, "pzn": "03752864", "ntin": "04150037528643", "ppn": "110375286414"
    });
    for (exit, out, err) in [
        of(Some("03752864"), None, None),
        of(None, Some("04150037528643"), None),
        of(None, None, Some("110375286414")),
    ] {
        let answer: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((exit, answer, err.as_str()), (Exit::Ok, all.clone(), ""));
    }
    let (exit, out, _) = of(None, None, Some("110375286415"));
    assert!(exit == Exit::Refused && out.contains("check_digit"), "{out}");
    let (exit, _, err) = of(None, Some("09501101530003"), None);
    assert!(exit == Exit::Refused && err.contains("no PZN"), "{err}");
}
