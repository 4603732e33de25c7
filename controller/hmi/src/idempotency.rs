//! A command that comes twice with the same `Idempotency-Key` is done once.
//!
//! A layer around what changes something. The second request gets the first one's answer, or 409
//! while that is not there yet. Must never remember a login or a signature: they hold secrets.

use crate::app::App;
use crate::problem::Problem;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
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
            entries.pop_front();
        }
        entries.push_back(Entry { key, request, answer: None, since: Instant::now() });
        Known::New
    }

    /// An answer of a fault of ours is not kept: the same request may be tried again.
    fn end(&self, key: &Hash, answer: Option<Kept>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answer.filter(|kept| !kept.status.is_server_error()) {
            None => entries.retain(|entry| entry.key != *key),
            Some(kept) => {
                if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *key) {
                    entry.answer = Some(kept);
                }
            }
        }
    }
}

/// The key of a request, bound to who sends it.
fn key_of(headers: &HeaderMap) -> Option<Result<Hash, Problem>> {
    let given = headers.get(KEY)?.to_str().unwrap_or_default();
    let good = (1..=KEY_MAX).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_graphic());
    if !good {
        return Some(Err(Problem::new(400, "idempotency_key", "the key is no plain text")
            .at("Idempotency-Key")
            .remedy("use 1 to 64 visible ASCII characters, a UUID for instance")));
    }
    let sender = [header::COOKIE, header::AUTHORIZATION].map(|name| headers.get(name));
    let mut digest = Sha256::new();
    for part in sender.into_iter().flatten() {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    Some(Ok(digest.chain_update(given).finalize().into()))
}

/// The layer.
pub(crate) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let secret = ["/session", "/signatures", "/users"];
    let path = request.uri().path();
    let holds_secret = secret.iter().any(|prefix| path.starts_with(prefix));
    if holds_secret || matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let key = match key_of(request.headers()) {
        None => return next.run(request).await,
        Some(Err(problem)) => return problem.into_response(),
        Some(Ok(key)) => key,
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, crate::server::BODY_BYTES_MAX).await else {
        return crate::form::too_large().into_response();
    };
    let mut digest = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), parts.uri.to_string().as_bytes(), &body] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    match app.remembered.begin(key, digest.finalize().into()) {
        Known::Answered(kept) => return answer(kept),
        Known::Running => return told("still_running", "the first request is not answered yet"),
        Known::Other => return told("key_used", "this key came with another request before"),
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
        self.app.remembered.end(&self.key, Some(kept));
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
