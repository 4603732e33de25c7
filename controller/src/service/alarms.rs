//! The line's alarms: conditions of line, ledger, disk and clock become alarms, people acknowledge
//! and shelve them, every change is an event of the site chain before it counts.
//!
//! Owned by the control thread, which asks it at every look. What does not need a response is no
//! alarm (`alarms::AlarmKind::of_hold`). A change that cannot be recorded has not happened and is
//! tried again. Must never hold a rule of the line, nor forget over a restart what was seen.

use super::clock::wall_clock;
use super::forecast::{Forecast, SAMPLE_EVERY};
use super::ledger_thread::LedgerHandle;
use super::load::ledger_problem;
use super::room;
use super::view::LineView;
use ::alarms::{
    AlarmKind, Board, Change, Event, HISTORY_MAX, Known, Person, Refused, Shelf, Shown,
};
use hmi::{AlarmView, Problem};
use ledger::{AlarmFilter, AlarmRow, Chain, EventRow, LedgerError, Reader, ServiceBody, WallClock};
use line_core::hold::Holds;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tracing::error;

/// So long without a synchronised clock, and it is an alarm (on-delay, ISA-18.2 10.5.4).
const CLOCK_DELAY: Duration = Duration::from_secs(60);
/// What others put on record is looked for this often.
const OTHERS_EVERY: Duration = Duration::from_secs(1);
/// Raised beside this module: by accounts, at the console, by sealing.
const OF_OTHERS: [AlarmKind; 3] =
    [AlarmKind::LoginFailures, AlarmKind::ConsoleAdministration, AlarmKind::SealingFailed];
/// A forecast that was too short must be longer by a quarter to be well again.
const FORECAST_DEADBAND: f64 = 1.25;
const HOUR_MS: i64 = 3_600_000;

/// What the running order shows.
pub struct OfRun<'a> {
    /// Id of its batch.
    pub batch: &'a str,
    /// What its line shows.
    pub view: &'a LineView,
    /// A trial has no pool of live serials.
    pub is_trial: bool,
    /// Its recording has ended early since the last look.
    pub recording: Option<&'static str>,
}

/// See the module.
pub struct Alarms {
    board: Board,
    data_dir: PathBuf,
    ledger_path: PathBuf,
    disk_days_min: u32,
    forecast: Forecast,
    disk_at: Option<Instant>,
    others_at: Option<Instant>,
    synchronised_at: Instant,
}

impl Alarms {
    /// The alarms as the ledger knows them: what was acknowledged or shelved stays so.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn recovered(
        data_dir: &Path,
        ledger_path: &Path,
        disk_days_min: u32,
    ) -> Result<Self, LedgerError> {
        let reader = Reader::open(ledger_path)?;
        let now = wall_clock();
        let hour_ago = WallClock { unix_ms: now.unix_ms.saturating_sub(HOUR_MS), ..now };
        let most = u32::try_from(HISTORY_MAX).unwrap_or(u32::MAX);
        let raised = reader.alarms_raised_since(&hour_ago.to_rfc3339(), most)?;
        let raised = raised.into_iter().filter_map(|(what, at)| Some((kind_of(&what)?, at)));
        let known = reader.alarms()?.into_iter().filter_map(|row| Some((kind_of(&row.what)?, row)));
        let known = known.map(|(kind, row)| (kind, known_of(row)));
        Ok(Self {
            board: Board::recovered(known, raised),
            data_dir: data_dir.to_owned(),
            ledger_path: ledger_path.to_owned(),
            disk_days_min,
            forecast: Forecast::default(),
            disk_at: None,
            others_at: None,
            synchronised_at: Instant::now(),
        })
    }

    /// Looks at every condition; gives the kinds that were raised.
    pub fn look(&mut self, run: Option<&OfRun<'_>>, ledger: &LedgerHandle) -> Vec<AlarmKind> {
        let (now, mut next) = (wall_clock(), self.board.clone());
        let mut events = next.look(now.unix_ms);
        self.of_line(run, &mut next, now.unix_ms, &mut events);
        self.of_clock(now, &mut next, &mut events);
        self.of_disk(now.unix_ms, &mut next, &mut events);
        self.of_others(now.unix_ms, &mut next);
        let raised = events.iter().filter(|e| matches!(e.change, Change::Raised { .. }));
        let raised = raised.map(|event| event.kind).collect();
        match record(ledger, events) {
            Ok(()) => {
                self.board = next;
                raised
            }
            Err(problem) => {
                error!(detail = problem.detail, "a change of an alarm is not recorded");
                self.as_recorded();
                Vec::new()
            }
        }
    }

    fn of_line(
        &self,
        run: Option<&OfRun<'_>>,
        next: &mut Board,
        now_ms: i64,
        events: &mut Vec<Event>,
    ) {
        let batch = run.map_or("", |run| run.batch);
        for cause in Holds::all() {
            let Some(kind) = AlarmKind::of_hold(cause) else { continue };
            let held = run.is_some_and(|run| run.view.holds.contains(cause));
            // Told as soon as the mains are gone, not only once the belt is empty.
            let dark = kind == AlarmKind::PowerFail && run.is_some_and(|run| run.view.power_fail);
            events.extend(next.set(kind, held || dark, batch, now_ms));
        }
        let low = run.is_some_and(|run| run.view.pool_low && !run.is_trial);
        events.extend(next.set(AlarmKind::LowPool, low, batch, now_ms));
        let recording = run.and_then(|run| run.recording).and_then(AlarmKind::from_name);
        events.extend(recording.and_then(|kind| next.raise(kind, batch, now_ms)));
    }

    fn of_clock(&mut self, now: WallClock, next: &mut Board, events: &mut Vec<Event>) {
        if now.synchronised {
            self.synchronised_at = Instant::now();
        }
        let kind = AlarmKind::ClockUnsynchronised;
        // One that a restart brought back is not cleared before the clock is well.
        let lasts = self.synchronised_at.elapsed() >= CLOCK_DELAY || next.known(kind).active;
        events.extend(next.set(kind, !now.synchronised && lasts, "", now.unix_ms));
    }

    fn of_disk(&mut self, now_ms: i64, next: &mut Board, events: &mut Vec<Event>) {
        if self.disk_days_min == 0 || self.disk_at.is_some_and(|at| at.elapsed() < SAMPLE_EVERY) {
            return;
        }
        self.disk_at = Some(Instant::now());
        if let Ok(free) = room::free(&self.data_dir) {
            self.forecast.note(now_ms, free);
            events.extend(self.disk(now_ms, next));
        }
    }

    fn disk(&self, now_ms: i64, next: &mut Board) -> Option<Event> {
        let kind = AlarmKind::DiskForecast;
        let Some(days) = self.forecast.days_left() else {
            // Not known yet: an alarm of before stays while it may be true.
            return None;
        };
        let least = f64::from(self.disk_days_min);
        let least = if next.known(kind).active { least * FORECAST_DEADBAND } else { least };
        next.set(kind, days < least, &format!("{days:.1} d"), now_ms)
    }

    /// What others have put on record.
    fn of_others(&mut self, now_ms: i64, next: &mut Board) {
        if self.others_at.is_some_and(|at| at.elapsed() < OTHERS_EVERY) {
            return;
        }
        self.others_at = Some(Instant::now());
        let Ok(rows) = Reader::open(&self.ledger_path).and_then(|reader| reader.alarms()) else {
            return;
        };
        for row in rows {
            if let Some(kind) = kind_of(&row.what).filter(|kind| OF_OTHERS.contains(kind)) {
                next.adopt(kind, known_of(row), now_ms);
            }
        }
    }

    /// Somebody has seen an alarm.
    ///
    /// # Errors
    /// There is no such alarm, nothing to be seen, or it cannot be recorded.
    pub fn acknowledge(
        &mut self,
        ledger: &LedgerHandle,
        kind: &str,
        who: &str,
        role: &str,
    ) -> Result<(), Problem> {
        let by = Person::new(who, role);
        self.change(ledger, kind, |board, kind, now| board.acknowledge(kind, &by, now))
    }

    /// Somebody puts an alarm aside until then, milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// There is no such alarm, it is critical, there is no reason, the time is over or beyond
    /// [`::alarms::SHELVE_MS_MAX`], or it cannot be recorded.
    pub fn shelve(
        &mut self,
        ledger: &LedgerHandle,
        kind: &str,
        (who, role): (&str, &str),
        until_unix_ms: i64,
        reason: &str,
    ) -> Result<(), Problem> {
        let by = Person::new(who, role);
        self.change(ledger, kind, |board, kind, now| {
            board.shelve(kind, &by, until_unix_ms, reason, now).map(|event| vec![event])
        })
    }

    /// Somebody brings a shelved alarm back.
    ///
    /// # Errors
    /// There is no such alarm, it is not shelved, or it cannot be recorded.
    pub fn unshelve(
        &mut self,
        ledger: &LedgerHandle,
        kind: &str,
        who: &str,
        role: &str,
    ) -> Result<(), Problem> {
        let by = Person::new(who, role);
        self.change(ledger, kind, |board, kind, now| {
            board.unshelve(kind, &by, now).map(|event| vec![event])
        })
    }

    fn change(
        &mut self,
        ledger: &LedgerHandle,
        name: &str,
        change: impl FnOnce(&mut Board, AlarmKind, i64) -> Result<Vec<Event>, Refused>,
    ) -> Result<(), Problem> {
        let kind = kind_of(name).ok_or_else(|| {
            Problem::new(404, "no_alarm", format!("there is no alarm {name}")).at("kind")
        })?;
        let now = wall_clock().unix_ms;
        let mut next = self.board.clone();
        next.look(now);
        let events = change(&mut next, kind, now).map_err(|refused| problem(kind, refused))?;
        record(ledger, events).inspect_err(|_| self.as_recorded())?;
        self.board = next;
        Ok(())
    }

    /// Of several changes some may be on record: what is there counts.
    fn as_recorded(&mut self) {
        if let Ok(known) = Self::recovered(&self.data_dir, &self.ledger_path, self.disk_days_min) {
            self.board = known.board;
        }
    }

    /// Changes of alarms, the latest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn history(&self, filter: &AlarmFilter, limit: u32) -> Result<Vec<EventRow>, Problem> {
        Reader::open(&self.ledger_path)
            .and_then(|reader| reader.alarm_history(filter, limit))
            .map_err(|e| ledger_problem(&e))
    }

    /// Every alarm that is not normal, the worst first; how many came in the last hour; whether
    /// that is more than a person can follow.
    #[must_use]
    pub fn shown(&self) -> (Vec<AlarmView>, u32, bool) {
        let now = wall_clock().unix_ms;
        let views = self.board.shown(now).into_iter().map(view_of).collect();
        let per_hour = u32::try_from(self.board.rates().per_hour(now)).unwrap_or(u32::MAX);
        (views, per_hour, self.board.rates().is_flood())
    }

    /// The alarms themselves.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }
}

fn kind_of(name: &str) -> Option<AlarmKind> {
    AlarmKind::from_name(name)
}

fn known_of(row: AlarmRow) -> Known {
    let unseen = row.raised_at_ms.is_some() && row.acknowledged_by.is_none();
    Known {
        active: row.raised,
        unseen,
        acknowledged_by: row.acknowledged_by,
        since_ms: row.raised_at_ms.unwrap_or(0),
        detail: row.detail.unwrap_or_default(),
        shelf: row.shelf.map(|(by, until_ms, reason)| Shelf { until_ms, by, reason }),
    }
}

fn view_of(shown: Shown) -> AlarmView {
    let at = |unix_ms| WallClock { unix_ms, synchronised: true }.to_rfc3339();
    let Shown { kind, state, known, chatters } = shown;
    AlarmView {
        kind: kind.name().to_owned(),
        priority: kind.priority().name().to_owned(),
        state: state.name().to_owned(),
        since: (known.since_ms != 0).then(|| at(known.since_ms)),
        detail: known.detail,
        acknowledged_by: known.acknowledged_by,
        shelved_until: known.shelf.as_ref().map(|shelf| at(shelf.until_ms)),
        shelved_by: known.shelf.map(|shelf| shelf.by),
        chatters,
    }
}

fn problem(kind: AlarmKind, refused: Refused) -> Problem {
    let (what, remedy) = match refused {
        Refused::NothingToAcknowledge => ("there is nothing to acknowledge", "look again"),
        Refused::IsShelved => ("it is shelved", "bring it back first"),
        Refused::NotShelved => ("it is not shelved", "look again"),
        Refused::Critical => ("a critical alarm is never shelved", "see to its cause"),
        Refused::NoReason => ("there is no reason", "say why"),
        Refused::Until => ("the end is over, or beyond 8 h", "give an earlier one"),
        Refused::Nobody => ("nobody said it", "log in"),
    };
    Problem::new(409, refused.name(), what).at(kind.name()).remedy(remedy)
}

/// Every change in one commit of the site chain each, in order; durable when this returns.
fn record(ledger: &LedgerHandle, events: Vec<Event>) -> Result<(), Problem> {
    if events.is_empty() {
        return Ok(());
    }
    let recorded = ledger.with(move |ledger| {
        events.iter().try_for_each(|event| {
            ledger.append_service(wall_clock(), Chain::Site, &body_of(event)).map(|_| ())
        })
    });
    let recorded = recorded.map_err(|gone| Problem::new(503, "ledger", gone.to_string()))?;
    recorded.map_err(|error| ledger_problem(&error))
}

fn body_of(event: &Event) -> ServiceBody {
    let what = event.kind.name().to_owned();
    match event.change.clone() {
        Change::Raised { detail } => {
            let detail = Some(detail).filter(|detail| !detail.is_empty());
            ServiceBody::Alarm { what, raised: true, detail }
        }
        Change::Returned => ServiceBody::Alarm { what, raised: false, detail: None },
        Change::Acknowledged { by } => {
            ServiceBody::AlarmAcknowledged { what, who: by.who, role: by.role }
        }
        Change::Shelved { by, until_ms, reason } => ServiceBody::AlarmShelved {
            what,
            who: by.who,
            role: by.role,
            until_unix_ms: until_ms,
            reason,
        },
        Change::Unshelved { by } => {
            ServiceBody::AlarmUnshelved { what, who: by.who, role: by.role }
        }
    }
}

#[cfg(test)]
mod tests;
