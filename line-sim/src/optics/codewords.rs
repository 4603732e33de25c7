//! From sampled modules to text: codewords, Reed-Solomon correction, content.
//!
//! The decoder calls it with each grid that looks like a symbol. It must never pass on a text that
//! the corrected codewords do not prove.

use datamatrix::data::decode_data;
use datamatrix::errorcode::{decode_error, encode_error};

use crate::optics::symbol::{Cell, SymbolPlan};

/// Codeword of the function character FNC1 (ISO/IEC 16022).
const FNC1: u8 = 232;

/// What a grid of modules says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text behind its symbology identifier: `]d2` with FNC1 first, else `]d1`
    /// (ISO/IEC 15424). FNC1 further on is GS.
    pub content: Vec<u8>,
    /// The modules as they should be, row by row, `true` dark.
    pub modules: Vec<bool>,
    /// Codewords that were corrected.
    pub errors: usize,
}

/// Decodes sampled modules; `dark(index)` tells of the module at `index` in row order.
///
/// Fixed modules are not asked for: damage of the finder costs nothing here, only in the grade.
/// None unless correction succeeds and the text is well formed.
pub fn decode(plan: &SymbolPlan, dark: impl Fn(usize) -> bool) -> Option<Decoded> {
    let format = &plan.format;
    let mut sampled = vec![0_u8; format.data_words + format.check_words];
    for (index, cell) in plan.cells.iter().enumerate() {
        if let Cell::Data { word, bit } = *cell {
            sampled[word] |= u8::from(dark(index)) << bit;
        }
    }
    let mut words = sampled.clone();
    decode_error(&mut words, format.size()).ok()?;
    let (data, check) = words.split_at(format.data_words);
    if encode_error(data, format.size()) != check {
        return None;
    }
    let text = decode_data(data).ok().filter(|text| !text.is_empty())?;
    let identifier = if data.first() == Some(&FNC1) { b"]d2" } else { b"]d1" };
    Some(Decoded {
        content: [identifier.as_slice(), &text].concat(),
        modules: plan.cells.iter().map(|cell| is_dark(*cell, &words)).collect(),
        errors: words.iter().zip(&sampled).filter(|(should, was)| should != was).count(),
    })
}

fn is_dark(cell: Cell, words: &[u8]) -> bool {
    match cell {
        Cell::Light => false,
        Cell::Dark => true,
        Cell::Data { word, bit } => words[word] >> bit & 1 == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optics::chance::below;
    use crate::optics::symbol::FORMATS;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    /// Modules of a symbol with `count` different codewords inverted.
    fn damaged(plan: &SymbolPlan, modules: &[bool], count: usize, seed: u64) -> Vec<bool> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut intact: Vec<usize> =
            (0..plan.format.data_words + plan.format.check_words).collect();
        let mut modules = modules.to_vec();
        for _ in 0..count {
            let hit = intact.swap_remove(below(&mut rng, intact.len()));
            for (module, cell) in modules.iter_mut().zip(&plan.cells) {
                *module ^= matches!(cell, Cell::Data { word, .. } if *word == hit);
            }
        }
        modules
    }

    #[test]
    fn half_as_many_errors_as_check_words_are_corrected_and_counted() {
        for format in FORMATS {
            let plan = SymbolPlan::new(format);
            let modules = format.encode(b"21AB\x1D10C").unwrap();
            for errors in 0..=format.check_words / 2 {
                let sampled = damaged(&plan, &modules, errors, 17);
                let decoded = decode(&plan, |index| sampled[index]).unwrap();
                assert_eq!(decoded.content, b"]d221AB\x1D10C");
                assert_eq!(decoded.modules, modules);
                assert_eq!(decoded.errors, errors);
            }
        }
    }

    #[test]
    fn more_errors_give_nothing_rather_than_a_wrong_text() {
        for format in FORMATS {
            let plan = SymbolPlan::new(format);
            let modules = format.encode(b"21AB\x1D10C").unwrap();
            for seed in 0..50 {
                let sampled = damaged(&plan, &modules, format.check_words / 2 + 1, seed);
                let decoded = decode(&plan, |index| sampled[index]);
                assert_eq!(decoded, None, "side {} seed {seed}", format.side);
            }
        }
    }

    #[test]
    fn without_fnc1_first_the_identifier_differs() {
        let format = FORMATS[3];
        let symbol = datamatrix::DataMatrix::encode(b"HELLO", format.size()).unwrap();
        let modules = symbol.bitmap().bits().to_vec();
        let decoded = decode(&SymbolPlan::new(format), |index| modules[index]).unwrap();
        assert_eq!(decoded.content, b"]d1HELLO");
    }
}
