//! One alarm and its life: normal, active, acknowledged, returned, shelved (ISA-18.2, figure 3).
//!
//! Part of the board. Suppression by design is not used here. Must never leave a state without an
//! event, nor be acknowledged by nobody.

use crate::event::{Change, Person};
use crate::kind::{AlarmKind, Priority};

/// Longest shelving: a shift. What needs longer is to be repaired or taken out of the catalogue.
pub const SHELVE_MS_MAX: i64 = 8 * 3_600_000;
/// Most bytes of a detail, a name or a reason that are kept.
pub const TEXT_MAX: usize = 200;

/// State of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Active, and nobody has seen it.
    Active,
    /// The condition is gone, and nobody has seen it.
    Returned,
    /// Active and seen.
    Acknowledged,
    /// Put aside for a while by a person.
    Shelved,
    /// Nothing is wrong.
    Normal,
}

impl State {
    /// Name in snapshots.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Returned => "returned",
            Self::Acknowledged => "acknowledged",
            Self::Shelved => "shelved",
            Self::Normal => "normal",
        }
    }
}

/// Why a person's word was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is nothing to acknowledge.
    NothingToAcknowledge,
    /// It is shelved: bring it back first.
    IsShelved,
    /// It is not shelved.
    NotShelved,
    /// A critical alarm is never shelved.
    Critical,
    /// A shelving has a reason.
    NoReason,
    /// The end of a shelving is in the future, and no further than [`SHELVE_MS_MAX`].
    Until,
    /// Nobody said it.
    Nobody,
}

impl Refused {
    /// Name for machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NothingToAcknowledge => "nothing_to_acknowledge",
            Self::IsShelved => "is_shelved",
            Self::NotShelved => "not_shelved",
            Self::Critical => "critical",
            Self::NoReason => "no_reason",
            Self::Until => "until",
            Self::Nobody => "nobody",
        }
    }
}

/// How an alarm is shelved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Until when, milliseconds since 1970 UTC.
    pub until_ms: i64,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What is known of one alarm; also what a restart brings back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The condition is there.
    pub active: bool,
    /// Somebody has seen it, or nothing was ever to be seen.
    pub acknowledged_by: Option<String>,
    /// Raised and not seen yet.
    pub unseen: bool,
    /// When it was raised last, milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// What makes it one of its kind.
    pub detail: String,
    /// It is shelved.
    pub shelf: Option<Shelf>,
}

impl Known {
    /// Its state.
    #[must_use]
    pub const fn state(&self) -> State {
        match (self.shelf.is_some(), self.active, self.unseen) {
            (true, ..) => State::Shelved,
            (false, true, true) => State::Active,
            (false, true, false) => State::Acknowledged,
            (false, false, true) => State::Returned,
            (false, false, false) => State::Normal,
        }
    }

    pub(crate) fn raise(&mut self, detail: &str, now_ms: i64) -> Option<Change> {
        if self.active {
            return None;
        }
        let detail = bounded(detail);
        let shelf = self.shelf.take();
        *self = Self { active: true, unseen: true, since_ms: now_ms, shelf, ..Self::default() };
        self.detail.clone_from(&detail);
        Some(Change::Raised { detail })
    }

    pub(crate) fn clear(&mut self) -> Option<Change> {
        std::mem::take(&mut self.active).then_some(Change::Returned)
    }

    /// What was only an occurrence is over with it.
    pub(crate) fn acknowledge(
        &mut self,
        kind: AlarmKind,
        by: &Person,
    ) -> Result<(Change, Option<Change>), Refused> {
        named(by)?;
        if self.shelf.is_some() {
            return Err(Refused::IsShelved);
        }
        if !std::mem::take(&mut self.unseen) {
            return Err(Refused::NothingToAcknowledge);
        }
        let by = bounded_person(by);
        self.acknowledged_by = Some(by.who.clone());
        let over = kind.ends_with_acknowledgement().then(|| self.clear()).flatten();
        Ok((Change::Acknowledged { by }, over))
    }

    pub(crate) fn shelve(
        &mut self,
        kind: AlarmKind,
        by: &Person,
        (until_ms, now_ms): (i64, i64),
        reason: &str,
    ) -> Result<Change, Refused> {
        named(by)?;
        if kind.priority() == Priority::Critical {
            return Err(Refused::Critical);
        }
        if reason.trim().is_empty() {
            return Err(Refused::NoReason);
        }
        if until_ms <= now_ms || until_ms.saturating_sub(now_ms) > SHELVE_MS_MAX {
            return Err(Refused::Until);
        }
        let (by, reason) = (bounded_person(by), bounded(reason));
        self.shelf = Some(Shelf { until_ms, by: by.who.clone(), reason: reason.clone() });
        Ok(Change::Shelved { by, until_ms, reason })
    }

    pub(crate) fn unshelve(&mut self, by: &Person) -> Result<Change, Refused> {
        named(by)?;
        self.shelf.take().ok_or(Refused::NotShelved)?;
        Ok(Change::Unshelved { by: bounded_person(by) })
    }

    pub(crate) fn is_over(&self, now_ms: i64) -> bool {
        self.shelf.as_ref().is_some_and(|shelf| shelf.until_ms <= now_ms)
    }
}

fn named(by: &Person) -> Result<(), Refused> {
    if by.who.trim().is_empty() || by.role.trim().is_empty() {
        return Err(Refused::Nobody);
    }
    Ok(())
}

fn bounded_person(by: &Person) -> Person {
    Person { who: bounded(&by.who), role: bounded(&by.role) }
}

/// The begin of a text, whole characters only.
fn bounded(text: &str) -> String {
    let mut end = text.len().min(TEXT_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
