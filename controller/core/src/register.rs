//! The shift register: packs in the order of their infeed, oldest first.
//!
//! Called by `line`. A search finds the oldest pack that is wanted, as if it looked at all of them;
//! it begins where its stage has come to, for what lies before can never be wanted again, and
//! ends where no pack can have come to yet. So its cost does not grow with the packs on the belt.
//! Must never look at a time or decide a verdict.

use crate::event::PackFate;
use crate::ids::{EncoderCount, TrackIndex};
use crate::limits::SLOTS;
use crate::line_config::LineConfig;
use crate::track::{PermitState, Slot, Trigger};
use contracts::station::{STATIONS, Station};
use heapless::Deque;

/// What a search is for. Once a pack is past a stage it stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is on the belt.
    Belt,
    /// It has no label.
    Label,
    /// Its print is not confirmed, and it is undecided.
    Confirm,
    /// The camera's eye has not seen it.
    Camera,
    /// Its trigger has not been fired.
    Trigger,
    /// A station has not seen it.
    Station(Station),
    /// A result can still be in time.
    Result,
    /// It may get its permit.
    Permit,
    /// The gate eye has not seen it.
    Gate,
    /// It may pass the exit.
    Exit,
    /// It may fall into the reject bin.
    Bin,
}

const STAGES: usize = 10 + STATIONS;

impl Stage {
    const fn index(self) -> usize {
        match self {
            Self::Belt => 0,
            Self::Label => 1,
            Self::Confirm => 2,
            Self::Camera => 3,
            Self::Trigger => 4,
            Self::Result => 5,
            Self::Permit => 6,
            Self::Gate => 7,
            Self::Exit => 8,
            Self::Bin => 9,
            Self::Station(station) => 10 + station.index(),
        }
    }

    /// True while the pack is not past the stage; false for ever once it is false.
    #[must_use]
    pub fn awaits(self, slot: &Slot) -> bool {
        let undecided = || slot.decided.is_none();
        let settled = || slot.label.is_some_and(|label| label.confirmed || label.void);
        match self {
            Self::Belt => slot.in_process(),
            Self::Label => slot.in_process() && slot.label.is_none(),
            Self::Confirm => slot.in_process() && undecided() && !settled(),
            Self::Camera => slot.in_process() && !slot.camera_seen,
            Self::Trigger => matches!(slot.trigger, Trigger::Commanded(_)),
            Self::Station(station) => {
                slot.in_process() && slot.stations[station.index()].trigger().is_none()
            }
            Self::Result => slot.in_process() && !slot.overdue,
            Self::Permit => {
                let rejected = !undecided() && !slot.accepted();
                slot.in_process() && slot.permit == PermitState::None && !rejected
            }
            Self::Gate => slot.fate_open() && slot.gate_seen.is_none(),
            Self::Exit => slot.fate_open() && !slot.exit_seen,
            Self::Bin => slot.fate_open() || slot.fate == PackFate::ResolvedEjected,
        }
    }
}

/// The register.
#[derive(Debug, Default)]
pub struct Tracker {
    slots: Deque<Slot, SLOTS>,
    /// Of each stage, the first place that is not past it.
    from: [usize; STAGES],
    /// First and last place that was handed out to be changed since the last review.
    changed: Option<(usize, usize)>,
    /// Furthest that a registration has moved a pack against its infeed.
    drift: u64,
    /// Some pack came with a lower count than the one before it: another encoder epoch's.
    unsorted: bool,
    recovered: bool,
}

impl Tracker {
    /// Adds a pack at the infeed; false when the register is full.
    #[must_use]
    pub fn enter(&mut self, slot: Slot) -> bool {
        self.unsorted |= self.slots.back().is_some_and(|last| last.infeed > slot.infeed);
        self.recovered |= slot.recovered;
        let at = self.slots.len();
        let entered = self.slots.push_back(slot).is_ok();
        if entered {
            self.note_change(at);
        }
        entered
    }

    fn note_change(&mut self, at: usize) {
        let (first, last) = self.changed.unwrap_or((at, at));
        self.changed = Some((first.min(at), last.max(at)));
    }

    fn change(&mut self, at: usize) -> Option<&mut Slot> {
        self.note_change(at);
        self.slots.get_mut(at)
    }

    /// Every pack, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter()
    }

    /// Every pack, oldest first, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.changed = self.slots.len().checked_sub(1).map(|last| (0, last));
        self.slots.iter_mut()
    }

    /// Packs among which are all that were changed since [`Tracker::reviewed`], oldest first.
    pub fn changed(&self) -> impl Iterator<Item = &Slot> {
        let places = self.changed.map_or(0..0, |(first, last)| first..last + 1);
        places.filter_map(|at| self.slots.get(at))
    }

    /// Nothing is left to be said of what was changed.
    pub fn reviewed(&mut self) {
        self.changed = None;
    }

    /// The oldest pack for which `wanted` holds; looks at every one.
    pub fn find(&mut self, wanted: impl Fn(&Slot) -> bool) -> Option<&mut Slot> {
        let at = self.slots.iter().position(wanted)?;
        self.change(at)
    }

    fn place(
        &mut self,
        stage: Stage,
        reached: impl Fn(EncoderCount) -> bool,
        wanted: impl Fn(&Slot) -> bool,
    ) -> Option<usize> {
        let from = self.first(stage);
        for at in from..self.slots.len() {
            let slot = self.slots.get(at)?;
            if !self.unsorted && !reached(slot.infeed.minus(self.drift)) {
                return None;
            }
            if wanted(slot) {
                return Some(at);
            }
        }
        None
    }

    /// The first place that is not past the stage.
    fn first(&mut self, stage: Stage) -> usize {
        let mut from = self.from[stage.index()];
        while self.slots.get(from).is_some_and(|slot| !stage.awaits(slot)) {
            from += 1;
        }
        self.from[stage.index()] = from;
        from
    }

    /// The oldest pack for which `wanted` holds, which must imply that it awaits the stage.
    /// `reached` is asked with the lowest reference that a pack may have: where it says no, it says
    /// no for every later pack, and none of them may be wanted.
    pub fn awaiting(
        &mut self,
        stage: Stage,
        reached: impl Fn(EncoderCount) -> bool,
        wanted: impl Fn(&Slot) -> bool,
    ) -> Option<&mut Slot> {
        let at = self.place(stage, reached, wanted)?;
        self.change(at)
    }

    /// The oldest pack that is expected at `offset` behind the infeed eye at `count`, registered
    /// there.
    pub fn register(
        &mut self,
        stage: Stage,
        count: EncoderCount,
        offset: u64,
        window: u64,
    ) -> Option<&mut Slot> {
        let reached = |reference: EncoderCount| reference.plus(offset) <= count.plus(window);
        let here = |s: &Slot| stage.awaits(s) && s.is_at(count, offset, window);
        let at = self.place(stage, reached, here)?;
        let reference = count.minus(offset);
        let infeed = self.slots.get(at)?.infeed;
        self.drift = self.drift.max(reference.distance(infeed));
        let slot = self.change(at)?;
        slot.reference = reference;
        Some(slot)
    }

    /// The pack for which `wanted` holds, when that is one at most; looks first at those that are
    /// past the stage, the latest of them first.
    pub fn the_one(&mut self, stage: Stage, wanted: impl Fn(&Slot) -> bool) -> Option<&mut Slot> {
        let from = self.first(stage).min(self.slots.len());
        let mut places = (0..from).rev().chain(from..self.slots.len());
        let at = places.find(|&at| self.slots.get(at).is_some_and(&wanted))?;
        self.change(at)
    }

    /// The pack with this index.
    pub fn get(&mut self, track: TrackIndex) -> Option<&mut Slot> {
        let first = self.slots.front()?.track.0;
        let guess = track.0.checked_sub(first)? as usize;
        if self.slots.get(guess).is_some_and(|s| s.track == track) {
            return self.change(guess);
        }
        self.find(|s| s.track == track)
    }

    /// The pack that entered last.
    #[must_use]
    pub fn youngest(&self) -> Option<&Slot> {
        self.slots.back()
    }

    /// Packs whose fate is open and not waiting for a person.
    #[must_use]
    pub fn in_process(&self) -> usize {
        self.slots.iter().filter(|s| s.in_process()).count()
    }

    /// True when no pack's fate is open, but for those that wait for a person.
    pub fn is_clear(&mut self) -> bool {
        self.first(Stage::Belt) >= self.slots.len()
    }

    /// True when some pack is known from before a restart.
    #[must_use]
    pub const fn has_recovered(&self) -> bool {
        self.recovered
    }

    /// True when there is no room for a further pack.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.slots.is_full()
    }

    /// Packs in the register.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// True when the register holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Lets go of packs at the front whose fate is known and whose last window has passed.
    pub fn retire(&mut self, encoder: EncoderCount, config: &LineConfig) {
        while self.slots.front().is_some_and(|s| !s.in_process() && s.is_past(encoder, config)) {
            self.slots.pop_front();
            self.from.iter_mut().for_each(|from| *from = from.saturating_sub(1));
            let earlier =
                |(first, last): (usize, usize)| (first.saturating_sub(1), last.saturating_sub(1));
            self.changed = self.changed.map(earlier);
        }
        if self.slots.is_empty() {
            self.clear();
        }
    }

    /// Lets go of every pack; they belong to another encoder epoch.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.from = [0; STAGES];
        self.changed = None;
        (self.drift, self.unsorted, self.recovered) = (0, false, false);
    }
}
