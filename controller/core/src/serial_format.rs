//! The form of generated serial numbers: alphabet, length, and a line's share of the first
//! character.
//!
//! Made from configuration and product recipes, used by `serial_draw` and the guess rule. Must
//! never hold a character that cannot be printed in AI 21, and never decide how many serials a
//! format may carry.

use core::fmt;

use codes::{SERIAL_LEN_MAX, is_in_set_82, set_82};

/// Characters of GS1 character set 82, the largest alphabet.
const SYMBOLS_MAX: usize = 82;

const DIGITS: &[u8] = b"0123456789";
const SAFE_30: &[u8] = b"0123456789ABCDEFGHKMNPRSTVWXYZ";
const ALNUM_36: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Marks an alphabet that is written out in configuration.
const CUSTOM_PREFIX: &str = "custom:";

/// The characters that generated serials are made of: 2 to 82 distinct ones of set 82.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Alphabet {
    symbols: [u8; SYMBOLS_MAX],
    len: u8,
}

impl Alphabet {
    /// The digits.
    #[must_use]
    pub fn numeric() -> Self {
        Self::known(DIGITS)
    }

    /// Digits and A-Z without I, J, L, O, Q, U: look-alikes cause false alerts. The default.
    #[must_use]
    pub fn safe30() -> Self {
        Self::known(SAFE_30)
    }

    /// Digits and A-Z.
    #[must_use]
    pub fn alnum36() -> Self {
        Self::known(ALNUM_36)
    }

    /// The whole of set 82.
    #[must_use]
    pub fn set82() -> Self {
        let mut symbols = [0; SYMBOLS_MAX];
        for (slot, symbol) in symbols.iter_mut().zip(set_82()) {
            *slot = symbol;
        }
        Self { symbols, len: SYMBOLS_MAX as u8 }
    }

    /// The characters of `text`, each once.
    ///
    /// # Errors
    /// [`FormatError::AlphabetSize`], [`FormatError::AlphabetSymbol`],
    /// [`FormatError::AlphabetRepeats`].
    pub fn custom(text: &str) -> Result<Self, FormatError> {
        let bytes = text.as_bytes();
        if let Some(odd) = text.chars().find(|c| !u8::try_from(*c).is_ok_and(is_in_set_82)) {
            return Err(FormatError::AlphabetSymbol { symbol: odd });
        }
        if !(2..=SYMBOLS_MAX).contains(&bytes.len()) {
            return Err(FormatError::AlphabetSize { len: bytes.len() });
        }
        if let Some(symbol) = repeated(bytes) {
            return Err(FormatError::AlphabetRepeats { symbol });
        }
        Ok(Self::known(bytes))
    }

    /// A preset (`numeric`, `safe30`, `alnum36`, `set82`) or `custom:` and the characters.
    ///
    /// # Errors
    /// [`FormatError::AlphabetName`], and those of [`Alphabet::custom`].
    pub fn by_name(name: &str) -> Result<Self, FormatError> {
        match name {
            "numeric" => Ok(Self::numeric()),
            "safe30" => Ok(Self::safe30()),
            "alnum36" => Ok(Self::alnum36()),
            "set82" => Ok(Self::set82()),
            _ => name
                .strip_prefix(CUSTOM_PREFIX)
                .map_or(Err(FormatError::AlphabetName), Self::custom),
        }
    }

    /// From at most 82 distinct characters of the set: the callers' duty.
    fn known(bytes: &[u8]) -> Self {
        let mut symbols = [0; SYMBOLS_MAX];
        symbols[..bytes.len()].copy_from_slice(bytes);
        Self { symbols, len: bytes.len() as u8 }
    }

    /// The characters as ASCII bytes; a symbol's index here is its value.
    #[must_use]
    pub fn symbols(&self) -> &[u8] {
        &self.symbols[..usize::from(self.len)]
    }

    /// Number of characters, 2 to 82.
    #[must_use]
    pub const fn size(&self) -> u8 {
        self.len
    }
}

impl Default for Alphabet {
    fn default() -> Self {
        Self::safe30()
    }
}

impl fmt::Debug for Alphabet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = core::str::from_utf8(self.symbols()).unwrap_or_default();
        write!(f, "Alphabet({text})")
    }
}

/// Length and alphabet of generated serial numbers, and the characters that they may begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialFormat {
    length: u8,
    alphabet: Alphabet,
    /// Characters of the alphabet, each once; the whole of it without a partition.
    first: Alphabet,
}

impl SerialFormat {
    /// Serials of `length` characters (1 to 20; Delegated Regulation (EU) 2016/161, Art.
    /// 4(b)(ii)).
    ///
    /// # Errors
    /// [`FormatError::Length`].
    pub const fn new(length: u8, alphabet: Alphabet) -> Result<Self, FormatError> {
        if length == 0 || length as usize > SERIAL_LEN_MAX {
            return Err(FormatError::Length { length });
        }
        Ok(Self { length, alphabet, first: alphabet })
    }

    /// The part of this format that begins with a character of `share`. Formats with shares that
    /// have no character in common can never write the same serial: so several lines draw serials
    /// of one product code without asking each other.
    ///
    /// # Errors
    /// [`FormatError::ShareEmpty`], [`FormatError::ShareSymbol`], [`FormatError::AlphabetRepeats`].
    pub fn partition(self, share: &str) -> Result<Self, FormatError> {
        if share.is_empty() {
            return Err(FormatError::ShareEmpty);
        }
        let known = |c: &char| u8::try_from(*c).is_ok_and(|b| self.alphabet.symbols().contains(&b));
        if let Some(symbol) = share.chars().find(|c| !known(c)) {
            return Err(FormatError::ShareSymbol { symbol });
        }
        if let Some(symbol) = repeated(share.as_bytes()) {
            return Err(FormatError::AlphabetRepeats { symbol });
        }
        Ok(Self { first: Alphabet::known(share.as_bytes()), ..self })
    }

    /// The characters that a serial may begin with.
    #[must_use]
    pub const fn first(&self) -> &Alphabet {
        &self.first
    }

    /// True when the format can write `serial`: its length, its first and its other characters.
    #[must_use]
    pub fn can_write(&self, serial: &[u8]) -> bool {
        let Some((first, rest)) = serial.split_first() else { return false };
        serial.len() == usize::from(self.length)
            && self.first.symbols().contains(first)
            && rest.iter().all(|byte| self.alphabet.symbols().contains(byte))
    }

    /// Characters in each serial, 1 to 20.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// The characters that may appear.
    #[must_use]
    pub const fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// How many different serials the format can write. Saturates; 82^20 still fits.
    #[must_use]
    pub const fn space(&self) -> u128 {
        let rest = (self.alphabet.len as u128).saturating_pow(self.length as u32 - 1);
        rest.saturating_mul(self.first.len as u128)
    }
}

/// The first character that stands twice.
fn repeated(bytes: &[u8]) -> Option<char> {
    let again = |(index, byte): (usize, &u8)| bytes[..index].contains(byte).then_some(*byte);
    bytes.iter().enumerate().find_map(again).map(char::from)
}

/// A character that two lines would both begin serials with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap<'a> {
    /// One line.
    pub one: &'a str,
    /// The other.
    pub other: &'a str,
    /// The first character that both have.
    pub symbol: char,
}

/// Checks that shares, each with the name of its line, have no character in common.
///
/// # Errors
/// The first [`Overlap`].
pub fn disjoint<'a>(shares: &[(&'a str, &str)]) -> Result<(), Overlap<'a>> {
    for (index, (one, share)) in shares.iter().enumerate() {
        for (other, others) in &shares[index + 1..] {
            if let Some(symbol) = share.chars().find(|c| others.contains(*c)) {
                return Err(Overlap { one, other, symbol });
            }
        }
    }
    Ok(())
}

/// Why a format was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// Length outside 1 to 20.
    Length {
        /// What was asked for.
        length: u8,
    },
    /// Fewer than 2 or more than 82 characters.
    AlphabetSize {
        /// How many there were.
        len: usize,
    },
    /// A character outside GS1 character set 82.
    AlphabetSymbol {
        /// The first such character.
        symbol: char,
    },
    /// A character stands twice.
    AlphabetRepeats {
        /// The first such character.
        symbol: char,
    },
    /// No preset of this name.
    AlphabetName,
    /// A share without a character.
    ShareEmpty,
    /// A share has a character that the alphabet has not.
    ShareSymbol {
        /// The first such character.
        symbol: char,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed to make a serial number format: ")?;
        match self {
            Self::Length { length } => {
                write!(f, "found length {length}, expected 1 to {SERIAL_LEN_MAX} characters")
            }
            Self::AlphabetSize { len } => {
                write!(f, "found an alphabet of {len} characters, expected 2 to {SYMBOLS_MAX}")
            }
            Self::AlphabetSymbol { symbol } => {
                write!(f, "found {symbol:?} in the alphabet, expected GS1 character set 82")
            }
            Self::AlphabetRepeats { symbol } => {
                write!(f, "found {symbol:?} twice in the alphabet, expected each character once")
            }
            Self::AlphabetName => f.write_str(
                "found an unknown alphabet, expected numeric, safe30, alnum36, set82 or \
                 custom: with the characters",
            ),
            Self::ShareEmpty => f.write_str("found an empty share, expected one character or more"),
            Self::ShareSymbol { symbol } => {
                write!(f, "found {symbol:?} in a share, expected characters of the alphabet")
            }
        }
    }
}

impl core::error::Error for FormatError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_what_they_say() {
        let look_alikes = b"IJLOQU";
        let expected: Vec<u8> =
            (b'0'..=b'9').chain(b'A'..=b'Z').filter(|b| !look_alikes.contains(b)).collect();
        assert_eq!(Alphabet::default().symbols(), expected);
        let sizes = [("numeric", 10), ("safe30", 30), ("alnum36", 36), ("set82", 82)];
        for (name, size) in sizes {
            let alphabet = Alphabet::by_name(name).expect("preset");
            let text = core::str::from_utf8(alphabet.symbols()).expect("ascii");
            assert_eq!(alphabet.size(), size);
            assert_eq!(Alphabet::custom(text), Ok(alphabet), "distinct and in set 82");
        }
    }

    #[test]
    fn alphabets_are_checked() {
        let table = [
            ("custom:01", None),
            ("custom:0", Some(FormatError::AlphabetSize { len: 1 })),
            ("custom:", Some(FormatError::AlphabetSize { len: 0 })),
            ("custom:010", Some(FormatError::AlphabetRepeats { symbol: '0' })),
            ("custom:A B", Some(FormatError::AlphabetSymbol { symbol: ' ' })),
            ("custom:A\u{e9}", Some(FormatError::AlphabetSymbol { symbol: '\u{e9}' })),
            ("hex", Some(FormatError::AlphabetName)),
        ];
        for (name, expected) in table {
            assert_eq!(Alphabet::by_name(name).err(), expected, "{name}");
        }
    }

    #[test]
    fn lengths_and_spaces() {
        let table = [
            ("numeric", 1, 10),
            ("numeric", 12, 10_u128.pow(12)),
            ("safe30", 12, 531_441_000_000_000_000),
            ("safe30", 20, 30_u128.pow(20)),
            ("set82", 20, 82_u128.pow(20)),
        ];
        for (name, length, expected) in table {
            let alphabet = Alphabet::by_name(name).expect("preset");
            let format = SerialFormat::new(length, alphabet).expect("format");
            assert_eq!(format.space(), expected, "{name} {length}");
        }
        for length in [0, 21, u8::MAX] {
            let got = SerialFormat::new(length, Alphabet::default());
            assert_eq!(got, Err(FormatError::Length { length }));
        }
    }

    #[test]
    fn a_share_is_the_part_that_begins_so() {
        let whole = SerialFormat::new(12, Alphabet::safe30()).expect("format");
        let part = whole.partition("AB").expect("share");
        assert_eq!(part.space(), whole.space() / 15);
        let table = [
            ("A23456789012", true),
            ("C23456789012", false),
            ("A2345678901I", false),
            ("A", false),
        ];
        for (serial, good) in table {
            assert_eq!(part.can_write(serial.as_bytes()), good, "{serial}");
        }
        assert!(!part.can_write(b"") && whole.can_write(b"C23456789012"));
        let all = part.partition("0123456789ABCDEFGHKMNPRSTVWXYZ");
        assert_eq!(all.map(|f| f.space()), Ok(whole.space()));
        for (share, error) in [
            ("", FormatError::ShareEmpty),
            ("AI", FormatError::ShareSymbol { symbol: 'I' }),
            ("ABA", FormatError::AlphabetRepeats { symbol: 'A' }),
        ] {
            assert_eq!(whole.partition(share), Err(error), "{share}");
        }
        let one = SerialFormat::new(1, Alphabet::safe30()).and_then(|f| f.partition("7"));
        assert_eq!(one.map(|f| f.space()), Ok(1));
    }

    #[test]
    fn shares_with_a_common_character_are_found() {
        assert_eq!(disjoint(&[("L-1", "ABC"), ("L-2", "DE"), ("L-3", "F")]), Ok(()));
        let overlap = Overlap { one: "L-1", other: "L-3", symbol: 'C' };
        assert_eq!(disjoint(&[("L-1", "ABC"), ("L-2", "DE"), ("L-3", "FC")]), Err(overlap));
        assert_eq!(disjoint(&[]), Ok(()));
    }
}
