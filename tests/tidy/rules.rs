//! The rules: what each forbids, why, and what to do instead.
//!
//! A rule reads one [`Source`] and tells each place; it must never change anything.

use crate::source::Source;
use std::fmt;

/// Production lines of a file: longer ones hold a second subject that has a name of its own.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function: one that fits a screen can be checked by eye.
const FUNCTION_LINES_MAX: usize = 70;
/// Characters of a line.
const LINE_CHARS_MAX: usize = 100;
/// The decision core: the same inputs give the same outputs, so it sees nothing else.
const CORE: &str = "controller/core/src/";

/// Words that the core may not use, and what to do instead.
const NOT_IN_CORE: [(&str, &str); 15] = [
    ("std::time", "take `Nanos` from the caller"),
    ("std::thread", "threads belong to controller/src"),
    ("std::net", "sockets belong to controller/devices"),
    ("std::fs", "files belong to the ledger and the binary"),
    ("std::io", "I/O belongs to the edge"),
    ("std::process", "processes belong to the binary"),
    ("std::env", "settings come in as `LineConfig`"),
    ("std::{", "name each path of std, so that this test can read it"),
    ("SystemTime", "the core knows no dates; the ledger adds the wall clock"),
    ("Instant", "take `Nanos` from the caller"),
    ("HashMap", "its order is random; use a sorted or bounded collection"),
    ("HashSet", "its order is random; use a sorted or bounded collection"),
    ("println!", "emit a record or an output"),
    ("print!", "emit a record or an output"),
    ("eprintln!", "emit a record or an output"),
];

/// Places that need what a rule forbids: file, word, why.
pub const REASONED: [(&str, &str, &str); 1] = [(
    "controller/core/src/serial_draw.rs",
    "HashSet",
    "asked for membership only, with fixed keys: its order never shows",
)];

/// Where code may be unsafe: a SQLite VFS is a table of C functions.
const UNSAFE: &str = "tests/crash-vfs/src/";

/// Macros that have no place in a finished file.
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

/// Beginnings of paths that exist on somebody's machine only.
const PRIVATE_PATHS: [&str; 4] =
    [concat!("/wor", "k/"), concat!("/tm", "p/"), concat!("/roo", "t/"), concat!("/hom", "e/")];

/// One place where a rule is broken.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    file: String,
    line: usize,
    what: String,
    instead: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.file, self.line, self.what, self.instead)
    }
}

/// Checks a Rust file; `declared_test` when another file declares it as a test module.
pub fn check_rust(source: &Source, declared_test: bool) -> Vec<Violation> {
    let mut found = Found { source, violations: check_text(&source.path, &source.text) };
    let is_test = declared_test || is_test_file(&source.path);
    found.opening();
    found.lengths();
    found.functions(is_test);
    found.unfinished();
    found.unsafe_code();
    found.attributes(is_test);
    if !is_test {
        found.panics();
        found.core();
    }
    found.violations
}

/// Checks any text for paths of somebody's machine.
pub fn check_text(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for private in PRIVATE_PATHS.into_iter().filter(|private| names_path(line, private)) {
            violations.push(Violation {
                file: path.to_owned(),
                line: i + 1,
                what: format!("names {private}, which exists on one machine only"),
                instead: "use a path of the repository, or tempfile in tests".to_owned(),
            });
        }
    }
    violations
}

/// True when the line holds `path` and not as the middle of a longer one.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-/}".contains(c))
    })
}

fn is_test_file(path: &str) -> bool {
    let named = |part: &str| matches!(part, "tests" | "benches" | "tests.rs");
    path.split('/').any(named) || path.ends_with("_tests.rs")
}

/// True when `line` holds `word` as a whole word or path.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let wordy = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let closed = !word.ends_with(|c: char| c.is_alphanumeric()) || !wordy(after);
        !wordy(before) && closed
    })
}

struct Found<'a> {
    source: &'a Source,
    violations: Vec<Violation>,
}

impl Found<'_> {
    fn add(&mut self, line: usize, what: String, instead: &str) {
        let (file, instead) = (self.source.path.clone(), instead.to_owned());
        self.violations.push(Violation { file, line, what, instead });
    }

    fn opening(&mut self) {
        if !self.source.text.starts_with("//!") {
            let what = "does not open with //!".to_owned();
            self.add(1, what, "say its duty, who calls it, what it must never do");
        }
    }

    fn lengths(&mut self) {
        let source = self.source;
        let lines = source.production_lines();
        if lines > FILE_LINES_MAX {
            let what = format!("{lines} lines without tests, {FILE_LINES_MAX} are allowed");
            self.add(1, what, "give its second subject a file");
        }
        for (i, line) in source.text.lines().enumerate() {
            let chars = line.chars().count();
            if chars > LINE_CHARS_MAX {
                let what = format!("{chars} characters, {LINE_CHARS_MAX} are allowed");
                self.add(i + 1, what, "break the line or name a part of it");
            }
        }
    }

    /// Test functions may be long: a table is data.
    fn functions(&mut self, is_test: bool) {
        for (name, first, last) in self.source.functions() {
            let lines = last + 1 - first;
            let in_test = is_test || self.source.is_test_line(first);
            if lines > FUNCTION_LINES_MAX && !in_test {
                let what = format!("fn {name} has {lines} lines, {FUNCTION_LINES_MAX} are allowed");
                self.add(first, what, "name its steps as functions");
            }
        }
    }

    fn unfinished(&mut self) {
        for (line, code) in self.source.code_lines() {
            for word in UNFINISHED.into_iter().filter(|word| holds(&code, word)) {
                self.add(line, format!("{word} is left"), "finish it or take it out");
            }
        }
    }

    /// The lint forbids it as well; this holds for files that no crate of the workspace builds.
    fn unsafe_code(&mut self) {
        if self.source.path.starts_with(UNSAFE) {
            return;
        }
        for (line, code) in self.source.code_lines() {
            if !holds(&code, "unsafe") {
                continue;
            }
            let what = "unsafe outside the crash VFS".to_owned();
            self.add(line, what, "use a safe crate; ARCHITECTURE.md lists those we have");
        }
    }

    /// A module shared by tests may allow with a reason: what one of them leaves unused, another
    /// uses.
    fn attributes(&mut self, is_test: bool) {
        for (line, attribute) in self.source.attributes() {
            let body = attribute.trim_start_matches(['#', '!', '[']);
            let reasoned = body.contains("reason=");
            if body.starts_with("allow(") && !(is_test && reasoned) {
                let what = "a lint is allowed".to_owned();
                self.add(line, what, "use #[expect(lint, reason = \"...\")]");
            }
            if body.starts_with("expect(") && !reasoned {
                let what = "a lint is expected without a reason".to_owned();
                self.add(line, what, "add reason = \"...\"");
            }
        }
    }

    fn panics(&mut self) {
        for (line, code) in self.source.code_lines() {
            if self.source.is_test_line(line) {
                continue;
            }
            for call in [".unwrap()", ".expect("].into_iter().filter(|call| code.contains(call)) {
                let what = format!("{call} outside tests");
                self.add(line, what, "an operating fault ends in reject and hold: return an error");
            }
        }
    }

    fn core(&mut self) {
        if !self.source.path.starts_with(CORE) {
            return;
        }
        for (line, code) in self.source.code_lines() {
            if self.source.is_test_line(line) {
                continue;
            }
            for (word, instead) in NOT_IN_CORE {
                let reasoned =
                    REASONED.iter().any(|(file, w, _)| *file == self.source.path && *w == word);
                if holds(&code, word) && !reasoned {
                    self.add(line, format!("{word} in the decision core"), instead);
                }
            }
        }
    }
}
