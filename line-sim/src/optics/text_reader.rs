//! The text station's eyes: reads the four readable lines from the pixels alone.
//!
//! The camera model calls it on a text station. It knows the font and the four headings, as a real
//! text station is taught them; it must never be told what a line should say, nor guess: a line
//! with one doubtful character is not read.

use crate::optics::font::{BLURS_PX, CELL_HEIGHT_PX, CELL_WIDTH_PX, Font};
use crate::optics::picture::Picture;
use crate::optics::text_block::{self, Block, INK_MIN};
use crate::optics::text_line::read_line;

/// The headings, from top to bottom.
pub const HEADINGS: [&[u8]; 4] = [b"PC", b"SN", b"LOT", b"EXP"];
/// Distance from a line to the next, in pixels.
pub const LINE_PITCH_PX: f32 = 22.0;

/// What was read behind each heading; none where a line cannot be read with confidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextReading {
    /// Behind `PC`.
    pub product_code: Option<String>,
    /// Behind `SN`.
    pub serial: Option<String>,
    /// Behind `LOT`.
    pub lot: Option<String>,
    /// Behind `EXP`.
    pub expiry: Option<String>,
}

/// Reads readable lines; holds the font at each blur.
pub struct TextReader {
    fonts: Vec<Font>,
}

impl Default for TextReader {
    fn default() -> Self {
        Self::new()
    }
}

impl TextReader {
    /// A reader that was taught the printer's font.
    #[must_use]
    pub fn new() -> Self {
        Self { fonts: BLURS_PX.map(Font::blurred).into() }
    }

    /// The four lines of the label in the picture.
    #[must_use]
    pub fn read(&self, picture: &Picture) -> TextReading {
        let Some(block) = text_block::find(picture, &self.fonts) else {
            return TextReading::default();
        };
        let [product_code, serial, lot, expiry] =
            [0, 1, 2, 3].map(|line| self.read_line(&block, line));
        TextReading { product_code, serial, lot, expiry }
    }

    fn read_line(&self, block: &Block, line: usize) -> Option<String> {
        let start = block.line_start(line, HEADINGS[line], &self.fonts)?;
        // The most blurred font is there to tell that a picture is too blurred to be believed.
        if start.ink < INK_MIN || start.font + 1 == self.fonts.len() {
            return None;
        }
        read_line(block, &self.fonts[start.font], &start)
    }
}

/// Size of a cell, in pixels.
pub const CELL_SIZE_PX: (f32, f32) = (CELL_WIDTH_PX as f32, CELL_HEIGHT_PX as f32);
