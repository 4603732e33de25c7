//! The board beside a naive one that keeps every event and works out the state from them all; and
//! what a restart brings back from those events.

use crate::{AlarmKind, Board, Change, Event, Known, Person, Shelf, State};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    Set(AlarmKind, bool),
    Acknowledge(AlarmKind),
    Shelve(AlarmKind, i64),
    Unshelve(AlarmKind),
    Pass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let kind = || prop::sample::select(&AlarmKind::ALL[8..20]);
    prop_oneof![
        4 => (kind(), any::<bool>()).prop_map(|(kind, there)| Step::Set(kind, there)),
        2 => kind().prop_map(Step::Acknowledge),
        1 => (kind(), 1..100_000_i64).prop_map(|(kind, ms)| Step::Shelve(kind, ms)),
        1 => kind().prop_map(Step::Unshelve),
        2 => (1..200_000_i64).prop_map(Step::Pass),
    ]
}

/// What the events say of each kind, the last one of its sort each time.
fn from_events(events: &[Event]) -> BTreeMap<AlarmKind, Known> {
    let mut all = BTreeMap::new();
    for kind in AlarmKind::ALL.iter().copied() {
        let of: Vec<&Event> = events.iter().filter(|event| event.kind == kind).collect();
        let last = |wanted: fn(&Change) -> bool| of.iter().rposition(|e| wanted(&e.change));
        let raised = last(|c| matches!(c, Change::Raised { .. }));
        let Some(at) = raised else {
            // Shelved without ever having been raised.
            let shelf = shelf(&of);
            if shelf.is_some() {
                all.insert(kind, Known { shelf, ..Known::default() });
            }
            continue;
        };
        let seen = last(|c| matches!(c, Change::Acknowledged { .. })).filter(|seen| *seen > at);
        let over = last(|c| matches!(c, Change::Returned)).is_some_and(|over| over > at);
        let by = seen.and_then(|seen| match &of[seen].change {
            Change::Acknowledged { by } => Some(by.who.clone()),
            _ => None,
        });
        let Change::Raised { detail } = &of[at].change else { continue };
        let known = Known {
            active: !over,
            acknowledged_by: by,
            unseen: seen.is_none(),
            since_ms: of[at].at_ms,
            detail: detail.clone(),
            shelf: shelf(&of),
        };
        all.insert(kind, known);
    }
    all
}

fn shelf(of: &[&Event]) -> Option<Shelf> {
    let last = of.iter().rev().find_map(|event| match &event.change {
        Change::Shelved { by, until_ms, reason } => {
            let (until_ms, by, reason) = (*until_ms, by.who.clone(), reason.clone());
            Some(Some(Shelf { until_ms, by, reason }))
        }
        Change::Unshelved { .. } => Some(None),
        _ => None,
    });
    last.flatten()
}

proptest! {
    #[test]
    fn events_alone_tell_the_state(steps in prop::collection::vec(step(), 1..120)) {
        let (mut board, mut events, mut now) = (Board::default(), Vec::new(), 1_000_000_i64);
        let ann = Person::new("ann", "supervisor");
        for step in steps {
            match step {
                Step::Set(kind, there) => events.extend(board.set(kind, there, "here", now)),
                Step::Acknowledge(kind) => {
                    events.extend(board.acknowledge(kind, &ann, now).unwrap_or_default());
                }
                Step::Shelve(kind, ms) => {
                    events.extend(board.shelve(kind, &ann, now + ms, "known", now).ok());
                }
                Step::Unshelve(kind) => events.extend(board.unshelve(kind, &ann, now).ok()),
                Step::Pass(ms) => now += ms,
            }
            events.extend(board.look(now));
            let naive = from_events(&events);
            for kind in AlarmKind::ALL.iter().copied() {
                let expected = naive.get(&kind).cloned().unwrap_or_default();
                prop_assert_eq!(board.known(kind), &expected, "{:?}", kind);
                if kind.priority() == crate::Priority::Critical {
                    prop_assert_ne!(board.state(kind), State::Shelved);
                }
            }
            // A restart from the ledger's rows: nothing seen or shelved is forgotten.
            let again = Board::recovered(naive, []);
            prop_assert_eq!(again.shown(now).len(), board.shown(now).len());
            for kind in AlarmKind::ALL {
                prop_assert_eq!(again.known(*kind), board.known(*kind));
            }
        }
    }
}
