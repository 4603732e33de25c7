//! `packline serial generate`: writes unpredictable serial numbers, one a line.
//!
//! Called by the command line, which takes the seed from the operating system. Must never draw a
//! seed itself, and never touch a ledger: what is written here is not allocated to anything.

use std::fmt;
use std::io::{self, Write};

use line_core::guess_rule::{GuessRule, GuessRuleError};
use line_core::serial_draw::{DrawError, SerialDraw};
use line_core::serial_format::{Alphabet, FormatError, SerialFormat};

/// Most serials of one run: they are kept in memory (about 100 bytes each) to be distinct.
pub const GENERATE_COUNT_MAX: u64 = 10_000_000;

/// Writes `count` distinct serials of `length` characters (1 to 20) to `out`, one a line.
/// `alphabet` is `numeric`, `safe30`, `alnum36`, `set82` or `custom:` with the characters. `seed`
/// must be 32 fresh bytes of the operating system's random source. All of them count against the
/// guess rule; nothing is written when they cannot be drawn.
///
/// # Errors
/// [`GenerateError`]: the request, the guess rule, the draw, or writing.
pub fn generate(
    count: u64,
    length: u8,
    alphabet: &str,
    seed: [u8; 32],
    out: &mut impl Write,
) -> Result<(), GenerateError> {
    let format = SerialFormat::new(length, Alphabet::by_name(alphabet)?)?;
    GuessRule::check(format.space(), 0, count)?;
    let count = usize::try_from(count)
        .ok()
        .filter(|_| count <= GENERATE_COUNT_MAX)
        .ok_or(GenerateError::Count(count))?;
    for serial in SerialDraw::new(seed, format).draw_distinct(count, |_| false)? {
        writeln!(out, "{serial}")?;
    }
    out.flush()?;
    Ok(())
}

/// Why serials were not generated.
#[derive(Debug)]
pub enum GenerateError {
    /// No such format.
    Format(FormatError),
    /// The format is too small for so many.
    Guess(GuessRuleError),
    /// More than [`GENERATE_COUNT_MAX`].
    Count(u64),
    /// The format was too full.
    Draw(DrawError),
    /// The output.
    Write(io::Error),
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(f),
            Self::Guess(error) => error.fmt(f),
            Self::Count(count) => write!(
                f,
                "failed to generate serial numbers: found count {count}, expected at most \
                 {GENERATE_COUNT_MAX} a run"
            ),
            Self::Draw(error) => error.fmt(f),
            Self::Write(error) => write!(f, "failed to write serial numbers: {error}"),
        }
    }
}

impl std::error::Error for GenerateError {}

impl From<FormatError> for GenerateError {
    fn from(error: FormatError) -> Self {
        Self::Format(error)
    }
}

impl From<GuessRuleError> for GenerateError {
    fn from(error: GuessRuleError) -> Self {
        Self::Guess(error)
    }
}

impl From<DrawError> for GenerateError {
    fn from(error: DrawError) -> Self {
        Self::Draw(error)
    }
}

impl From<io::Error> for GenerateError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn writes_distinct_serials_one_a_line() {
        let mut out = Vec::new();
        generate(1_000, 12, "numeric", [1; 32], &mut out).expect("fits");
        let text = String::from_utf8(out).expect("ASCII");
        let lines: BTreeSet<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1_000);
        assert!(lines.iter().all(|l| l.len() == 12 && l.bytes().all(|b| b.is_ascii_digit())));
    }

    #[test]
    fn refuses_what_cannot_be_and_writes_nothing_then() {
        let table = [
            (1, 0, "safe30", "length 0"),
            (1, 12, "hex", "unknown alphabet"),
            (101, 6, "numeric", "Art. 4(c)"),
            (GENERATE_COUNT_MAX + 1, 20, "safe30", "at most"),
        ];
        for (count, length, alphabet, part) in table {
            let mut out = Vec::new();
            let got = generate(count, length, alphabet, [1; 32], &mut out);
            let text = got.expect_err("refused").to_string();
            assert!(text.contains(part) && out.is_empty(), "{text}");
        }
        assert!(generate(100, 6, "numeric", [1; 32], &mut Vec::new()).is_ok());
    }
}
