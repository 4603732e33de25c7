//! The HTTP API: checks a request's form, queues it and waits for the service's answer.
//!
//! Called by the router. Must never decide whether a command is allowed: the service does. A full
//! queue is 503, a service that does not answer in time 504.

use crate::named::Named;
use crate::problem::Problem;
use crate::request::{Answer, OrderAction, OrderPool, Reply, Request, TrialMode};
use crate::server::{BODY_BYTES_MAX, unknown_route, wrong_method};
use crate::snapshot::Snapshot;
use crate::{backup, by_hand};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use line_core::reason::Resolution;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

/// Longest wait for the service. Loading a large order takes a few seconds.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);
/// Packs of one page.
const PACKS_PER_PAGE_MAX: u16 = 1_000;
const PACKS_PER_PAGE: u16 = 200;
/// Longest name of a person and longest reason, in bytes.
pub(crate) const WHO_BYTES_MAX: usize = 64;
const REASON_BYTES_MAX: usize = 500;

/// What the handlers need.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(crate) commands: mpsc::Sender<Request>,
}

pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/orders", get(orders).post(load_order))
        .route("/orders/{batch}/packs", get(packs))
        .route("/orders/{batch}/packs/{track}/resolve", post(resolve))
        .route("/orders/{batch}/trial", get(trial_state))
        .route("/orders/{batch}/challenge", post(challenge))
        .route("/orders/{batch}/setup", post(setup))
        .route("/orders/{batch}/declare", post(by_hand::declare))
        .route("/orders/{batch}/sample", post(by_hand::sample))
        .route("/orders/{batch}/remove", post(by_hand::remove))
        .route("/orders/{batch}/{action}", post(order))
        .route("/backup", get(backup::state).post(backup::begin))
        .route("/serials/{gtin}/{serial}", get(serial))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(api)
}

pub(crate) type BodyBytes = Result<Bytes, BytesRejection>;

async fn status(State(api): State<Api>) -> Response {
    let snapshot = Arc::clone(&api.snapshots.borrow());
    Json(&*snapshot).into_response()
}

async fn orders(State(api): State<Api>) -> Response {
    ask(&api, |reply| Request::Orders { reply }).await
}

/// Name of the order file and where the serials come from, in the query: the body is the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolQuery {
    file: Option<String>,
    pool: Option<String>,
    provider: Option<String>,
    claim: Option<String>,
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

async fn load_order(
    State(api): State<Api>,
    query: Result<Query<PoolQuery>, axum::extract::rejection::QueryRejection>,
    body: BodyBytes,
) -> Response {
    let pool = query
        .map_err(|error| {
            Problem::new(400, "query", error.to_string())
                .at("POST /api/v1/orders")
                .remedy("use file, pool, provider, claim, from_returned=true, or no query")
        })
        .and_then(|Query(query)| query.read());
    let (file, pool) = match pool {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    let text = match text_of(body) {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) => {
            return Problem::new(400, "body_empty", "the order file is empty")
                .at("POST /api/v1/orders")
                .remedy("send the text of an order file (config/orders/demo.toml is one)")
                .into_response();
        }
        Err(problem) => return problem.into_response(),
    };
    ask(&api, |reply| Request::LoadOrder { text, file, pool, reply }).await
}

/// Body of an order's action; all of it may be left out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionBody {
    who: Option<String>,
    reason: Option<String>,
}

async fn order(
    State(api): State<Api>,
    Named((batch, action)): Named<(String, String)>,
    body: BodyBytes,
) -> Response {
    let Some(action) = OrderAction::from_name(&action) else {
        return Problem::new(404, "unknown_action", "an order knows no such action")
            .at(format!("/api/v1/orders/{batch}/{action}"))
            .remedy("use start, stop, hold, unhold or close")
            .into_response();
    };
    let body = match json_or_default::<ActionBody>(body) {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let who = body.who.unwrap_or_else(|| "unnamed".into());
    let reason = body.reason;
    if let Err(problem) = check_texts(&who, reason.as_deref().unwrap_or("-")) {
        return problem.into_response();
    }
    ask(&api, |reply| Request::Order { batch, action, who, reason, reply }).await
}

/// Body of a trial's beginning; all of it may be left out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrialBody {
    who: Option<String>,
    labels: Option<u32>,
}

async fn challenge(
    State(api): State<Api>,
    Named(batch): Named<String>,
    body: BodyBytes,
) -> Response {
    trial(&api, batch, TrialMode::Challenge, body).await
}

async fn setup(State(api): State<Api>, Named(batch): Named<String>, body: BodyBytes) -> Response {
    trial(&api, batch, TrialMode::Setup, body).await
}

async fn trial(api: &Api, batch: String, mode: TrialMode, body: BodyBytes) -> Response {
    let body = match json_or_default::<TrialBody>(body) {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let who = body.who.unwrap_or_else(|| "unnamed".into());
    if let Err(problem) = check_texts(&who, "-") {
        return problem.into_response();
    }
    let labels = body.labels;
    ask(api, |reply| Request::Trial { batch, mode, labels, who, reply }).await
}

async fn trial_state(State(api): State<Api>, Named(batch): Named<String>) -> Response {
    ask(&api, |reply| Request::TrialState { batch, reply }).await
}

/// Body of a resolution.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResolveBody {
    r#as: Resolution,
    reason: String,
    who: String,
}

async fn resolve(
    State(api): State<Api>,
    Named((batch, track)): Named<(String, String)>,
    body: BodyBytes,
) -> Response {
    let read = || -> Result<(u32, ResolveBody), Problem> {
        let track = track.parse().map_err(|_| {
            Problem::new(400, "track_number", format!("`{track}` is not a track number"))
                .at("path, after /packs/")
                .remedy("give the pack's number at the infeed, from 1")
        })?;
        let body = text_of(body).and_then(|text| json::<ResolveBody>(&text))?;
        check_texts(&body.who, &body.reason)?;
        Ok((track, body))
    };
    let (track, body) = match read() {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    let ResolveBody { r#as: resolution, reason, who } = body;
    ask(&api, |reply| Request::Resolve { batch, track, resolution, reason, who, reply }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PacksQuery {
    after: Option<u32>,
    limit: Option<u16>,
}

async fn packs(
    State(api): State<Api>,
    Named(batch): Named<String>,
    query: Result<Query<PacksQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(PacksQuery { after, limit })) = query else {
        return Problem::new(400, "query", "the query is not `after` and `limit` as numbers")
            .at(format!("/api/v1/orders/{batch}/packs"))
            .remedy(format!("use ?after=TRACK&limit=1..{PACKS_PER_PAGE_MAX}"))
            .into_response();
    };
    let after = after.unwrap_or(0);
    let limit = limit.unwrap_or(PACKS_PER_PAGE).clamp(1, PACKS_PER_PAGE_MAX);
    ask(&api, |reply| Request::Packs { batch, after, limit, reply }).await
}

async fn serial(
    State(api): State<Api>,
    Named((gtin, serial)): Named<(String, String)>,
) -> Response {
    ask(&api, |reply| Request::Serial { gtin, serial, reply }).await
}

/// Queues a request and waits for its answer.
pub(crate) async fn ask(api: &Api, request: impl FnOnce(Reply) -> Request) -> Response {
    let (reply, answer) = oneshot::channel::<Answer>();
    if let Err(error) = api.commands.try_send(request(reply)) {
        let detail = match error {
            TrySendError::Full(_) => "too many requests are waiting",
            TrySendError::Closed(_) => "the service is stopping",
        };
        return Problem::new(503, "busy", detail)
            .at("request queue")
            .remedy("try again in a second")
            .into_response();
    }
    match tokio::time::timeout(ANSWER_WAIT_MAX, answer).await {
        Ok(Ok(Ok(value))) => (StatusCode::OK, Json(value)).into_response(),
        Ok(Ok(Err(problem))) => problem.into_response(),
        Ok(Err(_)) => Problem::new(503, "dropped", "the service stopped before it answered")
            .at("request queue")
            .remedy("start the service and look at the order's state before asking again")
            .into_response(),
        Err(_) => Problem::new(504, "no_answer", "the service has not answered in 30 s")
            .at("request queue")
            .remedy("look at /api/v1/status before asking again: it may still be done")
            .into_response(),
    }
}

pub(crate) fn text_of(body: BodyBytes) -> Result<String, Problem> {
    let bytes = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(413, "body_too_large", "the body is larger than the service reads")
                .at("body")
                .remedy(format!("send at most {BODY_BYTES_MAX} bytes"))
        }
        _ => Problem::new(400, "body", "the body could not be read").at("body").remedy("retry"),
    })?;
    String::from_utf8(bytes.into()).map_err(|_| {
        Problem::new(400, "body_not_utf8", "the body is not UTF-8 text")
            .at("body")
            .remedy("send UTF-8")
    })
}

pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        Problem::new(400, "body_form", format!("the body is not what this address takes: {error}"))
            .at(format!("body, line {} column {}", error.line(), error.column()))
            .remedy("docs/api.md shows the fields")
    })
}

fn json_or_default<T: DeserializeOwned + Default>(body: BodyBytes) -> Result<T, Problem> {
    let text = text_of(body)?;
    if text.trim().is_empty() { Ok(T::default()) } else { json(&text) }
}

/// Names and reasons go into records: they must be there and stay short.
pub(crate) fn check_texts(who: &str, reason: &str) -> Result<(), Problem> {
    check_text("who", who, WHO_BYTES_MAX)?;
    check_text("reason", reason, REASON_BYTES_MAX)
}

pub(crate) fn check_text(field: &str, text: &str, max: usize) -> Result<(), Problem> {
    if text.trim().is_empty() || text.len() > max || text.chars().any(char::is_control) {
        let detail = format!("`{field}` must be 1 to {max} bytes of printable text");
        return Err(Problem::new(400, "text", detail).at(field).remedy("say it shorter"));
    }
    Ok(())
}
