//! The house's style rules as a test: every Rust file of the repository keeps them, and the rules
//! themselves find what they forbid.
//!
//! The rules stand in `tidy/rules.rs`, with the reason of each; `tidy/source.rs` reads a file;
//! `tidy/patches.rs` holds the bugs of `tests/planted` against the tree. A
//! rule that is wrong is changed there; no file is let off, except for what
//! [`rules::REASONED`] says and why.

#[path = "tidy/patches.rs"]
mod patches;
#[path = "tidy/planted.rs"]
mod planted;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;

use rules::{Violation, check_rust, check_text};
use source::Source;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Directories that hold nothing of ours.
const SKIPPED: [&str; 3] = ["target", "node_modules", "packline-demo"];
/// Other texts that a reader sees: they may not name a machine's private paths either.
const TEXTS: [&str; 5] = ["md", "toml", "py", "sh", "json"];

fn files_below(dir: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let skipped = name.starts_with('.') || SKIPPED.contains(&name.as_str());
        if entry.file_type()?.is_dir() && !skipped {
            files_below(&entry.path(), found)?;
        } else if entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn extension(path: &str) -> &str {
    Path::new(path).extension().and_then(|e| e.to_str()).unwrap_or_default()
}

#[test]
fn every_file_keeps_the_house_rules() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files_below(root, &mut paths)?;
    paths.sort();
    let (mut sources, mut violations) = (Vec::new(), Vec::new());
    for path in &paths {
        let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        if extension(&name) == "rs" {
            sources.push(Source::new(&name, &std::fs::read_to_string(path)?));
        } else if TEXTS.contains(&extension(&name)) {
            violations.extend(check_text(&name, &std::fs::read_to_string(path)?));
        }
    }
    assert!(sources.len() > 100, "only {} Rust files: is this the repository?", sources.len());
    let declared: BTreeSet<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &sources {
        violations.extend(check_rust(source, declared.contains(&source.path)));
    }
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(lines.is_empty(), "{} against the house rules:\n{}", lines.len(), lines.join("\n"));
    Ok(())
}
