//! How often alarms come: per hour, per ten minutes, one kind again and again, and whether that is
//! more than a person can follow.
//!
//! Part of the board; fed with each alarm that is shown when it comes. Bounds after EEMUA 191 and
//! ISA-18.2 (clause 16): a flood is more than ten new alarms in ten minutes for one operator and is
//! over below five. Must never grow beyond [`HISTORY_MAX`].

use crate::kind::{AlarmKind, KINDS};
use std::collections::VecDeque;

/// New alarms in ten minutes beyond which it is a flood.
pub const FLOOD_BEGINS: usize = 10;
/// Below this many in ten minutes a flood is over.
pub const FLOOD_ENDS: usize = 5;
/// So many of one kind within a minute: it chatters.
pub const CHATTER_COUNT: usize = 3;
/// Alarms that are remembered; beyond them an hour's figure is at least this.
pub const HISTORY_MAX: usize = 1_024;

const MINUTE_MS: i64 = 60_000;
const TEN_MINUTES_MS: i64 = 10 * MINUTE_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The alarms of the last hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    raised: VecDeque<(i64, AlarmKind)>,
    flood: bool,
}

impl Rates {
    /// An alarm came.
    pub fn note(&mut self, kind: AlarmKind, at_ms: i64) {
        if self.raised.len() == HISTORY_MAX {
            self.raised.pop_front();
        }
        self.raised.push_back((at_ms, kind));
        self.look(at_ms);
    }

    /// Time passes: what is older than an hour is forgotten, a flood may be over. A clock that went
    /// back forgets what is ahead of it.
    pub fn look(&mut self, now_ms: i64) {
        self.raised.retain(|&(at, _)| at > now_ms.saturating_sub(HOUR_MS) && at <= now_ms);
        let lately = self.per_ten_minutes(now_ms);
        self.flood = lately > FLOOD_BEGINS || self.flood && lately >= FLOOD_ENDS;
    }

    fn since(&self, from_ms: i64) -> impl Iterator<Item = AlarmKind> {
        self.raised.iter().filter(move |(at, _)| *at > from_ms).map(|(_, kind)| *kind)
    }

    /// New alarms in the last hour.
    #[must_use]
    pub fn per_hour(&self, now_ms: i64) -> usize {
        self.since(now_ms.saturating_sub(HOUR_MS)).count()
    }

    /// New alarms in the last ten minutes.
    #[must_use]
    pub fn per_ten_minutes(&self, now_ms: i64) -> usize {
        self.since(now_ms.saturating_sub(TEN_MINUTES_MS)).count()
    }

    /// More than a person can follow.
    #[must_use]
    pub const fn is_flood(&self) -> bool {
        self.flood
    }

    /// It comes and goes: so many times within the last minute.
    #[must_use]
    pub fn chatters(&self, kind: AlarmKind, now_ms: i64) -> bool {
        let times = self.since(now_ms.saturating_sub(MINUTE_MS)).filter(|k| *k == kind).count();
        times >= CHATTER_COUNT
    }

    /// The ten kinds that came most often in the last hour, the most frequent first.
    #[must_use]
    pub fn top_ten(&self) -> Vec<(AlarmKind, usize)> {
        let mut times = [0; KINDS];
        self.raised.iter().for_each(|(_, kind)| times[*kind as usize] += 1);
        let all = AlarmKind::ALL.iter().map(|kind| (*kind, times[*kind as usize]));
        let mut all: Vec<_> = all.filter(|(_, times)| *times > 0).collect();
        all.sort_by_key(|&(kind, times)| (std::cmp::Reverse(times), kind));
        all.truncate(10);
        all
    }
}
