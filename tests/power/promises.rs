//! Every test that docs/durability.md names exists: a promise without its test is none.
//!
//! Reads the page and the sources. Must never be satisfied by a name in a comment.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

const PAGE: &str = include_str!("../../docs/durability.md");
/// Where tests live.
const SOURCES: [&str; 4] = ["controller", "tests", "line-sim", "protocols"];

/// Names of all test functions below a directory.
fn tests_below(dir: &Path, found: &mut BTreeSet<String>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            tests_below(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path)?;
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                match line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) {
                    Some(name) if is_test => {
                        found.insert(name.to_owned());
                        is_test = false;
                    }
                    _ if line == "#[test]" => is_test = true,
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

/// Words of the page that look like a test: in code, with at least three underscores.
fn named(page: &str) -> BTreeSet<&str> {
    let code = page.split('`').skip(1).step_by(2);
    let is_name = |word: &&str| {
        let plain = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        plain && word.matches('_').count() >= 3
    };
    code.filter(is_name).collect()
}

#[test]
fn every_test_that_the_durability_page_names_exists() -> Result<(), Box<dyn Error>> {
    let mut tests = BTreeSet::new();
    for source in SOURCES {
        tests_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(source), &mut tests)?;
    }
    let missing = |page| -> Vec<&str> {
        named(page).into_iter().filter(|name| !tests.contains(*name)).collect()
    };
    assert_eq!(missing(PAGE), [""; 0], "tests that do not exist");
    assert!(named(PAGE).len() >= 20, "the page names few tests: {:?}", named(PAGE));
    assert_eq!(missing("`no_such_test_anywhere`"), ["no_such_test_anywhere"]);
    Ok(())
}
