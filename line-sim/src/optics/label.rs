//! The drawing of a label: its symbol and its readable text as ink.
//!
//! The press calls it for each print. It must never judge what it is told to print, nor let the
//! readable text follow the code: one may be wrong without the other.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

use crate::optics::ink::InkPlane;
use crate::optics::spec::{LabelError, LabelSpec};
use crate::optics::symbol::SymbolFormat;

/// Width and height of a label picture.
pub const LABEL_SIDE_PX: usize = 320;

const SYMBOL_WIDTH_PX_MAX: usize = 288;
const SYMBOL_HEIGHT_PX_MAX: usize = 168;
const MODULE_PX_MIN: usize = 2;
const MODULE_PX_MAX: usize = 10;
const SYMBOL_TOP_PX: usize = 26;
const TEXT_GAP_PX: usize = 18;
const LINE_PITCH_PX: usize = 22;
const LINE_HEAD_CHARS: usize = 4;
const TEXT_HEIGHT: RasterHeight = RasterHeight::Size20;
const TEXT_WEIGHT: FontWeight = FontWeight::Regular;
const FIRST_GLYPH: u8 = b' ';
const LAST_GLYPH: u8 = b'~';

/// What all labels of an artwork have in common: the longest content, hence one symbol size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelTemplate {
    /// Longest serial number, in characters.
    pub serial_chars_max: usize,
    /// Longest lot, in characters.
    pub lot_chars_max: usize,
}

impl Default for LabelTemplate {
    /// The longest that GS1 allows: 20 characters each.
    fn default() -> Self {
        Self { serial_chars_max: 20, lot_chars_max: 20 }
    }
}

impl LabelTemplate {
    /// The symbol that holds the longest content, or none if no pack-sized symbol does.
    #[must_use]
    pub fn symbol_format(&self) -> Option<SymbolFormat> {
        // Digits of fixed fields share codewords in pairs; letters take one each. FNC1, 01 with
        // 14 digits, 21, GS, 17 with 6 digits, 10.
        let fixed_words = 1 + 8 + 1 + 1 + 4 + 1;
        SymbolFormat::holding(fixed_words + self.serial_chars_max + self.lot_chars_max)
    }

    /// Characters of the longest readable line.
    fn line_chars_max(&self) -> usize {
        LINE_HEAD_CHARS + self.serial_chars_max.max(self.lot_chars_max).max(14)
    }
}

/// The drawing of an artwork: places and glyphs, worked out once.
#[derive(Clone, Debug)]
pub struct Label {
    usual: Option<SymbolFormat>,
    text_px: usize,
    glyphs: Vec<&'static [u8]>,
}

/// Where a symbol's modules lie, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SymbolBox {
    /// Left edge of the symbol.
    pub left_px: usize,
    /// Upper edge of the symbol.
    pub top_px: usize,
    /// Side of a module.
    pub module_px: usize,
}

impl Label {
    /// The drawing for a template.
    #[must_use]
    pub fn new(template: LabelTemplate) -> Self {
        let usual = template.symbol_format();
        Self { usual, text_px: template.line_chars_max() * glyph_width_px(), glyphs: glyphs() }
    }

    /// The symbol that a label gets.
    ///
    /// # Errors
    /// When the size asked for does not exist, or when the content does not fit the label.
    pub fn symbol(&self, spec: &LabelSpec) -> Result<SymbolFormat, LabelError> {
        let format = spec.symbol(self.usual)?;
        let (rows, columns) = (format.rows, format.columns);
        match module_px(format) {
            MODULE_PX_MIN.. => Ok(format),
            _ => Err(LabelError::TooFine { rows, columns }),
        }
    }

    /// The ink of one label; `lost` tells of each dark module whether it stays unprinted. Content
    /// that its symbol cannot hold is printed as text alone.
    #[must_use]
    pub fn draw(&self, spec: &LabelSpec, lost: &mut dyn FnMut() -> bool) -> InkPlane {
        let mut plane = InkPlane::blank(LABEL_SIDE_PX, LABEL_SIDE_PX);
        let format = self.symbol(spec).ok().or(self.usual);
        let (width_px, height_px, module_px) = format.map_or((0, 0, 0), |format| {
            let module_px = module_px(format).max(1);
            (format.columns * module_px, format.rows * module_px, module_px)
        });
        let block_px = self.text_px.max(width_px).min(LABEL_SIDE_PX);
        let left_px = (LABEL_SIDE_PX - block_px) / 2;
        if let Ok(format) = self.symbol(spec) {
            let place = SymbolBox { left_px, top_px: SYMBOL_TOP_PX, module_px };
            let modules = format.encode(&spec.element_string()).unwrap_or_default();
            draw_symbol(&mut plane, place, format.columns, &modules, lost);
        }
        let text_top_px = SYMBOL_TOP_PX + height_px + TEXT_GAP_PX;
        for (index, line) in spec.lines().iter().enumerate() {
            self.draw_line(&mut plane, left_px, text_top_px + index * LINE_PITCH_PX, line);
        }
        plane
    }

    /// Characters beyond the label's edge are lost, as on the pack.
    fn draw_line(&self, plane: &mut InkPlane, left_px: usize, top_px: usize, line: &str) {
        let width = glyph_width_px();
        let fitting = LABEL_SIDE_PX.saturating_sub(left_px) / width;
        for (index, byte) in line.bytes().take(fitting).enumerate() {
            let left = left_px + index * width;
            // What the font does not have leaves a gap.
            let glyph = usize::from(byte).checked_sub(usize::from(FIRST_GLYPH));
            let Some(glyph) = glyph.and_then(|index| self.glyphs.get(index)) else { continue };
            for (dy, coverage) in glyph.chunks(width).enumerate() {
                if top_px + dy < LABEL_SIDE_PX {
                    plane.row_mut(top_px + dy)[left..left + width].copy_from_slice(coverage);
                }
            }
        }
    }
}

/// Inks the dark modules; what lies beyond the plane is lost.
pub(super) fn draw_symbol(
    plane: &mut InkPlane,
    place: SymbolBox,
    columns: usize,
    modules: &[bool],
    lost: &mut dyn FnMut() -> bool,
) {
    for (row, line) in modules.chunks(columns).enumerate() {
        for (column, _) in line.iter().enumerate().filter(|(_, dark)| **dark) {
            if lost() {
                continue;
            }
            let edge = |at: usize, end: usize| at.min(end);
            let left = edge(place.left_px + column * place.module_px, plane.width);
            let right = edge(left + place.module_px, plane.width);
            let top = edge(place.top_px + row * place.module_px, plane.height);
            for y in top..edge(top + place.module_px, plane.height) {
                plane.row_mut(y)[left..right].fill(u8::MAX);
            }
        }
    }
}

/// The largest module that the label has room for.
pub(super) fn module_px(format: SymbolFormat) -> usize {
    let wide =
        if format.rows == format.columns { SYMBOL_HEIGHT_PX_MAX } else { SYMBOL_WIDTH_PX_MAX };
    (wide / format.columns).min(SYMBOL_HEIGHT_PX_MAX / format.rows).min(MODULE_PX_MAX)
}

/// Width of a character's cell.
pub(super) fn glyph_width_px() -> usize {
    get_raster_width(TEXT_WEIGHT, TEXT_HEIGHT)
}

/// The printable ASCII glyphs in order, row by row; a glyph the font lacks is empty.
pub(super) fn glyphs() -> Vec<&'static [u8]> {
    (FIRST_GLYPH..=LAST_GLYPH)
        .map(|byte| get_raster(char::from(byte), TEXT_WEIGHT, TEXT_HEIGHT))
        .map(|raster| raster.map_or(&[][..], |raster| raster.pixels()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optics::symbol::FORMATS;

    fn spec() -> LabelSpec {
        LabelSpec {
            gtin: "04150037528643".into(),
            serial: "7K2M9QXT4B8Z".into(),
            expiry: "271231".into(),
            lot: "AB1234C".into(),
            ..LabelSpec::default()
        }
    }

    fn ink(label: &Label, spec: &LabelSpec) -> u64 {
        label.draw(spec, &mut || false).coverage.iter().map(|c| u64::from(*c)).sum()
    }

    #[test]
    fn the_template_fixes_the_symbol_size() {
        let side = |serial_chars_max, lot_chars_max| {
            let template = LabelTemplate { serial_chars_max, lot_chars_max };
            template.symbol_format().map(|format| format.rows)
        };
        assert_eq!(side(20, 20), Some(32));
        assert_eq!(side(16, 10), Some(26));
        assert_eq!(side(12, 8), Some(24));
        assert_eq!(side(2000, 200), None);
    }

    #[test]
    fn the_longest_content_of_a_template_fits_its_symbol() {
        for (serial_chars_max, lot_chars_max) in [(20, 20), (16, 10), (12, 8), (8, 6)] {
            let template = LabelTemplate { serial_chars_max, lot_chars_max };
            let longest = LabelSpec {
                serial: "A".repeat(serial_chars_max),
                lot: "B".repeat(lot_chars_max),
                ..spec()
            };
            let label = Label::new(template);
            assert_eq!(label.symbol(&longest).ok(), template.symbol_format());
        }
    }

    #[test]
    fn every_size_that_fits_is_drawn_within_the_label() {
        let label = Label::new(LabelTemplate::default());
        let short = LabelSpec { gtin: "1".into(), ..LabelSpec::default() };
        let text = ink(&label, &LabelSpec { size: Some((9, 9)), ..short.clone() });
        for format in FORMATS.into_iter().filter(|f| f.data_words >= 10 && f.rows <= 80) {
            let spec = LabelSpec { size: Some((format.rows, format.columns)), ..short.clone() };
            assert_eq!(label.symbol(&spec), Ok(format));
            let modules = format.encode(&spec.element_string()).unwrap();
            let dark = modules.iter().filter(|dark| **dark).count() * module_px(format).pow(2);
            assert_eq!(ink(&label, &spec) - text, 255 * dark as u64, "{format:?}");
        }
        let fine = LabelSpec { size: Some((96, 96)), ..short };
        assert_eq!(label.symbol(&fine), Err(LabelError::TooFine { rows: 96, columns: 96 }));
    }

    #[test]
    fn odd_content_is_drawn_without_a_symbol() {
        let label = Label::new(LabelTemplate { serial_chars_max: 4, lot_chars_max: 4 });
        let fitting = ink(&label, &LabelSpec { serial: "AB12".into(), lot: "L1".into(), ..spec() });
        let long = LabelSpec { serial: "X".repeat(300), size: Some((24, 24)), ..spec() };
        let foreign = LabelSpec { serial: "ÄÖ€".into(), expiry: "soon".into(), ..spec() };
        assert!(ink(&label, &long) < fitting && ink(&label, &foreign) < fitting);
        assert!(ink(&label, &long) > 0);
    }

    #[test]
    fn lost_modules_stay_unprinted() {
        let label = Label::new(LabelTemplate::default());
        let mut count = 0;
        let mut every_second = || {
            count += 1;
            count % 2 == 0
        };
        let lossy = label.draw(&spec(), &mut every_second);
        let sum: u64 = lossy.coverage.iter().map(|c| u64::from(*c)).sum();
        assert!(sum < ink(&label, &spec()));
    }
}
