//! The targets, by what they read.

pub mod api;
pub mod codes;
pub mod files;
pub mod frames;
pub mod line;
pub mod pools;
pub mod recordings;
pub mod records;

/// Bytes as text; `None` when they are not UTF-8, which every reader of files refuses before.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}
