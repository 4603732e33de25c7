//! What nobody but the service may read: password hashes and the hashes of session tokens, in a
//! SQLite file of their own beside the ledger (`people.db`, mode 0600).
//!
//! The ledger is shown to inspectors and other programs, so they are not in it; and not in a
//! backup: a restore brings users back and no passwords. Opened by whoever holds the ledger's lock.
//! Must never hold a password or a token, nor be the one place where something is recorded.

use rusqlite::{Connection, OptionalExtension, params};
use std::fs::OpenOptions;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Its file in the data directory.
pub const VAULT_FILE: &str = "people.db";
/// Version of its tables.
const VERSION: i64 = 1;
const TABLES: &str = "
CREATE TABLE binding(one INTEGER PRIMARY KEY CHECK(one = 1), ledger TEXT NOT NULL) STRICT;
CREATE TABLE credential(
  user TEXT NOT NULL, number INTEGER NOT NULL, phc TEXT NOT NULL, set_unix_ms INTEGER NOT NULL,
  PRIMARY KEY(user, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE session(
  hash TEXT PRIMARY KEY, user TEXT NOT NULL, station TEXT NOT NULL, ends_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// A password hash.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialRow {
    /// User id.
    pub user: String,
    /// Its number; in force when the user's event names it.
    pub number: u32,
    /// PHC string.
    pub phc: String,
    /// When it was set, ms since 1970 UTC.
    pub set_unix_ms: i64,
}

impl std::fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CredentialRow({} {}, ..)", self.user, self.number)
    }
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the token, hex.
    pub hash: String,
    /// User id.
    pub user: String,
    /// Where it was begun.
    pub station: String,
    /// When it ends at the latest, ms since 1970 UTC.
    pub ends_unix_ms: i64,
}

/// Why the vault cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The file.
    #[error("failed to use {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not a vault of this ledger.
    #[error("{path} cannot be used: {what}")]
    NotUsable {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        what: &'static str,
    },
    /// SQLite.
    #[error("failed to read or write the passwords and sessions: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// The open file.
#[derive(Debug)]
pub struct Vault {
    conn: Connection,
}

impl Vault {
    /// Opens the vault of a data directory, or makes it. `ledger` is `Ledger::identity`.
    ///
    /// # Errors
    /// [`VaultError`]: others may read the file, it belongs to another ledger or epoch, or it is
    /// damaged.
    pub fn open(dir: &Path, ledger: &str) -> Result<Self, VaultError> {
        let path = dir.join(VAULT_FILE);
        let io = |source| VaultError::Io { path: path.clone(), source };
        let unusable = |what| VaultError::NotUsable { path: path.clone(), what };
        let mut make = OpenOptions::new();
        let file = make.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mode = file.open(&path).and_then(|file| file.metadata()).map_err(io)?;
        if mode.permissions().mode() & 0o077 != 0 {
            return Err(unusable("others may read it (mode must be 0600)"));
        }
        let conn = Connection::open(&path)?;
        conn.pragma_update(None, "journal_mode", "DELETE")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        // What is forgotten is gone from the file, too.
        conn.pragma_update(None, "secure_delete", true)?;
        conn.pragma_update(None, "trusted_schema", false)?;
        let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match version {
            0 => conn.execute_batch(&format!(
                "BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"
            ))?,
            VERSION => {}
            _ => return Err(unusable("another version of the program has written it")),
        }
        let bound: Option<String> =
            conn.query_row("SELECT ledger FROM binding", [], |row| row.get(0)).optional()?;
        match bound {
            None => conn.execute("INSERT INTO binding VALUES(1, ?1)", [ledger]).map(|_| ())?,
            Some(bound) if bound == ledger => {}
            Some(_) => {
                return Err(unusable(
                    "it belongs to another ledger, or to this one before it was restored; move \
                     it away, then give the users new passwords (docs/people.md)",
                ));
            }
        }
        Ok(Self { conn })
    }

    /// Every password hash.
    ///
    /// # Errors
    /// Reading failed.
    pub fn credentials(&self) -> Result<Vec<CredentialRow>, VaultError> {
        let mut select = self.conn.prepare("SELECT * FROM credential ORDER BY user, number")?;
        let rows = select.query_map([], |row| {
            Ok(CredentialRow {
                user: row.get(0)?,
                number: row.get(1)?,
                phc: row.get(2)?,
                set_unix_ms: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every session that has not been forgotten.
    ///
    /// # Errors
    /// Reading failed.
    pub fn sessions(&self) -> Result<Vec<SessionRow>, VaultError> {
        let mut select = self.conn.prepare("SELECT * FROM session ORDER BY hash")?;
        let rows = select.query_map([], |row| {
            Ok(SessionRow {
                hash: row.get(0)?,
                user: row.get(1)?,
                station: row.get(2)?,
                ends_unix_ms: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps a hash, durably; one of the same number is replaced.
    ///
    /// # Errors
    /// Writing failed.
    pub fn keep_credential(&mut self, row: &CredentialRow) -> Result<(), VaultError> {
        let sql = "INSERT OR REPLACE INTO credential VALUES(?1, ?2, ?3, ?4)";
        self.conn.execute(sql, params![row.user, row.number, row.phc, row.set_unix_ms])?;
        Ok(())
    }

    /// Forgets a user's hashes but the one with this number.
    ///
    /// # Errors
    /// Writing failed.
    pub fn forget_credentials(&mut self, user: &str, but: u32) -> Result<(), VaultError> {
        let sql = "DELETE FROM credential WHERE user = ?1 AND number <> ?2";
        self.conn.execute(sql, params![user, but])?;
        Ok(())
    }

    /// Keeps a session, durably.
    ///
    /// # Errors
    /// Writing failed.
    pub fn keep_session(&mut self, row: &SessionRow) -> Result<(), VaultError> {
        let sql = "INSERT OR REPLACE INTO session VALUES(?1, ?2, ?3, ?4)";
        self.conn.execute(sql, params![row.hash, row.user, row.station, row.ends_unix_ms])?;
        Ok(())
    }

    /// Forgets a session.
    ///
    /// # Errors
    /// Writing failed.
    pub fn forget_session(&mut self, hash: &str) -> Result<(), VaultError> {
        self.conn.execute("DELETE FROM session WHERE hash = ?1", [hash])?;
        Ok(())
    }
}
