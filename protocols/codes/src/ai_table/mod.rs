//! The table of GS1 application identifiers: everything that building and parsing know about an
//! AI stands here.
//!
//! Used by the element-string builder, the parsers and the messages. Must never hold logic of a
//! profile: which AIs a pack carries is the profile's business. Further AIs are further rows.
//!
//! Source: GS1 General Specifications, section 3.2 (AIs, forms and data titles), sections 4.13.1
//! and 4.13.2 (pairs that exclude or need each other) and figure 7.8.5-2 (predefined lengths).

mod component;
mod logistics;
mod measures;
mod shapes;
mod special;
mod trade;

use core::fmt;

pub use component::{Component, Rule};

use crate::identifier::AiCode;

/// An application identifier that the unique identifier of a pack always has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ai {
    /// 01: GTIN or NTIN.
    Gtin,
    /// 10: batch or lot number.
    Lot,
    /// 17: expiry date.
    Expiry,
    /// 21: serial number.
    Serial,
}

/// One row of the table: an AI, or the AIs that differ in their last digit only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AiSpec {
    /// Its digits; without the last one when that varies.
    pub stem: &'static str,
    /// Least and greatest last digit after the stem, where it varies.
    pub last: Option<(char, char)>,
    /// The GS1 data title, for people.
    pub title: &'static str,
    /// What the data field is made of.
    pub components: &'static [Component],
    /// AIs of which one must stand in the code too: alternatives are separated by commas, and a
    /// plus joins what must come together; `n` stands for any digit.
    pub needs: &'static str,
    /// AIs that must not stand in the code too, separated by commas; `n` stands for any digit.
    pub not_with: &'static str,
}

/// All rows, in ascending order of their digits within each part. No AI is a prefix of another's.
static PARTS: [&[AiSpec]; 4] =
    [&trade::TRADE, &measures::MEASURES, &logistics::LOGISTICS, &special::SPECIAL];

/// First two digits of the AIs whose length is predefined, so that no GS follows them (figure
/// 7.8.5-2: closed for ever, also where no AI has been given out).
const PREDEFINED: &str = "00 01 02 03 04 11 12 13 14 15 16 17 18 19 20 31 32 33 34 35 36 41";

/// Digits of the longest AI.
const AI_LEN_MAX: usize = 4;

const fn ai(stem: &'static str, title: &'static str, components: &'static [Component]) -> AiSpec {
    AiSpec { stem, last: None, title, components, needs: "", not_with: "" }
}

impl AiSpec {
    const fn last(self, first: char, last: char) -> Self {
        Self { last: Some((first, last)), ..self }
    }

    const fn needs(self, needs: &'static str) -> Self {
        Self { needs, ..self }
    }

    const fn not_with(self, not_with: &'static str) -> Self {
        Self { not_with, ..self }
    }

    /// Digits of the AI.
    #[must_use]
    pub fn digits_len(&self) -> usize {
        self.stem.len() + usize::from(self.last.is_some())
    }

    /// The length is predefined: no GS follows.
    #[must_use]
    pub fn is_predefined(&self) -> bool {
        PREDEFINED.split(' ').any(|prefix| self.stem.starts_with(prefix))
    }

    /// Greatest length of the data field in characters; of a predefined one its only length.
    #[must_use]
    pub fn len_max(&self) -> usize {
        self.components.iter().map(|component| component.len_max).sum()
    }

    /// Least length of the data field in characters.
    #[must_use]
    pub fn len_min(&self) -> usize {
        let needed = self.components.iter().filter(|component| !component.optional);
        needed.map(|component| component.len_min).sum()
    }

    fn begins(&self, bytes: &[u8]) -> bool {
        let Some(rest) = bytes.strip_prefix(self.stem.as_bytes()) else { return false };
        self.last.is_none_or(|(first, last)| {
            rest.first().is_some_and(|byte| (first..=last).contains(&char::from(*byte)))
        })
    }
}

impl Ai {
    /// The digits of this AI, for example `"21"`.
    #[must_use]
    pub const fn digits(self) -> &'static str {
        match self {
            Self::Gtin => "01",
            Self::Lot => "10",
            Self::Expiry => "17",
            Self::Serial => "21",
        }
    }
}

impl fmt::Display for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits())
    }
}

/// All rows of the table.
pub fn ai_table() -> impl Iterator<Item = &'static AiSpec> {
    PARTS.iter().flat_map(|part| part.iter())
}

/// The AI that `bytes` starts with, and its row.
#[must_use]
pub fn ai_at_start(bytes: &[u8]) -> Option<(AiCode, &'static AiSpec)> {
    let head = &bytes[..bytes.len().min(AI_LEN_MAX)];
    let spec = ai_table().find(|spec| spec.begins(head))?;
    Some((AiCode::of_table(&head[..spec.digits_len()]), spec))
}

/// Whether `pattern` (digits, `n` for any digit) means `ai`.
pub(crate) fn matches_pattern(pattern: &str, ai: AiCode) -> bool {
    let digits = ai.as_str().as_bytes();
    let same = |(a, b): (u8, &u8)| a == *b || a == b'n';
    pattern.len() == digits.len() && pattern.bytes().zip(digits).all(same)
}

#[cfg(test)]
mod tests;
