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
    /// Unallocated: given back to the provider; used here again only when it is imported again.
    Returned,
    /// Unallocated: kept for a later order of the product on this line.
    Unallocate,
    /// SNInvalid.
    Invalid,
}

impl ReturnPolicy {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Unallocate => "unallocate",
            Self::Invalid => "invalid",
        }
    }
}

/// Where the serials of an order come from when this line does not draw them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolSource {
    /// From outside: site or marketing authorisation holder.
    Imported {
        /// Who handed them out.
        provider: String,
        /// What the provider says of their uniqueness: beyond this ledger only that stands for it.
        claim: String,
        /// SHA-256 of the file, hex.
        sha256: String,
        /// Serials in it.
        count: u32,
    },
    /// Serials that earlier orders of this ledger never dispatched and kept
    /// ([`ReturnPolicy::Unallocate`]).
    Kept {
        /// How many.
        count: u32,
    },
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

/// What an order needs besides its serials before it may run and before it may close. All waived is
/// for simulation ledgers only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workflow {
    /// The line must be cleared, by two persons, before the start.
    pub clearance: bool,
    /// The devices must have been compared with the recipe, and pass, before the start.
    pub device_check: bool,
    /// No pack may be accepted before two persons have approved the first one.
    pub first_pack: bool,
    /// Every reject must be reviewed before the close.
    pub review: bool,
    /// The start must be signed, and the close by two persons.
    pub signatures: bool,
    /// The checklist of the clearance; empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clearance_items: Vec<String>,
}

impl Workflow {
    /// Everything, with this checklist.
    #[must_use]
    pub const fn required(clearance_items: Vec<String>) -> Self {
        Self {
            clearance: true,
            device_check: true,
            first_pack: true,
            review: true,
            signatures: true,
            clearance_items,
        }
    }

    /// True when nothing of it is waived.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.clearance && self.device_check && self.first_pack && self.review && self.signatures
    }

    fn is_waived(&self) -> bool {
        *self == Self::default()
    }
}

/// A version of a product recipe that this ledger has on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeRef {
    /// Its version.
    pub version: u32,
    /// SHA-256 of its text, hex.
    pub sha256: String,
}

/// A version of the line's configuration that this ledger has on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationRef {
    /// Its version.
    pub version: u32,
    /// SHA-256 of its text, hex.
    pub sha256: String,
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
    /// Steps that it needs.
    #[serde(default, skip_serializing_if = "Workflow::is_waived")]
    pub workflow: Workflow,
    /// The recipe on record that it was made from; none: from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<RecipeRef>,
    /// The released configuration of the line that it runs on; none: nobody has released it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<ConfigurationRef>,
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
