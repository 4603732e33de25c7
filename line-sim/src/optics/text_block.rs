//! Where the readable lines stand in a picture: the block of the four headings, and how it leans.
//!
//! The text reader calls it first. It must never read values: it looks for headings only.

use crate::optics::font::{CELL_HEIGHT_PX, CELL_WIDTH_PX, CellInk, Font};
use crate::optics::picture::Picture;
use crate::optics::region::carton;
use crate::optics::text_reader::{CELL_SIZE_PX, HEADINGS, LINE_PITCH_PX};

/// Least mean likeness of the four headings.
const LIKENESS_MIN: f32 = 0.35;
/// Least likeness of the heading that leads to the others.
const ANCHOR_LIKENESS_MIN: f32 = 0.4;
/// Least sum of squared ink in a place that is looked at.
const SPREAD_MIN: f32 = 0.02;
/// Least likeness of a line's own heading.
const HEADING_LIKENESS_MIN: f32 = 0.75;
/// Least ink of a heading, as a share of full ink.
pub const INK_MIN: f32 = 0.12;
/// Pixels that become one in the coarse search.
const COARSE: usize = 2;
/// Largest lean of the lines either way, in steps of a quarter degree.
const LEAN_STEPS: i32 = 12;
/// Width over which the lean is measured, in pixels.
const LEAN_WIDTH_PX: usize = 216;
/// How far a heading may lie from where the coarse search saw it, in pixels.
const START_REACH: i32 = 3;

/// The text block of a picture.
pub struct Block {
    /// Ink of each pixel: 0 carton, about 1 full ink.
    ink: Picture32,
    /// Upper left corner of the first line's first cell.
    corner: (f32, f32),
    /// Direction of the lines.
    along: (f32, f32),
}

/// Where a line begins.
#[derive(Clone, Copy, Debug)]
pub struct LineStart {
    /// Upper left corner of its first cell.
    pub corner: (f32, f32),
    /// The font whose blur is most like the picture's.
    pub font: usize,
    /// Density of the ink.
    pub ink: f32,
}

/// Values in place of grey.
struct Picture32 {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Picture32 {
    fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        if x < 0.0 || y < 0.0 {
            return 0.0;
        }
        let (left, top) = (x as usize, y as usize);
        if left + 1 >= self.width || top + 1 >= self.height {
            return 0.0;
        }
        let (across, down) = (x - left as f32, y - top as f32);
        let above = &self.values[top * self.width + left..];
        let below = &above[self.width..];
        let upper = above[0] + (above[1] - above[0]) * across;
        let lower = below[0] + (below[1] - below[0]) * across;
        upper + (lower - upper) * down
    }

    /// How dark each pixel is against the carton around it.
    fn ink_of(picture: &Picture) -> Self {
        let carton = carton(picture);
        let mut values = Vec::with_capacity(picture.pixels.len());
        for (index, grey) in picture.pixels.iter().enumerate() {
            let light = carton.near(index % picture.width, index / picture.width).max(1.0);
            values.push(1.0 - f32::from(*grey) / light);
        }
        Self { width: picture.width, height: picture.height, values }
    }

    /// The mean of each square of `COARSE` pixels.
    fn reduced(&self) -> Self {
        let (width, height) = (self.width / COARSE, self.height / COARSE);
        let mut values = vec![0.0; width * height];
        for y in 0..height * COARSE {
            for x in 0..width * COARSE {
                values[y / COARSE * width + x / COARSE] += self.values[y * self.width + x];
            }
        }
        let share = 1.0 / (COARSE * COARSE) as f32;
        values.iter_mut().for_each(|value| *value *= share);
        Self { width, height, values }
    }
}

/// The text block, if the picture shows one.
#[must_use]
pub fn find(picture: &Picture, fonts: &[Font]) -> Option<Block> {
    let ink = Picture32::ink_of(picture);
    let coarse = ink.reduced();
    let font = fonts.get(1)?;
    let patterns: Vec<Pattern> = HEADINGS.iter().map(|text| Pattern::of(text, font)).collect();
    // One heading leads to the others; where the first cannot be seen, the last may.
    let anchors = [0, HEADINGS.len() - 1];
    let (x, y) = anchors.into_iter().find_map(|anchor| find_by(&coarse, &patterns, anchor))?;
    let corner = ((x * COARSE) as f32, (y * COARSE) as f32);
    let along = lean(&ink, corner);
    Some(Block { ink, corner, along })
}

/// Coarse corner of the block whose headings are most like theirs, by the places of one of them.
fn find_by(coarse: &Picture32, patterns: &[Pattern], anchor: usize) -> Option<(usize, usize)> {
    let pitch = LINE_PITCH_PX / COARSE as f32;
    let down = |line: usize| (line as f32 * pitch).round() as usize;
    let mut best = (LIKENESS_MIN, None);
    for y in down(anchor)..coarse.height {
        for x in 0..coarse.width {
            if patterns[anchor].likeness(coarse, x, y) < ANCHOR_LIKENESS_MIN {
                continue;
            }
            let top = y - down(anchor);
            let near = |(line, pattern): (usize, &Pattern)| {
                let places = (0..3).flat_map(|dy| (0..3).map(move |dx| (x + dx, dy)));
                let places = places.map(|(x, dy)| (x.saturating_sub(1), top + down(line) + dy));
                places
                    .map(|(x, y)| pattern.likeness(coarse, x, y.saturating_sub(1)))
                    .fold(0.0, f32::max)
            };
            let mean = patterns.iter().enumerate().map(near).sum::<f32>() / patterns.len() as f32;
            if mean > best.0 {
                best = (mean, Some((x, top)));
            }
        }
    }
    best.1
}

/// A heading in coarse pixels, less its mean.
struct Pattern {
    width: usize,
    height: usize,
    values: Vec<f32>,
    size: f32,
}

impl Pattern {
    fn of(heading: &[u8], font: &Font) -> Self {
        let (width, height) = (heading.len() * CELL_WIDTH_PX / COARSE, CELL_HEIGHT_PX / COARSE);
        let mut values = vec![0.0; width * height];
        for (cell, character) in heading.iter().enumerate() {
            let Some(ink) = font.glyph(*character) else { continue };
            for (at, ink) in ink.iter().enumerate() {
                let x = (cell * CELL_WIDTH_PX + at % CELL_WIDTH_PX) / COARSE;
                if x < width {
                    values[at / CELL_WIDTH_PX / COARSE * width + x] += ink;
                }
            }
        }
        let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
        values.iter_mut().for_each(|value| *value -= mean);
        let size = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        Self { width, height, values, size }
    }

    /// How much a place of a picture is like the pattern: the correlation, -1..1, and 0 where
    /// there is next to no ink or where the pattern does not fit in.
    fn likeness(&self, picture: &Picture32, x: usize, y: usize) -> f32 {
        if x + self.width > picture.width || y + self.height > picture.height {
            return 0.0;
        }
        let seen = |row: usize| &picture.values[(y + row) * picture.width + x..][..self.width];
        // Two rows of the small letters' height tell whether there is ink at all.
        let middle = [seen(self.height / 2), seen(self.height / 2 + 2)];
        if middle.iter().all(|row| row.iter().all(|ink| *ink < INK_MIN / 2.0)) {
            return 0.0;
        }
        let (mut product, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for (row, line) in self.values.chunks(self.width).enumerate() {
            for (value, ink) in line.iter().zip(seen(row)) {
                product += value * ink;
                sum += ink;
                squares += ink * ink;
            }
        }
        let spread = squares - sum * sum / self.values.len().max(1) as f32;
        if spread < SPREAD_MIN { 0.0 } else { product / (self.size * spread.sqrt()) }
    }
}

/// The direction in which rows of the block are most unlike each other: that of its lines.
fn lean(ink: &Picture32, (left, top): (f32, f32)) -> (f32, f32) {
    let height = (LINE_PITCH_PX * HEADINGS.len() as f32) as usize;
    let contrast = |direction: (f32, f32)| {
        let row = |y: usize| {
            let columns = (0..LEAN_WIDTH_PX).step_by(2);
            let ink = columns.map(|x| {
                let (along, down) = (x as f32, y as f32);
                ink.at(left + along * direction.0, top + down + along * direction.1)
            });
            ink.sum::<f32>()
        };
        (0..height).map(row).map(|sum| sum * sum).sum::<f32>()
    };
    let directions = (-LEAN_STEPS..=LEAN_STEPS).map(|step| {
        let (sin, cos) = (step as f32 / 4.0).to_radians().sin_cos();
        (cos, sin)
    });
    let best = directions.map(|direction| (contrast(direction), direction));
    best.fold(
        (f32::NEG_INFINITY, (1.0, 0.0)),
        |best, next| if next.0 > best.0 { next } else { best },
    )
    .1
}

impl Block {
    /// Unit step from cell to cell along a line.
    #[must_use]
    pub fn along(&self) -> (f32, f32) {
        self.along
    }

    /// True when a point lies in the picture.
    #[must_use]
    pub fn shows(&self, (x, y): (f32, f32)) -> bool {
        x >= 0.0 && y >= 0.0 && x < self.ink.width as f32 && y < self.ink.height as f32
    }

    /// The ink of the cell whose upper left corner is here.
    #[must_use]
    pub fn cell(&self, (left, top): (f32, f32)) -> CellInk {
        let (cos, sin) = self.along;
        std::array::from_fn(|index| {
            let x = (index % CELL_WIDTH_PX) as f32 + 0.5;
            let y = (index / CELL_WIDTH_PX) as f32 + 0.5;
            self.ink.at(left + x * cos - y * sin, top + x * sin + y * cos)
        })
    }

    /// Where a line begins: its heading is looked for around its place in the block.
    #[must_use]
    pub fn line_start(&self, line: usize, heading: &[u8], fonts: &[Font]) -> Option<LineStart> {
        let (cos, sin) = self.along;
        let down = line as f32 * LINE_PITCH_PX;
        let rough = (self.corner.0 - down * sin, self.corner.1 + down * cos);
        let mut best = (HEADING_LIKENESS_MIN, None);
        let mut around = rough;
        // Whole pixels first, then halves around the best.
        for (reach, step) in [(START_REACH, 1.0), (1, 0.5)] {
            let ways = -reach..=reach;
            for (dx, dy) in ways.clone().flat_map(|dx| ways.clone().map(move |dy| (dx, dy))) {
                let corner = (around.0 + dx as f32 * step, around.1 + dy as f32 * step);
                for (font, likeness, ink) in self.heading_fits(corner, heading, fonts) {
                    if likeness > best.0 {
                        best = (likeness, Some(LineStart { corner, font, ink }));
                    }
                }
            }
            around = best.1?.corner;
        }
        best.1
    }

    /// For each font the likeness of a heading at a place and the density of its ink.
    fn heading_fits(
        &self,
        (left, top): (f32, f32),
        heading: &[u8],
        fonts: &[Font],
    ) -> Vec<(usize, f32, f32)> {
        let (cos, sin) = self.along;
        let place = |cell: usize| {
            let way = cell as f32 * CELL_SIZE_PX.0;
            (left + way * cos, top + way * sin)
        };
        let cells: Vec<CellInk> = (0..heading.len()).map(|cell| self.cell(place(cell))).collect();
        let fit = |(index, font): (usize, &Font)| {
            let mut sums = Regression::default();
            for (seen, character) in cells.iter().zip(heading) {
                let Some(glyph) = font.glyph(*character) else { continue };
                seen.iter().zip(glyph).for_each(|(ink, should)| sums.add(*should, *ink));
            }
            (index, sums.likeness(), sums.slope())
        };
        fonts.iter().enumerate().map(fit).collect()
    }
}

/// Sums of a straight line through points.
#[derive(Clone, Copy, Debug, Default)]
pub struct Regression {
    count: f32,
    x: f32,
    y: f32,
    xx: f32,
    xy: f32,
    yy: f32,
}

impl Regression {
    /// Adds a point.
    pub fn add(&mut self, x: f32, y: f32) {
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Spread of the points along x.
    #[must_use]
    pub fn spread(&self) -> f32 {
        self.xx - self.x * self.x / self.count.max(1.0)
    }

    /// Rise along x.
    #[must_use]
    pub fn slope(&self) -> f32 {
        (self.xy - self.x * self.y / self.count.max(1.0)) / self.spread().max(1e-6)
    }

    /// The correlation, -1..1.
    #[must_use]
    pub fn likeness(&self) -> f32 {
        let spread_y = (self.yy - self.y * self.y / self.count.max(1.0)).max(1e-6);
        self.slope() * (self.spread().max(0.0) / spread_y).sqrt()
    }
}
