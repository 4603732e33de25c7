//! Passwords: the rules for new ones, hashing and verifying with argon2id.
//!
//! Hashing is slow on purpose: callers run it off every thread that must not wait, and bound how
//! many run at once. Must never show, log or keep a password.

use crate::user::{PrintedName, UserId};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use zeroize::Zeroizing;

/// Longest password in bytes; longer texts are no passwords but a flood.
const BYTES_MAX: usize = 256;
/// A part of the person's own name from this length on may not be in it.
const NAME_PART_MIN: usize = 4;
/// Beginnings of what everybody tries first.
const COMMON: [&str; 12] = [
    "password",
    "passwort",
    "qwerty",
    "qwertz",
    "letmein",
    "welcome",
    "willkommen",
    "packline",
    "123456",
    "abcdef",
    "admin",
    "iloveyou",
];
/// Different characters at least.
const DISTINCT_MIN: usize = 5;
/// In place of a password hash when nobody is there; no password is verified against it with
/// success, for what is hashed is not text.
const NOBODY: &[u8] = &[0xff, 0xfe, 0xfd];

/// What a person typed. Wiped when it goes.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes the text over; none when it is longer than any password may be.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let text = Zeroizing::new(text);
        (text.len() <= BYTES_MAX).then_some(Self(text))
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        crate::token::same(self.bytes(), other.bytes())
    }

    /// Checks it as a new password of this person.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(
        &self,
        chars_min: usize,
        id: &UserId,
        name: &PrintedName,
    ) -> Result<(), PasswordFault> {
        let chars = self.0.chars().count();
        if chars < chars_min {
            return Err(PasswordFault::TooShort { chars, min: chars_min });
        }
        let lower = Zeroizing::new(self.0.to_lowercase());
        let mut distinct: Vec<char> = lower.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < DISTINCT_MIN {
            return Err(PasswordFault::TooPlain);
        }
        if COMMON.iter().any(|common| lower.contains(common)) {
            return Err(PasswordFault::Common);
        }
        let name = name.key();
        let parts = name.split(' ').filter(|part| part.chars().count() >= NAME_PART_MIN);
        let own = parts.chain([id.as_str()].into_iter().filter(|id| id.len() >= NAME_PART_MIN));
        for part in own {
            if lower.contains(part) {
                return Err(PasswordFault::OwnName);
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Why a new password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too few characters.
    #[error("the password has {chars} characters, at least {min} are needed; use some words")]
    TooShort {
        /// It has.
        chars: usize,
        /// It needs.
        min: usize,
    },
    /// The same few characters over and over.
    #[error("the password repeats a few characters; use more different ones")]
    TooPlain,
    /// One that everybody tries first.
    #[error("the password holds a word or a row of keys that everybody tries first")]
    Common,
    /// Holds the person's own name or id.
    #[error("the password holds your name or user id")]
    OwnName,
    /// The same as before.
    #[error("the new password is the old one")]
    Same,
    /// Cannot be hashed: no memory, or a broken setting.
    #[error("the password could not be hashed; the service lacks memory or its settings are wrong")]
    NotHashed,
}

/// A password hash as PHC string (`$argon2id$v=19$m=..,t=..,p=..$salt$hash`). Storage only.
#[derive(Clone, PartialEq, Eq)]
pub struct Phc(String);

impl Phc {
    /// As it was stored.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// For storage, which nobody but the service may read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Phc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phc(..)")
    }
}

/// 16 random bytes of the operating system for one hash.
#[derive(Clone, Copy)]
pub struct Salt(pub [u8; 16]);

/// What a hash costs (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB, of each one that runs.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for HashCost {
    /// 19 MiB, two passes, one lane: the smallest setting for argon2id in OWASP's password storage
    /// sheet. It leaves the memory bandwidth to the line.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// Hashes and verifies. Shared by threads; holds no secret.
#[derive(Clone)]
pub struct Hasher {
    params: Params,
    nobody: Phc,
}

impl Hasher {
    /// With these costs; `salt` for the hash that stands in for users who are not there.
    ///
    /// # Errors
    /// The costs are out of argon2's bounds, or there is no memory.
    pub fn new(cost: HashCost, salt: Salt) -> Result<Self, PasswordFault> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None);
        let params = params.map_err(|_| PasswordFault::NotHashed)?;
        let mut hasher = Self { params, nobody: Phc(String::new()) };
        hasher.nobody = hasher.hash_bytes(NOBODY, salt)?;
        Ok(hasher)
    }

    fn argon2(&self) -> Argon2<'_> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    fn hash_bytes(&self, bytes: &[u8], salt: Salt) -> Result<Phc, PasswordFault> {
        let hash: Result<PasswordHash, _> = self.argon2().hash_password_with_salt(bytes, &salt.0);
        hash.map(|hash| Phc(hash.to_string())).map_err(|_| PasswordFault::NotHashed)
    }

    /// Hashes a password for storage. Slow.
    ///
    /// # Errors
    /// [`PasswordFault::NotHashed`].
    pub fn hash(&self, password: &Password, salt: Salt) -> Result<Phc, PasswordFault> {
        self.hash_bytes(password.bytes(), salt)
    }

    /// Verifies a password; for nobody against a stand-in of the same cost. Slow.
    pub(crate) fn verify(&self, password: &Password, phc: Option<&Phc>) -> bool {
        let stored = phc.unwrap_or(&self.nobody);
        let argon2 = self.argon2();
        let verify =
            |phc: &Phc| PasswordVerifier::<str>::verify_password(&argon2, password.bytes(), &phc.0);
        // A hash that cannot be read takes as long as one that can.
        let right = match verify(stored) {
            Ok(()) => true,
            Err(argon2::password_hash::Error::PasswordInvalid) => false,
            Err(_) => {
                let _ = verify(&self.nobody);
                false
            }
        };
        right && phc.is_some()
    }

    /// True when a hash was made with other costs than these.
    pub(crate) fn is_outdated(&self, phc: &Phc) -> bool {
        let made = PasswordHash::new(&phc.0).ok().and_then(|hash| {
            let argon2id = hash.algorithm.as_str() == Algorithm::Argon2id.as_str();
            Params::try_from(&hash).ok().filter(|_| argon2id)
        });
        let costs = |p: &Params| (p.m_cost(), p.t_cost(), p.p_cost());
        made.is_none_or(|made| costs(&made) != costs(&self.params))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(memory_kib: u32) -> Hasher {
        let cost = HashCost { memory_kib, passes: 1, lanes: 1 };
        Hasher::new(cost, Salt([9; 16])).expect("a hasher")
    }

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).expect("a password")
    }

    #[test]
    fn a_hash_is_argon2id_and_verifies_its_password_only() {
        let hasher = hasher(8);
        let phc = hasher.hash(&password("correct horse"), Salt([1; 16])).expect("hashed");
        assert!(phc.as_str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", phc.as_str());
        assert!(hasher.verify(&password("correct horse"), Some(&phc)));
        assert!(!hasher.verify(&password("correct hors"), Some(&phc)));
        assert!(!hasher.verify(&password("correct horse"), None), "nobody has no password");
        assert!(!hasher.verify(&password("x"), Some(&Phc::stored("garbage".into()))));
        let other = hasher.hash(&password("correct horse"), Salt([2; 16])).expect("hashed");
        assert_ne!(phc.as_str(), other.as_str(), "salted");
        assert!(!format!("{phc:?}{:?}", password("secret")).contains("secret"));
    }

    #[test]
    fn raised_costs_make_a_hash_outdated_and_it_still_verifies() {
        let phc = hasher(8).hash(&password("correct horse"), Salt([1; 16])).expect("hashed");
        assert!(!hasher(8).is_outdated(&phc) && hasher(16).is_outdated(&phc));
        assert!(hasher(16).verify(&password("correct horse"), Some(&phc)));
        assert!(hasher(8).is_outdated(&Phc::stored(phc.as_str().replace("argon2id", "argon2i"))));
    }

    #[test]
    fn new_passwords() {
        let (id, name) = ("quinn", "Quinn O\u{2019}Neill-Example");
        let (id, name) = (id.parse().expect("an id"), name.parse().expect("a name"));
        let check = |text: &str| password(text).check(12, &id, &name);
        assert_eq!(check("four words a night"), Ok(()));
        assert_eq!(check("grüne Äpfel am Tor"), Ok(()));
        assert_eq!(check("short"), Err(PasswordFault::TooShort { chars: 5, min: 12 }));
        assert_eq!(check("aaaaabbbbbaaaaa"), Err(PasswordFault::TooPlain));
        assert_eq!(check("my PASSWORD is good"), Err(PasswordFault::Common));
        assert_eq!(check("only Quinn knows it"), Err(PasswordFault::OwnName));
        assert!(Password::new("x".repeat(BYTES_MAX + 1)).is_none());
    }

    /// A published vector: RFC 9106, 5.3 has secret and associated data, which are not used here;
    /// this one is from the reference implementation's tests (argon2id, v 19, m 64 MiB, t 2, p 1).
    #[test]
    fn verifies_a_hash_of_the_reference_implementation() {
        let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ\
                   $CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let phc = Phc::stored(phc.to_owned());
        assert!(hasher(8).verify(&password("password"), Some(&phc)));
        assert!(!hasher(8).verify(&password("Password"), Some(&phc)));
    }
}
