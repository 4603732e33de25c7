//! The form of a request: its body as text or JSON, its query, the texts that go into records.
//!
//! Used by every handler, so that what is wrong is told in one way. Must never judge a meaning.

use crate::problem::Problem;
use crate::server::BODY_BYTES_MAX;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// Longest name of a person and longest reason, in bytes.
pub(crate) const WHO_BYTES_MAX: usize = 64;
pub(crate) const REASON_BYTES_MAX: usize = 500;
/// Longest serial number (GS1 AI 21).
pub(crate) const SERIAL_BYTES_MAX: usize = 20;

pub(crate) fn too_large() -> Problem {
    Problem::new(413, "body_too_large", "the body is larger than the service reads")
        .at("body")
        .remedy(format!("send at most {BODY_BYTES_MAX} bytes"))
}

/// The body as text.
pub(crate) struct Text(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection: BytesRejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Problem::new(400, "body", "the body could not be read").at("body").remedy("retry"),
        })?;
        let text = String::from_utf8(bytes.into()).map_err(|_| {
            Problem::new(400, "body_not_utf8", "the body is not UTF-8 text")
                .at("body")
                .remedy("send UTF-8")
        })?;
        Ok(Self(text))
    }
}

/// The body as JSON.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Text(text) = Text::from_request(request, state).await?;
        json(&text).map(Self)
    }
}

/// The body as JSON; all of it may be left out.
pub(crate) struct MayBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MayBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Text(text) = Text::from_request(request, state).await?;
        if text.trim().is_empty() { Ok(Self(T::default())) } else { json(&text).map(Self) }
    }
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        Problem::new(400, "body_form", format!("the body is not what this address takes: {error}"))
            .at(format!("body, line {} column {}", error.line(), error.column()))
            .remedy("docs/api.md shows the fields")
    })
}

/// What stands behind the `?`.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(asked)| Self(asked)).map_err(|error: QueryRejection| {
            Problem::new(400, "query", error.body_text())
                .at(format!("{} {}", parts.method, parts.uri.path()))
                .remedy("/api/v1/openapi.json lists what may be asked")
        })
    }
}

/// A version that the caller has seen (`If-Match`), as `"17"`.
pub(crate) struct Seen(pub(crate) Option<u64>);

impl<S: Send + Sync> FromRequestParts<S> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(given) = parts.headers.get(axum::http::header::IF_MATCH) else {
            return Ok(Self(None));
        };
        let text = given.to_str().unwrap_or_default().trim();
        let version = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match version.and_then(|number| number.parse().ok()) {
            Some(version) => Ok(Self(Some(version))),
            None => Err(Problem::new(400, "if_match", "If-Match holds no version of the line")
                .at("If-Match")
                .remedy("send `version` of /api/v1/status in double quotes")),
        }
    }
}

/// Names and reasons go into records: they must be there and stay short.
pub(crate) fn check_text(field: &str, text: &str, max: usize) -> Result<(), Problem> {
    if text.trim().is_empty() || text.len() > max || text.chars().any(char::is_control) {
        let detail = format!("`{field}` must be 1 to {max} bytes of printable text");
        return Err(Problem::new(400, "text", detail).at(field).remedy("say it shorter"));
    }
    Ok(())
}
