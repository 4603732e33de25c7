//! Users: the list, adding one, changing one.
//!
//! Must never show a password but a new one-time password, once.

use super::Done;
use crate::app::App;
use crate::caller::Caller;
use crate::desk::random;
use crate::form::Body;
use crate::named::Named;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use people::{
    Action, Actor, Denied, NewUser, OneTimePassword, PasswordFault, Phc, Role, RoleSet, Salt, User,
    UserChange, UserId,
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

fn shown(user: &User) -> Value {
    json!({
        "user": user.id.as_str(), "name": user.name.as_str(), "roles": user.roles.names(),
        "state": user.state.name(), "language": user.language.name(),
        "must_change": user.must_change,
    })
}

/// Every user.
#[utoipa::path(get, path = "/users", tag = "people",
    responses((status = 200, description = "`{users: [..]}`", body = Object)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Done {
    caller.permit(&app, Action::UsersRead, None).await?;
    let all = |people: &mut people::People, _| people.users().all().map(shown).collect::<Vec<_>>();
    Ok(Json(json!({ "users": app.desk.ask(all).await? })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddBody {
    /// User id.
    user: String,
    /// Printed name.
    name: String,
    /// Role names.
    roles: Vec<String>,
    /// `en` or `de`.
    language: Option<String>,
    /// Why.
    reason: String,
}

fn bad(field: &str, what: impl ToString) -> Problem {
    Problem::new(422, "user_form", what.to_string()).at(field).remedy("correct it")
}

fn roles_of(names: &[String]) -> Result<RoleSet, Problem> {
    let roles = names.iter().map(|name| name.parse::<Role>());
    roles.collect::<Result<RoleSet, String>>().map_err(|what| bad("roles", what))
}

fn id_of(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|error: people::UserError| bad("user", error))
}

/// Draws a one-time password and hashes it, for somebody who may give one: hashing is slow.
async fn drawn(app: &App, caller: &Caller) -> Result<(OneTimePassword, Phc), Problem> {
    let may = |people: &mut people::People, now, caller: people::Caller<'_>| {
        people.authorize(now, caller, Action::UsersAdminister).map(|_| ())
    };
    caller.ask(app, may).await?;
    let drawn = OneTimePassword::draw(&random()?);
    let (password, salt) = (drawn.password(), Salt(random()?));
    let hashed = app.desk.hash(move |hasher| {
        let password = password.ok_or(PasswordFault::NotHashed)?;
        hasher.hash(&password, salt)
    });
    let phc = hashed.await?.map_err(|fault| crate::desk::denied(&Denied::Password(fault)))?;
    Ok((drawn, phc))
}

/// Adds a user; the answer holds a one-time password, this once.
#[utoipa::path(post, path = "/users", tag = "people", request_body = AddBody,
    responses((status = 200, description = "`{user, one_time_password}`", body = Object)))]
pub(super) async fn add(State(app): State<App>, caller: Caller, Body(body): Body<AddBody>) -> Done {
    let user = id_of(&body.user)?;
    let name = body.name.parse().map_err(|error: people::UserError| bad("name", error))?;
    let roles = roles_of(&body.roles)?;
    let language = language_of(body.language.as_deref())?;
    let (drawn, phc) = drawn(&app, &caller).await?;
    let change = UserChange::Add(NewUser { name, roles, language, phc });
    changed(&app, &caller, user, change, body.reason, Some(drawn)).await
}

fn language_of(text: Option<&str>) -> Result<people::Language, Problem> {
    let parsed = text.unwrap_or("en").parse();
    parsed.map_err(|error: people::UserError| bad("language", error))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    /// `roles`, `block`, `unblock`, `retire`, `password` or `language`.
    change: String,
    /// Roles, where they change.
    #[serde(default)]
    roles: Vec<String>,
    /// Language, where it changes.
    language: Option<String>,
    /// Why.
    reason: String,
}

/// Changes a user; a new one-time password is in the answer, this once.
#[utoipa::path(post, path = "/users/{user}", tag = "people", params(("user" = String, Path)),
    request_body = ChangeBody,
    responses((status = 200, description = "`{user, ..}`", body = Object)))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Named(user): Named<String>,
    Body(body): Body<ChangeBody>,
) -> Done {
    let user = id_of(&user)?;
    let (change, drawn) = match body.change.as_str() {
        "roles" => (UserChange::Roles(roles_of(&body.roles)?), None),
        "block" => (UserChange::Block, None),
        "unblock" => (UserChange::Unblock, None),
        "retire" => (UserChange::Retire, None),
        "language" => (UserChange::Language(language_of(body.language.as_deref())?), None),
        "password" => {
            let (drawn, phc) = drawn(&app, &caller).await?;
            (UserChange::GivePassword(phc), Some(drawn))
        }
        other => return Err(bad("change", format!("there is no change {other:?}"))),
    };
    changed(&app, &caller, user, change, body.reason, drawn).await
}

async fn changed(
    app: &App,
    caller: &Caller,
    user: UserId,
    change: UserChange,
    reason: String,
    drawn: Option<OneTimePassword>,
) -> Done {
    let told = caller.ask(app, move |people, now, caller| {
        people.administer(now, Actor::Session(caller), &user, change, &reason)?;
        Ok(people.users().get(&user).map_or(Value::Null, shown))
    });
    let mut told = told.await?;
    if let Some(drawn) = drawn {
        told["one_time_password"] = drawn.text().into();
    }
    Ok(Json(told))
}
