//! How far an order is, its rejects and packs, its books, and the recipes of products.
//!
//! Must never change anything: that is an act.

use super::Done;
use crate::app::App;
use crate::caller::Caller;
use crate::form::{Asked, WHO_BYTES_MAX, check_text};
use crate::named::Named;
use crate::problem::Problem;
use crate::query::Query;
use crate::workflow_query::{RejectsFilter, RejectsFrom, WorkflowQuery};
use axum::Json;
use axum::extract::State;
use line_core::reason::RejectReason;
use people::Action;
use serde::Deserialize;
use utoipa::IntoParams;

const PER_PAGE: u16 = 100;
const PER_PAGE_MAX: u16 = 1_000;
const NEIGHBOURS: u32 = 2;
const NEIGHBOURS_MAX: u32 = 20;
const REASONS_MAX: usize = 64;

pub(super) async fn ask(app: &App, caller: &Caller, query: WorkflowQuery) -> Done {
    caller.permit(app, Action::ViewLine, None).await?;
    app.query(Query::Workflow(query)).await.map(Json)
}

/// How far an order's workflow is.
#[utoipa::path(get, path = "/orders/{batch}/readiness", tag = "orders",
    params(("batch" = String, Path)),
    responses((status = 200, body = Object, description =
        "`{steps: [{step, state, seq, by, at, detail}], before_start, clearance_items}`")))]
pub(super) async fn readiness(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
) -> Done {
    ask(&app, &caller, WorkflowQuery::Readiness { batch }).await
}

/// Which rejects, and where the page begins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct RejectsQuery {
    /// For one of these reasons, comma-separated.
    reason: Option<String>,
    /// Told by this device.
    device: Option<String>,
    /// Judged at this time or later, ms since 1970 UTC.
    from_ms: Option<i64>,
    /// Judged at this time or earlier.
    until_ms: Option<i64>,
    /// Only those without a review in force.
    unreviewed: Option<bool>,
    /// Behind this pack.
    after: Option<u32>,
    /// Before this pack, instead.
    before: Option<u32>,
    /// At most so many, up to 1,000.
    limit: Option<u16>,
}

/// A page of an order's rejects.
#[utoipa::path(get, path = "/orders/{batch}/rejects", tag = "orders",
    params(("batch" = String, Path), RejectsQuery),
    responses((status = 200, body = Object, description =
        "`{rows: [{track, serial, reason, device, at, fate, review}], more_before, more_after, \
         total, unreviewed, by_reason}`")))]
pub(super) async fn rejects(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
    Asked(query): Asked<RejectsQuery>,
) -> Done {
    let from = match (query.after, query.before) {
        (_, None) => RejectsFrom::After(query.after.unwrap_or(0)),
        (None, Some(track)) => RejectsFrom::Before(track),
        (Some(_), Some(_)) => {
            let what = "a page begins after a pack or before one";
            return Err(Problem::new(400, "both_ways", what).at("before").remedy("give one"));
        }
    };
    if let Some(device) = &query.device {
        check_text("device", device, WHO_BYTES_MAX)?;
    }
    let filter = RejectsFilter {
        reasons: reasons(query.reason.as_deref().unwrap_or_default())?,
        device: query.device,
        from_ms: query.from_ms,
        until_ms: query.until_ms,
        unreviewed: query.unreviewed.unwrap_or(false),
    };
    let limit = query.limit.unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
    ask(&app, &caller, WorkflowQuery::Rejects { batch, filter, from, limit }).await
}

fn reasons(text: &str) -> Result<Vec<RejectReason>, Problem> {
    let names = text.split(',').filter(|name| !name.is_empty()).take(REASONS_MAX);
    let unknown = |name: &str| {
        Problem::new(422, "reason", format!("{name:?} is no reason for a reject"))
            .at("reason")
            .remedy("see by_reason of the same answer for those that there are")
    };
    names.map(|name| serde_json::from_value(name.into()).map_err(|_| unknown(name))).collect()
}

/// How many packs before and after it.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PackQuery {
    /// Up to 20; left out: 2.
    neighbours: Option<u32>,
}

/// A pack whole.
#[utoipa::path(get, path = "/orders/{batch}/packs/{track}", tag = "orders",
    params(("batch" = String, Path), ("track" = u32, Path), PackQuery),
    responses((status = 200, body = Object, description =
        "`{pack, expected, grade, events, image_file, before, after, reviews, done_by}`"),
        (status = 404, description = "unknown", body = Problem)))]
pub(super) async fn pack(
    State(app): State<App>,
    caller: Caller,
    Named((batch, track)): Named<(String, u32)>,
    Asked(PackQuery { neighbours }): Asked<PackQuery>,
) -> Done {
    let neighbours = neighbours.unwrap_or(NEIGHBOURS).min(NEIGHBOURS_MAX);
    ask(&app, &caller, WorkflowQuery::Pack { batch, track, neighbours }).await
}

/// What is looked at before a batch is closed.
#[utoipa::path(get, path = "/orders/{batch}/books", tag = "orders",
    params(("batch" = String, Path)),
    responses((status = 200, body = Object, description =
        "`{books, identities, deviations, unresolved, in_process, unreviewed, signatures, \
         readiness}`")))]
pub(super) async fn books(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
) -> Done {
    ask(&app, &caller, WorkflowQuery::Books { batch }).await
}

/// Of one product only.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct RecipesQuery {
    /// Product code, 14 digits.
    gtin: Option<String>,
}

/// Versions of recipes.
#[utoipa::path(get, path = "/recipes", tag = "recipes", params(RecipesQuery),
    responses((status = 200, body = Object, description =
        "`{recipes: [{gtin, version, sha256, state, drafted_by, ..}]}`")))]
pub(super) async fn recipes(
    State(app): State<App>,
    caller: Caller,
    Asked(RecipesQuery { gtin }): Asked<RecipesQuery>,
) -> Done {
    ask(&app, &caller, WorkflowQuery::Recipes { gtin }).await
}

/// A version of a recipe with its text.
#[utoipa::path(get, path = "/recipes/{gtin}/{version}", tag = "recipes",
    params(("gtin" = String, Path), ("version" = u32, Path)),
    responses((status = 200, description = "`{recipe, text}`", body = Object)))]
pub(super) async fn recipe(
    State(app): State<App>,
    caller: Caller,
    Named((gtin, version)): Named<(String, u32)>,
) -> Done {
    ask(&app, &caller, WorkflowQuery::Recipe { gtin, version }).await
}

/// The older version.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct DifferenceQuery {
    /// Left out or 0: the empty text.
    from: Option<u32>,
}

/// What changed from an older version of a recipe.
#[utoipa::path(get, path = "/recipes/{gtin}/{version}/difference", tag = "recipes",
    params(("gtin" = String, Path), ("version" = u32, Path), DifferenceQuery),
    responses((status = 200, body = Object, description =
        "`{from, to, lines: [{change: same|removed|added, text}]}`")))]
pub(super) async fn difference(
    State(app): State<App>,
    caller: Caller,
    Named((gtin, to)): Named<(String, u32)>,
    Asked(DifferenceQuery { from }): Asked<DifferenceQuery>,
) -> Done {
    let from = from.unwrap_or(0);
    ask(&app, &caller, WorkflowQuery::RecipeDifference { gtin, from, to }).await
}
