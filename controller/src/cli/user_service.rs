//! `packline user .. --as ADMINISTRATOR` and `packline user password .. --own` while a service runs:
//! through it, as a page does.
//!
//! Called by `user`. Must never hold a rule: the service refuses.

use super::client::Client;
use super::order::{Failure, service};
use super::session::{ask, with};
use super::user_args::{By, UserCommand};
use people::UserId;
use serde_json::{Value, json};

/// A change as the API takes it: address and body; none for what is no change by somebody else.
fn request(command: &UserCommand) -> Option<(String, Value, &UserId, &By)> {
    let names = |roles: &[people::Role]| roles.iter().map(|r| r.name()).collect::<Vec<_>>();
    let change = |user: &UserId, what: &str, roles: &[people::Role], by: &By| {
        let body = json!({ "change": what, "roles": names(roles), "reason": by.reason });
        (format!("/users/{user}"), body)
    };
    let (path, body, user, by) = match command {
        UserCommand::Add { user, name, roles, language, by } => {
            let body = json!({
                "user": user.as_str(), "name": name.as_str(), "roles": names(roles),
                "language": language.name(), "reason": by.reason,
            });
            ("/users".to_owned(), body, user, by)
        }
        UserCommand::Role { user, roles, by } => {
            let (path, body) = change(user, "roles", roles, by);
            (path, body, user, by)
        }
        UserCommand::Block { user, by } => {
            let (path, body) = change(user, "block", &[], by);
            (path, body, user, by)
        }
        UserCommand::Unblock { user, by } => {
            let (path, body) = change(user, "unblock", &[], by);
            (path, body, user, by)
        }
        UserCommand::Retire { user, by } => {
            let (path, body) = change(user, "retire", &[], by);
            (path, body, user, by)
        }
        UserCommand::List { .. } | UserCommand::Password(_) | UserCommand::Roles { .. } => {
            return None;
        }
    };
    Some((path, body, user, by))
}

/// Does a change through the running service; `None` when none runs, or nobody logs in.
///
/// # Errors
/// The service's refusal.
pub(super) fn change(command: &UserCommand) -> Result<Option<(UserId, By, Value)>, Failure> {
    let Some((path, body, user, by)) = request(command) else { return Ok(None) };
    let done = changed(&path, &body, by)?;
    Ok(done.map(|told| (user.clone(), by.clone(), told)))
}

/// The same for a one-time password that an administrator gives.
///
/// # Errors
/// The service's refusal.
pub(super) fn give_password(user: &UserId, by: &By) -> Result<Option<Value>, Failure> {
    let body = json!({ "change": "password", "reason": by.reason });
    changed(&format!("/users/{user}"), &body, by)
}

fn changed(path: &str, body: &Value, by: &By) -> Result<Option<Value>, Failure> {
    let (Some(administrator), Some(_)) = (&by.administrator, service(&by.at)?) else {
        return Ok(None);
    };
    let post = |client: &Client| client.post(path, &body.to_string()).map_err(Failure::from);
    with(&by.at, administrator, |session| post(session.client())).map(Some)
}

/// A person's own password.
///
/// # Errors
/// The service's refusal.
pub(super) fn own_password(user: &UserId, at: &super::args::DataDir) -> Result<bool, Failure> {
    if service(at)?.is_none() {
        return Ok(false);
    }
    with(at, user, |session| {
        let new = ask("new password")?;
        let body = json!({ "old": session.password(), "new": new });
        session.client().post("/session/password", &body.to_string())?;
        Ok(())
    })?;
    Ok(true)
}
