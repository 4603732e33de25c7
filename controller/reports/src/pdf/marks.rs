//! What is drawn on a page: texts and boxes, in points from the upper left corner.
//!
//! Kept until the page is full. Must never decide where anything goes.

use super::font::{Fonts, Style};
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::paint::Fill;
use krilla::surface::Surface;

/// Ink, 0 black to 255 white.
pub(super) type Ink = u8;

/// One mark.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// A text on its base line.
    Text { x: f32, y: f32, size: f32, style: Style, ink: Ink, text: String },
    /// A filled box.
    Box { x: f32, y: f32, width: f32, height: f32, ink: Ink },
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: luma::Color::new(ink).into(), ..Fill::default() }
}

/// Draws one mark.
pub(super) fn draw(mark: &Mark, fonts: &Fonts, surface: &mut Surface<'_>) {
    match mark {
        Mark::Text { x, y, size, style, ink, text } => {
            surface.set_fill(Some(fill(*ink)));
            let glyphs = fonts.glyphs(*style, text);
            let start = Point::from_xy(*x, *y);
            surface.draw_glyphs(start, &glyphs, fonts.font(*style), text, *size, false);
        }
        Mark::Box { x, y, width, height, ink } => {
            let Some(area) = Rect::from_xywh(*x, *y, *width, *height) else { return };
            let mut path = PathBuilder::new();
            path.push_rect(area);
            let Some(path) = path.finish() else { return };
            surface.set_fill(Some(fill(*ink)));
            surface.draw_path(&path);
        }
    }
}
