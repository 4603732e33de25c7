//! What a person does to an order by hand, over the API: declared numbers, samples, removals.
//!
//! Routed to by `api.rs`. Must never decide whether it is allowed: the service does.

use crate::api::{Api, BodyBytes, WHO_BYTES_MAX, ask, check_text, check_texts, json, text_of};
use crate::named::Named;
use crate::problem::Problem;
use crate::request::{Declared, Request, Take};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// Longest serial number (GS1 AI 21).
const SERIAL_BYTES_MAX: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclareBody {
    term: Declared,
    count: i64,
    reason: String,
    who: String,
}

/// `POST /orders/{batch}/declare`.
pub(crate) async fn declare(
    State(api): State<Api>,
    Named(batch): Named<String>,
    body: BodyBytes,
) -> Response {
    let read = || -> Result<DeclareBody, Problem> {
        let body = text_of(body).and_then(|text| json::<DeclareBody>(&text))?;
        check_texts(&body.who, &body.reason)?;
        Ok(body)
    };
    match read() {
        Ok(DeclareBody { term, count, reason, who }) => {
            ask(&api, |reply| Request::Declare { batch, term, count, reason, who, reply }).await
        }
        Err(problem) => problem.into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeBody {
    serial: String,
    reason: String,
    who: String,
    #[serde(default)]
    first_pack: bool,
    second: Option<String>,
}

impl TakeBody {
    fn read(body: BodyBytes) -> Result<Self, Problem> {
        let body = text_of(body).and_then(|text| json::<Self>(&text))?;
        check_texts(&body.who, &body.reason)?;
        check_text("serial", &body.serial, SERIAL_BYTES_MAX)?;
        if let Some(second) = &body.second {
            check_text("second", second, WHO_BYTES_MAX)?;
        }
        Ok(body)
    }

    /// The second person belongs to the first-pack approval, and only to it.
    fn sample(&self) -> Result<Take, Problem> {
        match (self.first_pack, &self.second) {
            (false, None) => Ok(Take::Sample),
            (true, Some(second)) => Ok(Take::FirstPack { second: second.clone() }),
            (true, None) | (false, Some(_)) => {
                let detail = "the first-pack approval needs a second person, nothing else does";
                Err(Problem::new(400, "second_person", detail)
                    .at("second")
                    .remedy("give first_pack and second together, or neither"))
            }
        }
    }
}

/// `POST /orders/{batch}/sample`.
pub(crate) async fn sample(
    State(api): State<Api>,
    Named(batch): Named<String>,
    body: BodyBytes,
) -> Response {
    let read = TakeBody::read(body).and_then(|body| body.sample().map(|take| (body, take)));
    taken(&api, batch, read).await
}

/// `POST /orders/{batch}/remove`.
pub(crate) async fn remove(
    State(api): State<Api>,
    Named(batch): Named<String>,
    body: BodyBytes,
) -> Response {
    let read = TakeBody::read(body).and_then(|body| match body.sample()? {
        Take::Sample => Ok((body, Take::Removal)),
        Take::FirstPack { .. } | Take::Removal => {
            Err(Problem::new(400, "second_person", "a removal is no first-pack approval")
                .at("first_pack")
                .remedy("leave it out, or use /sample"))
        }
    });
    taken(&api, batch, read).await
}

async fn taken(api: &Api, batch: String, read: Result<(TakeBody, Take), Problem>) -> Response {
    match read {
        Ok((TakeBody { serial, reason, who, .. }, take)) => {
            ask(api, |reply| Request::Take { batch, serial, take, reason, who, reply }).await
        }
        Err(problem) => problem.into_response(),
    }
}
