//! Whole batches with faults in virtual time, recorded in the real ledger: the books close.

mod support;

use ledger::{
    BatchNo, BatchSpec, Challenge, Ledger, LedgerKind, ReturnPolicy, SLICE_MAX, WallClock, keys,
};
use packline::simulation::virtual_line::{VirtualBatch, VirtualLine};
use support::virtual_batch;

fn clock(ms: u64) -> WallClock {
    WallClock { unix_ms: 1_790_000_000_000 + ms as i64, synchronised: true }
}

/// A ledger with the batch's serials allocated.
fn loaded(dir: &std::path::Path, batch: &VirtualBatch) -> (Ledger, BatchNo) {
    let seed = keys::make(dir).expect("a key");
    let path = dir.join("ledger.db");
    let line = "LINE-1".parse().expect("a line");
    let now = clock(0);
    let mut ledger =
        Ledger::create(&path, LedgerKind::Simulation, &line, &seed, now).expect("a ledger");
    ledger.set_authority(now, batch.batch.gtin, Some("all"), "test").expect("authority");
    let config_bytes = b"{}".to_vec();
    let spec = BatchSpec {
        batch: "B-1".parse().expect("a batch"),
        gtin: batch.batch.gtin,
        lot: batch.batch.lot,
        expiry: batch.batch.expiry,
        target: batch.numbers.len() as u32,
        overage_percent: 0,
        low_pool_warning: 0,
        return_policy: ReturnPolicy::Returned,
        config_hash: support::sha256_hex(&config_bytes),
        config_bytes,
        challenge: Challenge::WaivedSimulation,
    };
    let no = ledger.open_batch(now, &spec).expect("an order");
    for (i, slice) in batch.numbers.chunks(SLICE_MAX).enumerate() {
        ledger.allocate_slice(now, no, (i * SLICE_MAX) as u32, slice).expect("a slice");
    }
    ledger.finish_allocation(now, no).expect("loaded");
    (ledger, no)
}

#[test]
fn i4_books_of_faulty_batches_close() {
    let scenario = include_str!("../config/scenarios/default.toml");
    let first: u64 = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let n: u64 = std::env::var("SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(6);
    for seed in first..first + n {
        let batch = virtual_batch(600, scenario, seed);
        let dir = tempfile::tempdir().expect("a directory");
        let (mut ledger, no) = loaded(dir.path(), &batch);
        let mut line = VirtualLine::new(batch);
        assert!(line.run(), "seed {seed}");
        for group in line.records.chunks(64) {
            let now = clock(group[0].now.0 / 1_000_000);
            if let Err(error) = ledger.append(now, no, group) {
                panic!("seed {seed}: {error} in {group:#?}");
            }
        }
        match ledger.close_batch(clock(1_000_000), no) {
            Ok(closed) => eprintln!("seed {seed}: {:?}", closed.books),
            Err(error) => panic!("seed {seed}: {error:#?}"),
        }
        drop(ledger);
        let report = ledger::verify::verify(&dir.path().join("ledger.db"), None).expect("a report");
        assert!(report.is_ok(), "seed {seed}: {report:?}");
    }
}
