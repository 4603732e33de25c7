//! What a person does to an open batch by hand: takes serials out of it, declares numbers that no
//! counter tells.
//!
//! Called off the hot path. Must never do it without its signature in the same commit, nor take a
//! serial where `serial_life` has no row.

use crate::act::{Act, Signed, sign, sign_alone, sign_by_two};
use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::{BatchNo, Chain};
use crate::ledger::Ledger;
use crate::order::free_order;
use crate::service::ServiceBody;
use crate::terms::{DeclaredTerm, DeviationOf, TakenAs};
use crate::tx::Tx;
use codes::SerialNumber;
use contracts::open_scs::{JobOrderState, SerialState};
use line_core::serial_life::SerialEvent;
use rusqlite::OptionalExtension;

/// A serial that a person takes out of the open batch, with its pack or label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taking {
    /// The serial number.
    pub serial: SerialNumber,
    /// As what.
    pub taken: TakenAs,
    /// Who signs, as [`TakenAs::act`] wants it.
    pub signed: Vec<Signed>,
}

impl Ledger {
    /// Takes a serial out of the open batch: signature and change in one commit. Returns its new
    /// state.
    ///
    /// # Errors
    /// [`Refusal`]: not a serial of this batch, its state or its pack does not allow it, the
    /// signatures are not those of the act; or the commit failed.
    pub fn take_serial(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        taking: &Taking,
    ) -> Result<SerialState, LedgerError> {
        self.transact(now, |tx| take(tx, batch, taking))
    }

    /// Adds a declared number to the books of the open batch; a negative one takes back what was
    /// declared before. Returns the sum of the term.
    ///
    /// # Errors
    /// The order has not been loaded, more would be taken back than was declared, the signature
    /// does not fit, or the commit failed.
    pub fn declare(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        (term, count): (DeclaredTerm, i64),
        signed: &Signed,
    ) -> Result<i64, LedgerError> {
        self.transact(now, |tx| {
            loaded(tx, batch)?;
            let declared: i64 = tx.conn.query_row(
                &format!("SELECT {} FROM batch WHERE batch_no = ?1", term.column()),
                [batch.0],
                |row| row.get(0),
            )?;
            let sum = declared.checked_add(count).filter(|sum| *sum >= 0);
            let sum = sum.ok_or(Refusal::DeclaredBelowZero { declared, count })?;
            let chain = Chain::Batch(batch);
            let by = sign_alone(tx, chain, Act::DeclareCount, signed, &[])?;
            tx.service(chain, &ServiceBody::Declared { term, count, by })?;
            Ok(sum)
        })
    }

    /// Leaves an identity of the books open by exactly `amount`; a later deviation of the same
    /// identity supersedes it.
    ///
    /// # Errors
    /// The order has not been loaded, the signatures do not fit, or the commit failed.
    pub fn leave_open(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        (identity, amount): (DeviationOf, i64),
        signed: &[Signed],
    ) -> Result<i64, LedgerError> {
        self.transact(now, |tx| {
            loaded(tx, batch)?;
            let chain = Chain::Batch(batch);
            let by = sign_by_two(tx, chain, Act::Deviation, signed, &[])?;
            tx.service(chain, &ServiceBody::Deviation { identity, amount, by })
        })
    }
}

fn loaded(tx: &Tx<'_>, batch: BatchNo) -> Result<(), Fail> {
    match free_order(tx.conn, batch)?.state {
        state @ (JobOrderState::Waiting | JobOrderState::Ready) => {
            Err(Refusal::WrongOrderState(state).into())
        }
        _ => Ok(()),
    }
}

/// The row of the table for what a person takes.
const fn event(taken: TakenAs) -> SerialEvent {
    match taken {
        TakenAs::Sample => SerialEvent::SamplePack,
        TakenAs::Removal => SerialEvent::Deactivate,
        TakenAs::Label | TakenAs::FirstPack => SerialEvent::SampleLabel,
    }
}

fn take(tx: &mut Tx<'_>, batch: BatchNo, taking: &Taking) -> Result<SerialState, Fail> {
    free_order(tx.conn, batch)?;
    let chain = Chain::Batch(batch);
    let seqs = sign(tx, chain, taking.taken.act(), &taking.signed, &[])?;
    let (Some(first), Some(&signature_seq)) = (taking.signed.first(), seqs.first()) else {
        return Err(Refusal::NoReason.into());
    };
    let (index, state) = find(tx, batch, taking)?;
    let to = event(taking.taken).from(state).ok_or_else(|| Refusal::SerialState {
        serial: taking.serial.as_str().to_owned(),
        state,
        taken: taking.taken,
    })?;
    let body = ServiceBody::SerialTaken {
        serial: index,
        taken: taking.taken,
        who: first.who.clone(),
        reason: first.reason.clone(),
        signature_seq,
        second_signature_seq: seqs.get(1).copied(),
    };
    match tx.service(chain, &body) {
        Ok(_) => Ok(to),
        // Its state allows it, so it is the pack that does not.
        Err(Fail::Forbidden(_)) => {
            Err(Refusal::NotInReject(taking.serial.as_str().to_owned()).into())
        }
        Err(other) => Err(other),
    }
}

fn find(tx: &Tx<'_>, batch: BatchNo, taking: &Taking) -> Result<(u32, SerialState), Fail> {
    let serial = taking.serial.as_str();
    let found: Option<(u32, u8)> = tx
        .conn
        .query_row(
            "SELECT s.serial_idx, s.state FROM issued i JOIN batch b ON b.batch_no = ?1 \
             AND b.gtin = i.gtin JOIN pool_serial s ON s.batch_no = i.batch_no \
             AND s.serial_idx = i.serial_idx WHERE i.serial = ?2 AND i.batch_no = ?1",
            (batch.0, serial),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let known = found.and_then(|(index, state)| Some((index, SerialState::from_number(state)?)));
    known.ok_or_else(|| Refusal::UnknownSerial(serial.to_owned()).into())
}
