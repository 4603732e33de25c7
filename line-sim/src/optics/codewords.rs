//! From sampled modules to text: codewords, Reed-Solomon correction, content.
//!
//! The decoder calls it with each grid that looks like a symbol. It must never pass on a text that
//! the corrected codewords do not prove.

use datamatrix::data::decode_data;
use datamatrix::errorcode::{decode_error, encode_error};
use rxing::common::reedsolomon::{GenericGFRef, PredefinedGenericGF, ReedSolomonDecoder};

use crate::optics::symbol::{Cell, SymbolFormat, SymbolPlan};

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
    /// Codewords that were corrected, in the block that took most.
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
    let words = correct(format, &sampled)?;
    let (data, check) = words.split_at(format.data_words);
    if encode_error(data, format.size()) != check {
        return None;
    }
    let text = decode_data(data).ok().filter(|text| !text.is_empty())?;
    let identifier = if data.first() == Some(&FNC1) { b"]d2" } else { b"]d1" };
    Some(Decoded {
        content: [identifier.as_slice(), &text].concat(),
        modules: plan.cells.iter().map(|cell| is_dark(*cell, &words)).collect(),
        errors: errors_of_worst_block(format, &words, &sampled),
    })
}

/// The codewords with their errors corrected, or none.
fn correct(format: &SymbolFormat, sampled: &[u8]) -> Option<Vec<u8>> {
    let mut words = sampled.to_vec();
    if format.blocks == 1 {
        decode_error(&mut words, format.size()).ok()?;
        return Some(words);
    }
    let field = GenericGFRef::from(PredefinedGenericGF::DataMatrixField256);
    let corrector = ReedSolomonDecoder::new(field);
    let check_words = i32::try_from(format.block_check_words()).ok()?;
    for block in 0..format.blocks {
        let of_block = (0..words.len()).filter(|word| format.block(*word) == block);
        let places: Vec<usize> = of_block.collect();
        let mut part: Vec<u8> = places.iter().map(|place| words[*place]).collect();
        corrector.decode(&mut part, check_words).ok()?;
        for (place, word) in places.into_iter().zip(part) {
            words[place] = word;
        }
    }
    Some(words)
}

fn errors_of_worst_block(format: &SymbolFormat, words: &[u8], sampled: &[u8]) -> usize {
    let mut errors = vec![0; format.blocks];
    for (word, _) in words.iter().zip(sampled).enumerate().filter(|(_, (is, was))| is != was) {
        errors[format.block(word)] += 1;
    }
    errors.into_iter().max().unwrap_or(0)
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

    /// Modules of a symbol with `count` different codewords of each block inverted.
    fn damaged(plan: &SymbolPlan, modules: &[bool], count: usize, seed: u64) -> Vec<bool> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let format = &plan.format;
        let mut modules = modules.to_vec();
        for block in 0..format.blocks {
            let words = 0..format.data_words + format.check_words;
            let mut intact: Vec<usize> = words.filter(|w| format.block(*w) == block).collect();
            for _ in 0..count {
                let hit = intact.swap_remove(below(&mut rng, intact.len()));
                for (module, cell) in modules.iter_mut().zip(&plan.cells) {
                    *module ^= matches!(cell, Cell::Data { word, .. } if *word == hit);
                }
            }
        }
        modules
    }

    #[test]
    fn half_as_many_errors_as_check_words_are_corrected_and_counted() {
        for format in FORMATS {
            let plan = SymbolPlan::new(format);
            let modules = format.encode(b"2112").unwrap();
            for errors in [0, 1, format.block_check_words() / 2] {
                let sampled = damaged(&plan, &modules, errors, 17);
                let decoded = decode(&plan, |index| sampled[index]);
                let decoded = decoded.unwrap_or_else(|| panic!("{format:?}: {errors} errors"));
                assert_eq!(decoded.content, b"]d22112");
                assert_eq!(decoded.modules, modules);
                assert_eq!(decoded.errors, errors, "{format:?}");
            }
        }
    }

    #[test]
    fn more_errors_give_nothing_rather_than_a_wrong_text() {
        // The three smallest have too few check words for a promise; the decoder asks more there.
        for format in FORMATS.into_iter().filter(|f| f.check_words >= 11 && f.blocks == 1) {
            let plan = SymbolPlan::new(format);
            let modules = format.encode(b"21AB\x1D10C").unwrap();
            for seed in 0..50 {
                let sampled = damaged(&plan, &modules, format.check_words / 2 + 1, seed);
                let decoded = decode(&plan, |index| sampled[index]);
                assert_eq!(decoded, None, "{format:?} seed {seed}");
            }
        }
    }

    #[test]
    fn without_fnc1_first_the_identifier_differs() {
        let format = SymbolFormat::of(22, 22).unwrap();
        let symbol = datamatrix::DataMatrix::encode(b"HELLO", format.size()).unwrap();
        let modules = symbol.bitmap().bits().to_vec();
        let decoded = decode(&SymbolPlan::new(format), |index| modules[index]).unwrap();
        assert_eq!(decoded.content, b"]d1HELLO");
    }
}
