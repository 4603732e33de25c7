//! The ledger of a data directory: made at the first use, opened later.
//!
//! Used by the service and by commands without one. Must never open a ledger of another kind than
//! the line's.

use super::StartError;
use super::clock::wall_clock;
use super::setup::Setup;
use crate::config::LedgerKind as ConfiguredKind;
use ledger::{Ledger, LedgerError, LedgerKind, keys};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The ledger itself.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file beside it.
    #[error("failed to use {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The line id is none.
    #[error("line_id {0:?} is not usable: {1}")]
    LineId(String, String),
    /// A ledger is simulation or production for ever.
    #[error(
        "{path} is a {found:?} ledger and the line is configured for {wanted:?}; a ledger never \
         changes its kind: use another data directory"
    )]
    Kind {
        /// The ledger.
        path: String,
        /// What it is.
        found: LedgerKind,
        /// What is wanted.
        wanted: LedgerKind,
    },
}

/// Opens the ledger of the data directory, or makes it.
///
/// # Errors
/// [`BooksError`].
pub fn open_or_create(setup: &Setup) -> Result<Ledger, BooksError> {
    let dir = &setup.data_dir;
    let io = |source| BooksError::Io { path: dir.display().to_string(), source };
    std::fs::create_dir_all(dir).map_err(io)?;
    let wanted = match setup.line.ledger {
        ConfiguredKind::Simulation => LedgerKind::Simulation,
        ConfiguredKind::Production => LedgerKind::Production,
    };
    let path = setup.ledger_path();
    forget_unborn(dir, &path)?;
    let ledger = if path.exists() {
        Ledger::open(&path, wall_clock())?
    } else {
        let id = setup.line.line_id.clone();
        let line =
            id.parse().map_err(|e: ledger::IdError| BooksError::LineId(id, e.to_string()))?;
        let seed = match keys::load(dir) {
            Ok(seed) => seed,
            Err(_) => keys::make(dir)?,
        };
        Ledger::create(&path, wanted, &line, &seed, wall_clock())?
    };
    if ledger.kind() != wanted {
        let (path, found) = (path.display().to_string(), ledger.kind());
        return Err(BooksError::Kind { path, found, wanted });
    }
    write_public_key(dir, &ledger.public_key_hex()).map_err(io)?;
    Ok(ledger)
}

/// Takes away what is left of a creation that a power cut or an error has interrupted: a ledger
/// file without any table. It was never in use: `signing.pub` is written when the ledger has been
/// made, anchors later; where one of them is, an empty file is a loss and stays as it is.
///
/// # Errors
/// The file cannot be read or removed.
pub fn forget_unborn(dir: &Path, ledger: &Path) -> Result<(), BooksError> {
    let used = ["signing.pub", "anchors.jsonl"].iter().any(|name| dir.join(name).exists());
    if used || !ledger.exists() {
        return Ok(());
    }
    match ledger::remove_blank(ledger) {
        Ok(false) => Ok(()),
        Ok(true) => {
            tracing::warn!(path = %ledger.display(), "never made to its end: made anew");
            Ok(())
        }
        // Somebody is making it just now.
        Err(LedgerError::Locked { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Recomputes every chain and projection of a ledger that exists (faults, row 6).
///
/// # Errors
/// [`StartError::Broken`] with the first bad record.
pub fn require_intact(path: &Path) -> Result<(), StartError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    forget_unborn(dir, path)?;
    if !path.exists() {
        return Ok(());
    }
    let report = ledger::verify::verify(path, None).map_err(BooksError::Ledger)?;
    match report.first_bad {
        Some(bad) => Err(StartError::Broken { seq: bad.seq, what: bad.what }),
        None => Ok(()),
    }
}

/// Writes the public key in force to `signing.pub`.
///
/// # Errors
/// The file cannot be written.
pub fn write_public_key(dir: &Path, public_key_hex: &str) -> std::io::Result<()> {
    std::fs::write(dir.join("signing.pub"), format!("{public_key_hex}\n"))
}

/// Appends an anchor to `anchors.jsonl` and syncs it, behind the last whole line: what a power cut
/// left of a line is cut off.
///
/// # Errors
/// The file cannot be written.
pub fn write_anchor(dir: &Path, anchor: &ledger::Anchor) -> std::io::Result<()> {
    let path = dir.join("anchors.jsonl");
    let is_new = !path.exists();
    let mut file = std::fs::OpenOptions::new().create(true).append(true).read(true).open(path)?;
    cut_torn_end(&mut file)?;
    file.write_all(anchor.to_line().as_bytes())?;
    file.sync_data()?;
    // The name of a new file is durable with its directory only.
    if is_new { std::fs::File::open(dir)?.sync_all() } else { Ok(()) }
}

/// More than a line that was being written can be; what lies further back is not looked at.
const ANCHOR_TAIL: u64 = 64 * 1024;

fn cut_torn_end(file: &mut std::fs::File) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(ANCHOR_TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = from + ledger::Anchor::whole_lines(&tail) as u64;
    // Nothing whole in so long a tail is no torn line: it stays for the verifier to find.
    if whole < length && (whole > from || from == 0) { file.set_len(whole) } else { Ok(()) }
}
