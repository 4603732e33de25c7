//! The GS1 DataMatrix symbol (ISO/IEC 16022, ECC 200): sizes, making, and the plan of its cells.
//!
//! The press makes symbols, the decoder reads by the plan. It must never choose a size by the
//! content: a template prints one size, as the box on the artwork has one size.

use datamatrix::data::EncodationType;
use datamatrix::placement::{Bit, MatrixMap};
use datamatrix::{DataMatrixBuilder, SymbolSize};

/// One square symbol size and its capacity, in codewords of 8 modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SymbolFormat {
    /// Modules along each side, finder included.
    pub side: usize,
    /// Codewords that carry data.
    pub data_words: usize,
    /// Codewords that carry error correction; half as many errors are correctable.
    pub check_words: usize,
    size: SymbolSize,
}

const fn square(
    side: usize,
    data_words: usize,
    check_words: usize,
    size: SymbolSize,
) -> SymbolFormat {
    SymbolFormat { side, data_words, check_words, size }
}

/// The squares that packs carry (ISO/IEC 16022 table 7). Smaller ones are left out on purpose:
/// their few check words would let noise pass as text. So are larger ones: a GS1 element string of
/// GTIN, serial, expiry and lot never needs them.
pub const FORMATS: [SymbolFormat; 10] = [
    square(16, 12, 12, SymbolSize::Square16),
    square(18, 18, 14, SymbolSize::Square18),
    square(20, 22, 18, SymbolSize::Square20),
    square(22, 30, 20, SymbolSize::Square22),
    square(24, 36, 24, SymbolSize::Square24),
    square(26, 44, 28, SymbolSize::Square26),
    square(32, 62, 36, SymbolSize::Square32),
    square(36, 86, 42, SymbolSize::Square36),
    square(40, 114, 48, SymbolSize::Square40),
    square(44, 144, 56, SymbolSize::Square44),
];

impl SymbolFormat {
    /// The smallest format that holds `data_words` codewords, or none.
    #[must_use]
    pub fn holding(data_words: usize) -> Option<Self> {
        FORMATS.into_iter().find(|format| format.data_words >= data_words)
    }

    /// The library's name of this size.
    #[must_use]
    pub fn size(&self) -> SymbolSize {
        self.size
    }

    /// The modules of a symbol for this element string with FNC1 first, row by row, `true` dark.
    /// None if the content is not ASCII or does not fit.
    #[must_use]
    pub fn encode(&self, element_string: &[u8]) -> Option<Vec<bool>> {
        if !element_string.is_ascii() {
            return None;
        }
        let matrix = DataMatrixBuilder::new()
            .with_encodation_types(EncodationType::Ascii)
            .with_macros(false)
            .with_fnc1_start(true)
            .with_symbol_list(self.size)
            .encode(element_string)
            .ok()?;
        Some(matrix.bitmap().bits().to_vec())
    }
}

/// What one module of a symbol is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Always light: timing track or padding.
    Light,
    /// Always dark: finder, timing track or padding.
    Dark,
    /// A bit of a codeword.
    Data {
        /// Index of the codeword in the symbol.
        word: usize,
        /// Place value of the bit, 7 the most significant.
        bit: u8,
    },
}

impl Bit for Cell {
    const LOW: Self = Self::Light;
    const HIGH: Self = Self::Dark;
}

/// The purpose of every module of a format.
#[derive(Clone, Debug)]
pub struct SymbolPlan {
    /// The format planned.
    pub format: SymbolFormat,
    /// `side * side` cells, row by row.
    pub cells: Vec<Cell>,
}

impl SymbolPlan {
    /// The plan of a format, padding modules included.
    #[must_use]
    pub fn new(format: SymbolFormat) -> Self {
        let mut map = MatrixMap::<Cell>::new(format.size);
        map.traverse_mut(|word, bits| {
            for (bit, cell) in (0..8).rev().zip(bits) {
                *cell = Cell::Data { word, bit };
            }
        });
        map.write_padding();
        Self { format, cells: map.bitmap().bits().to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_covers_each_bit_of_each_codeword_once() {
        for format in FORMATS {
            let plan = SymbolPlan::new(format);
            assert_eq!(plan.cells.len(), format.side * format.side);
            let words = format.data_words + format.check_words;
            let mut seen = vec![0_u8; words];
            for cell in &plan.cells {
                if let Cell::Data { word, bit } = *cell {
                    assert_eq!(seen[word] >> bit & 1, 0, "bit twice");
                    seen[word] |= 1 << bit;
                }
            }
            assert!(seen.iter().all(|bits| *bits == 0xFF), "side {}", format.side);
        }
    }

    #[test]
    fn a_symbol_agrees_with_the_fixed_cells_of_its_plan() {
        for format in FORMATS {
            let modules = format.encode(b"0104150037528643").unwrap();
            for (dark, cell) in modules.iter().zip(&SymbolPlan::new(format).cells) {
                match cell {
                    Cell::Light => assert!(!dark),
                    Cell::Dark => assert!(dark),
                    Cell::Data { .. } => {}
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_a_symbol_is_none() {
        let format = SymbolFormat::holding(12).unwrap();
        assert_eq!(format.side, 16);
        assert!(format.encode(b"ABCDEFGHIJKLM").is_none());
        assert!(format.encode("21Ä".as_bytes()).is_none());
        assert!(SymbolFormat::holding(145).is_none());
    }
}
