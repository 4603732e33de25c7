//! What goes on record, and what the caller must keep.
//!
//! Made by every call that changes or refuses something. Must never hold a password, a hash of
//! one, or a token.

use crate::denied::Denied;
use crate::people::{StoredCredential, StoredSession};
use crate::token::TokenHash;
use crate::user::{Station, User, UserId};

/// Who is written where nobody is known: a name that is no user's may be a password that was typed
/// into the wrong field.
pub(crate) const UNKNOWN: &str = "unknown";

/// One thing that the caller does, durably and in this order, before it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Keep a password hash; an older number of the user stays until it is forgotten.
    KeepCredential(StoredCredential),
    /// Append to the record.
    Record(AuditRecord),
    /// Forget the user's password hashes but this number; 0: all.
    ForgetCredentials {
        /// Of whom.
        user: UserId,
        /// The one that stays.
        but: u32,
    },
    /// Keep a session over a restart.
    KeepSession(StoredSession),
    /// It has ended.
    ForgetSession(TokenHash),
    /// Somebody tries again and again: to be raised as an alarm (21 CFR 11.300(d)).
    Alert {
        /// As whom: user id, or `unknown`.
        who: String,
        /// Where.
        station: Station,
    },
}

/// For the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditRecord {
    /// A user was added or changed.
    User(UserChanged),
    /// Somebody came, went, was locked out or was refused.
    Access(Access),
}

/// A change of a user: who, what, old, new, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChanged {
    /// Who did it: a user's id, `service`, or `console:NAME`.
    pub by: String,
    /// In which role: a role's name, `service` or `console`.
    pub role: &'static str,
    /// `added`, `roles`, `blocked`, `unblocked`, `retired`, `password_given`, `password_changed`,
    /// `language`.
    pub what: &'static str,
    /// The user before; none when it is new.
    pub old: Option<User>,
    /// The user after.
    pub new: User,
    /// Why.
    pub why: Option<String>,
}

/// A login, a logout, a lock, a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// User id, or `unknown`.
    pub who: String,
    /// `login`, `lock`, `unlock`, `session_end`, `sign ACTION`, `password`, or the action that was
    /// asked for and refused.
    pub what: String,
    /// It was done.
    pub granted: bool,
    /// [`Denied::code`], or why a session ended.
    pub why: Option<&'static str>,
    /// Where.
    pub station: Option<String>,
    /// How often.
    pub times: u32,
}

impl Access {
    pub(crate) fn done(who: &UserId, what: &str, station: &Station) -> Self {
        let (who, what) = (who.as_str().to_owned(), what.to_owned());
        let station = Some(station.as_str().to_owned());
        Self { who, what, granted: true, why: None, station, times: 1 }
    }

    pub(crate) fn refused(
        who: Option<&UserId>,
        what: &str,
        denied: &Denied,
        station: &Station,
    ) -> Self {
        let who = who.map_or(UNKNOWN, UserId::as_str).to_owned();
        let (what, station) = (what.to_owned(), Some(station.as_str().to_owned()));
        Self { who, what, granted: false, why: Some(denied.code()), station, times: 1 }
    }

    /// Refusals that were too many to be told apart.
    pub(crate) fn many(times: u32) -> Self {
        let (who, what) = (UNKNOWN.to_owned(), "many".to_owned());
        Self { who, what, granted: false, why: None, station: None, times }
    }
}
