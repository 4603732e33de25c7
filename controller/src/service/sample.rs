//! An order for the tests of the ledger's threads.
//!
//! Must never be compiled into the program.

use ledger::{BatchSpec, Challenge, ReturnPolicy};

/// A small order of a simulation, without a recipe.
pub fn spec(batch: &str) -> BatchSpec {
    BatchSpec {
        batch: batch.parse().expect("a batch"),
        gtin: "04150037528643".parse().expect("a product code"),
        lot: "LOT1".parse().expect("a lot"),
        expiry: "2028-12-31".parse().expect("a date"),
        target: 1,
        overage_percent: 0,
        low_pool_warning: 0,
        return_policy: ReturnPolicy::Returned,
        config_hash: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a".into(),
        config_bytes: b"{}".to_vec(),
        challenge: Challenge::WaivedSimulation,
        mode: contracts::packml::UnitMode::Production,
        workflow: ledger::Workflow::default(),
        recipe: None,
        configuration: None,
    }
}
