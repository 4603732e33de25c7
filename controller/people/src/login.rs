//! Login and unlock: from an attempt to a session.
//!
//! Must never use a token that the caller brought along: each session's is new (fixation).

use crate::access::{Caller, from_its_page};
use crate::attempt::{Attempt, Proved, Who};
use crate::audit::{Access, AuditRecord, Effect};
use crate::denied::Denied;
use crate::people::{People, StoredSession};
use crate::policy::Now;
use crate::session::Session;
use crate::token::{Fresh, Token, TokenHash};
use crate::user::{Station, UserId, UserState};

/// Purpose of an attempt: to log in.
#[derive(Debug)]
pub struct Login(());

/// Purpose of an attempt: to unlock a session.
#[derive(Debug)]
pub struct Unlock {
    hash: TokenHash,
}

/// A new session.
#[derive(Debug)]
pub struct LoggedIn {
    /// For the cookie.
    pub token: Token,
    /// Who.
    pub user: UserId,
    /// Nothing but a new password can be set.
    pub must_change: bool,
}

impl People {
    /// Begins a login: looks whether one may be tried now.
    ///
    /// # Errors
    /// [`Denied::TooSoon`].
    pub fn begin_login(
        &mut self,
        now: Now,
        station: &Station,
        user: &str,
    ) -> Result<Attempt<Login>, Denied> {
        self.tick(now);
        let who = self.begin_attempt(now, station, user, "login")?;
        Ok(Attempt { who, purpose: Login(()) })
    }

    /// Ends a login. `fresh` becomes the session's token; a session that the caller had before,
    /// `replaces`, is ended.
    ///
    /// # Errors
    /// [`Denied`]: wrong, blocked, too many sessions.
    pub fn finish_login(
        &mut self,
        now: Now,
        proved: Proved<Login>,
        fresh: &Fresh,
        replaces: Option<&Token>,
    ) -> Result<LoggedIn, Denied> {
        self.tick(now);
        let Proved { who, right, rehashed, .. } = proved;
        let user = match self.logged_in_user(now, &who, right) {
            Ok(user) => user,
            Err(denied) => {
                return Err(self.refuse(now, who.user.as_ref(), "login", &who.station, denied));
            }
        };
        self.keep_rehashed(&user, rehashed);
        if let Some(token) = replaces {
            self.end_session(&token.hash(), "replaced");
        }
        let mut open = self.sessions.of(&user);
        while open.len() >= self.policy.sessions_of_user_max.max(1) {
            self.end_session(&open.remove(0), "too_many");
        }
        if self.sessions.len() >= self.policy.sessions_max {
            let denied = Denied::TooManySessions;
            return Err(self.refuse(now, Some(&user), "login", &who.station, denied));
        }
        Ok(self.begin_session(now, user, who.station, fresh))
    }

    fn logged_in_user(&mut self, now: Now, who: &Who, right: bool) -> Result<UserId, Denied> {
        let user = who.user.as_ref().and_then(|id| self.users.get(id));
        let (Some(user), true) = (user, right) else { return Err(Denied::NameOrPassword) };
        let (id, state) = (user.id.clone(), user.state);
        if !self.was_right(now, who) {
            return Err(Denied::NameOrPassword);
        }
        if state == UserState::Active { Ok(id) } else { Err(Denied::Blocked) }
    }

    fn begin_session(
        &mut self,
        now: Now,
        user: UserId,
        station: Station,
        fresh: &Fresh,
    ) -> LoggedIn {
        let token = Token::from_fresh(fresh);
        let given = self.users.get(&user).is_none_or(|user| user.must_change);
        let must_change = given || self.is_aged(&user, now);
        let session_ms = i64::try_from(self.policy.session_ms).unwrap_or(i64::MAX);
        let stored = StoredSession {
            hash: token.hash(),
            user: user.clone(),
            station: station.clone(),
            ends_unix_ms: now.unix_ms.saturating_add(session_ms),
        };
        let session = Session {
            user: user.clone(),
            station,
            ends_ms: now.mono_ms.saturating_add(self.policy.session_ms),
            active_ms: Some(now.mono_ms),
            signed: false,
            must_change,
            number: 0,
        };
        let access = Access::done(&user, "login", &session.station);
        self.sessions.begin(token.hash(), session);
        self.effect(Effect::KeepSession(stored));
        self.record(AuditRecord::Access(access));
        LoggedIn { token, user, must_change }
    }

    /// Begins to unlock the caller's session.
    ///
    /// # Errors
    /// [`Denied`]: no session, not locked, too soon.
    pub fn begin_unlock(
        &mut self,
        now: Now,
        caller: Caller<'_>,
    ) -> Result<Attempt<Unlock>, Denied> {
        self.tick(now);
        let begun = self.locked_session(caller);
        let (hash, user) = begun.map_err(|denied| self.denied(now, caller, "unlock", denied))?;
        let who = self.begin_attempt(now, caller.station, user.as_str(), "unlock")?;
        Ok(Attempt { who, purpose: Unlock { hash } })
    }

    fn locked_session(&mut self, caller: Caller<'_>) -> Result<(TokenHash, UserId), Denied> {
        let hash = self.session(caller)?;
        from_its_page(caller)?;
        let session = self.sessions.get(&hash).ok_or(Denied::NoSession)?;
        if session.is_locked() { Ok((hash, session.user.clone())) } else { Err(Denied::NotLocked) }
    }

    /// Ends it: the session goes on.
    ///
    /// # Errors
    /// [`Denied`]: wrong, or the session has ended meanwhile.
    pub fn finish_unlock(&mut self, now: Now, proved: Proved<Unlock>) -> Result<(), Denied> {
        self.tick(now);
        let Proved { who, purpose: Unlock { hash }, right, rehashed, .. } = proved;
        let right = right && self.was_right(now, &who);
        let denied = match (right, self.sessions.get(&hash)) {
            (false, _) => Denied::NameOrPassword,
            (true, None) => Denied::NoSession,
            (true, Some(session)) => {
                let user = session.user.clone();
                self.touch(&hash, now);
                self.told_of(&hash, "unlock", None);
                self.keep_rehashed(&user, rehashed);
                return Ok(());
            }
        };
        Err(self.refuse(now, who.user.as_ref(), "unlock", &who.station, denied))
    }
}
