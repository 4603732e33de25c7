//! Reads an element string back, strictly (profile `fmd`: what this line prints).
//!
//! Called for codes that people present and for checks of what was built; on the hot path the
//! core compares bytes. Must never repair, guess, tolerate or allocate: a code is right or refused.
//!
//! Heads up: a missing GS in front of one of the four elements that every pack has is always
//! refused, because each must stand in the code once. A national number that runs into the lot
//! cannot be told from a lot of that text. That a code parses does not prove it right for a pack:
//! only comparison with the commanded bytes does.

use core::ops::Range;

use crate::ai_table::Ai;
use crate::charset::first_non_digit;
use crate::element_string::{CODE_BYTES_MAX, GS, SYMBOLOGY_DATA_MATRIX};
use crate::error::{CodeError, CodeErrorKind};
use crate::expiry::Expiry;
use crate::gtin::Gtin;
use crate::identifier::{AiCode, Subject};
use crate::lot::Lot;
use crate::national_number::{NationalNumber, NationalScheme};
use crate::serial_number::SerialNumber;

/// The AIs of every pack, each exactly once, in the order in which this project prints.
pub(crate) const PACK_AIS: [Ai; 4] = [Ai::Gtin, Ai::Serial, Ai::Expiry, Ai::Lot];

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
    /// National number, AI 710 to 717, where the market wants one.
    pub national: Option<NationalNumber>,
}

/// Reads a code of profile `fmd`: AI 01, 21, 17 and 10 each once in this order, then at most one of
/// 710 to 717, GS exactly where the standard wants one. `reference_year` decides the century of
/// the expiry date.
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
    let start = after_symbology(bytes, symbology, &[SYMBOLOGY_DATA_MATRIX])?;
    let elements = Elements::split(bytes, start)?;
    Ok(FmdCode {
        gtin: elements.value(Ai::Gtin, Gtin::from_bytes)?,
        serial: elements.value(Ai::Serial, SerialNumber::from_bytes)?,
        expiry: elements.value(Ai::Expiry, |v| Expiry::from_yymmdd(v, reference_year))?,
        lot: elements.value(Ai::Lot, Lot::from_bytes)?,
        national: elements.national()?,
    })
}

/// Where the content begins; `allowed` are symbology identifiers of three characters.
pub(crate) fn after_symbology(
    bytes: &[u8],
    symbology: Symbology,
    allowed: &[&str],
) -> Result<usize, CodeError> {
    let head = &bytes[..bytes.len().min(SYMBOLOGY_DATA_MATRIX.len())];
    if allowed.iter().any(|identifier| identifier.as_bytes() == head) {
        if head.len() == bytes.len() {
            return Err(CodeError::new(CodeErrorKind::Empty, None, head.len(), b""));
        }
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

/// An element that profile `fmd` knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// One that every pack has.
    Pack(Ai),
    /// A national number.
    National(NationalScheme),
}

impl Known {
    fn at_start(bytes: &[u8]) -> Option<Self> {
        let pack = PACK_AIS.into_iter().find(|ai| bytes.starts_with(ai.digits().as_bytes()));
        pack.map(Self::Pack).or_else(|| NationalScheme::at_start(bytes).map(Self::National))
    }

    const fn digits(self) -> &'static str {
        match self {
            Self::Pack(ai) => ai.digits(),
            Self::National(scheme) => scheme.digits(),
        }
    }

    /// Place in the printed order.
    const fn place(self) -> usize {
        match self {
            Self::Pack(ai) => place(ai),
            Self::National(_) => PACK_AIS.len(),
        }
    }

    const fn fixed_len(self) -> Option<usize> {
        match self {
            Self::Pack(ai) => fixed_len(ai),
            Self::National(_) => None,
        }
    }

    fn subject(self) -> Subject {
        AiCode::of_table(self.digits().as_bytes()).into()
    }
}

const fn place(ai: Ai) -> usize {
    match ai {
        Ai::Gtin => 0,
        Ai::Serial => 1,
        Ai::Expiry => 2,
        Ai::Lot => 3,
    }
}

/// Length of the value where it is predefined.
const fn fixed_len(ai: Ai) -> Option<usize> {
    match ai {
        Ai::Gtin => Some(14),
        Ai::Expiry => Some(6),
        Ai::Serial | Ai::Lot => None,
    }
}

/// Where the value of each element stands, by its place in the printed order.
struct Elements<'a> {
    bytes: &'a [u8],
    values: [Option<Range<usize>>; PACK_AIS.len() + 1],
    national: Option<NationalScheme>,
    /// The first element that stood after a later one: where, and which.
    out_of_order: Option<(usize, Known)>,
}

impl<'a> Elements<'a> {
    /// Splits by structure alone: AIs, lengths, separators, order.
    fn split(bytes: &'a [u8], start: usize) -> Result<Self, CodeError> {
        let values = [const { None }; PACK_AIS.len() + 1];
        let mut elements = Self { bytes, values, national: None, out_of_order: None };
        let mut at = start;
        while at < bytes.len() {
            if bytes[at] == GS && at == start {
                return Err(elements.refuse(CodeErrorKind::GsLeading, None, at..at + 1));
            }
            at = elements.take_element(at)?;
        }
        elements.all_there()?;
        if let Some((at, known)) = elements.out_of_order {
            let digits = at..at + known.digits().len();
            return Err(elements.refuse(CodeErrorKind::Order, Some(known.subject()), digits));
        }
        Ok(elements)
    }

    /// Takes the element at `at`; answers where the next one begins.
    fn take_element(&mut self, at: usize) -> Result<usize, CodeError> {
        let rest = &self.bytes[at..];
        if rest[0] == GS {
            return Err(self.refuse(CodeErrorKind::GsSuperfluous, None, at..at + 1));
        }
        let Some(known) = Known::at_start(rest) else {
            let head = at..at + rest.len().min(4);
            return Err(self.refuse(CodeErrorKind::AiUnknown, None, head));
        };
        let (value_at, place) = (at + known.digits().len(), known.place());
        if self.values[place].is_some() {
            let kind = CodeErrorKind::AiRepeated;
            return Err(self.refuse(kind, Some(known.subject()), at..value_at));
        }
        if self.out_of_order.is_none() && self.values[place..].iter().any(Option::is_some) {
            self.out_of_order = Some((at, known));
        }
        let value = match known.fixed_len() {
            Some(len) => value_at..(value_at + len).min(self.bytes.len()),
            None => value_at..self.next_gs(value_at),
        };
        let mut next = value.end;
        if known.fixed_len().is_none() && next < self.bytes.len() {
            next += 1;
            if next == self.bytes.len() {
                let (kind, gs) = (CodeErrorKind::GsSuperfluous, value.end..next);
                return Err(self.refuse(kind, Some(known.subject()), gs));
            }
        }
        if let Known::National(scheme) = known {
            self.national = Some(scheme);
        }
        self.values[place] = Some(value);
        Ok(next)
    }

    fn next_gs(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        from + rest.iter().position(|b| *b == GS).unwrap_or(rest.len())
    }

    /// Every AI of a pack is there; else says whether a missing GS explains it.
    fn all_there(&self) -> Result<(), CodeError> {
        let absent = AiSet::of(PACK_AIS.into_iter().filter(|ai| self.range(*ai).is_none()));
        let Some(first) = absent.first() else {
            return Ok(());
        };
        for ai in PACK_AIS.into_iter().filter(|ai| fixed_len(*ai).is_none()) {
            if let Some(range) = self.range(ai)
                && swallowed(&self.bytes[range.clone()], absent)
            {
                return Err(self.refuse(CodeErrorKind::GsMissing, Some(ai.into()), range));
            }
        }
        let end = self.bytes.len();
        Err(self.refuse(CodeErrorKind::AiMissing, Some(first.into()), end..end))
    }

    fn range(&self, ai: Ai) -> Option<Range<usize>> {
        self.values[place(ai)].clone()
    }

    fn value<T>(
        &self,
        ai: Ai,
        make: impl FnOnce(&[u8]) -> Result<T, CodeError>,
    ) -> Result<T, CodeError> {
        let end = self.bytes.len();
        let range = self
            .range(ai)
            .ok_or_else(|| self.refuse(CodeErrorKind::AiMissing, Some(ai.into()), end..end))?;
        make(&self.bytes[range.clone()]).map_err(|error| error.shifted(range.start))
    }

    fn national(&self) -> Result<Option<NationalNumber>, CodeError> {
        let (Some(scheme), Some(range)) = (self.national, self.values[PACK_AIS.len()].clone())
        else {
            return Ok(None);
        };
        NationalNumber::new(scheme, &self.bytes[range.clone()])
            .map(Some)
            .map_err(|error| error.shifted(range.start))
    }

    fn refuse(
        &self,
        kind: CodeErrorKind,
        subject: Option<Subject>,
        found: Range<usize>,
    ) -> CodeError {
        CodeError::new(kind, subject, found.start, &self.bytes[found])
    }
}

/// Whether some tail of `value` reads as exactly the `absent` elements: the mark of a missing GS.
/// Only for the message; the code is refused either way.
pub(crate) fn swallowed(value: &[u8], absent: AiSet) -> bool {
    (1..value.len()).any(|split| reads_as(&value[split..], absent))
}

fn reads_as(rest: &[u8], absent: AiSet) -> bool {
    if absent.is_empty() {
        return rest.is_empty();
    }
    let found = PACK_AIS.into_iter().find(|ai| rest.starts_with(ai.digits().as_bytes()));
    let Some(ai) = found.filter(|ai| absent.has(*ai)) else {
        return false;
    };
    let (value, others) = (&rest[ai.digits().len()..], absent.without(ai));
    match fixed_len(ai) {
        Some(len) => value.split_at_checked(len).is_some_and(|(digits, rest)| {
            first_non_digit(digits).is_none() && reads_as(rest, others)
        }),
        None => (1..=value.len().min(20)).any(|len| reads_as(&value[len..], others)),
    }
}

/// A set of AIs of a pack, one bit each.
#[derive(Clone, Copy)]
pub(crate) struct AiSet(u32);

impl AiSet {
    pub(crate) fn of(ais: impl Iterator<Item = Ai>) -> Self {
        Self(ais.fold(0, |bits, ai| bits | 1 << place(ai)))
    }

    const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn has(self, ai: Ai) -> bool {
        self.0 & 1 << place(ai) != 0
    }

    const fn without(self, ai: Ai) -> Self {
        Self(self.0 & !(1 << place(ai)))
    }

    pub(crate) fn first(self) -> Option<Ai> {
        PACK_AIS.into_iter().find(|ai| self.has(*ai))
    }
}

#[cfg(test)]
mod tests;
