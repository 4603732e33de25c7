//! `packline code check`: reads codes from text lines and says what is right or wrong with each.
//!
//! Called by the command line. Must never repair a code, and never decide anything about a pack:
//! a code that parses is not thereby the right one.
//!
//! One line in, one JSON line out: `ok`, `gtin`, `serial`, `lot`, `expiry` (ISO 8601),
//! `national`, and `error` with `code`, `ai`, `at` (byte position, `{GS}` counted as one byte)
//! and `message`. Fields that do not apply are `null`.

use std::io::{self, BufRead, Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use codes::{CodeError, Expiry, FmdCode, Gtin, Lot, SerialNumber, Symbology};
use codes::{parse_fmd, plain_to_bytes};
use serde::Serialize;

/// Bytes of an input line that are looked at; a code is far shorter, the rest is skipped.
const LINE_BYTES_MAX: u64 = 4096;

/// The result for one line; the field names are a public interface.
#[derive(Serialize)]
struct Report {
    ok: bool,
    gtin: Option<Gtin>,
    serial: Option<SerialNumber>,
    lot: Option<Lot>,
    expiry: Option<Expiry>,
    national: Option<String>,
    error: Option<ErrorReport>,
}

#[derive(Serialize)]
struct ErrorReport {
    code: &'static str,
    ai: Option<&'static str>,
    at: usize,
    message: String,
}

impl From<Result<FmdCode, CodeError>> for Report {
    fn from(result: Result<FmdCode, CodeError>) -> Self {
        let (read, error) = (result.ok(), result.err());
        Self {
            ok: read.is_some(),
            gtin: read.map(|code| code.gtin),
            serial: read.map(|code| code.serial),
            lot: read.map(|code| code.lot),
            expiry: read.map(|code| code.expiry),
            national: None,
            error: error.map(|error| ErrorReport {
                code: error.code(),
                ai: error.ai().map(|ai| ai.digits()),
                at: error.at(),
                message: error.to_string(),
            }),
        }
    }
}

/// Checks each line of `input` against `profile` (`fmd`) and writes one JSON line each to `out`.
/// In a line `{GS}` or the raw byte 0x1D stands for GS; `]d2` in front is optional. Two-digit
/// years are read around the current one. Answers whether every line was right.
///
/// # Errors
/// `InvalidInput` for an unknown profile, and whatever reading and writing report.
pub fn check_lines(profile: &str, input: impl BufRead, out: &mut impl Write) -> io::Result<bool> {
    check_lines_at(profile, current_year(), input, out)
}

fn check_lines_at(
    profile: &str,
    reference_year: u16,
    mut input: impl BufRead,
    out: &mut impl Write,
) -> io::Result<bool> {
    if profile != "fmd" {
        let text = format!("failed to check codes: found profile '{profile}', expected 'fmd'");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let mut all_ok = true;
    let mut line = Vec::new();
    while read_line(&mut input, &mut line)? {
        let bytes: Vec<u8> = plain_to_bytes(&line).collect();
        let report = Report::from(parse_fmd(&bytes, Symbology::Optional, reference_year));
        all_ok &= report.ok;
        serde_json::to_writer(&mut *out, &report)?;
        writeln!(out)?;
    }
    out.flush()?;
    Ok(all_ok)
}

/// Reads one line without its end into `line`; false at the end of the input. What is longer than
/// [`LINE_BYTES_MAX`] is skipped up to the end of the line.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    if input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.pop_if(|byte| *byte == b'\n').is_some() {
        line.pop_if(|byte| *byte == b'\r');
    } else {
        input.skip_until(b'\n')?;
    }
    Ok(true)
}

/// The current year (UTC), good enough for a window of a hundred years.
fn current_year() -> u16 {
    const SECONDS_PER_YEAR: u64 = 31_556_952; // the mean Gregorian year
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let years = since.map_or(0, |elapsed| elapsed.as_secs() / SECONDS_PER_YEAR);
    u16::try_from(1970 + years).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8]) -> (bool, Vec<serde_json::Value>) {
        let mut out = Vec::new();
        let ok = check_lines_at("fmd", 2026, input, &mut out).expect("memory does not fail");
        let text = String::from_utf8(out).expect("JSON is UTF-8");
        let json = |line: &str| serde_json::from_str(line).expect("each line is JSON");
        (ok, text.lines().map(json).collect())
    }

    #[test]
    fn a_good_code_in_both_spellings() {
        let lines = b"]d2010415003752864321A\"C{GS}1727113010L1\r\n\
                      010415003752864321A\"C\x1d1727113010L1";
        let (ok, reports) = check(lines);
        let expected = serde_json::json!({
            "ok": true, "gtin": "04150037528643", "serial": "A\"C", "lot": "L1",
            "expiry": "2027-11-30", "national": null, "error": null,
        });
        assert!(ok);
        assert_eq!(reports, [expected.clone(), expected]);
    }

    #[test]
    fn one_wrong_line_is_enough_wherever_it_stands() {
        let (good, bad) = ("010415003752864321ABC{GS}1727113010L1\n", "01\n");
        for lines in [[good, bad], [bad, good]] {
            assert!(!check(lines.concat().as_bytes()).0);
        }
    }

    #[test]
    fn one_line_in_one_line_out_whatever_it_is() {
        let long = [b'1'; 10_000];
        let table: [(&[u8], &str); 5] = [
            (b"", "empty"),
            (b"\xff\xfe", "ai_unknown"),
            (b"010415003752864321ABC1727113010L1", "gs_missing"),
            (b"010415003752864421ABC{GS}1727113010L1", "check_digit"),
            (&long, "code_too_long"),
        ];
        let input = table.iter().flat_map(|(line, _)| [line, b"\n".as_slice()].concat());
        let (ok, reports) = check(&input.collect::<Vec<u8>>());
        let codes: Vec<&str> = reports.iter().filter_map(|r| r["error"]["code"].as_str()).collect();
        assert!(!ok && reports.iter().all(|r| r["ok"] == false && r["gtin"].is_null()));
        assert_eq!(codes, table.map(|(_, code)| code));
        assert_eq!(
            (&reports[2]["error"]["ai"], &reports[2]["error"]["at"]),
            (&"21".into(), &18.into())
        );
    }

    #[test]
    fn no_input_is_right_and_an_unknown_profile_is_refused() {
        assert_eq!(check(b""), (true, Vec::new()));
        let error = check_lines("dscsa", b"".as_slice(), &mut Vec::new());
        assert!(error.is_err_and(|e| e.kind() == io::ErrorKind::InvalidInput));
        assert!((2025..2300).contains(&current_year()));
    }
}
