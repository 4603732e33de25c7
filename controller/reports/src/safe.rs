//! Text of strangers made harmless: what cannot be seen is written out, what a spreadsheet would
//! run is quoted.
//!
//! Used by the writers for people. Must never drop a character: each is shown or named.

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Text as a person can see it: controls, direction marks and blanks without width by number.
pub(crate) fn visible(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 16), |mut seen, char| {
        match is_hidden(char) {
            true => seen.push_str(&named(char)),
            false => seen.push(char),
        }
        seen
    })
}

/// `[U+202E]`
pub(crate) fn named(char: char) -> String {
    format!("[U+{:04X}]", u32::from(char))
}

fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' | '\u{fe00}'..='\u{fe0f}')
}

/// Text that no spreadsheet runs: an apostrophe before what looks like a formula.
pub(crate) fn no_formula(text: String) -> String {
    let begins = text.trim_start();
    // Full-width forms are taken for the plain ones by some.
    let wide = ['\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    if text.starts_with(FORMULA) || begins.starts_with(FORMULA) || begins.starts_with(wide) {
        return format!("'{text}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_named() {
        assert_eq!(visible("a\u{202e}b\u{1d}c\n"), "a[U+202E]b[U+001D]c[U+000A]");
        assert_eq!(visible("Größe 日本 <script>"), "Größe 日本 <script>");
    }

    #[test]
    fn no_text_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\u{a0}=1", "\u{ff1d}1"] {
            assert_eq!(no_formula(text.to_owned()), format!("'{text}"));
        }
        for text in ["", "a=b", "04150037528643"] {
            assert_eq!(no_formula(text.to_owned()), text);
        }
    }
}
