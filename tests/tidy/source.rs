//! A Rust file as the rules see it: its lines, its code without comments and texts, and which lines
//! are test code.
//!
//! Not a parser: it knows comments, texts, brackets and attributes, which is all the rules need.

/// One file.
pub struct Source {
    /// Path from the repository's root, with `/`.
    pub path: String,
    /// The file as it stands.
    pub text: String,
    /// The same without comments and without what stands in texts; lines keep their numbers.
    pub code: Vec<char>,
    /// For each line whether it belongs to an item behind `#[cfg(test)]` or `#[test]`.
    test_lines: Vec<bool>,
}

impl Source {
    /// Reads a file's text.
    pub fn new(path: &str, text: &str) -> Self {
        let code = without_comments_and_texts(text);
        let mut test_lines = vec![false; text.lines().count() + 1];
        for (from, to) in test_items(&code) {
            let (first, last) = (line_of(&code, from), line_of(&code, to));
            for line in &mut test_lines[first - 1..last] {
                *line = true;
            }
        }
        Self { path: path.to_owned(), text: text.to_owned(), code, test_lines }
    }

    /// True when this line (from 1) is test code within a file of production code.
    pub fn is_test_line(&self, line: usize) -> bool {
        self.test_lines.get(line - 1).copied().unwrap_or(false)
    }

    /// Lines that are not test code.
    pub fn production_lines(&self) -> usize {
        let lines = 1..=self.text.lines().count();
        lines.filter(|line| !self.is_test_line(*line)).count()
    }

    /// The code, line by line, with numbers from 1.
    pub fn code_lines(&self) -> Vec<(usize, String)> {
        let code: String = self.code.iter().collect();
        code.lines().enumerate().map(|(i, line)| (i + 1, line.to_owned())).collect()
    }

    /// Paths of the files that `#[cfg(test)] mod name;` of this file makes test code.
    pub fn test_modules(&self) -> Vec<String> {
        let (dir, file) = self.path.rsplit_once('/').unwrap_or((".", &self.path));
        let stem = file.trim_end_matches(".rs");
        let own = match stem {
            "mod" | "lib" | "main" => dir.to_owned(),
            _ => format!("{dir}/{stem}"),
        };
        let mut found = Vec::new();
        for (from, to) in test_items(&self.code) {
            let item: String = self.code[from..=to].iter().collect();
            let Some((_, name)) = item.trim_end_matches(';').rsplit_once("mod ") else { continue };
            if item.ends_with(';') && name.chars().all(is_word) {
                for base in [&own, dir] {
                    found.push(format!("{base}/{name}.rs"));
                    found.push(format!("{base}/{name}/mod.rs"));
                }
            }
        }
        found
    }

    /// Every function: name, first line, last line.
    pub fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut found = Vec::new();
        let code = &self.code;
        for at in words(code, "fn") {
            let name: String = code[at + 2..]
                .iter()
                .skip_while(|c| **c == ' ')
                .take_while(|c| is_word(**c))
                .collect();
            let open = (!name.is_empty()).then(|| body_or_end(code, at)).flatten();
            if let Some(open) = open.filter(|open| code[*open] == '{') {
                let close = closing(code, open);
                found.push((name, line_of(code, at), line_of(code, close)));
            }
        }
        found
    }

    /// Every attribute: first line and its code without spaces.
    pub fn attributes(&self) -> Vec<(usize, String)> {
        let attribute = |(from, to): (usize, usize)| {
            let text = self.code[from..=to].iter().filter(|c| !c.is_whitespace()).collect();
            (line_of(&self.code, from), text)
        };
        attributes(&self.code).into_iter().map(attribute).collect()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn line_of(code: &[char], at: usize) -> usize {
    code[..at].iter().filter(|c| **c == '\n').count() + 1
}

/// Where `word` stands on its own.
fn words(code: &[char], word: &str) -> Vec<usize> {
    let word: Vec<char> = word.chars().collect();
    let before = |at: usize| at == 0 || !is_word(code[at - 1]);
    let after = |at: usize| code.get(at + word.len()).is_none_or(|c| !is_word(*c));
    let hit = |at: &usize| code[*at..].starts_with(&word) && before(*at) && after(*at);
    (0..code.len()).filter(hit).collect()
}

/// The bracket that closes the one at `open`, or the last character.
fn closing(code: &[char], open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, c) in code.iter().enumerate().skip(open) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    code.len() - 1
}

/// The first `{` or `;` from `at` on that is outside other brackets.
fn body_or_end(code: &[char], at: usize) -> Option<usize> {
    let mut at = at;
    while let Some(c) = code.get(at) {
        match c {
            '{' | ';' => return Some(at),
            '(' | '[' => at = closing(code, at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn attributes(code: &[char]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for at in 0..code.len() {
        let open = match code[at..] {
            ['#', '[', ..] => at + 1,
            ['#', '!', '[', ..] => at + 2,
            _ => continue,
        };
        found.push((at, closing(code, open)));
    }
    found
}

/// Items behind `#[test]` or a `#[cfg(test)]`, from the attribute to the item's end.
fn test_items(code: &[char]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (from, to) in attributes(code) {
        let text: String = code[from..=to].iter().filter(|c| !c.is_whitespace()).collect();
        let words: Vec<&str> = text.split(|c| !is_word(c)).collect();
        let cfg = text.starts_with("#[cfg(") && words.contains(&"test") && !words.contains(&"not");
        if !(text == "#[test]" || cfg) {
            continue;
        }
        if let Some(open) = body_or_end(code, to + 1 + attributes_after(code, to + 1)) {
            let end = if code[open] == '{' { closing(code, open) } else { open };
            found.push((from, end));
        }
    }
    found
}

/// Length of the further attributes that stand between `at` and the item.
fn attributes_after(code: &[char], at: usize) -> usize {
    let mut end = at;
    loop {
        let spaces = code[end..].iter().take_while(|c| c.is_whitespace()).count();
        if !code[end + spaces..].starts_with(&['#', '[']) {
            return end - at;
        }
        end = closing(code, end + spaces + 1) + 1;
    }
}

/// Blanks out comments and the inside of texts and characters; line ends stay.
fn without_comments_and_texts(text: &str) -> Vec<char> {
    let from: Vec<char> = text.chars().collect();
    let mut code = from.clone();
    let mut at = 0;
    while at < from.len() {
        let end = skipped(&from, at);
        for c in &mut code[at..end] {
            *c = if *c == '\n' { '\n' } else { ' ' };
        }
        at = end.max(at + 1);
    }
    code
}

/// End of the comment, text or character that begins at `at`; `at` when none does.
fn skipped(from: &[char], at: usize) -> usize {
    let begins = at == 0 || !is_word(from[at - 1]);
    match from[at..] {
        ['/', '/', ..] => at + from[at..].iter().take_while(|c| **c != '\n').count(),
        ['/', '*', ..] => block_comment(from, at),
        ['"', ..] => quoted(from, at + 1, '"'),
        ['r', '"' | '#', ..] if begins => raw_text(from, at + 1).unwrap_or(at),
        ['b' | 'c', 'r', '"' | '#', ..] if begins => raw_text(from, at + 2).unwrap_or(at),
        ['\'', '\\', ..] => quoted(from, at + 1, '\''),
        ['\'', c, '\'', ..] if c != '\'' => at + 3,
        _ => at,
    }
}

fn block_comment(from: &[char], at: usize) -> usize {
    let (mut depth, mut at) = (0, at);
    while at < from.len() {
        match from[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    from.len()
}

fn quoted(from: &[char], at: usize, end: char) -> usize {
    let mut at = at;
    while at < from.len() && from[at] != end {
        at += if from[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(from.len())
}

fn raw_text(from: &[char], at: usize) -> Option<usize> {
    let hashes = from[at..].iter().take_while(|c| **c == '#').count();
    if from.get(at + hashes) != Some(&'"') {
        return None; // A raw identifier.
    }
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let inside = at + hashes + 1;
    let length = from[inside..].windows(end.len()).position(|w| w == end)?;
    Some(inside + length + end.len())
}
