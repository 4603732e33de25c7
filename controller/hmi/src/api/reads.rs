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
use std::io::Read;
use std::sync::Arc;
use utoipa::IntoParams;

/// Packs of one page.
const PACKS_PER_PAGE_MAX: u16 = 1_000;
const PACKS_PER_PAGE: u16 = 200;
/// Largest image that is handed out.
const IMAGE_BYTES_MAX: u64 = 32 * 1024 * 1024;

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

/// The camera's image of a pack, as it was kept.
#[utoipa::path(get, path = "/orders/{batch}/packs/{track}/image", tag = "orders",
    params(("batch" = String, Path), ("track" = u32, Path)),
    responses((status = 200, description = "the image", body = String),
        (status = 404, description = "none is kept", body = Problem)))]
pub(super) async fn image(
    State(app): State<App>,
    caller: Caller,
    Named((batch, track)): Named<(String, u32)>,
) -> Result<Response, Problem> {
    caller.permit(&app, Action::ViewLine, None).await?;
    let read = app.look(move |queries| {
        let path = queries.image(&batch, track)?;
        let gone = |error: std::io::Error| {
            Problem::new(404, "no_image", format!("the image cannot be read: {error}"))
                .at(format!("{batch} pack {track}"))
                .remedy("look at the data directory")
        };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(gone)?;
        file.take(IMAGE_BYTES_MAX).read_to_end(&mut bytes).map_err(gone)?;
        Ok(bytes)
    });
    Ok(([(header::CONTENT_TYPE, "image/png")], read.await?).into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct FindQuery {
    /// A scanned code, or product code, space, serial number.
    search: String,
}

/// The serial that a scan or a typed text names, with what may still be done with it.
#[utoipa::path(get, path = "/serials", tag = "serials", params(FindQuery),
    responses((status = 200, body = Object,
            description = "`{gtin, serial, state, batch, track, history, closed, possible}`"),
        (status = 404, description = "unknown", body = Problem),
        (status = 422, description = "names no serial", body = Problem)))]
pub(super) async fn find(
    State(app): State<App>,
    caller: Caller,
    Asked(FindQuery { search }): Asked<FindQuery>,
) -> Done {
    caller.permit(&app, Action::SerialTrace, None).await?;
    app.query(Query::Find { text: search }).await.map(Json)
}

/// The record chain of a batch, recomputed now.
#[utoipa::path(get, path = "/orders/{batch}/chain", tag = "serials",
    params(("batch" = String, Path)),
    responses((status = 200, description = "`{batch, events, head, broken, at, sealed_file}`",
        body = Object)))]
pub(super) async fn chain(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
) -> Done {
    caller.permit(&app, Action::SerialTrace, None).await?;
    app.query(Query::ChainCheck { batch }).await.map(Json)
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
