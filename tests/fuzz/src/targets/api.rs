//! Requests of the HTTP API, through the router that the service has, without a socket.
//!
//! An input is `METHOD PATH` in its first line, then the body. A command that comes through is
//! answered by a service of few words, which holds its texts against their bounds.

use super::text;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request as HttpRequest, StatusCode, header};
use hmi::{
    Act, Answer, Desk, DeskJob, OrderPool, Parts, Problem, Queries, Query, Request, Snapshot,
};
use people::{HashCost, Hasher, Now, People, Policy, Salt, Stored};
use serde_json::Value;
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tower_service::Service;

const TOKEN: &str = "0123456789abcdef";
const WHO_MAX: usize = 64;
const REASON_MAX: usize = 500;
/// When everything happens.
const NOW: Now = Now { mono_ms: 1_000_000, unix_ms: 1_795_000_000_000 };
/// Largest answer that is no page.
const ANSWER_MAX: usize = 64 * 1024;

static HEARD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static HOUSE: RefCell<Option<House>> = const { RefCell::new(None) };
}

struct House {
    runtime: Runtime,
    router: Router,
    _snapshots: watch::Sender<Arc<Snapshot>>,
}

/// Nothing is known here.
struct Nothing;

fn unknown() -> Problem {
    Problem::new(404, "unknown", "nothing is known here").at("here").remedy("ask elsewhere")
}

impl Queries for Nothing {
    fn answer(&self, _: Query) -> Answer {
        Err(unknown())
    }

    fn image(&self, _: &str, _: u32) -> Result<PathBuf, Problem> {
        Err(unknown())
    }

    fn report(&self, _: &str, _: hmi::ReportForm) -> Result<hmi::ReportFile, Problem> {
        Err(unknown())
    }
}

/// A desk at which nobody is known.
fn desk(runtime: &Runtime) -> Desk {
    let cost = HashCost { memory_kib: 8, passes: 1, lanes: 1 };
    let hasher = Hasher::new(cost, Salt([3; 16])).expect("a hasher");
    let mut people = People::new(Policy::default(), Stored::default(), NOW);
    let (jobs, mut queue) = mpsc::channel::<DeskJob>(hmi::DESK_QUEUE);
    runtime.spawn(async move {
        while let Some(job) = queue.recv().await {
            let told = job(&mut people, NOW);
            while people.poll().is_some() {}
            told();
        }
    });
    Desk::new(jobs, hasher)
}

impl House {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let first = Snapshot { simulation: true, ..Snapshot::default() };
        let (snapshots, receiver) = watch::channel(Arc::new(first));
        let (commands, mut requests) = mpsc::channel(hmi::REQUEST_QUEUE);
        let (desk, queries) = (desk(&runtime), Arc::new(Nothing));
        let parts = Parts { token: TOKEN.into(), snapshots: receiver, commands, desk, queries };
        let router = runtime.block_on(async { hmi::router(parts) });
        runtime.spawn(async move {
            while let Some(request) = requests.recv().await {
                answer(request);
            }
        });
        Self { runtime, router, _snapshots: snapshots }
    }

    fn call(&mut self, request: HttpRequest<Body>) -> (StatusCode, String, Vec<u8>) {
        let Self { runtime, router, .. } = self;
        runtime.block_on(async {
            let response = router.call(request).await.unwrap_or_else(|never| match never {});
            let status = response.status();
            let kind = response.headers().get(header::CONTENT_TYPE);
            let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
            // An event stream has no end.
            let body = match kind.starts_with("text/event-stream") {
                true => Vec::new(),
                false => to_bytes(response.into_body(), usize::MAX).await.expect("a body").into(),
            };
            (status, kind, body)
        })
    }
}

/// See the module.
pub fn request(data: &[u8]) {
    let (head, body) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &b""[..]),
    };
    let Some((method, path)) = text(head).and_then(|head| head.split_once(' ')) else { return };
    let request = HttpRequest::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .body(Body::from(body.to_vec()));
    let Ok(request) = request else { return };
    HOUSE.with_borrow_mut(|house| {
        let house = house.get_or_insert_with(House::new);
        let before = HEARD.load(Ordering::Relaxed);
        let (status, kind, answer) = house.call(request);
        let heard = HEARD.load(Ordering::Relaxed) - before;
        assert!(heard <= 1, "one request, one command");
        judge(status, &kind, &answer, heard);
    });
}

/// What is refused says what, where and what to do, and nobody heard of it.
fn judge(status: StatusCode, kind: &str, answer: &[u8], heard: usize) {
    if status.is_success() {
        return;
    }
    assert!(status.is_client_error(), "{status}: {}", String::from_utf8_lossy(answer));
    assert_eq!(heard, 0, "refused and done");
    assert!(answer.len() <= ANSWER_MAX, "{} bytes of refusal", answer.len());
    if kind.starts_with("application/problem+json") {
        let problem: Value = serde_json::from_slice(answer).expect("a problem is JSON");
        for field in ["code", "detail", "where", "remedy"] {
            let said = problem[field].as_str().unwrap_or_default();
            assert!(!said.is_empty(), "{field} is empty in {problem}");
        }
        assert_eq!(problem["status"], status.as_u16());
    } else if !kind.starts_with("text/html") {
        assert!(answer.is_empty(), "{status} {kind}: {}", String::from_utf8_lossy(answer));
    }
}

fn bounded(text: &str, max: usize) {
    let fits = !text.trim().is_empty() && text.len() <= max && !text.chars().any(char::is_control);
    assert!(fits, "{text:?} came through");
}

fn doing() {
    HEARD.fetch_add(1, Ordering::Relaxed);
}

fn answer(request: Request) {
    let said = Ok(Value::Null);
    let _ = match request {
        Request::LoadOrder { text, file, pool, by, reply } => {
            doing();
            bounded(&by.who, WHO_MAX);
            file.iter().for_each(|name| bounded(name, REASON_MAX));
            assert!(!text.trim().is_empty() && text.len() <= hmi::BODY_BYTES_MAX);
            if let Some(OrderPool::File { provider, claim, .. }) = &pool {
                provider.iter().chain(claim).for_each(|text| bounded(text, REASON_MAX));
            }
            reply.send(said)
        }
        Request::Act { act, by, reason, second, reply, .. } => {
            doing();
            bounded(&by.who, WHO_MAX);
            reason.iter().for_each(|reason| bounded(reason, REASON_MAX));
            second.iter().for_each(|second| bounded(second, WHO_MAX));
            if let Act::Sample { serial, .. }
            | Act::FirstPackApproval { serial, .. }
            | Act::ManualRemoval { serial, .. } = &act
            {
                bounded(serial, codes::SERIAL_LEN_MAX);
            }
            reply.send(said)
        }
        Request::Note { by, reply, .. } | Request::ReportMade { by, reply, .. } => {
            doing();
            bounded(&by.who, WHO_MAX);
            reply.send(said)
        }
        Request::Sheet { reply, .. }
        | Request::TrialState { reply, .. }
        | Request::BackupState { reply } => reply.send(said),
    };
}
