//! The words of a code, texts from outside made harmless, figures as people read them.
//!
//! Used by the page. Must never be stored: records hold codes.

use crate::i18n::Words;
use serde::Serialize;

/// A code's name, as in JSON.
pub(crate) fn code(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The words of a code under `prefix`; the code itself where there are none.
pub(crate) fn named(words: Words, prefix: &str, value: &impl Serialize) -> String {
    let code = code(value);
    words.maybe(&format!("{prefix}-{code}")).unwrap_or_else(|| short(&code))
}

/// Longest text from outside that a page shows whole, in characters.
const SHORT: usize = 300;

/// The beginning of a text from outside.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// True for what turns the order of reading round, has no width, or is no text at all.
const fn misleads(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// HTML in which what would mislead a reader is told by its number: no page shows a serial in
/// another order than it has.
pub(crate) fn inert(html: String) -> String {
    if !html.chars().any(misleads) {
        return html;
    }
    let told = |c: char| {
        if misleads(c) { format!("[U+{:04X}]", u32::from(c)) } else { c.to_string() }
    };
    html.chars().map(told).collect()
}

/// Time of the day, UTC, of milliseconds since 1970.
pub(crate) fn utc_time(unix_ms: i64) -> String {
    let seconds = unix_ms.div_euclid(1_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Seconds as `m:ss` or `h:mm:ss`.
pub(crate) fn duration(seconds: u64) -> String {
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h == 0 { format!("{m}:{s:02}") } else { format!("{h}:{m:02}:{s:02}") }
}

/// `12 345` with thin spaces between thousands.
pub(crate) fn count(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "\u{2212}" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// Microseconds as people read them: `870 µs`, `12.3 ms`, `1.20 s`.
pub(crate) fn micros(us: i64) -> String {
    let value = us as f64;
    match us.unsigned_abs() {
        0..1_000 => format!("{us} µs"),
        1_000..100_000 => format!("{:.1} ms", value / 1e3),
        100_000..1_000_000 => format!("{:.0} ms", value / 1e3),
        _ => format!("{:.2} s", value / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_misleads_is_told_by_its_number_and_the_rest_stays() {
        let plain = "<p>Gr\u{fc}n \u{2009}µ \u{2212}1 \n\t\u{1d}</p>".replace('\u{1d}', "");
        assert_eq!(inert(plain.clone()), plain);
        assert_eq!(inert("A\u{202e}B\u{0}\u{200b}".into()), "A[U+202E]B[U+0000][U+200B]");
        assert_eq!(short(&"ä".repeat(301)).chars().count(), 301);
        assert_eq!(short("ä"), "ä");
        assert_eq!(utc_time(86_400_000 + 3_661_000), "01:01:01");
    }

    #[test]
    fn figures() {
        let counts = [(0, "0"), (999, "999"), (1_000, "1\u{2009}000"), (-1, "\u{2212}1")];
        counts.iter().for_each(|(value, text)| assert_eq!(count(*value), *text));
        assert_eq!(count(1_234_567), "1\u{2009}234\u{2009}567");
        let times = [(0, "0:00"), (61, "1:01"), (3_600, "1:00:00")];
        times.iter().for_each(|(value, text)| assert_eq!(duration(*value), *text));
        let spans = [(7, "7 µs"), (1_250, "1.2 ms"), (187_400, "187 ms"), (1_200_000, "1.20 s")];
        spans.iter().for_each(|(value, text)| assert_eq!(micros(*value), *text));
    }
}
