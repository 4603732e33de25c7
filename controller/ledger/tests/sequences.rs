//! Random sequences of what people do with orders, through the ledger itself: each step is done or
//! refused for a reason that is there, and what is refused leaves no event behind (faults.md row
//! 14). Sequences of commands at the line itself are among the tests of the core.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{GTIN, Rng, fresh, now, path, seed, serials, spec};
use ledger::{BatchNo, Ledger, LedgerError, SLICE_MAX, verify};
use std::collections::{BTreeMap, BTreeSet};

const LEDGERS: u64 = 8;
const SEQUENCES_A_LEDGER: u64 = 50;
const STEPS: u64 = 8;
/// A product that this line has no authority for.
const FOREIGN: &str = "04150037528650";

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Ready,
    Loaded,
    Aborted,
}

struct Open {
    no: BatchNo,
    id: String,
    state: State,
    allocated: u32,
    target: u32,
}

struct House {
    ledger: Ledger,
    count: rusqlite::Connection,
    open: Option<Open>,
    used: BTreeSet<String>,
    next_serial: usize,
    done: u64,
    refused: BTreeMap<String, u64>,
}

impl House {
    fn events(&self) -> i64 {
        self.count.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap()
    }

    /// The step was refused exactly when there was a reason, for one of them, without an event.
    fn judge(&mut self, what: &str, before: i64, answer: Result<(), LedgerError>, why: &[&str]) {
        let after = self.events();
        match answer {
            Ok(()) => {
                assert!(why.is_empty(), "{what} was done although {why:?}");
                assert!(after > before, "{what} left no record");
                self.done += 1;
            }
            Err(LedgerError::Refused(reason)) => {
                let name = format!("{reason:?}");
                let name = name.split(['(', ' ']).next().unwrap().to_owned();
                assert!(why.contains(&name.as_str()), "{what} refused as {reason}: not {why:?}");
                assert_eq!(after, before, "a refused {what} left a record");
                assert!(!reason.to_string().is_empty());
                *self.refused.entry(name).or_default() += 1;
            }
            Err(error) => panic!("{what}: {error}"),
        }
    }

    fn open_batch(&mut self, rng: &mut Rng) {
        let known = self.used.iter().nth(rng.below(8) as usize).cloned();
        let id = known.unwrap_or_else(|| format!("B-{}", self.used.len()));
        let target = 1 + rng.below(30) as u32;
        let mut spec = spec(&id, target);
        let mut why = Vec::new();
        if rng.below(4) == 0 {
            spec.gtin = FOREIGN.parse().unwrap();
            why.push("NoAuthority");
        }
        if rng.below(8) == 0 {
            spec.config_bytes.push(b'x');
            why.push("ConfigHash");
        }
        if rng.below(8) == 0 {
            spec.target = 3_000_000;
            why.push("OrderTooLarge");
        }
        if self.open.is_some() {
            why.push("BatchOpen");
        }
        if self.used.contains(&id) {
            why.push("BatchExists");
        }
        let before = self.events();
        let answer = self.ledger.open_batch(now(1), &spec);
        if let Ok(no) = &answer {
            let open = Open { no: *no, id: id.clone(), state: State::Ready, allocated: 0, target };
            self.open = Some(open);
            self.used.insert(id);
        }
        self.judge("open", before, answer.map(|_| ()), &why);
    }

    /// The open batch, or now and then one that is not.
    fn batch(&self, rng: &mut Rng) -> (BatchNo, Vec<&'static str>) {
        match &self.open {
            Some(open) if rng.below(8) > 0 => (open.no, Vec::new()),
            Some(open) => (BatchNo(open.no.0 + 1), vec!["UnknownBatch"]),
            None => (BatchNo(1), vec!["UnknownBatch", "WrongOrderState"]),
        }
    }

    fn needs(&self, states: &[State], why: &mut Vec<&'static str>) {
        if self.open.as_ref().is_some_and(|open| !states.contains(&open.state)) {
            why.push("WrongOrderState");
        }
    }

    fn allocate(&mut self, rng: &mut Rng) {
        let (no, mut why) = self.batch(rng);
        self.needs(&[State::Ready], &mut why);
        let mark = self.open.as_ref().map_or(0, |open| open.allocated);
        let mut first = mark;
        if rng.below(6) == 0 {
            first += 1;
            why.push("NotAtHighWater");
        }
        let count = if rng.below(10) == 0 { SLICE_MAX + 1 } else { 1 + rng.below(40) as usize };
        if count > SLICE_MAX {
            why.push("SliceTooLong");
        }
        let mut slice = serials("S", self.next_serial, count);
        if count > 1 && rng.below(6) == 0 {
            slice[1] = slice[0];
            why.push("Collision");
        }
        let before = self.events();
        let answer = self.ledger.allocate_slice(now(2), no, first, &slice);
        if answer.is_ok() {
            self.next_serial += count;
            let open = self.open.as_mut().unwrap();
            open.allocated += count as u32;
        }
        self.judge("allocate", before, answer.map(|_| ()), &why);
    }

    fn finish(&mut self, rng: &mut Rng) {
        let (no, mut why) = self.batch(rng);
        self.needs(&[State::Ready], &mut why);
        if self.open.as_ref().is_some_and(|open| open.allocated < open.target) {
            why.push("TooFewSerials");
        }
        let before = self.events();
        let answer = self.ledger.finish_allocation(now(3), no);
        if answer.is_ok() {
            self.open.as_mut().unwrap().state = State::Loaded;
        }
        self.judge("finish", before, answer, &why);
    }

    fn cancel(&mut self, rng: &mut Rng) {
        let (no, mut why) = self.batch(rng);
        self.needs(&[State::Ready], &mut why);
        let before = self.events();
        let answer = self.ledger.cancel_loading(now(3), no, "anna");
        if answer.is_ok() {
            self.open.as_mut().unwrap().state = State::Aborted;
        }
        self.judge("cancel", before, answer, &why);
    }

    fn close(&mut self, rng: &mut Rng) {
        let (no, mut why) = self.batch(rng);
        self.needs(&[State::Loaded, State::Aborted], &mut why);
        let before = self.events();
        let answer = self.ledger.close_batch(now(4), no);
        if let Ok(closed) = &answer {
            let open = self.open.take().unwrap();
            let books = closed.books;
            assert!(books.reconciled(), "{}: {books:?}", open.id);
            assert_eq!(books.allocated, i64::from(open.allocated), "{}", open.id);
        }
        self.judge("close", before, answer.map(|_| ()), &why);
    }
}

#[test]
fn orders_are_done_or_refused_for_a_reason_that_is_there() {
    let mut rng = Rng(seed());
    let (mut done, mut refused) = (0, BTreeMap::<String, u64>::new());
    for _ in 0..LEDGERS {
        let (dir, ledger) = fresh();
        let count = rusqlite::Connection::open(path(&dir)).unwrap();
        let mut house = House {
            ledger,
            count,
            open: None,
            used: BTreeSet::new(),
            next_serial: 0,
            done: 0,
            refused: BTreeMap::new(),
        };
        for _ in 0..SEQUENCES_A_LEDGER * STEPS {
            match rng.below(10) {
                0..=1 => house.open_batch(&mut rng),
                2..=4 => house.allocate(&mut rng),
                5..=6 => house.finish(&mut rng),
                7 => house.cancel(&mut rng),
                _ => house.close(&mut rng),
            }
        }
        assert_eq!(house.ledger.authority(GTIN.parse().unwrap()).unwrap().as_deref(), Some("all"));
        let House { ledger, count, done: steps, refused: reasons, .. } = house;
        drop((ledger, count));
        assert!(verify::verify(&path(&dir), None).unwrap().is_ok(), "the chains hold");
        done += steps;
        reasons.into_iter().for_each(|(name, n)| *refused.entry(name).or_default() += n);
    }
    println!("{} sequences: {done} steps done, refused {refused:?}", LEDGERS * SEQUENCES_A_LEDGER);
    let all = [
        "BatchExists",
        "BatchOpen",
        "Collision",
        "ConfigHash",
        "NoAuthority",
        "NotAtHighWater",
        "OrderTooLarge",
        "SliceTooLong",
        "TooFewSerials",
        "UnknownBatch",
        "WrongOrderState",
    ];
    let met: Vec<&str> = refused.keys().map(String::as_str).collect();
    assert_eq!(met, all, "reasons that were met");
}
