//! Drives a campaign: threads that take batch after batch, totals in the order of the batches.
//!
//! Called by the command line and by tests. Must never let the number of threads change a total.

use super::batch::Shipped;
use super::mix::{batch_seed, case};
use super::run::{Outcome, run_case};
use super::state::State;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

/// Every so many batches the parts of the time are measured.
const METERED_EVERY: u64 = 16;
/// Batches that may be ahead of the first one that is not done.
const AHEAD_MAX: u64 = 1_024;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Packs at least.
    pub packs: u64,
    /// Threads.
    pub jobs: usize,
    /// End at the first batch that fails.
    pub stop_at_failure: bool,
}

struct Done {
    batch: u64,
    seed: u64,
    outcome: Result<Outcome, String>,
    cpu_ns: u64,
}

/// Runs batches from where the state stands until it has its packs. `progress` is told after every
/// batch that was added; it answers false to interrupt.
///
/// # Errors
/// In words: a batch could not be run at all.
pub fn drive(
    state: &mut State,
    plan: Plan,
    mut progress: impl FnMut(&State) -> bool,
) -> Result<(), String> {
    if state.totals.packs >= plan.packs {
        return Ok(());
    }
    let (next, ended) = (AtomicU64::new(state.next_batch), AtomicBool::new(false));
    let first = AtomicU64::new(state.next_batch);
    let (tell, told) = mpsc::sync_channel::<Done>(plan.jobs * 2);
    let campaign = state.seed;
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            let (tell, next, ended, first) = (tell.clone(), &next, &ended, &first);
            scope.spawn(move || work(campaign, next, first, ended, &tell));
        }
        drop(tell);
        let result = collect(state, plan, &told, &first, &mut progress);
        ended.store(true, Ordering::Relaxed);
        // Whoever waits to tell something is heard and passed over.
        while told.recv().is_ok() {}
        result
    })
}

fn work(
    campaign: u64,
    next: &AtomicU64,
    first: &AtomicU64,
    ended: &AtomicBool,
    tell: &mpsc::SyncSender<Done>,
) {
    let mut shipped = Shipped::default();
    while !ended.load(Ordering::Relaxed) {
        let batch = next.fetch_add(1, Ordering::Relaxed);
        while batch > first.load(Ordering::Relaxed) + AHEAD_MAX && !ended.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        let seed = batch_seed(campaign, batch);
        let before = cpu_ns();
        let outcome = run_case(&mut shipped, &case(seed), batch.is_multiple_of(METERED_EVERY));
        let done = Done { batch, seed, outcome, cpu_ns: cpu_ns().saturating_sub(before) };
        if tell.send(done).is_err() {
            break;
        }
    }
}

fn collect(
    state: &mut State,
    plan: Plan,
    told: &mpsc::Receiver<Done>,
    first: &AtomicU64,
    progress: &mut impl FnMut(&State) -> bool,
) -> Result<(), String> {
    let mut waiting: BTreeMap<u64, Done> = BTreeMap::new();
    while let Ok(done) = told.recv() {
        waiting.insert(done.batch, done);
        while let Some(done) = waiting.remove(&state.next_batch) {
            let outcome = done.outcome.map_err(|e| format!("batch {}: {e}", done.batch))?;
            state.totals.add(done.batch, done.seed, &outcome, done.cpu_ns);
            state.next_batch += 1;
            first.store(state.next_batch, Ordering::Relaxed);
            let failed = plan.stop_at_failure && state.totals.failed > 0;
            if !progress(state) || state.totals.packs >= plan.packs || failed {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// CPU time of this thread.
fn cpu_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}
