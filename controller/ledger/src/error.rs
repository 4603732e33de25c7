//! What can go wrong: refusals, broken invariants, and commits that failed or are unknown.
//!
//! Returned by every call. Must never let a commit without an answer look like a roll-back
//! (invariant I2, fault 4).

use crate::act::{Act, SigningFault};
use crate::ids::BatchId;
use crate::readiness::Step;
use crate::terms::TakenAs;
use contracts::open_scs::{JobOrderState, SerialState};
use line_core::ids::TrackIndex;
use line_core::reconcile::{Books, Identity};
use rusqlite::ErrorCode;
use std::path::PathBuf;

/// Why a transaction was rolled back for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollbackCause {
    /// No room on the disk.
    Full,
    /// Another connection holds the lock (a checkpoint).
    Busy,
}

/// A change that the tables of line-core do not allow: a broken invariant of our own. Nothing of
/// the group was committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("forbidden: {what}")]
pub struct Forbidden {
    /// Record and reason.
    pub what: String,
}

/// Why a commit did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Known to be rolled back: may be tried again with the same records.
    #[error("failed to commit, rolled back: {0:?}")]
    RolledBack(RollbackCause),
    /// Not known whether it is on disk: drop the handle, open anew, recover.
    #[error("failed to commit, outcome unknown: {0}")]
    Unknown(String),
    /// Broken invariant; nothing committed.
    #[error("failed to commit: {0}")]
    Forbidden(Forbidden),
}

/// Why a request was refused; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another batch is open.
    #[error("batch {0} is still open")]
    BatchOpen(BatchId),
    /// The id was used before.
    #[error("batch {0} exists already")]
    BatchExists(BatchId),
    /// There is no such batch, or it is not the open one.
    #[error("no such open batch")]
    UnknownBatch,
    /// This line has no authority to generate serials for the product code.
    #[error("no authority for product code {0}")]
    NoAuthority(String),
    /// More serials than a slice may hold.
    #[error("{given} serials in one slice, at most {max}")]
    SliceTooLong {
        /// Serials given.
        given: usize,
        /// Most allowed.
        max: usize,
    },
    /// The slice does not begin at the high-water mark.
    #[error("allocation goes on at index {expected}")]
    NotAtHighWater {
        /// First index that is free.
        expected: u32,
    },
    /// Serials of the slice that the product has had before (or twice in the slice): draw anew.
    #[error("{} serials were issued before", .0.len())]
    Collision(Vec<usize>),
    /// More serials than an order may have.
    #[error("an order holds at most {max} serials")]
    OrderTooLarge {
        /// Most allowed.
        max: usize,
    },
    /// The order's state does not allow it.
    #[error("the order is {0:?}")]
    WrongOrderState(JobOrderState),
    /// Fewer serials than good packs wanted.
    #[error("{allocated} serials for a target of {target}")]
    TooFewSerials {
        /// Serials allocated.
        allocated: u32,
        /// Good packs wanted.
        target: u32,
    },
    /// The configuration bytes do not have the hash given.
    #[error("the configuration bytes do not have the hash {0}")]
    ConfigHash(String),
    /// A waived challenge test on a production ledger.
    #[error("the challenge test can be waived only in a simulation ledger")]
    ChallengeNeeded,
    /// A signature that nobody has proven, on a production ledger.
    #[error("a signature that is not authenticated is taken only by a simulation ledger")]
    NotAuthenticated,
    /// Nobody says who wants it, or why.
    #[error("say who and why")]
    NoReason,
    /// No serial of this batch.
    #[error("{0} is no serial of this batch")]
    UnknownSerial(String),
    /// The serial's state does not allow it.
    #[error("serial {serial} is {state:?}: it cannot be taken as {}", .taken.name())]
    SerialState {
        /// The serial number.
        serial: String,
        /// Its state.
        state: SerialState,
        /// As what it was to be taken.
        taken: TakenAs,
    },
    /// A label whose pack is not in reject, or which may still be applied.
    #[error(
        "the label of serial {0} cannot be kept: its pack is not in reject, or the order still \
         runs and it may yet be applied"
    )]
    NotInReject(String),
    /// The signatures of an act are not what the table of acts wants.
    #[error("{} is signed {}: {fault}", .act.name(), .act.signing())]
    Signing {
        /// The act.
        act: Act,
        /// What is wrong.
        fault: SigningFault,
    },
    /// An event that stands for a signed act, without the act.
    #[error("a signed act is recorded by the act itself, with its signatures in the same commit")]
    NeedsItsAct,
    /// A waived workflow on a production ledger.
    #[error("steps of the workflow can be waived only in a simulation ledger")]
    WorkflowNeeded,
    /// Steps that must come first.
    #[error("first do: {}", crate::readiness::words(.0))]
    StepsMissing(Vec<Step>),
    /// The order has begun, or is not loaded.
    #[error("this belongs before the first start of a loaded order")]
    NotBeforeStart,
    /// The checklist is not the order's, or an item is not done.
    #[error("the checklist is not complete: every item of the order's list must be done, in order")]
    Checklist,
    /// A device check that says it passed, with a device that does not.
    #[error("a device check cannot pass with {0}")]
    DeviceCheck(String),
    /// No pack to review, too many, or one twice.
    #[error("a review names 1 to {max} packs, each once and in order; {given} were given")]
    Reviewed {
        /// Packs given.
        given: usize,
        /// Most allowed.
        max: usize,
    },
    /// A pack that is no reject.
    #[error("pack {0} is no reject of this batch")]
    NoReject(TrackIndex),
    /// Rejects that nobody has reviewed.
    #[error("{count} rejects are not reviewed, the first of them: {}", tracks(.first))]
    Unreviewed {
        /// How many.
        count: u64,
        /// The first of them.
        first: Vec<TrackIndex>,
    },
    /// The version of a recipe cannot be used, approved or retired as it stands.
    #[error("recipe {gtin} version {version}: {what}")]
    Recipe {
        /// Product code.
        gtin: String,
        /// Version.
        version: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// The version of the line's configuration cannot be used, proposed or released as it stands.
    #[error("configuration version {version}: {what}")]
    Configuration {
        /// Version; 0: none was named.
        version: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// More would be taken back than was declared.
    #[error("{declared} declared so far: {count} would leave less than none")]
    DeclaredBelowZero {
        /// Declared so far.
        declared: i64,
        /// What was to be added.
        count: i64,
    },
    /// The order was open in the backup that this ledger was restored from.
    #[error(
        "the order was open when the backup was made that this ledger was restored from: it is \
         blocked until two persons have unblocked it"
    )]
    Blocked,
    /// Nobody has unblocked the order's product since the restore.
    #[error(
        "the ledger was restored from a backup: orders of {0} are blocked until two persons have \
         said which of its serials were used after the backup"
    )]
    ProductBlocked(String),
    /// Only a closed batch that is not sealed yet can be sealed.
    #[error("batch {0} is not closed, or sealed already")]
    NotSealable(BatchId),
    /// The order is not blocked.
    #[error("the order is not blocked")]
    NotBlocked,
    /// Two different persons are needed.
    #[error("this needs two persons with different names")]
    TwoPersons,
    /// A bound is exceeded.
    #[error("{0} is out of bounds")]
    OutOfBounds(&'static str),
}

fn tracks(tracks: &[TrackIndex]) -> String {
    tracks.iter().map(|track| track.0.to_string()).collect::<Vec<_>>().join(", ")
}

/// Why a batch cannot be closed; nothing was changed.
#[derive(Clone, Debug, PartialEq)]
pub struct CloseRefusal {
    /// The books as they would be.
    pub books: Books,
    /// Identities that fail and are not covered by a signed deviation.
    pub failing: Vec<Identity>,
    /// Packs that wait for a person (the first 100).
    pub unresolved: Vec<TrackIndex>,
    /// Packs on the belt as far as known (the first 100).
    pub in_process: Vec<TrackIndex>,
}

impl std::fmt::Display for CloseRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the books do not close:")?;
        for identity in &self.failing {
            write!(f, " {} {} != {};", identity.name, identity.left, identity.right)?;
        }
        write!(f, " {} unresolved, ", self.unresolved.len())?;
        write!(f, "{} in process", self.in_process.len())
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A file beside the ledger.
    #[error("failed to use {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process writes this ledger.
    #[error("failed to open: another process holds {path}")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The signing key.
    #[error("failed to use the signing key {path}: {what}")]
    Key {
        /// The key file.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// The file is not a ledger that this version can write, or is damaged.
    #[error("failed to open the ledger: {0}")]
    NotUsable(String),
    /// Nothing changed.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Nothing changed.
    #[error("failed to close: {0}")]
    NotReconciled(Box<CloseRefusal>),
    /// The commit.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// Reading failed.
    #[error("failed to read: {0}")]
    Read(#[from] rusqlite::Error),
}

/// What ends a transaction early.
#[derive(Debug)]
pub(crate) enum Fail {
    Sql(rusqlite::Error),
    Forbidden(Forbidden),
    Refused(Refusal),
    NotReconciled(Box<CloseRefusal>),
}

impl From<Forbidden> for Fail {
    fn from(forbidden: Forbidden) -> Self {
        Self::Forbidden(forbidden)
    }
}

impl LedgerError {
    /// What a question meets, outside of any transaction.
    pub(crate) fn from_fail(fail: Fail) -> Self {
        match fail {
            Fail::Sql(error) => Self::Read(error),
            Fail::Forbidden(forbidden) => Self::NotUsable(forbidden.what),
            Fail::Refused(refusal) => Self::Refused(refusal),
            Fail::NotReconciled(refusal) => Self::NotReconciled(refusal),
        }
    }
}

impl From<rusqlite::Error> for Fail {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Refusal> for Fail {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

pub(crate) fn forbidden<T>(what: impl Into<String>) -> Result<T, Fail> {
    Err(Fail::Forbidden(Forbidden { what: what.into() }))
}

/// Sorts an SQL error of a transaction: a known roll-back, a broken constraint of our own, or
/// unknown. `rolled_back` says that the connection is no longer in a transaction.
pub(crate) fn classify(error: &rusqlite::Error, rolled_back: bool) -> CommitError {
    let code = match error {
        rusqlite::Error::SqliteFailure(failure, _) => Some(failure.code),
        _ => None,
    };
    match code {
        Some(ErrorCode::DiskFull) if rolled_back => CommitError::RolledBack(RollbackCause::Full),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) if rolled_back => {
            CommitError::RolledBack(RollbackCause::Busy)
        }
        Some(ErrorCode::ConstraintViolation) if rolled_back => {
            CommitError::Forbidden(Forbidden { what: error.to_string() })
        }
        _ => CommitError::Unknown(error.to_string()),
    }
}
