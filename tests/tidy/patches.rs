//! The bugs of `tests/planted` still fit the tree: each hunk's lines stand exactly once in its
//! file.
//!
//! `tests/planted/run` is too long for `tests/run`; a patch that no longer fits would be found
//! months later. Reads the patches itself, so that neither git nor patch is needed. Must never
//! change a file.

use std::error::Error;
use std::path::Path;

/// Lines before and after of one hunk.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hunk {
    file: String,
    before: String,
    after: String,
}

/// The hunks of a unified diff, behind its line of what the bug is.
fn hunks(patch: &str) -> Result<Vec<Hunk>, String> {
    if !patch.starts_with("# ") {
        return Err("the first line does not say what the bug is: # ...".to_owned());
    }
    let (mut file, mut hunks) = (String::new(), Vec::<Hunk>::new());
    for line in patch.lines().skip(1).filter(|line| !line.starts_with("--- a/")) {
        if let Some(name) = line.strip_prefix("+++ b/") {
            file = name.to_owned();
        } else if line.starts_with("@@ ") {
            hunks.push(Hunk { file: file.clone(), ..Hunk::default() });
        } else {
            let hunk = hunks.last_mut().ok_or_else(|| format!("before any hunk: {line:?}"))?;
            let text = format!("{}\n", line.get(1..).unwrap_or_default());
            match line.chars().next().unwrap_or(' ') {
                ' ' => {
                    hunk.before.push_str(&text);
                    hunk.after.push_str(&text);
                }
                '-' => hunk.before.push_str(&text),
                '+' => hunk.after.push_str(&text),
                _ => return Err(format!("no line of a hunk: {line:?}")),
            }
        }
    }
    Ok(hunks)
}

/// Why a patch does not fit the tree at `root`.
fn misfit(patch: &str, root: &Path) -> Result<(), String> {
    let hunks = hunks(patch)?;
    if hunks.is_empty() {
        return Err("it has no hunk".to_owned());
    }
    for Hunk { file, before, after } in &hunks {
        let text = std::fs::read_to_string(root.join(file)).map_err(|e| format!("{file}: {e}"))?;
        let found = text.matches(before.as_str()).count();
        if found != 1 || before == after {
            return Err(format!("{file}: these lines stand there {found} times:\n{before}"));
        }
    }
    Ok(())
}

#[test]
fn every_planted_bug_still_fits_the_tree() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut patches = 0;
    for entry in std::fs::read_dir(root.join("tests/planted"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "patch") {
            let told = misfit(&std::fs::read_to_string(&path)?, root);
            assert!(told.is_ok(), "{}: {}", path.display(), told.unwrap_err());
            patches += 1;
        }
    }
    assert!(patches >= 10, "only {patches} planted bugs");
    Ok(())
}

#[test]
fn a_patch_that_no_longer_fits_is_told() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join("a.rs"), "one\ntwo\nthree\n")?;
    let patch = |lines: &str| format!("# A bug for this test.\n--- a/a.rs\n+++ b/a.rs\n{lines}");
    let table = [
        ("@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n", ""),
        ("@@ -1,3 +1,3 @@\n one\n-deux\n+2\n three\n", "stand there 0 times"),
        ("@@ -1,1 +1,1 @@\n one\n", "stand there 1 times"),
        ("@@ -1,1 +1,1 @@\n-e\n+f\n", "stand there 2 times"),
        ("", "it has no hunk"),
        ("!\n", "before any hunk"),
    ];
    for (lines, told) in table {
        let misfit = misfit(&patch(lines), dir.path()).err().unwrap_or_default();
        assert!(misfit.contains(told) && misfit.is_empty() == told.is_empty(), "{lines}: {misfit}");
    }
    let untold = misfit("@@ -1,1 +1,1 @@\n one\n", dir.path());
    assert!(untold.is_err_and(|e| e.contains("does not say")));
    Ok(())
}
