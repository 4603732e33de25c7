//! An attempt to prove who one is: begun quickly, proven slowly elsewhere, ended quickly.
//!
//! Between its begin and its end it counts as failed, so one that is dropped has failed. Must never
//! say that somebody is proven without having looked at a password.

use crate::own_password::NewPassword;
use crate::password::{Hasher, Password, PasswordFault, Phc, Salt};
use crate::user::{Station, UserId};

/// What a second factor has shown, as the caller has proven it (badge, key). None is built in; a
/// caller that has one says so here, and `Policy::factor_to_sign` demands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Factor {
    /// Nobody asked for one.
    #[default]
    NotAsked,
    /// Shown and right.
    Proven {
        /// What it was: `badge`, `fido2`, ..
        kind: &'static str,
    },
    /// Shown and wrong.
    Failed,
}

/// Who is to be proven. An unknown one has no user and is looked at all the same.
#[derive(Debug)]
pub(crate) struct Who {
    /// What the delays are kept under.
    pub(crate) key: String,
    pub(crate) user: Option<UserId>,
    pub(crate) station: Station,
    pub(crate) phc: Option<Phc>,
    pub(crate) credential: u32,
}

/// Handed out by a `begin_..`; not yet looked at.
#[derive(Debug)]
pub struct Attempt<P> {
    pub(crate) who: Who,
    pub(crate) purpose: P,
}

/// Looked at; to be handed to the `finish_..` that belongs to it.
#[derive(Debug)]
pub struct Proved<P> {
    pub(crate) who: Who,
    pub(crate) purpose: P,
    pub(crate) right: bool,
    pub(crate) rehashed: Option<Phc>,
    pub(crate) factor: Factor,
}

impl<P> Attempt<P> {
    /// Looks at the password. Slow, with one hash of the full cost whether the user exists or not;
    /// a right password whose hash is outdated is hashed once more with `salt`.
    #[must_use]
    pub fn prove(
        self,
        hasher: &Hasher,
        password: &Password,
        factor: Factor,
        salt: Salt,
    ) -> Proved<P> {
        let Self { who, purpose } = self;
        let right = hasher.verify(password, who.phc.as_ref());
        let outdated = right && who.phc.as_ref().is_some_and(|phc| hasher.is_outdated(phc));
        // A hash that cannot be made anew now is made anew another time.
        let rehashed = outdated.then(|| hasher.hash(password, salt).ok()).flatten();
        Proved { who, purpose, right, rehashed, factor }
    }
}

impl Attempt<NewPassword> {
    /// Looks at the old password, checks the new one and hashes it. Slow, two hashes.
    #[must_use]
    pub fn prove_and_hash(
        mut self,
        hasher: &Hasher,
        old: &Password,
        new: &Password,
        salt: Salt,
    ) -> Proved<NewPassword> {
        let rules = &self.purpose;
        let checked = new.check(rules.chars_min, &rules.id, &rules.name);
        let differs = if old.is_same(new) { Err(PasswordFault::Same) } else { Ok(()) };
        self.purpose.hashed = Some(checked.and(differs).and_then(|()| hasher.hash(new, salt)));
        self.prove(hasher, old, Factor::NotAsked, salt)
    }
}
