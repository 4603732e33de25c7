//! Finding and reading the symbols in a photograph.
//!
//! The camera calls it with nothing but the picture: it must never be told what was printed, nor
//! guess. What it cannot prove by error correction it has not read.

use rxing::Point;
use rxing::common::{BitMatrix, DetectorRXingResult, PerspectiveTransform, Quadrilateral};
use rxing::datamatrix::detector::zxing_cpp_detector::detect;

use crate::optics::codewords::{Decoded, decode};
use crate::optics::modules::{self, fixed_right};
use crate::optics::outline::{FixedModules, has_legs, snapped};
use crate::optics::picture::Picture;
use crate::optics::region::regions;
use crate::optics::symbol::{FORMATS, SymbolPlan};
use crate::optics::thresholds;

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
    /// The place of a symbol of this size within these corners; none if they enclose nothing.
    #[must_use]
    pub fn new(corners: [Point; 4], rows: usize, columns: usize) -> Option<Self> {
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

/// How far around a symbol its ink may lie, in pixels.
const WIPE_MARGIN_PX: f32 = 3.0;
/// How far around a symbol that was read nothing else is looked for, in pixels.
const KNOWN_MARGIN_PX: f32 = 8.0;
/// Check words below which a symbol proves too little by itself.
const FEW_CHECK_WORDS: usize = 14;
/// Share of the fixed modules that must be right where few check words prove little.
const FIXED_RIGHT_MIN: f32 = 0.85;
/// How far sides may differ from those of a size, as the logarithm of their ratio.
const ASPECT_TOLERANCE: f32 = 0.25;
/// Sizes tried in one outline.
const SIZES_TRIED: usize = 3;
/// Fit of a rough outline below which it is not refined.
const ROUGH_FIT_MIN: f32 = 0.0;
/// Fit of a refined outline below which it is none.
const FIT_MIN: f32 = 1.0;

/// A size that can be read.
struct Size {
    plan: SymbolPlan,
    fixed: FixedModules,
}

/// Reads symbols; holds the plans of the sizes it knows.
pub struct Decoder {
    sizes: Vec<Size>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder for all squares and classic rectangles.
    #[must_use]
    pub fn new() -> Self {
        let size = |plan: SymbolPlan| Size { fixed: FixedModules::of(&plan), plan };
        Self { sizes: FORMATS.into_iter().map(SymbolPlan::new).map(size).collect() }
    }

    /// All symbols in the picture that can be read, up to four.
    #[must_use]
    pub fn read(&self, picture: &Picture) -> Vec<Symbol<'_>> {
        let attempts = [
            thresholds::global,
            thresholds::local,
            thresholds::softened,
            thresholds::softened_local,
        ];
        let found = attempts
            .into_iter()
            .filter_map(|threshold| threshold(picture))
            .map(|mut dark| self.read_all(&mut dark))
            .find(|symbols| !symbols.is_empty());
        let mut symbols = found.unwrap_or_default();
        if symbols.len() < 2 {
            self.read_regions(picture, &mut symbols);
        }
        symbols
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
        let of_size =
            |size: &&Size| (size.plan.format.rows, size.plan.format.columns) == (rows, columns);
        let plan = &self.sizes.iter().find(of_size)?.plan;
        let dark = |index| grid.get((index % columns) as u32, (index / columns) as u32);
        let decoded = decode(plan, dark)?;
        let few = plan.format.check_words < FEW_CHECK_WORDS;
        if few && fixed_right(plan, dark) < FIXED_RIGHT_MIN {
            return None;
        }
        let place = Place::new(corners.try_into().ok()?, rows, columns)?;
        Some(Symbol { plan, decoded, place })
    }

    /// Reads the symbols whose finder nobody could follow, each from its region as a whole: those
    /// beside the ones found already too, for a code in view must not go unseen.
    fn read_regions<'a>(&'a self, picture: &Picture, symbols: &mut Vec<Symbol<'a>>) {
        let mut soft = None;
        let known = |point: Point| {
            symbols.iter().any(|symbol| encloses(&symbol.place.corners, point, KNOWN_MARGIN_PX))
        };
        for corners in regions(picture, known) {
            if soft.is_none() {
                soft = thresholds::soft(picture);
            }
            let Some(soft) = &soft else { return };
            let is_first = symbols.is_empty();
            let outline = snapped(soft, corners);
            // Beside a symbol it is most often the readable text: not worth a closer look.
            let outline = outline.filter(|corners| is_first || has_legs(picture, *corners));
            symbols.extend(outline.and_then(|corners| self.read_outline(picture, soft, corners)));
        }
    }

    /// Reads a symbol in a rough outline: the sizes and the four ways up that fit best.
    fn read_outline(
        &self,
        picture: &Picture,
        soft: &Picture,
        corners: [Point; 4],
    ) -> Option<Symbol<'_>> {
        let mut fits: Vec<(f32, &Size, [Point; 4])> = Vec::new();
        for way in 0..4 {
            let mut corners = corners;
            corners.rotate_left(way);
            for size in self.sizes.iter().filter(|size| has_aspect(&size.plan, &corners)) {
                let format = &size.plan.format;
                let Some(place) = Place::new(corners, format.rows, format.columns) else {
                    continue;
                };
                let fit = size.fixed.fit(soft, &place);
                if fit > ROUGH_FIT_MIN {
                    fits.push((fit, size, corners));
                }
            }
        }
        fits.sort_by(|a, b| b.0.total_cmp(&a.0));
        fits.into_iter().take(SIZES_TRIED).find_map(|(_, size, corners)| {
            let (fit, place) = size.fixed.refined(soft, &size.plan, corners)?;
            if fit < FIT_MIN {
                return None;
            }
            let decoded = modules::read(picture, &size.plan, &place)?;
            Some(Symbol { plan: &size.plan, decoded, place })
        })
    }
}

/// True when a point lies inside an outline or at most this far outside.
fn encloses(corners: &[Point; 4], point: Point, margin_px: f32) -> bool {
    (0..4).all(|index| {
        let (a, b) = (corners[index], corners[(index + 1) % 4]);
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let across = dx * (point.y - a.y) - dy * (point.x - a.x);
        across > -margin_px * dx.hypot(dy)
    })
}

/// True when an outline is about as wide and high as the size.
fn has_aspect(plan: &SymbolPlan, corners: &[Point; 4]) -> bool {
    let [top_left, top_right, bottom_right, bottom_left] = *corners;
    let length = |a: Point, b: Point| (b.x - a.x).hypot(b.y - a.y);
    let wide = length(top_left, top_right) + length(bottom_left, bottom_right);
    let high = length(top_left, bottom_left) + length(top_right, bottom_right);
    let is = (wide / high.max(1.0)).ln();
    let should = (plan.format.columns as f32 / plan.format.rows as f32).ln();
    (is - should).abs() < ASPECT_TOLERANCE
}

/// Clears a symbol's outline and a little around it, and nothing of what lies beside a turned one.
fn wipe(dark: &mut BitMatrix, corners: &[Point; 4]) {
    let (xs, ys) = (corners.map(|corner| corner.x), corners.map(|corner| corner.y));
    let range = |values: [f32; 4], end: u32| {
        let low = values.into_iter().fold(f32::INFINITY, f32::min) - WIPE_MARGIN_PX;
        let high = values.into_iter().fold(0.0, f32::max) + WIPE_MARGIN_PX;
        low.max(0.0) as u32..(high.max(0.0) as u32 + 1).min(end)
    };
    let inside = |x: u32, y: u32| {
        let point = Point { x: x as f32 + 0.5, y: y as f32 + 0.5 };
        encloses(corners, point, WIPE_MARGIN_PX)
    };
    for y in range(ys, dark.getHeight()) {
        for x in range(xs, dark.getWidth()) {
            if dark.get(x, y) && inside(x, y) {
                dark.unset(x, y);
            }
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
