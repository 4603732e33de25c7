//! Users as the events make them, for reading.
//!
//! What users may do is decided elsewhere; their passwords are in the [`crate::Vault`]. Must never
//! hold either.

use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::reader::Reader;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

/// What an event says of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserFacts {
    /// Printed name; never another one.
    pub name: String,
    /// Role names, at least one.
    pub roles: Vec<String>,
    /// `active`, `blocked` or `retired`, the last for ever.
    pub state: String,
    /// ISO 639-1.
    pub language: String,
    /// The password was given by another person.
    pub must_change: bool,
    /// Number of the password in force, from 1.
    pub credential: u32,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// User id.
    pub user: String,
    /// The rest.
    pub facts: UserFacts,
    /// Event that added it.
    pub added_seq: i64,
    /// Event that changed it last.
    pub seq: i64,
}

impl Reader {
    /// Every user, the retired ones among them, by id.
    ///
    /// # Errors
    /// Reading failed.
    pub fn users(&self) -> Result<Vec<UserRow>, LedgerError> {
        Ok(users(&self.conn)?)
    }
}

impl Ledger {
    /// The same from the writing handle.
    ///
    /// # Errors
    /// Reading failed.
    pub fn users(&self) -> Result<Vec<UserRow>, LedgerError> {
        Ok(users(&self.conn)?)
    }

    /// What a [`crate::Vault`] of this ledger is bound to: the hash of its first event, and its
    /// epoch. Passwords of another ledger or from before a restore do not fit.
    ///
    /// # Errors
    /// Reading failed.
    pub fn identity(&self) -> Result<String, LedgerError> {
        let sql = "SELECT lower(hex(hash)) FROM event WHERE seq = 1";
        let first: String = self.conn.query_row(sql, [], |row| row.get(0))?;
        Ok(format!("{first} epoch {}", self.epoch))
    }
}

fn users(conn: &Connection) -> rusqlite::Result<Vec<UserRow>> {
    let mut select = conn.prepare_cached(
        "SELECT user, name, roles, state, language, must_change, credential, added_seq, seq \
         FROM user ORDER BY user",
    )?;
    let rows = select.query_map([], |row| {
        let roles: String = row.get(2)?;
        let facts = UserFacts {
            name: row.get(1)?,
            roles: roles.split(',').map(str::to_owned).collect(),
            state: row.get(3)?,
            language: row.get(4)?,
            must_change: row.get(5)?,
            credential: row.get(6)?,
        };
        Ok(UserRow { user: row.get(0)?, facts, added_seq: row.get(7)?, seq: row.get(8)? })
    })?;
    rows.collect()
}
