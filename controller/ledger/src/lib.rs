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

mod act;
mod alarm_reader;
mod anchor;
mod append;
mod apply;
mod audit_reader;
pub mod backup;
mod batch_spec;
mod books;
mod chain;
mod chain_reader;
mod checkpoint;
mod clock;
mod close;
mod close_overview;
#[cfg(test)]
mod commit_tests;
mod configuration;
mod core_records;
mod error;
mod first_pack;
mod hand;
mod ids;
pub mod keys;
mod ledger;
mod ledger_body;
mod line_diff;
mod lock;
pub mod log_file;
mod names;
mod order;
mod pack_detail;
mod people;
mod pool_reader;
#[cfg(test)]
mod query_tests;
mod reader;
mod readiness;
mod recipe;
mod recover;
mod reject_query;
mod report_reader;
mod restored;
mod rotation;
mod schema;
pub mod seal;
mod service;
mod stored_body;
mod stored_text;
mod terms;
mod trace;
mod tx;
mod vault;
pub mod verify;
mod workflow;
mod workflow_body;

pub use act::{Act, OnePerson, Signed, Signing, SigningFault};
pub use alarm_reader::{AlarmFilter, AlarmRow};
pub use anchor::{Anchor, ChainHead};
pub use audit_reader::{AuditFilter, AuditPage, AuditWay};
pub use batch_spec::{
    BatchSpec, Challenge, ConfigurationRef, PoolSource, RecipeRef, ReturnPolicy, Workflow,
};
pub use chain_reader::ChainChecked;
pub use checkpoint::{CHECKPOINT_EVENTS, CHECKPOINT_MS, WalCheckpointer, WalStatus};
pub use clock::WallClock;
pub use close::Closed;
pub use close_overview::{CloseOverview, DeviationRow, IdentityRow, SignatureRow};
pub use configuration::{
    CONFIGURATION_BYTES_MAX, ConfigurationDrafted, ConfigurationReleased, ConfigurationRow,
    configuration_text, with_sorted_keys,
};
pub use core_records::{BatchSpan, CoreRecord};
pub use error::{CloseRefusal, CommitError, Forbidden, LedgerError, Refusal, RollbackCause};
pub use hand::Taking;
pub use ids::{BatchId, BatchNo, Chain, ID_LEN_MAX, IdError, LedgerKind, LineId, SITE_CHAIN};
pub use ledger::{Ledger, remove_blank};
pub use ledger_body::{LedgerBody, LostSerials, TwoPersons};
pub use line_diff::{Change, DiffLine, line_diff};
pub use order::SLICE_MAX;
pub use pack_detail::{KeptImage, PackDetail, PackEvent, PackFacts, PackReview};
pub use people::{UserFacts, UserRow};
pub use pool_reader::{Issued, SERIALS_PAGE, SerialRow};
pub use reader::{BatchRow, EventRow, PAGE_MAX, PackRow, Reader};
pub use readiness::{Readiness, Step, StepRow, StepState, Unreviewed};
pub use recipe::{
    RECIPE_BYTES_MAX, RecipeApproved, RecipeDrafted, RecipeRetired, RecipeRow, RecipeState,
};
pub use recover::{RECOVERED_PACKS, Recovery};
pub use reject_query::{
    From as PageFrom, ReasonCount, RejectFilter, RejectPage, RejectRow, ReviewRow, device_of,
};
pub use report_reader::{BatchSpine, Commissioned, Superseded};
pub use restored::{LostPart, Persons, ProductBlock, Restoration, Unblocked};
pub use rotation::{Rotated, Rotation, SigningKeyRow};
pub use schema::SCHEMA_VERSION;
pub use service::ServiceBody;
pub use stored_body::StoredBody;
pub use terms::{DeclaredTerm, DeviationOf, Meaning, TakenAs, TrialPack};
pub use trace::{SerialTrace, TraceEvent};
pub use vault::{CredentialRow, SessionRow, VAULT_FILE, Vault, VaultError};
pub use workflow_body::{
    CLEARANCE_ITEMS_MAX, ClearanceItem, DeviceChecked, DevicesChecked, Finding, LineCleared,
    REVIEWED_AT_ONCE_MAX, RejectReviewed, ResolveAsked, StartSigned,
};
