//! The five roles, and sets of them.
//!
//! Used by the table and by users. Must never say what a role may do: that is `table.rs`.

use std::fmt;
use std::str::FromStr;

/// What a person is at this line (21 CFR 11.10(d), (g); Annex 11, 12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// Runs orders at the line.
    Operator = 0,
    /// Answers for the shift; second person of the operator.
    Supervisor = 1,
    /// Reviews, approves, releases.
    Quality = 2,
    /// Looks after devices and configuration.
    Engineer = 3,
    /// Looks after users, backups and keys; has no part in production or its review.
    Administrator = 4,
}

impl Role {
    /// All, in the order of the table's columns.
    pub const ALL: [Self; 5] =
        [Self::Operator, Self::Supervisor, Self::Quality, Self::Engineer, Self::Administrator];

    /// Name as in records and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Quality => "quality",
            Self::Engineer => "engineer",
            Self::Administrator => "administrator",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.name() == text);
        found.ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("\"{text}\" is no role; the roles are {all}")
        })
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct RoleSet(u8);

impl RoleSet {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// Every role.
    pub const ALL: Self = Self(0b1_1111);

    /// One role.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        Self(1 << role as u8)
    }

    /// Both together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True when `role` is in it.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.0 & Self::of(role).0 != 0
    }

    /// The roles that are in both.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// True when no role is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in the order of the table.
    pub fn roles(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// Names, in the order of the table.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.roles().map(Role::name).collect()
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::NONE, |set, role| set.or(Self::of(role)))
    }
}

impl fmt::Display for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.names().join(", "))
    }
}
