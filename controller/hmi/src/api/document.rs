//! `openapi.json`: what stands before the routes, and its text.
//!
//! The routes are added by the router from the handlers themselves. Must never name one by hand.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Packline",
        version = "1",
        description = "One packaging line. Errors are problem details (RFC 9457) with `code`, \
                       `where` and `remedy`. Commands take `Idempotency-Key` and `If-Match` \
                       (the `version` of /status). Persons log in at /session; programs of the \
                       machine's own account bear the token of `api.json`, which reads \
                       everything and commands simulations only.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/api/v1"))
)]
struct Base;

pub(super) fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// The document as it is served.
#[derive(Clone)]
pub(super) struct Document(String);

pub(super) fn finished(document: utoipa::openapi::OpenApi) -> Document {
    Document(serde_json::to_string_pretty(&document).unwrap_or_default())
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}
