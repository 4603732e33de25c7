//! The directory of a ledger's imported pools: evidence of what was loaded, and the one place that
//! the service reads them from.
//!
//! Files are named by their SHA-256, so the ledger's record finds them. Must never follow a path.

use std::path::Path;

/// In the data directory.
pub const DIRECTORY: &str = "pools";

/// True for a file name without a path: what the API may name.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=100).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.')
}

/// Copies a pool file there; returns its name, and whether it was not there before.
///
/// # Errors
/// The file cannot be copied.
pub fn keep(data_dir: &Path, file: &Path, sha256: &str) -> std::io::Result<(String, bool)> {
    let directory = data_dir.join(DIRECTORY);
    std::fs::create_dir_all(&directory)?;
    let extension = file.extension().and_then(|e| e.to_str()).unwrap_or("txt");
    let name = format!("{sha256}.{extension}");
    if !is_plain_name(&name) {
        return Err(std::io::Error::other(format!("{extension:?} is no file extension")));
    }
    let target = directory.join(&name);
    if target.exists() {
        return Ok((name, false));
    }
    let unfinished = directory.join(format!("{name}.part"));
    std::fs::copy(file, &unfinished)?;
    std::fs::rename(unfinished, target)?;
    Ok((name, true))
}
