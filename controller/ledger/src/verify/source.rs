//! How the verifier opens a file: a running line's ledger, or evidence that must stay untouched.
//!
//! Must never write to the file or beside it when it is evidence.

use crate::error::LedgerError;
use crate::lock::beside;
use rusqlite::{Connection, OpenFlags};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bytes of a write-ahead log's header; its salts change whenever the log begins anew.
const WAL_HEADER: usize = 32;
/// Attempts to copy a file that is being written.
const ATTEMPTS: u32 = 3;

/// One read transaction through SQLite's own locks.
pub(super) fn live(path: &Path) -> Result<Connection, LedgerError> {
    let begin = |conn: Connection| {
        conn.execute_batch("BEGIN; SELECT count(*) FROM meta;")?;
        Ok::<_, rusqlite::Error>(conn)
    };
    let first = crate::schema::reader(path).and_then(begin);
    // A medium that cannot be written is read as it is.
    first.or_else(|error| {
        if wal_header(path).is_some() || !path.is_file() {
            return Err(error.into());
        }
        Ok(immutable(path).and_then(begin)?)
    })
}

/// A file that is read and never touched. With a write-ahead log beside it, a private copy of
/// both, which goes away with this value.
pub(super) struct Evidence {
    pub(super) conn: Connection,
    /// State of the file before reading, when it is read in place.
    seen: Option<Seen>,
    path: PathBuf,
    _copy: Option<PrivateCopy>,
}

#[derive(PartialEq, Eq)]
struct Seen {
    len: u64,
    modified: Option<SystemTime>,
    wal: Option<[u8; WAL_HEADER]>,
}

impl Evidence {
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        let seen = see(path)?;
        let (conn, seen, copy) = if seen.wal.is_none() {
            (immutable(path)?, Some(seen), None)
        } else {
            let copy = PrivateCopy::of(path)?;
            (crate::schema::reader(&copy.ledger())?, None, Some(copy))
        };
        conn.execute_batch("PRAGMA trusted_schema = OFF; BEGIN; SELECT count(*) FROM meta;")?;
        Ok(Self { conn, seen, path: path.to_owned(), _copy: copy })
    }

    /// Refuses a verdict about a file that was written meanwhile.
    pub(super) fn unchanged(&self) -> Result<(), LedgerError> {
        match &self.seen {
            Some(seen) if see(&self.path)? != *seen => Err(in_use(&self.path)),
            _ => Ok(()),
        }
    }
}

fn in_use(path: &Path) -> LedgerError {
    LedgerError::NotUsable(format!(
        "{} was written while it was read; use `packline audit verify` on a running line, or \
         verify a copy",
        path.display()
    ))
}

fn see(path: &Path) -> Result<Seen, LedgerError> {
    let meta =
        path.metadata().map_err(|source| LedgerError::Io { path: path.to_owned(), source })?;
    Ok(Seen { len: meta.len(), modified: meta.modified().ok(), wal: wal_header(path) })
}

/// Header of the write-ahead log; none when there is nothing in it.
fn wal_header(path: &Path) -> Option<[u8; WAL_HEADER]> {
    let mut header = [0; WAL_HEADER];
    let mut wal = std::fs::File::open(beside(path, "-wal")).ok()?;
    wal.read_exact(&mut header).ok().map(|()| header)
}

fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let uri = format!("file:{}?immutable=1", uri_path(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags)
}

/// The characters that mean something in a URI, escaped.
fn uri_path(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// A ledger and its write-ahead log in a directory of their own.
struct PrivateCopy {
    directory: tempfile::TempDir,
}

impl PrivateCopy {
    /// The ledger first, then its log. Whatever a checkpoint writes into the ledger meanwhile is
    /// in the log, too, as long as the log is the same one before and after: its header tells.
    fn of(path: &Path) -> Result<Self, LedgerError> {
        let failed = |source| LedgerError::Io { path: path.to_owned(), source };
        let directory = tempfile::tempdir().map_err(failed)?;
        let copy = Self { directory };
        for _ in 0..ATTEMPTS {
            let before = wal_header(path);
            std::fs::copy(path, copy.ledger()).map_err(failed)?;
            let wal = beside(&copy.ledger(), "-wal");
            std::fs::copy(beside(path, "-wal"), &wal).map_err(failed)?;
            if before.is_some() && wal_header(&copy.ledger()) == before {
                return Ok(copy);
            }
        }
        Err(in_use(path))
    }

    fn ledger(&self) -> PathBuf {
        self.directory.path().join("ledger.db")
    }
}
