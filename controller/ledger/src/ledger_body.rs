//! Events that the ledger itself writes: genesis, allocation, close, heads, checkpoints.
//!
//! Written by this crate only, read by anybody. Must never be appended by callers: each stands for
//! a change of projections.

use crate::anchor::Anchor;
use crate::batch_spec::BatchSpec;
use crate::ids::{BatchId, BatchNo, LedgerKind, LineId};
use crate::rotation::Rotation;
use contracts::open_scs::JobOrderState;
use line_core::reconcile::Books;
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
    /// Site chain: another key signs the checkpoints from here on.
    KeyRotated(Rotation),
}

impl LedgerBody {
    /// Every kind, as in the events.
    pub const KINDS: [&'static str; 13] = [
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
        "key_rotated",
    ];
}
