//! What a change of a user makes of the table of users.
//!
//! Must never delete a user, let an id or a name come back, or take a change that does not begin
//! where the one before has ended.

use super::Place;
use crate::error::{Fail, forbidden};
use crate::people::UserFacts;
use rusqlite::params;

/// Applies one event.
pub(super) fn user_changed(
    at: &Place<'_>,
    user: &str,
    old: Option<&UserFacts>,
    new: &UserFacts,
) -> Result<(), Fail> {
    if at.batch_no != 0 {
        return forbidden("a user is changed in the site chain only");
    }
    let refused = || format!("change of user {user} that does not follow the one before");
    let Some(old) = old else {
        return at.one(
            "INSERT INTO user VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
            params![
                user,
                new.name,
                new.roles.join(","),
                new.state,
                new.language,
                new.must_change,
                new.credential,
                at.seq
            ],
            &|| format!("user {user} added, whose id or name was there before"),
        );
    };
    let credential_fits = new.credential == old.credential || new.credential == old.credential + 1;
    if new.name != old.name || !credential_fits {
        return forbidden(refused());
    }
    at.one(
        "UPDATE user SET roles = ?7, state = ?8, language = ?9, must_change = ?10, \
         credential = ?11, seq = ?12 WHERE user = ?1 AND roles = ?2 AND state = ?3 \
         AND language = ?4 AND must_change = ?5 AND credential = ?6 AND name = ?13 \
         AND state <> 'retired'",
        params![
            user,
            old.roles.join(","),
            old.state,
            old.language,
            old.must_change,
            old.credential,
            new.roles.join(","),
            new.state,
            new.language,
            new.must_change,
            new.credential,
            at.seq,
            old.name
        ],
        &refused,
    )
}
