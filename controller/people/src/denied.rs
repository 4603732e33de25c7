//! Why something is refused: a code for records and pages, words for people.
//!
//! Returned by every call. Must never tell whether a user exists, but to an administrator.

use crate::password::PasswordFault;
use crate::role::RoleSet;
use crate::table::Action;

/// Why it is refused; nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Wrong name or password; which of them is not told.
    #[error("user id or password is wrong; try again, or ask an administrator for a new password")]
    NameOrPassword,
    /// Too many attempts.
    #[error(
        "too many attempts: wait {} s and try again; Stop works without a login",
        wait_ms.div_ceil(1_000)
    )]
    TooSoon {
        /// So long.
        wait_ms: u64,
    },
    /// The password is right, but the account is blocked.
    #[error("this account is blocked; ask an administrator")]
    Blocked,
    /// Too many sessions.
    #[error("too many sessions are open; log out somewhere else")]
    TooManySessions,
    /// No session, or one that has ended.
    #[error("you are not logged in, or your session has ended; log in")]
    NoSession,
    /// The session belongs to another station. It is ended.
    #[error("this session was begun at another station; log in here")]
    OtherStation,
    /// Locked.
    #[error("the session is locked; unlock it with your password")]
    Locked,
    /// Not locked.
    #[error("the session is not locked")]
    NotLocked,
    /// The request does not come from a page of this session.
    #[error("the request does not come from a page of this session; load the page again")]
    Csrf,
    /// The password must be changed first.
    #[error("your password was given by somebody else or is too old; set a new one first")]
    MustChangePassword,
    /// The role does not permit it.
    #[error("{} is for: {}; ask somebody with that role", action.words(), action.roles())]
    NotPermitted {
        /// What was asked for.
        action: Action,
    },
    /// The new password breaks a rule.
    #[error("{0}")]
    Password(PasswordFault),
    /// No such user.
    #[error("there is no user with that id")]
    UnknownUser,
    /// The id was used before.
    #[error("that user id is or was in use; ids are never given again: choose another")]
    IdUsed,
    /// The name was used before.
    #[error("that name is or was in use; signatures must tell persons apart: add a middle name")]
    NameUsed,
    /// As many users as there can be.
    #[error("there are as many users as the ledger holds")]
    TooManyUsers,
    /// A user without a role.
    #[error("a user needs at least one role")]
    NoRole,
    /// Administrators have no part in production or its review.
    #[error(
        "administrator does not go with operator, supervisor or quality: who manages access has \
         no part in what the records say; make a second user"
    )]
    AdministratorApart,
    /// Nobody changes his own rights.
    #[error("nobody changes his own roles or state; ask another administrator")]
    OwnAccount,
    /// Nobody would be left who can administer.
    #[error("that would leave no active administrator; add another one first")]
    LastAdministrator,
    /// A retired user never comes back.
    #[error("the user is retired, for ever; add a new one")]
    Retired,
    /// Nothing would change.
    #[error("nothing would change")]
    Unchanged,
    /// A reason is needed.
    #[error("say why, in at most 400 characters")]
    NoReason,
    /// The action is not signed.
    #[error("{} is not signed in this way; docs/roles.md has the list", .0.words())]
    NotSigned(Action),
    /// The first signing of a session, or any by a second person, needs both components.
    #[error("type your user id and your password: one alone is not enough here")]
    SignBothComponents,
    /// Another person than the one of the session.
    #[error("only the person of this session can give this signature")]
    SignOtherPerson,
    /// The password is wrong.
    #[error("the password is wrong; the signature was not given: begin it again")]
    SignPassword,
    /// Begun in another session.
    #[error("this signature was begun in another session; begin it in yours")]
    SignOtherSession,
    /// The second person is the first one.
    #[error("the second person must be another one than the first")]
    SignSamePerson,
    /// The second person's role does not allow it.
    #[error("the second person must be one of: {roles}")]
    SignSecondRole {
        /// Of these.
        roles: RoleSet,
    },
    /// Nobody reviews his own work.
    #[error("nobody reviews or approves his own work; somebody else must sign")]
    SignOwnWork,
    /// The record is not what was shown.
    #[error("the record has changed since it was shown; look at it again, then sign")]
    SignRecordChanged,
    /// Given already.
    #[error("this signature was given or refused already; begin it again")]
    SignReplayed,
    /// Too late.
    #[error("the time for this signature is over; begin it again")]
    SignTimedOut,
    /// Never begun.
    #[error("there is no such signature to give; begin it again")]
    SignUnknown,
    /// A second factor is needed and was not proven.
    #[error("a second factor is needed to sign; use your badge or key")]
    SignFactor,
}

impl Denied {
    /// Name for records, pages and programs; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NameOrPassword => "name_or_password",
            Self::TooSoon { .. } => "too_soon",
            Self::Blocked => "blocked",
            Self::TooManySessions => "too_many_sessions",
            Self::NoSession => "no_session",
            Self::OtherStation => "other_station",
            Self::Locked => "locked",
            Self::NotLocked => "not_locked",
            Self::Csrf => "csrf",
            Self::MustChangePassword => "must_change_password",
            Self::NotPermitted { .. } => "not_permitted",
            Self::Password(_) => "password_refused",
            Self::UnknownUser => "unknown_user",
            Self::IdUsed => "id_used",
            Self::NameUsed => "name_used",
            Self::TooManyUsers => "too_many_users",
            Self::NoRole => "no_role",
            Self::AdministratorApart => "administrator_apart",
            Self::OwnAccount => "own_account",
            Self::LastAdministrator => "last_administrator",
            Self::Retired => "retired",
            Self::Unchanged => "unchanged",
            Self::NoReason => "no_reason",
            Self::NotSigned(_) => "not_signed",
            Self::SignBothComponents => "sign_both_components",
            Self::SignOtherPerson => "sign_other_person",
            Self::SignPassword => "sign_password",
            Self::SignOtherSession => "sign_other_session",
            Self::SignSamePerson => "sign_same_person",
            Self::SignSecondRole { .. } => "sign_second_role",
            Self::SignOwnWork => "sign_own_work",
            Self::SignRecordChanged => "sign_record_changed",
            Self::SignReplayed => "sign_replayed",
            Self::SignTimedOut => "sign_timed_out",
            Self::SignUnknown => "sign_unknown",
            Self::SignFactor => "sign_factor",
        }
    }
}

impl From<PasswordFault> for Denied {
    fn from(fault: PasswordFault) -> Self {
        Self::Password(fault)
    }
}
