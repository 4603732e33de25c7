//! Users are added, given roles and passwords, blocked, retired.
//!
//! Must never delete a user, leave nobody who can administer, or let anybody change his own rights.

use crate::access::Caller;
use crate::audit::{Access, AuditRecord, UserChanged};
use crate::denied::Denied;
use crate::password::{Password, Phc};
use crate::people::People;
use crate::policy::Now;
use crate::role::{Role, RoleSet};
use crate::table::Action;
use crate::user::{Language, PrintedName, USERS_MAX, User, UserId, UserState};

const WHY_MAX: usize = 400;
/// Letters and digits without look-alikes, as the default serials have.
const ONE_TIME: &[u8; 30] = b"0123456789ABCDEFGHKMNPRSTVWXYZ";
const GROUPS: usize = 4;
const GROUP: usize = 5;

/// Who changes a user.
#[derive(Clone, Copy, Debug)]
pub enum Actor<'a> {
    /// A person with a session: an administrator, as the table says.
    Session(Caller<'a>),
    /// Whoever works at the machine's console under this account of the operating system. No user
    /// of this line: can sign nothing, and the record says so.
    Console {
        /// Name of the account.
        account: &'a str,
    },
}

/// A user to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// For print.
    pub name: PrintedName,
    /// At least one.
    pub roles: RoleSet,
    /// Of the screens.
    pub language: Language,
    /// Hash of a one-time password.
    pub phc: Phc,
}

/// What is to be changed.
#[derive(Clone, Debug)]
pub enum UserChange {
    /// Add it.
    Add(NewUser),
    /// Give it these roles, and no others.
    Roles(RoleSet),
    /// It cannot log in any more.
    Block,
    /// It can again.
    Unblock,
    /// It never can again.
    Retire,
    /// Give it a one-time password.
    GivePassword(Phc),
    /// Another language.
    Language(Language),
}

impl UserChange {
    const fn what(&self) -> &'static str {
        match self {
            Self::Add(_) => "added",
            Self::Roles(_) => "roles",
            Self::Block => "blocked",
            Self::Unblock => "unblocked",
            Self::Retire => "retired",
            Self::GivePassword(_) => "password_given",
            Self::Language(_) => "language",
        }
    }
}

/// A password that the system draws, shown once; its owner must change it at the first login.
pub struct OneTimePassword {
    text: zeroize::Zeroizing<String>,
}

impl OneTimePassword {
    /// From 40 random bytes of the operating system: 98 bits.
    #[must_use]
    pub fn draw(random: &[u8; 2 * GROUPS * GROUP]) -> Self {
        let mut text = String::with_capacity(GROUPS * (GROUP + 1));
        for (n, pair) in random.chunks(2).enumerate() {
            if n > 0 && n % GROUP == 0 {
                text.push('-');
            }
            // 30 in 65,536: no letter is likelier than another by more than 1 in 2,000.
            let number = usize::from(pair[0]) * 256 + usize::from(pair[1]);
            let drawn = (number * ONE_TIME.len()) / 65_536;
            text.push(char::from(ONE_TIME[drawn]));
        }
        Self { text: text.into() }
    }

    /// To be shown once.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// To be hashed.
    #[must_use]
    pub fn password(&self) -> Option<Password> {
        Password::new(self.text.to_string())
    }
}

impl People {
    /// Changes a user.
    ///
    /// # Errors
    /// [`Denied`]; it is on record where a person asked.
    pub fn administer(
        &mut self,
        now: Now,
        actor: Actor<'_>,
        user: &UserId,
        change: UserChange,
        why: &str,
    ) -> Result<(), Denied> {
        self.tick(now);
        let (by, role, own) = match actor {
            Actor::Session(caller) => {
                let grant = self.authorize(now, caller, Action::UsersAdminister)?;
                let own = grant.user.as_ref() == Some(user);
                (grant.who, grant.role, own)
            }
            Actor::Console { account } => (format!("console:{account}"), "console", false),
        };
        let what = change.what();
        match self.changed(user, change, own, why) {
            Ok((old, new, phc)) => {
                let why = Some(why.trim().to_owned()).filter(|why| !why.is_empty());
                let record = UserChanged { by, role, what, old, new, why };
                self.put_user(now, record, phc);
                if what != "added" && what != "language" {
                    self.end_sessions_of(user, None);
                }
                Ok(())
            }
            Err(denied) => {
                let what = Action::UsersAdminister.name();
                if let Actor::Session(caller) = actor {
                    return Err(self.denied(now, caller, what, denied));
                }
                let (station, what) = (Some("console".to_owned()), what.to_owned());
                let why = Some(denied.code());
                let access = Access { who: by, what, granted: false, why, station, times: 1 };
                self.record(AuditRecord::Access(access));
                Err(denied)
            }
        }
    }

    /// The first user of a new ledger, by the service itself: an administrator who can do nothing
    /// but set a password and then add persons.
    ///
    /// # Errors
    /// There are users already.
    pub fn first_start(&mut self, now: Now, phc: Phc) -> Result<UserId, Denied> {
        let id: UserId = "admin".parse().map_err(|_| Denied::UnknownUser)?;
        let name: PrintedName = "First administrator".parse().map_err(|_| Denied::NameUsed)?;
        if !self.users.is_empty() {
            return Err(Denied::IdUsed);
        }
        let roles = RoleSet::of(Role::Administrator);
        let new = NewUser { name, roles, language: Language::En, phc };
        let (old, new, phc) =
            self.changed(&id, UserChange::Add(new), false, "first start of a new ledger")?;
        let record = UserChanged {
            by: "service".to_owned(),
            role: "service",
            what: "added",
            old,
            new,
            why: Some("first start".to_owned()),
        };
        self.put_user(now, record, phc);
        Ok(id)
    }

    fn changed(
        &self,
        id: &UserId,
        change: UserChange,
        own: bool,
        why: &str,
    ) -> Result<(Option<User>, User, Option<Phc>), Denied> {
        let language = matches!(change, UserChange::Language(_));
        if !language && (why.trim().is_empty() || why.chars().count() > WHY_MAX) {
            return Err(Denied::NoReason);
        }
        let old = match change {
            UserChange::Add(new) => return self.added(id, new),
            _ => self.users.get(id).ok_or(Denied::UnknownUser)?.clone(),
        };
        if old.state == UserState::Retired {
            return Err(Denied::Retired);
        }
        if own && !language {
            return Err(Denied::OwnAccount);
        }
        let (mut new, mut given) = (old.clone(), None);
        match change {
            UserChange::Add(_) => {}
            UserChange::Roles(roles) => new.roles = checked(roles)?,
            UserChange::Block => new.state = UserState::Blocked,
            UserChange::Unblock => new.state = UserState::Active,
            UserChange::Retire => new.state = UserState::Retired,
            UserChange::Language(language) => new.language = language,
            UserChange::GivePassword(phc) => {
                (new.must_change, new.credential) = (true, old.credential.saturating_add(1));
                given = Some(phc);
            }
        }
        if new == old {
            return Err(Denied::Unchanged);
        }
        let leaves = old.is_active(Role::Administrator) && !new.is_active(Role::Administrator);
        let others = self.users.all().filter(|user| user.id != *id);
        if leaves && !others.into_iter().any(|user| user.is_active(Role::Administrator)) {
            return Err(Denied::LastAdministrator);
        }
        Ok((Some(old), new, given))
    }

    fn added(
        &self,
        id: &UserId,
        new: NewUser,
    ) -> Result<(Option<User>, User, Option<Phc>), Denied> {
        if self.users.get(id).is_some() {
            return Err(Denied::IdUsed);
        }
        if self.users.has_name(&new.name) {
            return Err(Denied::NameUsed);
        }
        if self.users.len() >= USERS_MAX {
            return Err(Denied::TooManyUsers);
        }
        let user = User {
            id: id.clone(),
            name: new.name,
            roles: checked(new.roles)?,
            state: UserState::Active,
            language: new.language,
            must_change: true,
            credential: 1,
        };
        Ok((None, user, Some(new.phc)))
    }
}

/// A set of roles that one person may have.
fn checked(roles: RoleSet) -> Result<RoleSet, Denied> {
    let production = [Role::Operator, Role::Supervisor, Role::Quality];
    let production: RoleSet = production.into_iter().collect();
    if roles.is_empty() {
        return Err(Denied::NoRole);
    }
    if roles.has(Role::Administrator) && !roles.both(production).is_empty() {
        return Err(Denied::AdministratorApart);
    }
    Ok(roles)
}
