//! The order files that lie beside the line's: what a person picks from or scans.
//!
//! Called by the read side. Must never look outside the directory of orders, nor follow a link out
//! of it, nor write.

use crate::config::{OrderFile, RecipeRule};
use crate::service::load::{ledger_problem, today};
use crate::service::queries::ReadSide;
use crate::service::setup::Setup;
use codes::Gtin;
use hmi::Answer;
use ledger::Reader;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where they are, relative to the line's file.
const DIRECTORY: &str = "orders";
/// Files that are told, and bytes of one: an order file has some hundred.
const FILES_MAX: usize = 200;
const BYTES_MAX: u64 = 16 << 10;
/// Batches that a file's is looked for among.
const BATCHES_MAX: u32 = 1_000;

/// `{files: [{file, batch, product, gtin, lot, expiry, target, used, text, wrong}], more}`: what
/// is wrong with a file stands in place of its text.
///
/// # Errors
/// A [`hmi::Problem`]: the ledger cannot be read.
pub fn list(side: &ReadSide) -> Answer {
    let reader = Reader::open(&side.ledger).map_err(|e| ledger_problem(&e))?;
    let mut paths = plain_files(&side.setup.directory.join(DIRECTORY));
    let more = paths.len() > FILES_MAX;
    paths.truncate(FILES_MAX);
    let known = reader.batches(BATCHES_MAX).map_err(|e| ledger_problem(&e))?;
    let known: HashSet<String> = known.into_iter().map(|row| row.batch).collect();
    let mut told: Vec<Value> = Vec::new();
    for path in &paths {
        let mut entry = file(path, &reader, &side.setup);
        entry["used"] = entry["batch"].as_str().is_some_and(|id| known.contains(id)).into();
        told.push(entry);
    }
    Ok(json!({ "files": told, "more": more }))
}

/// Order files by name: no directories, no links.
fn plain_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let plain = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut paths: Vec<PathBuf> =
        plain.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    paths
}

fn file(path: &Path, reader: &Reader, setup: &Setup) -> Value {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = match text_of(path) {
        Ok(text) => text,
        Err(wrong) => return json!({ "file": name, "wrong": wrong }),
    };
    let order = match OrderFile::parse(&name, &text, today()) {
        Ok(order) => order,
        Err(error) => return json!({ "file": name, "wrong": error.to_string() }),
    };
    json!({
        "file": name, "batch": order.batch, "product": product(reader, setup, order.gtin),
        "gtin": order.gtin.as_str(), "lot": order.lot.as_str(), "expiry": order.expiry.to_iso(),
        "target": order.target, "pool": order.pool, "text": text,
    })
}

fn text_of(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > BYTES_MAX {
        return Err(format!("is larger than {BYTES_MAX} bytes"));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

/// Name of a product as the recipe says it that an order would get; none where there is none.
fn product(reader: &Reader, setup: &Setup, gtin: Gtin) -> Option<String> {
    if setup.line.rules.recipes == RecipeRule::Files {
        return setup.product(gtin.as_str()).ok().map(|product| product.name);
    }
    let (_, text) = reader.approved_recipe(gtin).ok()??;
    crate::config::ProductFile::parse("recipe", &text).ok().map(|product| product.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const ORDER: &str = include_str!("../../../../config/orders/demo.toml");

    #[test]
    fn only_plain_files_of_the_directory_are_told() {
        let root = tempfile::tempdir().expect("directory");
        let orders = root.path().join("orders");
        fs::create_dir_all(orders.join("deeper.toml")).expect("directory");
        let write = |path: PathBuf| fs::write(path, ORDER).expect("file");
        write(root.path().join("line.toml"));
        write(orders.join("b.toml"));
        write(orders.join("a.toml"));
        write(orders.join("notes.txt"));
        symlink(root.path().join("line.toml"), orders.join("c.toml")).expect("link");
        let names: Vec<_> = plain_files(&orders)
            .iter()
            .map(|path| path.file_name().expect("name").to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["a.toml", "b.toml"]);
        assert!(plain_files(&root.path().join("nowhere")).is_empty());
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let root = tempfile::tempdir().expect("directory");
        let path = root.path().join("large.toml");
        fs::write(&path, "#".repeat(BYTES_MAX as usize + 1)).expect("file");
        assert!(text_of(&path).expect_err("too large").contains("larger"));
        fs::write(&path, ORDER).expect("file");
        assert_eq!(text_of(&path).expect("text"), ORDER);
    }
}
