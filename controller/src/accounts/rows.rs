//! Between people's values and the rows and events that keep them.
//!
//! Must never drop a field, nor let a stored value in that people's own types refuse.

use super::AccountsError;
use ledger::{CredentialRow, Meaning, ServiceBody, SessionRow, Signed, UserFacts, UserRow};
use people::{
    Access, AuditRecord, Phc, RoleSet, Signature, Stored, StoredCredential, StoredSession,
    TokenHash, User, UserChanged, Users,
};

/// What storage holds, for `People::new`.
///
/// # Errors
/// A user, password or session that this program would not have written.
pub fn stored(
    users: &[UserRow],
    credentials: Vec<CredentialRow>,
    sessions: Vec<SessionRow>,
) -> Result<Stored, AccountsError> {
    let users: Users = users.iter().map(user).collect::<Result<_, _>>()?;
    let credentials = credentials.into_iter().map(kept).collect::<Result<_, _>>()?;
    let sessions = sessions.into_iter().map(open).collect::<Result<_, _>>()?;
    Ok(Stored { users, credentials, sessions })
}

fn wrong(user: &str, what: impl ToString) -> AccountsError {
    AccountsError::User { user: user.to_owned(), what: what.to_string() }
}

fn user(row: &UserRow) -> Result<User, AccountsError> {
    let wrong = |what: String| wrong(&row.user, what);
    let facts = &row.facts;
    let roles: Result<RoleSet, String> = facts.roles.iter().map(|role| role.parse()).collect();
    Ok(User {
        id: row.user.parse().map_err(|e: people::UserError| wrong(e.to_string()))?,
        name: facts.name.parse().map_err(|e: people::UserError| wrong(e.to_string()))?,
        roles: roles.map_err(wrong)?,
        state: facts.state.parse().map_err(|e: people::UserError| wrong(e.to_string()))?,
        language: facts.language.parse().map_err(|e: people::UserError| wrong(e.to_string()))?,
        must_change: facts.must_change,
        credential: facts.credential,
    })
}

fn kept(row: CredentialRow) -> Result<StoredCredential, AccountsError> {
    Ok(StoredCredential {
        user: row.user.parse().map_err(|e: people::UserError| wrong(&row.user, e))?,
        number: row.number,
        phc: Phc::stored(row.phc),
        set_unix_ms: row.set_unix_ms,
    })
}

fn open(row: SessionRow) -> Result<StoredSession, AccountsError> {
    Ok(StoredSession {
        hash: TokenHash::from_text(&row.hash).ok_or_else(|| wrong(&row.user, "a session"))?,
        user: row.user.parse().map_err(|e: people::UserError| wrong(&row.user, e))?,
        station: row.station.parse().map_err(|e: people::UserError| wrong(&row.user, e))?,
        ends_unix_ms: row.ends_unix_ms,
    })
}

pub(super) fn credential(stored: &StoredCredential) -> CredentialRow {
    CredentialRow {
        user: stored.user.as_str().to_owned(),
        number: stored.number,
        phc: stored.phc.as_str().to_owned(),
        set_unix_ms: stored.set_unix_ms,
    }
}

pub(super) fn session(stored: &StoredSession) -> SessionRow {
    SessionRow {
        hash: stored.hash.to_text(),
        user: stored.user.as_str().to_owned(),
        station: stored.station.as_str().to_owned(),
        ends_unix_ms: stored.ends_unix_ms,
    }
}

/// The event of a record.
#[must_use]
pub fn record_body(record: &AuditRecord) -> ServiceBody {
    match record {
        AuditRecord::Access(access) => access_body(access),
        AuditRecord::User(changed) => user_body(changed),
    }
}

/// The event of an access.
#[must_use]
pub fn access_body(access: &Access) -> ServiceBody {
    ServiceBody::Access {
        who: access.who.clone(),
        what: access.what.clone(),
        granted: access.granted,
        why: access.why.map(str::to_owned),
        station: access.station.clone(),
        times: access.times,
    }
}

fn user_body(changed: &UserChanged) -> ServiceBody {
    ServiceBody::UserChanged {
        by: changed.by.clone(),
        role: changed.role.to_owned(),
        what: changed.what.to_owned(),
        user: changed.new.id.as_str().to_owned(),
        old: changed.old.as_ref().map(facts),
        new: facts(&changed.new),
        why: changed.why.clone(),
    }
}

fn facts(user: &User) -> UserFacts {
    UserFacts {
        name: user.name.as_str().to_owned(),
        roles: user.roles.names().into_iter().map(str::to_owned).collect(),
        state: user.state.name().to_owned(),
        language: user.language.name().to_owned(),
        must_change: user.must_change,
        credential: user.credential,
    }
}

/// A signature, as the ledger takes it with what it is for.
#[must_use]
pub fn signed(signature: &Signature) -> Signed {
    Signed {
        who: signature.who().as_str().to_owned(),
        name: signature.name().as_str().to_owned(),
        meaning: match signature.meaning() {
            people::Meaning::Performed => Meaning::Performed,
            people::Meaning::Reviewed => Meaning::Reviewed,
            people::Meaning::Approved => Meaning::Approved,
        },
        subject: signature.subject(),
        reason: signature.reason().to_owned(),
        authenticated: true,
    }
}
