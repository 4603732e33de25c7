//! Sessions: begun at login, locked when idle, ended for good. State only; `access.rs` asks it.
//!
//! Must never keep a token, nor let a session live beyond its end.

use crate::policy::{Now, Policy};
use crate::token::TokenHash;
use crate::user::{Station, UserId};
use std::collections::BTreeMap;

/// One session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) user: UserId,
    pub(crate) station: Station,
    /// When it ends at the latest, on the monotonic clock.
    pub(crate) ends_ms: u64,
    /// Of the last command; none while it is locked.
    pub(crate) active_ms: Option<u64>,
    /// A signature was given in it with both components.
    pub(crate) signed: bool,
    /// Nothing but a new password can be set.
    pub(crate) must_change: bool,
    /// Counts up with each session: the oldest ends first.
    pub(crate) number: u64,
}

impl Session {
    pub(crate) const fn is_locked(&self) -> bool {
        self.active_ms.is_none()
    }
}

/// What the clock did to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    Locked(TokenHash),
    Ended(TokenHash),
}

/// All sessions, by the hash of their token.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_hash: BTreeMap<TokenHash, Session>,
    next_number: u64,
}

impl Sessions {
    pub(crate) fn get(&self, hash: &TokenHash) -> Option<&Session> {
        self.by_hash.get(hash)
    }

    pub(crate) fn get_mut(&mut self, hash: &TokenHash) -> Option<&mut Session> {
        self.by_hash.get_mut(hash)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_hash.len()
    }

    pub(crate) fn begin(&mut self, hash: TokenHash, mut session: Session) {
        session.number = self.next_number;
        self.next_number += 1;
        self.by_hash.insert(hash, session);
    }

    pub(crate) fn end(&mut self, hash: &TokenHash) -> Option<Session> {
        self.by_hash.remove(hash)
    }

    /// Sessions of a user, the oldest first.
    pub(crate) fn of(&self, user: &UserId) -> Vec<TokenHash> {
        let mut found: Vec<(u64, TokenHash)> = self
            .by_hash
            .iter()
            .filter(|(_, session)| session.user == *user)
            .map(|(hash, session)| (session.number, *hash))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, hash)| hash).collect()
    }

    /// What the clock says is over by now; the caller ends what has ended.
    pub(crate) fn passed(&mut self, now: Now, policy: &Policy) -> Vec<Passed> {
        let mut passed = Vec::new();
        for (hash, session) in &mut self.by_hash {
            if now.mono_ms >= session.ends_ms {
                passed.push(Passed::Ended(*hash));
                continue;
            }
            let idle = session.active_ms.map(|at| now.mono_ms.saturating_sub(at));
            if idle.is_some_and(|idle| idle >= policy.idle_lock_ms) {
                session.active_ms = None;
                passed.push(Passed::Locked(*hash));
            }
        }
        passed
    }
}
