//! Rows per second of the hot path; run with `--ignored --nocapture`.

mod common;

use common::*;
use std::time::Instant;

#[test]
#[ignore = "a measurement"]
fn rows_per_second_at_group_64() {
    let (dir, mut ledger) = fresh();
    let packs = 20_000;
    let started = Instant::now();
    let no = loaded(&mut ledger, &spec("B-1", packs as u32), packs);
    let per_second = packs as f64 / started.elapsed().as_secs_f64();
    println!("allocation {per_second:.0} serials/s");
    let mut script = Script::new();
    script.start();
    (0..packs).for_each(|_| script.good());
    for group in [64, 512] {
        let half = script.records.len() / 2;
        let rest = if group == 64 { script.records.split_off(half) } else { Vec::new() };
        let started = Instant::now();
        for group in script.records.chunks(group) {
            ledger.append(now(10), no, group).unwrap();
        }
        let rows = script.records.len() as f64;
        println!("group {group}: {:.0} records/s", rows / started.elapsed().as_secs_f64());
        script.records = rest;
    }
    println!("WAL {} MB", ledger.wal_path().metadata().unwrap().len() >> 20);
    script.complete();
    script.commit(&mut ledger, no).unwrap();
    let started = Instant::now();
    ledger.close_batch(now(20), no).unwrap();
    println!("close {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    let started = Instant::now();
    let report = ledger::verify::verify(&path(&dir), None).unwrap();
    assert!(report.is_ok(), "{report:?}");
    let rate = report.records as f64 / started.elapsed().as_secs_f64();
    println!("verify {} events, {rate:.0}/s", report.records);
}
