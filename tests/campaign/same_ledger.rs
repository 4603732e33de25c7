//! The ledger in memory beside the real one: the same records give the same books, the same
//! recovery and the same judgement.
//!
//! Part of `campaign`. Must never compare one with itself.

use crate::loaded::{clock, loaded};
use crate::stations::with_stations;
use crate::support::virtual_batch;
use ledger::{BatchNo, DeclaredTerm, Ledger, Meaning, Signed};
use line_core::record::Record;
use line_sim::judge::{Order, Recording, Rules, judge, judge_recording};
use line_sim::truth::TruthRecord;
use packline::simulation::campaign::run::hand_over;
use packline::simulation::campaign::watch::Watch;
use packline::simulation::memory_ledger::MemoryLedger;
use packline::simulation::virtual_line::{Pace, VirtualLine};

const ALL: &str = include_str!("../../config/scenarios/all.toml");
const ORDER: &str = "batch = \"B-1\"\ngtin = \"04150037528643\"\nlot = \"LOT42\"\n\
                     expiry = \"2028-12-31\"\n";

struct Both {
    real: Ledger,
    no: BatchNo,
    memory: MemoryLedger,
}

impl Both {
    /// Takes some records more; both must agree on everything then.
    fn take(&mut self, records: &[Record], about: &str) {
        for group in records.chunks(64) {
            let now = clock(group[0].now.0 / 1_000_000);
            self.real.append(now, self.no, group).expect("records that the ledger takes");
            for record in group {
                self.memory.append(record).expect("records that the ledger in memory takes");
            }
        }
        let real = self.real.books(self.no).expect("books");
        assert_eq!(
            self.memory.books(),
            real,
            "{about}: books after {records_so_far}",
            records_so_far = self.memory.seq()
        );
    }

    /// Both as they come back after a restart. The real one's next record begins anew.
    fn recovered(&mut self, about: &str) {
        let real = self.real.recover(self.no).expect("a recovery").inputs;
        assert_eq!(self.memory.recover(), real, "{about}: recovery at {}", self.memory.seq());
    }
}

fn declare(both: &mut Both, term: &str, count: u32) {
    both.memory.declare(term, i64::from(count));
    let of = match term {
        "additions" => DeclaredTerm::Additions,
        "removals" => DeclaredTerm::Removals,
        "retrieved" => DeclaredTerm::Retrieved,
        other => panic!("the books have no term {other}"),
    };
    let signed = Signed::unproven("test", Meaning::Performed, "declare_count", "test");
    let number = (of, i64::from(count));
    both.real.declare(clock(900_000), both.no, number, &signed).expect("declared");
}

#[test]
fn the_same_records_give_the_same_books_recovery_and_judgement() {
    for seed in 1..=4 {
        let about = format!("seed {seed}");
        eprintln!("{about}");
        let batch = with_stations(virtual_batch(1_000, ALL, seed));
        let numbers = batch.numbers.clone();
        let dir = tempfile::tempdir().expect("a directory");
        let (real, no) = loaded(dir.path(), &batch.batch, &batch.numbers);
        let order = Order::from_toml(ORDER).expect("an order");
        let watch = Watch::new(Recording::new(&order));
        let mut line = VirtualLine::observed(batch, Pace::Even, watch);
        line.keep();
        assert!(line.run(), "{about}: standstill");
        let records = std::mem::take(&mut line.kept.records);
        let mut both = Both { real, no, memory: MemoryLedger::new(numbers.len()) };
        // One stretch after another: the last record of each may be anywhere in a pack's life.
        for (n, stretch) in records.chunks(records.len() / 9).enumerate() {
            both.take(stretch, &about);
            if n == 8 {
                both.recovered(&about);
            }
        }
        for declared in &line.declared {
            declare(&mut both, &declared.term, declared.count);
        }
        let closed = both.real.close_batch(clock(1_000_000), no).expect("books that close");
        assert_eq!(both.memory.close(), Ok(closed.books), "{about}");
        drop(both.real);

        let truth = line.world.take_truth();
        let lines: String = truth.iter().map(TruthRecord::to_line).collect();
        let file = |name: &str| dir.path().join(name);
        std::fs::write(file("truth.jsonl"), lines).expect("the truth");
        let real = judge(&[file("truth.jsonl")], &file("ledger.db"), &order).expect("judged");
        let recording = &mut line.observer().recording;
        let books = serde_json::to_string(&closed.books).expect("books");
        hand_over(&both.memory, &numbers, Some(books), recording).expect("views");
        let memory = judge_recording(Rules::default(), truth, recording, &order);
        assert_eq!(memory, real, "{about}");
        assert!(memory.ok, "{about}: {memory:#?}");
    }
}
