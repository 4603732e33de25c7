//! Versions of the line's configuration, and what differs between them and what runs now.
//!
//! Must never change anything: that is an act.

use super::Done;
use super::workflow::ask;
use crate::app::App;
use crate::caller::Caller;
use crate::form::Asked;
use crate::named::Named;
use crate::workflow_query::WorkflowQuery;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// Versions of the line's configuration.
#[utoipa::path(get, path = "/configurations", tag = "configurations",
    responses((status = 200, body = Object, description =
        "`{running: {sha256, version, released}, in_force, configurations: [{version, sha256, \
         drafted_by, drafted_seq, released_seq}]}`")))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Done {
    ask(&app, &caller, WorkflowQuery::Configurations).await
}

/// A version with its text.
#[utoipa::path(get, path = "/configurations/{version}", tag = "configurations",
    params(("version" = u32, Path)),
    responses((status = 200, description = "`{configuration, text}`", body = Object)))]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Named(version): Named<u32>,
) -> Done {
    ask(&app, &caller, WorkflowQuery::Configuration { version }).await
}

/// Between which.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct DifferenceQuery {
    /// The older; left out: the one in force; 0: the empty text.
    from: Option<u32>,
    /// The newer; left out: what runs now.
    to: Option<u32>,
}

/// What changed between two configurations.
#[utoipa::path(get, path = "/configurations/difference", tag = "configurations",
    params(DifferenceQuery),
    responses((status = 200, body = Object, description =
        "`{from, to, lines: [{change: same|removed|added, text}]}`")))]
pub(super) async fn difference(
    State(app): State<App>,
    caller: Caller,
    Asked(DifferenceQuery { from, to }): Asked<DifferenceQuery>,
) -> Done {
    ask(&app, &caller, WorkflowQuery::ConfigurationDifference { from, to }).await
}
