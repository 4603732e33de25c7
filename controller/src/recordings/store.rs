//! The directory of recordings: numbers of segments, bounds, what goes when there are too many.
//!
//! Used by the recorder thread and by commands. Must never delete a recording of a batch that is
//! not closed.

use crate::config::Service;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

const MIB: u64 = 1024 * 1024;
const EXTENSION: &str = "rec";

/// Why a recording cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory.
    #[error("failed to use {}: {source}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file.
    #[error("failed to write the recording: {0}")]
    Write(std::io::Error),
    /// The batch has no room left below its bound.
    #[error("the batch's recording has reached its bound of {mib} MiB (service.recording_mib_max)")]
    Full {
        /// The bound.
        mib: u64,
    },
}

impl StoreError {
    /// A write that failed.
    #[must_use]
    pub const fn write(error: std::io::Error) -> Self {
        Self::Write(error)
    }
}

/// Where recordings are, and their bounds.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    batch_max: u64,
    total_max: u64,
}

/// A segment that has been begun.
#[derive(Debug)]
pub struct Begun {
    /// Its file, new and empty.
    pub file: File,
    /// Its number.
    pub number: u32,
    /// Bytes that it may have.
    pub bound: u64,
}

impl Store {
    /// The recordings in a data directory, with the bounds of `line.toml`.
    #[must_use]
    pub fn new(data_dir: &Path, service: &Service) -> Self {
        let bytes = |mib: u32| u64::from(mib) * MIB;
        let (batch_max, total_max) = (service.recording_mib_max, service.recordings_mib_max);
        Self::bounded(data_dir, bytes(batch_max), bytes(total_max))
    }

    /// The same with bounds in bytes.
    #[must_use]
    pub fn bounded(data_dir: &Path, batch_max: u64, total_max: u64) -> Self {
        Self { root: data_dir.join("recordings"), batch_max, total_max }
    }

    /// False when nothing shall be recorded.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.batch_max > 0
    }

    /// The files of a batch in the order of their segments; none when it was not recorded.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn segments(&self, batch: &str) -> Result<Vec<PathBuf>, StoreError> {
        let directory = self.root.join(batch);
        if !directory.exists() {
            return Ok(Vec::new());
        }
        let mut files = entries(&directory)?;
        files.retain(|file| number_of(file).is_some());
        files.sort_by_key(|file| number_of(file));
        Ok(files)
    }

    /// Makes the next file of a batch.
    ///
    /// # Errors
    /// The bound of the batch is reached, or the file cannot be made.
    pub fn begin(&self, batch: &str) -> Result<Begun, StoreError> {
        let directory = self.root.join(batch);
        let failed = |source| StoreError::Directory { path: directory.clone(), source };
        fs::create_dir_all(&directory).map_err(failed)?;
        let files = self.segments(batch)?;
        let number = files.last().and_then(|file| number_of(file)).unwrap_or(0) + 1;
        let used: u64 = files.iter().map(|file| size_of(file)).sum();
        let bound = self.batch_max.saturating_sub(used);
        if bound == 0 {
            return Err(StoreError::Full { mib: self.batch_max / MIB });
        }
        let path = directory.join(format!("{number:04}.{EXTENSION}"));
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
        Ok(Begun { file, number, bound })
    }

    /// Adds a whole segment; `bytes` makes it, from its number.
    ///
    /// # Errors
    /// As [`Self::begin`], or it cannot be written.
    pub fn add(&self, batch: &str, bytes: impl FnOnce(u32) -> Vec<u8>) -> Result<(), StoreError> {
        let mut begun = self.begin(batch)?;
        let bytes = bytes(begun.number);
        begun
            .file
            .write_all(&bytes)
            .and_then(|()| begun.file.sync_data())
            .map_err(StoreError::Write)
    }

    /// Deletes the oldest recordings until one more batch fits below the bound of all; those of
    /// `keep` stay. Returns the batches whose recordings went.
    ///
    /// # Errors
    /// A directory cannot be read or deleted.
    pub fn make_room(&self, keep: &[String]) -> Result<Vec<String>, StoreError> {
        if !self.root.exists() {
            return Ok(Vec::new());
        }
        let mut batches = Vec::new();
        for path in entries(&self.root)?.into_iter().filter(|path| path.is_dir()) {
            let bytes: u64 = entries(&path)?.iter().map(|file| size_of(file)).sum();
            let age = fs::metadata(&path).and_then(|meta| meta.modified()).ok();
            batches.push((age, path, bytes));
        }
        batches.sort();
        let mut total: u64 = batches.iter().map(|(.., bytes)| bytes).sum();
        let allowed = self.total_max.saturating_sub(self.batch_max);
        let mut gone = Vec::new();
        for (_, path, bytes) in batches {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if total <= allowed || keep.contains(&name) {
                continue;
            }
            let failed = |source| StoreError::Directory { path: path.clone(), source };
            fs::remove_dir_all(&path).map_err(failed)?;
            total -= bytes;
            gone.push(name);
        }
        Ok(gone)
    }
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |source| StoreError::Directory { path: directory.to_path_buf(), source };
    let entries = fs::read_dir(directory).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

fn number_of(file: &Path) -> Option<u32> {
    let is_ours = file.extension().is_some_and(|extension| extension == EXTENSION);
    file.file_stem()?.to_str()?.parse().ok().filter(|_| is_ours)
}

fn size_of(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |meta| meta.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(store: &Store, batch: &str, bytes: usize) {
        store.add(batch, |_| vec![7; bytes]).expect("room for it");
    }

    #[test]
    fn segments_are_numbered_and_bounded() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = Store::bounded(dir.path(), 1_000, 4_000);
        add(&store, "B-1", 400);
        add(&store, "B-1", 400);
        let begun = store.begin("B-1").expect("a third");
        assert_eq!((begun.number, begun.bound), (3, 200));
        let names: Vec<_> = store.segments("B-1").expect("files");
        let names: Vec<_> = names.iter().filter_map(|n| n.file_name()?.to_str()).collect();
        assert_eq!(names, ["0001.rec", "0002.rec", "0003.rec"]);
        std::fs::write(dir.path().join("recordings/B-1/0004.rec"), [0; 200]).expect("a file");
        assert!(matches!(store.begin("B-1"), Err(StoreError::Full { .. })));
        assert!(store.segments("B-2").expect("none").is_empty());
    }

    #[test]
    fn the_oldest_of_closed_batches_go_first() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = Store::bounded(dir.path(), 1_000, 3_000);
        let at = |seconds| std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        for (age, batch) in (1..).zip(["OPEN", "OLD", "MIDDLE", "NEW"]) {
            add(&store, batch, 900);
            let directory = File::open(dir.path().join("recordings").join(batch)).expect("it");
            directory.set_modified(at(age)).expect("a time");
        }
        let gone = store.make_room(&["OPEN".to_owned()]).expect("room");
        assert_eq!(gone, ["OLD", "MIDDLE"]);
        assert_eq!(store.make_room(&["OPEN".to_owned()]).expect("room"), [""; 0]);
    }
}
