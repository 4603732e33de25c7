//! Making a backup: everything into a directory beside the final one, checked, then named.
//!
//! Called by the service on a thread of its own, or by the command under the ledger's lock. Must
//! never leave a half-made backup under its final name.

use super::files::{self, PartDir};
use super::manifest::{FileEntry, Manifest};
use super::{ANCHORS_FILE, BackupError, LEDGER_FILE, PUBLIC_KEY_FILE, Verified, check, copy};
use crate::anchor::Anchor;
use crate::error::LedgerError;
use crate::keys::KEY_FILE;
use std::path::{Path, PathBuf};

/// Directory of the configurations in a backup.
const CONFIGS: &str = "configs";
/// Directories of the data directory that belong to every backup.
const ALWAYS: [&str; 1] = ["pools"];

/// What is to be backed up, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupJob {
    /// The data directory.
    pub data_dir: PathBuf,
    /// The backup: a directory that is not there yet.
    pub out: PathBuf,
    /// With the signing key. Whoever has it can sign as this ledger.
    pub with_key: bool,
    /// Further directories of the data directory: `images`, `sealed`.
    pub with: Vec<String>,
}

/// Makes the backup of the ledger up to `anchor`'s checkpoint and checks it. `sign` signs the
/// manifest with the ledger's key; `tell` is told how many events are copied.
///
/// # Errors
/// [`BackupError`]; nothing is left under the final name then.
pub fn make(
    job: &BackupJob,
    anchor: &Anchor,
    sign: &mut dyn FnMut(Manifest) -> Result<Manifest, LedgerError>,
    tell: &mut dyn FnMut(i64),
) -> Result<Verified, BackupError> {
    if job.out.symlink_metadata().is_ok() {
        let what = format!("{} is there already; name a new directory", job.out.display());
        return Err(BackupError::Refused(what));
    }
    let part = PartDir::beside(&job.out, "part")?;
    let dir = part.path();
    copy::ledger(
        &job.data_dir.join(LEDGER_FILE),
        &dir.join(LEDGER_FILE),
        anchor.through_seq + 1,
        tell,
    )?;
    let mut files = vec![files::entry(dir, LEDGER_FILE)?, anchors(job, dir, anchor)?];
    files.extend(configs(dir)?);
    files.extend(copied(job, dir)?);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let manifest = sign(Manifest::new(anchor.clone(), job.with_key, files))?;
    manifest.write(dir)?;
    let verified = check(dir, None)?;
    part.finish(&job.out)?;
    Ok(verified)
}

/// Anchors up to the backup's own; later ones are about what is not in it.
fn anchors(job: &BackupJob, dir: &Path, last: &Anchor) -> Result<FileEntry, BackupError> {
    let path = job.data_dir.join(ANCHORS_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(files::io(&path)(error)),
    };
    let own = last.to_line();
    let mut kept: String = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n') && *line != own)
        .filter(|line| Anchor::from_line(line).is_ok_and(|a| a.through_seq < last.through_seq))
        .collect();
    kept.push_str(&own);
    files::write(&dir.join(ANCHORS_FILE), kept.as_bytes())?;
    files::entry(dir, ANCHORS_FILE)
}

/// The configurations as files, so that they can be read without the ledger.
fn configs(dir: &Path) -> Result<Vec<FileEntry>, BackupError> {
    let conn = crate::schema::reader(&dir.join(LEDGER_FILE)).map_err(LedgerError::from)?;
    let read = || -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
        let mut select = conn.prepare("SELECT hash, bytes FROM config ORDER BY hash")?;
        select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let mut entries = Vec::new();
    for (hash, bytes) in read().map_err(LedgerError::from)? {
        let name = format!("{CONFIGS}/{hash}");
        files::write(&dir.join(&name), &bytes)?;
        entries.push(files::entry(dir, &name)?);
    }
    Ok(entries)
}

/// What lies beside the ledger.
fn copied(job: &BackupJob, dir: &Path) -> Result<Vec<FileEntry>, BackupError> {
    let mut entries = vec![files::copy(&job.data_dir.join(PUBLIC_KEY_FILE), dir, PUBLIC_KEY_FILE)?];
    if job.with_key {
        entries.push(files::copy(&job.data_dir.join(KEY_FILE), dir, KEY_FILE)?);
    }
    let folders = ALWAYS.iter().copied().chain(job.with.iter().map(String::as_str));
    for folder in folders.filter(|folder| job.data_dir.join(folder).is_dir()) {
        for name in files::below(&job.data_dir.join(folder))? {
            let name = format!("{folder}/{name}");
            entries.push(files::copy(&job.data_dir.join(&name), dir, &name)?);
        }
    }
    Ok(entries)
}
