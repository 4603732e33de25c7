//! `DIR/api.json`: where the running service listens and the token that it takes.
//!
//! Written by the service at start, read by commands. Must never be readable by others: whoever has
//! the token commands the line.

use serde::{Deserialize, Serialize};
use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const FILE_NAME: &str = "api.json";
const OWNER_ONLY: u32 = 0o600;
const TOKEN_BYTES: usize = 32;

/// Address and token of a running service.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiFile {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What writers bear: 256 random bits, hexadecimal.
    pub token: String,
}

impl ApiFile {
    /// An address with a fresh token.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn with_fresh_token(addr: SocketAddr) -> io::Result<Self> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { addr, token })
    }

    /// Its path in a data directory.
    #[must_use]
    pub fn path(dir: &Path) -> PathBuf {
        dir.join(FILE_NAME)
    }

    /// Replaces the file of `dir`, mode 0600 from its first byte.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let path = Self::path(dir);
        Self::remove(dir)?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&path)?;
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        file.write_all(text.as_bytes())
    }

    /// Reads the file of `dir`.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when no service has written one;
    /// [`io::ErrorKind::PermissionDenied`] when others could read it.
    pub fn read(dir: &Path) -> io::Result<Self> {
        let path = Self::path(dir);
        let mode = std::fs::metadata(&path)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let what = format!("{} has mode {mode:o}, others can read it", path.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
        }
        let text = std::fs::read_to_string(&path)?;
        serde_json::from_str(&text).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    }

    /// Removes the file of `dir` at a clean stop; no file is no error.
    ///
    /// # Errors
    /// The file is there and cannot be removed.
    pub fn remove(dir: &Path) -> io::Result<()> {
        match std::fs::remove_file(Self::path(dir)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for ApiFile {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiFile").field("addr", &self.addr).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_owners_alone() {
        let dir = tempfile::tempdir().expect("directory");
        assert!(ApiFile::read(dir.path()).is_err_and(|e| e.kind() == io::ErrorKind::NotFound));
        let addr = ([127, 0, 0, 1], 8080).into();
        let written = ApiFile::with_fresh_token(addr).expect("token");
        assert_eq!(written.token.len(), 2 * TOKEN_BYTES);
        assert!(!format!("{written:?}").contains(&written.token));
        written.write(dir.path()).expect("first");
        written.write(dir.path()).expect("again");
        assert_eq!(ApiFile::read(dir.path()).expect("read"), written);
        let path = ApiFile::path(dir.path());
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("mode");
        let denied = ApiFile::read(dir.path()).expect_err("others can read it");
        assert_eq!(denied.kind(), io::ErrorKind::PermissionDenied);
        ApiFile::remove(dir.path()).expect("remove");
        ApiFile::remove(dir.path()).expect("nothing to remove");
    }
}
