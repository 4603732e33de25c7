//! The books of the ledger in memory, and the close of its batch.
//!
//! Called at batch end and for recovery. Must never derive one side of an identity from the other.

use super::{CommissionedBy, MemoryLedger};
use contracts::open_scs::{JobOrderState, SerialState};
use line_core::event::PackFate;
use line_core::reconcile::{Books, Identity};

/// What keeps a batch from closing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloseRefusal {
    /// Identities that fail.
    pub failing: Vec<Identity>,
    /// The order is not over.
    pub order_state: Option<JobOrderState>,
    /// Packs without an end.
    pub open: u64,
}

impl MemoryLedger {
    /// The books as they are now.
    #[must_use]
    pub fn books(&self) -> Books {
        let mut books = Books { allocated: self.serials.len() as i64, ..Books::default() };
        self.of_serials(&mut books);
        let counts = self.counts.map(|base| base.latest).unwrap_or_default();
        books.infeed = counts.infeed as i64;
        books.exit_edges = counts.exit as i64;
        books.confirmed_ejects = counts.eject_confirm as i64;
        books.labeler_printed = counts.printed as i64;
        self.of_packs(&mut books);
        books.ejects_without_serial +=
            self.strays.iter().filter(|(at_exit, ..)| !at_exit).count() as i64;
        books.declared_additions = self.declared.additions;
        books.declared_removals += self.declared.removals;
        books.retrieved_after_exit += self.declared.retrieved;
        books.duplicate = self.duplicates;
        books.printed_undeclared = self.declared.printed;
        books
    }

    fn of_serials(&self, books: &mut Books) {
        for row in &self.serials {
            match row.state {
                SerialState::SnInvalid => {
                    books.invalid += 1;
                    books.invalid_but_printed += i64::from(row.printed);
                }
                SerialState::Unassigned | SerialState::Unallocated => books.returned += 1,
                SerialState::Allocated => {}
                state => {
                    books.encoded += 1;
                    books.label_scrapped += i64::from(state == SerialState::LabelScrapped);
                    books.label_sampled += i64::from(state == SerialState::LabelSampled);
                    books.commissioned_now += i64::from(state == SerialState::Commissioned);
                }
            }
            match row.commissioned_by {
                Some(CommissionedBy::Line) => books.line_commissioned += 1,
                Some(CommissionedBy::Resolution) => books.resolved_commissioned += 1,
                None => continue,
            }
            books.commissioned_ever += 1;
        }
    }

    fn of_packs(&self, books: &mut Books) {
        for (_, pack) in self.packs() {
            let serial = pack.serial.and_then(|serial| self.serials.get(serial.0 as usize));
            let at_exit = i64::from(pack.exit_edge);
            let in_bin = match pack.fate {
                PackFate::InProcess => {
                    books.in_process += 1;
                    false
                }
                PackFate::Unresolved => {
                    books.unresolved += 1;
                    false
                }
                PackFate::Ejected => {
                    books.retrieved_after_exit += at_exit;
                    true
                }
                PackFate::ResolvedEjected => {
                    books.confirmed_ejects += 1;
                    books.retrieved_after_exit += at_exit;
                    true
                }
                PackFate::ResolvedExited => {
                    books.resolved_at_exit += at_exit;
                    false
                }
                PackFate::Removed => {
                    books.declared_removals += 1;
                    books.retrieved_after_exit += at_exit;
                    false
                }
                PackFate::Exited => false,
            };
            if in_bin {
                let live = serial.is_some_and(super::SerialRow::is_live);
                books.serials_in_reject_ever += i64::from(live);
                books.ejects_without_serial += i64::from(!live);
                let encoded = serial.is_some_and(|row| row.state == SerialState::Encoded);
                books.in_reject += i64::from(encoded);
            }
        }
    }

    /// Ends every serial and closes the books: serials never dispatched go back, dispatched and
    /// unprinted ones become SNInvalid, those in reject or never applied LabelScrapped.
    ///
    /// # Errors
    /// [`CloseRefusal`]: an identity fails.
    pub fn close(&mut self) -> Result<Books, CloseRefusal> {
        use JobOrderState as S;
        let ended = matches!(self.order_state, S::Completed | S::Aborted | S::Loaded);
        self.end_serials();
        let books = self.books();
        let refusal = CloseRefusal {
            failing: books.identities().into_iter().filter(|id| !id.holds()).collect(),
            order_state: (!ended).then_some(self.order_state),
            open: self.open.len() as u64,
        };
        if refusal == CloseRefusal::default() {
            self.order_state = S::Closed;
            return Ok(books);
        }
        Err(refusal)
    }

    /// After a labeler has lost its counter a person declares the labels that stand on packs and
    /// that no counter tells: no more than `each_time`.
    pub fn declare_printed(&mut self, each_time: i64) {
        let b = self.books();
        let known = b.encoded + b.invalid_but_printed + b.duplicate;
        let missing = known - b.labeler_printed - b.printed_undeclared;
        if missing > 0 && missing <= i64::from(self.labeler_restarts) * each_time {
            self.declared.printed += missing;
        }
    }

    fn end_serials(&mut self) {
        use PackFate as F;
        for at in 0..self.serials.len() {
            let row = self.serials[at];
            let pack = row.track.and_then(|track| self.pack(track).map(|pack| pack.fate));
            let in_bin = matches!(pack, Some(F::Ejected | F::ResolvedEjected | F::Removed));
            self.serials[at].state = match row.state {
                SerialState::Allocated if row.job.is_none() => SerialState::Unallocated,
                SerialState::Allocated => SerialState::SnInvalid,
                SerialState::Encoded if row.track.is_none() || in_bin => SerialState::LabelScrapped,
                state => state,
            };
        }
    }
}
