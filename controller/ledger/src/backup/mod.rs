//! Backups: a directory with the ledger as it was at one signed event, and a signed manifest.
//!
//! Made beside the running service, verified before they are called good, restored into a new
//! epoch. Must never hold a read transaction longer than a page, nor the signing key unasked.

mod copy;
mod files;
mod make;
mod manifest;
mod restore;

pub use make::{BackupJob, make};
pub use manifest::{FileEntry, MANIFEST_FILE, Manifest};
pub use restore::{LostTail, OpenOrder, RestoreJob, Restored, restore};

pub(crate) use copy::{insert, rows, scratch, take_events};
pub(crate) use files::{entry, sha256_of};

use crate::anchor::{Anchor, public_key};
use crate::error::LedgerError;
use crate::verify;
use std::path::{Path, PathBuf};

/// Name of the ledger in a backup and in a data directory.
pub const LEDGER_FILE: &str = "ledger.db";
/// Name of the anchors beside it.
pub const ANCHORS_FILE: &str = "anchors.jsonl";
/// Name of the public key beside it.
pub const PUBLIC_KEY_FILE: &str = "signing.pub";

/// Why a backup is not made, not good, or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or directory.
    #[error("failed to use {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The backup, or the ledger it was to be made of, is not whole.
    #[error("the backup is not good: {0}")]
    Broken(String),
    /// It is not allowed as asked.
    #[error("{0}")]
    Refused(String),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl BackupError {
    /// True when something was checked and is not as it should be.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

/// A backup that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What it says of itself.
    pub manifest: Manifest,
    /// SHA-256 of the manifest's file, hex.
    pub manifest_sha256: String,
}

/// Checks a backup: every file and no other, the signature, the ledger from its first event to the
/// anchor, with every projection rebuilt; with `anchors` (a file and its key, both kept
/// elsewhere) also that nothing was rewritten.
///
/// # Errors
/// [`BackupError::Broken`] with the first thing that is wrong, or a file cannot be read.
pub fn check(dir: &Path, anchors: Option<(&Path, &str)>) -> Result<Verified, BackupError> {
    let (manifest, manifest_sha256) = Manifest::read(dir)?;
    files::check(dir, &manifest.files)?;
    let db = dir.join(LEDGER_FILE);
    let conn = crate::schema::reader(&db).map_err(LedgerError::from)?;
    let key = crate::rotation::key_in_force(&conn).map_err(broken_ledger)?;
    drop(conn);
    let key_of = public_key(&key).ok_or_else(|| broken("the ledger's public key is none"))?;
    if !manifest.is_signed_by(&key_of) {
        return Err(broken("the manifest is not signed by the ledger's key"));
    }
    let own = (dir.join(ANCHORS_FILE), keys_of(&db)?);
    for (file, key) in anchors.into_iter().chain([(own.0.as_path(), own.1.as_str())]) {
        verified(&db, file, key, &manifest.anchor)?;
    }
    Ok(Verified { manifest, manifest_sha256 })
}

/// Every key that the ledger itself names: what it says of itself must agree, whoever made it.
fn keys_of(db: &Path) -> Result<String, BackupError> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let conn = crate::schema::reader(db)?;
        let mut select = conn.prepare("SELECT public_key FROM signing_key ORDER BY key_no")?;
        select.query_map([], |row| row.get(0))?.collect()
    };
    Ok(read().map_err(LedgerError::from)?.join("\n"))
}

/// The ledger is whole and ends with the checkpoint of `last`.
fn verified(db: &Path, anchors: &Path, key: &str, last: &Anchor) -> Result<(), BackupError> {
    let until = restore::until(anchors, last)?;
    let stored = crate::schema::reader(db).map_err(LedgerError::from)?;
    let report = verify::verify_open(&stored, Some((&until, key)))?;
    if let Some(bad) = report.first_bad {
        return Err(broken(&format!("record {}: {}", bad.seq, bad.what)));
    }
    let same = report.line_id.as_deref() == Some(last.line_id.as_str())
        && report.kind == Some(last.ledger_kind)
        && report.records == last.through_seq + 1;
    if same { Ok(()) } else { Err(broken("the ledger is not the one that the manifest names")) }
}

fn broken(what: &str) -> BackupError {
    BackupError::Broken(what.to_owned())
}

fn broken_ledger(error: LedgerError) -> BackupError {
    broken(&error.to_string())
}
