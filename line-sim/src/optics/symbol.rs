//! The GS1 DataMatrix symbol (ISO/IEC 16022, ECC 200): sizes, making, and the plan of its cells.
//!
//! The press makes symbols, the decoder reads by the plan. It must never know what the content
//! means, nor hold a size that the standard does not have.

use datamatrix::data::EncodationType;
use datamatrix::placement::{Bit, MatrixMap};
use datamatrix::{DataMatrixBuilder, SymbolSize};

/// One symbol size and its capacity, in codewords of 8 modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SymbolFormat {
    /// Modules from top to bottom, finder included.
    pub rows: usize,
    /// Modules from left to right, finder included.
    pub columns: usize,
    /// Codewords that carry data.
    pub data_words: usize,
    /// Codewords that carry error correction; half as many errors are correctable.
    pub check_words: usize,
    /// Interleaved blocks that are corrected each for itself, with equal shares of the check words.
    pub blocks: usize,
    size: SymbolSize,
}

/// `(data_words, check_words, blocks)` of a size.
type Capacity = (usize, usize, usize);

const fn rectangle(
    rows: usize,
    columns: usize,
    (data_words, check_words, blocks): Capacity,
    size: SymbolSize,
) -> SymbolFormat {
    SymbolFormat { rows, columns, data_words, check_words, blocks, size }
}

const fn square(side: usize, capacity: Capacity, size: SymbolSize) -> SymbolFormat {
    rectangle(side, side, capacity, size)
}

/// The squares, growing, then the six rectangles (ISO/IEC 16022 table 7).
///
/// 144 x 144 is left out: two ways of interleaving it are in the field. So are the extended
/// rectangles (ISO/IEC 21471): a pack must not carry them.
pub const FORMATS: [SymbolFormat; 29] = [
    square(10, (3, 5, 1), SymbolSize::Square10),
    square(12, (5, 7, 1), SymbolSize::Square12),
    square(14, (8, 10, 1), SymbolSize::Square14),
    square(16, (12, 12, 1), SymbolSize::Square16),
    square(18, (18, 14, 1), SymbolSize::Square18),
    square(20, (22, 18, 1), SymbolSize::Square20),
    square(22, (30, 20, 1), SymbolSize::Square22),
    square(24, (36, 24, 1), SymbolSize::Square24),
    square(26, (44, 28, 1), SymbolSize::Square26),
    square(32, (62, 36, 1), SymbolSize::Square32),
    square(36, (86, 42, 1), SymbolSize::Square36),
    square(40, (114, 48, 1), SymbolSize::Square40),
    square(44, (144, 56, 1), SymbolSize::Square44),
    square(48, (174, 68, 1), SymbolSize::Square48),
    square(52, (204, 84, 2), SymbolSize::Square52),
    square(64, (280, 112, 2), SymbolSize::Square64),
    square(72, (368, 144, 4), SymbolSize::Square72),
    square(80, (456, 192, 4), SymbolSize::Square80),
    square(88, (576, 224, 4), SymbolSize::Square88),
    square(96, (696, 272, 4), SymbolSize::Square96),
    square(104, (816, 336, 6), SymbolSize::Square104),
    square(120, (1050, 408, 6), SymbolSize::Square120),
    square(132, (1304, 496, 8), SymbolSize::Square132),
    rectangle(8, 18, (5, 7, 1), SymbolSize::Rect8x18),
    rectangle(8, 32, (10, 11, 1), SymbolSize::Rect8x32),
    rectangle(12, 26, (16, 14, 1), SymbolSize::Rect12x26),
    rectangle(12, 36, (22, 18, 1), SymbolSize::Rect12x36),
    rectangle(16, 36, (32, 24, 1), SymbolSize::Rect16x36),
    rectangle(16, 48, (49, 28, 1), SymbolSize::Rect16x48),
];

impl SymbolFormat {
    /// The format of this many rows and columns, or none.
    #[must_use]
    pub fn of(rows: usize, columns: usize) -> Option<Self> {
        FORMATS.into_iter().find(|format| (format.rows, format.columns) == (rows, columns))
    }

    /// The smallest square that holds `data_words` codewords, or none.
    #[must_use]
    pub fn holding(data_words: usize) -> Option<Self> {
        let mut squares = FORMATS.into_iter().filter(|format| format.rows == format.columns);
        squares.find(|format| format.data_words >= data_words)
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

    /// The block that corrects a codeword.
    #[must_use]
    pub fn block(&self, word: usize) -> usize {
        let place = word.checked_sub(self.data_words).unwrap_or(word);
        place % self.blocks
    }

    /// Check words of each block.
    #[must_use]
    pub fn block_check_words(&self) -> usize {
        self.check_words / self.blocks
    }
}

/// Codewords that [`SymbolFormat::encode`] needs for an element string: FNC1, two digits in one,
/// every other character in one.
#[must_use]
pub fn codewords_of(element_string: &[u8]) -> usize {
    let mut rest = element_string;
    let mut words = 1;
    while let [first, tail @ ..] = rest {
        rest = match tail {
            [second, tail @ ..] if first.is_ascii_digit() && second.is_ascii_digit() => tail,
            _ => tail,
        };
        words += 1;
    }
    words
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
    /// `rows * columns` cells, row by row.
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
            assert_eq!(plan.cells.len(), format.rows * format.columns);
            let words = format.data_words + format.check_words;
            let mut seen = vec![0_u8; words];
            for cell in &plan.cells {
                if let Cell::Data { word, bit } = *cell {
                    assert_eq!(seen[word] >> bit & 1, 0, "bit twice");
                    seen[word] |= 1 << bit;
                }
            }
            assert!(seen.iter().all(|bits| *bits == 0xFF), "{format:?}");
        }
    }

    #[test]
    fn a_symbol_agrees_with_the_fixed_cells_of_its_plan() {
        for format in FORMATS {
            let modules = format.encode(b"0104").unwrap();
            for (dark, cell) in modules.iter().zip(&SymbolPlan::new(format).cells) {
                match cell {
                    Cell::Light => assert!(!dark),
                    Cell::Dark => assert!(dark),
                    Cell::Data { .. } => {}
                }
            }
        }
    }

    /// Solid bars and timing tracks between the regions of ISO/IEC 16022 table 7.
    #[test]
    fn large_symbols_have_their_alignment_patterns() {
        let regions = [((32, 32), 4), ((64, 64), 16), ((8, 32), 2), ((16, 48), 2), ((26, 26), 1)];
        for ((rows, columns), count) in regions {
            let plan = SymbolPlan::new(SymbolFormat::of(rows, columns).unwrap());
            let dark = |row: usize, column: usize| plan.cells[row * columns + column] == Cell::Dark;
            let legs = (0..columns).filter(|c| (0..rows).all(|r| dark(r, *c))).count();
            let bases = (0..rows).filter(|r| (0..columns).all(|c| dark(*r, c))).count();
            assert_eq!(legs * bases, count, "{rows}x{columns}");
        }
    }

    #[test]
    fn what_cannot_be_a_symbol_is_none() {
        let format = SymbolFormat::holding(12).unwrap();
        assert_eq!((format.rows, format.columns), (16, 16));
        assert!(format.encode(b"ABCDEFGHIJKLM").is_none());
        assert!(format.encode("21Ä".as_bytes()).is_none());
        assert!(SymbolFormat::holding(1305).is_none());
        assert!(SymbolFormat::of(8, 48).is_none() && SymbolFormat::of(18, 8).is_none());
    }

    #[test]
    fn a_symbol_holds_exactly_the_codewords_counted() {
        for format in FORMATS {
            let fitting = "0123456789A".repeat(300);
            let fits = |chars: usize| format.encode(&fitting.as_bytes()[..chars]).is_some();
            let counted = |chars: usize| codewords_of(&fitting.as_bytes()[..chars]);
            for chars in 1..fitting.len() {
                let expected = counted(chars) <= format.data_words;
                assert_eq!(fits(chars), expected, "{chars} characters in {format:?}");
                if !expected {
                    break;
                }
            }
        }
    }
}
