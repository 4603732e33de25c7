//! What is wrong with a code or with one of its values.
//!
//! Made by the value types and the parser, shown by everyone. Must never allocate while being
//! made, and never propose a repaired value.

use core::fmt;

use crate::ai_table::Rule;
use crate::fixed_bytes::FixedBytes;
use crate::human_readable::write_plain;
use crate::identifier::{AiCode, Di, Subject};

/// Bytes of the finding that an error keeps for its message.
const FOUND_BYTES_MAX: usize = 24;

/// The kind of a [`CodeError`]; its text from [`CodeErrorKind::id`] is stable and may be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeErrorKind {
    /// Nothing to read.
    Empty,
    /// More bytes than any code of the profile can have.
    CodeTooLong,
    /// The symbology identifier is required and absent.
    SymbologyMissing,
    /// Another symbology identifier than that of the profile.
    SymbologyUnexpected,
    /// Format 06 is not opened by `[)>` RS `06` GS or not closed by RS EOT.
    Format06Missing,
    /// A GS before the first element.
    GsLeading,
    /// A GS where none belongs: after a fixed length, twice, or at the end.
    GsSuperfluous,
    /// A variable-length value swallowed the elements after it: its GS is missing.
    GsMissing,
    /// No application identifier of the profile at this place.
    AiUnknown,
    /// The application identifier was there before (with another value, where a profile takes the
    /// same one twice).
    AiRepeated,
    /// An application identifier of the profile is absent.
    AiMissing,
    /// An element of the profile stands after one that it must stand before.
    Order,
    /// Two application identifiers that exclude each other.
    PairInvalid,
    /// An application identifier without another that it needs.
    AssociationMissing,
    /// No data identifier of the profile at this place.
    DiUnknown,
    /// The data identifier was there before.
    DiRepeated,
    /// A data identifier of the profile is absent.
    DiMissing,
    /// A national number that does not begin with 710 to 717 and a colon.
    NationalScheme,
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
    /// The content breaks a rule of its component.
    ValueInvalid(Rule),
    /// The GTIN holds no National Drug Code.
    NdcMissing,
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
            Self::Format06Missing => "format_06_missing",
            Self::GsLeading => "gs_leading",
            Self::GsSuperfluous => "gs_superfluous",
            Self::GsMissing => "gs_missing",
            Self::AiUnknown => "ai_unknown",
            Self::AiRepeated => "ai_repeated",
            Self::AiMissing => "ai_missing",
            Self::Order => "order",
            Self::PairInvalid => "pair_invalid",
            Self::AssociationMissing => "association_missing",
            Self::DiUnknown => "di_unknown",
            Self::DiRepeated => "di_repeated",
            Self::DiMissing => "di_missing",
            Self::NationalScheme => "national_scheme",
            Self::ValueEmpty => "value_empty",
            Self::ValueTooShort => "value_too_short",
            Self::ValueTooLong => "value_too_long",
            Self::Character => "character",
            Self::CheckDigit => "check_digit",
            Self::DayZero => "day_zero",
            Self::DateInvalid => "date_invalid",
            Self::ValueInvalid(_) => "value_invalid",
            Self::NdcMissing => "ndc_missing",
        }
    }

    /// What to do about it, for people.
    const fn advice(self) -> &'static str {
        match self {
            Self::Empty => "present a code",
            Self::CodeTooLong => "check that one code, and only one, was read",
            Self::SymbologyMissing => "switch the reader's symbology identifier on",
            Self::SymbologyUnexpected => "read the Data Matrix of the pack, not another code",
            Self::Format06Missing => "let the reader send Macro 06 with its header and trailer",
            Self::GsLeading => "remove the GS from the template; FNC1 in first position is ]d2",
            Self::GsSuperfluous => "remove the GS from the template",
            Self::GsMissing => "put GS (0x1D) after the value in the template or in the reader",
            Self::AiUnknown | Self::DiUnknown => {
                "check the template, and that no GS is missing or misplaced"
            }
            Self::AiRepeated | Self::DiRepeated => "print each element once",
            Self::AiMissing | Self::DiMissing => "print all elements of the profile",
            Self::Order => "print the elements in order, or read with a profile that takes any",
            Self::PairInvalid => "print one of the two only",
            Self::AssociationMissing => "print the element that it belongs to as well",
            Self::NationalScheme => "write AI, colon and number, as in 714:5440987",
            Self::ValueEmpty | Self::ValueTooShort => "fill the field in the order or template",
            Self::ValueTooLong => "shorten the value; in a read code look for a missing GS",
            Self::Character => "use only the characters allowed for this value",
            Self::CheckDigit => "check the number against the master data",
            Self::DayZero => "print the real day; 00 is forbidden since 2025-01-01",
            Self::DateInvalid => "print a date of the calendar",
            Self::ValueInvalid(_) => "check the value against its source",
            Self::NdcMissing => "use the GTIN of the US pack: indicator, 03, NDC, check digit",
        }
    }
}

/// Why a code or a value was refused. Small and Copy; the text is made when it is displayed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodeError {
    kind: CodeErrorKind,
    subject: Option<Subject>,
    at: usize,
    found: FixedBytes<FOUND_BYTES_MAX>,
}

impl CodeError {
    pub(crate) fn new(
        kind: CodeErrorKind,
        subject: Option<Subject>,
        at: usize,
        found: &[u8],
    ) -> Self {
        Self { kind, subject, at, found: FixedBytes::truncated(found) }
    }

    /// The same error about `subject`: where a value was checked for the element that holds it.
    pub(crate) fn about(mut self, subject: impl Into<Subject>) -> Self {
        self.subject = Some(subject.into());
        self
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

    /// What it is about, where that is one element or number.
    #[must_use]
    pub const fn subject(&self) -> Option<Subject> {
        self.subject
    }

    /// The application identifier concerned, where there is one.
    #[must_use]
    pub const fn ai(&self) -> Option<AiCode> {
        match self.subject {
            Some(Subject::Ai(ai)) => Some(ai),
            Some(Subject::Di(_) | Subject::Pzn | Subject::Ppn) | None => None,
        }
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
        f.write_str(match self.kind {
            CodeErrorKind::Empty => "a code",
            CodeErrorKind::CodeTooLong => return write!(f, "at most {} bytes", self.at),
            CodeErrorKind::SymbologyMissing => "the symbology identifier (]d2; PPN: ]d1)",
            CodeErrorKind::SymbologyUnexpected => {
                "that of the profile (GS1 DataMatrix: ]d2; PPN: ]d1) or none"
            }
            CodeErrorKind::Format06Missing => "[)>{RS}06{GS} in front and {RS}{EOT} at the end",
            CodeErrorKind::GsLeading | CodeErrorKind::AiUnknown => {
                "an application identifier of the profile"
            }
            CodeErrorKind::DiUnknown => "data identifier 9N, 1T, D, S, 8P or 16D",
            CodeErrorKind::GsSuperfluous => "the next element or the end",
            CodeErrorKind::GsMissing => "GS (0x1D) after the value",
            CodeErrorKind::AiRepeated | CodeErrorKind::DiRepeated => "it once",
            CodeErrorKind::AiMissing | CodeErrorKind::DiMissing => "the element in the code",
            CodeErrorKind::Order => "it further to the left (01, 21, 17, 10, national number)",
            CodeErrorKind::PairInvalid => "it without an element of the code that excludes it",
            CodeErrorKind::AssociationMissing => return self.write_needs(f),
            CodeErrorKind::NationalScheme => "710 to 717, a colon and the number",
            CodeErrorKind::CheckDigit => self.check_rule(),
            CodeErrorKind::DayZero => "a day from 01",
            CodeErrorKind::DateInvalid => "a date of the calendar",
            CodeErrorKind::ValueInvalid(rule) => rule.description(),
            CodeErrorKind::NdcMissing => "03 after the first digit: a GTIN that holds an NDC",
            CodeErrorKind::ValueEmpty
            | CodeErrorKind::ValueTooShort
            | CodeErrorKind::ValueTooLong
            | CodeErrorKind::Character => match &self.subject {
                Some(subject) => return subject.write_form(f),
                None => "a value",
            },
        })
    }

    fn check_rule(&self) -> &'static str {
        match self.subject {
            Some(Subject::Pzn) => "another check digit (modulo 11)",
            Some(Subject::Ai(ai)) if ai.as_str() == "710" => "another check digit (modulo 11)",
            Some(Subject::Ppn | Subject::Di(Di::Ppn)) => "other check digits (modulo 97)",
            Some(Subject::Ai(_) | Subject::Di(_)) | None => "another check digit (modulo 10)",
        }
    }

    fn write_needs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = self.ai().and_then(|ai| ai.spec());
        write!(f, "one of AI {} as well", spec.map_or("", |spec| spec.needs))
    }
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(subject) = &self.subject {
            write!(f, "{subject}: ")?;
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
    use crate::ai_table::Ai;

    #[test]
    fn messages_say_what_was_found_and_expected_and_what_to_do() {
        let error = CodeError::new(CodeErrorKind::Character, Some(Ai::Lot.into()), 7, b"\x1d A");
        let text = "AI 10 (BATCH/LOT): found '{GS} A' at byte 7, expected 1 to 20 characters of \
                    GS1 character set 82; use only the characters allowed for this value";
        assert_eq!(error.to_string(), text);
        assert_eq!(error.shifted(3).at(), 10);
    }
}
