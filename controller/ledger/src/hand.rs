//! What a person does to an open batch by hand: takes serials out of it, declares numbers that no
//! counter tells.
//!
//! Called off the hot path. Must never do it without its signature in the same commit, nor take a
//! serial where `serial_life` has no row.

use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::{BatchNo, Chain, LedgerKind};
use crate::ledger::Ledger;
use crate::service::{DeclaredTerm, Meaning, ServiceBody, TakenAs};
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
    /// Who signs: login name.
    pub who: String,
    /// The second person of a first-pack approval.
    pub second: Option<String>,
    /// Why.
    pub reason: String,
    /// Both have proven who they are; else only a simulation ledger takes it.
    pub authenticated: bool,
}

impl Ledger {
    /// Takes a serial out of the open batch: signature and change in one commit. Returns its new
    /// state.
    ///
    /// # Errors
    /// [`Refusal`]: not a serial of this batch, its state or its pack does not allow it, one
    /// person too few, nobody has proven who they are (production); or the commit failed.
    pub fn take_serial(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        taking: &Taking,
    ) -> Result<SerialState, LedgerError> {
        if !taking.authenticated && self.kind == LedgerKind::Production {
            return Err(Refusal::NotAuthenticated.into());
        }
        let second = taking.second.as_deref().filter(|second| *second != taking.who);
        match (taking.taken, second, &taking.second) {
            (TakenAs::FirstPack, None, _) => return Err(Refusal::SecondPerson.into()),
            (TakenAs::Sample | TakenAs::Removal | TakenAs::Label, _, Some(_)) => {
                return Err(Refusal::NoSecondPerson.into());
            }
            (TakenAs::FirstPack, Some(_), _)
            | (TakenAs::Sample | TakenAs::Removal | TakenAs::Label, _, None) => {}
        }
        self.transact(now, |tx| take(tx, batch, taking, second))
    }

    /// Adds a declared number to the books of the open batch; a negative one takes back what was
    /// declared before. Returns the sum of the term.
    ///
    /// # Errors
    /// The order has not been loaded, more would be taken back than was declared, or the commit
    /// failed.
    pub fn declare(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        (term, count): (DeclaredTerm, i64),
        who: &str,
        reason: &str,
    ) -> Result<i64, LedgerError> {
        let (who, reason) = (who.to_owned(), reason.to_owned());
        self.transact(now, |tx| {
            let state = crate::order::free_order(tx.conn, batch)?.state;
            if matches!(state, JobOrderState::Waiting | JobOrderState::Ready) {
                return Err(Refusal::WrongOrderState(state).into());
            }
            let declared: i64 = tx.conn.query_row(
                &format!("SELECT {} FROM batch WHERE batch_no = ?1", term.column()),
                [batch.0],
                |row| row.get(0),
            )?;
            let sum = declared.checked_add(count).filter(|sum| *sum >= 0);
            let sum = sum.ok_or(Refusal::DeclaredBelowZero { declared, count })?;
            let body = ServiceBody::Declared { term, count, who, reason };
            tx.service(Chain::Batch(batch), &body)?;
            Ok(sum)
        })
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

fn take(
    tx: &mut Tx<'_>,
    batch: BatchNo,
    taking: &Taking,
    second: Option<&str>,
) -> Result<SerialState, Fail> {
    crate::order::free_order(tx.conn, batch)?;
    let (index, state) = find(tx, batch, taking)?;
    let to = event(taking.taken).from(state).ok_or_else(|| Refusal::SerialState {
        serial: taking.serial.as_str().to_owned(),
        state,
        taken: taking.taken,
    })?;
    let subject = format!("serial {} as {}", taking.serial, taking.taken.name());
    let sign = |who: &str, meaning: Meaning| ServiceBody::Signature {
        who: who.to_owned(),
        name: who.to_owned(),
        meaning,
        subject: subject.clone(),
        reason: taking.reason.clone(),
        authenticated: taking.authenticated,
    };
    let chain = Chain::Batch(batch);
    let signature_seq = tx.service(chain, &sign(&taking.who, Meaning::Performed))?;
    let second = second.map(|second| tx.service(chain, &sign(second, Meaning::Approved)));
    let body = ServiceBody::SerialTaken {
        serial: index,
        taken: taking.taken,
        who: taking.who.clone(),
        reason: taking.reason.clone(),
        signature_seq,
        second_signature_seq: second.transpose()?,
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
