//! The order as the ledger keeps it, and the ledger's clock.
//!
//! Used by the benchmarks that write a ledger. Must never look at a real clock: the same run makes
//! the same ledger.

use super::batch;
use ledger::{BatchSpec, Challenge, ReturnPolicy, WallClock};
use sha2::{Digest, Sha256};
use std::error::Error;

/// So many milliseconds after the first event.
pub fn now(ms: usize) -> WallClock {
    WallClock { unix_ms: 1_795_350_113_007 + ms as i64, synchronised: true }
}

/// An order of so many good packs.
pub fn spec(target: usize) -> Result<BatchSpec, Box<dyn Error>> {
    let data = batch::data()?;
    let config = b"benchmark".to_vec();
    let hash = Sha256::digest(&config);
    Ok(BatchSpec {
        batch: "BENCH-1".parse()?,
        gtin: data.gtin,
        lot: data.lot,
        expiry: data.expiry,
        target: u32::try_from(target)?,
        overage_percent: 10,
        low_pool_warning: 0,
        return_policy: ReturnPolicy::Returned,
        config_hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        config_bytes: config,
        challenge: Challenge::WaivedSimulation,
        workflow: ledger::Workflow::default(),
        recipe: None,
        configuration: None,
        mode: contracts::packml::UnitMode::Production,
    })
}
