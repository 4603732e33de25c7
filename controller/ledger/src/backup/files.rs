//! Files of a backup: copied, hashed, synced, compared with the manifest.
//!
//! Used by making, checking and restoring. Must never follow a name out of the directory.

use super::manifest::{FileEntry, MANIFEST_FILE};
use super::{BackupError, broken};
use crate::keys::hex;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

const BUFFER: usize = 256 * 1024;

pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}

/// Length and SHA-256 of what `each` is given.
fn hashed(
    path: &Path,
    mut each: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(io(path))?;
    let (mut sha, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; BUFFER]);
    loop {
        let read = file.read(&mut buffer).map_err(io(path))?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
        sha.update(part);
        bytes += read as u64;
        each(part).map_err(io(path))?;
    }
    Ok((bytes, hex(&sha.finalize())))
}

/// SHA-256 of a file, hex.
pub(crate) fn sha256_of(path: &Path) -> Result<String, BackupError> {
    hashed(path, |_| Ok(())).map(|(_, sha256)| sha256)
}

/// The entry of a file that is there.
pub(crate) fn entry(dir: &Path, name: &str) -> Result<FileEntry, BackupError> {
    let path = dir.join(name);
    let (bytes, sha256) = hashed(&path, |_| Ok(()))?;
    File::open(&path).and_then(|file| file.sync_all()).map_err(io(&path))?;
    Ok(FileEntry { name: name.to_owned(), bytes, sha256 })
}

/// Copies a file, with its permissions, and syncs it.
pub(super) fn copy(from: &Path, dir: &Path, name: &str) -> Result<FileEntry, BackupError> {
    let to = dir.join(name);
    make_parent(&to)?;
    let mut out = File::create_new(&to).map_err(io(&to))?;
    let permissions = std::fs::metadata(from).map_err(io(from))?.permissions();
    out.set_permissions(permissions).map_err(io(&to))?;
    let (bytes, sha256) = hashed(from, |part| out.write_all(part))?;
    out.sync_all().map_err(io(&to))?;
    Ok(FileEntry { name: name.to_owned(), bytes, sha256 })
}

/// Writes a new file and syncs it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    make_parent(path)?;
    let mut out = File::create_new(path).map_err(io(path))?;
    out.write_all(bytes).and_then(|()| out.sync_all()).map_err(io(path))
}

fn make_parent(path: &Path) -> Result<(), BackupError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(io(parent))
}

/// Every file below `dir`, by name, in order.
pub(super) fn below(dir: &Path) -> Result<Vec<String>, BackupError> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(part) = open.pop() {
        let path = dir.join(&part);
        for child in std::fs::read_dir(&path).map_err(io(&path))? {
            let child = child.map_err(io(&path))?;
            let name = part.join(child.file_name());
            if child.file_type().map_err(io(&path))?.is_dir() {
                open.push(name);
            } else {
                found.push(name.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The files are those of the manifest, all of them and no other.
pub(super) fn check(dir: &Path, files: &[FileEntry]) -> Result<(), BackupError> {
    let mut named: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    named.push(MANIFEST_FILE);
    named.sort_unstable();
    let found = below(dir)?;
    if let Some(missing) = named.iter().find(|name| !found.iter().any(|file| file == *name)) {
        return Err(broken(&format!("{missing} is missing")));
    }
    if let Some(more) = found.iter().find(|file| !named.contains(&file.as_str())) {
        return Err(broken(&format!("{more} is not in the manifest")));
    }
    for file in files {
        let inside = Path::new(&file.name).components().all(|c| matches!(c, Component::Normal(_)));
        if !inside {
            return Err(broken(&format!("{:?} is no name of a file in it", file.name)));
        }
        let (bytes, sha256) = hashed(&dir.join(&file.name), |_| Ok(()))?;
        if (bytes, &sha256) != (file.bytes, &file.sha256) {
            return Err(broken(&format!("{} is not the file of the manifest", file.name)));
        }
    }
    Ok(())
}

/// A directory that goes away unless it was given its final name.
pub(super) struct PartDir {
    path: PathBuf,
    done: bool,
}

impl PartDir {
    /// Beside `target`, so that giving it its name is one step.
    pub(super) fn beside(target: &Path, what: &str) -> Result<Self, BackupError> {
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| {
            BackupError::Refused(format!("{} is no name of a directory", target.display()))
        })?;
        let path = target.with_file_name(format!(".{name}.{what}-{}", std::process::id()));
        make_parent(&path)?;
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(io(&path))?;
        }
        std::fs::create_dir(&path).map_err(io(&path))?;
        Ok(Self { path, done: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its final name, durably.
    pub(super) fn finish(mut self, target: &Path) -> Result<(), BackupError> {
        for name in below(&self.path)? {
            let parent = self.path.join(name);
            let parent = parent.parent().unwrap_or(&self.path);
            sync_dir(parent)?;
        }
        sync_dir(&self.path)?;
        std::fs::rename(&self.path, target).map_err(io(target))?;
        self.done = true;
        sync_dir(target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }
}

impl Drop for PartDir {
    fn drop(&mut self) {
        if !self.done {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn sync_dir(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(io(path))
}
