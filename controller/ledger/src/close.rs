//! The close of a batch: end states, books, head in the site chain, checkpoint - or nothing.
//!
//! Called when the order is Completed or Aborted (or was never started). Must never close an order
//! whose books do not reconcile (invariant I4).

use crate::act::{Act, Signed, sign_by_two};
use crate::anchor::Anchor;
use crate::apply::close::{end_serials, keep_books};
use crate::books::books;
use crate::checkpoint::{self, Signer};
use crate::clock::WallClock;
use crate::error::{CloseRefusal, Fail, LedgerError, Refusal};
use crate::ids::{BatchNo, Chain};
use crate::keys::hex;
use crate::ledger::Ledger;
use crate::ledger_body::{LedgerBody, TwoPersons};
use crate::order::{free_order, order};
use crate::readiness;
use crate::tx::Tx;
use contracts::open_scs::JobOrderState as S;
use line_core::event::PackFate;
use line_core::ids::TrackIndex;
use line_core::reconcile::{Books, Identity};
use rusqlite::Connection;

/// Packs named in a refusal.
const NAMED_MAX: i64 = 100;

/// A closed batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// Its books.
    pub books: Books,
    /// The checkpoint that covers its head, for the anchor file.
    pub anchor: Anchor,
}

impl Ledger {
    /// The books of a batch as they are now.
    ///
    /// # Errors
    /// No such batch, or reading failed.
    pub fn books(&self, batch: BatchNo) -> Result<Books, LedgerError> {
        Ok(books(&self.conn, batch.0)?)
    }

    /// Closes the open batch in one transaction: serials never dispatched go back or become
    /// SNInvalid by the order's policy, dispatched but unprinted ones become SNInvalid, those in
    /// reject or never applied LabelScrapped; then the books must reconcile, but for `unexplained`
    /// and `unexplained_exit` where a signed deviation names exactly the amount.
    ///
    /// Without signatures: for trials, for orders that never were loaded, and where the order's
    /// workflow waives them.
    ///
    /// # Errors
    /// [`LedgerError::NotReconciled`] says what is missing, [`Refusal::Unreviewed`] which rejects
    /// nobody has reviewed; nothing has changed then.
    pub fn close_batch(&mut self, now: WallClock, batch: BatchNo) -> Result<Closed, LedgerError> {
        self.close_batch_signed(now, batch, &[])
    }

    /// The same with its two signatures in the same commit.
    ///
    /// # Errors
    /// As [`Self::close_batch`], or the signatures do not fit.
    pub fn close_batch_signed(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        signed: &[Signed],
    ) -> Result<Closed, LedgerError> {
        let signer = self.signer();
        let closed = self.transact(now, |tx| close(tx, batch, &signer, signed))?;
        self.heads.close(batch);
        self.checkpointed = (closed.anchor.through_seq, now.unix_ms);
        Ok(closed)
    }
}

fn close(
    tx: &mut Tx<'_>,
    batch: BatchNo,
    signer: &Signer,
    signed: &[Signed],
) -> Result<Closed, Fail> {
    let chain = Chain::Batch(batch);
    let from = free_order(tx.conn, batch)?.state;
    let ended = matches!(from, S::Completed | S::Aborted | S::Loaded);
    if !ended && !order(tx.conn, batch)?.trial {
        return Err(Refusal::WrongOrderState(from).into());
    }
    end_serials(&tx.place(chain, tx.heads.next_seq, 0))?;
    let books = books(tx.conn, batch.0)?;
    // A trial has no live serial and nothing that could leave: it closes as it stands.
    let trial = order(tx.conn, batch)?.trial;
    if !trial && let Some(refusal) = refusal(tx.conn, batch.0, &books)? {
        return Err(Fail::NotReconciled(Box::new(refusal)));
    }
    if !trial {
        reviewed(tx.conn, batch.0)?;
    }
    let signed = signatures(tx, batch, signed)?;
    let body = LedgerBody::BatchClosed { from, books, signed };
    let seq = tx.own_applied(chain, &body)?;
    let LedgerBody::BatchClosed { signed, .. } = &body else {
        return Err(Refusal::UnknownBatch.into());
    };
    keep_books(&tx.place(chain, seq, 0), from, &books, signed.as_ref())?;
    let open = tx.heads.open(batch).cloned().ok_or(Refusal::UnknownBatch)?;
    let head = LedgerBody::BatchHead {
        batch: open.id,
        chain_seq: open.head.chain_seq,
        hash: hex(&open.head.hash),
    };
    tx.own(Chain::Site, &head)?;
    let anchor = checkpoint::write(tx, signer)?;
    Ok(Closed { books, anchor })
}

/// Both signatures, where the workflow wants them or they were given.
fn signatures(
    tx: &mut Tx<'_>,
    batch: BatchNo,
    signed: &[Signed],
) -> Result<Option<TwoPersons>, Fail> {
    let order = readiness::order(tx.conn, batch.0)?;
    let needed = order.is_loaded && !order.spec.is_trial() && order.spec.workflow.signatures;
    if signed.is_empty() && !needed {
        return Ok(None);
    }
    sign_by_two(tx, Chain::Batch(batch), Act::BatchClose, signed, &[]).map(Some)
}

/// Every reject has its review, where the workflow wants them.
fn reviewed(conn: &Connection, no: i64) -> Result<(), Fail> {
    let order = readiness::order(conn, no)?;
    let left = readiness::unreviewed(conn, no)?;
    if order.spec.workflow.review && left.count > 0 {
        return Err(Refusal::Unreviewed { count: left.count, first: left.first }.into());
    }
    Ok(())
}

fn refusal(conn: &Connection, no: i64, books: &Books) -> Result<Option<CloseRefusal>, Fail> {
    let mut failing = Vec::new();
    for identity in books.identities() {
        if !identity.holds() && !covered(conn, no, &identity)? {
            failing.push(identity);
        }
    }
    if failing.is_empty() && books.unresolved == 0 {
        return Ok(None);
    }
    Ok(Some(CloseRefusal {
        books: *books,
        failing,
        unresolved: tracks(conn, no, PackFate::Unresolved)?,
        in_process: tracks(conn, no, PackFate::InProcess)?,
    }))
}

/// A signed deviation leaves exactly this amount open; only two identities may be.
pub(crate) fn covered(conn: &Connection, no: i64, identity: &Identity) -> Result<bool, Fail> {
    let covered = conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM deviation WHERE batch_no = ?1 AND identity = ?2 \
             AND amount = ?3 AND seq = (SELECT max(seq) FROM deviation WHERE batch_no = ?1 \
             AND identity = ?2))",
        )?
        .query_row((no, identity.name, identity.left - identity.right), |row| row.get(0))?;
    Ok(covered)
}

fn tracks(conn: &Connection, no: i64, fate: PackFate) -> Result<Vec<TrackIndex>, Fail> {
    let mut select = conn.prepare_cached(
        "SELECT track FROM pack WHERE batch_no = ?1 AND fate = ?2 ORDER BY track LIMIT ?3",
    )?;
    let rows = select.query_map([no, fate as i64, NAMED_MAX], |row| row.get(0).map(TrackIndex))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
