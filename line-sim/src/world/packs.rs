//! The physical packs: where each is and what happened to it.
//!
//! The world moves them; hands and ground truth read them. It must never know what the controller
//! thinks of a pack.

use std::collections::VecDeque;

use crate::hands::{PreparedInk, PreparedPack};
use crate::scenario::FaultKind;
use crate::truth::{Fate, JobRef, PackTruth};
use crate::world::capture::Subject;
use crate::world::faults::Card;
use crate::world::label::{Ink, LabelText, PrintedLabel, Text};
use crate::world::time::SimTime;

/// Contrast that every camera reads and grades below 1.5.
const LOW_GRADE_CONTRAST: f32 = 0.25;

/// Where a pack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// Not yet there: somebody will put it onto the belt farther on.
    Coming,
    /// On the belt, infeed to exit.
    Belt,
    /// On its way into the bin, or in it.
    Bin,
    /// Behind the exit, within reach.
    Exit,
    /// Taken away or handed over.
    Gone,
}

/// How the line I/O saw a pack enter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InfeedEdge {
    pub(crate) ordinal: u32,
    pub(crate) count: u64,
}

/// A set of pack faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct FaultSet(u64);

impl FaultSet {
    pub(crate) fn insert(&mut self, fault: FaultKind) {
        self.0 |= 1 << fault as u32;
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn contains(self, fault: FaultKind) -> bool {
        self.0 & (1 << fault as u32) != 0
    }

    fn names(self) -> Vec<String> {
        FaultKind::ALL
            .iter()
            .filter(|fault| self.contains(**fault))
            .map(|fault| fault.name().to_owned())
            .collect()
    }
}

/// What a pack is beside its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// Code of the folding box.
    pub(crate) carton: Text<32>,
    /// The tamper-evident label is there.
    pub(crate) tamper: bool,
    pub(crate) weight_mg: u32,
}

impl Default for Body {
    /// An empty box of nobody.
    fn default() -> Self {
        Self { carton: Text::new(b""), tamper: false, weight_mg: 0 }
    }
}

/// One pack.
#[derive(Clone, Debug)]
pub(crate) struct Pack {
    /// Number in the order of the belt, from 1.
    pub(crate) id: u64,
    /// Belt travel at which its front was at the infeed eye.
    pub(crate) placed_um: u64,
    pub(crate) place: Whereabouts,
    pub(crate) io_epoch: u32,
    pub(crate) infeed: Option<InfeedEdge>,
    /// The eye in the chute has seen it.
    pub(crate) fell_seen: bool,
    pub(crate) body: Body,
    pub(crate) label: Option<PrintedLabel>,
    pub(crate) commanded: Option<LabelText>,
    pub(crate) job: Option<JobRef>,
    /// A second label in view beside its own.
    pub(crate) stray: Option<LabelText>,
    /// It sticks to the end of the pack before.
    pub(crate) touches: bool,
    /// A person has prepared it.
    pub(crate) prepared: Option<Box<PreparedPack>>,
    /// Faults that will strike when their occasion comes.
    pub(crate) card: Card,
    /// Faults that did.
    pub(crate) struck: FaultSet,
    /// Where and when it ended, once that is certain.
    pub(crate) fate: Option<(Fate, SimTime)>,
}

impl Pack {
    /// Past the infeed eye, or behind it: no edge ever stood for it.
    pub(crate) fn came_unseen(&self) -> bool {
        let hidden = FaultKind::HIDE_ENTRY.iter().any(|&fault| self.struck.contains(fault));
        self.infeed.is_none() && hidden
    }

    pub(crate) fn new(id: u64, placed_um: u64, card: Card) -> Self {
        Self {
            id,
            placed_um,
            place: Whereabouts::Belt,
            io_epoch: 0,
            infeed: None,
            fell_seen: false,
            body: Body::default(),
            label: None,
            commanded: None,
            job: None,
            stray: None,
            touches: false,
            prepared: None,
            card,
            struck: FaultSet::default(),
            fate: None,
        }
    }

    /// Makes it one that a person has prepared.
    pub(crate) fn prepare(&mut self, prepared: PreparedPack) {
        let ink = match prepared.ink {
            PreparedInk::Clean => Ink::default(),
            PreparedInk::LowGrade => Ink { contrast: LOW_GRADE_CONTRAST, ..Ink::default() },
            PreparedInk::Unreadable => Ink { smear: 1.0, ..Ink::default() },
        };
        self.label = prepared.label.map(|text| PrintedLabel { ink, ..PrintedLabel::clean(text) });
        if let Some(label) = self.label.as_mut().filter(|_| prepared.wrong_text) {
            label.readable.lot = Text::new(b"WRONG");
        }
        if let Some(carton) = &prepared.carton {
            self.body.carton = Text::new(carton.as_bytes());
        }
        self.body.tamper = prepared.tamper.unwrap_or(self.body.tamper);
        self.body.weight_mg = prepared.weight_mg.unwrap_or(self.body.weight_mg);
        self.prepared = Some(Box::new(prepared));
    }

    /// What the camera has in view when it stands there.
    pub(crate) fn subject(&self) -> Subject {
        match (self.label, self.stray) {
            (None, None) => Subject::Blank,
            (Some(label), None) => Subject::Label(label),
            (None, Some(text)) => Subject::Label(PrintedLabel::clean(text)),
            (Some(label), Some(second)) => Subject::TwoLabels { label, second },
        }
    }

    /// True when a fault is on its card; then it has struck.
    pub(crate) fn strikes(&mut self, fault: FaultKind) -> bool {
        let strikes = self.card.faults.contains(fault);
        if strikes {
            self.struck.insert(fault);
        }
        strikes
    }

    /// Something is visibly printed on it.
    pub(crate) fn is_labelled(&self) -> bool {
        self.label.is_some_and(|label| !label.ink.missing)
    }

    /// Its line in the ground truth.
    pub(crate) fn truth(&self, fate: Fate, at: SimTime) -> PackTruth {
        let visible = self.label.filter(|label| !label.ink.missing);
        let label = visible.map(|label| label.text);
        let text = visible.map(|label| label.readable.read_content());
        let clean = self.label.is_some_and(|label| label.ink.is_clean());
        PackTruth {
            pack: self.id,
            infeed_ordinal: self.infeed.map(|edge| edge.ordinal),
            io_epoch: self.io_epoch,
            infeed_count: self.infeed.map(|edge| edge.count),
            label,
            commanded: self.commanded,
            job: self.job,
            text: text.map(|text| String::from_utf8_lossy(&text).into_owned()),
            carton: Some(self.body.carton.to_text()),
            tamper: Some(self.body.tamper),
            weight_mg: Some(self.body.weight_mg),
            ink: self.label.map(|label| label.ink.names()).unwrap_or_default(),
            faults: self.struck.names(),
            fate,
            at_ms: at.as_ms(),
            good: clean
                && label.is_some()
                && label == self.commanded
                && !self.struck.contains(FaultKind::ForeignPack),
            prepared: self.prepared.as_ref().map(|prepared| prepared.name.clone()),
        }
    }
}

/// All packs that are not yet history, in order of release, which is also that of the belt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packs {
    packs: VecDeque<Pack>,
    /// Number of the first one held.
    first: u64,
}

impl Packs {
    pub(crate) fn new() -> Self {
        Self { packs: VecDeque::new(), first: 1 }
    }

    /// Number of the oldest pack held.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Number that the next pack gets.
    pub(crate) fn next_id(&self) -> u64 {
        self.first + self.packs.len() as u64
    }

    pub(crate) fn push(&mut self, pack: Pack) {
        debug_assert_eq!(pack.id, self.next_id());
        self.packs.push_back(pack);
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Pack> {
        self.packs.get(usize::try_from(id.checked_sub(self.first)?).ok()?)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Pack> {
        self.packs.get_mut(usize::try_from(id.checked_sub(self.first)?).ok()?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pack> {
        self.packs.iter()
    }

    /// How many lie on the belt.
    pub(crate) fn on_belt(&self) -> u64 {
        self.packs.iter().filter(|pack| pack.place == Whereabouts::Belt).count() as u64
    }

    /// Drops from the front what is history.
    pub(crate) fn forget(&mut self) {
        while self.packs.front().is_some_and(|pack| pack.place == Whereabouts::Gone) {
            self.packs.pop_front();
            self.first += 1;
        }
    }

    /// Of the packs on the belt around number `id`, the one placed nearest to `placed_um`, within
    /// `reach_um`.
    pub(crate) fn nearest(&self, id: u64, placed_um: u64, reach_um: u64) -> Option<u64> {
        (id.saturating_sub(2)..=id + 1)
            .filter_map(|id| self.get(id))
            .filter(|pack| pack.place == Whereabouts::Belt)
            .map(|pack| (pack.placed_um.abs_diff(placed_um), pack.id))
            .min()
            .filter(|(distance_um, _)| *distance_um <= reach_um)
            .map(|(_, id)| id)
    }
}
