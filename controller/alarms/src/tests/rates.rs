//! Floods, chattering and the bounds of what is remembered.

use crate::{AlarmKind, Board, CHATTER_COUNT, FLOOD_BEGINS, HISTORY_MAX, Person, Rates};

const KIND: AlarmKind = AlarmKind::BinFull;
const MINUTE: i64 = 60_000;

#[test]
fn more_than_ten_in_ten_minutes_is_a_flood_until_fewer_than_five() {
    let mut rates = Rates::default();
    for n in 0..=FLOOD_BEGINS as i64 {
        assert!(!rates.is_flood(), "{n} in ten minutes");
        rates.note(AlarmKind::ALL[n as usize], n * 20_000);
    }
    assert!(rates.is_flood());
    assert_eq!((rates.per_ten_minutes(200_000), rates.per_hour(200_000)), (11, 11));
    // The seventh last is ten minutes ago: five are left.
    rates.look(10 * MINUTE + 100_000 + 1);
    assert!(rates.is_flood());
    rates.look(10 * MINUTE + 140_000);
    assert!(!rates.is_flood());
    rates.look(61 * MINUTE);
    assert_eq!(rates.per_hour(61 * MINUTE), 7);
    rates.look(65 * MINUTE);
    assert_eq!(rates, Rates::default());
}

#[test]
fn one_that_comes_and_goes_chatters() {
    let mut board = Board::default();
    for n in 0..CHATTER_COUNT as i64 {
        assert!(!board.rates().chatters(KIND, n * 1_000));
        board.raise(KIND, "", n * 1_000);
        board.clear(KIND, n * 1_000 + 500);
    }
    assert!(board.rates().chatters(KIND, 3_000));
    assert!(board.shown(3_000)[0].chatters);
    assert!(!board.rates().chatters(KIND, 2 * MINUTE));
    assert_eq!(board.rates().top_ten(), [(KIND, CHATTER_COUNT)]);
}

#[test]
fn what_is_shelved_disturbs_nobody() {
    let mut board = Board::default();
    board.shelve(KIND, &Person::new("ann", "supervisor"), MINUTE, "mended", 0).expect("shelved");
    for n in 1..50 {
        assert!(board.raise(KIND, "", n).is_some(), "it is recorded all the same");
        board.clear(KIND, n);
    }
    assert_eq!(board.rates().per_hour(60), 0);
}

#[test]
fn history_and_clock_have_bounds() {
    let mut rates = Rates::default();
    for n in 0..3 * HISTORY_MAX as i64 {
        rates.note(KIND, n);
    }
    assert_eq!(rates.per_hour(3 * HISTORY_MAX as i64), HISTORY_MAX);
    rates.look(-MINUTE);
    assert_eq!(rates.per_hour(-MINUTE), 0, "a clock that went back");
    assert!(!rates.is_flood());
}
