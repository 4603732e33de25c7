//! One writer: an advisory lock on `<ledger>.lock`, held as long as the ledger is open.
//!
//! Taken by create and open. Must never be taken by readers.

use crate::error::LedgerError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The lock; it ends with the process at the latest.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl WriterLock {
    pub(crate) fn take(ledger: &Path) -> Result<Self, LedgerError> {
        let path = beside(ledger, ".lock");
        let failed = |error: std::io::Error| LedgerError::Io { path: path.clone(), source: error };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LedgerError::Locked { path }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// The path with something appended to its file name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
