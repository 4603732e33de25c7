//! The independent checker: proves from ground truth, order and ledger what became of each pack.
//!
//! Called by `line-sim judge`, by the demo and by whole-system tests. It builds the expected code
//! itself and reads the ledger's file through its documented views only. It must never use a crate
//! of the controller, nor `codes`: an error shared with the controller would be invisible.
//!
//! What is found falls into five classes ([`Class`]):
//!
//! * **false good**: left as good (through the exit, past the handover, not taken back) without
//!   being provably the one pack of one commissioned serial of the order, or otherwise than the
//!   product's recipe has its stations prove it (text, carton, tamper-evident label, weight);
//! * **unexplained**: recorded otherwise than it happened, or known to one side only;
//! * **false reject**: good and rejected without an excuse (the rules are in `rejects.rs`);
//! * **sums**: a sum of ground truth, views and books that is not the same, or an identity of the
//!   books that does not hold;
//! * **order**: the ledger's order is not the one given.
//!
//! Packs are joined by line-I/O epoch and encoder count of the infeed edge. Packs of trials, and
//! prepared ones that the batch does not know, are counted apart; one of them that left is a false
//! good. In a batch that is not
//! closed yet the packs still in process and unresolved are *pending* and no books are compared.

pub mod cli;

mod findings;
mod join;
mod judgement;
mod ledger_view;
mod left;
mod order;
mod recipe;
mod recorded;
pub mod recording;
mod records;
mod rejects;
mod serials;
mod sums;
mod terms;
mod truth_file;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

pub use findings::{Class, Finding, What};
pub use judgement::{Excused, Fates, Judgement, Sum};
pub use order::Order;
pub use recipe::Recipe;
pub use recording::{RecordedPack, Recording};
pub use records::Event;

use findings::Findings;
use join::Joined;
use ledger_view::LedgerView;
use truth_file::Truth;

use crate::truth::TruthRecord;

/// Numbers that the rules need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Lowest in-line grade of a pack that may leave, in tenths (Art. 6 of the Delegated
    /// Regulation (EU) 2016/161: 1.5 is presumed to comply).
    pub grade_min_tenths: u8,
    /// How long after its end a fault still excuses a reject, milliseconds.
    pub settling_ms: u64,
    /// How long before its end on the line a pack was there at least, milliseconds; longer stays
    /// are covered by the holds that cause them.
    pub transit_ms: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { grade_min_tenths: 15, settling_ms: 1_000, transit_ms: 1_000 }
    }
}

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// A file cannot be read.
    #[error("failed to read {path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A line of the ground truth is none.
    #[error("failed to read the ground truth {path}, line {line}: {error}")]
    Truth {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        error: String,
    },
    /// The order is not one.
    #[error("failed to read the order: {0}")]
    Order(String),
    /// The product's recipe is not one.
    #[error("failed to read the product's recipe: {0}")]
    Recipe(String),
    /// The ledger cannot be read.
    #[error("failed to read the ledger: {0}")]
    Ledger(#[from] rusqlite::Error),
    /// The ledger has no such batch.
    #[error("failed to find batch {0} in the ledger")]
    NoBatch(String),
    /// The ledger holds a value that its documents do not name.
    #[error("failed to read the ledger: {what} is {found:?}")]
    Strange {
        /// Where.
        what: &'static str,
        /// The value.
        found: String,
    },
}

/// Judges a batch by the default [`Rules`]. Several files of ground truth, in order of time, belong
/// to a simulator that was started again. The ledger may be in use: it is read in one read
/// transaction, short but for batches of a million packs, which should not be judged on a running
/// line.
///
/// # Errors
/// [`JudgeError`] when a file, the ledger or the order cannot be read; never for what is found.
pub fn judge<P: AsRef<Path>>(
    truth: &[P],
    ledger: &Path,
    order: &Order,
) -> Result<Judgement, JudgeError> {
    judge_by(Rules::default(), truth, ledger, order)
}

/// Judges a batch by given rules.
///
/// # Errors
/// As [`judge`].
pub fn judge_by<P: AsRef<Path>>(
    rules: Rules,
    truth: &[P],
    ledger: &Path,
    order: &Order,
) -> Result<Judgement, JudgeError> {
    let truth = Truth::read(truth)?;
    let ledger = LedgerView::read(ledger, &order.batch)?;
    Ok(judged(rules, &truth, &ledger, order))
}

/// Judges a batch whose ground truth and records are at hand in memory, by the same rules.
#[must_use]
pub fn judge_recording(
    rules: Rules,
    truth: Vec<TruthRecord>,
    recording: &Recording,
    order: &Order,
) -> Judgement {
    judged(rules, &Truth::of_world(truth), recording.view(), order)
}

fn judged(rules: Rules, truth: &Truth, ledger: &LedgerView, order: &Order) -> Judgement {
    let mut findings = Findings::default();
    let joined = join::join(truth, ledger, &mut findings);
    let scene = Scene { rules, truth, ledger, order, joined };
    weigh(&scene, findings)
}

/// All that the rules look at.
struct Scene<'a> {
    rules: Rules,
    truth: &'a Truth,
    ledger: &'a LedgerView,
    order: &'a Order,
    joined: Joined<'a>,
}

fn weigh(scene: &Scene<'_>, mut findings: Findings) -> Judgement {
    order::check(scene, &mut findings);
    let left = left::check(scene, &mut findings);
    recorded::check(scene, &mut findings);
    let serials = serials::check(scene, &mut findings);
    let excused = rejects::check(scene, &mut findings);
    let sums = sums::check(scene, &serials, &mut findings);
    let joined = &scene.joined;
    let count = |class| findings.subjects(class);
    let (false_good, unexplained) = (count(Class::FalseGood), count(Class::Unexplained));
    let sums_agree = count(Class::Sums) == 0;
    let order_agrees = count(Class::Order) == 0;
    Judgement {
        ok: false_good == 0 && unexplained == 0 && sums_agree && order_agrees,
        batch: scene.order.batch.clone(),
        closed: scene.ledger.closed,
        false_good,
        false_reject: count(Class::FalseReject),
        unexplained,
        packs: joined.packs.len() as u64,
        good_out: left.good_out,
        sums_agree,
        order_agrees,
        fates: Fates::of(joined),
        pending: joined.pending(scene.ledger.closed),
        edges_lost: joined.edges_lost,
        other_batches: joined.other_batches,
        trial_packs: joined.trials,
        ink_fault_out: left.ink_fault_out,
        excused,
        torn_lines: scene.truth.torn_lines,
        sums,
        findings_total: findings.total(),
        findings: findings.into_list(),
    }
}
