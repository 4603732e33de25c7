//! An unknown name costs as much work as a known one with a wrong password, so that the time of an
//! answer does not tell which names there are.
//!
//! The least of several interleaved measurements are compared, never a time with a constant.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use people::*;
use std::time::{Duration, Instant};

#[test]
fn an_unknown_name_is_looked_at_as_long_as_a_known_one() {
    let cost = HashCost::default();
    let hasher = Hasher::new(cost, Salt([3; 16])).unwrap();
    let policy = Policy {
        user_throttle: Rule { free: 1_000, first_ms: 0, max_ms: 0, forget_ms: 1 },
        station_throttle: Rule { free: 1_000, first_ms: 0, max_ms: 0, forget_ms: 1 },
        ..Policy::default()
    };
    let mut desk = Desk::new(policy);
    let phc = hasher.hash(&password(FIRST), Salt([4; 16])).unwrap();
    desk.console("olga", UserChange::GivePassword(phc)).unwrap();
    let mut least = [Duration::MAX; 4];
    for _ in 0..12 {
        let asked =
            [("olga", "wrong"), ("nemo", "wrong"), ("no id at all", FIRST), ("olga", FIRST)];
        for (n, (user, text)) in asked.into_iter().enumerate() {
            let attempt = desk.people.begin_login(desk.now, &station("panel"), user).unwrap();
            let began = Instant::now();
            let proved = attempt.prove(&hasher, &password(text), Factor::NotAsked, Salt([5; 16]));
            least[n] = least[n].min(began.elapsed());
            drop(proved);
        }
    }
    println!(
        "{cost:?}: known {:?}, unknown {:?}, no id {:?}, right {:?}",
        least[0], least[1], least[2], least[3]
    );
    for other in &least[1..] {
        assert!(least[0] < *other * 2 && *other < least[0] * 2, "{least:?}");
    }
}
