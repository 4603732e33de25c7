//! Reads an element string back, strictly (profile `fmd`: what this line prints).
//!
//! Called for codes that people present and for checks of what was built; on the hot path the
//! core compares bytes. Must never repair, guess or tolerate: a code is right or refused.
//!
//! Heads up: a missing GS is always refused under this profile, because each of the four AIs must
//! stand in the code once. That a code parses does not prove it right for a pack: only comparison
//! with the commanded bytes does.

use core::ops::Range;

use crate::ai_table::{AI_TABLE, Ai, AiFormat, spec_at_start};
use crate::charset::first_non_digit;
use crate::element_string::{CODE_BYTES_MAX, GS, SYMBOLOGY_DATA_MATRIX};
use crate::error::{CodeError, CodeErrorKind};
use crate::expiry::Expiry;
use crate::gtin::Gtin;
use crate::lot::Lot;
use crate::serial_number::SerialNumber;

/// The AIs of profile `fmd`, each exactly once, in the order in which this project prints.
const FMD_AIS: [Ai; 4] = [Ai::Gtin, Ai::Serial, Ai::Expiry, Ai::Lot];

/// Whether the symbology identifier must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbology {
    /// `]d2` must come first: codes from a camera.
    Required,
    /// `]d2` or nothing: codes from a file or a keyboard.
    Optional,
}

/// The unique identifier of a pack (Delegated Regulation (EU) 2016/161, Art. 4(b)) as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FmdCode {
    /// Product code, AI 01.
    pub gtin: Gtin,
    /// Serial number, AI 21.
    pub serial: SerialNumber,
    /// Batch number, AI 10.
    pub lot: Lot,
    /// Expiry date, AI 17.
    pub expiry: Expiry,
}

/// Reads a code of profile `fmd`: AI 01, 21, 17 and 10 each once, in any order, GS exactly where
/// the standard wants one. `reference_year` decides the century of the expiry date.
///
/// # Errors
/// The first deviation found, first those of structure, then those of values; positions are byte
/// positions in `bytes`.
pub fn parse_fmd(
    bytes: &[u8],
    symbology: Symbology,
    reference_year: u16,
) -> Result<FmdCode, CodeError> {
    if bytes.len() > CODE_BYTES_MAX {
        let tail = &bytes[CODE_BYTES_MAX..];
        let kind = CodeErrorKind::CodeTooLong;
        return Err(CodeError::new(kind, None, CODE_BYTES_MAX, tail));
    }
    let start = after_symbology(bytes, symbology)?;
    let elements = Elements::split(bytes, start)?;
    Ok(FmdCode {
        gtin: elements.value(Ai::Gtin, Gtin::from_bytes)?,
        serial: elements.value(Ai::Serial, SerialNumber::from_bytes)?,
        expiry: elements.value(Ai::Expiry, |v| Expiry::from_yymmdd(v, reference_year))?,
        lot: elements.value(Ai::Lot, Lot::from_bytes)?,
    })
}

/// Where the element string begins.
fn after_symbology(bytes: &[u8], symbology: Symbology) -> Result<usize, CodeError> {
    let head = &bytes[..bytes.len().min(SYMBOLOGY_DATA_MATRIX.len())];
    if head == SYMBOLOGY_DATA_MATRIX.as_bytes() {
        return Ok(head.len());
    }
    let refuse = |kind| Err(CodeError::new(kind, None, 0, head));
    match symbology {
        _ if bytes.is_empty() => refuse(CodeErrorKind::Empty),
        _ if head.starts_with(b"]") => refuse(CodeErrorKind::SymbologyUnexpected),
        Symbology::Required => refuse(CodeErrorKind::SymbologyMissing),
        Symbology::Optional => Ok(0),
    }
}

/// Where the value of each AI stands, by row of the AI table.
struct Elements<'a> {
    bytes: &'a [u8],
    values: [Option<Range<usize>>; AI_TABLE.len()],
}

impl<'a> Elements<'a> {
    /// Splits by structure alone: AIs, lengths, separators.
    fn split(bytes: &'a [u8], start: usize) -> Result<Self, CodeError> {
        if start == bytes.len() {
            return Err(CodeError::new(CodeErrorKind::Empty, None, start, b""));
        }
        let values = [const { None }; AI_TABLE.len()];
        let mut elements = Self { bytes, values };
        let mut at = start;
        while at < bytes.len() {
            if bytes[at] == GS && at == start {
                return Err(elements.refuse(CodeErrorKind::GsLeading, None, at..at + 1));
            }
            at = elements.take_element(at)?;
        }
        elements.all_there()?;
        Ok(elements)
    }

    /// Takes the element at `at`; answers where the next one begins.
    fn take_element(&mut self, at: usize) -> Result<usize, CodeError> {
        let rest = &self.bytes[at..];
        if rest[0] == GS {
            return Err(self.refuse(CodeErrorKind::GsSuperfluous, None, at..at + 1));
        }
        let Some(spec) = spec_at_start(rest) else {
            let head = at..at + rest.len().min(4);
            return Err(self.refuse(CodeErrorKind::AiUnknown, None, head));
        };
        let value_at = at + spec.digits.len();
        if self.values[spec.ai as usize].is_some() {
            return Err(self.refuse(CodeErrorKind::AiRepeated, Some(spec.ai), at..value_at));
        }
        let value = match spec.format {
            AiFormat::Digits { len } => value_at..(value_at + len).min(self.bytes.len()),
            AiFormat::Text { .. } => value_at..self.next_gs(value_at),
        };
        let mut next = value.end;
        if matches!(spec.format, AiFormat::Text { .. }) && next < self.bytes.len() {
            next += 1;
            if next == self.bytes.len() {
                let gs = value.end..next;
                return Err(self.refuse(CodeErrorKind::GsSuperfluous, Some(spec.ai), gs));
            }
        }
        self.values[spec.ai as usize] = Some(value);
        Ok(next)
    }

    fn next_gs(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        from + rest.iter().position(|b| *b == GS).unwrap_or(rest.len())
    }

    /// Every AI of the profile is there; else says whether a missing GS explains it.
    fn all_there(&self) -> Result<(), CodeError> {
        let absent = AiSet::of(FMD_AIS.into_iter().filter(|ai| self.range(*ai).is_none()));
        let Some(first) = absent.first() else {
            return Ok(());
        };
        for ai in FMD_AIS {
            let is_text = matches!(ai.spec().format, AiFormat::Text { .. });
            if let Some(range) = self.range(ai).filter(|_| is_text)
                && swallowed(&self.bytes[range.clone()], absent)
            {
                return Err(self.refuse(CodeErrorKind::GsMissing, Some(ai), range));
            }
        }
        let end = self.bytes.len();
        Err(self.refuse(CodeErrorKind::AiMissing, Some(first), end..end))
    }

    fn range(&self, ai: Ai) -> Option<Range<usize>> {
        self.values[ai as usize].clone()
    }

    fn value<T>(
        &self,
        ai: Ai,
        make: impl FnOnce(&[u8]) -> Result<T, CodeError>,
    ) -> Result<T, CodeError> {
        let end = self.bytes.len();
        let range = self
            .range(ai)
            .ok_or_else(|| self.refuse(CodeErrorKind::AiMissing, Some(ai), end..end))?;
        make(&self.bytes[range.clone()]).map_err(|error| error.shifted(range.start))
    }

    fn refuse(&self, kind: CodeErrorKind, ai: Option<Ai>, found: Range<usize>) -> CodeError {
        CodeError::new(kind, ai, found.start, &self.bytes[found])
    }
}

/// Whether some tail of `value` reads as exactly the `absent` elements: the mark of a missing GS.
/// Only for the message; the code is refused either way.
fn swallowed(value: &[u8], absent: AiSet) -> bool {
    (1..value.len()).any(|split| reads_as(&value[split..], absent))
}

fn reads_as(rest: &[u8], absent: AiSet) -> bool {
    if absent.is_empty() {
        return rest.is_empty();
    }
    let Some(spec) = spec_at_start(rest).filter(|spec| absent.has(spec.ai)) else {
        return false;
    };
    let (value, others) = (&rest[spec.digits.len()..], absent.without(spec.ai));
    match spec.format {
        AiFormat::Digits { len } => value.split_at_checked(len).is_some_and(|(digits, rest)| {
            first_non_digit(digits).is_none() && reads_as(rest, others)
        }),
        AiFormat::Text { len_max } => {
            (1..=value.len().min(len_max)).any(|len| reads_as(&value[len..], others))
        }
    }
}

/// A set of AIs, one bit a row of the table.
#[derive(Clone, Copy)]
struct AiSet(u32);

impl AiSet {
    fn of(ais: impl Iterator<Item = Ai>) -> Self {
        Self(ais.fold(0, |bits, ai| bits | 1 << ai as u32))
    }

    const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn has(self, ai: Ai) -> bool {
        self.0 & 1 << ai as u32 != 0
    }

    const fn without(self, ai: Ai) -> Self {
        Self(self.0 & !(1 << ai as u32))
    }

    fn first(self) -> Option<Ai> {
        FMD_AIS.into_iter().find(|ai| self.has(*ai))
    }
}

#[cfg(test)]
mod tests;
