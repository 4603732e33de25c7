//! Reads one readable line cell by cell, and doubts.
//!
//! The text reader calls it with a line's beginning. It must never return a character that another
//! one explains nearly as well: dead nozzles make an F of an E.

use crate::optics::font::{CELL_HEIGHT_PX, CELL_PX, CELL_WIDTH_PX, CellInk, Font, apart};
use crate::optics::text_block::{Block, LineStart, Regression};
use crate::optics::text_reader::CELL_SIZE_PX;

/// Cells of a heading and the gap behind it.
const HEADING_CELLS: usize = 4;
/// Longest line, in cells.
const CELLS_MAX: usize = 26;
/// Share by which a cell's own place moves the next cell's.
const TRACKING: f32 = 0.6;
/// Places tried around a cell, in pixels.
const SHIFTS_PX: [f32; 3] = [0.0, -0.5, 0.5];
/// Glyphs whose place is looked for.
const GLYPHS_PLACED: usize = 3;
/// Gain of a row whose glyphs have too little ink to tell.
const ROW_INK_MIN: f32 = 1.0;
/// How far a cell may be from its glyph, in pixels of full ink.
const UNEXPLAINED_MAX: f32 = 4.0;
/// Share of what tells two characters apart that the nozzles must have printed.
const TELLING_MIN: f32 = 0.55;
/// How much nearer to the read glyph than to any other a cell must be: 1 on the one, -1 on the
/// other.
const NEARER_MIN: f32 = 0.4;
/// Logarithm of how much likelier the read glyph must be than any other, given the noise.
const LIKELIER_MIN: f32 = 20.0;
/// Largest variance of a pixel around its glyph, as a share of full ink: beyond it the line is
/// smeared or worse, and nothing in it is to be believed.
const NOISE_MAX: f32 = 0.0035;
/// Least noise of a pixel, as a share of full ink.
const NOISE_MIN: f32 = 0.05;

/// A cell as it was sampled and what it looks most like.
struct Cell {
    ink: CellInk,
    character: u8,
}

/// The value behind a heading; none when a character is in doubt, or when there is none.
#[must_use]
pub fn read_line(block: &Block, font: &Font, start: &LineStart) -> Option<String> {
    let cells = walk(block, font, start);
    let gains = row_gains(font, &cells, start.ink);
    let font = Weighted::new(font, &gains, start.ink);
    let doubted = Weighted::new(font.font, &doubted(&gains), start.ink);
    let noise = font.noise(&cells);
    if noise > NOISE_MAX * start.ink * start.ink {
        return None;
    }
    let value = cells.get(HEADING_CELLS..)?;
    let mut text = String::new();
    let mut ended = 0;
    for cell in value {
        let character = font.character(&doubted, &cell.ink, noise)?;
        if character == b' ' {
            ended += 1;
            if ended == 2 {
                break;
            }
        } else if ended > 0 {
            return None;
        } else {
            text.push(char::from(character));
        }
    }
    (!text.is_empty() && ended > 0).then_some(text)
}

/// The cells of a line, each where its best glyph fits best.
fn walk(block: &Block, font: &Font, start: &LineStart) -> Vec<Cell> {
    let (along_x, along_y) = block.along();
    let (mut x, mut y) = start.corner;
    let mut cells = Vec::new();
    while cells.len() < CELLS_MAX && block.shows((x + CELL_SIZE_PX.0, y + CELL_SIZE_PX.1 / 2.0)) {
        let (cell, (dx, dy)) = placed(block, font, start.ink, (x, y));
        if cell.character != b' ' {
            x += TRACKING * dx;
            y += TRACKING * dy;
        }
        let was_blank = cells.last().is_some_and(|last: &Cell| last.character == b' ');
        let ends = was_blank && cell.character == b' ' && cells.len() > HEADING_CELLS;
        cells.push(cell);
        if ends {
            break;
        }
        x += CELL_SIZE_PX.0 * along_x;
        y += CELL_SIZE_PX.0 * along_y;
    }
    cells
}

/// A cell and how far off its place it lies: the glyphs that look most like it are tried around.
fn placed(block: &Block, font: &Font, density: f32, (x, y): (f32, f32)) -> (Cell, (f32, f32)) {
    let here = block.cell((x, y));
    let mut nearest: Vec<(f32, u8)> =
        font.characters().map(|(c, glyph)| (apart(&here, glyph, density), c)).collect();
    nearest.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut best = (f32::INFINITY, Cell { ink: here, character: b' ' }, (0.0, 0.0));
    for (dx, dy) in SHIFTS_PX.into_iter().flat_map(|dx| SHIFTS_PX.map(|dy| (dx, dy))) {
        let ink = block.cell((x + dx, y + dy));
        for (_, character) in nearest.iter().take(GLYPHS_PLACED) {
            let Some(glyph) = font.glyph(*character) else { continue };
            let far = apart(&ink, glyph, density);
            if far < best.0 {
                best = (far, Cell { ink, character: *character }, (dx, dy));
            }
        }
    }
    (best.1, best.2)
}

/// Ink of each row of the line against what its characters should have: a dead nozzle shows.
fn row_gains(font: &Font, cells: &[Cell], density: f32) -> [f32; CELL_HEIGHT_PX] {
    let mut gains = [density; CELL_HEIGHT_PX];
    for (row, gain) in gains.iter_mut().enumerate() {
        let mut sums = Regression::default();
        for cell in cells {
            let Some(glyph) = font.glyph(cell.character) else { continue };
            let row = row * CELL_WIDTH_PX..(row + 1) * CELL_WIDTH_PX;
            cell.ink[row.clone()].iter().zip(&glyph[row]).for_each(|(ink, x)| sums.add(*x, *ink));
        }
        if sums.spread() > ROW_INK_MIN {
            *gain = sums.slope().clamp(0.0, 1.2 * density);
        }
    }
    gains
}

/// The gains with each row no better than its neighbours: a leaning line drifts over the rows that
/// dead nozzles left bare.
fn doubted(gains: &[f32; CELL_HEIGHT_PX]) -> [f32; CELL_HEIGHT_PX] {
    std::array::from_fn(|row| {
        let near = row.saturating_sub(1)..(row + 2).min(CELL_HEIGHT_PX);
        gains[near].iter().copied().fold(f32::INFINITY, f32::min)
    })
}

/// The font as this line's nozzles print it.
struct Weighted<'a> {
    font: &'a Font,
    glyphs: Vec<(u8, CellInk)>,
    density: f32,
}

impl<'a> Weighted<'a> {
    fn new(font: &'a Font, gains: &[f32; CELL_HEIGHT_PX], density: f32) -> Self {
        let weighted = |ink: &CellInk| -> CellInk {
            std::array::from_fn(|index| ink[index] * gains[index / CELL_WIDTH_PX])
        };
        let glyphs = font.characters().map(|(c, ink)| (c, weighted(ink))).collect();
        Self { font, glyphs, density }
    }

    /// The glyph nearest to a cell, and how far it is.
    fn nearest(&self, ink: &CellInk) -> Option<(f32, u8, &CellInk)> {
        let all = self.glyphs.iter().map(|(c, glyph)| (apart(ink, glyph, 1.0), *c, glyph));
        all.min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Variance of a pixel around its glyph, over the line.
    fn noise(&self, cells: &[Cell]) -> f32 {
        let sum: f32 = cells.iter().filter_map(|cell| Some(self.nearest(&cell.ink)?.0)).sum();
        let least = (NOISE_MIN * self.density).powi(2);
        (sum / (cells.len().max(1) * CELL_PX) as f32).max(least)
    }

    /// The glyph of a character as this line's nozzles print it.
    fn glyph(&self, character: u8) -> Option<&CellInk> {
        self.glyphs.iter().find(|(c, _)| *c == character).map(|(_, glyph)| glyph)
    }

    /// The character of a cell, unless another may be meant. What tells two characters apart must
    /// be there in the `doubted` font too.
    fn character(&self, doubted: &Self, ink: &CellInk, noise: f32) -> Option<u8> {
        let (far, character, glyph) = self.nearest(ink)?;
        let whole = self.font.glyph(character)?;
        let full = self.density * self.density;
        if far > UNEXPLAINED_MAX * full {
            return None;
        }
        let seen = doubted.glyph(character)?;
        let others = self.glyphs.iter().zip(&doubted.glyphs).zip(self.font.characters());
        let mut others = others.filter(|(((other, _), _), _)| *other != character);
        let sure = others.all(|(((_, other), (_, other_seen)), (_, whole_other))| {
            let gap = apart(ink, other, 1.0) - far;
            gap >= NEARER_MIN * apart(glyph, other, 1.0)
                && gap >= 2.0 * noise * LIKELIER_MIN
                && apart(seen, other_seen, 1.0)
                    >= TELLING_MIN * full * apart(whole, whole_other, 1.0)
        });
        sure.then_some(character)
    }
}
