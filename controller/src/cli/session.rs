//! `--as USER`: a person at the command line logs in to the running service, signs what the table
//! wants signed, does one thing, and logs out.
//!
//! Called by the commands that go through the service. Must never keep a password longer than the
//! command takes, nor act for anybody without one.

use super::args::{DataDir, Login};
use super::client::{Client, ClientError};
use super::exit::Exit;
use super::order::{Failure, text};
use crate::accounts::ask_secret;
use hmi::Act;
use people::{Signing, UserId};
use serde_json::{Value, json};
use std::path::Path;

/// Why nothing was said.
const NO_REASON: &str = "asked for at the command line";

/// Somebody who is logged in.
pub(super) struct Session {
    client: Client,
    user: UserId,
    password: String,
}

/// Does `work` as `user`, and logs out whatever comes of it.
///
/// # Errors
/// No service runs there, the login is refused, or the work fails.
pub(super) fn with<T>(
    at: &DataDir,
    user: &UserId,
    work: impl FnOnce(&Session) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let session = Session::begin(&at.data_dir, user)?;
    let done = work(&session);
    let ended = session.client.delete("/session");
    let done = done?;
    ended?;
    Ok(done)
}

/// Does one act as the person of `login`, signed as the table says.
///
/// # Errors
/// As [`with`]; a signature is missing or refused.
pub(super) fn act(
    at: &DataDir,
    login: (&UserId, Option<&UserId>),
    act: &Act,
    reason: Option<&str>,
) -> Result<Value, Failure> {
    with(at, login.0, |session| session.act(act, reason, login.1))
}

impl Login {
    /// The persons, when somebody logs in.
    pub(super) fn persons(&self) -> Option<(&UserId, Option<&UserId>)> {
        self.user.as_ref().map(|user| (user, self.second.as_ref()))
    }
}

pub(super) fn ask(prompt: &str) -> Result<String, Failure> {
    ask_secret(prompt).map_err(|error| Failure::refused(format!("no password: {error}")))
}

impl Session {
    fn begin(dir: &Path, user: &UserId) -> Result<Self, Failure> {
        let Some(mut client) = Client::find(dir)? else {
            let dir = dir.display();
            let text = format!("no service runs in {dir} to log in to; start `packline run`");
            return Err(Failure { text, exit: Exit::Unreachable });
        };
        let password = ask(&format!("password of {user}"))?;
        client.login(user.as_str(), &password)?;
        Ok(Self { client, user: user.clone(), password })
    }

    /// The connection, with the session.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// What was typed at the login.
    pub(super) fn password(&self) -> &str {
        &self.password
    }

    fn act(
        &self,
        act: &Act,
        reason: Option<&str>,
        second: Option<&UserId>,
    ) -> Result<Value, Failure> {
        let wanted = match act.action().signing() {
            Signing::Unsigned => 0,
            Signing::One(_) | Signing::NotOwn(_) => 1,
            Signing::Two { .. } => 2,
        };
        let why = reason.unwrap_or(NO_REASON);
        let mut ids = Vec::new();
        if wanted > 0 {
            if wanted == 2 && second.is_none() {
                let what = format!("{} is signed by two persons", act.action().name());
                return Err(Failure::refused(format!("{what}; name the other: --second USER")));
            }
            let sheet = self.client.post("/sheets", &json!(act).to_string())?;
            eprintln!(
                "packline: signing {} {} sha256:{}",
                text(&sheet, "action"),
                text(&sheet, "object"),
                text(&sheet, "sha256")
            );
            let sha256 = text(&sheet, "sha256");
            ids.push(self.sign(act, (sha256, why), None, (&self.user, &self.password))?);
            if let (2, Some(second)) = (wanted, second) {
                let password = ask(&format!("password of {second}"))?;
                let after = ids.first().map(String::as_str);
                ids.push(self.sign(act, (sha256, why), after, (second, &password))?);
            }
        }
        let body = json!({ "act": act, "reason": reason, "signatures": ids });
        Ok(self.client.post("/acts", &body.to_string())?)
    }

    /// Asks for a signature and gives it; its id.
    fn sign(
        &self,
        act: &Act,
        (sha256, reason): (&str, &str),
        after: Option<&str>,
        (user, password): (&UserId, &str),
    ) -> Result<String, ClientError> {
        let body = json!({ "act": act, "sha256": sha256, "reason": reason, "after": after });
        let asked = self.client.post("/signatures", &body.to_string())?;
        let id = text(&asked, "id").to_owned();
        let given = json!({ "user": user.as_str(), "password": password });
        let given = self.client.post(&format!("/signatures/{id}"), &given.to_string())?;
        eprintln!("packline: {} {}", text(&given, "meaning"), text(&given, "name"));
        Ok(id)
    }
}
