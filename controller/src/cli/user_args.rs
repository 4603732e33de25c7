//! The words about users.
//!
//! Part of `args`. Must never do anything.

use super::args::DataDir;
use clap::{ArgGroup, Args, Subcommand};
use people::{Language, PrintedName, Role, UserId};

/// `user ..`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List the users, the retired ones among them.
    List {
        /// Where the ledger is.
        #[command(flatten)]
        at: DataDir,
    },
    /// Add a user; its one-time password is shown once.
    Add {
        /// User id, for logging in: a-z 0-9 . _ -
        user: UserId,
        /// Printed name, for signatures; never given to anybody else.
        #[arg(long)]
        name: PrintedName,
        /// Role; may be given more than once.
        #[arg(long = "role", required = true)]
        roles: Vec<Role>,
        /// Language of the screens.
        #[arg(long, default_value = "en")]
        language: Language,
        /// Who does it, and why.
        #[command(flatten)]
        by: By,
    },
    /// Give a user these roles, and no others; its sessions end.
    Role {
        /// User id.
        user: UserId,
        /// Role; may be given more than once.
        #[arg(long = "role", required = true)]
        roles: Vec<Role>,
        /// Who does it, and why.
        #[command(flatten)]
        by: By,
    },
    /// Keep a user from logging in; its sessions end.
    Block {
        /// User id.
        user: UserId,
        /// Who does it, and why.
        #[command(flatten)]
        by: By,
    },
    /// Let a blocked user log in again.
    Unblock {
        /// User id.
        user: UserId,
        /// Who does it, and why.
        #[command(flatten)]
        by: By,
    },
    /// Give a user a one-time password, shown once; or change your own.
    Password(PasswordArgs),
    /// Keep a user from logging in for ever. Nobody is deleted, and no id or name comes back.
    Retire {
        /// User id.
        user: UserId,
        /// Who does it, and why.
        #[command(flatten)]
        by: By,
    },
    /// The table of what each role may do.
    Roles {
        /// As docs/roles.md.
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
        /// Machine-readable answer on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// `user password`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["own", "administrator", "console"])))]
pub struct PasswordArgs {
    /// User id.
    pub user: UserId,
    /// Change your own: the old and the new password are asked for, or two lines of input.
    #[arg(long)]
    pub own: bool,
    /// Administrator who gives it, asked for a password.
    #[arg(long = "as", value_name = "ADMINISTRATOR", requires = "reason")]
    pub administrator: Option<UserId>,
    /// As this account of the operating system: the last resort, on record as such.
    #[arg(long, requires = "reason")]
    pub console: bool,
    /// Why.
    #[arg(long)]
    pub reason: Option<String>,
    /// Where the ledger is.
    #[command(flatten)]
    pub at: DataDir,
}

/// Who changes a user, and why.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("actor").required(true).args(["administrator", "console"])))]
pub struct By {
    /// Administrator, asked for a password (a line of input where there is no terminal).
    #[arg(long = "as", value_name = "ADMINISTRATOR")]
    pub administrator: Option<UserId>,
    /// As this account of the operating system: the last resort, on record as such.
    #[arg(long)]
    pub console: bool,
    /// Why.
    #[arg(long)]
    pub reason: String,
    /// Where the ledger is.
    #[command(flatten)]
    pub at: DataDir,
}
