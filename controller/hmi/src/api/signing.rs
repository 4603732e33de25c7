//! Signatures: the sheet that is signed, asking for a signature, giving it.
//!
//! A signature is bound to the hash of its sheet as the signer was shown it, and is good for one
//! act (21 CFR 11.50, 11.70, 11.200). Must never give one: people's state does.

use super::Done;
use super::acts::check_act;
use super::session::password;
use crate::act::Act;
use crate::app::App;
use crate::caller::Caller;
use crate::desk::{denied, random};
use crate::form::Body;
use crate::named::Named;
use crate::problem::Problem;
use crate::request::Request;
use crate::sheet;
use axum::Json;
use axum::extract::State;
use people::{
    Action, Components, Denied, Fresh, Nonce, People, RecordDigest, SignRequest, Signature, Signer,
    Signing, UserId,
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What an act is about, and how it is signed.
#[utoipa::path(post, path = "/sheets", tag = "acts", request_body = Act,
    responses((status = 200, description = "`{action, object, sheet, sha256, signed, second}`",
        body = Object)))]
pub(super) async fn sheet(State(app): State<App>, caller: Caller, Body(act): Body<Act>) -> Done {
    check_act(&act)?;
    // Nothing is told to somebody who may not ask for it; anyone may stop, and not read.
    let action = act.action();
    let asked = if action.needs_session() { action } else { Action::ViewLine };
    caller.permit(&app, asked, None).await?;
    let object = act.object();
    let sheet = read(&app, act).await?;
    let sha256 = digest(&sheet).to_text();
    let (signed, second) = match action.signing() {
        Signing::Unsigned => (Value::Null, Value::Null),
        Signing::One(meaning) | Signing::NotOwn(meaning) => (meaning.name().into(), Value::Null),
        Signing::Two { first, second, roles, .. } => {
            (first.name().into(), json!({ "meaning": second.name(), "roles": roles.names() }))
        }
    };
    Ok(Json(json!({
        "action": action.name(), "object": object, "sheet": sheet, "sha256": sha256,
        "signed": signed, "second": second,
    })))
}

async fn read(app: &App, act: Act) -> Result<Value, Problem> {
    app.request(|reply| Request::Sheet { act, reply }).await
}

/// What the signature holds of a sheet.
fn digest(sheet: &Value) -> RecordDigest {
    sheet::digest(sheet)
}

/// Persons who did the work that a sheet is about.
fn done_by(sheet: &Value) -> Vec<UserId> {
    let names = sheet["done_by"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str()?.parse().ok()).collect()
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskBody {
    /// What is signed.
    act: Act,
    /// Hash of its sheet as it was shown.
    sha256: String,
    /// Why.
    reason: String,
    /// Id of the first person's signature, when this is the second's.
    after: Option<String>,
}

/// Asks for a signature.
#[utoipa::path(post, path = "/signatures", tag = "acts", request_body = AskBody,
    responses((status = 200, body = Object,
            description = "`{id, meaning, components, name, within_ms}`"),
        (status = 409, description = "the record is not as it was shown", body = Problem)))]
pub(super) async fn begin(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<AskBody>,
) -> Done {
    let AskBody { act, sha256, reason, after } = body;
    check_act(&act)?;
    let action = act.action();
    if action.signing() == Signing::Unsigned {
        return Err(denied(&Denied::NotSigned(action)));
    }
    // Before anything is asked of the line.
    let may = move |people: &mut People, now, caller: people::Caller<'_>| {
        people.authorize(now, caller, action).map(|_| ())
    };
    caller.ask(&app, may).await?;
    let first = after.map(|id| held(&app, &caller, &id)).transpose()?;
    let object = act.object();
    let sheet = read(&app, act.clone()).await?;
    let record = digest(&sheet);
    if record.to_text() != sha256 {
        return Err(denied(&Denied::SignRecordChanged));
    }
    let (done_by, fresh) = (done_by(&sheet), Fresh::new(random()?));
    let challenge = caller.ask(&app, move |people, now, caller| {
        let signer = first.as_ref().map_or(Signer::Session, Signer::SecondAfter);
        let (object, reason, done_by) = (object.as_str(), reason.as_str(), done_by.as_slice());
        let request = SignRequest { action, object, record, reason, signer, done_by };
        people.begin_signature(now, caller, request, &fresh)
    });
    let challenge = challenge.await?;
    app.desk.remember(&challenge.nonce, act);
    Ok(Json(json!({
        "id": challenge.nonce.to_text(), "meaning": challenge.meaning.name(),
        "components": match challenge.components {
            Components::Both => "both",
            Components::Private => "private",
        },
        "name": challenge.name.as_ref().map(|name| name.as_str()),
        "within_ms": challenge.within_ms,
    })))
}

fn held(app: &App, caller: &Caller, id: &str) -> Result<Signature, Problem> {
    let session = caller.session().ok_or_else(|| denied(&Denied::NoSession))?;
    app.desk.peek(id, &session).ok_or_else(|| denied(&Denied::SignUnknown))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GiveBody {
    /// User id: needed at the first signature of a session, and by a second person.
    user: Option<String>,
    /// Password.
    password: String,
}

/// Gives a signature that was asked for: one try.
#[utoipa::path(post, path = "/signatures/{id}", tag = "acts", params(("id" = String, Path)),
    request_body = GiveBody,
    responses((status = 200, description = "`{id, who, name, meaning}`", body = Object),
        (status = 401, description = "wrong password", body = Problem),
        (status = 409, description = "too late, replayed, changed", body = Problem)))]
pub(super) async fn give(
    State(app): State<App>,
    caller: Caller,
    Named(id): Named<String>,
    Body(GiveBody { user, password: given }): Body<GiveBody>,
) -> Done {
    let given = password(given)?;
    let nonce = Nonce::from_text(&id).ok_or_else(|| denied(&Denied::SignUnknown))?;
    let asked = caller.ask(&app, move |people, now, caller| {
        people.confirm_signature(now, caller, &nonce, user.as_deref())
    });
    let attempt = asked.await?;
    let act = app.desk.recall(&nonce).ok_or_else(|| denied(&Denied::SignUnknown))?;
    let proved = app.desk.prove(attempt, given).await?;
    let record_now = digest(&read(&app, act).await?);
    let done =
        app.desk.ask(move |people, now| people.finish_signature(now, proved, record_now)).await?;
    let signature = done.map_err(|d| denied(&d))?;
    let told = json!({
        "id": id, "who": signature.who().as_str(), "name": signature.name().as_str(),
        "meaning": signature.meaning().name(),
    });
    let session = caller.session().ok_or_else(|| denied(&Denied::NoSession))?;
    app.desk.hold(id, session, signature);
    Ok(Json(told))
}
