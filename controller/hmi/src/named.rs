//! The names in a request's path, as text: batch, track, serial.
//!
//! Taken by the handlers in place of axum's own `Path`, whose refusal is bare text: what is wrong
//! with a path is told like everything else. Must never judge a name.

use crate::problem::Problem;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// What stands in the path.
pub(crate) struct Named<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Named<T>
where
    Path<T>: FromRequestParts<S, Rejection = PathRejection>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(names) = Path::<T>::from_request_parts(parts, state).await.map_err(|error| {
            Problem::new(400, "path", error.to_string())
                .at(format!("{} {}", parts.method, parts.uri.path()))
                .remedy("write names as percent-encoded UTF-8; docs/api.md lists the addresses")
        })?;
        Ok(Self(names))
    }
}
