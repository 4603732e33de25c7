//! May this request do this? Asked before everything that a person wants.
//!
//! Called for each request. Must never refuse Stop to anyone at the station.

use crate::denied::Denied;
use crate::people::People;
use crate::policy::Now;
use crate::role::{Role, RoleSet};
use crate::table::{Action, permits};
use crate::token::{Token, TokenHash};
use crate::user::{Language, PrintedName, Station, UserId};

/// What a request brings along.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// From the cookie.
    pub token: Option<&'a Token>,
    /// From the form or header; needed by everything that does not only read.
    pub csrf: Option<&'a str>,
    /// Where it comes from.
    pub station: &'a Station,
}

/// Permission for one action, with what the record of it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// User id; `anyone` for a Stop without a session.
    pub who: String,
    /// Role acted in: the first of the user's that permits it; `anyone`.
    pub role: &'static str,
    /// The user.
    pub user: Option<UserId>,
}

/// What pages show of a session. Looking at it is no command: it does not put off the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// User id.
    pub user: UserId,
    /// Printed name.
    pub name: PrintedName,
    /// Roles.
    pub roles: RoleSet,
    /// Language.
    pub language: Language,
    /// Live display goes on; commands are refused.
    pub locked: bool,
    /// Nothing but a new password can be set.
    pub must_change: bool,
    /// For forms of this session.
    pub csrf: String,
    /// Locks in so long, when nothing is done.
    pub locks_in_ms: Option<u64>,
    /// Ends in so long.
    pub ends_in_ms: u64,
}

impl People {
    /// Permits an action or refuses it; what is permitted counts as activity.
    ///
    /// # Errors
    /// [`Denied`]; it is on record. Never for `Action::UnitStop`.
    pub fn authorize(
        &mut self,
        now: Now,
        caller: Caller<'_>,
        action: Action,
    ) -> Result<Grant, Denied> {
        self.tick(now);
        if !action.needs_session() {
            return Ok(self.anyone(caller, action));
        }
        let granted = self.try_authorize(now, caller, action);
        granted.map_err(|denied| self.denied(now, caller, action.name(), denied))
    }

    fn try_authorize(
        &mut self,
        now: Now,
        caller: Caller<'_>,
        action: Action,
    ) -> Result<Grant, Denied> {
        let hash = self.commanding(caller, !action.reads())?;
        let user = self.user_of(&hash).ok_or(Denied::NoSession)?.clone();
        let role = self.role_for(&user, action).ok_or(Denied::NotPermitted { action })?;
        self.touch(&hash, now);
        Ok(Grant { who: user.as_str().to_owned(), role: role.name(), user: Some(user) })
    }

    /// Stop: with a name when a session is there and not locked, else as anyone. It needs no token
    /// of a form and puts no lock off.
    fn anyone(&mut self, caller: Caller<'_>, action: Action) -> Grant {
        let user = self.unlocked(caller).ok().and_then(|hash| self.user_of(&hash)).cloned();
        let role = user.as_ref().and_then(|user| self.role_for(user, action));
        match (user, role) {
            (Some(user), Some(role)) => {
                Grant { who: user.as_str().to_owned(), role: role.name(), user: Some(user) }
            }
            _ => Grant { who: "anyone".to_owned(), role: "anyone", user: None },
        }
    }

    /// Puts a refusal on record with the name that the session gives.
    pub(crate) fn denied(
        &mut self,
        now: Now,
        caller: Caller<'_>,
        what: &str,
        denied: Denied,
    ) -> Denied {
        let user = caller.token.and_then(|token| self.user_of(&token.hash())).cloned();
        self.refuse(now, user.as_ref(), what, caller.station, denied)
    }

    pub(crate) fn user_of(&self, hash: &TokenHash) -> Option<&UserId> {
        self.sessions.get(hash).map(|session| &session.user)
    }

    /// The role in which a user may do this.
    pub(crate) fn role_for(&self, user: &UserId, action: Action) -> Option<Role> {
        let roles = self.users.get(user)?.roles;
        roles.roles().find(|role| permits(RoleSet::of(*role), action))
    }

    pub(crate) fn touch(&mut self, hash: &TokenHash, now: Now) {
        if let Some(session) = self.sessions.get_mut(hash) {
            session.active_ms = Some(now.mono_ms);
        }
    }

    /// The session of a request, at its own station; one that comes from elsewhere was stolen, or
    /// its cookie was carried over, and is ended.
    pub(crate) fn session(&mut self, caller: Caller<'_>) -> Result<TokenHash, Denied> {
        let hash = caller.token.map(Token::hash).ok_or(Denied::NoSession)?;
        let session = self.sessions.get(&hash).ok_or(Denied::NoSession)?;
        if session.station == *caller.station {
            return Ok(hash);
        }
        self.end_session(&hash, "other_station");
        Err(Denied::OtherStation)
    }

    pub(crate) fn unlocked(&mut self, caller: Caller<'_>) -> Result<TokenHash, Denied> {
        let hash = self.session(caller)?;
        let locked = self.sessions.get(&hash).is_none_or(|session| session.is_locked());
        if locked { Err(Denied::Locked) } else { Ok(hash) }
    }

    /// A session that may command now: unlocked, from a page of its own, with a password of its
    /// own.
    pub(crate) fn commanding(
        &mut self,
        caller: Caller<'_>,
        writes: bool,
    ) -> Result<TokenHash, Denied> {
        let hash = self.unlocked(caller)?;
        if writes {
            from_its_page(caller)?;
        }
        let must_change = self.sessions.get(&hash).is_none_or(|session| session.must_change);
        if must_change { Err(Denied::MustChangePassword) } else { Ok(hash) }
    }

    /// What pages show of the session. Nothing is recorded and nothing put off by looking.
    ///
    /// # Errors
    /// [`Denied::NoSession`] or [`Denied::OtherStation`].
    pub fn view(&mut self, now: Now, caller: Caller<'_>) -> Result<SessionView, Denied> {
        self.tick(now);
        let hash = self.session(caller)?;
        let session = self.sessions.get(&hash).ok_or(Denied::NoSession)?;
        let user = self.users.get(&session.user).ok_or(Denied::NoSession)?;
        let left = |at: u64| at.saturating_sub(now.mono_ms);
        Ok(SessionView {
            user: user.id.clone(),
            name: user.name.clone(),
            roles: user.roles,
            language: user.language,
            locked: session.is_locked(),
            must_change: session.must_change,
            csrf: caller.token.map(Token::csrf).unwrap_or_default(),
            locks_in_ms: session.active_ms.map(|at| left(at + self.policy.idle_lock_ms)),
            ends_in_ms: left(session.ends_ms),
        })
    }

    /// Locks the session by hand.
    ///
    /// # Errors
    /// [`Denied`]: no session, or its form's token is missing.
    pub fn lock(&mut self, now: Now, caller: Caller<'_>) -> Result<(), Denied> {
        self.tick(now);
        let asked = self.unlocked(caller).and_then(|hash| from_its_page(caller).map(|()| hash));
        let hash = asked.map_err(|denied| self.denied(now, caller, "lock", denied))?;
        if let Some(session) = self.sessions.get_mut(&hash) {
            session.active_ms = None;
        }
        self.told_of(&hash, "lock", Some("asked"));
        Ok(())
    }

    /// Ends the session.
    ///
    /// # Errors
    /// [`Denied`]: no session, or its form's token is missing.
    pub fn logout(&mut self, now: Now, caller: Caller<'_>) -> Result<(), Denied> {
        self.tick(now);
        let asked = self.session(caller).and_then(|hash| from_its_page(caller).map(|()| hash));
        let hash = asked.map_err(|denied| self.denied(now, caller, "logout", denied))?;
        self.end_session(&hash, "logout");
        Ok(())
    }
}

/// The request carries the token of its session's forms.
pub(crate) fn from_its_page(caller: Caller<'_>) -> Result<(), Denied> {
    let token = caller.token.ok_or(Denied::NoSession)?;
    let given = caller.csrf.unwrap_or_default();
    if token.admits_csrf(given) { Ok(()) } else { Err(Denied::Csrf) }
}
