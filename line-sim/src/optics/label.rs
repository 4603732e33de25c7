//! A label's content and drawing: the element string, the symbol and the readable text.
//!
//! The press calls it for each print. It must never judge what it is told to print: a labeler
//! prints a wrong date as faithfully as a right one, and so does this.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

use crate::optics::ink::InkPlane;
use crate::optics::symbol::SymbolFormat;

/// Width and height of a label picture.
pub const LABEL_SIDE_PX: usize = 320;
/// The separator after a variable-length element (GS1 General Specifications 7.8).
pub const GS: u8 = 0x1D;

const SYMBOL_SIDE_PX_MAX: usize = 168;
const SYMBOL_TOP_PX: usize = 26;
const TEXT_GAP_PX: usize = 18;
const LINE_PITCH_PX: usize = 22;
const LINE_HEAD_CHARS: usize = 4;
const TEXT_HEIGHT: RasterHeight = RasterHeight::Size20;
const TEXT_WEIGHT: FontWeight = FontWeight::Regular;
const FIRST_GLYPH: u8 = b' ';
const LAST_GLYPH: u8 = b'~';

/// The variable content of one label, as text and unchecked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelSpec {
    /// Product code, 14 digits (AI 01).
    pub gtin: String,
    /// Serial number (AI 21).
    pub serial: String,
    /// Expiry date, YYMMDD (AI 17).
    pub expiry: String,
    /// Batch or lot (AI 10).
    pub lot: String,
}

impl LabelSpec {
    /// The element string `01..21..<GS>17..10..`, without FNC1 in front.
    #[must_use]
    pub fn element_string(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(80);
        for (identifier, value) in [("01", &self.gtin), ("21", &self.serial)] {
            text.extend_from_slice(identifier.as_bytes());
            text.extend_from_slice(value.as_bytes());
        }
        text.push(GS);
        for (identifier, value) in [("17", &self.expiry), ("10", &self.lot)] {
            text.extend_from_slice(identifier.as_bytes());
            text.extend_from_slice(value.as_bytes());
        }
        text
    }

    /// The readable lines, as on European packs.
    fn lines(&self) -> [String; 4] {
        [
            format!("PC  {}", self.gtin),
            format!("SN  {}", self.serial),
            format!("LOT {}", self.lot),
            format!("EXP {}", readable_expiry(&self.expiry)),
        ]
    }
}

/// `MM.20YY` of a YYMMDD date, or the text as it is when it is no such date.
fn readable_expiry(expiry: &str) -> String {
    match (expiry.get(0..2), expiry.get(2..4)) {
        (Some(year), Some(month)) if expiry.len() == 6 => format!("{month}.20{year}"),
        _ => expiry.to_owned(),
    }
}

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
    format: Option<SymbolFormat>,
    module_px: usize,
    left_px: usize,
    glyphs: Vec<&'static [u8]>,
}

impl Label {
    /// The drawing for a template.
    #[must_use]
    pub fn new(template: LabelTemplate) -> Self {
        let format = template.symbol_format();
        let side = format.map_or(1, |format| format.side);
        let module_px = SYMBOL_SIDE_PX_MAX / side;
        let text_px = template.line_chars_max() * glyph_width_px();
        let block_px = text_px.max(module_px * side).min(LABEL_SIDE_PX);
        Self { format, module_px, left_px: (LABEL_SIDE_PX - block_px) / 2, glyphs: glyphs() }
    }

    /// The ink of one label. Content that its symbol cannot hold is printed as text alone.
    #[must_use]
    pub fn draw(&self, spec: &LabelSpec) -> InkPlane {
        let mut plane = InkPlane::blank(LABEL_SIDE_PX, LABEL_SIDE_PX);
        let modules = self.format.and_then(|format| format.encode(&spec.element_string()));
        if let (Some(format), Some(modules)) = (self.format, modules) {
            self.draw_symbol(&mut plane, format.side, &modules);
        }
        let symbol_px = self.format.map_or(0, |format| format.side * self.module_px);
        let text_top_px = SYMBOL_TOP_PX + symbol_px + TEXT_GAP_PX;
        for (index, line) in spec.lines().iter().enumerate() {
            self.draw_line(&mut plane, text_top_px + index * LINE_PITCH_PX, line);
        }
        plane
    }

    fn draw_symbol(&self, plane: &mut InkPlane, side: usize, modules: &[bool]) {
        for (row, line) in modules.chunks(side).enumerate() {
            for (column, _) in line.iter().enumerate().filter(|(_, dark)| **dark) {
                let left = self.left_px + column * self.module_px;
                let top = SYMBOL_TOP_PX + row * self.module_px;
                for y in top..top + self.module_px {
                    plane.row_mut(y)[left..left + self.module_px].fill(u8::MAX);
                }
            }
        }
    }

    /// Characters beyond the label's edge are lost, as on the pack.
    fn draw_line(&self, plane: &mut InkPlane, top_px: usize, line: &str) {
        let width = glyph_width_px();
        let fitting = LABEL_SIDE_PX.saturating_sub(self.left_px) / width;
        for (index, byte) in line.bytes().take(fitting).enumerate() {
            let left = self.left_px + index * width;
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

fn glyph_width_px() -> usize {
    get_raster_width(TEXT_WEIGHT, TEXT_HEIGHT)
}

/// The printable ASCII glyphs in order; a glyph the font lacks is empty.
fn glyphs() -> Vec<&'static [u8]> {
    (FIRST_GLYPH..=LAST_GLYPH)
        .map(|byte| get_raster(char::from(byte), TEXT_WEIGHT, TEXT_HEIGHT))
        .map(|raster| raster.map_or(&[][..], |raster| raster.pixels()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> LabelSpec {
        LabelSpec {
            gtin: "04150037528643".into(),
            serial: "7K2M9QXT4B8Z".into(),
            expiry: "271231".into(),
            lot: "AB1234C".into(),
        }
    }

    #[test]
    fn the_element_string_separates_the_serial() {
        let text = spec().element_string();
        assert_eq!(text, b"0104150037528643217K2M9QXT4B8Z\x1D1727123110AB1234C");
    }

    #[test]
    fn the_template_fixes_the_symbol_size() {
        let side = |serial_chars_max, lot_chars_max| {
            let template = LabelTemplate { serial_chars_max, lot_chars_max };
            template.symbol_format().map(|format| format.side)
        };
        assert_eq!(side(20, 20), Some(32));
        assert_eq!(side(16, 10), Some(26));
        assert_eq!(side(12, 8), Some(24));
        assert_eq!(side(200, 200), None);
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
            let format = template.symbol_format().unwrap();
            assert!(format.encode(&longest.element_string()).is_some());
        }
    }

    #[test]
    fn odd_content_is_drawn_without_a_symbol() {
        let label = Label::new(LabelTemplate { serial_chars_max: 4, lot_chars_max: 4 });
        let ink =
            |spec: &LabelSpec| label.draw(spec).coverage.iter().map(|c| u64::from(*c)).sum::<u64>();
        let long = LabelSpec { serial: "X".repeat(300), ..spec() };
        let foreign = LabelSpec { serial: "ÄÖ€".into(), expiry: "soon".into(), ..spec() };
        let fitting = LabelSpec { serial: "AB12".into(), lot: "L1".into(), ..spec() };
        assert!(ink(&long) < ink(&fitting) && ink(&foreign) < ink(&fitting));
        assert!(ink(&long) > 0);
    }
}
