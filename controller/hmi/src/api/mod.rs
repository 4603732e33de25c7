//! The HTTP API: checks a request's form and who may ask, hands it on and waits for the answer.
//!
//! Called by the router. Must never decide whether a command is allowed on the line: the service
//! does. Every route is in `openapi.json`, because both are made of the same list.

mod acts;
mod alarms;
mod audit;
mod by_hand;
mod configurations;
mod document;
mod orders;
mod reads;
mod report;
mod session;
mod signing;
mod trials;
mod users;
mod workflow;

use crate::app::App;
use crate::idempotency;
use crate::problem::Problem;
use crate::server::{unknown_route, wrong_method};
use axum::Router;
use axum::middleware::from_fn_with_state;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What most handlers give back.
type Done = Result<axum::Json<Value>, Problem>;

pub(crate) fn router(app: App) -> Router {
    let (router, document) = described().split_for_parts();
    let document = document::finished(document);
    let router = router
        .route("/openapi.json", axum::routing::get(move || async move { document }))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), idempotency::once));
    router.with_state(app)
}

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(document::base())
        .routes(routes!(reads::status))
        .routes(routes!(reads::serial))
        .routes(routes!(orders::list, orders::load))
        .routes(routes!(orders::files))
        .routes(routes!(reads::packs))
        .routes(routes!(reads::image))
        .routes(routes!(reads::find))
        .routes(routes!(reads::chain))
        .routes(routes!(workflow::readiness))
        .routes(routes!(workflow::rejects))
        .routes(routes!(workflow::pack))
        .routes(routes!(workflow::books))
        .routes(routes!(workflow::recipes))
        .routes(routes!(workflow::recipe))
        .routes(routes!(workflow::difference))
        .routes(routes!(configurations::list))
        .routes(routes!(configurations::difference))
        .routes(routes!(configurations::show))
        .routes(routes!(report::file))
        .routes(routes!(acts::perform))
        .routes(routes!(acts::resolve))
        .routes(routes!(by_hand::declare))
        .routes(routes!(by_hand::sample))
        .routes(routes!(by_hand::remove))
        .routes(routes!(trials::state))
        .routes(routes!(trials::challenge))
        .routes(routes!(trials::setup))
        .routes(routes!(acts::order))
        .routes(routes!(reads::backup, acts::backup))
        .routes(routes!(alarms::history))
        .routes(routes!(alarms::events))
        .routes(routes!(audit::list))
        .routes(routes!(audit::export))
        .routes(routes!(audit::verify))
        .routes(routes!(session::view, session::login, session::logout))
        .routes(routes!(session::lock))
        .routes(routes!(session::unlock))
        .routes(routes!(session::own_password))
        .routes(routes!(signing::sheet))
        .routes(routes!(signing::begin))
        .routes(routes!(signing::give))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::change))
}
