//! Product recipes on record: versions that are drafted, approved by two persons, and retired.
//!
//! Called by the service; orders name the version that they were made from. Must never change a
//! version's text, nor let who drafted it approve it.

use crate::act::{Act, OnePerson, Signed, sign_alone, sign_by_two};
use crate::chain::sha256;
use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::Chain;
use crate::keys::hex;
use crate::ledger::Ledger;
use crate::ledger_body::{LedgerBody, TwoPersons};
use crate::reader::{PAGE_MAX, Reader};
use crate::stored_text;
use codes::Gtin;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

/// Longest text of a recipe, in bytes.
pub const RECIPE_BYTES_MAX: usize = 64 * 1024;

/// `recipe_drafted`: a new version; its text is in `config`, by hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeDrafted {
    /// Product code.
    pub gtin: String,
    /// Version, one more than the product's latest.
    pub version: u32,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// Who wrote it.
    #[serde(flatten)]
    pub by: OnePerson,
}

/// `recipe_approved`: orders may use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeApproved {
    /// Product code.
    pub gtin: String,
    /// Version.
    pub version: u32,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// Two persons, neither of whom drafted it.
    #[serde(flatten)]
    pub by: TwoPersons,
}

/// `recipe_retired`: no further order uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeRetired {
    /// Product code.
    pub gtin: String,
    /// Version.
    pub version: u32,
    /// Who retired it.
    #[serde(flatten)]
    pub by: OnePerson,
}

/// State of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipeState {
    /// Written, not approved.
    Draft,
    /// Orders may use it.
    Approved,
    /// Used no more.
    Retired,
}

impl RecipeState {
    /// Name as stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Retired => "retired",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Draft, Self::Approved, Self::Retired].into_iter().find(|state| state.name() == name)
    }
}

/// A version of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecipeRow {
    /// Product code.
    pub gtin: String,
    /// Version.
    pub version: u32,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// State.
    pub state: RecipeState,
    /// Who drafted it.
    pub drafted_by: String,
    /// Event that drafted it.
    pub drafted_seq: i64,
    /// Event that approved it.
    pub approved_seq: Option<i64>,
    /// Event that retired it.
    pub retired_seq: Option<i64>,
}

impl Ledger {
    /// Writes a new version of a product's recipe; the caller has checked its text. Returns the
    /// version.
    ///
    /// # Errors
    /// The text is empty or too long, the signature does not fit, or the commit failed.
    pub fn draft_recipe(
        &mut self,
        now: WallClock,
        gtin: Gtin,
        text: &str,
        signed: &Signed,
    ) -> Result<u32, LedgerError> {
        if text.trim().is_empty() || text.len() > RECIPE_BYTES_MAX {
            return Err(Refusal::OutOfBounds("the text of the recipe").into());
        }
        self.transact(now, |tx| {
            let version = latest(tx.conn, gtin.as_str())? + 1;
            let by = sign_alone(tx, Chain::Site, Act::RecipeDraft, signed, &[])?;
            let (gtin, sha256) = (gtin.as_str().to_owned(), hex(&sha256(text.as_bytes())));
            let body = LedgerBody::RecipeDrafted(RecipeDrafted { gtin, version, sha256, by });
            tx.own_with(Chain::Site, &body, &[], text.as_bytes())?;
            Ok(version)
        })
    }

    /// Approves a drafted version: two persons, neither of whom drafted it.
    ///
    /// # Errors
    /// There is no such draft, the signatures do not fit, or the commit failed.
    pub fn approve_recipe(
        &mut self,
        now: WallClock,
        gtin: Gtin,
        version: u32,
        signed: &[Signed],
    ) -> Result<(), LedgerError> {
        self.transact(now, |tx| {
            let row = known(tx.conn, gtin.as_str(), version)?;
            if row.state != RecipeState::Draft {
                return Err(wrong(&row, "is no draft"));
            }
            let author = std::slice::from_ref(&row.drafted_by);
            let by = sign_by_two(tx, Chain::Site, Act::RecipeApprove, signed, author)?;
            let RecipeRow { gtin, sha256, .. } = row;
            let body = LedgerBody::RecipeApproved(RecipeApproved { gtin, version, sha256, by });
            tx.own(Chain::Site, &body).map(|_| ())
        })
    }

    /// Retires a version, a draft as well.
    ///
    /// # Errors
    /// There is no such version in use, the signature does not fit, or the commit failed.
    pub fn retire_recipe(
        &mut self,
        now: WallClock,
        gtin: Gtin,
        version: u32,
        signed: &Signed,
    ) -> Result<(), LedgerError> {
        self.transact(now, |tx| {
            let row = known(tx.conn, gtin.as_str(), version)?;
            if row.state == RecipeState::Retired {
                return Err(wrong(&row, "is retired already"));
            }
            let by = sign_alone(tx, Chain::Site, Act::RecipeRetire, signed, &[])?;
            let body = LedgerBody::RecipeRetired(RecipeRetired { gtin: row.gtin, version, by });
            tx.own(Chain::Site, &body).map(|_| ())
        })
    }

    /// The latest approved version of a product, and its text.
    ///
    /// # Errors
    /// Reading failed.
    pub fn approved_recipe(&self, gtin: Gtin) -> Result<Option<(RecipeRow, String)>, LedgerError> {
        approved(&self.conn, gtin)
    }

    /// The text of a recipe by its hash.
    ///
    /// # Errors
    /// Reading failed.
    pub fn recipe_text(&self, sha256: &str) -> Result<Option<String>, LedgerError> {
        Ok(stored_text::of(&self.conn, sha256)?)
    }
}

impl Reader {
    /// Versions of recipes, of one product or of all, the latest first; at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// Reading failed.
    pub fn recipes(&self, gtin: Option<Gtin>) -> Result<Vec<RecipeRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM recipe WHERE ?1 IS NULL OR gtin = ?1 \
             ORDER BY gtin, version DESC LIMIT ?2"
        ))?;
        let gtin = gtin.as_ref().map(Gtin::as_str);
        let rows = select.query_map((gtin, PAGE_MAX), recipe_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One version and its text.
    ///
    /// # Errors
    /// There is no such version, or reading failed.
    pub fn recipe(&self, gtin: Gtin, version: u32) -> Result<(RecipeRow, String), LedgerError> {
        let row = known(&self.conn, gtin.as_str(), version).map_err(LedgerError::from_fail)?;
        let text = stored_text::of(&self.conn, &row.sha256)?;
        let text =
            text.ok_or_else(|| LedgerError::NotUsable("a recipe without its text".into()))?;
        Ok((row, text))
    }

    /// The latest approved version of a product, and its text.
    ///
    /// # Errors
    /// Reading failed.
    pub fn approved_recipe(&self, gtin: Gtin) -> Result<Option<(RecipeRow, String)>, LedgerError> {
        approved(&self.conn, gtin)
    }
}

const COLUMNS: &str =
    "gtin, version, sha256, state, drafted_by, drafted_seq, approved_seq, retired_seq";

fn recipe_row(row: &Row<'_>) -> rusqlite::Result<RecipeRow> {
    let state: String = row.get(3)?;
    let strange =
        || rusqlite::Error::InvalidColumnType(3, String::new(), rusqlite::types::Type::Text);
    Ok(RecipeRow {
        gtin: row.get(0)?,
        version: row.get(1)?,
        sha256: row.get(2)?,
        state: RecipeState::from_name(&state).ok_or_else(strange)?,
        drafted_by: row.get(4)?,
        drafted_seq: row.get(5)?,
        approved_seq: row.get(6)?,
        retired_seq: row.get(7)?,
    })
}

fn latest(conn: &Connection, gtin: &str) -> rusqlite::Result<u32> {
    let sql = "SELECT coalesce(max(version), 0) FROM recipe WHERE gtin = ?1";
    conn.prepare_cached(sql)?.query_row([gtin], |row| row.get(0))
}

fn known(conn: &Connection, gtin: &str, version: u32) -> Result<RecipeRow, Fail> {
    let sql = format!("SELECT {COLUMNS} FROM recipe WHERE gtin = ?1 AND version = ?2");
    let found = conn.prepare_cached(&sql)?.query_row((gtin, version), recipe_row).optional()?;
    let what = "is not on record";
    found.ok_or_else(|| Refusal::Recipe { gtin: gtin.to_owned(), version, what }.into())
}

fn wrong(row: &RecipeRow, what: &'static str) -> Fail {
    Refusal::Recipe { gtin: row.gtin.clone(), version: row.version, what }.into()
}

fn approved(conn: &Connection, gtin: Gtin) -> Result<Option<(RecipeRow, String)>, LedgerError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM recipe WHERE gtin = ?1 AND state = 'approved' \
         ORDER BY version DESC LIMIT 1"
    );
    let found = conn.prepare_cached(&sql)?.query_row([gtin.as_str()], recipe_row).optional()?;
    let Some(row) = found else { return Ok(None) };
    let text = stored_text::of(conn, &row.sha256)?;
    Ok(text.map(|text| (row, text)))
}
