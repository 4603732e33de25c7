//! What a person does to an order by hand: declared numbers, samples, removals.
//!
//! Must never decide whether it is allowed: the service does.

use super::Done;
use super::acts::{Asking, done};
use crate::act::Act;
use crate::app::App;
use crate::caller::Caller;
use crate::form::Body;
use crate::named::Named;
use crate::problem::Problem;
use crate::request::Declared;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclareBody {
    /// Which number.
    term: Declared,
    /// How many; negative takes back.
    count: i64,
    /// Why.
    reason: String,
    /// Who, where nobody has logged in.
    who: Option<String>,
    /// Signature for it.
    #[serde(default)]
    signatures: Vec<String>,
}

/// Adds a number to the books that no counter tells.
#[utoipa::path(post, path = "/orders/{batch}/declare", tag = "orders",
    params(("batch" = String, Path)), request_body = DeclareBody,
    responses((status = 200, description = "`{batch, term, declared}`", body = Object)))]
pub(super) async fn declare(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
    Body(body): Body<DeclareBody>,
) -> Done {
    let DeclareBody { term, count, reason, who, signatures } = body;
    let asking = Asking { reason: Some(reason), who, second: None, signatures };
    done(&app, &caller, Act::DeclareCount { batch, term, count }, asking, None).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TakeBody {
    /// The serial number.
    serial: String,
    /// Why.
    reason: String,
    /// Who, where nobody has logged in.
    who: Option<String>,
    /// It is the first pack, approved by a second person.
    #[serde(default)]
    first_pack: bool,
    /// That person, where nobody has logged in.
    second: Option<String>,
    /// Signatures for it.
    #[serde(default)]
    signatures: Vec<String>,
}

/// Takes a sample, or approves the first pack.
#[utoipa::path(post, path = "/orders/{batch}/sample", tag = "orders",
    params(("batch" = String, Path)), request_body = TakeBody,
    responses((status = 200, description = "`{batch, serial, state}`", body = Object)))]
pub(super) async fn sample(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
    Body(body): Body<TakeBody>,
) -> Done {
    let TakeBody { serial, reason, who, first_pack, second, signatures } = body;
    if caller.console && first_pack != second.is_some() {
        let detail = "the first-pack approval needs a second person, nothing else does";
        return Err(Problem::new(400, "second_person", detail)
            .at("second")
            .remedy("give first_pack and second together, or neither"));
    }
    let act = match first_pack {
        true => Act::FirstPackApproval { batch, serial },
        false => Act::Sample { batch, serial },
    };
    let asking = Asking { reason: Some(reason), who, second, signatures };
    done(&app, &caller, act, asking, None).await
}

/// Takes a commissioned pack off the line.
#[utoipa::path(post, path = "/orders/{batch}/remove", tag = "orders",
    params(("batch" = String, Path)), request_body = TakeBody,
    responses((status = 200, description = "`{batch, serial, state}`", body = Object)))]
pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
    Body(body): Body<TakeBody>,
) -> Done {
    let TakeBody { serial, reason, who, first_pack, second, signatures } = body;
    if first_pack || second.is_some() {
        return Err(Problem::new(400, "second_person", "a removal is no first-pack approval")
            .at("first_pack")
            .remedy("leave it out, or use /sample"));
    }
    let asking = Asking { reason: Some(reason), who, second: None, signatures };
    done(&app, &caller, Act::ManualRemoval { batch, serial }, asking, None).await
}
