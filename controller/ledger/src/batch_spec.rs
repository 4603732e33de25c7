//! What an order's batch is: the content of its first event.
//!
//! Made by the service from order, recipe and configuration. Must never change while open.

use crate::ids::BatchId;
use codes::{Expiry, Gtin, Lot};
use contracts::packml::UnitMode;
use serde::{Deserialize, Serialize};

/// What becomes of serials that were never dispatched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnPolicy {
    /// Unallocated: given back to the provider (this ledger never issues them again).
    Returned,
    /// SNInvalid.
    Invalid,
}

impl ReturnPolicy {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Invalid => "invalid",
        }
    }
}

/// On what ground the challenge test counts as passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Challenge {
    /// Simulation ledgers only.
    WaivedSimulation,
    /// It must pass before the order may start.
    Required,
    /// Passed; sequence of the signature's event.
    Passed {
        /// The signature.
        signature_seq: i64,
    },
}

/// An order's batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSpec {
    /// Id, unique in the ledger.
    pub batch: BatchId,
    /// Product code.
    pub gtin: Gtin,
    /// Lot number on the pack.
    pub lot: Lot,
    /// Expiry date.
    pub expiry: Expiry,
    /// Good packs wanted.
    pub target: u32,
    /// Serials beyond the target, in per cent.
    pub overage_percent: u16,
    /// Serials left at which a warning is due.
    pub low_pool_warning: u32,
    /// What becomes of serials that were never dispatched.
    pub return_policy: ReturnPolicy,
    /// SHA-256 of `config_bytes`, hex.
    pub config_hash: String,
    /// The canonical bytes of the configuration; stored once by hash, not in the event.
    #[serde(skip)]
    pub config_bytes: Vec<u8>,
    /// The challenge test.
    pub challenge: Challenge,
    /// Production, or a trial run (challenge, setup) that is counted apart and never commissions.
    #[serde(default = "production", skip_serializing_if = "is_production")]
    pub mode: UnitMode,
}

const fn production() -> UnitMode {
    UnitMode::Production
}

fn is_production(mode: &UnitMode) -> bool {
    *mode == UnitMode::Production
}

impl BatchSpec {
    /// True for a trial run: prepared packs or labels, no live serials.
    #[must_use]
    pub const fn is_trial(&self) -> bool {
        !line_core::machine::commissions(self.mode)
    }

    /// Serials that the order needs: target and overage, rounded up.
    #[must_use]
    pub const fn pool_size(&self) -> u64 {
        if matches!(self.mode, UnitMode::Challenge) {
            return 0;
        }
        let target = self.target as u64;
        target + (target * self.overage_percent as u64).div_ceil(100)
    }
}
