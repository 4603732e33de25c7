//! Restoring a backup into an empty data directory, in a new epoch of the ledger.
//!
//! Called by `packline restore` alone. Must never write over anything, nor leave a half-restored
//! directory under its final name, nor a ledger whose orders could go on unasked.

use super::files::{self, PartDir};
use super::manifest::Manifest;
use super::{ANCHORS_FILE, BackupError, LEDGER_FILE, PUBLIC_KEY_FILE, broken, check};
use crate::anchor::{Anchor, public_key};
use crate::checkpoint::WalCheckpointer;
use crate::clock::WallClock;
use crate::error::LedgerError;
use crate::keys;
use crate::ledger::Ledger;
use crate::restored::{Persons, Restoration};
use crate::verify;
use rusqlite::OptionalExtension;
use std::io::Write;
use std::path::Path;

/// What is to be restored, where to, and who says so.
#[derive(Clone, Debug)]
pub struct RestoreJob<'a> {
    /// The backup.
    pub from: &'a Path,
    /// The data directory: not there yet, or empty.
    pub to: &'a Path,
    /// Who restores, and why.
    pub persons: Persons,
    /// Anchors kept elsewhere and their public key: they prove the backup, and tell how much is
    /// lost.
    pub anchors: Option<(&'a Path, &'a str)>,
}

/// A restored data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the backup said of itself.
    pub manifest: Manifest,
    /// First anchor of the new epoch.
    pub anchor: Anchor,
    /// The order that was open, blocked now.
    pub open: Option<OpenOrder>,
    /// Product codes that the ledger knows; every one is blocked, and those it does not know.
    pub products: Vec<String>,
    /// The signing key is a new one: the old one was not in the backup.
    pub new_key: bool,
    /// What the anchors kept elsewhere tell of the part that is lost.
    pub lost: Option<LostTail>,
}

/// An order that was open in the backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its batch.
    pub batch: String,
    /// Serials that had a print job.
    pub dispatched: u32,
    /// Serials that had none.
    pub undispatched: u32,
}

/// The part that is lost, as far as the newest anchor tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostTail {
    /// Events that are lost at least.
    pub events: i64,
    /// When the newest anchor was made.
    pub at: String,
}

/// Restores; the directory appears whole or not at all.
///
/// # Errors
/// [`BackupError::Broken`] when the backup is not good, [`BackupError::Refused`] when the target
/// is not empty or there are not two persons; nothing is changed then.
pub fn restore(job: &RestoreJob<'_>, now: WallClock) -> Result<Restored, BackupError> {
    if !is_empty(job.to)? {
        let what = format!(
            "{} is not empty; restore into a new directory and keep what is there",
            job.to.display()
        );
        return Err(BackupError::Refused(what));
    }
    let verified = check(job.from, job.anchors)?;
    let part = PartDir::beside(job.to, "restore")?;
    let dir = part.path();
    for file in &verified.manifest.files {
        if files::copy(&job.from.join(&file.name), dir, &file.name)? != *file {
            return Err(broken(&format!("{} changed while it was copied", file.name)));
        }
    }
    let manifest = verified.manifest;
    if !manifest.with_key {
        keys::make(dir)?;
    }
    let restoration = Restoration {
        through_seq: manifest.through_seq(),
        manifest_sha256: verified.manifest_sha256,
        persons: job.persons.clone(),
    };
    let (anchor, open, products) = begin(dir, now, &restoration)?;
    let lost = job.anchors.map(|(file, key)| lost(file, key, &manifest)).transpose()?.flatten();
    if job.to.is_dir() {
        std::fs::remove_dir(job.to).map_err(files::io(job.to))?;
    }
    part.finish(job.to)?;
    let new_key = !manifest.with_key;
    Ok(Restored { manifest, anchor, open, products, new_key, lost })
}

fn is_empty(dir: &Path) -> Result<bool, BackupError> {
    match std::fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(files::io(dir)(error)),
    }
}

/// Begins the new epoch and proves the result once more.
fn begin(
    dir: &Path,
    now: WallClock,
    restoration: &Restoration,
) -> Result<(Anchor, Option<OpenOrder>, Vec<String>), BackupError> {
    let path = dir.join(LEDGER_FILE);
    let mut ledger = Ledger::open_with_new_key(&path, now)?;
    let anchor = ledger.begin_epoch(now, restoration)?;
    let key = dir.join(PUBLIC_KEY_FILE);
    std::fs::write(&key, ledger.public_key_hex() + "\n").map_err(files::io(&key))?;
    let open = open_order(&ledger)?;
    let products = products(&ledger)?;
    drop(ledger);
    WalCheckpointer::open(&path)?.truncate()?;
    append(&dir.join(ANCHORS_FILE), &anchor)?;
    let report = verify::verify(&path, None)?;
    match report.first_bad {
        Some(bad) => Err(broken(&format!("after the restore, record {}: {}", bad.seq, bad.what))),
        None => Ok((anchor, open, products)),
    }
}

fn append(path: &Path, anchor: &Anchor) -> Result<(), BackupError> {
    let open = std::fs::OpenOptions::new().append(true).create(true).open(path);
    let mut file = open.map_err(files::io(path))?;
    file.write_all(anchor.to_line().as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(files::io(path))
}

fn open_order(ledger: &Ledger) -> Result<Option<OpenOrder>, LedgerError> {
    let Some((no, id)) = ledger.open_batch_id() else { return Ok(None) };
    let counted = ledger.conn.query_row(
        "SELECT count(*) FILTER (WHERE job IS NOT NULL), count(*) FILTER (WHERE job IS NULL) \
         FROM pool_serial WHERE batch_no = ?1",
        [no.0],
        |row| Ok((row.get(0)?, row.get(1)?)),
    );
    let (dispatched, undispatched) = counted.optional()?.unwrap_or_default();
    Ok(Some(OpenOrder { batch: id.as_str().to_owned(), dispatched, undispatched }))
}

fn products(ledger: &Ledger) -> Result<Vec<String>, LedgerError> {
    let mut select = ledger
        .conn
        .prepare("SELECT gtin FROM authority UNION SELECT gtin FROM batch ORDER BY 1")?;
    let rows = select.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Anchors of a file that are about what the backup holds.
pub(super) fn until(file: &Path, last: &Anchor) -> Result<String, BackupError> {
    let text = std::fs::read_to_string(file).map_err(files::io(file))?;
    let inside = |line: &&str| {
        // What is no anchor stays: the verifier tells of it.
        Anchor::from_line(line).map_or(true, |anchor| {
            anchor.ledger_epoch <= last.ledger_epoch && anchor.through_seq <= last.through_seq
        })
    };
    Ok(text.split_inclusive('\n').filter(inside).collect())
}

/// How much the newest signed anchor of the same epoch says is lost.
fn lost(file: &Path, key: &str, manifest: &Manifest) -> Result<Option<LostTail>, BackupError> {
    let keys: Vec<_> = key.split_whitespace().filter_map(public_key).collect();
    let text = std::fs::read_to_string(file).map_err(files::io(file))?;
    let newest = text
        .lines()
        .filter_map(|line| Anchor::from_line(line).ok())
        .filter(|a| {
            keys.iter().any(|key| a.is_signed_by(key))
                && a.ledger_epoch == manifest.anchor.ledger_epoch
        })
        .max_by_key(|anchor| anchor.through_seq);
    Ok(newest.filter(|newest| newest.through_seq > manifest.through_seq()).map(|newest| LostTail {
        events: newest.through_seq - manifest.through_seq(),
        at: newest.at,
    }))
}
