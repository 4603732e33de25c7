//! The one table of what each role may do, and what must be signed by whom.
//!
//! Used by every decision on access, printed as docs/roles.md. Must never have a copy: a permission
//! stands here and nowhere else.

use crate::role::{Role, RoleSet};
use crate::signature::Meaning;
use std::str::FromStr;

/// How an action is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// Not at all; it is a record with a name.
    Unsigned,
    /// By one person.
    One(Meaning),
    /// By one person who did not do the work that is signed.
    NotOwn(Meaning),
    /// By two different persons: the first has a role of the row, the second one of these.
    Two {
        /// The first one's meaning.
        first: Meaning,
        /// The second one's.
        second: Meaning,
        /// Roles of the second person.
        roles: RoleSet,
        /// Neither may have done the work that is signed.
        not_own: bool,
    },
}

/// Version of the table's printed form.
pub const TABLE_FORM: u32 = 1;

const O: RoleSet = RoleSet::of(Role::Operator);
const S: RoleSet = RoleSet::of(Role::Supervisor);
const Q: RoleSet = RoleSet::of(Role::Quality);
const E: RoleSet = RoleSet::of(Role::Engineer);
const A: RoleSet = RoleSet::of(Role::Administrator);
const UNSIGNED: Signing = Signing::Unsigned;
const PERFORMED: Signing = Signing::One(Meaning::Performed);
const APPROVED: Signing = Signing::One(Meaning::Approved);
const REVIEW: Signing = Signing::NotOwn(Meaning::Reviewed);

const fn two(second: Meaning, roles: RoleSet) -> Signing {
    Signing::Two { first: Meaning::Performed, second, roles, not_own: false }
}

const TWO_APPROVE_NOT_OWN: Signing =
    Signing::Two { first: Meaning::Approved, second: Meaning::Approved, roles: Q, not_own: true };

macro_rules! all {
    ($first:ident $(+ $more:ident)*) => { $first $(.or($more))* };
}

macro_rules! table {
    ($($action:ident $name:literal [$($roles:tt)+] $signing:expr, $words:literal;)+) => {
        /// Everything that a person can ask for. The words are in docs/roles.md.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $words] $action,)+
        }

        impl Action {
            /// All, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$action,)+];

            /// Name as in records, in the API and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$action => $name,)+ }
            }

            /// What it is, for people.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$action => $words,)+ }
            }

            /// Who may.
            #[must_use]
            pub const fn roles(self) -> RoleSet {
                match self { $(Self::$action => all!($($roles)+),)+ }
            }

            /// What must be signed.
            #[must_use]
            pub const fn signing(self) -> Signing {
                match self { $(Self::$action => $signing,)+ }
            }
        }
    };
}

table! {
    ViewLine "view_line" [O + S + Q + E + A] UNSIGNED, "see the line, its state and alarms";
    OrderLoad "order_load" [O + S] UNSIGNED, "load an order";
    OrderCancel "order_cancel" [S] PERFORMED, "give up an order that has not run";
    LineClearance "line_clearance" [O + S] two(Meaning::Reviewed, S.or(Q)),
        "declare the line cleared of the batch before";
    DeviceCheck "device_check" [O + S + E] UNSIGNED, "compare the devices with the recipe";
    SetupLabels "setup_labels" [O + S + E] UNSIGNED, "print labels without live serials";
    ChallengeTest "challenge_test" [O + S] PERFORMED, "prove the reject path with prepared packs";
    FirstPackApproval "first_pack_approval" [O + S] two(Meaning::Approved, S.or(Q)),
        "approve the first pack; its serial becomes LabelSampled";
    OrderStart "order_start" [O + S] PERFORMED, "start an order";
    OrderComplete "order_complete" [O + S] UNSIGNED, "drain the belt and complete the order";
    UnitStart "unit_start" [O + S] UNSIGNED, "PackML start";
    UnitHold "unit_hold" [O + S + E] UNSIGNED, "PackML hold";
    UnitUnhold "unit_unhold" [O + S] UNSIGNED, "PackML unhold";
    UnitSuspend "unit_suspend" [O + S + E] UNSIGNED, "PackML suspend";
    UnitUnsuspend "unit_unsuspend" [O + S] UNSIGNED, "PackML unsuspend";
    UnitStop "unit_stop" [O + S + Q + E + A] UNSIGNED,
        "PackML stop; anyone at the station, also without a session";
    UnitAbort "unit_abort" [O + S + Q + E] UNSIGNED, "PackML abort";
    UnitClear "unit_clear" [O + S + E] UNSIGNED, "PackML clear after an abort";
    UnitReset "unit_reset" [O + S + E] UNSIGNED, "PackML reset";
    Sample "sample" [O + S + Q] PERFORMED, "take a sample";
    ManualRemoval "manual_removal" [O + S + Q] PERFORMED, "take a commissioned pack off the line";
    ResolvePack "resolve_pack" [O + S] PERFORMED, "say what became of an unresolved pack";
    DeclareCount "declare_count" [S] PERFORMED, "declare a number that no counter tells";
    RejectReview "reject_review" [S + Q] REVIEW, "review a reject";
    Deviation "deviation" [S + Q] two(Meaning::Approved, Q), "leave an identity of the books open";
    BatchClose "batch_close" [S + Q] two(Meaning::Approved, Q), "close the books of a batch";
    BatchSeal "batch_seal" [E + A] PERFORMED, "put a closed batch into a file of its own";
    AlarmAcknowledge "alarm_acknowledge" [O + S + Q + E] UNSIGNED, "acknowledge an alarm";
    AlarmShelve "alarm_shelve" [S + E] UNSIGNED, "shelve an alarm for a time";
    RecipeDraft "recipe_draft" [S + E] PERFORMED, "write or change a draft of a product recipe";
    RecipeApprove "recipe_approve" [S + Q] TWO_APPROVE_NOT_OWN, "approve a product recipe";
    RecipeRetire "recipe_retire" [Q] APPROVED, "retire a product recipe";
    ConfigDraft "config_draft" [E] UNSIGNED, "propose a configuration";
    ConfigRelease "config_release" [E] two(Meaning::Approved, Q), "release a configuration";
    SerialTrace "serial_trace" [O + S + Q + E] UNSIGNED, "see the life of a serial";
    SerialExport "serial_export" [S + Q] UNSIGNED, "export serials with their states";
    SerialStatus "serial_status" [S + Q] two(Meaning::Approved, Q),
        "change a serial's status: destroy, undo, recall";
    SerialsUnblock "serials_unblock" [S + Q] two(Meaning::Approved, Q),
        "after a restore, say which serials were used";
    ReportRead "report_read" [S + Q] UNSIGNED, "read the batch record";
    ReportExport "report_export" [S + Q] UNSIGNED, "export the batch record as a file";
    AuditRead "audit_read" [S + Q + E + A] UNSIGNED, "read the audit trail";
    AuditExport "audit_export" [Q + A] UNSIGNED, "export the audit trail";
    AuditVerify "audit_verify" [S + Q + E + A] UNSIGNED, "verify the ledger";
    UsersRead "users_read" [Q + A] UNSIGNED, "see users and their roles";
    UsersAdminister "users_administer" [A] UNSIGNED,
        "add, block and retire users, give roles and one-time passwords";
    Backup "backup" [E + A] UNSIGNED, "make a backup";
    Restore "restore" [A] two(Meaning::Approved, Q), "restore a backup";
    KeyRotation "key_rotation" [A] two(Meaning::Approved, Q), "hand over to a new signing key";
    SimulationControl "simulation_control" [S + E] UNSIGNED, "drive the simulated line";
}

impl Action {
    /// False for what anyone at the station may do, with or without a session: Stop.
    #[must_use]
    pub const fn needs_session(self) -> bool {
        !matches!(self, Self::UnitStop)
    }

    /// True for what only reads: it needs no CSRF token. An export is a record, so it writes.
    #[must_use]
    pub const fn reads(self) -> bool {
        matches!(
            self,
            Self::ViewLine
                | Self::SerialTrace
                | Self::ReportRead
                | Self::AuditRead
                | Self::UsersRead
        )
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|action| action.name() == text);
        found.copied().ok_or_else(|| format!("\"{text}\" is no action; docs/roles.md has the list"))
    }
}

/// True when one of `roles` may do `action`.
#[must_use]
pub const fn permits(roles: RoleSet, action: Action) -> bool {
    !roles.both(action.roles()).is_empty()
}

fn signed(signing: Signing) -> String {
    match signing {
        Signing::Unsigned => "-".to_owned(),
        Signing::One(meaning) => meaning.name().to_owned(),
        Signing::NotOwn(meaning) => format!("{}, not by who did it", meaning.name()),
        Signing::Two { first, second, roles, not_own } => {
            let rest = if not_own { "; neither did it" } else { "" };
            format!("{}, then {} by another: {roles}{rest}", first.name(), second.name())
        }
    }
}

/// The table as lines of text: name, a letter or `-` a role, what is signed.
#[must_use]
pub fn table_text() -> String {
    Action::ALL.iter().fold(String::new(), |mut text, action| {
        let cells: String = Role::ALL.into_iter().map(|role| cell(*action, role)).collect();
        text.push_str(&format!("{:<20} {cells} {}\n", action.name(), signed(action.signing())));
        text
    })
}

fn cell(action: Action, role: Role) -> char {
    let letter = role.name().chars().next().map_or('?', |letter| letter.to_ascii_uppercase());
    if permits(RoleSet::of(role), action) { letter } else { '-' }
}

/// docs/roles.md, made from the table.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Roles\n\nMade by `packline user roles --markdown`; a test holds it against the table in \
         `controller/people/src/table.rs`.\n[People](people.md) says how people prove who they \
         are. **Stop** is allowed to anyone at the station, also without a session.\n\n\
         | action | what | operator | supervisor | quality | engineer | administrator | signed |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for action in Action::ALL {
        let cells: Vec<&str> = Role::ALL
            .into_iter()
            .map(|role| if permits(RoleSet::of(role), *action) { "yes" } else { "" })
            .collect();
        let (name, words) = (action.name(), action.words());
        let signed = signed(action.signing());
        text.push_str(&format!("| `{name}` | {words} | {} | {signed} |\n", cells.join(" | ")));
    }
    text
}
