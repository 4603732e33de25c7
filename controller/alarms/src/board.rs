//! All alarms of a line at one moment: commands in, events to be recorded out, and what is shown.
//!
//! Owned by the service. One instance a kind, so it is bounded; what makes it one of several (which
//! device, which batch) is its detail. Must never show less than all of it: whoever reconnects gets
//! the whole list.

use crate::event::{Change, Event, Person};
use crate::instance::{Known, Refused, State};
use crate::kind::{AlarmKind, KINDS};
use crate::rates::Rates;

/// The alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    known: [Known; KINDS],
    rates: Rates,
}

impl Default for Board {
    /// All normal, none ever raised.
    fn default() -> Self {
        Self { known: std::array::from_fn(|_| Known::default()), rates: Rates::default() }
    }
}

/// An alarm as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Which.
    pub kind: AlarmKind,
    /// Its state.
    pub state: State,
    /// What is known of it.
    pub known: Known,
    /// It comes and goes.
    pub chatters: bool,
}

impl Board {
    /// The alarms as the ledger knows them, and when those of the last hour were raised, in order.
    #[must_use]
    pub fn recovered(
        known: impl IntoIterator<Item = (AlarmKind, Known)>,
        raised: impl IntoIterator<Item = (AlarmKind, i64)>,
    ) -> Self {
        let mut board = Self::default();
        for (kind, known) in known {
            board.known[kind as usize] = known;
        }
        for (kind, at_ms) in raised {
            board.rates.note(kind, at_ms);
        }
        board
    }

    /// Takes over what somebody else has put on record of one: raised at the console, say. Gives
    /// nothing to be recorded.
    pub fn adopt(&mut self, kind: AlarmKind, known: Known, now_ms: i64) {
        let before = std::mem::replace(&mut self.known[kind as usize], known);
        let known = self.known(kind);
        if known.active && !before.active && known.shelf.is_none() {
            self.rates.note(kind, now_ms);
        }
    }

    /// What is known of one.
    #[must_use]
    pub const fn known(&self, kind: AlarmKind) -> &Known {
        &self.known[kind as usize]
    }

    /// Its state.
    #[must_use]
    pub const fn state(&self, kind: AlarmKind) -> State {
        self.known(kind).state()
    }

    /// How often they come.
    #[must_use]
    pub const fn rates(&self) -> &Rates {
        &self.rates
    }

    /// The condition is there. Nothing when it was there already.
    pub fn raise(&mut self, kind: AlarmKind, detail: &str, now_ms: i64) -> Option<Event> {
        let known = &mut self.known[kind as usize];
        let change = known.raise(detail, now_ms)?;
        // What is shelved disturbs nobody.
        if known.shelf.is_none() {
            self.rates.note(kind, now_ms);
        }
        Some(event(kind, now_ms, change))
    }

    /// The condition is gone. Nothing when it was not there.
    pub fn clear(&mut self, kind: AlarmKind, now_ms: i64) -> Option<Event> {
        let change = self.known[kind as usize].clear()?;
        Some(event(kind, now_ms, change))
    }

    /// Raises or clears.
    pub fn set(
        &mut self,
        kind: AlarmKind,
        there: bool,
        detail: &str,
        now_ms: i64,
    ) -> Option<Event> {
        if there { self.raise(kind, detail, now_ms) } else { self.clear(kind, now_ms) }
    }

    /// Somebody has seen it.
    ///
    /// # Errors
    /// [`Refused`]: it is shelved, or there is nothing to be seen.
    pub fn acknowledge(
        &mut self,
        kind: AlarmKind,
        by: &Person,
        now_ms: i64,
    ) -> Result<Vec<Event>, Refused> {
        let (seen, over) = self.known[kind as usize].acknowledge(kind, by)?;
        let changes = std::iter::once(seen).chain(over);
        Ok(changes.map(|change| event(kind, now_ms, change)).collect())
    }

    /// Somebody puts it aside until then. One that is shelved already is shelved anew.
    ///
    /// # Errors
    /// [`Refused`]: it is critical, there is no reason, or not so long.
    pub fn shelve(
        &mut self,
        kind: AlarmKind,
        by: &Person,
        until_ms: i64,
        reason: &str,
        now_ms: i64,
    ) -> Result<Event, Refused> {
        let known = &mut self.known[kind as usize];
        let change = known.shelve(kind, by, (until_ms, now_ms), reason)?;
        Ok(event(kind, now_ms, change))
    }

    /// Somebody brings it back.
    ///
    /// # Errors
    /// [`Refused::NotShelved`].
    pub fn unshelve(
        &mut self,
        kind: AlarmKind,
        by: &Person,
        now_ms: i64,
    ) -> Result<Event, Refused> {
        let change = self.known[kind as usize].unshelve(by)?;
        Ok(event(kind, now_ms, change))
    }

    /// Time passes: shelvings end, floods end. Gives what is to be recorded.
    pub fn look(&mut self, now_ms: i64) -> Vec<Event> {
        self.rates.look(now_ms);
        let over = AlarmKind::ALL.iter().filter(|kind| self.known(**kind).is_over(now_ms));
        let over: Vec<AlarmKind> = over.copied().collect();
        let back = over.into_iter().map(|kind| self.unshelve(kind, &Person::service(), now_ms));
        back.filter_map(Result::ok).collect()
    }

    /// Every alarm that is not normal, the worst first: unseen before seen before shelved, then by
    /// priority, then the latest.
    #[must_use]
    pub fn shown(&self, now_ms: i64) -> Vec<Shown> {
        let all = AlarmKind::ALL.iter().map(|&kind| Shown {
            kind,
            state: self.state(kind),
            known: self.known(kind).clone(),
            chatters: self.rates.chatters(kind, now_ms),
        });
        let mut shown: Vec<_> = all.filter(|shown| shown.state != State::Normal).collect();
        shown.sort_by_key(|shown| {
            let seen = match shown.state {
                State::Active | State::Returned => 0,
                State::Acknowledged => 1,
                State::Shelved | State::Normal => 2,
            };
            let latest = std::cmp::Reverse(shown.known.since_ms);
            (seen, shown.kind.priority(), latest, shown.kind)
        });
        shown
    }
}

const fn event(kind: AlarmKind, at_ms: i64, change: Change) -> Event {
    Event { kind, at_ms, change }
}
