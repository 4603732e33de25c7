//! `packline code` as a process: a batch of codes through standard input, one JSON line each, and
//! the exit codes of README.

use serde_json::Value;
use std::error::Error;
use std::io::Write;
use std::process::{Command, Output, Stdio};

type Outcome = Result<(), Box<dyn Error>>;

/// A profile, right codes, wrong ones with their errors.
type Batch = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// Codes of each profile.
const BATCHES: [Batch; 5] = [
    (
        "fmd",
        &[
            "]d2010415003752864321ABC{GS}1727113010L1",
            "010415003752864321ABC{GS}1727113010L1{GS}7145440987",
        ],
        &[
            ("010415003752864321ABC1727113010L1", "gs_missing"),
            ("010415003752864310L1{GS}21ABC{GS}17271130", "order"),
            ("010415003752864321ABC{GS}1727110010L1", "day_zero"),
        ],
    ),
    (
        "fmd-read",
        &[
            "]d210L1{GS}0104150037528643{GS}1727110021ABC{GS}240X",
            "0104150037528643\
            21ABC{GS}1727113010L1{GS}",
        ],
        &[("010415003752864321ABC1727113010L1", "gs_missing"), ("", "empty")],
    ),
    (
        "gs1",
        &["]C100106141412345678908", "0104150037528643310300150010L1"],
        &[("0204150037528643", "association_missing"), ("04", "ai_unknown")],
    ),
    (
        "dscsa",
        &["]d2015031234567890121ABC{GS}1727113010L1"],
        &[("]d2010415003752864321ABC{GS}1727113010L1", "ndc_missing")],
    ),
    (
        "ppn",
        &["[)>{RS}06{GS}9N110375286414{GS}1TL1{GS}D271130{GS}SABC{RS}{EOT}"],
        &[
            ("[)>{RS}06{GS}9N110375286415{GS}1TL1{GS}D271130{GS}SABC{RS}{EOT}", "check_digit"),
            ("9N110375286414", "format_06_missing"),
        ],
    ),
];

fn packline(arguments: &[&str], input: &str) -> Result<Output, Box<dyn Error>> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_packline"))
        .arg("code")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    stdin.write_all(input.as_bytes())?;
    drop(stdin);
    Ok(child.wait_with_output()?)
}

#[test]
fn batch_files_are_checked_line_by_line() -> Outcome {
    for (profile, right, wrong) in BATCHES {
        let mut lines: Vec<(&str, Option<&str>)> = right.iter().map(|line| (*line, None)).collect();
        lines.extend(wrong.iter().map(|(line, error)| (*line, Some(*error))));
        let input: String = lines.iter().map(|(line, _)| format!("{line}\n")).collect();
        let output = packline(&["check", "--profile", profile, "-"], &input)?;
        assert_eq!(output.status.code(), Some(3), "{profile}");
        let answers: Result<Vec<Value>, _> =
            std::str::from_utf8(&output.stdout)?.lines().map(serde_json::from_str).collect();
        let answers = answers?;
        assert_eq!(answers.len(), lines.len(), "{profile}");
        for ((line, error), answer) in lines.iter().zip(answers) {
            assert_eq!(answer["ok"], error.is_none(), "{profile} {line} {answer}");
            assert_eq!(answer["error"]["code"].as_str(), *error, "{profile} {line}");
            assert_eq!(answer["profile"], profile);
        }
        let right: String = right.iter().map(|line| format!("{line}\n")).collect();
        let output = packline(&["check", "--profile", profile, "-"], &right)?;
        assert_eq!(output.status.code(), Some(0), "{profile}");
    }
    Ok(())
}

#[test]
fn build_parse_and_convert_answer_json() -> Outcome {
    let pack = ["--pzn", "03752864", "--serial", "ABC", "--lot", "L1", "--expiry", "2027-11-30"];
    let built = packline(&[&["build", "--json"], &pack[..]].concat(), "")?;
    assert_eq!(built.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&built.stdout)?;
    assert_eq!(answer["symbol"]["square"], "20x20");
    let code = answer["code"].as_str().ok_or("no code")?;
    let parsed = packline(&["parse", code, "--json"], "")?;
    assert_eq!(parsed.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&parsed.stdout)?;
    assert_eq!((&answer["serial"], &answer["pzn"]), (&"ABC".into(), &"03752864".into()));
    let converted = packline(&["convert", "--ntin", "04150037528643", "--json"], "")?;
    let answer: Value = serde_json::from_slice(&converted.stdout)?;
    assert_eq!(answer["ppn"], "110375286414");
    for (arguments, exit) in [
        (["check", "--profile", "udi", "01"].as_slice(), 2),
        (&["convert"], 2),
        (&["convert", "--pzn", "03752865"], 2),
        (&["build", "--profile", "fmd"], 2),
        (&["parse", "0101"], 3),
    ] {
        assert_eq!(packline(arguments, "")?.status.code(), Some(exit), "{arguments:?}");
    }
    Ok(())
}
