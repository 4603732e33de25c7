//! A ledger of one open batch in memory: the projections of packs, serials and counts without disk,
//! for campaigns.
//!
//! Written anew from `docs/record-format.md` and `docs/ledger-views.md`, with the same refusals as
//! the real ledger's; a test holds both against each other, books, views and recovery. Must never
//! take a record that the real one would refuse.

mod apply;
mod books;
mod recover;
mod rows;

pub use books::CloseRefusal;
pub use rows::{CommissionedBy, PackRow, SerialRow};

use contracts::open_scs::{JobOrderState, SerialState};
use contracts::packml::UnitState;
use line_core::event::PackFate;
use line_core::ids::{Epoch, IoSeq, SerialIndex, TrackIndex};
use line_core::reason::{HoldCause, RejectReason};
use line_core::record::Record;
use rows::CountBase;
use std::collections::BTreeSet;

/// A record that contradicts the records before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction(pub String);

/// What was declared for the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeclaredTerms {
    /// Packs put onto the line by hand.
    pub additions: i64,
    /// Packs taken off by hand.
    pub removals: i64,
    /// Packs of no track taken back from behind the exit.
    pub retrieved: i64,
    /// Labels that a labeler's lost counter cannot tell.
    pub printed: i64,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct MemoryLedger {
    order_state: JobOrderState,
    unit: Option<UnitState>,
    serials: Vec<SerialRow>,
    /// By track, from 1; a gap is a pack whose record was never made.
    packs: Vec<Option<PackRow>>,
    /// Tracks whose fate is open.
    open: BTreeSet<u32>,
    /// Edges of no pack: at the exit, line-I/O epoch, count.
    strays: BTreeSet<(bool, u32, u64)>,
    counts: Option<CountBase>,
    duplicates: i64,
    /// Times that the labeler came back with a new counter.
    labeler_restarts: u32,
    declared: DeclaredTerms,
    last_io: (Epoch, IoSeq),
    /// Holds since the last one ended or a purge began.
    holds: Vec<HoldCause>,
    /// Records so far.
    seq: i64,
    first_pack_approved: bool,
    /// Stray edges so far, ejected and exited.
    pub strays_told: (u32, u32),
    /// Ejections so far, of packs or not, and those said by a person.
    pub ejections: usize,
}

impl MemoryLedger {
    /// A loaded order of so many serials.
    #[must_use]
    pub fn new(serials: usize) -> Self {
        Self {
            order_state: JobOrderState::Loaded,
            unit: None,
            serials: vec![SerialRow::allocated(); serials],
            packs: Vec::new(),
            open: BTreeSet::new(),
            strays: BTreeSet::new(),
            counts: None,
            duplicates: 0,
            labeler_restarts: 0,
            declared: DeclaredTerms::default(),
            last_io: Default::default(),
            holds: Vec::new(),
            seq: 0,
            first_pack_approved: false,
            strays_told: (0, 0),
            ejections: 0,
        }
    }

    /// A person declares what no counter tells.
    pub fn declare(&mut self, term: &str, count: i64) {
        match term {
            "additions" => self.declared.additions += count,
            "removals" => self.declared.removals += count,
            "retrieved" => self.declared.retrieved += count,
            other => unreachable!("{other} is no term of the books"),
        }
    }

    /// Two persons approve the first pack: its label is kept. False when none lies in the bin that
    /// was rejected for nothing but that.
    pub fn approve_first_pack(&mut self) -> bool {
        let shown = |row: &PackRow| {
            row.fate == PackFate::Ejected && row.reason == Some(RejectReason::FirstPack)
        };
        let serial = self.packs().filter(|(_, row)| shown(row)).find_map(|(_, row)| row.serial);
        let Some(row) = serial.and_then(|serial| self.serial(serial)) else { return false };
        row.state = SerialState::LabelSampled;
        self.first_pack_approved = true;
        true
    }

    /// The first pack is approved.
    #[must_use]
    pub const fn first_pack_approved(&self) -> bool {
        self.first_pack_approved
    }

    /// What was declared.
    #[must_use]
    pub fn declared(&self) -> DeclaredTerms {
        self.declared
    }

    /// State of the order.
    #[must_use]
    pub fn order_state(&self) -> JobOrderState {
        self.order_state
    }

    /// Serials in index order.
    #[must_use]
    pub fn serials(&self) -> &[SerialRow] {
        &self.serials
    }

    /// Packs with their tracks.
    pub fn packs(&self) -> impl Iterator<Item = (u32, &PackRow)> {
        (1..).zip(&self.packs).filter_map(|(track, row)| Some((track, row.as_ref()?)))
    }

    /// Tracks whose fate is open, the foremost first, with their serials.
    pub fn tracked(&self) -> impl Iterator<Item = (u32, Option<SerialIndex>)> {
        self.open.iter().map(|&track| {
            let row = self.packs.get(track as usize - 1).and_then(Option::as_ref);
            (track, row.and_then(|row| row.serial))
        })
    }

    /// Number of the last record.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Takes the next durable record.
    ///
    /// # Errors
    /// [`Contradiction`] when the real ledger would refuse it.
    pub fn append(&mut self, record: &Record) -> Result<(), Contradiction> {
        self.seq += 1;
        self.last_io = (record.io_epoch, record.io_seq);
        self.apply(record)
    }

    fn pack(&mut self, track: TrackIndex) -> Option<&mut PackRow> {
        self.packs.get_mut((track.0 as usize).checked_sub(1)?)?.as_mut()
    }

    fn serial(&mut self, serial: SerialIndex) -> Option<&mut SerialRow> {
        self.serials.get_mut(serial.0 as usize)
    }
}

/// What the person calls an open fate.
const fn is_open(fate: PackFate) -> bool {
    matches!(fate, PackFate::InProcess | PackFate::Unresolved)
}
