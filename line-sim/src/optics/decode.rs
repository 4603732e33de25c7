//! Finding and reading the symbols in a photograph.
//!
//! The camera calls it with nothing but the picture: it must never be told what was printed, nor
//! guess. What it cannot prove by error correction it has not read.

use rxing::common::{
    BitMatrix, DetectorRXingResult, HybridBinarizer, PerspectiveTransform, Quadrilateral,
};
use rxing::datamatrix::detector::zxing_cpp_detector::detect;
use rxing::{Binarizer, Luma8LuminanceSource, Point};

use crate::optics::codewords::{Decoded, decode};
use crate::optics::picture::Picture;
use crate::optics::symbol::{FORMATS, SymbolPlan};

/// Symbols looked for in one picture.
const SYMBOLS_MAX: usize = 4;

/// One symbol that was read.
pub struct Symbol<'a> {
    /// The plan of its size.
    pub plan: &'a SymbolPlan,
    /// What it says.
    pub decoded: Decoded,
    /// Where it lies.
    pub place: Place,
}

/// A symbol's outline in a picture.
pub struct Place {
    /// Outer corners in pixels: top left, top right, bottom right, bottom left, as the symbol is
    /// read.
    pub corners: [Point; 4],
    transform: PerspectiveTransform,
}

impl Place {
    fn new(corners: [Point; 4], rows: usize, columns: usize) -> Option<Self> {
        let (right, bottom) = (columns as f32, rows as f32);
        let at = |x, y| Point { x, y };
        let grid = [at(0.0, 0.0), at(right, 0.0), at(right, bottom), at(0.0, bottom)];
        let grid = Quadrilateral(grid);
        let outline = Quadrilateral(corners);
        let transform = PerspectiveTransform::quadrilateralToQuadrilateral(grid, outline).ok()?;
        Some(Self { corners, transform })
    }

    /// The pixel position of a point given in modules from the symbol's top left corner.
    #[must_use]
    pub fn pixel(&self, column: f32, row: f32) -> (f32, f32) {
        let point = self.transform.transform_point(Point { x: column, y: row });
        (point.x, point.y)
    }
}

/// Reads symbols; holds the plans of the sizes it knows.
pub struct Decoder {
    plans: Vec<SymbolPlan>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder for all pack-sized squares.
    #[must_use]
    pub fn new() -> Self {
        Self { plans: FORMATS.into_iter().map(SymbolPlan::new).collect() }
    }

    /// All symbols in the picture that can be read, up to four.
    #[must_use]
    pub fn read(&self, picture: &Picture) -> Vec<Symbol<'_>> {
        let attempts = [global_threshold, local_threshold, softened_threshold];
        attempts
            .into_iter()
            .filter_map(|threshold| threshold(picture))
            .map(|mut dark| self.read_all(&mut dark))
            .find(|symbols| !symbols.is_empty())
            .unwrap_or_default()
    }

    /// Reads one symbol after the other, wiping out each, until nothing more is found.
    fn read_all(&self, dark: &mut BitMatrix) -> Vec<Symbol<'_>> {
        let mut symbols = Vec::new();
        while symbols.len() < SYMBOLS_MAX {
            let Some(symbol) = self.read_one(dark) else { break };
            wipe(dark, &symbol.place.corners);
            symbols.push(symbol);
        }
        symbols
    }

    /// Reads the first symbol found, at the picture's middle lines or else anywhere.
    fn read_one(&self, dark: &BitMatrix) -> Option<Symbol<'_>> {
        [false, true].into_iter().find_map(|everywhere| {
            let found = detect(dark, everywhere, true).ok()?;
            found.iter().find_map(|grid| self.read_grid(grid.getBits(), grid.getPoints()))
        })
    }

    fn read_grid(&self, grid: &BitMatrix, corners: &[Point]) -> Option<Symbol<'_>> {
        let (rows, columns) = (grid.getHeight() as usize, grid.getWidth() as usize);
        let of_size = |plan: &&SymbolPlan| (plan.format.rows, plan.format.columns) == (rows, columns);
        let plan = self.plans.iter().find(of_size)?;
        let dark = |index| grid.get((index % columns) as u32, (index / columns) as u32);
        let decoded = decode(plan, dark)?;
        let place = Place::new(corners.try_into().ok()?, rows, columns)?;
        Some(Symbol { plan, decoded, place })
    }
}

/// Dark pixels by one threshold for the whole picture.
fn global_threshold(picture: &Picture) -> Option<BitMatrix> {
    let threshold = best_split(&picture.pixels);
    let mut dark = BitMatrix::new(picture.width as u32, picture.height as u32).ok()?;
    for (y, row) in picture.pixels.chunks(picture.width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, grey)| **grey <= threshold) {
            dark.set(x as u32, y as u32);
        }
    }
    Some(dark)
}

/// The grey value that best splits the pixels in two groups (Otsu's method).
fn best_split(pixels: &[u8]) -> u8 {
    let mut counts = [0_u32; 256];
    for grey in pixels {
        counts[usize::from(*grey)] += 1;
    }
    let total = pixels.len() as f64;
    let sum: f64 = (0..).zip(counts).map(|(grey, count)| f64::from(grey) * f64::from(count)).sum();
    let (mut darker, mut darker_sum, mut best, mut split) = (0.0, 0.0, 0.0, 0);
    for (grey, count) in (0_u8..=255).zip(counts) {
        darker += f64::from(count);
        darker_sum += f64::from(grey) * f64::from(count);
        let lighter = total - darker;
        if darker == 0.0 || lighter == 0.0 {
            continue;
        }
        let between = darker_sum / darker - (sum - darker_sum) / lighter;
        let spread = darker * lighter * between * between;
        if spread > best {
            (best, split) = (spread, grey);
        }
    }
    split
}

/// Dark pixels by a threshold for each neighbourhood: slower, but bears shading.
fn local_threshold(picture: &Picture) -> Option<BitMatrix> {
    let (width, height) = (picture.width as u32, picture.height as u32);
    let source = Luma8LuminanceSource::new(picture.pixels.clone(), width, height).ok()?;
    HybridBinarizer::new(source).get_black_matrix().ok().cloned()
}

/// Dark pixels of the picture out of focus: closes the gaps of dead nozzles, evens out noise.
fn softened_threshold(picture: &Picture) -> Option<BitMatrix> {
    let (width, height) = (picture.width, picture.height);
    let (last_x, last_y) = (width.checked_sub(1)?, height.checked_sub(1)?);
    let mut rows = Picture::filled(width, height, 0);
    let lines = rows.pixels.chunks_mut(width).zip(picture.pixels.chunks(width));
    for (out, line) in lines {
        for (x, pixel) in out.iter_mut().enumerate() {
            *pixel = soft_mean(|shift| line[(x + shift).saturating_sub(2).min(last_x)]);
        }
    }
    let mut soft = Picture::filled(width, height, 0);
    for (y, out) in soft.pixels.chunks_mut(width).enumerate() {
        let starts = [0, 1, 2, 3, 4].map(|shift| (y + shift).saturating_sub(2).min(last_y) * width);
        for (x, pixel) in out.iter_mut().enumerate() {
            *pixel = soft_mean(|shift| rows.pixels[starts[shift] + x]);
        }
    }
    global_threshold(&soft)
}

/// The mean of five grey values, weighted 1 4 6 4 1.
fn soft_mean(grey: impl Fn(usize) -> u8) -> u8 {
    let weighted = (0..).zip([1_u16, 4, 6, 4, 1]);
    let sum: u16 = weighted.map(|(shift, weight)| weight * u16::from(grey(shift))).sum();
    (sum / 16) as u8
}

/// Clears the upright box around a symbol.
fn wipe(dark: &mut BitMatrix, corners: &[Point; 4]) {
    let xs = corners.map(|corner| corner.x.max(0.0) as u32);
    let ys = corners.map(|corner| corner.y.max(0.0) as u32);
    let range = |values: [u32; 4], end: u32| {
        let low = values.into_iter().min().unwrap_or(0).saturating_sub(2);
        let high = values.into_iter().max().unwrap_or(0) + 3;
        low..high.min(end)
    };
    for y in range(ys, dark.getHeight()) {
        for x in range(xs, dark.getWidth()) {
            dark.unset(x, y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optics::symbol::SymbolFormat;

    /// Symbols of 6 pixels a module, side by side, on white.
    fn drawn(texts: &[&[u8]]) -> Picture {
        let mut picture = Picture::filled(40 + 200 * texts.len(), 220, 230);
        for (index, text) in texts.iter().enumerate() {
            let format = SymbolFormat::holding(44).unwrap();
            for (at, _) in format.encode(text).unwrap().iter().enumerate().filter(|(_, d)| **d) {
                let left = 30 + 200 * index + at % format.columns * 6;
                for y in 30 + at / format.columns * 6..36 + at / format.columns * 6 {
                    picture.pixels[y * picture.width + left..][..6].fill(25);
                }
            }
        }
        picture
    }

    #[test]
    fn every_symbol_in_the_picture_is_read() {
        let decoder = Decoder::new();
        for texts in [&[b"21ONE".as_slice()][..], &[b"21ONE", b"21TWO"], &[b"21ONE", b"21ONE"]] {
            let mut read: Vec<Vec<u8>> = decoder
                .read(&drawn(texts))
                .into_iter()
                .map(|symbol| symbol.decoded.content)
                .collect();
            read.sort();
            let printed: Vec<Vec<u8>> = texts.iter().map(|t| [b"]d2", *t].concat()).collect();
            assert_eq!(read, printed);
        }
    }

    #[test]
    fn a_symbol_lies_where_it_was_drawn() {
        let decoder = Decoder::new();
        let picture = drawn(&[b"21ONE"]);
        let symbols = decoder.read(&picture);
        let (x, y) = symbols[0].place.pixel(0.0, 0.0);
        assert!((x - 30.0).abs() < 1.0 && (y - 30.0).abs() < 1.0, "{x} {y}");
    }

    #[test]
    fn nothing_is_read_where_nothing_is() {
        let decoder = Decoder::new();
        for picture in [Picture::filled(0, 0, 0), Picture::filled(1, 1, 9), drawn(&[])] {
            assert!(decoder.read(&picture).is_empty());
        }
    }
}
