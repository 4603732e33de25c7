//! Login, logout, lock, unlock, own password.
//!
//! Must never tell whether a user exists, nor keep a password longer than it is looked at.

use super::Done;
use crate::app::App;
use crate::caller::{COOKIE, Caller};
use crate::desk::{denied, random};
use crate::form::Body;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use people::{Password, Salt, SessionView};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// How a cookie ends that is taken away.
const GONE: &str = "; Max-Age=0";

fn cookie(token: &str, end: &str) -> Result<HeaderValue, Problem> {
    let text = format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict{end}");
    HeaderValue::from_str(&text).map_err(|e| Problem::new(500, "cookie", e.to_string()))
}

/// A password as it came.
pub(super) fn password(text: String) -> Result<Password, Problem> {
    Password::new(text).ok_or_else(|| {
        Problem::new(422, "password_refused", "that is longer than a password may be")
            .at("password")
            .remedy("use at most 256 bytes")
    })
}

/// What pages show of a session.
fn shown(view: &SessionView) -> Value {
    json!({
        "user": view.user.as_str(), "name": view.name.as_str(), "roles": view.roles.names(),
        "language": view.language.name(), "locked": view.locked, "must_change": view.must_change,
        "csrf": view.csrf, "locks_in_ms": view.locks_in_ms, "ends_in_ms": view.ends_in_ms,
    })
}

/// The session of the caller.
#[utoipa::path(get, path = "/session", tag = "people",
    responses((status = 200, description = "the session", body = Object),
        (status = 401, description = "none", body = Problem)))]
pub(super) async fn view(State(app): State<App>, caller: Caller) -> Done {
    let view = caller.view(&app).await?;
    view.map(|view| Json(shown(&view))).ok_or_else(|| denied(&people::Denied::NoSession))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginBody {
    /// User id.
    user: String,
    /// Password.
    password: String,
}

/// Logs in. The session's token comes as a cookie, the one for its forms in the answer.
#[utoipa::path(post, path = "/session", tag = "people", request_body = LoginBody,
    responses((status = 200, description = "the session", body = Object),
        (status = 401, description = "wrong", body = Problem),
        (status = 429, description = "too soon", body = Problem)))]
pub(super) async fn login(
    State(app): State<App>,
    caller: Caller,
    Body(LoginBody { user, password: given }): Body<LoginBody>,
) -> Result<Response, Problem> {
    let (station, given) = (caller.station.clone(), password(given)?);
    let done = app.desk.login(station, user, given, caller.token()).await?;
    let body = json!({
        "user": done.user.as_str(), "must_change": done.must_change, "csrf": done.token.csrf(),
    });
    let cookie = cookie(&done.token.to_text(), "")?;
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}

/// Logs out.
#[utoipa::path(delete, path = "/session", tag = "people",
    responses((status = 200, description = "ended", body = Object)))]
pub(super) async fn logout(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.ask(&app, |people, now, caller| people.logout(now, caller)).await?;
    let cookie = cookie("", GONE)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "ended": true }))).into_response())
}

/// Locks the session; the display goes on.
#[utoipa::path(post, path = "/session/lock", tag = "people",
    responses((status = 200, description = "locked", body = Object)))]
pub(super) async fn lock(State(app): State<App>, caller: Caller) -> Done {
    caller.ask(&app, |people, now, caller| people.lock(now, caller)).await?;
    Ok(Json(json!({ "locked": true })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlockBody {
    /// Password of the session's person.
    password: String,
}

/// Unlocks the session.
#[utoipa::path(post, path = "/session/unlock", tag = "people", request_body = UnlockBody,
    responses((status = 200, description = "unlocked", body = Object),
        (status = 401, description = "wrong", body = Problem)))]
pub(super) async fn unlock(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<UnlockBody>,
) -> Done {
    let given = password(body.password)?;
    let attempt = caller.ask(&app, |people, now, caller| people.begin_unlock(now, caller)).await?;
    let proved = app.desk.prove(attempt, given).await?;
    let done = app.desk.ask(move |people, now| people.finish_unlock(now, proved)).await?;
    done.map_err(|d| denied(&d))?;
    Ok(Json(json!({ "locked": false })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordBody {
    /// The password so far.
    old: String,
    /// The new one.
    new: String,
}

/// Sets a new password for the person of the session.
#[utoipa::path(post, path = "/session/password", tag = "people", request_body = PasswordBody,
    responses((status = 200, description = "set", body = Object),
        (status = 422, description = "against the rules", body = Problem)))]
pub(super) async fn own_password(
    State(app): State<App>,
    caller: Caller,
    Body(PasswordBody { old, new }): Body<PasswordBody>,
) -> Done {
    let (old, new) = (password(old)?, password(new)?);
    let begun = caller.ask(&app, |people, now, caller| people.begin_own_password(now, caller));
    let attempt = begun.await?;
    let salt = Salt(random()?);
    let hashed = app.desk.hash(move |hasher| attempt.prove_and_hash(hasher, &old, &new, salt));
    let proved = hashed.await?;
    let done = app.desk.ask(move |people, now| people.finish_own_password(now, proved)).await?;
    done.map_err(|d| denied(&d))?;
    Ok(Json(json!({ "changed": true })))
}
