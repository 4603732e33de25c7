//! What a signature is made of, and the signatures that were asked for and not yet given.
//!
//! `sign.rs` decides with it. Must never let a [`Signature`] be made by anything else.

use crate::policy::Now;
use crate::role::Role;
use crate::table::Action;
use crate::token::{Fresh, TokenHash, hex};
use crate::user::{PrintedName, Station, UserId};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// First field of the canonical form of what is signed.
pub const SIGNATURE_FORM: &str = "packline signed record 1";
/// Signatures asked for at a time, in one session and in all.
const OF_SESSION_MAX: usize = 4;
const PENDING_MAX: usize = 256;
/// Ended ones that are remembered, so that a replay is told from nonsense.
const ENDED_MAX: usize = 1_024;

/// What a signature means (21 CFR 11.50(a)(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Did it.
    Performed,
    /// Looked at it.
    Reviewed,
    /// Answers for it.
    Approved,
}

impl Meaning {
    /// Name as in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Performed => "performed",
            Self::Reviewed => "reviewed",
            Self::Approved => "approved",
        }
    }
}

/// What the signer must give (21 CFR 11.200(a)(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Components {
    /// User id and password: the first signing of a session, and each by somebody else.
    Both,
    /// The password: each following one.
    Private,
}

/// SHA-256 of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordDigest([u8; 32]);

impl RecordDigest {
    /// Of a record's fields: each as its length (4 bytes, big-endian) and its bytes, after
    /// [`SIGNATURE_FORM`]. Two different lists never give the same bytes.
    #[must_use]
    pub fn of(fields: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for field in [SIGNATURE_FORM.as_bytes()].iter().chain(fields) {
            let len = u32::try_from(field.len()).unwrap_or(u32::MAX);
            digest.update(len.to_be_bytes());
            digest.update(field);
        }
        Self(digest.finalize().into())
    }

    /// 64 hex digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        hex(&self.0)
    }
}

/// Names one signature that was asked for; good for one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce(TokenHash);

impl Nonce {
    pub(crate) const fn from_fresh(fresh: &Fresh) -> Self {
        Self(TokenHash(fresh.bytes()))
    }

    /// 64 hex digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// From 64 hex digits.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        TokenHash::from_text(text).map(Self)
    }
}

/// What the dialog shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningChallenge {
    /// To be sent back.
    pub nonce: Nonce,
    /// What must be typed.
    pub components: Components,
    /// What the signature means.
    pub meaning: Meaning,
    /// What is signed.
    pub action: Action,
    /// On what: a batch, a serial.
    pub object: String,
    /// SHA-256 of the record.
    pub record: RecordDigest,
    /// Why.
    pub reason: String,
    /// Name under the signature; none for a second person, who is not known yet.
    pub name: Option<PrintedName>,
    /// To be given within.
    pub within_ms: u64,
}

/// A signature that was given. Only `People` makes one: having it is the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub(crate) who: UserId,
    pub(crate) name: PrintedName,
    pub(crate) role: Role,
    pub(crate) meaning: Meaning,
    pub(crate) action: Action,
    pub(crate) object: String,
    pub(crate) record: RecordDigest,
    pub(crate) reason: String,
    pub(crate) station: Station,
    pub(crate) components: Components,
    pub(crate) factor: Option<&'static str>,
    pub(crate) second: bool,
}

impl Signature {
    /// Who.
    #[must_use]
    pub const fn who(&self) -> &UserId {
        &self.who
    }

    /// Printed name.
    #[must_use]
    pub const fn name(&self) -> &PrintedName {
        &self.name
    }

    /// Role acted in.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// What it means.
    #[must_use]
    pub const fn meaning(&self) -> Meaning {
        self.meaning
    }

    /// What is signed.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.action
    }

    /// On what.
    #[must_use]
    pub fn object(&self) -> &str {
        &self.object
    }

    /// SHA-256 of the record.
    #[must_use]
    pub const fn record(&self) -> RecordDigest {
        self.record
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Where.
    #[must_use]
    pub const fn station(&self) -> &Station {
        &self.station
    }

    /// What was typed.
    #[must_use]
    pub const fn components(&self) -> Components {
        self.components
    }

    /// The second factor, if one was shown.
    #[must_use]
    pub const fn factor(&self) -> Option<&'static str> {
        self.factor
    }

    /// It is the one of a second person.
    #[must_use]
    pub const fn is_second(&self) -> bool {
        self.second
    }

    /// True when it is for exactly this: the caller asks before it acts on it.
    #[must_use]
    pub fn covers(&self, action: Action, object: &str, record: RecordDigest) -> bool {
        self.action == action && self.object == object && self.record == record
    }

    /// `subject` of the record of kind `signature`: action, object, hash.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{} {} sha256:{}", self.action.name(), self.object, self.record.to_text())
    }
}

/// A signature that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) nonce: Nonce,
    pub(crate) session: TokenHash,
    pub(crate) asked_ms: u64,
    pub(crate) action: Action,
    pub(crate) meaning: Meaning,
    pub(crate) components: Components,
    pub(crate) object: String,
    pub(crate) record: RecordDigest,
    pub(crate) reason: String,
    /// The first signer, when this is the second.
    pub(crate) after: Option<UserId>,
    pub(crate) done_by: Vec<UserId>,
}

/// What a nonce stands for.
pub(crate) enum Known {
    Pending(Box<Pending>),
    /// Given or refused.
    Ended,
    /// Its time is over.
    Late,
    Never,
}

#[derive(Debug, Default)]
pub(crate) struct Signings {
    pending: Vec<Pending>,
    /// Ended ones; true: by time.
    ended: VecDeque<(Nonce, bool)>,
}

impl Signings {
    pub(crate) fn ask(&mut self, pending: Pending) {
        let of_session = self.pending.iter().filter(|p| p.session == pending.session).count();
        if of_session >= OF_SESSION_MAX {
            let oldest = self.pending.iter().position(|p| p.session == pending.session);
            self.end(oldest, true);
        }
        if self.pending.len() >= PENDING_MAX {
            self.end(Some(0), true);
        }
        self.pending.push(pending);
    }

    fn end(&mut self, at: Option<usize>, by_time: bool) -> Option<Pending> {
        let pending = self.pending.remove(at?);
        if self.ended.len() >= ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back((pending.nonce, by_time));
        Some(pending)
    }

    pub(crate) fn look(&self, nonce: &Nonce) -> Known {
        if let Some(pending) = self.pending.iter().find(|p| p.nonce == *nonce) {
            return Known::Pending(Box::new(pending.clone()));
        }
        match self.ended.iter().find(|(ended, _)| ended == nonce) {
            Some((_, true)) => Known::Late,
            Some((_, false)) => Known::Ended,
            None => Known::Never,
        }
    }

    /// It is being given: good for this one try.
    pub(crate) fn take(&mut self, nonce: &Nonce) -> Option<Pending> {
        let at = self.pending.iter().position(|p| p.nonce == *nonce);
        self.end(at, false)
    }

    pub(crate) fn forget_old(&mut self, now: Now, within_ms: u64) {
        let is_old = |p: &Pending| now.mono_ms.saturating_sub(p.asked_ms) >= within_ms;
        while let Some(at) = self.pending.iter().position(is_old) {
            self.end(Some(at), true);
        }
    }

    pub(crate) fn forget_session(&mut self, session: &TokenHash) {
        while let Some(at) = self.pending.iter().position(|p| p.session == *session) {
            self.end(Some(at), false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Held against the published form by an independent computation: `printf` and `sha256sum` of
    /// 00000018 "packline signed record 1" 0000000b "batch_close" 00000003 "B-1".
    #[test]
    fn the_canonical_form_is_the_published_one() {
        let digest = RecordDigest::of(&[b"batch_close", b"B-1"]);
        assert_eq!(
            digest.to_text(),
            "3c3f29b407a14af1444fb99b60103f483fe8b04e6e9d7df40cdc885e52db4df6"
        );
        for other in [&[b"batch_close".as_slice(), b"B-", b"1"] as &[&[u8]], &[b"batch_closeB-1"]] {
            assert_ne!(RecordDigest::of(other), digest, "fields do not run into each other");
        }
    }
}
