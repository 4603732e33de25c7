//! The server over a real socket: tokens, limits, problems, headers and the live stream.

use hmi::{Answer, OrderAction, Problem, Request, Snapshot};
use line_core::reason::Resolution;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

type Outcome = Result<(), Box<dyn Error>>;

const TOKEN: &str = "0123456789abcdef";

/// Bounds a wait that would never end; no assertion about time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, its snapshots and the requests that reached the service.
struct Service {
    addr: SocketAddr,
    snapshots: watch::Sender<Arc<Snapshot>>,
    seen: Arc<std::sync::Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Service {
    /// Starts one whose queue holds `queue` requests; `answers` says whether anybody reads them.
    fn start(queue: usize, answers: bool) -> Result<Self, Box<dyn Error>> {
        let bound = hmi::bind(([127, 0, 0, 1], 0).into())?;
        let addr = bound.addr();
        let (snapshots, receiver) = watch::channel(Arc::new(Snapshot::default()));
        let (commands, mut requests) = mpsc::channel(queue);
        let (stop, stopped) = oneshot::channel::<()>();
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                if answers {
                    tokio::spawn(async move {
                        while let Some(request) = requests.recv().await {
                            if let Ok(mut log) = log.lock() {
                                log.push(answer(request));
                            }
                        }
                    });
                } else {
                    Box::leak(Box::new(requests));
                }
                let end = async move {
                    let _ = stopped.await;
                };
                let ended = bound.serve(TOKEN.into(), receiver, commands, end).await;
                assert!(ended.is_ok(), "{ended:?}");
            });
        });
        Ok(Self { addr, snapshots, seen, stop: Some(stop), thread: Some(thread) })
    }

    fn call(&self, head: &str, body: &str) -> Result<(u16, String, String), Box<dyn Error>> {
        let mut stream = self.open(head, body)?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").ok_or("no end of headers")?;
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        Ok((status, head.to_ascii_lowercase(), body.to_owned()))
    }

    fn open(&self, head: &str, body: &str) -> Result<TcpStream, Box<dyn Error>> {
        let mut stream = TcpStream::connect(self.addr)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (line, more) = head.split_once('\n').unwrap_or((head, ""));
        let more = if more.is_empty() { String::new() } else { format!("{more}\r\n") };
        let host =
            if more.contains("Host:") { String::new() } else { format!("Host: {}\r\n", self.addr) };
        let length = body.len();
        write!(
            stream,
            "{line} HTTP/1.1\r\n{host}{more}Connection: close\r\nContent-Length: {length}\r\n\r\n"
        )?;
        // A server that refuses a body may have closed already.
        let _ = stream.write_all(body.as_bytes());
        Ok(stream)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok(), "the server thread panicked");
        }
    }
}

/// A service of few words: says what it was asked, refuses batch `NONE`.
fn answer(request: Request) -> String {
    let refuse = || -> Answer {
        let problem = Problem::new(409, "wrong_state", "the order is not running");
        Err(problem.at("NONE").remedy("start it"))
    };
    let ok = |value: Value| -> Answer { Ok(value) };
    let (said, reply, answer) = match request {
        Request::LoadOrder { text, pool, reply, .. } => {
            let said = match pool {
                None => format!("load {}", text.len()),
                Some(pool) => format!("load {} {pool:?}", text.len()),
            };
            (said, reply, ok(json!({"batch": "B1"})))
        }
        Request::Declare { batch, term, count, reason, who, reply } => {
            let said = format!("{batch} {term:?} {count} {reason} {who}");
            (said, reply, ok(json!({"declared": count})))
        }
        Request::Take { batch, serial, take, reason, who, reply } => {
            (format!("{batch} {serial} {take:?} {reason} {who}"), reply, ok(json!({})))
        }
        Request::Order { batch, action, who, reason, reply } => {
            let said = format!("{action:?} {batch} {who} {reason:?}");
            (said, reply, if batch == "NONE" { refuse() } else { ok(json!({"batch": batch})) })
        }
        Request::Resolve { batch, track, resolution, reason, who, reply } => {
            let said = format!("{batch} {track} {resolution:?} {reason} {who}");
            assert_eq!(resolution, Resolution::Ejected);
            (said, reply, ok(json!({"track": track})))
        }
        Request::Trial { batch, mode, labels, who, reply } => {
            (format!("{mode:?} {batch} {labels:?} {who}"), reply, ok(json!({"batch": batch})))
        }
        Request::TrialState { batch, reply } => {
            (format!("trial {batch}"), reply, ok(json!({"state": "running"})))
        }
        Request::Orders { reply } => ("orders".into(), reply, ok(json!({"orders": []}))),
        Request::Packs { batch, after, limit, reply } => {
            (format!("packs {batch} {after} {limit}"), reply, ok(json!({"packs": []})))
        }
        Request::Serial { gtin, serial, reply } => {
            (format!("serial {gtin} {serial}"), reply, ok(json!({"serial": serial})))
        }
        Request::Backup { wish, who, reply } => {
            (format!("backup {wish:?} {who}"), reply, ok(json!({"state": "running"})))
        }
        Request::BackupState { reply } => {
            ("backup state".into(), reply, ok(json!({"state": "none"})))
        }
    };
    let _ = reply.send(answer);
    said
}

fn with_token(line: &str) -> String {
    format!("{line}\nAuthorization: Bearer {TOKEN}")
}

#[test]
fn refusals_are_problems_that_say_what_where_and_what_to_do() -> Outcome {
    let service = Service::start(4, true)?;
    let large = "x".repeat(hmi::BODY_BYTES_MAX + 1);
    let start = "POST /api/v1/orders/B1/start";
    let resolve = with_token("POST /api/v1/orders/B1/packs/7/resolve");
    let said = |more: &str| format!("{{\"reason\": \"r\", \"who\": \"w\", {more}}}");
    let setup = said("\"term\": \"setup\", \"count\": 1");
    let first_alone = said("\"serial\": \"S\", \"first_pack\": true");
    let first_two = said("\"serial\": \"S\", \"first_pack\": true, \"second\": \"x\"");
    let long = said(&format!("\"serial\": \"{}\"", "S".repeat(21)));
    let table: &[(&str, &str, u16, &str)] = &[
        (start, "", 401, "token_missing"),
        (&format!("{start}\nAuthorization: Bearer wrong"), "", 401, "token_missing"),
        (&format!("{start}\nAuthorization: {TOKEN}"), "", 401, "token_missing"),
        ("POST /api/v1/orders", "batch = 1", 401, "token_missing"),
        (&with_token("DELETE /api/v1/orders"), "", 405, "wrong_method"),
        ("GET /api/v1/orders/B1/start", "", 405, "wrong_method"),
        (&with_token("POST /"), "", 405, "wrong_method"),
        ("GET /api/v1/nothing", "", 404, "unknown_route"),
        ("GET /nothing", "", 404, "unknown_route"),
        (&with_token("POST /api/v1/orders/B1/explode"), "", 404, "unknown_action"),
        (&with_token("POST /api/v1/orders"), &large, 413, "body_too_large"),
        (&with_token("POST /api/v1/orders"), " ", 400, "body_empty"),
        (&with_token(start), "{\"whom\": 1}", 400, "body_form"),
        (&with_token(start), "{\"who\": \"\"}", 400, "text"),
        (&resolve, "", 400, "body_form"),
        (&resolve, "{\"as\": \"lost\", \"reason\": \"r\", \"who\": \"w\"}", 400, "body_form"),
        (&with_token("POST /api/v1/orders/B1/packs/x/resolve"), "", 400, "track_number"),
        ("GET /api/v1/orders/B1/packs?after=-1", "", 400, "query"),
        ("GET /api/v1/orders/%B1/packs", "", 400, "path"),
        ("GET /api/v1/status\nHost: evil.example", "", 421, "foreign_host"),
        (&with_token("POST /api/v1/orders?pool=a&from_returned=true"), "b = 1", 400, "query"),
        (&with_token("POST /api/v1/orders?claim=unique"), "b = 1", 400, "query"),
        (&with_token("POST /api/v1/orders?pool=a&claim="), "b = 1", 400, "text"),
        (&with_token("POST /api/v1/orders?pol=a"), "b = 1", 400, "query"),
        ("POST /api/v1/orders/B1/declare", "{}", 401, "token_missing"),
        ("POST /api/v1/orders/B1/sample", "{}", 401, "token_missing"),
        ("POST /api/v1/orders/B1/remove", "{}", 401, "token_missing"),
        (&with_token("POST /api/v1/orders/B1/declare"), &setup, 400, "body_form"),
        (&with_token("POST /api/v1/orders/B1/sample"), &first_alone, 400, "second_person"),
        (&with_token("POST /api/v1/orders/B1/remove"), &first_two, 400, "second_person"),
        (&with_token("POST /api/v1/orders/B1/sample"), &long, 400, "text"),
        (&with_token("POST /api/v1/orders/NONE/start"), "", 409, "wrong_state"),
    ];
    for (head, body, status, code) in table {
        let (got, headers, text) = service.call(head, body)?;
        assert_eq!(got, *status, "{head}: {text}");
        assert!(headers.contains("content-type: application/problem+json"), "{head}: {headers}");
        let problem: Value = serde_json::from_str(&text)?;
        assert_eq!(problem["code"], *code, "{head}");
        for member in ["title", "detail", "where", "remedy"] {
            assert!(problem[member].as_str().is_some_and(|s| !s.is_empty()), "{head}: {text}");
        }
        assert!(!text.contains(TOKEN), "{text}");
    }
    let seen = service.seen.lock().map_err(|_| "lock")?.clone();
    assert_eq!(seen, ["Start NONE unnamed None"]);
    Ok(())
}

#[test]
fn commands_and_queries_reach_the_service() -> Outcome {
    let service = Service::start(4, true)?;
    let resolve = json!({"as": "ejected", "reason": "found in the bin", "who": "ann"}).to_string();
    let hold = json!({"who": "bob", "reason": "tea"}).to_string();
    let declare =
        json!({"term": "duplicate", "count": -2, "who": "ann", "reason": "torn"}).to_string();
    let sample = json!({"serial": "A/B", "who": "ann", "reason": "kept"}).to_string();
    let first = json!({"serial": "A1", "who": "ann", "reason": "start", "first_pack": true,
        "second": "bob"})
    .to_string();
    let calls = [
        (with_token("POST /api/v1/orders"), "batch = \"B1\"", "load 12".to_owned()),
        (
            with_token("POST /api/v1/orders?pool=a.csv&provider=P%20Ltd&claim=unique"),
            "batch = \"B1\"",
            "load 12 File { name: \"a.csv\", provider: Some(\"P Ltd\"), claim: Some(\"unique\") }"
                .to_owned(),
        ),
        (
            with_token("POST /api/v1/orders?from_returned=true"),
            "batch = \"B1\"",
            "load 12 Kept".to_owned(),
        ),
        (
            with_token("POST /api/v1/orders/B1/declare"),
            &declare,
            "B1 Duplicate -2 torn ann".to_owned(),
        ),
        (with_token("POST /api/v1/orders/B1/sample"), &sample, "B1 A/B Sample kept ann".to_owned()),
        (
            with_token("POST /api/v1/orders/B1/remove"),
            &sample,
            "B1 A/B Removal kept ann".to_owned(),
        ),
        (
            with_token("POST /api/v1/orders/B1/sample"),
            &first,
            "B1 A1 FirstPack { second: \"bob\" } start ann".to_owned(),
        ),
        (with_token("POST /api/v1/orders/B1/hold"), &hold, "Hold B1 bob Some(\"tea\")".to_owned()),
        (
            with_token("POST /api/v1/orders/B1/packs/7/resolve"),
            &resolve,
            "B1 7 Ejected found in the bin ann".to_owned(),
        ),
        ("GET /api/v1/orders".into(), "", "orders".into()),
        ("GET /api/v1/orders/B1/packs?after=5&limit=9999".into(), "", "packs B1 5 1000".into()),
        ("GET /api/v1/serials/04150037528643/A%2FB".into(), "", "serial 04150037528643 A/B".into()),
    ];
    for (head, body, said) in &calls {
        let (status, headers, text) = service.call(head, body)?;
        assert_eq!(status, 200, "{head}: {text}");
        assert!(headers.contains("content-security-policy: default-src 'self'"), "{headers}");
        let seen = service.seen.lock().map_err(|_| "lock")?.clone();
        assert_eq!(seen.last(), Some(said));
    }
    for name in ["start", "stop", "hold", "unhold", "close"] {
        assert!(OrderAction::from_name(name).is_some());
    }
    Ok(())
}

#[test]
fn a_full_queue_is_answered_at_once() -> Outcome {
    let service = Service::start(1, false)?;
    // One of them waits in the queue, whichever came first; nobody reads it.
    let both = [service.open("GET /api/v1/orders", "")?, service.open("GET /api/v1/orders", "")?];
    let (tell, told) = std::sync::mpsc::channel();
    for stream in &both {
        let (mut stream, tell) = (stream.try_clone()?, tell.clone());
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stream.read_to_string(&mut text);
            let _ = tell.send(text);
        });
    }
    let text = told.recv_timeout(PATIENCE)?;
    assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
    let (status, ..) = service.call("GET /api/v1/status", "")?;
    assert_eq!(status, 200, "the status does not need the queue");
    assert!(told.try_recv().is_err(), "the other one waits");
    both.iter().try_for_each(|stream| stream.shutdown(std::net::Shutdown::Both))?;
    Ok(())
}

#[test]
fn the_stream_begins_with_the_whole_screen_and_then_sends_what_changed() -> Outcome {
    let service = Service::start(1, true)?;
    let lot = Some("LOT-1".to_owned());
    service.snapshots.send_replace(Arc::new(Snapshot { lot, ..Snapshot::default() }));
    let mut stream = service.open("GET /events", "")?;
    let first = next_frame(&mut stream)?;
    for region in ["state", "job", "rate", "output", "rejects", "timing", "last", "devices"] {
        assert!(first["regions"][region].is_string(), "{region}");
    }
    assert!(first["regions"]["job"].to_string().contains("LOT-1"));
    let lot = Some("LOT-2".to_owned());
    service.snapshots.send_replace(Arc::new(Snapshot { lot, ..Snapshot::default() }));
    let mut changed = next_frame(&mut stream)?;
    for _ in 0..100 {
        if changed["regions"]["job"].is_string() {
            break;
        }
        changed = next_frame(&mut stream)?;
    }
    let regions = changed["regions"].as_object().ok_or("no regions")?;
    assert_eq!(regions.keys().collect::<Vec<_>>(), ["job"]);
    let age_max = PATIENCE.as_millis() as u64;
    assert!(changed["age_ms"].as_u64().is_some_and(|age| age < age_max), "{changed}");
    drop(service);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest)?;
    Ok(())
}

/// Reads the stream up to the next complete event.
fn next_frame(stream: &mut TcpStream) -> Result<Value, Box<dyn Error>> {
    let (mut text, mut byte) = (Vec::new(), [0_u8]);
    loop {
        stream.read_exact(&mut byte)?;
        text.push(byte[0]);
        let is_data = text.starts_with(b"data: ");
        if byte[0] == b'\n' {
            if is_data {
                return Ok(serde_json::from_slice(&text[6..])?);
            }
            text.clear();
        }
    }
}

#[test]
fn the_status_has_the_public_names() -> Outcome {
    let service = Service::start(1, true)?;
    let (status, _, text) = service.call("GET /api/v1/status", "")?;
    assert_eq!(status, 200);
    let status: Value = serde_json::from_str(&text)?;
    for path in [
        "/unit_state",
        "/batch",
        "/camera",
        "/labeler",
        "/ejector",
        "/line/camera_to_gate_mm",
        "/packs/in_process",
        "/serials/label_scrapped",
        "/rejects",
        "/verdict_us",
        "/durable_us",
        "/margin_us",
        "/late",
        "/audit/head",
    ] {
        assert!(status.pointer(path).is_some(), "{path}: {text}");
    }
    Ok(())
}

#[test]
fn only_loopback_is_served() {
    for addr in ["0.0.0.0:0", "192.168.1.1:80", "[::]:0"] {
        let addr: SocketAddr = addr.parse().expect("address");
        let text = hmi::bind(addr).map(|b| b.addr()).expect_err("refused").to_string();
        assert!(text.contains("loopback") && text.contains("127.0.0.1"), "{text}");
    }
}
