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
//! **Bounds**, for all: the first belt's worth of packs after the start, a code that fits, at most
//! one fault, no person before the end; the belt coasts on through holds, which is worse than what
//! a line does. What waits to happen may be put off by so many steps of the belt in a row
//! (`patience`), and at the end of the belt results may be missing for good. What a family does not
//! set free comes as soon as it can; commits of verdicts and permits are free in all.
//!
//! | family | packs | patience | free |
//! |---|---|---|---|
//! | one pack, proof | 1 | no end | result, a second one, confirmation |
//! | one pack, links | 1 | no end | result, one loss of one device and its return |
//! | two packs, proof | 2 | 1 | results, one of them twice, confirmations |
//! | two packs, first pack | 2 | 1 | results, one loss of one device and its return; no permit at all |
//! | three packs, results | 3 | 2 | results |
//! | three packs, confirmations | 3 | 2 | confirmations |
//! | three packs, links | 3 | 2 | one loss of one device and its return |
//! | three packs, death | 3 | 6 | any commit, one death (commit written or lost), recovery |
//!
//! All of it free at once with three packs is out of reach of a test. States are told apart by a
//! hash of 64 bits of the core and what is around it.

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

/// Patience that no belt of this model exhausts.
const NO_END: usize = usize::MAX;

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
    /// Packs on the belt.
    packs: usize,
    /// Steps in a row that the belt may take while something waits to happen.
    patience: usize,
    /// Results come when they like, and one of them twice; otherwise as soon as they can.
    free_results: bool,
    twice: bool,
    /// Confirmations come when they like.
    free_confirmations: bool,
    /// Commits also when no verdict waits for one.
    any_commit: bool,
    links: bool,
    death: bool,
    /// The first pack is to be approved; a person does so before the end.
    first_pack: bool,
}

/// Nothing comes but by itself, and nothing fails.
const CALM: Family = Family {
    name: "",
    packs: 3,
    patience: 2,
    free_results: false,
    twice: false,
    free_confirmations: false,
    any_commit: false,
    links: false,
    death: false,
    first_pack: false,
};

const FAMILIES: [Family; 8] = [
    Family {
        name: "one pack, proof",
        packs: 1,
        patience: NO_END,
        free_results: true,
        twice: true,
        free_confirmations: true,
        ..CALM
    },
    Family {
        name: "one pack, links",
        packs: 1,
        patience: NO_END,
        free_results: true,
        links: true,
        ..CALM
    },
    Family {
        name: "two packs, proof",
        packs: 2,
        patience: 1,
        free_results: true,
        twice: true,
        free_confirmations: true,
        ..CALM
    },
    Family {
        name: "two packs, first pack",
        packs: 2,
        patience: 1,
        free_results: true,
        links: true,
        first_pack: true,
        ..CALM
    },
    Family { name: "three packs, results", free_results: true, ..CALM },
    Family { name: "three packs, confirmations", free_confirmations: true, ..CALM },
    Family { name: "three packs, links", links: true, ..CALM },
    Family { name: "three packs, death", patience: 6, any_commit: true, death: true, ..CALM },
];

/// What the search has seen.
struct Search {
    /// Orders that lead from a state to an end.
    orders: HashMap<u64, u128>,
    ends: u64,
    permits: u64,
}

impl Search {
    /// Goes through everything that can follow; the number of orders.
    fn explore(&mut self, mut here: Box<Surroundings>) -> u128 {
        let key = here.key();
        if let Some(&known) = self.orders.get(&key) {
            return known;
        }
        let acts = here.possible();
        let mut orders = 0;
        if let Some((&last, others)) = acts.split_last() {
            for &act in others {
                orders += self.explore(here.again_and(act));
            }
            here.follow(last);
            orders += self.explore(here);
        } else {
            here.close();
            (self.ends, orders) = (self.ends + 1, 1);
            self.permits += here.permitted();
        }
        self.orders.insert(key, orders);
        orders
    }
}

#[test]
fn every_order_of_three_packs() {
    for family in FAMILIES {
        let (orders, ends, permits) = (HashMap::new(), 0, 0);
        let mut search = Search { orders, ends, permits };
        let orders = search.explore(Surroundings::new(family));
        let states = search.orders.len();
        let (ends, permits) = (search.ends, search.permits);
        eprintln!(
            "{}: {orders} orders, {states} states, {ends} ends, {permits} permits at the ends",
            family.name
        );
        let moves = if family.first_pack { permits == 0 } else { permits > 50 };
        assert!(states > 1_000 && moves, "{}: the model does not move", family.name);
    }
}
