//! The one state of people: users, sessions, delays, signatures that were asked for.
//!
//! Owned by one thread; what it decides is in the files beside it. Must never answer from state
//! that the caller has not carried out: see the crate's words on [`Effect`].

use crate::attempt::Who;
use crate::audit::{Access, AuditRecord, Effect};
use crate::denied::Denied;
use crate::fold::Fold;
use crate::password::Phc;
use crate::policy::{Now, Policy};
use crate::role::Role;
use crate::session::{Passed, Session, Sessions};
use crate::signature::Signings;
use crate::throttle::Throttle;
use crate::token::TokenHash;
use crate::user::{Station, User, UserId, UserState, Users};
use std::collections::{BTreeMap, VecDeque};

/// A password hash as storage holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    /// Whose.
    pub user: UserId,
    /// Its number; in force when the user's record names it.
    pub number: u32,
    /// The hash.
    pub phc: Phc,
    /// When the password was set, ms since 1970 UTC.
    pub set_unix_ms: i64,
}

/// A session as storage holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// SHA-256 of its token.
    pub hash: TokenHash,
    /// Whose.
    pub user: UserId,
    /// Where it was begun.
    pub station: Station,
    /// When it ends at the latest, ms since 1970 UTC.
    pub ends_unix_ms: i64,
}

/// What storage holds.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// As the records make them.
    pub users: Users,
    /// Password hashes; those that are not in force are left alone.
    pub credentials: Vec<StoredCredential>,
    /// Sessions of the life before: they come back locked.
    pub sessions: Vec<StoredSession>,
}

/// See the module.
pub struct People {
    pub(crate) policy: Policy,
    pub(crate) users: Users,
    pub(crate) credentials: BTreeMap<UserId, StoredCredential>,
    pub(crate) sessions: Sessions,
    pub(crate) signings: Signings,
    user_throttle: Throttle,
    station_throttle: Throttle,
    fold: Fold,
    effects: VecDeque<Effect>,
}

impl People {
    /// From storage. Sessions of the life before come back locked, and the first signature in them
    /// needs both components again.
    #[must_use]
    pub fn new(policy: Policy, stored: Stored, now: Now) -> Self {
        let Stored { users, credentials, mut sessions } = stored;
        // In the order in which they were begun.
        sessions.sort_by_key(|session| (session.ends_unix_ms, session.hash));
        let in_force = |c: &StoredCredential| {
            users.get(&c.user).is_some_and(|user| user.credential == c.number)
        };
        let credentials = credentials.into_iter().filter(in_force);
        let credentials = credentials.map(|c| (c.user.clone(), c)).collect();
        let mut people = Self {
            policy,
            users,
            credentials,
            sessions: Sessions::default(),
            signings: Signings::default(),
            user_throttle: Throttle::new(policy.user_throttle),
            station_throttle: Throttle::new(policy.station_throttle),
            fold: Fold::default(),
            effects: VecDeque::new(),
        };
        sessions.into_iter().for_each(|session| people.bring_back(session, now));
        people
    }

    fn bring_back(&mut self, stored: StoredSession, now: Now) {
        let left = u64::try_from(stored.ends_unix_ms.saturating_sub(now.unix_ms)).unwrap_or(0);
        let active = |user: &&User| user.state == UserState::Active;
        let user = self.users.get(&stored.user).filter(active);
        let fits = left > 0 && left <= self.policy.session_ms;
        let (Some(user), true) = (user, fits) else {
            // The clock has moved, the time is over, or the user is gone.
            let mut access = Access::done(&stored.user, "session_end", &stored.station);
            access.why = Some("restart");
            self.record(AuditRecord::Access(access));
            self.effects.push_back(Effect::ForgetSession(stored.hash));
            return;
        };
        let must_change = user.must_change || self.is_aged(&stored.user, now);
        let session = Session {
            user: stored.user,
            station: stored.station,
            ends_ms: now.mono_ms.saturating_add(left),
            active_ms: None,
            signed: false,
            must_change,
            number: 0,
        };
        self.sessions.begin(stored.hash, session);
    }

    /// The next thing to carry out, oldest first.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The users.
    #[must_use]
    pub const fn users(&self) -> &Users {
        &self.users
    }

    /// The rules in force.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// True when an active user of this role has a password in force.
    #[must_use]
    pub fn can_log_in(&self, role: Role) -> bool {
        let has_password = |user: &User| self.credentials.contains_key(&user.id);
        self.users.all().any(|user| user.is_active(role) && has_password(user))
    }

    /// Lets the clock have its way: locks, ends, counted refusals. Every call does it first; the
    /// caller does it every second or so, that screens lock by themselves.
    pub fn tick(&mut self, now: Now) {
        for passed in self.sessions.passed(now, &self.policy) {
            match passed {
                Passed::Ended(hash) => self.end_session(&hash, "expired"),
                Passed::Locked(hash) => self.told_of(&hash, "lock", Some("idle")),
            }
        }
        self.signings.forget_old(now, self.policy.sign_within_ms);
        for access in self.fold.over(now.mono_ms) {
            self.record(AuditRecord::Access(access));
        }
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    pub(crate) fn record(&mut self, record: AuditRecord) {
        self.effects.push_back(Effect::Record(record));
    }

    /// Puts something about a session on record.
    pub(crate) fn told_of(&mut self, hash: &TokenHash, what: &str, why: Option<&'static str>) {
        if let Some(session) = self.sessions.get(hash) {
            let access = Access { why, ..Access::done(&session.user, what, &session.station) };
            self.record(AuditRecord::Access(access));
        }
    }

    /// Puts a refusal on record, or counts it, and gives it back.
    pub(crate) fn refuse(
        &mut self,
        now: Now,
        who: Option<&UserId>,
        what: &str,
        station: &Station,
        denied: Denied,
    ) -> Denied {
        let access = Access::refused(who, what, &denied, station);
        if let Some(access) = self.fold.add(now.mono_ms, self.policy.fold_ms, access) {
            self.record(AuditRecord::Access(access));
        }
        denied
    }

    pub(crate) fn end_session(&mut self, hash: &TokenHash, why: &'static str) {
        self.told_of(hash, "session_end", Some(why));
        if self.sessions.end(hash).is_some() {
            self.effects.push_back(Effect::ForgetSession(*hash));
        }
        self.signings.forget_session(hash);
    }

    /// Ends every session of a user but one.
    pub(crate) fn end_sessions_of(&mut self, user: &UserId, but: Option<&TokenHash>) {
        for hash in self.sessions.of(user).into_iter().filter(|hash| Some(hash) != but) {
            self.end_session(&hash, "user_changed");
        }
    }

    /// The password is older than the policy allows.
    pub(crate) fn is_aged(&self, user: &UserId, now: Now) -> bool {
        const MS_PER_DAY: i64 = 86_400_000;
        let days = i64::from(self.policy.password_days_max);
        let set = self.credentials.get(user).map_or(now.unix_ms, |c| c.set_unix_ms);
        days > 0 && now.unix_ms.saturating_sub(set) / MS_PER_DAY >= days
    }

    /// Begins an attempt to prove to be `given`, or says how long to wait.
    pub(crate) fn begin_attempt(
        &mut self,
        now: Now,
        station: &Station,
        given: &str,
        what: &'static str,
    ) -> Result<Who, Denied> {
        let key: String = given.trim().to_ascii_lowercase().chars().take(64).collect();
        let user = key.parse::<UserId>().ok().filter(|id| self.users.get(id).is_some());
        let by_user = self.user_throttle.wait_ms(now.mono_ms, &key);
        let by_station = self.station_throttle.wait_ms(now.mono_ms, station.as_str());
        let wait_ms = by_user.max(by_station);
        if wait_ms > 0 {
            let denied = Denied::TooSoon { wait_ms };
            return Err(self.refuse(now, user.as_ref(), what, station, denied));
        }
        self.user_throttle.begin(now.mono_ms, &key);
        self.station_throttle.begin(now.mono_ms, station.as_str());
        if self.user_throttle.wait_ms(now.mono_ms, &key) > 0 {
            let who = user.as_ref().map_or(crate::audit::UNKNOWN, UserId::as_str).to_owned();
            self.effect(Effect::Alert { who, station: station.clone() });
        }
        let stored = user.as_ref().and_then(|user| self.credentials.get(user));
        let (phc, credential) = (stored.map(|s| s.phc.clone()), stored.map_or(0, |s| s.number));
        Ok(Who { key, user, station: station.clone(), phc, credential })
    }

    /// Ends an attempt whose password was right: its delays are forgotten. False when the password
    /// is no longer the one in force.
    pub(crate) fn was_right(&mut self, now: Now, who: &Who) -> bool {
        let in_force = who.user.as_ref().and_then(|user| self.credentials.get(user));
        if in_force.is_none_or(|in_force| in_force.number != who.credential) {
            return false;
        }
        self.user_throttle.right(&who.key);
        self.station_throttle.take_back(now.mono_ms, who.station.as_str());
        true
    }

    /// Keeps a hash that was made anew with the costs in force.
    pub(crate) fn keep_rehashed(&mut self, user: &UserId, phc: Option<Phc>) {
        let (Some(phc), Some(stored)) = (phc, self.credentials.get_mut(user)) else { return };
        stored.phc = phc;
        let credential = stored.clone();
        self.effect(Effect::KeepCredential(credential));
    }
}
