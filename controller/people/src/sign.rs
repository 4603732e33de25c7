//! Signing: asked for, shown, given with a password, bound to the record (21 CFR 11.50, 11.70,
//! 11.200).
//!
//! Three steps: [`People::begin_signature`] says what will be signed; [`People::confirm_signature`]
//! takes that one try; [`People::finish_signature`] gives the signature. Must never give one for a
//! record that is not the one shown.

use crate::access::Caller;
use crate::attempt::{Attempt, Factor, Proved};
use crate::audit::{Access, AuditRecord};
use crate::denied::Denied;
use crate::people::People;
use crate::policy::Now;
use crate::role::{Role, RoleSet};
use crate::signature::{
    Components, Known, Meaning, Nonce, Pending, RecordDigest, Signature, SigningChallenge,
};
use crate::table::{Action, Signing};
use crate::token::{Fresh, TokenHash};
use crate::user::{UserId, UserState};

const REASON_MAX: usize = 400;
const OBJECT_MAX: usize = 200;

/// Whose signature is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Signer<'a> {
    /// Of the person whose session it is.
    Session,
    /// Of another person beside the one who gave this signature, at the same station or elsewhere.
    SecondAfter(&'a Signature),
}

/// What is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct SignRequest<'a> {
    /// What is done.
    pub action: Action,
    /// On what: batch, serial, recipe; one line of text.
    pub object: &'a str,
    /// Of the record as it is shown.
    pub record: RecordDigest,
    /// Why.
    pub reason: &'a str,
    /// Whose.
    pub signer: Signer<'a>,
    /// Who did the work that is signed, where the table forbids signing one's own.
    pub done_by: &'a [UserId],
}

/// Purpose of an attempt: to give a signature.
#[derive(Debug)]
pub struct Sign {
    pending: Pending,
}

impl People {
    /// Asks for a signature. `fresh` names it.
    ///
    /// # Errors
    /// [`Denied`]: no session, no permission, not signed in this way, own work, the same person.
    pub fn begin_signature(
        &mut self,
        now: Now,
        caller: Caller<'_>,
        request: SignRequest<'_>,
        fresh: &Fresh,
    ) -> Result<SigningChallenge, Denied> {
        self.tick(now);
        let asked = self.ask(now, caller, request, fresh);
        asked.map_err(|denied| self.denied(now, caller, &signing_of(request.action), denied))
    }

    fn ask(
        &mut self,
        now: Now,
        caller: Caller<'_>,
        request: SignRequest<'_>,
        fresh: &Fresh,
    ) -> Result<SigningChallenge, Denied> {
        let hash = self.commanding(caller, true)?;
        let session = self.sessions.get(&hash).ok_or(Denied::NoSession)?;
        let (user, signed) = (session.user.clone(), session.signed);
        check_texts(&request)?;
        let (meaning, after, components, name) = match request.signer {
            Signer::Session => {
                let meaning = first_meaning(request.action)?;
                self.may_sign_first(&user, request.action, request.done_by)?;
                let components = if signed { Components::Private } else { Components::Both };
                (meaning, None, components, self.users.get(&user).map(|u| u.name.clone()))
            }
            Signer::SecondAfter(first) => {
                let (meaning, _) = second_rule(request.action)?;
                if first.second || !first.covers(request.action, request.object, request.record) {
                    return Err(Denied::SignRecordChanged);
                }
                (meaning, Some(first.who.clone()), Components::Both, None)
            }
        };
        let nonce = Nonce::from_fresh(fresh);
        let (action, record) = (request.action, request.record);
        let (object, reason) = (request.object.to_owned(), request.reason.trim().to_owned());
        self.signings.ask(Pending {
            nonce,
            session: hash,
            asked_ms: now.mono_ms,
            action,
            meaning,
            components,
            object: object.clone(),
            record,
            reason: reason.clone(),
            after,
            done_by: request.done_by.to_vec(),
        });
        self.touch(&hash, now);
        let within_ms = self.policy.sign_within_ms;
        Ok(SigningChallenge {
            nonce,
            components,
            meaning,
            action,
            object,
            record,
            reason,
            name,
            within_ms,
        })
    }

    fn may_sign_first(
        &self,
        user: &UserId,
        action: Action,
        done_by: &[UserId],
    ) -> Result<Role, Denied> {
        let role = self.role_for(user, action).ok_or(Denied::NotPermitted { action })?;
        if forbids_own(action) && done_by.contains(user) {
            return Err(Denied::SignOwnWork);
        }
        Ok(role)
    }

    /// Takes the one try of a signature that was asked for. `given_user` is what was typed beside
    /// the password; it is needed where both components are.
    ///
    /// # Errors
    /// [`Denied`]; but for [`Denied::TooSoon`], [`Denied::SignOtherSession`] and what concerns the
    /// session itself, the try is used up.
    pub fn confirm_signature(
        &mut self,
        now: Now,
        caller: Caller<'_>,
        nonce: &Nonce,
        given_user: Option<&str>,
    ) -> Result<Attempt<Sign>, Denied> {
        self.tick(now);
        let confirmed = self.confirm(caller, nonce, given_user);
        let (pending, key) =
            confirmed.map_err(|denied| self.denied(now, caller, "sign", denied))?;
        let who = self.begin_attempt(now, caller.station, &key, "sign")?;
        self.signings.take(nonce);
        Ok(Attempt { who, purpose: Sign { pending } })
    }

    fn confirm(
        &mut self,
        caller: Caller<'_>,
        nonce: &Nonce,
        given_user: Option<&str>,
    ) -> Result<(Pending, String), Denied> {
        let hash = self.commanding(caller, true)?;
        let pending = match self.signings.look(nonce) {
            Known::Pending(pending) => *pending,
            Known::Ended => return Err(Denied::SignReplayed),
            Known::Late => return Err(Denied::SignTimedOut),
            Known::Never => return Err(Denied::SignUnknown),
        };
        if pending.session != hash {
            return Err(Denied::SignOtherSession);
        }
        let checked = self.signer_key(&hash, &pending, given_user);
        if checked.is_err() {
            self.signings.take(nonce);
        }
        checked.map(|key| (pending, key))
    }

    /// Under which id the password is to be looked at.
    fn signer_key(
        &self,
        hash: &TokenHash,
        pending: &Pending,
        given_user: Option<&str>,
    ) -> Result<String, Denied> {
        let own = self.user_of(hash).ok_or(Denied::NoSession)?;
        let given = given_user.map(|given| given.trim().to_ascii_lowercase());
        match (&pending.after, given, pending.components) {
            (_, None, Components::Both) => Err(Denied::SignBothComponents),
            (None, Some(given), _) if given != own.as_str() => Err(Denied::SignOtherPerson),
            (None, _, _) => Ok(own.as_str().to_owned()),
            (Some(first), Some(given), _) if given == first.as_str() => Err(Denied::SignSamePerson),
            (Some(_), Some(given), _) => Ok(given),
            (Some(_), None, Components::Private) => Err(Denied::SignBothComponents),
        }
    }

    /// Gives the signature. `record_now` is the digest of the record as it is at this moment. The
    /// caller appends the signature in the same commit as what it is for.
    ///
    /// # Errors
    /// [`Denied`]: wrong password, record changed, own work, role, factor, the session has ended.
    pub fn finish_signature(
        &mut self,
        now: Now,
        proved: Proved<Sign>,
        record_now: RecordDigest,
    ) -> Result<Signature, Denied> {
        self.tick(now);
        let Proved { who, purpose: Sign { pending }, right, rehashed, factor } = proved;
        // The name that was typed is told only when it is the person's own, or was proven.
        let right = right && self.was_right(now, &who);
        let signed = match (right, &who.user) {
            (true, Some(user)) => self.give(now, &pending, user, factor, record_now),
            _ => Err(Denied::SignPassword),
        };
        match signed {
            Ok(mut signature) => {
                signature.station = who.station;
                self.keep_rehashed(&signature.who, rehashed);
                let access =
                    Access::done(&signature.who, &signing_of(signature.action), &signature.station);
                self.record(AuditRecord::Access(access));
                Ok(signature)
            }
            Err(denied) => {
                let what = signing_of(pending.action);
                Err(self.refuse(now, who.user.as_ref(), &what, &who.station, denied))
            }
        }
    }

    fn give(
        &mut self,
        now: Now,
        pending: &Pending,
        user: &UserId,
        factor: Factor,
        record_now: RecordDigest,
    ) -> Result<Signature, Denied> {
        let session = self.sessions.get(&pending.session).ok_or(Denied::NoSession)?;
        if session.is_locked() {
            return Err(Denied::Locked);
        }
        let station = session.station.clone();
        let signer = self.users.get(user).ok_or(Denied::NoSession)?;
        if signer.state != UserState::Active {
            return Err(Denied::Blocked);
        }
        if signer.must_change || self.is_aged(user, now) {
            return Err(Denied::MustChangePassword);
        }
        if record_now != pending.record {
            return Err(Denied::SignRecordChanged);
        }
        let role = match &pending.after {
            None => self.may_sign_first(user, pending.action, &pending.done_by)?,
            Some(_) => second_role(signer.roles, pending, user)?,
        };
        let factor = proven(factor, self.policy.factor_to_sign)?;
        let name = signer.name.clone();
        self.touch(&pending.session, now);
        if let Some(session) = self.sessions.get_mut(&pending.session) {
            session.signed |= pending.after.is_none();
        }
        Ok(Signature {
            who: user.clone(),
            name,
            role,
            meaning: pending.meaning,
            action: pending.action,
            object: pending.object.clone(),
            record: pending.record,
            reason: pending.reason.clone(),
            station,
            components: pending.components,
            factor,
            second: pending.after.is_some(),
        })
    }
}

fn signing_of(action: Action) -> String {
    format!("sign {}", action.name())
}

fn check_texts(request: &SignRequest<'_>) -> Result<(), Denied> {
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(Denied::NoReason);
    }
    let object = request.object;
    let one_line = !object.is_empty() && !object.chars().any(char::is_control);
    if one_line && object.chars().count() <= OBJECT_MAX {
        return Ok(());
    }
    Err(Denied::NotSigned(request.action))
}

const fn first_meaning(action: Action) -> Result<Meaning, Denied> {
    match action.signing() {
        Signing::Unsigned => Err(Denied::NotSigned(action)),
        Signing::One(meaning) | Signing::NotOwn(meaning) => Ok(meaning),
        Signing::Two { first, .. } => Ok(first),
    }
}

const fn second_rule(action: Action) -> Result<(Meaning, RoleSet), Denied> {
    match action.signing() {
        Signing::Two { second, roles, .. } => Ok((second, roles)),
        Signing::Unsigned | Signing::One(_) | Signing::NotOwn(_) => Err(Denied::NotSigned(action)),
    }
}

const fn forbids_own(action: Action) -> bool {
    match action.signing() {
        Signing::NotOwn(_) => true,
        Signing::Two { not_own, .. } => not_own,
        Signing::Unsigned | Signing::One(_) => false,
    }
}

fn second_role(roles: RoleSet, pending: &Pending, user: &UserId) -> Result<Role, Denied> {
    let (_, may) = second_rule(pending.action)?;
    if pending.after.as_ref() == Some(user) {
        return Err(Denied::SignSamePerson);
    }
    if forbids_own(pending.action) && pending.done_by.contains(user) {
        return Err(Denied::SignOwnWork);
    }
    roles.both(may).roles().next().ok_or(Denied::SignSecondRole { roles: may })
}

const fn proven(factor: Factor, needed: bool) -> Result<Option<&'static str>, Denied> {
    match (factor, needed) {
        (Factor::Proven { kind }, _) => Ok(Some(kind)),
        (Factor::NotAsked, false) => Ok(None),
        (Factor::NotAsked, true) | (Factor::Failed, _) => Err(Denied::SignFactor),
    }
}
