//! The ledger's Ed25519 signing key: a file `signing.key` (mode 0600) beside the ledger; during a
//! rotation the new one waits in `signing.key.next`.
//!
//! Called at creation, opening and rotation (docs/keys.md). Must never print the secret, nor write
//! over a key that may be in force.

use crate::error::LedgerError;
use ed25519_dalek::SigningKey;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Name of the secret key's file.
pub const KEY_FILE: &str = "signing.key";
/// Name of the file in which a new key waits for its rotation to be committed.
pub const NEXT_KEY_FILE: &str = "signing.key.next";
const SEED_LEN: usize = 32;

/// The 32 secret bytes of an Ed25519 key (RFC 8032).
#[derive(Clone)]
pub struct SigningKeySeed([u8; SEED_LEN]);

impl SigningKeySeed {
    /// From 32 secret bytes, for tests and imported keys.
    #[must_use]
    pub const fn from_bytes(seed: [u8; SEED_LEN]) -> Self {
        Self(seed)
    }

    /// The public key in lower-case hex, 64 characters.
    #[must_use]
    pub fn public_key_hex(&self) -> String {
        hex(self.signing_key().verifying_key().as_bytes())
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.0)
    }
}

impl std::fmt::Debug for SigningKeySeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeySeed(..)")
    }
}

/// Draws a key and writes it into `directory`.
///
/// # Errors
/// The file exists already or cannot be written, or the system has no random source.
pub fn make(directory: &Path) -> Result<SigningKeySeed, LedgerError> {
    draw(directory.join(KEY_FILE))
}

/// Draws the key of a rotation, which waits in a file of its own.
pub(crate) fn make_next(directory: &Path) -> Result<SigningKeySeed, LedgerError> {
    let path = directory.join(NEXT_KEY_FILE);
    if path.exists() {
        return Err(key_error(&path, "a rotation was begun and not ended: open the ledger anew"));
    }
    let seed = draw(path.clone())?;
    sync(directory).map_err(|error| key_error(&path, &error.to_string()))?;
    Ok(seed)
}

/// The key of a committed rotation takes the old one's place, which is gone then.
pub(crate) fn take_next(directory: &Path) -> Result<(), LedgerError> {
    let path = directory.join(NEXT_KEY_FILE);
    std::fs::rename(&path, directory.join(KEY_FILE))
        .and_then(|()| sync(directory))
        .map_err(|error| key_error(&path, &error.to_string()))
}

/// Names in a directory are durable only when the directory is synced, too.
fn sync(directory: &Path) -> std::io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Reads the key that the ledger names as its own, and ends a rotation that a power cut left: a
/// waiting key takes its place when its event is in the ledger, and goes when it is not.
pub(crate) fn load_own(directory: &Path, public_key: &str) -> Result<SigningKeySeed, LedgerError> {
    let waiting = directory.join(NEXT_KEY_FILE);
    let next = waiting.exists().then(|| read(&waiting)).and_then(Result::ok);
    if next.is_some_and(|seed| seed.public_key_hex() == public_key) {
        take_next(directory)?;
    }
    let seed = load(directory)?;
    if seed.public_key_hex() != public_key {
        let path = directory.join(KEY_FILE);
        return Err(key_error(&path, "it is not the ledger's own (see docs/keys.md)"));
    }
    if waiting.exists() {
        std::fs::remove_file(&waiting).map_err(|e| key_error(&waiting, &e.to_string()))?;
    }
    Ok(seed)
}

fn draw(path: PathBuf) -> Result<SigningKeySeed, LedgerError> {
    let mut seed = [0; SEED_LEN];
    getrandom::fill(&mut seed)
        .map_err(|error| key_error(&path, &format!("no random source: {error}")))?;
    let seed = SigningKeySeed(seed);
    store(&path, &seed).map_err(|error| key_error(&path, &error.to_string()))?;
    Ok(seed)
}

fn store(path: &Path, seed: &SigningKeySeed) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", hex(&seed.0))?;
    file.sync_all()
}

/// Reads the key of `directory`.
///
/// # Errors
/// No such file, others may read it, or it does not hold 64 hex digits.
pub fn load(directory: &Path) -> Result<SigningKeySeed, LedgerError> {
    read(&directory.join(KEY_FILE))
}

fn read(path: &Path) -> Result<SigningKeySeed, LedgerError> {
    let wrong = |what: &str| key_error(path, what);
    let mut file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong(
            "it is not there; put the sealed copy of it back, or restore the newest backup into a \
             new directory, which goes on with a new key (docs/keys.md)",
        ),
        _ => wrong(&error.to_string()),
    })?;
    let mode = file.metadata().map_err(|error| wrong(&error.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(wrong("others may read it (mode must be 0600)"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| wrong(&error.to_string()))?;
    let bytes = unhex(text.trim()).and_then(|bytes| bytes.try_into().ok());
    bytes.map(SigningKeySeed).ok_or_else(|| wrong("not 64 hex digits"))
}

fn key_error(path: &Path, what: &str) -> LedgerError {
    LedgerError::Key { path: PathBuf::from(path), what: what.to_owned() }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0x0f)]);
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte)]).collect()
}

/// Bytes of lower-case hex.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    text.len().is_multiple_of(2).then_some(())?;
    text.as_bytes().chunks(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_and_is_private() {
        let dir = tempfile::tempdir().expect("a directory");
        let made = make(dir.path()).expect("made");
        assert!(make(dir.path()).is_err(), "never overwritten");
        assert_eq!(load(dir.path()).expect("loaded").0, made.0);
        let path = dir.path().join(KEY_FILE);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(load(dir.path()).is_err(), "readable by others");
        assert_eq!(format!("{made:?}"), "SigningKeySeed(..)");
    }

    #[test]
    fn hex_round_trip() {
        assert_eq!(hex(&[0, 0x7f, 0xff]), "007fff");
        assert_eq!(unhex("007fff"), Some(vec![0, 0x7f, 0xff]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("0G"), None);
    }
}
