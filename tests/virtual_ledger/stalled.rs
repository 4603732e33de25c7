//! Row 5 of the faults: the ledger's disk stalls in mid-batch.
//!
//! Packs whose accept is not durable at their deadline are rejected; nothing queues without bound;
//! the books close and the judge finds no good pack without its record.

use super::{Run, support::virtual_batch};
use line_core::limits::RECORD_RING;
use line_core::reason::{HoldCause, RejectReason};
use line_core::record::RecordBody;
use packline::simulation::virtual_line::VirtualLine;

/// A batch on a disk that stalls at these milliseconds, each time for `ms`.
fn stalled(packs: u64, begins: &[u64], ms: u64, seed: u64) -> (Run, u64) {
    let batch = virtual_batch(packs, "", seed);
    let (data, numbers) = (batch.batch, batch.numbers.clone());
    let mut line = VirtualLine::new(batch);
    line.stalls = begins.iter().map(|&begin| begin..begin + ms).collect();
    let run = Run::of_line(&mut line, &data, numbers, seed);
    (run, line.waiting_max)
}

fn late(run: &Run) -> usize {
    let late = Some(RejectReason::LedgerLate);
    let is_late =
        |body: &RecordBody| matches!(body, RecordBody::Verdict { reason, .. } if *reason == late);
    run.records.iter().filter(|record| is_late(&record.body)).count()
}

#[test]
fn i2_a_stall_of_a_second_rejects_what_is_past_its_deadline() {
    for seed in 1..=4 {
        // Thirty seconds of packs; the stalls begin at any phase of a pack.
        let begin = |n: u64| 8_000 + n * 6_000 + seed * 37;
        let (mut run, waiting) = stalled(300, &[0, 1, 2, 3].map(begin), 1_000, seed);
        let late = late(&run);
        println!("seed {seed}: {late} packs late, at most {waiting} records waited");
        assert!(late >= 4, "seed {seed}: only {late} packs were late");
        assert!(waiting < 400, "seed {seed}: {waiting} records waited for a second");
        run.close().expect("books that close");
        let judgement = run.judged();
        assert!(judgement.ok && judgement.false_good == 0, "seed {seed}: {judgement:#?}");
    }
}

#[test]
fn i7_a_stall_of_a_minute_holds_the_line() {
    let (mut run, waiting) = stalled(200, &[10_000], 60_000, 5);
    let holds = run.records.iter().filter(|record| {
        let causes = [HoldCause::ConsecutiveRejects, HoldCause::LedgerCredit];
        matches!(record.body, RecordBody::Hold { cause } if causes.contains(&cause))
    });
    assert!(holds.count() > 0, "the line never held");
    assert!(waiting <= RECORD_RING as u64, "{waiting} records waited");
    run.close().expect("books that close");
    let judgement = run.judged();
    assert!(judgement.ok && judgement.false_good == 0, "{judgement:#?}");
}
