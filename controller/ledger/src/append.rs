//! The hot path: a group of records in one transaction, and the durable watermark.
//!
//! Called by the ledger thread only. Must never report a record as durable before COMMIT has
//! answered (invariant I2), and never commit a group in part.

use crate::clock::WallClock;
use crate::error::{CommitError, Forbidden, LedgerError};
use crate::ids::BatchNo;
use crate::ledger::Ledger;
use crate::order::free_order;
use contracts::open_scs::JobOrderState;
use line_core::ids::RecordSeq;
use line_core::record::Record;

impl Ledger {
    /// Commits records of the open batch, in their order; returns the last one's sequence: the
    /// watermark. An empty group is refused.
    ///
    /// Within one handle the sequence must go on without a gap; it begins anew after `open_batch`,
    /// `recover`, or a new handle.
    ///
    /// # Errors
    /// See [`CommitError`]. After `RolledBack` the same group may be tried again; after `Unknown`
    /// this handle refuses everything.
    pub fn append(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        records: &[Record],
    ) -> Result<RecordSeq, CommitError> {
        let last = self.in_order(batch, records)?;
        let done = self.transact(now, |tx| {
            if tx.heads.open(batch).is_none() {
                return crate::error::forbidden("records for a batch that is not open");
            }
            let state = free_order(tx.conn, batch)?.state;
            if matches!(
                state,
                JobOrderState::Waiting | JobOrderState::Ready | JobOrderState::Closed
            ) {
                return crate::error::forbidden(format!("records for an order that is {state:?}"));
            }
            records.iter().try_for_each(|record| tx.record(batch, record))
        });
        match done {
            Ok(()) => {
                self.last_record = Some((batch, last));
                Ok(last)
            }
            Err(LedgerError::Commit(error)) => Err(error),
            Err(other) => Err(CommitError::Forbidden(Forbidden { what: other.to_string() })),
        }
    }

    /// Sequence of the last record, when none is missing or repeated (invariant I6).
    fn in_order(&self, batch: BatchNo, records: &[Record]) -> Result<RecordSeq, CommitError> {
        let broken = |what: String| Err(CommitError::Forbidden(Forbidden { what }));
        let mut before = self.last_record.filter(|(no, _)| *no == batch).map(|(_, seq)| seq);
        for record in records {
            if let Some(expected) = before.map(RecordSeq::next)
                && record.seq != expected
            {
                return broken(format!("record {} where {expected} was due", record.seq));
            }
            before = Some(record.seq);
        }
        match records.last() {
            Some(record) => Ok(record.seq),
            None => broken("an empty group".to_owned()),
        }
    }
}
