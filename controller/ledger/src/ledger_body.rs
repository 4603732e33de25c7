//! Events that the ledger itself writes: genesis, allocation, close, heads, checkpoints.
//!
//! Written by this crate only, read by anybody. Must never be appended by callers: each stands for
//! a change of projections.

use crate::anchor::Anchor;
use crate::batch_spec::BatchSpec;
use crate::configuration::{ConfigurationDrafted, ConfigurationReleased};
use crate::ids::{BatchId, BatchNo, LedgerKind, LineId};
use crate::recipe::{RecipeApproved, RecipeDrafted, RecipeRetired};
use crate::rotation::Rotation;
use crate::seal::Seal;
use contracts::open_scs::JobOrderState;
use line_core::reconcile::Books;
use line_core::record::LineCounts;
use serde::{Deserialize, Serialize};

/// One event of the ledger itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LedgerBody {
    /// First event of the site chain.
    LedgerCreated {
        /// For ever.
        ledger_kind: LedgerKind,
        /// The line.
        line_id: LineId,
        /// Epoch of the ledger, 1 at creation.
        ledger_epoch: u32,
        /// Version of the tables.
        schema_version: u32,
        /// Version of the event bodies.
        record_version: u32,
        /// Ed25519 public key, hex.
        public_key: String,
    },
    /// Site chain: the line may (or no longer may) generate serials for a product code.
    AuthoritySet {
        /// Product code.
        gtin: String,
        /// Its part of the serial space; none takes the authority away.
        partition: Option<String>,
        /// Who granted it.
        who: String,
    },
    /// Site chain: a batch chain begins; its first event's `prev` is this event's hash.
    BatchGenesis {
        /// The batch.
        batch: BatchId,
        /// Its number.
        batch_no: BatchNo,
    },
    /// First event of a batch chain; the order is Ready.
    BatchOpened {
        /// Its number.
        batch_no: BatchNo,
        /// The order.
        spec: BatchSpec,
    },
    /// The order's serials come from outside, all of them; second event of its chain.
    PoolImported {
        /// Who handed them out.
        provider: String,
        /// What the provider says of their uniqueness.
        claim: String,
        /// SHA-256 of the file, hex.
        sha256: String,
        /// Serials in it.
        count: u32,
    },
    /// The order's serials are kept ones of earlier orders; second event of its chain.
    PoolKept {
        /// How many.
        count: u32,
    },
    /// Serials were allocated, in index order.
    SerialsAllocated {
        /// First index.
        first: u32,
        /// How many.
        count: u32,
        /// SHA-256 of their texts, each followed by a line feed, hex.
        digest: String,
    },
    /// The order's pool is complete: Loaded.
    PoolAllocated {
        /// How many.
        count: u32,
        /// SHA-256 of all texts in index order, each followed by a line feed, hex.
        digest: String,
    },
    /// Loading was given up: the order is Aborted, its serials SNInvalid; those of a pool that
    /// this line did not draw Unallocated, for they were never dispatched.
    LoadingCancelled {
        /// Serials made invalid.
        invalid: u32,
        /// Who.
        who: String,
    },
    /// Last event of a batch chain: the books close, the order is Closed.
    BatchClosed {
        /// State of the order before.
        from: JobOrderState,
        /// The books.
        books: Books,
        /// Who closed it, why, and their signatures.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signed: Option<TwoPersons>,
    },
    /// Site chain: head of a closed batch's chain.
    BatchHead {
        /// The batch.
        batch: BatchId,
        /// Events in its chain.
        chain_seq: i64,
        /// Hash of the last one, hex.
        hash: String,
    },
    /// Site chain: signed heads of the chains.
    Checkpoint {
        /// The same as in the anchor file.
        anchor: Anchor,
    },
    /// Site chain: the ledger goes on from a backup in a new epoch; what came after it is lost.
    LedgerRestored {
        /// The new epoch.
        ledger_epoch: u32,
        /// Last event of the backup.
        through_seq: i64,
        /// SHA-256 of the backup's manifest, hex.
        manifest_sha256: String,
        /// Ed25519 public key of the new epoch, hex.
        public_key: String,
        /// Who, why, and their signatures.
        #[serde(flatten)]
        by: TwoPersons,
    },
    /// Batch chain: an order that was open in the backup may go on, or be closed.
    BatchUnblocked {
        /// Serials up to this index may have been printed in the part that is lost; none: all.
        used_up_to: Option<u32>,
        /// Serials made SNInvalid.
        invalid: u32,
        /// Printed labels on no pack: LabelScrapped.
        scrapped: u32,
        /// Packs that were on the belt: unresolved now.
        unresolved: u32,
        /// The line's own counters, taken over from the records.
        counts: LineCounts,
        /// Who, why, and their signatures.
        #[serde(flatten)]
        by: TwoPersons,
    },
    /// Site chain: serials of a product that were used in the part that is lost.
    SerialsUsed {
        /// Product code.
        gtin: String,
        /// The serial numbers, at most `SLICE_MAX`.
        serials: Vec<String>,
    },
    /// Site chain: orders of a product may be loaded again after a restore.
    ProductUnblocked {
        /// Product code.
        gtin: String,
        /// What is known of serials used in the part that is lost.
        lost: LostSerials,
        /// How many were listed.
        used: u32,
        /// Who, why, and their signatures.
        #[serde(flatten)]
        by: TwoPersons,
    },
    /// Site chain: a closed batch is in a file of its own, and only there.
    BatchSealed(Seal),
    /// Site chain: another key signs the checkpoints from here on.
    KeyRotated(Rotation),
    /// Site chain: a new version of a product recipe.
    RecipeDrafted(RecipeDrafted),
    /// Site chain: orders may use a version.
    RecipeApproved(RecipeApproved),
    /// Site chain: no further order uses a version.
    RecipeRetired(RecipeRetired),
    /// Site chain: a configuration of the line is proposed.
    ConfigurationDrafted(ConfigurationDrafted),
    /// Site chain: a configuration of the line is in force.
    ConfigurationReleased(ConfigurationReleased),
}

/// Two persons who answer for something, and the events of their signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoPersons {
    /// Login name of the first.
    pub who: String,
    /// Of the second, another person.
    pub second: String,
    /// Why.
    pub reason: String,
    /// Sequence of the first one's signature.
    pub signature_seq: i64,
    /// Of the second one's.
    pub second_signature_seq: i64,
}

/// What is known of a product's serials that were used after the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostSerials {
    /// There are none: nothing of the product was loaded after the backup.
    None,
    /// All of them were listed.
    Listed,
    /// Not known.
    Unknown,
}

impl LostSerials {
    /// Name as stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Listed => "listed",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Listed, Self::Unknown].into_iter().find(|lost| lost.name() == name)
    }
}

impl LedgerBody {
    /// Every kind, as in the events.
    pub const KINDS: [&'static str; 23] = [
        "ledger_created",
        "authority_set",
        "batch_genesis",
        "batch_opened",
        "pool_imported",
        "pool_kept",
        "serials_allocated",
        "pool_allocated",
        "loading_cancelled",
        "batch_closed",
        "batch_head",
        "checkpoint",
        "ledger_restored",
        "batch_unblocked",
        "serials_used",
        "product_unblocked",
        "batch_sealed",
        "key_rotated",
        "recipe_drafted",
        "recipe_approved",
        "recipe_retired",
        "configuration_drafted",
        "configuration_released",
    ];
}
