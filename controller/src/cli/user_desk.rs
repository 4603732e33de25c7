//! People of a data directory where no service runs: somebody logs in, or the console, and changes
//! users.
//!
//! Used by `packline user` and by the demo. Must never hold a rule: `people` decides.

use super::args::DataDir;
use super::order::{Failure, ledger_path};
use crate::accounts::{Accounts, AccountsError, alarm, hasher, os_account, random};
use crate::service::wall_clock;
use ledger::{Chain, Ledger, LedgerError, LedgerKind};
use people::{
    Actor, Caller, Denied, Factor, Fresh, Hasher, Password, Policy, Role, Salt, Station, Token,
    UserChange, UserId,
};

/// Where a person at the console stands.
const CONSOLE: &str = "console";

/// In words.
pub(super) fn failed(error: AccountsError) -> Failure {
    match error {
        AccountsError::Ledger(error) => unopened(error),
        other => Failure::refused(other.to_string()),
    }
}

/// In words.
pub(super) fn unopened(error: LedgerError) -> Failure {
    match error {
        LedgerError::Locked { .. } => {
            Failure::refused(format!("{error}: a service runs there; stop it first"))
        }
        other => Failure::refused(other.to_string()),
    }
}

fn refused(what: &impl ToString) -> Failure {
    Failure::refused(what.to_string())
}

/// The ledger and people of a data directory, and somebody who is logged in there.
pub(super) struct Desk {
    ledger: Ledger,
    accounts: Accounts,
    /// Makes and proves the hashes of passwords.
    pub(super) hasher: Hasher,
    station: Station,
    token: Option<Token>,
}

impl Desk {
    /// Takes the ledger's lock.
    ///
    /// # Errors
    /// A service runs there, or there is no ledger.
    pub(super) fn open(at: &DataDir) -> Result<Self, Failure> {
        let ledger = Ledger::open(&ledger_path(at)?, wall_clock()).map_err(unopened)?;
        let accounts = Accounts::open(&at.data_dir, &ledger, Policy::default()).map_err(failed)?;
        let station = CONSOLE.parse().map_err(|e: people::UserError| refused(&e))?;
        let hasher = hasher().map_err(failed)?;
        Ok(Self { ledger, accounts, hasher, station, token: None })
    }

    /// What was decided is durable, a refusal, too, before it is told.
    fn answered<T>(&mut self, answer: Result<T, Denied>) -> Result<T, Failure> {
        self.accounts.carry_out(&mut self.ledger).map_err(failed)?;
        answer.map_err(|denied| refused(&denied))
    }

    /// Somebody logs in.
    ///
    /// # Errors
    /// The refusal; it is on record.
    pub(super) fn login(&mut self, user: &UserId, password: &Password) -> Result<(), Failure> {
        let now = self.accounts.now();
        let begun = self.accounts.people.begin_login(now, &self.station, user.as_str());
        let attempt = self.answered(begun)?;
        let salt = Salt(random().map_err(failed)?);
        let proved = attempt.prove(&self.hasher, password, Factor::NotAsked, salt);
        let fresh = Fresh::new(random().map_err(failed)?);
        let now = self.accounts.now();
        let done = self.accounts.people.finish_login(now, proved, &fresh, None);
        self.token = Some(self.answered(done)?.token);
        Ok(())
    }

    /// Who is logged in sets a new password and is logged out.
    ///
    /// # Errors
    /// The refusal; it is on record.
    pub(super) fn set_own_password(
        &mut self,
        old: &Password,
        new: impl FnOnce() -> Result<Password, Failure>,
    ) -> Result<(), Failure> {
        let attempt = self
            .asked(|accounts, caller| accounts.people.begin_own_password(accounts.now(), caller))?;
        let new = new()?;
        let salt = Salt(random().map_err(failed)?);
        let proved = attempt.prove_and_hash(&self.hasher, old, &new, salt);
        let now = self.accounts.now();
        let done = self.accounts.people.finish_own_password(now, proved);
        let done = self.answered(done);
        self.logout()?;
        done
    }

    /// Runs `work` as the person who is logged in.
    fn asked<T>(
        &mut self,
        work: impl FnOnce(&mut Accounts, Caller<'_>) -> Result<T, Denied>,
    ) -> Result<T, Failure> {
        let csrf = self.token.as_ref().map(Token::csrf);
        let (token, station) = (self.token.as_ref(), &self.station);
        let caller = Caller { token, csrf: csrf.as_deref(), station };
        let done = work(&mut self.accounts, caller);
        self.answered(done)
    }

    fn logout(&mut self) -> Result<(), Failure> {
        if self.token.is_none() {
            return Ok(());
        }
        self.asked(|accounts, caller| accounts.people.logout(accounts.now(), caller))
    }

    /// Who is logged in changes a user and is logged out.
    ///
    /// # Errors
    /// The refusal; it is on record.
    pub(super) fn change(
        &mut self,
        user: &UserId,
        change: UserChange,
        reason: &str,
    ) -> Result<(), Failure> {
        let done = self.asked(|accounts, caller| {
            let actor = Actor::Session(caller);
            accounts.people.administer(accounts.now(), actor, user, change, reason)
        });
        self.logout()?;
        done
    }

    /// The console changes a user: on record whatever comes of it, and an alarm where it was not
    /// the only way.
    ///
    /// # Errors
    /// The refusal; it is on record.
    pub(super) fn change_as_console(
        &mut self,
        user: &UserId,
        change: UserChange,
        reason: &str,
    ) -> Result<(), Failure> {
        let account = os_account();
        let needless = self.accounts.people.can_log_in(Role::Administrator);
        let actor = Actor::Console { account: &account };
        let now = self.accounts.now();
        let done = self.accounts.people.administer(now, actor, user, change, reason);
        self.answered(done)?;
        if needless {
            let body = alarm("console_administration");
            let raised = self.ledger.append_service(wall_clock(), Chain::Site, &body);
            raised.map_err(unopened)?;
        }
        Ok(())
    }

    /// True for the ledger of a simulation.
    pub(super) fn is_simulation(&self) -> bool {
        self.ledger.kind() == LedgerKind::Simulation
    }

    /// True for a user of this ledger.
    pub(super) fn knows(&self, user: &UserId) -> bool {
        self.accounts.people.users().get(user).is_some()
    }
}
