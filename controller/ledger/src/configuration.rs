//! The line's configuration on record: versions that are proposed, and released by two persons.
//!
//! Called by the service; production orders name the version in force. Must never let an order run
//! on another configuration than the one that was released last.

use crate::act::{Act, Signed, sign_by_two};
use crate::chain::sha256;
use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::Chain;
use crate::keys::hex;
use crate::ledger::Ledger;
use crate::ledger_body::{LedgerBody, TwoPersons};
use crate::reader::{PAGE_MAX, Reader};
use crate::stored_text;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest text of a configuration, in bytes.
pub const CONFIGURATION_BYTES_MAX: usize = 256 * 1024;

/// `configuration_drafted`: a version is proposed; its text is in `config`, by hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationDrafted {
    /// Version, one more than the latest.
    pub version: u32,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// Who proposed it: user id.
    pub who: String,
    /// In which role.
    pub role: String,
}

/// `configuration_released`: in force until the next one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationReleased {
    /// Version.
    pub version: u32,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// Two persons.
    #[serde(flatten)]
    pub by: TwoPersons,
}

/// A version of the line's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigurationRow {
    /// Version.
    pub version: u32,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// Who proposed it.
    pub drafted_by: String,
    /// Event that proposed it.
    pub drafted_seq: i64,
    /// Event that released it.
    pub released_seq: Option<i64>,
}

/// What is released of a batch's configuration: everything but the product, whose recipe has its
/// own approval. JSON, keys sorted, a line a value.
///
/// # Errors
/// The bytes are no JSON object.
pub fn configuration_text(config: &[u8]) -> Result<String, serde_json::Error> {
    let mut whole: serde_json::Map<String, Value> = serde_json::from_slice(config)?;
    whole.remove("product");
    serde_json::to_string_pretty(&with_sorted_keys(Value::Object(whole)))
}

/// The same with the keys of every object in order, whatever order the map keeps.
#[must_use]
pub fn with_sorted_keys(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            fields.into_iter().map(|(name, inner)| (name, with_sorted_keys(inner))).collect()
        }
        Value::Array(items) => items.into_iter().map(with_sorted_keys).collect(),
        plain => plain,
    }
}

impl Ledger {
    /// Proposes a configuration, a text as [`configuration_text`] makes it. Returns the version.
    ///
    /// # Errors
    /// The text is empty or too long, or is that of the latest version, or the commit failed.
    pub fn draft_configuration(
        &mut self,
        now: WallClock,
        text: &str,
        (who, role): (&str, &str),
    ) -> Result<u32, LedgerError> {
        if text.trim().is_empty() || text.len() > CONFIGURATION_BYTES_MAX {
            return Err(Refusal::OutOfBounds("the text of the configuration").into());
        }
        let sha256 = hex(&sha256(text.as_bytes()));
        self.transact(now, |tx| {
            let latest = latest(tx.conn)?;
            let version = latest.as_ref().map_or(0, |row| row.version) + 1;
            if latest.is_some_and(|row| row.sha256 == sha256) {
                return Err(wrong(version - 1, "is this very configuration"));
            }
            let (who, role) = (who.to_owned(), role.to_owned());
            let drafted = ConfigurationDrafted { version, sha256: sha256.clone(), who, role };
            let body = LedgerBody::ConfigurationDrafted(drafted);
            tx.own_with(Chain::Site, &body, &[], text.as_bytes())?;
            Ok(version)
        })
    }

    /// Releases a proposed version: two persons.
    ///
    /// # Errors
    /// There is no such version, it was released before, the signatures do not fit, or the commit
    /// failed.
    pub fn release_configuration(
        &mut self,
        now: WallClock,
        version: u32,
        signed: &[Signed],
    ) -> Result<(), LedgerError> {
        self.transact(now, |tx| {
            let row = known(tx.conn, version)?;
            if row.released_seq.is_some() {
                return Err(wrong(version, "was released before; propose it anew"));
            }
            let by = sign_by_two(tx, Chain::Site, Act::ConfigRelease, signed, &[])?;
            let released = ConfigurationReleased { version, sha256: row.sha256, by };
            tx.own(Chain::Site, &LedgerBody::ConfigurationReleased(released)).map(|_| ())
        })
    }

    /// The version in force: the one that was released last.
    ///
    /// # Errors
    /// Reading failed.
    pub fn released_configuration(&self) -> Result<Option<ConfigurationRow>, LedgerError> {
        Ok(released(&self.conn)?)
    }
}

impl Reader {
    /// Versions of the configuration, the latest first; at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// Reading failed.
    pub fn configurations(&self) -> Result<Vec<ConfigurationRow>, LedgerError> {
        let sql =
            format!("SELECT {COLUMNS} FROM configuration ORDER BY version DESC LIMIT {PAGE_MAX}");
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map([], configuration_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One version and its text.
    ///
    /// # Errors
    /// There is no such version, or reading failed.
    pub fn configuration(&self, version: u32) -> Result<(ConfigurationRow, String), LedgerError> {
        let row = known(&self.conn, version).map_err(LedgerError::from_fail)?;
        let text = stored_text::of(&self.conn, &row.sha256)?;
        let missing = || LedgerError::NotUsable("a configuration without its text".into());
        text.map(|text| (row, text)).ok_or_else(missing)
    }

    /// The version in force: the one that was released last.
    ///
    /// # Errors
    /// Reading failed.
    pub fn released_configuration(&self) -> Result<Option<ConfigurationRow>, LedgerError> {
        Ok(released(&self.conn)?)
    }
}

const COLUMNS: &str = "version, sha256, drafted_by, drafted_seq, released_seq";

fn configuration_row(row: &Row<'_>) -> rusqlite::Result<ConfigurationRow> {
    Ok(ConfigurationRow {
        version: row.get(0)?,
        sha256: row.get(1)?,
        drafted_by: row.get(2)?,
        drafted_seq: row.get(3)?,
        released_seq: row.get(4)?,
    })
}

fn latest(conn: &Connection) -> rusqlite::Result<Option<ConfigurationRow>> {
    one(conn, "ORDER BY version DESC LIMIT 1", [])
}

/// The version in force.
pub(crate) fn released(conn: &Connection) -> rusqlite::Result<Option<ConfigurationRow>> {
    one(conn, "WHERE released_seq IS NOT NULL ORDER BY released_seq DESC LIMIT 1", [])
}

fn known(conn: &Connection, version: u32) -> Result<ConfigurationRow, Fail> {
    let found = one(conn, "WHERE version = ?1", [version])?;
    found.ok_or_else(|| wrong(version, "is not on record"))
}

fn one(
    conn: &Connection,
    which: &str,
    params: impl rusqlite::Params,
) -> rusqlite::Result<Option<ConfigurationRow>> {
    let sql = format!("SELECT {COLUMNS} FROM configuration {which}");
    conn.prepare_cached(&sql)?.query_row(params, configuration_row).optional()
}

fn wrong(version: u32, what: &'static str) -> Fail {
    Refusal::Configuration { version, what }.into()
}

#[cfg(test)]
mod tests {
    use super::configuration_text;

    #[test]
    fn the_text_of_a_configuration_leaves_out_the_product_and_sorts_its_keys() {
        let bytes = br#"{"version":1,"product":{"gtin":"1"},"line":{"b":[2,1],"a":0.1}}"#;
        let expected = "{\n  \"line\": {\n    \"a\": 0.1,\n    \"b\": [\n      2,\n      1\n    \
                        ]\n  },\n  \"version\": 1\n}";
        assert_eq!(configuration_text(bytes).unwrap(), expected);
        assert!(configuration_text(b"[]").is_err());
        assert!(configuration_text(b"no JSON").is_err());
    }
}
