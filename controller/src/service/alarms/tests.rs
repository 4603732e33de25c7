//! Alarms over the real ledger thread: what was seen or shelved survives a restart, what cannot be
//! recorded has not happened, and whoever looks sees all of them.

use super::super::ledger_thread::start;
use super::*;
use ::alarms::State;
use ledger::{Ledger, LedgerKind, keys};
use std::thread::JoinHandle;
use tempfile::TempDir;

struct House {
    dir: TempDir,
    ledger: LedgerHandle,
    thread: JoinHandle<()>,
    alarms: Alarms,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = keys::make(dir.path()).unwrap();
        let line = "LINE-1".parse().unwrap();
        let path = dir.path().join("ledger.db");
        let ledger =
            Ledger::create(&path, LedgerKind::Simulation, &line, &key, wall_clock()).unwrap();
        let (ledger, thread) = start(ledger).unwrap();
        let alarms = Alarms::recovered(dir.path(), &path, 7).unwrap();
        Self { dir, ledger, thread, alarms }
    }

    fn again(&mut self) {
        let path = self.dir.path().join("ledger.db");
        self.alarms = Alarms::recovered(self.dir.path(), &path, 7).unwrap();
    }

    fn put(&self, what: &str) {
        let body = ServiceBody::Alarm { what: what.into(), raised: true, detail: None };
        let done = self.ledger.with(move |ledger| {
            ledger.append_service(wall_clock(), Chain::Site, &body).map(|_| ())
        });
        done.unwrap().unwrap();
    }

    /// Names and states as a browser gets them.
    fn shown(&self) -> Vec<(String, String)> {
        let (views, ..) = self.alarms.shown();
        views.into_iter().map(|view| (view.kind, view.state)).collect()
    }

    fn end(self) {
        self.ledger.end();
        self.thread.join().unwrap();
    }
}

fn names(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(kind, state)| ((*kind).to_owned(), (*state).to_owned())).collect()
}

fn in_an_hour() -> i64 {
    wall_clock().unix_ms + HOUR_MS
}

#[test]
fn a_restart_forgets_nothing_that_was_seen_or_shelved() {
    let mut house = House::new();
    for what in ["failed_logins", "console_administration", "sealing_failed"] {
        house.put(what);
    }
    house.alarms.look(None, &house.ledger);
    let ann = ("ann", "supervisor");
    let (ledger, until) = (house.ledger.clone(), in_an_hour());
    house.alarms.acknowledge(&ledger, "sealing_failed", ann.0, ann.1).unwrap();
    house.alarms.shelve(&ledger, "failed_logins", ann, until, "a test of the line").unwrap();
    let expected = names(&[
        ("console_administration", "active"),
        ("sealing_failed", "acknowledged"),
        ("failed_logins", "shelved"),
    ]);
    assert_eq!(house.shown(), expected);
    house.again();
    // A reconnect gets the whole list, not what came since.
    assert_eq!(house.shown(), expected);
    assert_eq!(house.alarms.shown().1, 3, "the last hour is known, too");
    let refused = house.alarms.acknowledge(&ledger, "sealing_failed", ann.0, ann.1);
    assert_eq!(refused.unwrap_err().code, "nothing_to_acknowledge");
    house.alarms.unshelve(&ledger, "failed_logins", ann.0, ann.1).unwrap();
    house.alarms.acknowledge(&ledger, "failed_logins", ann.0, ann.1).unwrap();
    // Seen: what happened once is over.
    let board = house.alarms.board();
    assert_eq!(board.state(AlarmKind::LoginFailures), State::Normal);
    let filter = AlarmFilter { what: Some("failed_logins".into()), ..AlarmFilter::default() };
    let history = house.alarms.history(&filter, 10).unwrap();
    assert_eq!(history.len(), 5, "{history:#?}");
    house.end();
}

#[test]
fn words_that_are_refused_change_nothing() {
    let mut house = House::new();
    let ledger = house.ledger.clone();
    let ann = ("ann", "supervisor");
    let mut shelve = |kind: &str, until, reason: &str| {
        house.alarms.shelve(&ledger, kind, ann, until, reason).map_err(|problem| problem.code)
    };
    assert_eq!(shelve("weather", in_an_hour(), "x"), Err("no_alarm".into()));
    assert_eq!(shelve("power_fail", in_an_hour(), "x"), Err("critical".into()));
    assert_eq!(shelve("bin_full", in_an_hour(), ""), Err("no_reason".into()));
    assert_eq!(shelve("bin_full", in_an_hour() * 2, "x"), Err("until".into()));
    assert_eq!(house.alarms.history(&AlarmFilter::default(), 10).unwrap(), []);
    house.end();
}

#[test]
fn what_cannot_be_recorded_has_not_happened() {
    let mut house = House::new();
    house.put("sealing_failed");
    house.alarms.look(None, &house.ledger);
    let gone = house.ledger.clone();
    house.ledger.end();
    house.thread.join().unwrap();
    let refused = house.alarms.acknowledge(&gone, "sealing_failed", "ann", "operator");
    assert_eq!(refused.unwrap_err().status, 503);
    let (views, ..) = house.alarms.shown();
    assert_eq!((views.len(), views[0].state.as_str()), (1, "active"));
}
