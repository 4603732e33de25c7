//! A real ledger with the serials of a virtual batch allocated: batch `B-1`.
//!
//! Used by `virtual_ledger.rs`, `replay.rs` and `campaign`. Must never record anything of the line.

use ledger::{
    BatchNo, BatchSpec, Challenge, Ledger, LedgerKind, ReturnPolicy, SLICE_MAX, WallClock, keys,
};
use line_core::verify::BatchData;

/// A time after the batch began.
pub fn clock(ms: u64) -> WallClock {
    WallClock { unix_ms: 1_790_000_000_000 + ms as i64, synchronised: true }
}

fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A ledger with the batch's serials allocated.
pub fn loaded(
    dir: &std::path::Path,
    batch: &BatchData,
    numbers: &[codes::SerialNumber],
) -> (Ledger, BatchNo) {
    let seed = keys::make(dir).expect("a key");
    let path = dir.join("ledger.db");
    let line = "LINE-1".parse().expect("a line");
    let now = clock(0);
    let mut ledger =
        Ledger::create(&path, LedgerKind::Simulation, &line, &seed, now).expect("a ledger");
    ledger.set_authority(now, batch.gtin, Some("all"), "test").expect("authority");
    let config_bytes = b"{}".to_vec();
    let spec = BatchSpec {
        batch: "B-1".parse().expect("a batch"),
        gtin: batch.gtin,
        lot: batch.lot,
        expiry: batch.expiry,
        target: numbers.len() as u32,
        overage_percent: 0,
        low_pool_warning: 0,
        return_policy: ReturnPolicy::Returned,
        config_hash: sha256_hex(&config_bytes),
        config_bytes,
        challenge: Challenge::WaivedSimulation,
        mode: contracts::packml::UnitMode::Production,
        workflow: ledger::Workflow::default(),
        recipe: None,
        configuration: None,
    };
    let no = ledger.open_batch(now, &spec).expect("an order");
    for (i, slice) in numbers.chunks(SLICE_MAX).enumerate() {
        ledger.allocate_slice(now, no, (i * SLICE_MAX) as u32, slice).expect("a slice");
    }
    ledger.finish_allocation(now, no).expect("loaded");
    (ledger, no)
}
