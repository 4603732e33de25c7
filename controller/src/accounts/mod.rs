//! People joined with their storage: what `people` decides is carried out on ledger and vault.
//!
//! Used by the commands without a service; the service uses the parts. Must never hold a rule, nor
//! answer before everything is durable.

mod rows;
mod terminal;

pub use rows::{access_body, record_body, signature_body, stored};
pub use terminal::{ask_password, ask_secret, os_account};

use crate::service::wall_clock;
use ledger::{Chain, Ledger, LedgerError, ServiceBody, Vault, VaultError};
use people::{
    Denied, Effect, HashCost, Hasher, Now, OneTimePassword, PasswordFault, People, Phc, Policy,
    Salt,
};
use std::path::Path;
use std::time::Instant;

/// Why people's storage cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Passwords and sessions.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What is stored is no user of this program.
    #[error("user {user} of the ledger cannot be read: {what}")]
    User {
        /// Which.
        user: String,
        /// Why.
        what: String,
    },
    /// No random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] PasswordFault),
    /// Refused.
    #[error(transparent)]
    Denied(#[from] Denied),
}

/// Random bytes of the operating system.
///
/// # Errors
/// There are none.
pub fn random<const N: usize>() -> Result<[u8; N], AccountsError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| AccountsError::Random(error.to_string()))?;
    Ok(bytes)
}

/// A hasher with the default costs.
///
/// # Errors
/// No random bytes, no memory.
pub fn hasher() -> Result<Hasher, AccountsError> {
    Ok(Hasher::new(HashCost::default(), Salt(random()?))?)
}

/// Draws a one-time password and hashes it. Slow.
///
/// # Errors
/// No random bytes, no memory.
pub fn one_time(hasher: &Hasher) -> Result<(OneTimePassword, Phc), AccountsError> {
    let drawn = OneTimePassword::draw(&random()?);
    let password = drawn.password().ok_or(PasswordFault::NotHashed)?;
    let phc = hasher.hash(&password, Salt(random()?))?;
    Ok((drawn, phc))
}

/// People, and where they are kept.
pub struct Accounts {
    /// Who decides.
    pub people: People,
    vault: Vault,
    began: Instant,
}

impl Accounts {
    /// Opens people's part of a data directory; the caller holds its ledger.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn open(dir: &Path, ledger: &Ledger, policy: Policy) -> Result<Self, AccountsError> {
        let vault = Vault::open(dir, &ledger.identity()?)?;
        let stored = stored(&ledger.users()?, vault.credentials()?, vault.sessions()?)?;
        let began = Instant::now();
        let people = People::new(policy, stored, now(began));
        Ok(Self { people, vault, began })
    }

    /// The clocks.
    #[must_use]
    pub fn now(&self) -> Now {
        now(self.began)
    }

    /// Carries out what was decided, in its order: every call ends with it, before the answer.
    ///
    /// # Errors
    /// [`AccountsError`]; what is left is not carried out, and this value must not be used again.
    pub fn carry_out(&mut self, ledger: &mut Ledger) -> Result<(), AccountsError> {
        self.carry_out_with(&mut |body| {
            ledger.append_service(wall_clock(), Chain::Site, body)?;
            Ok(())
        })
    }

    /// The same where the ledger is on another thread: `append` puts an event into the site chain
    /// and returns when it is durable.
    ///
    /// # Errors
    /// As [`Self::carry_out`].
    pub fn carry_out_with(
        &mut self,
        append: &mut dyn FnMut(&ServiceBody) -> Result<(), AccountsError>,
    ) -> Result<(), AccountsError> {
        while let Some(effect) = self.people.poll() {
            match effect {
                Effect::KeepCredential(stored) => {
                    self.vault.keep_credential(&rows::credential(&stored))?;
                }
                Effect::Record(record) => append(&record_body(&record))?,
                Effect::ForgetCredentials { user, but } => {
                    self.vault.forget_credentials(user.as_str(), but)?;
                }
                Effect::KeepSession(stored) => self.vault.keep_session(&rows::session(&stored))?,
                Effect::ForgetSession(hash) => self.vault.forget_session(&hash.to_text())?,
                Effect::Alert { .. } => append(&alarm("failed_logins"))?,
            }
        }
        Ok(())
    }
}

/// An alarm that people must see (docs/people.md).
#[must_use]
pub fn alarm(what: &str) -> ServiceBody {
    ServiceBody::Alarm { what: what.to_owned(), raised: true }
}

fn now(began: Instant) -> Now {
    let mono_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Now { mono_ms, unix_ms: wall_clock().unix_ms }
}
