//! Shared by the benchmarks: size of a run, percentiles, tables, the scripted belt.
//!
//! A benchmark compares within one run and prints Markdown; `RESULTS.md` keeps one run. It must
//! never assert a time: the machine is shared.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

pub mod batch;
pub mod belt;
pub mod machine;
pub mod order;
pub mod spread;
pub mod table;

use std::error::Error;
use std::time::Instant;

/// What a benchmark's `main` returns.
pub type Done = Result<(), Box<dyn Error>>;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    whole: bool,
}

/// `cargo bench` measures whole runs; anything else only shows that the benchmark works.
const SHORT: usize = 50;

impl Run {
    /// From the arguments: `cargo bench` gives `--bench`.
    pub fn from_args() -> Self {
        Self { whole: std::env::args().any(|argument| argument == "--bench") }
    }

    /// `n` in a whole run, a fraction of it in a short one.
    pub fn scaled(self, n: usize) -> usize {
        if self.whole { n } else { (n / SHORT).max(1) }
    }

    /// Prints what the run stands on.
    pub fn open(self, name: &str, setting: &str) {
        println!("## {name}\n");
        println!("{}\n\n{setting}\n", machine::describe());
        if !self.whole {
            println!("Short run: its figures mean nothing.\n");
        }
    }
}

/// Nanoseconds since `started`.
pub fn elapsed_ns(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// What one reading of the clock costs: the part of every figure that is the measurement itself.
pub fn clock_ns() -> u64 {
    let mut spans = Vec::with_capacity(10_000);
    for _ in 0..10_000 {
        let started = Instant::now();
        spans.push(elapsed_ns(started));
    }
    spread::Spread::new(spans).at(0.5)
}
