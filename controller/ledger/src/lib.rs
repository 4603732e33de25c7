//! The ledger of a line: an append-only, hash-chained event log in SQLite, and projections of it.
//!
//! One writing handle ([`Ledger`]) in the ledger thread; [`Reader`] for pages and reports;
//! [`verify`] for those who do not trust the server. `event` is the only truth
//! (docs/record-format.md); outsiders read the views of docs/ledger-views.md. The ledger must never
//! decide, own a thread, read a clock, or report a record as durable before COMMIT has answered.

#![forbid(unsafe_code)]

// The tests of `verify` forge ledgers from within; they make them as those in `tests/` do, with
// this crate from outside (hence the dependency on itself).
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;

mod alarm_reader;
mod anchor;
mod append;
mod apply;
pub mod backup;
mod batch_spec;
mod books;
mod chain;
mod checkpoint;
mod clock;
mod close;
#[cfg(test)]
mod commit_tests;
mod core_records;
mod error;
mod first_pack;
mod hand;
mod ids;
pub mod keys;
mod ledger;
mod ledger_body;
mod lock;
pub mod log_file;
mod names;
mod order;
mod people;
mod pool_reader;
mod reader;
mod recover;
mod restored;
mod rotation;
mod schema;
pub mod seal;
mod service;
mod stored_body;
mod trace;
mod tx;
mod vault;
pub mod verify;

pub use alarm_reader::{AlarmFilter, AlarmRow};
pub use anchor::{Anchor, ChainHead};
pub use batch_spec::{BatchSpec, Challenge, PoolSource, ReturnPolicy};
pub use checkpoint::{CHECKPOINT_EVENTS, CHECKPOINT_MS, WalCheckpointer, WalStatus};
pub use clock::WallClock;
pub use close::Closed;
pub use core_records::{BatchSpan, CoreRecord};
pub use error::{CloseRefusal, CommitError, Forbidden, LedgerError, Refusal, RollbackCause};
pub use hand::Taking;
pub use ids::{BatchId, BatchNo, Chain, ID_LEN_MAX, IdError, LedgerKind, LineId, SITE_CHAIN};
pub use ledger::{Ledger, remove_blank};
pub use ledger_body::{LedgerBody, LostSerials, TwoPersons};
pub use order::SLICE_MAX;
pub use people::{UserFacts, UserRow};
pub use pool_reader::{Issued, SERIALS_PAGE, SerialRow};
pub use reader::{BatchRow, EventRow, PAGE_MAX, PackRow, Reader};
pub use recover::{RECOVERED_PACKS, Recovery};
pub use restored::{LostPart, Persons, ProductBlock, Restoration, Unblocked};
pub use rotation::{Rotated, Rotation, SigningKeyRow};
pub use schema::SCHEMA_VERSION;
pub use service::{DeclaredTerm, DeviationOf, Meaning, ServiceBody, TakenAs, TrialPack};
pub use stored_body::StoredBody;
pub use trace::{SerialTrace, TraceEvent};
pub use vault::{CredentialRow, SessionRow, VAULT_FILE, Vault, VaultError};
