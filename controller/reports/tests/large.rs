//! A batch of 50,000 rejects: memory is bounded by the form and not by the batch, and no read holds
//! the ledger for more than a small part of the whole.
//!
//! One test alone in its process: it counts every allocation.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;

use common::{Script, fresh, loaded, now, path, spec};
use ledger::{Ledger, WalCheckpointer};
use line_core::reason::RejectReason;
use reports::{Form, Source};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MIB: usize = 1 << 20;

fn batch(rejects: usize) -> (TempDir, Ledger) {
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", rejects as u32), rejects + 20);
    let mut script = Script::new();
    script.start();
    for n in 0..rejects {
        script.rejected(if n % 3 == 0 { RejectReason::NoRead } else { RejectReason::LowGrade });
        if script.records.len() > 4_000 {
            script.commit(&mut ledger, no).unwrap();
        }
    }
    (0..10).for_each(|_| script.good());
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    (dir, ledger)
}

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.wrapping_sub(stats.bytes_deallocated)
}

/// Writes into nothing and remembers the most memory that was in use.
struct Nothing {
    most: usize,
    bytes: usize,
}

impl Write for Nothing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len();
        self.most = self.most.max(live());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most memory above what was in use before, and how long it took.
fn cost(dir: &TempDir, form: Form) -> (usize, Duration) {
    let source = Source::open(&path(dir), "B-1").unwrap();
    let (before, began) = (live(), Instant::now());
    // A look beside it sees what the writer does not: the middle of a form made in one piece.
    let stop = AtomicBool::new(false);
    let mut out = Nothing { most: 0, bytes: 0 };
    let watched = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = 0;
            while !stop.load(Ordering::Relaxed) {
                most = most.max(live());
                std::thread::sleep(Duration::from_micros(200));
            }
            most
        });
        let written = reports::write(&source, form, &mut out);
        stop.store(true, Ordering::Relaxed);
        written.unwrap();
        watch.join().unwrap()
    });
    (out.most.max(watched).saturating_sub(before), began.elapsed())
}

#[test]
fn a_batch_of_50_000_rejects() {
    let (small, _small_ledger) = batch(5_000);
    let (large, mut ledger) = batch(50_000);
    for form in Form::ALL {
        let ((few, _), (many, took)) = (cost(&small, form), cost(&large, form));
        println!("{form:?}: {few} bytes for 5,000, {many} for 50,000, {took:?}");
        // Paper lists no more of them, and is made in one piece.
        let bound = if form == Form::Pdf { 64 * MIB } else { 24 * MIB };
        assert!(many < bound, "{form:?} took {many} bytes");
        assert!(many < few + few / 2 + 4 * MIB, "{form:?}: ten times the batch, {few} to {many}");
    }
    let (longest, whole) = longest_read(&large, &mut ledger);
    println!("longest read {longest:?} of {whole:?}");
    assert!(longest < whole / 4, "a read of {longest:?} in a report of {whole:?}");
}

/// How long a checkpoint that needs the whole log was kept from it while a report was made: a read
/// transaction that stays would keep it until the end.
fn longest_read(dir: &TempDir, ledger: &mut Ledger) -> (Duration, Duration) {
    let file = path(dir);
    let done = AtomicBool::new(false);
    let mut longest = Duration::ZERO;
    let whole = std::thread::scope(|scope| {
        let report = scope.spawn(|| {
            let began = Instant::now();
            for _ in 0..3 {
                let source = Source::open(&file, "B-1").unwrap();
                reports::write(&source, Form::Json, io::sink()).unwrap();
            }
            done.store(true, Ordering::Relaxed);
            began.elapsed()
        });
        let checkpointer = WalCheckpointer::open(&file).unwrap();
        let mut held = Instant::now();
        while !done.load(Ordering::Relaxed) {
            let body = ledger::ServiceBody::ServiceStop { clean: true };
            ledger.append_service(now(9_000_000), ledger::Chain::Site, &body).unwrap();
            let status = checkpointer.passive().unwrap();
            if status.checkpointed_frames == status.log_frames {
                held = Instant::now();
            }
            longest = longest.max(held.elapsed());
            std::thread::sleep(Duration::from_micros(500));
        }
        report.join().unwrap()
    });
    (longest, whole)
}
