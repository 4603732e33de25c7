//! What a person looks at before the books of a batch are closed.
//!
//! The part of [`Reader`] behind the close and the batch record. Must never decide whether a batch
//! may close: `close.rs` does.

use crate::apply::close::serials_to_end;
use crate::close::covered;
use crate::error::LedgerError;
use crate::ids::BatchNo;
use crate::reader::Reader;
use crate::readiness::{Readiness, Unreviewed, unreviewed};
use line_core::event::PackFate;
use line_core::reconcile::Books;
use rusqlite::Row;
use serde::Serialize;

/// Packs named of each kind.
const NAMED_MAX: u32 = 100;
/// Signatures and deviations told, the latest.
const SIGNATURES_MAX: u32 = 500;

/// An identity of the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentityRow {
    /// Its name.
    pub name: &'static str,
    /// One side.
    pub left: i64,
    /// The other.
    pub right: i64,
    /// Both are equal.
    pub holds: bool,
    /// A signed deviation names exactly the difference.
    pub covered: bool,
}

/// A deviation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviationRow {
    /// Its event.
    pub seq: i64,
    /// Identity that it leaves open.
    pub identity: String,
    /// By how much.
    pub amount: i64,
    /// Who.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// A signature in the batch's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureRow {
    /// Its event.
    pub seq: i64,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// User id.
    pub who: String,
    /// Printed name.
    pub name: String,
    /// Meaning.
    pub meaning: String,
    /// What is signed.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// The person has proven who it is.
    pub authenticated: bool,
}

/// A batch before its close, or after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CloseOverview {
    /// The books as they are.
    pub books: Books,
    /// Serials that are neither printed nor ended: the close gives them back or makes them
    /// SNInvalid, by the order's policy.
    pub ends_at_close: i64,
    /// The identities of the books with these ended.
    pub identities: Vec<IdentityRow>,
    /// Deviations, in order.
    pub deviations: Vec<DeviationRow>,
    /// Packs that wait for a person, the first of them; their number is in the books.
    pub unresolved: Vec<u32>,
    /// Packs on the belt as far as known, the first of them.
    pub in_process: Vec<u32>,
    /// Rejects that wait for their review.
    pub unreviewed: Unreviewed,
    /// Signatures, the latest first.
    pub signatures: Vec<SignatureRow>,
    /// The steps of the workflow.
    pub readiness: Readiness,
}

pub(crate) const SIGNATURES: &str = "SELECT s.seq, e.at, s.who, s.name, s.meaning, s.subject, \
    s.reason, s.authenticated FROM signature s INDEXED BY signature_of \
    JOIN event e ON e.seq = s.seq \
    WHERE s.chain = (SELECT batch FROM batch WHERE batch_no = ?1) ORDER BY s.seq DESC LIMIT ?2";

impl Reader {
    /// What is to be looked at before a batch is closed.
    ///
    /// # Errors
    /// No such batch, it is in a file of its own, or reading failed.
    pub fn close_overview(&self, batch: BatchNo) -> Result<CloseOverview, LedgerError> {
        let books = self.books(batch)?;
        let ends_at_close = serials_to_end(&self.conn, batch.0)?;
        let mut identities = Vec::new();
        // Whether they go back or become SNInvalid is the same to every identity.
        let at_close = Books { returned: books.returned + ends_at_close, ..books };
        for identity in at_close.identities() {
            identities.push(IdentityRow {
                name: identity.name,
                left: identity.left,
                right: identity.right,
                holds: identity.holds(),
                covered: covered(&self.conn, batch.0, &identity).map_err(LedgerError::from_fail)?,
            });
        }
        Ok(CloseOverview {
            ends_at_close,
            identities,
            deviations: self.deviations(batch)?,
            unresolved: self.tracks(batch, PackFate::Unresolved)?,
            in_process: self.tracks(batch, PackFate::InProcess)?,
            unreviewed: unreviewed(&self.conn, batch.0)?,
            signatures: self.signatures(batch, SIGNATURES_MAX)?,
            readiness: self.readiness(batch)?,
            books,
        })
    }

    /// Signatures in a batch's chain, the latest first.
    ///
    /// # Errors
    /// Reading failed.
    pub fn signatures(&self, batch: BatchNo, limit: u32) -> Result<Vec<SignatureRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(SIGNATURES)?;
        let rows = select.query_map((batch.0, limit.min(SIGNATURES_MAX)), signature_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn deviations(&self, batch: BatchNo) -> Result<Vec<DeviationRow>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, identity, amount, who, reason FROM deviation WHERE batch_no = ?1 \
             ORDER BY seq LIMIT ?2",
        )?;
        let rows = select.query_map((batch.0, SIGNATURES_MAX), |row| {
            Ok(DeviationRow {
                seq: row.get(0)?,
                identity: row.get(1)?,
                amount: row.get(2)?,
                who: row.get(3)?,
                reason: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn tracks(&self, batch: BatchNo, fate: PackFate) -> Result<Vec<u32>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT track FROM pack WHERE batch_no = ?1 AND fate = ?2 ORDER BY track LIMIT ?3",
        )?;
        let rows = select.query_map((batch.0, fate as i64, NAMED_MAX), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(crate) fn signature_row(row: &Row<'_>) -> rusqlite::Result<SignatureRow> {
    Ok(SignatureRow {
        seq: row.get(0)?,
        at: row.get(1)?,
        who: row.get(2)?,
        name: row.get(3)?,
        meaning: row.get(4)?,
        subject: row.get(5)?,
        reason: row.get(6)?,
        authenticated: row.get(7)?,
    })
}
