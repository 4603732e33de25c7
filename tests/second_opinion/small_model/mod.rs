//! An exhaustive small model: three packs on a belt, and every order in which the rest may happen.
//!
//! The belt is a fixed sequence of steps (edges of three packs 120 mm apart, with samples between).
//! Between any two of them may come: a pack's camera result, once or twice; the labeler's
//! confirmation of the next print; a commit; the delivery of permits, acknowledged with the
//! next sample; the loss of a link and its return; the death of the controller, with its last
//! commit written or lost, and its recovery from a ledger. The search is depth-first over what is
//! possible; states of core and surroundings that were met before are not gone through again, and
//! how many orders lead through them is counted. At every end the batch is brought to its close.
//!
//! Bounds, a family each: *proof* (results, one of them twice, confirmations, commits of verdicts,
//! permits; no fault), *links* (one loss of each device and its return at any step; confirmations
//! at once), *death* (one death and recovery; results and confirmations as soon as they can come,
//! any commit). The belt coasts on through holds, which is worse than what a line does.

mod acts;
mod ends;
mod surroundings;

use std::collections::HashMap;
use surroundings::Surroundings;

/// A device whose link may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    LineIo,
    Labeler,
    Camera,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The belt comes to its next step.
    Belt,
    /// The result of the pack with this place.
    Result(usize),
    /// It comes a second time.
    Again(usize),
    /// The labeler confirms one more label.
    Confirm,
    /// Everything emitted becomes durable, and the core is told.
    Commit,
    /// The line I/O takes the permits.
    Deliver,
    /// A link is lost.
    Lose(Link),
    /// It comes back.
    Return(Link),
    /// The controller dies; true: what was under way is written.
    Die(bool),
    /// It comes up again.
    Recover,
}

/// What a family lets happen.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    name: &'static str,
    /// Results come when they like, and one of them twice; otherwise as soon as they can.
    free_results: bool,
    twice: bool,
    /// Confirmations come when they like.
    free_confirmations: bool,
    /// Commits also when no verdict waits for one.
    any_commit: bool,
    links: bool,
    death: bool,
}

const FAMILIES: [Family; 3] = [
    Family {
        name: "proof",
        free_results: true,
        twice: true,
        free_confirmations: true,
        any_commit: false,
        links: false,
        death: false,
    },
    Family {
        name: "links",
        free_results: true,
        twice: false,
        free_confirmations: false,
        any_commit: false,
        links: true,
        death: false,
    },
    Family {
        name: "death",
        free_results: false,
        twice: false,
        free_confirmations: false,
        any_commit: true,
        links: false,
        death: true,
    },
];

/// What the search has seen.
struct Search {
    family: Family,
    /// Orders that lead from a state to an end.
    orders: HashMap<u64, u128>,
    ends: u64,
    permits: u64,
}

impl Search {
    /// Goes through everything that can follow `path`; the number of orders.
    fn explore(&mut self, path: &mut Vec<Act>) -> u128 {
        let mut here = Surroundings::after(self.family, path);
        let key = here.key();
        if let Some(&known) = self.orders.get(&key) {
            return known;
        }
        let acts = here.possible();
        let mut orders = 0;
        if acts.is_empty() {
            here.close();
            (self.ends, orders) = (self.ends + 1, 1);
            self.permits += here.permitted();
        }
        for act in acts {
            path.push(act);
            orders += self.explore(path);
            path.pop();
        }
        self.orders.insert(key, orders);
        orders
    }
}

#[test]
fn every_order_of_three_packs() {
    for family in FAMILIES {
        let (orders, ends, permits) = (HashMap::new(), 0, 0);
        let mut search = Search { family, orders, ends, permits };
        let orders = search.explore(&mut Vec::new());
        let states = search.orders.len();
        let (ends, permits) = (search.ends, search.permits);
        eprintln!(
            "{}: {orders} orders, {states} states, {ends} ends, {permits} permits at the ends",
            family.name
        );
        assert!(orders > 100_000 && permits > 0, "{}: the model does not move", family.name);
    }
}
