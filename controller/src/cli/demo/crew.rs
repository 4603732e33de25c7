//! The demo's users, one of every role and a second one for quality, with passwords of their own.
//!
//! They come by the console and the login that `packline user` uses, before the service starts.
//! Must never be made in a ledger of real packs.

use super::{Stop, refused};
use crate::accounts::{one_time, random};
use crate::cli::args::DataDir;
use crate::cli::order::Failure;
use crate::cli::user_desk::{Desk, failed};
use people::{Language, NewUser, OneTimePassword, Role, UserChange, UserId};
use std::path::Path;

const REASON: &str = "packline demo --serve";

/// Id, printed name, role. The administrator comes last: until then nobody could have logged in to
/// add them.
const CREW: [(&str, &str, Role); 6] = [
    ("olga", "Olga Oker", Role::Operator),
    ("sven", "Sven Sund", Role::Supervisor),
    ("quinn", "Quinn Quist", Role::Quality),
    ("quentin", "Quentin Quill", Role::Quality),
    ("erik", "Erik Ek", Role::Engineer),
    ("anna", "Anna Ahl", Role::Administrator),
];

/// Somebody who can log in.
pub struct Member {
    /// For logging in.
    pub user: &'static str,
    /// Role.
    pub role: Role,
    /// Password.
    pub password: String,
}

/// Makes the users of the demo's ledger, or gives those that are there new passwords.
///
/// # Errors
/// The ledger is none of a simulation, or cannot be written.
pub fn muster(dir: &Path) -> Result<Vec<Member>, Stop> {
    let at = DataDir { data_dir: dir.to_owned(), json: false };
    let stop = |failure: Failure| (failure.exit, failure.text);
    let mut desk = Desk::open(&at).map_err(stop)?;
    if !desk.is_simulation() {
        return Err(refused("demo users are for the ledger of a simulation only"));
    }
    CREW.iter().map(|member| enlist(&mut desk, *member).map_err(stop)).collect()
}

/// One of them: as for any user the password that was given is changed by its person.
fn enlist(
    desk: &mut Desk,
    (user, name, role): (&'static str, &str, Role),
) -> Result<Member, Failure> {
    let wrong = |error: String| Failure::refused(format!("demo user {user}: {error}"));
    let id: UserId = user.parse().map_err(|e: people::UserError| wrong(e.to_string()))?;
    let (given, phc) = one_time(&desk.hasher).map_err(failed)?;
    let change = if desk.knows(&id) {
        UserChange::GivePassword(phc)
    } else {
        let name = name.parse().map_err(|e: people::UserError| wrong(e.to_string()))?;
        let roles = [role].into_iter().collect();
        UserChange::Add(NewUser { name, roles, language: Language::En, phc })
    };
    desk.change_as_console(&id, change, REASON)?;
    let own = OneTimePassword::draw(&random().map_err(failed)?);
    let (given, new) =
        given.password().zip(own.password()).ok_or_else(|| wrong("no password".into()))?;
    desk.login(&id, &given)?;
    desk.set_own_password(&given, || Ok(new))?;
    Ok(Member { user, role, password: own.text().to_owned() })
}
