//! A command that comes twice with the same `Idempotency-Key` is done once.
//!
//! A layer around what changes something. The second request gets the first one's answer, or 409
//! while that is not there yet; a refusal that came before anything was asked of the line is not
//! remembered. Must never remember a login or a signature (they hold secrets), nor forget a command
//! that runs.

use crate::app::App;
use crate::caller::cookie;
use crate::problem::Problem;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const KEY: &str = "idempotency-key";
const KEY_MAX: usize = 64;
/// Answers that are remembered, and for how long.
const REMEMBERED_MAX: usize = 256;
const REMEMBERED: Duration = Duration::from_secs(24 * 3_600);
/// Longest answer that is.
const ANSWER_MAX: usize = 1 << 20;

type Hash = [u8; 32];

/// An answer as it went out.
#[derive(Clone)]
struct Kept {
    status: StatusCode,
    kind: Option<HeaderValue>,
    body: Bytes,
}

impl Kept {
    /// False when nothing was asked of the line: who it was, or that too many wait, may be another
    /// answer the next time. Everything else may have been done, a 504, too.
    fn is_final(status: StatusCode, headers: &HeaderMap) -> bool {
        let who = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        !who.contains(&status) && !headers.contains_key(header::RETRY_AFTER)
    }
}

struct Entry {
    key: Hash,
    request: Hash,
    answer: Option<Kept>,
    since: Instant,
}

/// Answers of commands that bore a key.
#[derive(Clone, Default)]
pub(crate) struct Remembered(Arc<Mutex<VecDeque<Entry>>>);

/// What is known of a key.
enum Known {
    New,
    Running,
    Other,
    Full,
    Answered(Kept),
}

impl Remembered {
    fn begin(&self, key: Hash, request: Hash) -> Known {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.since.elapsed() < REMEMBERED);
        if let Some(entry) = entries.iter().find(|entry| entry.key == key) {
            return match &entry.answer {
                _ if entry.request != request => Known::Other,
                None => Known::Running,
                Some(kept) => Known::Answered(kept.clone()),
            };
        }
        if entries.len() >= REMEMBERED_MAX {
            let Some(oldest) = entries.iter().position(|entry| entry.answer.is_some()) else {
                return Known::Full;
            };
            entries.remove(oldest);
        }
        entries.push_back(Entry { key, request, answer: None, since: Instant::now() });
        Known::New
    }

    /// Without an answer the same request may be tried again.
    fn end(&self, key: &Hash, answer: Option<Kept>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            None => entries.retain(|entry| entry.key != *key),
            Some(kept) => {
                if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *key) {
                    entry.answer = Some(kept);
                }
            }
        }
    }
}

/// The key of a request, bound to who sends it and from where.
fn key_of(request: &Request) -> Option<Result<Hash, Problem>> {
    let headers = request.headers();
    let given = headers.get(KEY)?.to_str().unwrap_or_default();
    let good = (1..=KEY_MAX).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_graphic());
    if !good {
        return Some(Err(Problem::new(400, "idempotency_key", "the key is no plain text")
            .at("Idempotency-Key")
            .remedy("use 1 to 64 visible ASCII characters, a UUID for instance")));
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let bearer = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let session = cookie(headers).unwrap_or_default().as_bytes();
    let station = peer.map(|ip| ip.to_string()).unwrap_or_default();
    Some(Ok(hash_of(&[station.as_bytes(), bearer, session, given.as_bytes()])))
}

/// No two lists of parts have the same.
fn hash_of(parts: &[&[u8]]) -> Hash {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// The layer.
pub(crate) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let secret = ["/session", "/signatures", "/users"];
    let path = request.uri().path();
    let holds_secret = secret.iter().any(|prefix| path.starts_with(prefix));
    if holds_secret || matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let key = match key_of(&request) {
        None => return next.run(request).await,
        Some(Err(problem)) => return problem.into_response(),
        Some(Ok(key)) => key,
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, crate::server::BODY_BYTES_MAX).await else {
        return crate::form::too_large().into_response();
    };
    let uri = parts.uri.to_string();
    let whole = hash_of(&[parts.method.as_str().as_bytes(), uri.as_bytes(), &body]);
    match app.remembered.begin(key, whole) {
        Known::Answered(kept) => return answer(kept),
        Known::Running => return told("still_running", "the first request is not answered yet"),
        Known::Other => return told("key_used", "this key came with another request before"),
        Known::Full => {
            return Problem::new(503, "busy", "too many commands are running")
                .at("Idempotency-Key")
                .remedy("try again in a second")
                .after(1)
                .into_response();
        }
        Known::New => {}
    }
    // Whatever becomes of this request, its key does not stay without an answer.
    let pending = Pending { app, key, answered: false };
    // On a task of its own: a caller who goes away does not leave a command half answered.
    let done = tokio::spawn(async move {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        pending.answered(response).await
    });
    done.await.unwrap_or_else(|error| {
        Problem::new(500, "broken", error.to_string()).at("service").into_response()
    })
}

struct Pending {
    app: App,
    key: Hash,
    answered: bool,
}

impl Pending {
    async fn answered(mut self, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, ANSWER_MAX).await else {
            return Problem::new(500, "answer", "the answer is too long to be kept")
                .at("Idempotency-Key")
                .into_response();
        };
        let kind = parts.headers.get(header::CONTENT_TYPE).cloned();
        let kept = Kept { status: parts.status, kind, body: body.clone() };
        let kept = Kept::is_final(parts.status, &parts.headers).then_some(kept);
        self.app.remembered.end(&self.key, kept);
        self.answered = true;
        Response::from_parts(parts, Body::from(body))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.answered {
            self.app.remembered.end(&self.key, None);
        }
    }
}

fn told(code: &str, detail: &str) -> Response {
    Problem::new(409, code, detail)
        .at("Idempotency-Key")
        .remedy("look at the state; use a new key for a new command")
        .into_response()
}

fn answer(kept: Kept) -> Response {
    let mut response = (kept.status, kept.body).into_response();
    if let Some(kind) = kept.kind {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}
