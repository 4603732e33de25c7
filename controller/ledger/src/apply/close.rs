//! What the close of a batch changes: every serial gets an end state, the books are kept; reviews
//! and signatures are there where the workflow wants them.
//!
//! Called by the close (inside its transaction, before the books are checked) and by `verify`.
//! Must never touch a serial whose pack is unresolved or on the belt.

use super::Place;
use super::step::{INVALIDATE, RETURN, SCRAP};
use crate::batch_spec::ReturnPolicy;
use crate::books::books;
use crate::error::{Fail, forbidden};
use crate::ledger_body::TwoPersons;
use contracts::open_scs::JobOrderState;
use line_core::reconcile::Books;
use rusqlite::{Connection, params};

/// Ends the serials: never dispatched by policy, dispatched and unprinted SNInvalid, in reject
/// and never applied LabelScrapped.
pub(crate) fn end_serials(at: &Place<'_>) -> Result<(), Fail> {
    at.any(
        "UPDATE pool_serial SET state = ?2 WHERE batch_no = ?1 AND state = ?3 AND job IS NULL \
         AND (SELECT return_policy FROM batch WHERE batch_no = ?1) <> ?4",
        params![at.batch_no, RETURN.to, RETURN.from, ReturnPolicy::Invalid.name()],
    )?;
    at.any(
        "UPDATE pool_serial SET state = ?2, cause = 'batch_end' WHERE batch_no = ?1 AND state = ?3",
        [at.batch_no, INVALIDATE.to, INVALIDATE.from],
    )?;
    at.any(
        "UPDATE pool_serial SET state = ?2 WHERE batch_no = ?1 AND state = ?3 AND (track IS NULL \
         OR track IN (SELECT track FROM pack WHERE batch_no = ?1 AND fate IN (2, 5, 6)))",
        [at.batch_no, SCRAP.to, SCRAP.from],
    )?;
    Ok(())
}

/// Serials that [`end_serials`] would give back or make SNInvalid.
pub(crate) fn serials_to_end(conn: &Connection, batch_no: i64) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT count(*) FROM pool_serial WHERE batch_no = ?1 AND state = ?2")?
        .query_row([batch_no, INVALIDATE.from], |row| row.get(0))
}

/// Applies the closing event: ends the serials, recomputes the books, keeps them.
pub(crate) fn closed(
    at: &Place<'_>,
    from: JobOrderState,
    stored: &Books,
    signed: Option<&TwoPersons>,
) -> Result<(), Fail> {
    end_serials(at)?;
    keep_books(at, from, stored, signed)
}

/// Keeps the books and closes the order.
pub(crate) fn keep_books(
    at: &Place<'_>,
    from: JobOrderState,
    stored: &Books,
    signed: Option<&TwoPersons>,
) -> Result<(), Fail> {
    super::workflow::may_close(at, signed)?;
    if books(at.conn, at.batch_no)? != *stored {
        return forbidden("the books in the closing event are not those of the projections");
    }
    let text = serde_json::to_string(stored)
        .map_err(|error| Fail::Forbidden(crate::error::Forbidden { what: error.to_string() }))?;
    at.one(
        "UPDATE batch SET state = ?2, closed_seq = ?3, books = ?4 \
         WHERE batch_no = ?1 AND state = ?5",
        params![at.batch_no, JobOrderState::Closed as i64, at.seq, text, from as i64],
        &|| format!("close of an order that is not {from:?}"),
    )
}
