//! Events of people and of the service: the closed list that callers may append.
//!
//! Appended through `Ledger::append_service`. Adding a kind or a field is a new record version
//! (docs/record-format.md). Must never hold a secret.

use crate::act::OnePerson;
use crate::ledger_body::TwoPersons;
use crate::people::UserFacts;
use crate::terms::{DeclaredTerm, DeviationOf, Meaning, TakenAs, TrialPack};
use crate::workflow_body::{
    DevicesChecked, LineCleared, RejectReviewed, ResolveAsked, StartSigned,
};
use serde::{Deserialize, Serialize};

/// One event of people or service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ServiceBody {
    /// The service began.
    ServiceStart {
        /// Version of the program.
        version: String,
        /// Hash of the configuration in force, hex.
        config_hash: String,
    },
    /// The service ends.
    ServiceStop {
        /// By a person or the system, not by a fault.
        clean: bool,
    },
    /// The wall clock moved against the monotonic one.
    ClockJump {
        /// What it should have shown, ms since 1970 UTC.
        expected_unix_ms: i64,
        /// What it showed.
        found_unix_ms: i64,
    },
    /// A configuration came into force.
    ConfigPinned {
        /// Its hash, hex.
        hash: String,
    },
    /// A person asked for something (audit record: who, what, old, new, why).
    Command {
        /// Login name.
        who: String,
        /// Role acted in.
        role: String,
        /// What.
        what: String,
        /// Value before.
        old: Option<String>,
        /// Value asked for.
        new: Option<String>,
        /// Why.
        why: Option<String>,
        /// `done` or why it was refused.
        answer: String,
    },
    /// A signature.
    Signature {
        /// Login name.
        who: String,
        /// Printed name.
        name: String,
        /// Meaning.
        meaning: Meaning,
        /// What is signed: an event (`event 17 <hash>`), a command, a document's hash.
        subject: String,
        /// Why.
        reason: String,
        /// False until there are users: then only a simulation ledger takes it.
        authenticated: bool,
    },
    /// A login, a logout, a lock, a refusal (docs/people.md).
    Access {
        /// User id; `unknown` for a name that is no user's, which may be a mistyped password.
        who: String,
        /// What was asked for or happened.
        what: String,
        /// It was done.
        granted: bool,
        /// Code of the reason.
        why: Option<String>,
        /// Where.
        station: Option<String>,
        /// How often: equal refusals in a row are counted.
        times: u32,
    },
    /// A user was added or changed; site chain.
    UserChanged {
        /// Who did it: user id, `service`, or `console:ACCOUNT`.
        by: String,
        /// In which role; `service`, `console`.
        role: String,
        /// What.
        what: String,
        /// Whom.
        user: String,
        /// Before; none when it was added.
        old: Option<UserFacts>,
        /// After.
        new: UserFacts,
        /// Why.
        why: Option<String>,
    },
    /// An image was kept.
    ImageKept {
        /// The pack.
        track: u32,
        /// Sequence of the camera result.
        result_seq: u64,
        /// SHA-256 of the file, hex.
        sha256: String,
        /// Size of the file.
        bytes: u64,
    },
    /// An anchor was written elsewhere.
    AnchorWritten {
        /// Last event that it covers.
        through_seq: u64,
    },
    /// Quality leaves an identity open, with the exact amount.
    Deviation {
        /// Which.
        identity: DeviationOf,
        /// Amount that remains; may be negative.
        amount: i64,
        /// Who, why, and their signatures.
        #[serde(flatten)]
        by: TwoPersons,
    },
    /// A number that a person declares; adds to earlier ones.
    Declared {
        /// Which.
        term: DeclaredTerm,
        /// How many; negative takes back an earlier one.
        count: i64,
        /// Who, why, and the signature.
        #[serde(flatten)]
        by: OnePerson,
    },
    /// What came of a trial run of an order's batch (challenge, setup).
    TrialResult {
        /// The trial's own batch.
        trial: String,
        /// `challenge` or `setup`.
        mode: String,
        /// Pack by pack, in the order of the infeed.
        packs: Vec<TrialPack>,
        /// Every pack was judged as it had to be, and left into the bin.
        passed: bool,
    },
    /// A person took a serial out of the batch, with its pack or label.
    SerialTaken {
        /// Its index in the pool.
        serial: u32,
        /// As what.
        taken: TakenAs,
        /// Login name.
        who: String,
        /// Why.
        reason: String,
        /// Sequence of the signature's event.
        signature_seq: i64,
        /// The second person's, for the first-pack approval.
        second_signature_seq: Option<i64>,
    },
    /// The line was cleared of the batch before.
    LineCleared(LineCleared),
    /// The devices were compared with the recipe.
    DevicesChecked(DevicesChecked),
    /// The start of the order was signed.
    StartSigned(StartSigned),
    /// Rejects were reviewed.
    RejectReviewed(RejectReviewed),
    /// A person said what became of an unresolved pack; `pack_resolved` follows when it is done.
    ResolveAsked(ResolveAsked),
    /// An alarm of the service (disk, clock, link), raised or cleared.
    Alarm {
        /// What.
        what: String,
        /// Raised, or cleared.
        raised: bool,
    },
    /// A backup was made and verified.
    BackupMade {
        /// Last event in it.
        through_seq: i64,
        /// SHA-256 of its manifest, hex.
        manifest_sha256: String,
        /// The signing key is in it.
        with_key: bool,
        /// Who asked for it.
        who: String,
    },
}

impl ServiceBody {
    /// Every kind, as in the events.
    pub const KINDS: [&'static str; 21] = [
        "service_start",
        "service_stop",
        "clock_jump",
        "config_pinned",
        "command",
        "signature",
        "access",
        "user_changed",
        "image_kept",
        "anchor_written",
        "deviation",
        "declared",
        "trial_result",
        "serial_taken",
        "line_cleared",
        "devices_checked",
        "start_signed",
        "reject_reviewed",
        "resolve_asked",
        "alarm",
        "backup_made",
    ];

    /// True for what a person signs: it is written by the act itself, with its signatures.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        matches!(
            self,
            Self::Deviation { .. }
                | Self::Declared { .. }
                | Self::SerialTaken { .. }
                | Self::LineCleared(_)
                | Self::StartSigned(_)
                | Self::RejectReviewed(_)
                | Self::ResolveAsked(_)
        )
    }
}
