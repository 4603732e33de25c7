//! The life of one alarm: every sequence of six commands, each step against the table of ISA-18.2.

use crate::{AlarmKind, Board, Change, KINDS, Person, Refused, SHELVE_MS_MAX, State, TEXT_MAX};

const HIGH: AlarmKind = AlarmKind::BinFull;
const CRITICAL: AlarmKind = AlarmKind::PowerFail;
const ONCE: AlarmKind = AlarmKind::LoginFailures;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Do {
    Raise,
    Clear,
    Acknowledge,
    Shelve,
    Unshelve,
    TimeOut,
}

const ALL: [Do; 6] = [Do::Raise, Do::Clear, Do::Acknowledge, Do::Shelve, Do::Unshelve, Do::TimeOut];

fn ann() -> Person {
    Person::new("ann", "operator")
}

/// What was recorded, as one letter a change.
fn act(board: &mut Board, kind: AlarmKind, what: Do, now: i64) -> Result<String, Refused> {
    let events = match what {
        Do::Raise => board.raise(kind, "of a test", now).into_iter().collect(),
        Do::Clear => board.clear(kind, now).into_iter().collect(),
        Do::Acknowledge => board.acknowledge(kind, &ann(), now)?,
        Do::Shelve => vec![board.shelve(kind, &ann(), now + 10, "it is mended", now)?],
        Do::Unshelve => vec![board.unshelve(kind, &ann(), now)?],
        Do::TimeOut => board.look(now + 10),
    };
    let letter = |change: &Change| match change {
        Change::Raised { .. } => 'r',
        Change::Returned => 'n',
        Change::Acknowledged { .. } => 'a',
        Change::Shelved { .. } => 's',
        Change::Unshelved { .. } => 'u',
    };
    assert!(events.iter().all(|e| e.kind == kind && e.at_ms >= now));
    Ok(events.iter().map(|event| letter(&event.change)).collect())
}

/// ISA-18.2, figure 3, as a table: state, command, next state, what is recorded.
fn table(state: State, what: Do) -> Result<(State, &'static str), Refused> {
    use State as S;
    Ok(match (state, what) {
        (S::Normal | S::Returned, Do::Raise) => (S::Active, "r"),
        (S::Active | S::Acknowledged, Do::Raise) => (state, ""),
        (S::Active, Do::Clear) => (S::Returned, "n"),
        (S::Acknowledged, Do::Clear) => (S::Normal, "n"),
        (S::Normal | S::Returned, Do::Clear) => (state, ""),
        (S::Active, Do::Acknowledge) => (S::Acknowledged, "a"),
        (S::Returned, Do::Acknowledge) => (S::Normal, "a"),
        (S::Normal | S::Acknowledged, Do::Acknowledge) => {
            return Err(Refused::NothingToAcknowledge);
        }
        (S::Shelved, Do::Acknowledge) => return Err(Refused::IsShelved),
        (_, Do::Shelve) => (S::Shelved, "s"),
        (S::Shelved, _) => unreachable!("what is beneath decides"),
        (_, Do::Unshelve) => return Err(Refused::NotShelved),
        (_, Do::TimeOut) => (state, ""),
    })
}

/// Every sequence of so many commands; gives how many steps were compared.
fn walk(board: &Board, beneath: State, shelved: bool, left: u32, now: i64) -> u64 {
    if left == 0 {
        return 0;
    }
    let mut steps = 0;
    for what in ALL {
        let mut next = board.clone();
        let got = act(&mut next, HIGH, what, now);
        let (to, is_shelved, expected) = match (shelved, what) {
            (true, Do::Unshelve | Do::TimeOut) => (beneath, false, Ok("u".to_owned())),
            // The condition comes and goes beneath the shelf, and is recorded.
            (true, Do::Raise | Do::Clear) => {
                let (to, letters) = table(beneath, what).expect("no person");
                (to, true, Ok(letters.to_owned()))
            }
            (true, Do::Shelve) => (beneath, true, Ok("s".to_owned())),
            (true, Do::Acknowledge) => (beneath, true, Err(Refused::IsShelved)),
            (false, Do::Shelve) => (beneath, true, Ok("s".to_owned())),
            (false, _) => match table(beneath, what) {
                Ok((to, letters)) => (to, false, Ok(letters.to_owned())),
                Err(refused) => (beneath, false, Err(refused)),
            },
        };
        assert_eq!(got, expected, "{what:?} in {beneath:?}, shelved {shelved}");
        let state = if is_shelved { State::Shelved } else { to };
        assert_eq!(next.state(HIGH), state, "{what:?} in {beneath:?}, shelved {shelved}");
        if got.is_err() {
            assert_eq!(&next, board, "a refused {what:?} changed something");
        }
        let shown = next.shown(now).iter().any(|shown| shown.kind == HIGH);
        assert_eq!(shown, state != State::Normal, "what is not normal is shown");
        steps += 1 + walk(&next, to, is_shelved, left - 1, now + 11);
    }
    steps
}

#[test]
fn every_sequence_of_six_commands_follows_the_table() {
    let steps = walk(&Board::default(), State::Normal, false, 6, 1_000);
    assert_eq!(steps, (1..=6).map(|n| 6_u64.pow(n)).sum::<u64>());
}

#[test]
fn a_critical_alarm_is_never_shelved_and_no_shelving_is_without_end_or_reason() {
    let mut board = Board::default();
    board.raise(CRITICAL, "", 0);
    let shelve = |board: &mut Board, kind, until, reason: &str| {
        board.shelve(kind, &ann(), until, reason, 0).map(|_| ())
    };
    assert_eq!(shelve(&mut board, CRITICAL, 10, "x"), Err(Refused::Critical));
    assert_eq!(shelve(&mut board, HIGH, 10, " "), Err(Refused::NoReason));
    assert_eq!(shelve(&mut board, HIGH, 0, "x"), Err(Refused::Until));
    assert_eq!(shelve(&mut board, HIGH, SHELVE_MS_MAX + 1, "x"), Err(Refused::Until));
    assert_eq!(shelve(&mut board, HIGH, SHELVE_MS_MAX, "x"), Ok(()));
    let nobody = Person::new(" ", "operator");
    assert_eq!(board.acknowledge(CRITICAL, &nobody, 0), Err(Refused::Nobody));
}

#[test]
fn what_happened_once_is_over_when_it_is_seen() {
    let mut board = Board::default();
    board.raise(ONCE, "station 3", 5);
    assert_eq!(act(&mut board, ONCE, Do::Acknowledge, 6).as_deref(), Ok("an"));
    assert_eq!(board.state(ONCE), State::Normal);
}

#[test]
fn the_worst_unseen_comes_first_and_nothing_grows() {
    let mut board = Board::default();
    for (n, &kind) in AlarmKind::ALL.iter().enumerate().rev() {
        board.raise(kind, &"ß".repeat(TEXT_MAX), n as i64);
    }
    board.acknowledge(CRITICAL, &ann(), 100).expect("seen");
    let shown = board.shown(100);
    assert_eq!(shown.len(), KINDS);
    assert!(shown.iter().all(|shown| shown.known.detail.len() <= TEXT_MAX));
    let last = shown.last().expect("one");
    assert_eq!((last.kind, last.state), (CRITICAL, State::Acknowledged));
    assert!(shown[..KINDS - 1].is_sorted_by_key(|shown| shown.kind.priority()));
}
