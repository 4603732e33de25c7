//! What a backup says of itself: which ledger, up to where, which files, signed.
//!
//! Written last, read first. Must never be trusted before its signature and its files are checked.

use super::{BackupError, broken, files};
use crate::anchor::Anchor;
use crate::chain::{Form, Hash};
use crate::keys::{hex, unhex};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Its file in a backup.
pub const MANIFEST_FILE: &str = "manifest.json";
/// Version of the backup's form.
const FORMAT: u32 = 1;
/// First field of the signed form.
const BACKUP_FORM: &str = "packline backup 1";

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Path in the backup, parts separated by `/`.
    pub name: String,
    /// Length.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this form.
    pub format: u32,
    /// The checkpoint that the backup ends with: line, kind, epoch, heads. The event after
    /// `through_seq`, the checkpoint itself, is the last one in the backup.
    pub anchor: Anchor,
    /// The signing key is among the files.
    pub with_key: bool,
    /// Every file but this one, by name.
    pub files: Vec<FileEntry>,
    /// Ed25519 over the form of docs/backup.md, hex.
    pub signature: String,
}

impl Manifest {
    pub(super) const fn new(anchor: Anchor, with_key: bool, files: Vec<FileEntry>) -> Self {
        Self { format: FORMAT, anchor, with_key, files, signature: String::new() }
    }

    /// Last event in the backup.
    #[must_use]
    pub const fn through_seq(&self) -> i64 {
        self.anchor.through_seq + 1
    }

    pub(super) fn read(dir: &Path) -> Result<(Self, String), BackupError> {
        let path = dir.join(MANIFEST_FILE);
        let bytes = std::fs::read(&path).map_err(|source| BackupError::Io { path, source })?;
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|error| broken(&format!("{MANIFEST_FILE}: {error}")))?;
        if manifest.format != FORMAT {
            return Err(broken(&format!("{MANIFEST_FILE}: format {}", manifest.format)));
        }
        Ok((manifest, hex(&crate::chain::sha256(&bytes))))
    }

    /// Writes it; returns the SHA-256 of its file in hex.
    pub(super) fn write(&self, dir: &Path) -> Result<String, BackupError> {
        let mut text = serde_json::to_string_pretty(self).map_err(|e| broken(&e.to_string()))?;
        text.push('\n');
        files::write(&dir.join(MANIFEST_FILE), text.as_bytes())?;
        Ok(hex(&crate::chain::sha256(text.as_bytes())))
    }

    fn form(&self) -> Hash {
        let mut form = Form::new();
        form.text(BACKUP_FORM);
        form.text(&self.anchor.signature);
        form.integer(Some(i64::from(self.with_key)));
        form.integer(Some(self.files.len() as i64));
        for file in &self.files {
            form.text(&file.name);
            form.integer(Some(crate::apply::int(file.bytes)));
            form.text(&file.sha256);
        }
        form.finish()
    }

    pub(crate) fn sign(&mut self, key: &SigningKey) {
        self.signature = hex(&key.sign(&self.form()).to_bytes());
    }

    /// True when manifest and anchor are the key's.
    pub(super) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let signature = unhex(&self.signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
        self.anchor.is_signed_by(key)
            && signature.is_some_and(|found| key.verify_strict(&self.form(), &found).is_ok())
    }
}
