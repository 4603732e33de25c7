//! Trials of an order: challenge and setup.

use super::Done;
use super::acts::{Asking, done};
use crate::act::Act;
use crate::app::App;
use crate::caller::Caller;
use crate::form::MayBody;
use crate::named::Named;
use crate::request::Request;
use axum::Json;
use axum::extract::State;
use people::Action;
use serde::Deserialize;
use utoipa::ToSchema;

/// All of it may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialBody {
    /// Who, where nobody has logged in.
    who: Option<String>,
    /// Labels of a setup.
    labels: Option<u32>,
    /// Signature for a challenge.
    #[serde(default)]
    signatures: Vec<String>,
}

impl TrialBody {
    fn asking(self) -> Asking {
        let Self { who, signatures, .. } = self;
        Asking { who, signatures, ..Asking::default() }
    }
}

/// Begins a challenge.
#[utoipa::path(post, path = "/orders/{batch}/challenge", tag = "orders",
    params(("batch" = String, Path)), request_body = TrialBody,
    responses((status = 200, description = "the packs to lay out", body = Object)))]
pub(super) async fn challenge(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
    MayBody(body): MayBody<TrialBody>,
) -> Done {
    done(&app, &caller, Act::ChallengeTest { batch }, body.asking(), None).await
}

/// Begins a setup.
#[utoipa::path(post, path = "/orders/{batch}/setup", tag = "orders",
    params(("batch" = String, Path)), request_body = TrialBody,
    responses((status = 200, description = "the labels to come", body = Object)))]
pub(super) async fn setup(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
    MayBody(body): MayBody<TrialBody>,
) -> Done {
    let act = Act::SetupLabels { batch, labels: body.labels };
    done(&app, &caller, act, body.asking(), None).await
}

/// How the trial stands, or the latest one ended.
#[utoipa::path(get, path = "/orders/{batch}/trial", tag = "orders",
    params(("batch" = String, Path)),
    responses((status = 200, description = "`{batch, trial, mode, state, ..}`", body = Object)))]
pub(super) async fn state(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
) -> Done {
    caller.permit(&app, Action::ViewLine, None).await?;
    app.request(|reply| Request::TrialState { batch, reply }).await.map(Json)
}
