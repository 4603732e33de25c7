//! Users: who they are. An id for logging in, a name for print, roles, a state.
//!
//! Used by every other file. Must never forget a user or let an id or a name come back for another
//! person (21 CFR 11.100(a), 11.300(a)).

use crate::role::{Role, RoleSet};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Users of one ledger, the retired ones among them.
pub const USERS_MAX: usize = 1_000;
const ID_LEN: std::ops::RangeInclusive<usize> = 2..=32;
const NAME_LEN: std::ops::RangeInclusive<usize> = 3..=60;
/// Ids that records use for something that is no person.
const RESERVED: [&str; 7] =
    ["anyone", "console", "nobody", "operator", "service", "system", "unnamed"];
const STATION_LEN_MAX: usize = 64;

/// Text that is no id, name or station.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// Not a user id.
    #[error(
        "\"{0}\" is no user id: 2 to 32 of a-z 0-9 . _ -, a letter first, and none of the words \
         that records use themselves (operator, service, ..)"
    )]
    Id(String),
    /// Not a printed name.
    #[error(
        "that is no printed name: 3 to 60 characters with a letter, no control or invisible \
         characters, no white space at the ends"
    )]
    Name,
    /// Not a station.
    #[error("that is no station name: 1 to 64 of A-Z a-z 0-9 . : _ - [ ]")]
    Station,
    /// Not a language.
    #[error("\"{0}\" is no language; there are en and de")]
    Language(String),
    /// Not a state.
    #[error("\"{0}\" is no state of a user")]
    State(String),
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

text! {
    /// What a person logs in with; lower case, so that no two look alike by case.
    UserId
}
text! {
    /// What stands under a signature (21 CFR 11.50(a)(1)).
    PrintedName
}
text! {
    /// Where a person stands: a panel, a desk, an address. Sessions are bound to it.
    Station
}

impl FromStr for UserId {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
        let good = ID_LEN.contains(&text.len())
            && text.bytes().all(allowed)
            && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
            && !RESERVED.contains(&text);
        // A long text is cut: it may be anything, and the message is for people.
        let shown = || text.chars().take(40).collect();
        if good { Ok(Self(text.to_owned())) } else { Err(UserError::Id(shown())) }
    }
}

impl FromStr for PrintedName {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let good = NAME_LEN.contains(&text.chars().count())
            && text.trim() == text
            && text.chars().any(char::is_alphabetic)
            && !text.chars().any(is_invisible);
        if good { Ok(Self(text.to_owned())) } else { Err(UserError::Name) }
    }
}

impl PrintedName {
    /// What two names may not share: case and white space aside.
    #[must_use]
    pub fn key(&self) -> String {
        let lower = self.0.to_lowercase();
        lower.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Control characters, and those that hide or reorder what is beside them (Unicode's Cf).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

impl FromStr for Station {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".:_-[]".contains(&b);
        let good = (1..=STATION_LEN_MAX).contains(&text.len()) && text.bytes().all(allowed);
        if good { Ok(Self(text.to_owned())) } else { Err(UserError::Station) }
    }
}

/// Language of a person's screens; records hold codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// Two letters, ISO 639-1.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

impl FromStr for Language {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        match text {
            "en" => Ok(Self::En),
            "de" => Ok(Self::De),
            _ => Err(UserError::Language(text.chars().take(20).collect())),
        }
    }
}

/// Whether a person may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserState {
    /// May.
    Active,
    /// May not, until an administrator says otherwise.
    Blocked,
    /// Never again; the id and the name stay with the records.
    Retired,
}

impl UserState {
    /// Name as in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Retired => "retired",
        }
    }
}

impl FromStr for UserState {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let all = [Self::Active, Self::Blocked, Self::Retired];
        let found = all.into_iter().find(|state| state.name() == text);
        found.ok_or_else(|| UserError::State(text.chars().take(20).collect()))
    }
}

/// A user as the records make them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// For logging in.
    pub id: UserId,
    /// For print.
    pub name: PrintedName,
    /// What the user may do.
    pub roles: RoleSet,
    /// Whether the user may log in.
    pub state: UserState,
    /// Of the screens.
    pub language: Language,
    /// The password was given by another person: only a new one can be set with it.
    pub must_change: bool,
    /// Number of the password in force, from 1. The record names it, storage holds its hash: an
    /// older hash that somebody puts back is not in force.
    pub credential: u32,
}

impl User {
    /// An active user with this role.
    #[must_use]
    pub const fn is_active(&self, role: Role) -> bool {
        matches!(self.state, UserState::Active) && self.roles.has(role)
    }
}

/// All users, by id.
#[derive(Clone, Debug, Default)]
pub struct Users(BTreeMap<UserId, User>);

impl Users {
    /// The user of this id.
    #[must_use]
    pub fn get(&self, id: &UserId) -> Option<&User> {
        self.0.get(id)
    }

    /// All, by id.
    pub fn all(&self) -> impl Iterator<Item = &User> {
        self.0.values()
    }

    /// Nobody was ever added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are, the retired ones among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when another user than `id` has or had this name.
    pub(crate) fn has_name(&self, name: &PrintedName) -> bool {
        let key = name.key();
        self.0.values().any(|user| user.name.key() == key)
    }

    pub(crate) fn put(&mut self, user: User) {
        self.0.insert(user.id.clone(), user);
    }
}

impl FromIterator<User> for Users {
    fn from_iter<I: IntoIterator<Item = User>>(users: I) -> Self {
        Self(users.into_iter().map(|user| (user.id.clone(), user)).collect())
    }
}
