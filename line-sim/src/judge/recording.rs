//! A batch's records handed over in memory: what the views of a ledger would say of it.
//!
//! Filled by campaigns, which keep no ledger on disk; the caller names fates and states in the
//! words of the ledger's view documents. It must never hold a rule: the same rules judge a file.

use std::borrow::Cow;
use std::collections::HashMap;

use super::JudgeError;
use super::ledger_view::{LedgerView, PackRow, SerialRow, parse_books, strange};
use super::order::Order;
use super::records::{Event, Records};
use super::terms::{Recorded, State};

/// A pack as the ledger would have it.
#[derive(Clone, Debug)]
pub struct RecordedPack<'a> {
    /// Its track.
    pub track: u32,
    /// Its serial.
    pub serial: Option<&'a str>,
    /// `accept` or `reject`.
    pub verdict: Option<&'static str>,
    /// Reason of a reject.
    pub reason: Option<String>,
    /// Name of its fate, as in `v_pack.fate`.
    pub fate: &'static str,
    /// Encoder count of its infeed edge.
    pub infeed_count: u64,
    /// Line-I/O epoch of that count.
    pub io_epoch: u32,
    /// An accept is on record.
    pub accepted: bool,
}

/// All records of one batch.
#[derive(Debug)]
pub struct Recording(LedgerView);

impl Recording {
    /// An open batch without records.
    #[must_use]
    pub fn new(order: &Order) -> Self {
        Self(LedgerView {
            order: order.clone(),
            closed: false,
            allocated: 0,
            books: None,
            packs: Vec::new(),
            elsewhere: HashMap::new(),
            serials: Vec::new(),
            by_serial: HashMap::new(),
            issued_twice: Vec::new(),
            records: Records::default(),
        })
    }

    /// The next record, in the ledger's order; `seq` rises.
    pub fn event(&mut self, seq: i64, event: Event<'_>) {
        self.0.records.take(seq, event);
    }

    /// The next pack, in order of tracks.
    ///
    /// # Errors
    /// [`JudgeError::Strange`] when the documents name no such fate.
    pub fn pack(&mut self, pack: RecordedPack<'_>) -> Result<(), JudgeError> {
        let fate = Recorded::from_name(pack.fate);
        self.0.packs.push(PackRow {
            track: pack.track,
            serial: pack.serial.map(str::to_owned),
            verdict: pack.verdict.map(Cow::Borrowed),
            reason: pack.reason.map(Cow::Owned),
            fate: fate.ok_or_else(|| strange("fate of a pack", pack.fate))?,
            infeed_count: pack.infeed_count,
            io_epoch: pack.io_epoch,
            accepted: pack.accepted,
        });
        Ok(())
    }

    /// The next serial, in order of its index, with the number of its OPEN-SCS state.
    ///
    /// # Errors
    /// [`JudgeError::Strange`] when there is no such state.
    pub fn serial(
        &mut self,
        serial: &str,
        state: u8,
        track: Option<u32>,
    ) -> Result<(), JudgeError> {
        let at = self.0.serials.len();
        let state = State::from_number(i64::from(state));
        let state = state.ok_or_else(|| strange("state of a serial", serial))?;
        if self.0.by_serial.insert(serial.to_owned(), at).is_some() {
            self.0.issued_twice.push(serial.to_owned());
        }
        self.0.serials.push(SerialRow { serial: serial.to_owned(), idx: at as u32, state, track });
        self.0.allocated += 1;
        Ok(())
    }

    /// The batch is closed with these books, as in `v_batch.books_json`.
    ///
    /// # Errors
    /// [`JudgeError::Strange`] when they are none.
    pub fn close(&mut self, books_json: &str) -> Result<(), JudgeError> {
        self.0.books = Some(parse_books(books_json)?);
        self.0.closed = true;
        Ok(())
    }

    pub(super) fn view(&self) -> &LedgerView {
        &self.0
    }
}
