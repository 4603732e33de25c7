//! The printer's font as a text reader was taught it: each glyph, as sharp as the camera sees it.
//!
//! The text reader looks its cells up here. It must never know what a label says.

use crate::optics::label::{glyph_width_px, glyphs};

/// Height of a character's cell, in pixels.
pub const CELL_HEIGHT_PX: usize = 20;
/// Width of a character's cell, in pixels.
pub const CELL_WIDTH_PX: usize = 9;
/// Pixels of a cell.
pub const CELL_PX: usize = CELL_WIDTH_PX * CELL_HEIGHT_PX;
/// Sums that are added up side by side; divides the pixels of a cell.
const LANES: usize = 12;
/// Deviations of blur that the font is held ready for, in pixels.
pub const BLURS_PX: [f32; 4] = [0.5, 0.85, 1.2, 1.7];
/// The character of the first glyph; the printable ASCII characters follow in order.
const FIRST: u8 = b' ';
/// What an element string may hold besides digits and letters (GS1 General Specifications,
/// figure 7.11-1): nothing else is on a pack.
const SIGNS: &[u8] = b" !\"%&'()*+,-./_:;<=>?";

/// Ink of one cell, 0..1, row by row.
pub type CellInk = [f32; CELL_PX];

/// All glyphs at one blur.
#[derive(Clone, Debug)]
pub struct Font {
    glyphs: Vec<CellInk>,
}

impl Font {
    /// The font at a blur of this deviation. Ink that blur carries out of a cell is lost.
    #[must_use]
    pub fn blurred(deviation_px: f32) -> Self {
        let width = glyph_width_px();
        let glyph = |raster: &[u8]| {
            let mut ink = [0.0; CELL_PX];
            for (row, line) in raster.chunks(width).enumerate().take(CELL_HEIGHT_PX) {
                for (column, coverage) in line.iter().enumerate().take(CELL_WIDTH_PX) {
                    ink[row * CELL_WIDTH_PX + column] = f32::from(*coverage) / 255.0;
                }
            }
            blur(&ink, deviation_px)
        };
        Self { glyphs: glyphs().into_iter().map(glyph).collect() }
    }

    /// The glyphs of the characters that may be on a pack, the blank among them.
    pub fn characters(&self) -> impl Iterator<Item = (u8, &CellInk)> {
        let may_be = |c: u8| c.is_ascii_alphanumeric() || SIGNS.contains(&c);
        (FIRST..).zip(&self.glyphs).filter(move |(character, _)| may_be(*character))
    }

    /// The glyph of a character, if the font has it.
    #[must_use]
    pub fn glyph(&self, character: u8) -> Option<&CellInk> {
        self.glyphs.get(usize::from(character.checked_sub(FIRST)?))
    }
}

/// Sum of the squared differences, a constant difference left out: carton is not equally light.
#[must_use]
pub fn apart(first: &CellInk, second: &CellInk, density: f32) -> f32 {
    // Many sums side by side: the processor adds them at once.
    let (mut sums, mut squares) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    for (first, second) in first.chunks_exact(LANES).zip(second.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let difference = first[lane] - density * second[lane];
            sums[lane] += difference;
            squares[lane] += difference * difference;
        }
    }
    let sum: f32 = sums.iter().sum();
    squares.iter().sum::<f32>() - sum * sum / CELL_PX as f32
}

fn blur(ink: &CellInk, deviation_px: f32) -> CellInk {
    let weight = |distance: isize| {
        let share = distance as f32 / deviation_px;
        (-share * share / 2.0).exp()
    };
    let sum: f32 = (-8..=8).map(weight).sum();
    let mut rows = [0.0; CELL_PX];
    let mut out = [0.0; CELL_PX];
    let (width, height) = (CELL_WIDTH_PX as isize, CELL_HEIGHT_PX as isize);
    for at in 0..CELL_PX as isize {
        let (x, y) = (at % width, at / width);
        let line = (0..width).map(|from| ink[(y * width + from) as usize] * weight(from - x));
        rows[at as usize] = line.sum::<f32>() / sum;
    }
    for at in 0..CELL_PX as isize {
        let (x, y) = (at % width, at / width);
        let line = (0..height).map(|from| rows[(from * width + x) as usize] * weight(from - y));
        out[at as usize] = line.sum::<f32>() / sum;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_characters_look_alike() {
        let font = Font::blurred(BLURS_PX[1]);
        assert_eq!(font.characters().count(), 83);
        assert_eq!(glyph_width_px(), CELL_WIDTH_PX);
        for (first, ink) in font.characters() {
            for (second, other) in font.characters().filter(|(second, _)| *second > first) {
                let apart = apart(ink, other, 1.0);
                assert!(apart > 0.45, "{} {} {apart}", char::from(first), char::from(second));
            }
        }
    }
}
