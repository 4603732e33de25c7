//! Names of the elements of a code: application identifiers (GS1) and data identifiers (IFA), and
//! what an error can be about.
//!
//! Used by everything in this crate. Must never hold the form of a value: that is the table's.

use core::fmt;
use core::str::FromStr;

use crate::ai_table::{Ai, AiSpec, ai_at_start};
use crate::error::{CodeError, CodeErrorKind};
use crate::fixed_bytes::FixedBytes;

/// The digits of an application identifier of the table, for example `01` or `3103`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AiCode(FixedBytes<4>);

impl AiCode {
    /// For digits that were found in the table.
    pub(crate) fn of_table(digits: &[u8]) -> Self {
        Self(FixedBytes::truncated(digits))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its row of the table.
    #[must_use]
    pub fn spec(&self) -> Option<&'static AiSpec> {
        ai_at_start(self.0.as_slice()).map(|(_, spec)| spec)
    }
}

impl From<Ai> for AiCode {
    fn from(ai: Ai) -> Self {
        Self::of_table(ai.digits().as_bytes())
    }
}

impl PartialEq<Ai> for AiCode {
    fn eq(&self, other: &Ai) -> bool {
        self.as_str() == other.digits()
    }
}

impl FromStr for AiCode {
    type Err = CodeError;

    /// From the digits, all of them.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let found = ai_at_start(text.as_bytes()).map(|(code, _)| code);
        found
            .filter(|code| code.as_str().len() == text.len())
            .ok_or_else(|| CodeError::new(CodeErrorKind::AiUnknown, None, 0, text.as_bytes()))
    }
}

impl fmt::Display for AiCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AiCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AiCode({self})")
    }
}

/// A data identifier of the IFA coding system (ANSI MH10.8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Di {
    /// 9N: Pharmacy Product Number.
    Ppn,
    /// 1T: batch number.
    Lot,
    /// D: expiry date, YYMMDD.
    Expiry,
    /// S: serial number.
    Serial,
    /// 8P: GTIN.
    Gtin,
    /// 16D: date of manufacture, YYYYMMDD.
    ProductionDate,
}

impl Di {
    /// All of them: first those of a pack, in the order in which this project prints.
    pub const ALL: [Self; 6] =
        [Self::Ppn, Self::Lot, Self::Expiry, Self::Serial, Self::Gtin, Self::ProductionDate];

    /// Its characters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ppn => "9N",
            Self::Lot => "1T",
            Self::Expiry => "D",
            Self::Serial => "S",
            Self::Gtin => "8P",
            Self::ProductionDate => "16D",
        }
    }

    /// Its meaning, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ppn => "PPN",
            Self::Lot => "BATCH/LOT",
            Self::Expiry => "EXPIRY",
            Self::Serial => "SERIAL",
            Self::Gtin => "GTIN",
            Self::ProductionDate => "PROD DATE",
        }
    }

    /// The form of its value, for people.
    pub(crate) const fn form(self) -> &'static str {
        match self {
            Self::Ppn => "5 to 22 digits and capital letters, the last two check digits",
            Self::Lot | Self::Serial => "1 to 20 characters of GS1 character set 82",
            Self::Expiry => "exactly 6 digits",
            Self::Gtin => "exactly 14 digits",
            Self::ProductionDate => "exactly 8 digits",
        }
    }
}

/// What an error or a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An element of a GS1 element string.
    Ai(AiCode),
    /// An element of an IFA code.
    Di(Di),
    /// A Pharmazentralnummer on its own.
    Pzn,
    /// A Pharmacy Product Number on its own.
    Ppn,
}

impl Subject {
    /// The characters of its identifier in a code, where it has one.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        match self {
            Self::Ai(ai) => Some(ai.as_str()),
            Self::Di(di) => Some(di.as_str()),
            Self::Pzn | Self::Ppn => None,
        }
    }

    pub(crate) fn write_form(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = match self {
            Self::Ai(ai) => ai.spec(),
            Self::Di(di) => return f.write_str(di.form()),
            Self::Pzn => return f.write_str("exactly 8 digits"),
            Self::Ppn => return f.write_str(Di::Ppn.form()),
        };
        for (index, component) in spec.map_or(&[][..], |spec| spec.components).iter().enumerate() {
            if index > 0 {
                f.write_str(", then ")?;
            }
            write!(f, "{component}")?;
        }
        Ok(())
    }
}

impl From<Ai> for Subject {
    fn from(ai: Ai) -> Self {
        Self::Ai(ai.into())
    }
}

impl From<AiCode> for Subject {
    fn from(ai: AiCode) -> Self {
        Self::Ai(ai)
    }
}

impl From<Di> for Subject {
    fn from(di: Di) -> Self {
        Self::Di(di)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ai(ai) => {
                write!(f, "AI {ai} ({})", ai.spec().map_or("unknown", |spec| spec.title))
            }
            Self::Di(di) => write!(f, "DI {} ({})", di.as_str(), di.title()),
            Self::Pzn => f.write_str("PZN"),
            Self::Ppn => f.write_str("PPN"),
        }
    }
}
