//! A person sets a new password.
//!
//! Must never take one without the old one, nor let other sessions of the person go on.

use crate::access::{Caller, from_its_page};
use crate::attempt::{Attempt, Proved};
use crate::audit::{AuditRecord, Effect, UserChanged};
use crate::denied::Denied;
use crate::password::{PasswordFault, Phc};
use crate::people::{People, StoredCredential};
use crate::policy::Now;
use crate::token::TokenHash;
use crate::user::{PrintedName, User, UserId, UserState};

/// Purpose of an attempt: to set a new password.
#[derive(Debug)]
pub struct NewPassword {
    pub(crate) id: UserId,
    pub(crate) name: PrintedName,
    pub(crate) chars_min: usize,
    pub(crate) hashed: Option<Result<Phc, PasswordFault>>,
    hash: TokenHash,
}

impl People {
    /// Begins to set a new password for the person of the session, also where it must be changed.
    ///
    /// # Errors
    /// [`Denied`]: no session, locked, too soon.
    pub fn begin_own_password(
        &mut self,
        now: Now,
        caller: Caller<'_>,
    ) -> Result<Attempt<NewPassword>, Denied> {
        self.tick(now);
        let begun = self.unlocked(caller).and_then(|hash| from_its_page(caller).map(|()| hash));
        let hash = begun.map_err(|denied| self.denied(now, caller, "password", denied))?;
        let user = self.user_of(&hash).and_then(|id| self.users.get(id));
        let user = user.ok_or(Denied::NoSession)?.clone();
        let who = self.begin_attempt(now, caller.station, user.id.as_str(), "password")?;
        let chars_min = self.policy.password_chars_min;
        let purpose = NewPassword { id: user.id, name: user.name, chars_min, hashed: None, hash };
        Ok(Attempt { who, purpose })
    }

    /// Ends it: the new password is in force, other sessions of the person are ended.
    ///
    /// # Errors
    /// [`Denied`]: the old one is wrong, the new one breaks a rule, the session has ended.
    pub fn finish_own_password(
        &mut self,
        now: Now,
        proved: Proved<NewPassword>,
    ) -> Result<(), Denied> {
        self.tick(now);
        let Proved { who, purpose, right, .. } = proved;
        let right = right && self.was_right(now, &who);
        let hashed = match (right, self.sessions.get(&purpose.hash).is_some()) {
            (false, _) => Err(Denied::NameOrPassword),
            (true, false) => Err(Denied::NoSession),
            (true, true) => {
                purpose.hashed.unwrap_or(Err(PasswordFault::NotHashed)).map_err(Denied::Password)
            }
        };
        let phc = match hashed {
            Ok(phc) => phc,
            Err(denied) => {
                return Err(self.refuse(now, who.user.as_ref(), "password", &who.station, denied));
            }
        };
        let old = self.users.get(&purpose.id).ok_or(Denied::NoSession)?.clone();
        let new = User {
            must_change: false,
            credential: old.credential.saturating_add(1),
            ..old.clone()
        };
        let role = old.roles.names().first().copied().unwrap_or_default();
        let record = UserChanged {
            by: old.id.as_str().to_owned(),
            role,
            what: "password_changed",
            old: Some(old),
            new,
            why: None,
        };
        self.put_user(now, record, Some(phc));
        if let Some(session) = self.sessions.get_mut(&purpose.hash) {
            session.must_change = false;
            session.active_ms = Some(now.mono_ms);
        }
        self.end_sessions_of(&purpose.id, Some(&purpose.hash));
        Ok(())
    }

    /// Puts a user as changed: first the password is kept, then the record makes it the one in
    /// force, then older ones are forgotten. A power cut between leaves the old one in force.
    pub(crate) fn put_user(&mut self, now: Now, record: UserChanged, phc: Option<Phc>) {
        let user = record.new.clone();
        let kept = phc.map(|phc| StoredCredential {
            user: user.id.clone(),
            number: user.credential,
            phc,
            set_unix_ms: now.unix_ms,
        });
        if let Some(credential) = &kept {
            self.effect(Effect::KeepCredential(credential.clone()));
        }
        self.record(AuditRecord::User(record));
        let retired = user.state == UserState::Retired;
        if kept.is_some() || retired {
            let but = if retired { 0 } else { user.credential };
            self.effect(Effect::ForgetCredentials { user: user.id.clone(), but });
        }
        if let Some(credential) = kept {
            self.credentials.insert(user.id.clone(), credential);
        }
        if retired {
            self.credentials.remove(&user.id);
        }
        self.users.put(user);
    }
}
