//! The table of GS1 application identifiers: everything that building and parsing know about an
//! AI stands here.
//!
//! Used by the element-string builder and the parser. Must never hold logic of a profile: which
//! AIs a pack carries is the profile's business. Further AIs are further rows.
//!
//! Source: GS1 General Specifications, figures 3.2-1 (AIs) and 7.8.5-2 (predefined length).

use core::fmt;

/// An application identifier that this project reads or writes.
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

/// What the data field of an AI looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AiFormat {
    /// Exactly `len` digits; no GS after it.
    Digits {
        /// Length in characters.
        len: usize,
    },
    /// 1 to `len_max` characters of set 82; a GS after it unless it is last.
    Text {
        /// Greatest length in characters.
        len_max: usize,
    },
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AiSpec {
    /// Which AI.
    pub ai: Ai,
    /// Its digits as they stand in the element string.
    pub digits: &'static str,
    /// The GS1 data title, for people.
    pub title: &'static str,
    /// Form of the data field.
    pub format: AiFormat,
}

/// All known AIs, in ascending order. No `digits` is a prefix of another's.
pub static AI_TABLE: [AiSpec; 4] = [
    AiSpec { ai: Ai::Gtin, digits: "01", title: "GTIN", format: AiFormat::Digits { len: 14 } },
    AiSpec {
        ai: Ai::Lot,
        digits: "10",
        title: "BATCH/LOT",
        format: AiFormat::Text { len_max: 20 },
    },
    AiSpec {
        ai: Ai::Expiry,
        digits: "17",
        title: "USE BY OR EXPIRY",
        format: AiFormat::Digits { len: 6 },
    },
    AiSpec {
        ai: Ai::Serial,
        digits: "21",
        title: "SERIAL",
        format: AiFormat::Text { len_max: 20 },
    },
];

impl Ai {
    /// The row of this AI.
    #[must_use]
    pub fn spec(self) -> &'static AiSpec {
        &AI_TABLE[self as usize]
    }

    /// The digits of this AI, for example `"21"`.
    #[must_use]
    pub fn digits(self) -> &'static str {
        self.spec().digits
    }
}

impl fmt::Display for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits())
    }
}

/// The row whose digits `bytes` starts with.
pub(crate) fn spec_at_start(bytes: &[u8]) -> Option<&'static AiSpec> {
    AI_TABLE.iter().find(|spec| bytes.starts_with(spec.digits.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_found_by_its_own_ai_and_digits() {
        for (index, spec) in AI_TABLE.iter().enumerate() {
            assert_eq!(spec.ai as usize, index);
            assert_eq!(spec.ai.spec(), spec);
            assert_eq!(spec_at_start(spec.digits.as_bytes()), Some(spec));
        }
    }

    #[test]
    fn no_ai_is_a_prefix_of_another() {
        for (a, b) in AI_TABLE.iter().flat_map(|a| AI_TABLE.iter().map(move |b| (a, b))) {
            assert!(a.ai == b.ai || !a.digits.starts_with(b.digits), "{a:?} {b:?}");
        }
    }
}
