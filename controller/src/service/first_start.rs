//! The first user of a ledger that has none: an administrator with a one-time password.
//!
//! Called by `packline run`, which shows the password once. Must never make a second one, nor keep
//! the password.

use crate::accounts::random;
use hmi::{Desk, Problem};
use people::{OneTimePassword, PasswordFault, Salt, UserId};

/// Who it is, and the password.
pub struct FirstAdministrator {
    /// For logging in.
    pub user: UserId,
    /// Shown once.
    pub password: OneTimePassword,
}

fn failed(what: impl ToString) -> Problem {
    Problem::new(503, "first_start", what.to_string())
        .at("first administrator")
        .remedy("add one by hand: packline user add ID --role administrator --console")
}

pub(super) fn first_start(desk: &Desk) -> Result<Option<FirstAdministrator>, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.map_err(failed)?.block_on(async {
        if !desk.ask(|people, _| people.users().is_empty()).await? {
            return Ok(None);
        }
        let drawn = OneTimePassword::draw(&random().map_err(failed)?);
        let (password, salt) = (drawn.password(), Salt(random().map_err(failed)?));
        let hashed = desk.hash(move |hasher| {
            password.ok_or(PasswordFault::NotHashed).and_then(|p| hasher.hash(&p, salt))
        });
        let phc = hashed.await?.map_err(failed)?;
        let user = desk.ask(move |people, now| people.first_start(now, phc)).await?;
        Ok(Some(FirstAdministrator { user: user.map_err(failed)?, password: drawn }))
    })
}
