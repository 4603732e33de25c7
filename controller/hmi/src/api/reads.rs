//! Questions about the line, its packs and serials.
//!
//! Must never change anything.

use super::Done;
use crate::app::App;
use crate::caller::Caller;
use crate::form::Asked;
use crate::named::Named;
use crate::problem::Problem;
use crate::query::Query;
use crate::request::Request;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use people::Action;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Packs of one page.
const PACKS_PER_PAGE_MAX: u16 = 1_000;
const PACKS_PER_PAGE: u16 = 200;

/// The figures of the run screen. Anyone may look at the line.
#[utoipa::path(get, path = "/status", tag = "line",
    responses((status = 200, description = "the figures of the run screen", body = Object)))]
pub(super) async fn status(State(app): State<App>) -> Response {
    let snapshot = Arc::clone(&app.snapshots.borrow());
    let tag = format!("\"{}\"", snapshot.version);
    ([(header::ETAG, tag)], Json(&*snapshot)).into_response()
}

/// The history of one serial.
#[utoipa::path(get, path = "/serials/{gtin}/{serial}", tag = "serials",
    params(("gtin" = String, Path), ("serial" = String, Path)),
    responses((status = 200, description = "`{gtin, serial, state, batch, history}`",
        body = Object), (status = 404, description = "unknown", body = Problem)))]
pub(super) async fn serial(
    State(app): State<App>,
    caller: Caller,
    Named((gtin, serial)): Named<(String, String)>,
) -> Done {
    caller.permit(&app, Action::SerialTrace, None).await?;
    app.query(Query::Serial { gtin, serial }).await.map(Json)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// Tracks greater than this.
    after: Option<u32>,
    /// At most so many, up to 1,000.
    limit: Option<u16>,
}

/// A page of an order's packs.
#[utoipa::path(get, path = "/orders/{batch}/packs", tag = "orders",
    params(("batch" = String, Path), PageQuery),
    responses((status = 200, description = "`{packs, next_after}`", body = Object)))]
pub(super) async fn packs(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
    Asked(PageQuery { after, limit }): Asked<PageQuery>,
) -> Done {
    caller.permit(&app, Action::ViewLine, None).await?;
    let limit = limit.unwrap_or(PACKS_PER_PAGE).clamp(1, PACKS_PER_PAGE_MAX);
    app.query(Query::Packs { batch, after: after.unwrap_or(0), limit }).await.map(Json)
}

/// How the backup stands, or the latest one ended.
#[utoipa::path(get, path = "/backup", tag = "service",
    responses((status = 200, description = "`{state, ..}`", body = Object)))]
pub(super) async fn backup(State(app): State<App>, caller: Caller) -> Done {
    caller.permit(&app, Action::ViewLine, None).await?;
    app.request(|reply| Request::BackupState { reply }).await.map(Json)
}
