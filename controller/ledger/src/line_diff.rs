//! The difference of two texts, line by line: what a person looks at before approving a recipe.
//!
//! Used by pages and the command line. Must never need more than a bounded table.

use serde::Serialize;

/// Cells of the table; beyond them the middle counts as rewritten.
const CELLS_MAX: usize = 4_000_000;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// In both.
    Same,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
}

/// A line of either text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    /// What became of it.
    pub change: Change,
    /// Its text.
    pub text: String,
}

/// Every line of both texts in order, with the fewest changes.
#[must_use]
pub fn line_diff(old: &str, new: &str) -> Vec<DiffLine> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b);
    let tail = tail.count();
    let (a_mid, b_mid) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut lines = Vec::with_capacity(a.len() + b.len());
    let mut put = |change, text: &str| lines.push(DiffLine { change, text: text.to_owned() });
    a[..head].iter().for_each(|line| put(Change::Same, line));
    middle(a_mid, b_mid, &mut put);
    a[a.len() - tail..].iter().for_each(|line| put(Change::Same, line));
    lines
}

/// The longest common lines of the rest, from the end to the beginning.
fn middle(a: &[&str], b: &[&str], put: &mut impl FnMut(Change, &str)) {
    let width = b.len() + 1;
    if (a.len() + 1).saturating_mul(width) > CELLS_MAX {
        a.iter().for_each(|line| put(Change::Removed, line));
        b.iter().for_each(|line| put(Change::Added, line));
        return;
    }
    let mut common = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            put(Change::Same, a[i]);
            (i, j) = (i + 1, j + 1);
        } else if i < a.len()
            && (j == b.len() || common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            put(Change::Removed, a[i]);
            i += 1;
        } else {
            put(Change::Added, b[j]);
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(old: &str, new: &str) -> String {
        let mark = |line: &DiffLine| match line.change {
            Change::Same => format!(" {}", line.text),
            Change::Removed => format!("-{}", line.text),
            Change::Added => format!("+{}", line.text),
        };
        line_diff(old, new).iter().map(mark).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lines_are_told_as_kept_removed_and_added() {
        for (old, new, expected) in [
            ("", "", ""),
            ("a\nb\nc", "a\nb\nc", " a\n b\n c"),
            ("a\nb\nc", "a\nx\nc", " a\n-b\n+x\n c"),
            ("a\nb", "a\nb\nc", " a\n b\n+c"),
            ("b\nc", "c\nd", "-b\n c\n+d"),
            ("", "a", "+a"),
        ] {
            assert_eq!(said(old, new), expected, "{old:?} {new:?}");
        }
    }

    proptest! {
        #[test]
        fn both_texts_are_in_it(old in "([abc]\n){0,12}", new in "([abc]\n){0,12}") {
            let lines = line_diff(&old, &new);
            let of = |not: Change| -> String {
                let kept = lines.iter().filter(|line| line.change != not);
                kept.map(|line| format!("{}\n", line.text)).collect()
            };
            prop_assert_eq!(of(Change::Added), old);
            prop_assert_eq!(of(Change::Removed), new);
        }
    }
}
