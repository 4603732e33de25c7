//! What is wrong with a code or with one of its values.
//!
//! Made by the value types and the parser, shown by everyone. Must never allocate while being
//! made, and never propose a repaired value.

use core::fmt;

use crate::ai_table::{Ai, AiFormat};
use crate::fixed_bytes::FixedBytes;
use crate::human_readable::write_plain;

/// Bytes of the finding that an error keeps for its message.
const FOUND_BYTES_MAX: usize = 24;

/// The kind of a [`CodeError`]; its text from [`CodeErrorKind::id`] is stable and may be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeErrorKind {
    /// Nothing to read.
    Empty,
    /// More bytes than any code of the profile can have.
    CodeTooLong,
    /// The symbology identifier `]d2` is required and absent.
    SymbologyMissing,
    /// Another symbology identifier than `]d2`, or one where none is expected.
    SymbologyUnexpected,
    /// A GS before the first element.
    GsLeading,
    /// A GS where none belongs: after a fixed length, twice, or at the end.
    GsSuperfluous,
    /// A variable-length value swallowed the elements after it: its GS is missing.
    GsMissing,
    /// No application identifier of the profile at this place.
    AiUnknown,
    /// The application identifier was there before.
    AiRepeated,
    /// An application identifier of the profile is absent.
    AiMissing,
    /// The value has no characters.
    ValueEmpty,
    /// The value has too few characters.
    ValueTooShort,
    /// The value has too many characters.
    ValueTooLong,
    /// A character that the value may not contain.
    Character,
    /// The check digit does not hold.
    CheckDigit,
    /// Expiry day `00`, forbidden on regulated healthcare items since 2025-01-01.
    DayZero,
    /// No date of the calendar.
    DateInvalid,
}

impl CodeErrorKind {
    /// Stable identifier in snake case.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::CodeTooLong => "code_too_long",
            Self::SymbologyMissing => "symbology_missing",
            Self::SymbologyUnexpected => "symbology_unexpected",
            Self::GsLeading => "gs_leading",
            Self::GsSuperfluous => "gs_superfluous",
            Self::GsMissing => "gs_missing",
            Self::AiUnknown => "ai_unknown",
            Self::AiRepeated => "ai_repeated",
            Self::AiMissing => "ai_missing",
            Self::ValueEmpty => "value_empty",
            Self::ValueTooShort => "value_too_short",
            Self::ValueTooLong => "value_too_long",
            Self::Character => "character",
            Self::CheckDigit => "check_digit",
            Self::DayZero => "day_zero",
            Self::DateInvalid => "date_invalid",
        }
    }

    /// What to do about it, for people.
    const fn advice(self) -> &'static str {
        match self {
            Self::Empty => "present a code",
            Self::CodeTooLong => "check that one code, and only one, was read",
            Self::SymbologyMissing => "switch the reader's symbology identifier on",
            Self::SymbologyUnexpected => "read the GS1 DataMatrix of the pack, not another code",
            Self::GsLeading => "remove the GS from the template; FNC1 in first position is ]d2",
            Self::GsSuperfluous => "remove the GS from the template",
            Self::GsMissing => "put GS (0x1D) after the value in the template or in the reader",
            Self::AiUnknown => "check the template, and that no GS is missing or misplaced",
            Self::AiRepeated | Self::AiMissing => "print each of AI 01, 21, 17 and 10 once",
            Self::ValueEmpty | Self::ValueTooShort => "fill the field in the order or template",
            Self::ValueTooLong => "shorten the value; in a read code look for a missing GS",
            Self::Character => "use only the characters allowed for this value",
            Self::CheckDigit => "check the number against the master data",
            Self::DayZero => "print the real day; 00 is forbidden since 2025-01-01",
            Self::DateInvalid => "print a date of the calendar",
        }
    }
}

/// Why a code or a value was refused. Small and Copy; the text is made when it is displayed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodeError {
    kind: CodeErrorKind,
    ai: Option<Ai>,
    at: usize,
    found: FixedBytes<FOUND_BYTES_MAX>,
}

impl CodeError {
    pub(crate) fn new(kind: CodeErrorKind, ai: Option<Ai>, at: usize, found: &[u8]) -> Self {
        let found = FixedBytes::truncated(found);
        Self { kind, ai, at, found }
    }

    /// The same error seen from the code that the value stands in, `start` bytes further left.
    pub(crate) fn shifted(mut self, start: usize) -> Self {
        self.at += start;
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> CodeErrorKind {
        self.kind
    }

    /// Stable identifier of the kind in snake case, for machines and records.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.id()
    }

    /// The application identifier concerned, where there is one.
    #[must_use]
    pub const fn ai(&self) -> Option<Ai> {
        self.ai
    }

    /// Byte position of the finding, from 0: in the code as given (symbology identifier
    /// included), or in the value when a value was made on its own.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The finding itself, at most 24 bytes of it.
    #[must_use]
    pub fn found(&self) -> &[u8] {
        self.found.as_slice()
    }

    fn write_expected(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            CodeErrorKind::Empty => f.write_str("a code"),
            CodeErrorKind::CodeTooLong => f.write_str("at most 96 bytes"),
            CodeErrorKind::SymbologyMissing => f.write_str("]d2"),
            CodeErrorKind::SymbologyUnexpected => f.write_str("]d2 (GS1 DataMatrix) or none"),
            CodeErrorKind::GsLeading | CodeErrorKind::AiUnknown => {
                f.write_str("AI 01, 21, 17 or 10")
            }
            CodeErrorKind::GsSuperfluous => f.write_str("the next AI or the end"),
            CodeErrorKind::GsMissing => f.write_str("GS (0x1D) after the value"),
            CodeErrorKind::AiRepeated => f.write_str("it once"),
            CodeErrorKind::AiMissing => f.write_str("the element in the code"),
            CodeErrorKind::CheckDigit => f.write_str("another check digit (modulo 10)"),
            CodeErrorKind::DayZero => f.write_str("a day from 01"),
            CodeErrorKind::DateInvalid => f.write_str("a calendar date as YYMMDD"),
            CodeErrorKind::ValueEmpty
            | CodeErrorKind::ValueTooShort
            | CodeErrorKind::ValueTooLong
            | CodeErrorKind::Character => write_format(self.ai, f),
        }
    }
}

fn write_format(ai: Option<Ai>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match ai.map(|ai| ai.spec().format) {
        Some(AiFormat::Digits { len }) => write!(f, "exactly {len} digits"),
        Some(AiFormat::Text { len_max }) => {
            write!(f, "1 to {len_max} characters of GS1 character set 82")
        }
        None => f.write_str("a value"),
    }
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(ai) = self.ai {
            write!(f, "AI {ai} ({}): ", ai.spec().title)?;
        }
        f.write_str("found ")?;
        if self.found.as_slice().is_empty() {
            f.write_str("nothing")?;
        } else {
            f.write_str("'")?;
            write_plain(self.found.as_slice(), f)?;
            f.write_str("'")?;
        }
        write!(f, " at byte {}, expected ", self.at)?;
        self.write_expected(f)?;
        write!(f, "; {}", self.kind.advice())
    }
}

impl fmt::Debug for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeError({}: {self})", self.code())
    }
}

impl core::error::Error for CodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_was_found_and_expected_and_what_to_do() {
        let error = CodeError::new(CodeErrorKind::Character, Some(Ai::Lot), 7, b"\x1d A");
        let text = "AI 10 (BATCH/LOT): found '{GS} A' at byte 7, expected 1 to 20 characters of \
                    GS1 character set 82; use only the characters allowed for this value";
        assert_eq!(error.to_string(), text);
        assert_eq!(error.shifted(3).at(), 10);
    }
}
