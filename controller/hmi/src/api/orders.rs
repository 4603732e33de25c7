//! Orders: the list, and loading one.
//!
//! Must never look into an order file: the service does.

use super::Done;
use crate::app::App;
use crate::caller::Caller;
use crate::form::{Asked, REASON_BYTES_MAX, Text, check_text};
use crate::problem::Problem;
use crate::query::Query;
use crate::request::{OrderPool, Request};
use axum::Json;
use axum::extract::State;
use people::Action;
use serde::Deserialize;
use utoipa::IntoParams;

/// Every order.
#[utoipa::path(get, path = "/orders", tag = "orders",
    responses((status = 200, description = "`{orders: [..]}`", body = Object)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Done {
    caller.permit(&app, Action::ViewLine, None).await?;
    app.query(Query::Orders).await.map(Json)
}

/// Name of the order file and where the serials come from: the body is the file.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PoolQuery {
    /// What messages call the file.
    file: Option<String>,
    /// A file of the directory of pools: the serials come from it.
    pool: Option<String>,
    /// Who handed them out.
    provider: Option<String>,
    /// The provider's claim of uniqueness.
    claim: Option<String>,
    /// Kept serials of earlier orders.
    #[serde(default)]
    from_returned: bool,
}

impl PoolQuery {
    fn read(self) -> Result<(Option<String>, Option<OrderPool>), Problem> {
        let Self { file, pool, provider, claim, from_returned } = self;
        for (field, text) in [("file", &file), ("provider", &provider), ("claim", &claim)] {
            let Some(text) = text else { continue };
            check_text(field, text, REASON_BYTES_MAX)?;
        }
        let alone = provider.is_none() && claim.is_none();
        match (pool, from_returned) {
            (Some(name), false) => Ok((file, Some(OrderPool::File { name, provider, claim }))),
            (None, true) if alone => Ok((file, Some(OrderPool::Kept))),
            (None, false) if alone => Ok((file, None)),
            _ => Err(Problem::new(400, "query", "the query does not name one source of serials")
                .at("POST /api/v1/orders")
                .remedy("use ?pool=NAME with provider and claim, or ?from_returned=true")),
        }
    }
}

/// Checks an order file, allocates its serials and makes it the line's order.
#[utoipa::path(post, path = "/orders", tag = "orders", params(PoolQuery),
    request_body(content = String, content_type = "application/toml"),
    responses((status = 200, description = "`{batch, state}`", body = Object),
        (status = 409, description = "refused", body = Problem)))]
pub(super) async fn load(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<PoolQuery>,
    Text(text): Text,
) -> Done {
    let (file, pool) = query.read()?;
    if text.trim().is_empty() {
        return Err(Problem::new(400, "body_empty", "the order file is empty")
            .at("POST /api/v1/orders")
            .remedy("send the text of an order file (config/orders/demo.toml is one)"));
    }
    let by = caller.permit(&app, Action::OrderLoad, None).await?;
    app.request(|reply| Request::LoadOrder { text, file, pool, by, reply }).await.map(Json)
}
