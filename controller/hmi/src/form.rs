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

/// `2026-11-23T05:10` or with seconds, UTC, as milliseconds since 1970.
///
/// # Errors
/// It has another form.
pub(crate) fn utc_ms(text: &str) -> Result<i64, Problem> {
    let wrong = || {
        Problem::new(400, "query", format!("{text:?} is no time like 2026-11-23T05:10"))
            .at("from, until")
            .remedy("give date and time of the day, UTC")
    };
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':')];
    let formed = signs.iter().all(|(at, sign)| text.as_bytes().get(*at) == Some(sign));
    let date = (number(0, 4), number(5, 7), number(8, 10));
    let (true, (Some(year), Some(month @ 1..=12), Some(day @ 1..=31))) = (formed, date) else {
        return Err(wrong());
    };
    let (Some(h @ 0..=23), Some(min @ 0..=59)) = (number(11, 13), number(14, 16)) else {
        return Err(wrong());
    };
    let seconds = number(17, 19).unwrap_or(0);
    // Days from the civil calendar: years begin in March, eras have 400 years.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Ok((((days * 24 + h) * 60 + min) * 60 + seconds) * 1_000)
}

/// Names and reasons go into records: they must be there and stay short.
pub(crate) fn check_text(field: &str, text: &str, max: usize) -> Result<(), Problem> {
    if text.trim().is_empty() || text.len() > max || text.chars().any(char::is_control) {
        let detail = format!("`{field}` must be 1 to {max} bytes of printable text");
        return Err(Problem::new(400, "text", detail).at(field).remedy("say it shorter"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_milliseconds_since_1970() {
        assert_eq!(utc_ms("1970-01-01T00:00").ok(), Some(0));
        assert_eq!(utc_ms("2026-11-23T05:10").ok(), Some(1_795_410_600_000));
        assert_eq!(utc_ms("2024-02-29T23:59:59").ok(), Some(1_709_251_199_000));
        for wrong in ["", "now", "2026-13-01T00:00", "2026-01-01 00:00", "=1+1", "\u{202e}2026"] {
            assert!(utc_ms(wrong).is_err(), "{wrong}");
        }
    }
}
