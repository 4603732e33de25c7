//! Where two texts differ, character by character.
//!
//! Used by the review of a pack. Must never look at more than [`MAX`] characters of a text: what is
//! longer is compared to there and the rest counts as different.

use maud::{Markup, html};

/// Longest text that is aligned; a code has at most a few dozen characters.
const MAX: usize = 200;

/// A text in pieces: each is common to both texts, or not.
pub(super) type Pieces = Vec<(String, bool)>;

/// Both texts in pieces; `true` marks what the other one does not have there.
pub(super) fn difference(one: &str, other: &str) -> (Pieces, Pieces) {
    let (a, rest_a) = chars(one);
    let (b, rest_b) = chars(other);
    let common = common(&a, &b);
    let (mut i, mut j) = (0, 0);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            push(&mut left, a[i], false);
            push(&mut right, b[j], false);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            push(&mut left, a[i], true);
            i += 1;
        } else {
            push(&mut right, b[j], true);
            j += 1;
        }
    }
    rest_a.chars().for_each(|c| push(&mut left, c, true));
    rest_b.chars().for_each(|c| push(&mut right, c, true));
    (left, right)
}

fn chars(text: &str) -> (Vec<char>, &str) {
    let end = text.char_indices().nth(MAX).map_or(text.len(), |(end, _)| end);
    (text[..end].chars().collect(), &text[end..])
}

/// Lengths of the longest common subsequences of what is left of both.
fn common(a: &[char], b: &[char]) -> Vec<Vec<u16>> {
    let mut table = vec![vec![0_u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i][j] = match a[i] == b[j] {
                true => table[i + 1][j + 1] + 1,
                false => table[i + 1][j].max(table[i][j + 1]),
            };
        }
    }
    table
}

fn push(pieces: &mut Pieces, c: char, differs: bool) {
    match pieces.last_mut() {
        Some((text, same)) if *same == differs => text.push(c),
        _ => pieces.push((c.to_string(), differs)),
    }
}

/// Pieces with the differing ones marked: by ground, frame and underline, never by colour alone.
pub(super) fn marked(pieces: &Pieces) -> Markup {
    html! {
        @for (text, differs) in pieces {
            @if *differs { mark { (visible(text)) } } @else { (visible(text)) }
        }
    }
}

/// Separators and blanks as signs that can be seen.
fn visible(text: &str) -> String {
    text.replace('\u{1d}', "{GS}").replace(' ', "␣")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(pieces: &Pieces) -> String {
        pieces.iter().map(|(text, _)| text.as_str()).collect()
    }

    fn same(pieces: &Pieces) -> String {
        pieces.iter().filter(|(_, differs)| !differs).map(|(text, _)| text.as_str()).collect()
    }

    #[test]
    fn a_wrong_a_missing_and_a_further_character_are_marked() {
        let shown = |one, other| {
            let (a, b) = difference(one, other);
            (marked(&a).into_string(), marked(&b).into_string())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(shown("ABC1", "ABC1"), pair("ABC1", "ABC1"));
        assert_eq!(shown("A1C", "A7C"), pair("A<mark>1</mark>C", "A<mark>7</mark>C"));
        assert_eq!(shown("ABC", "AC"), pair("A<mark>B</mark>C", "AC"));
        assert_eq!(shown("", "<b>"), pair("", "<mark>&lt;b&gt;</mark>"));
        assert_eq!(shown("a\u{1d}", "a "), pair("a<mark>{GS}</mark>", "a<mark>␣</mark>"));
    }

    /// Nothing is lost, what is not marked is equal on both sides, and a text equals itself.
    #[test]
    fn any_two_texts() {
        let seed: u64 = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(4_711);
        println!("seed {seed}: SEED={seed} repeats it");
        let mut state = seed;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for _ in 0..2_000 {
            let mut text = || -> String {
                let length = next(12) * if next(20) == 0 { 40 } else { 1 };
                (0..length).map(|_| ['A', 'B', '1', 'ß', '\u{1d}'][next(5) as usize]).collect()
            };
            let (one, other) = (text(), text());
            let (a, b) = difference(&one, &other);
            assert_eq!((whole(&a), whole(&b)), (one.clone(), other), "seed {seed}");
            assert_eq!(same(&a), same(&b), "seed {seed}");
            let (own, _) = difference(&one, &one);
            let long = one.chars().count() > MAX;
            assert!(long || own.iter().all(|(_, differs)| !differs), "seed {seed}: {one}");
        }
    }
}
