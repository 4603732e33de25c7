//! Sizes of Data Matrix ECC 200 and what fits into them.
//!
//! Called by recipes, which name a size and are refused when their longest content does not fit,
//! and by the command line. Must never choose a size for a recipe.
//!
//! Source: ISO/IEC 16022:2006, table 7: the 24 square and the six rectangular sizes. The further
//! rectangles of ISO/IEC 21471 (DMRE) are not allowed: Delegated Regulation (EU) 2016/161, Art. 5.

use core::fmt;
use core::str::FromStr;

use crate::element_string::SYMBOLOGY_DATA_MATRIX;
use crate::format_06::{HEADER, SYMBOLOGY_PPN, TRAILER};

/// Square or rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// As high as wide.
    Square,
    /// One of the six rectangles.
    Rectangle,
}

/// A size of a symbol, in modules without quiet zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SymbolSize {
    rows: u16,
    columns: u16,
    data_codewords: usize,
}

const fn size(rows: u16, columns: u16, data_codewords: usize) -> SymbolSize {
    SymbolSize { rows, columns, data_codewords }
}

/// All sizes: squares, then rectangles, each in ascending order of what they hold.
pub static SYMBOL_SIZES: [SymbolSize; 30] = [
    size(10, 10, 3),
    size(12, 12, 5),
    size(14, 14, 8),
    size(16, 16, 12),
    size(18, 18, 18),
    size(20, 20, 22),
    size(22, 22, 30),
    size(24, 24, 36),
    size(26, 26, 44),
    size(32, 32, 62),
    size(36, 36, 86),
    size(40, 40, 114),
    size(44, 44, 144),
    size(48, 48, 174),
    size(52, 52, 204),
    size(64, 64, 280),
    size(72, 72, 368),
    size(80, 80, 456),
    size(88, 88, 576),
    size(96, 96, 696),
    size(104, 104, 816),
    size(120, 120, 1050),
    size(132, 132, 1304),
    size(144, 144, 1558),
    size(8, 18, 5),
    size(8, 32, 10),
    size(12, 26, 16),
    size(12, 36, 22),
    size(16, 36, 32),
    size(16, 48, 49),
];

impl SymbolSize {
    /// Modules from top to bottom.
    #[must_use]
    pub const fn rows(self) -> u16 {
        self.rows
    }

    /// Modules from left to right.
    #[must_use]
    pub const fn columns(self) -> u16 {
        self.columns
    }

    /// Codewords of data that it holds.
    #[must_use]
    pub const fn data_codewords(self) -> usize {
        self.data_codewords
    }

    /// Square or rectangle.
    #[must_use]
    pub const fn shape(self) -> Shape {
        if self.rows == self.columns { Shape::Square } else { Shape::Rectangle }
    }

    /// Whether `content` fits, see [`ascii_codewords`].
    #[must_use]
    pub fn holds(self, content: &[u8]) -> bool {
        ascii_codewords(content) <= self.data_codewords
    }

    /// The smallest size of that shape that holds `content`, if one does.
    #[must_use]
    pub fn smallest_for(content: &[u8], shape: Shape) -> Option<Self> {
        let mut sizes = SYMBOL_SIZES.into_iter().filter(|size| size.shape() == shape);
        sizes.find(|size| size.holds(content))
    }
}

/// Codewords that `content` takes in ASCII encodation: two digits in one, any other character in
/// one (beyond ASCII in two). `content` is what the builders make, with or without symbology
/// identifier: an element string takes a codeword more for FNC1 in front, Format 06 takes one for
/// Macro 06 in place of its header and trailer.
#[must_use]
pub fn ascii_codewords(content: &[u8]) -> usize {
    let without = |identifier: &str| content.strip_prefix(identifier.as_bytes());
    let content =
        without(SYMBOLOGY_DATA_MATRIX).or_else(|| without(SYMBOLOGY_PPN)).unwrap_or(content);
    let format_06 = content.strip_prefix(HEADER).and_then(|rest| rest.strip_suffix(TRAILER));
    let mut rest = format_06.unwrap_or(content);
    let mut codewords = 1; // FNC1 or Macro 06
    while let Some((first, after)) = rest.split_first() {
        let pair = first.is_ascii_digit() && after.first().is_some_and(u8::is_ascii_digit);
        rest = if pair { &after[1..] } else { after };
        codewords += if first.is_ascii() { 1 } else { 2 };
    }
    codewords
}

/// Not a size of ECC 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolSizeError(String);

impl fmt::Display for SymbolSizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found symbol size '{}', expected one of", self.0)?;
        for size in SYMBOL_SIZES {
            write!(f, " {size}")?;
        }
        f.write_str("; write rows x columns in modules, as in 26x26")
    }
}

impl core::error::Error for SymbolSizeError {}

impl FromStr for SymbolSize {
    type Err = SymbolSizeError;

    /// From rows, `x`, columns.
    fn from_str(text: &str) -> Result<Self, SymbolSizeError> {
        let found = SYMBOL_SIZES.into_iter().find(|size| size.to_string() == text);
        found.ok_or_else(|| SymbolSizeError(text.to_owned()))
    }
}

impl fmt::Display for SymbolSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_name() {
        for size in SYMBOL_SIZES {
            assert_eq!(size.to_string().parse(), Ok(size));
        }
        let error = "12x64".parse::<SymbolSize>().expect_err("a DMRE size");
        assert!(error.to_string().contains("'12x64'") && error.to_string().contains("16x48"));
        let shapes = SYMBOL_SIZES.map(SymbolSize::shape);
        assert_eq!(shapes.iter().filter(|shape| **shape == Shape::Square).count(), 24);
        for shape in [Shape::Square, Shape::Rectangle] {
            let held = SYMBOL_SIZES.into_iter().filter(|size| size.shape() == shape);
            assert!(held.map(SymbolSize::data_codewords).is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn digits_are_counted_in_pairs() {
        let table: [(&[u8], usize); 7] = [
            (b"", 1),
            (b"12", 2),
            (b"123", 3),
            (b"1A2", 4),
            (b"]d212\x1d3", 4),
            (b"[)>\x1e06\x1d9N\x1e\x04", 3),
            (b"\xe4", 3),
        ];
        for (content, expected) in table {
            assert_eq!(ascii_codewords(content), expected, "{content:?}");
        }
    }

    #[test]
    fn the_smallest_that_holds_it() {
        let of = |content: &[u8], shape| {
            SymbolSize::smallest_for(content, shape).map(|size| size.to_string())
        };
        let code = b"010415003752864321ABC\x1d1727113010L1"; // 1 + 8 + 1 + 3 + 1 + 5 + 2
        assert_eq!(ascii_codewords(code), 21);
        assert_eq!(of(code, Shape::Square).as_deref(), Some("20x20"));
        assert_eq!(of(code, Shape::Rectangle).as_deref(), Some("12x36"));
        assert_eq!(of(&[b'A'; 49], Shape::Rectangle), None);
        assert_eq!(of(&[b'A'; 1557], Shape::Square).as_deref(), Some("144x144"));
        assert_eq!(of(&[b'A'; 1558], Shape::Square), None);
    }
}
