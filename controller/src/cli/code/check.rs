//! `packline code check`: reads codes from text lines and says what is right or wrong with each.
//!
//! Called by the command line. Must never repair a code.
//!
//! One line in, one JSON line out: `ok`, `gtin`, `serial`, `lot`, `expiry` (ISO 8601), `national`,
//! `error` with `code`, `ai`, `at` (byte position, `{GS}` counted as one byte) and `message`,
//! `profile`, `ppn`, `pzn`, `ndc`, `notes`, `elements`. Fields that do not apply are `null`.

use std::io::{self, BufRead, Read, Write};

use codes::{Symbology, plain_to_bytes};

use super::report::CodeReport;
use super::{current_year, profile_of};

/// Bytes of an input line that are looked at: the longest code with every byte written in braces
/// is shorter, the rest is skipped.
const LINE_BYTES_MAX: u64 = 16_384;

/// Checks each line of `input` by the rules of `profile` and writes one JSON line each to `out`. In
/// a line `{GS}`, `{RS}`, `{EOT}` or their raw bytes may stand; the symbology identifier in front
/// is optional. Two-digit years are read around the current one. Answers whether every line was
/// right.
///
/// # Errors
/// `InvalidInput` for an unknown profile, and whatever reading and writing report.
pub fn check_lines(profile: &str, input: impl BufRead, out: &mut impl Write) -> io::Result<bool> {
    check_lines_at(profile, current_year(), input, out)
}

pub(super) fn check_lines_at(
    profile: &str,
    reference_year: u16,
    mut input: impl BufRead,
    out: &mut impl Write,
) -> io::Result<bool> {
    let unknown = |text| io::Error::new(io::ErrorKind::InvalidInput, text);
    let profile = profile_of(profile).map_err(unknown)?;
    let mut all_ok = true;
    let mut line = Vec::new();
    while read_line(&mut input, &mut line)? {
        let bytes: Vec<u8> = plain_to_bytes(&line).collect();
        let result = codes::check(profile, &bytes, Symbology::Optional, reference_year);
        let report = CodeReport::of(profile, &result);
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
