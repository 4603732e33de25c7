//! The three fonts of the paper: their widths, and a text as glyphs.
//!
//! A character that a font lacks is written by its number. Must never draw a missing glyph, nor
//! reorder a text: glyphs stand in the order of their characters.

use super::broken;
use crate::ReportError;
use crate::safe::named;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use std::sync::Arc;
use ttf_parser::Face;

/// Which font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Words.
    Regular,
    /// Headings.
    Bold,
    /// Codes and hashes.
    Mono,
}

/// A font that can be drawn and measured.
struct Loaded {
    font: Font,
    face: Face<'static>,
}

/// See the module.
#[derive(Clone)]
pub(super) struct Fonts(Arc<[Loaded; 3]>);

impl Fonts {
    pub(super) fn new() -> Result<Self, ReportError> {
        let regular = loaded(dejavu::sans_condensed::regular())?;
        let bold = loaded(dejavu::sans_condensed::bold())?;
        Ok(Self(Arc::new([regular, bold, loaded(dejavu::sans_mono::regular())?])))
    }

    fn of(&self, style: Style) -> &Loaded {
        let [regular, bold, mono] = self.0.as_ref();
        match style {
            Style::Regular => regular,
            Style::Bold => bold,
            Style::Mono => mono,
        }
    }

    pub(super) fn font(&self, style: Style) -> Font {
        self.of(style).font.clone()
    }

    /// The text with what the font lacks written by its number.
    pub(super) fn drawable(&self, style: Style, text: &str) -> String {
        let face = &self.of(style).face;
        let has = |char: &char| face.glyph_index(*char).is_some_and(|glyph| glyph.0 != 0);
        if text.chars().all(|char| has(&char)) {
            return text.to_owned();
        }
        text.chars().fold(String::new(), |mut drawn, char| {
            if has(&char) {
                drawn.push(char)
            } else {
                drawn.push_str(&named(char))
            }
            drawn
        })
    }

    /// Width of a character in em.
    pub(super) fn advance(&self, style: Style, char: char) -> f32 {
        let face = &self.of(style).face;
        let glyph = face.glyph_index(char).unwrap_or_default();
        f32::from(face.glyph_hor_advance(glyph).unwrap_or_default())
            / f32::from(face.units_per_em())
    }

    /// Width of a text in points.
    pub(super) fn width(&self, style: Style, size: f32, text: &str) -> f32 {
        text.chars().map(|char| self.advance(style, char)).sum::<f32>() * size
    }

    pub(super) fn glyphs(&self, style: Style, text: &str) -> Vec<KrillaGlyph> {
        let face = &self.of(style).face;
        let glyph = |(start, char): (usize, char)| KrillaGlyph {
            glyph_id: GlyphId::new(u32::from(face.glyph_index(char).unwrap_or_default().0)),
            text_range: start..start + char.len_utf8(),
            x_advance: self.advance(style, char),
            x_offset: 0.0,
            y_offset: 0.0,
            y_advance: 0.0,
            location: None,
        };
        text.char_indices().map(glyph).collect()
    }
}

fn loaded(bytes: &'static [u8]) -> Result<Loaded, ReportError> {
    let font = Font::new(bytes.into(), 0).ok_or_else(|| broken("a font cannot be used"))?;
    Ok(Loaded { font, face: Face::parse(bytes, 0).map_err(broken)? })
}
