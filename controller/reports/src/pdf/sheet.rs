//! Words on lines: a text broken to a width.
//!
//! Must never lose a character but the blank at which a line was broken; what is longer than its
//! bound is cut, and that is said.

use super::font::{Fonts, Style};

/// Lines of one cell.
const LINES_MAX: usize = 24;

/// Breaks a text; at least one line.
pub(super) fn broken_to(
    fonts: &Fonts,
    (style, size): (Style, f32),
    text: &str,
    width: f32,
) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0);
    let mut blank = None;
    for char in text.chars() {
        let wide = fonts.advance(style, char) * size;
        if used + wide > width && !line.is_empty() {
            let rest = match blank.take() {
                Some(at) => line.split_off(at).trim_start().to_owned(),
                None => String::new(),
            };
            lines.push(std::mem::replace(&mut line, rest));
            used = fonts.width(style, size, &line);
            if lines.len() == LINES_MAX {
                lines.push(format!("[cut: {} bytes, whole in the JSON form]", text.len()));
                return lines;
            }
        }
        line.push(char);
        used += wide;
        // Behind these a line may end; a blank too near to the beginning would waste the line.
        if matches!(char, ' ' | ',' | ';' | ':' | '-' | '_' | '/') && used > width / 3.0 {
            blank = Some(line.len());
        }
    }
    lines.push(line);
    lines
}
