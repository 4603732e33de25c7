//! The sums of a campaign and the statement that they support.
//!
//! Filled batch by batch, kept in the state file, printed at the end. Must never count a batch
//! twice.

use super::run::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Failing batches that are named.
const FAILURES_MAX: usize = 20;

/// A class of faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// Packs on which it acted: those it struck, or those on the belt when it did.
    pub packs: u64,
    /// How often it struck.
    pub times: u64,
}

impl Acted {
    /// Upper bound, at 95 % confidence, of the chance per pack of a failure under this fault, when
    /// none was seen: 3/n (rule of three).
    #[must_use]
    pub fn bound(&self) -> Option<f64> {
        (self.packs > 0).then(|| 3.0 / self.packs as f64)
    }
}

/// A batch that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Number of the batch in the campaign.
    pub batch: u64,
    /// Its seed.
    pub seed: u64,
    /// The first things that were wrong.
    pub wrong: Vec<String>,
    /// File of the minimised case.
    #[serde(default)]
    pub case: Option<String>,
}

/// Measured time of a sample of the batches, nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Packs of the sample.
    pub packs: u64,
    /// In the core.
    pub core_ns: u64,
    /// In the world.
    pub world_ns: u64,
    /// In the judge.
    pub judge_ns: u64,
    /// All.
    pub all_ns: u64,
}

/// Everything that was counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Batches run.
    pub batches: u64,
    /// Packs that entered.
    pub packs: u64,
    /// Packs that left as good.
    pub good: u64,
    /// Left as good and not proven.
    pub false_good: u64,
    /// Recorded otherwise than it happened.
    pub unexplained: u64,
    /// Good, rejected, no excuse.
    pub false_reject: u64,
    /// Good packs rejected because the ledger's disk stalled.
    #[serde(default)]
    pub ledger_late: u64,
    /// Batches whose books did not close.
    pub unreconciled: u64,
    /// Things that turned up after an order's end.
    pub late: u64,
    /// Differences to the reference.
    pub differences: u64,
    /// Packs that the modelled person declared.
    pub declared: u64,
    /// Inputs of the core.
    pub inputs: u64,
    /// Simulated seconds of line time.
    pub line_s: f64,
    /// By class.
    pub acted: BTreeMap<String, Acted>,
    /// Batches that failed.
    pub failed: u64,
    /// The first of them.
    pub failures: Vec<Failure>,
    /// The first batches that lost good packs without an excuse: number and seed.
    #[serde(default)]
    pub lost_good: Vec<(u64, u64)>,
    /// Where the time went.
    pub parts: Parts,
    /// CPU time of all batches, nanoseconds.
    pub cpu_ns: u64,
}

impl Totals {
    /// Adds a batch.
    pub fn add(&mut self, batch: u64, seed: u64, outcome: &Outcome, cpu_ns: u64) {
        self.batches += 1;
        self.packs += outcome.packs;
        self.good += outcome.good;
        self.false_good += outcome.false_good;
        self.unexplained += outcome.unexplained;
        self.false_reject += outcome.false_reject;
        self.ledger_late += outcome.ledger_late;
        self.unreconciled += outcome.unreconciled;
        self.late += outcome.late;
        self.differences += outcome.differences;
        self.declared += outcome.declared;
        self.inputs += outcome.inputs;
        self.line_s += outcome.line_s;
        self.cpu_ns += cpu_ns;
        for (class, (packs, times)) in &outcome.acted {
            let sum = self.acted.entry(class.clone()).or_default();
            sum.packs += packs;
            sum.times += times;
        }
        let meter = outcome.meter;
        if meter.all_ns > 0 {
            self.parts.packs += outcome.packs;
            self.parts.core_ns += meter.core_ns;
            self.parts.world_ns += meter.world_ns;
            self.parts.judge_ns += meter.judge_ns;
            self.parts.all_ns += meter.all_ns;
        }
        if outcome.false_reject > 0 && self.lost_good.len() < FAILURES_MAX {
            self.lost_good.push((batch, seed));
        }
        if !outcome.wrong.is_empty() {
            self.failed += 1;
            if self.failures.len() < FAILURES_MAX {
                let wrong = outcome.wrong.clone();
                self.failures.push(Failure { batch, seed, wrong, case: None });
            }
        }
    }

    /// CPU microseconds a pack: core, world, judge, the rest, all.
    #[must_use]
    pub fn cpu_us_per_pack(&self) -> [f64; 5] {
        let p = &self.parts;
        let packs = p.packs.max(1) as f64;
        let us = |ns: u64| ns as f64 / 1_000.0 / packs;
        let rest = p.all_ns.saturating_sub(p.core_ns + p.world_ns + p.judge_ns);
        let all = self.cpu_ns as f64 / 1_000.0 / self.packs.max(1) as f64;
        [us(p.core_ns), us(p.world_ns), us(p.judge_ns), us(rest), all]
    }
}
