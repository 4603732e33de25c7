//! What browsers do to the line: verdicts of whole batches on the simulated line with nobody at
//! the pages, with twenty readers of the event stream that never read, under a flood of logins,
//! and with the same flood at another program, in turns.
//!
//! The processes that ship, over real sockets; figures are those that the service tells of itself.
//! Must never leave a process behind.

mod support;

use serde_json::Value;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use support::table::{Table, ratio};
use support::{Done, Run};

/// Rounds of each condition; the first of a round changes.
const ROUNDS: usize = 6;
/// Packs of a batch, and how many come a second.
const PACKS: usize = 1_000;
const RATE: &str = "50";
const READERS: usize = 20;
/// Clients that log in again and again.
const CLIENTS: usize = 8;
const PERCENTILES: [&str; 4] = ["p50", "p99", "p999", "max"];
const KINDS: [&str; 2] = ["verdict_us", "durable_us"];

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nobody,
    Readers,
    Logins,
    Elsewhere,
}

const ALL: [(Beside, &str); 4] = [
    (Beside::Nobody, "nobody"),
    (Beside::Readers, "twenty readers that never read"),
    (Beside::Logins, "flood of logins"),
    (Beside::Elsewhere, "the same at another program"),
];

/// A demo that ends with its handle.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a batch; where its page is.
fn start(packs: usize, seed: usize, dir: &Path) -> Outcome<(Demo, SocketAddr)> {
    let child = Command::new(env!("CARGO_BIN_EXE_packline"))
        .args(["demo", "--camera", "no-pixels", "--scenario", "clean", "--rate", RATE, "--json"])
        .args(["--packs", &packs.to_string(), "--seed", &seed.to_string()])
        .args(["--http", "127.0.0.1:0", "--keep-images", "none", "--data-dir"])
        .arg(dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut demo = Demo(child);
    let said = demo.0.stderr.take().ok_or("no standard error")?;
    let mut lines = BufReader::new(said);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        if let Some(addr) = line.trim().strip_prefix("live at http://") {
            let addr = addr.parse()?;
            // What it says later must not fill the pipe.
            std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
            return Ok((demo, addr));
        }
        line.clear();
    }
    Err("the demo ended without an address".into())
}

/// Connections that ask for the stream of events and never read.
fn readers(addr: SocketAddr) -> Outcome<Vec<TcpStream>> {
    let ask = format!("GET /events HTTP/1.1\r\nHost: {addr}\r\nAccept: text/event-stream\r\n\r\n");
    (0..READERS)
        .map(|_| {
            let mut stream = TcpStream::connect(addr)?;
            stream.write_all(ask.as_bytes())?;
            Ok(stream)
        })
        .collect()
}

/// Logs in with names and passwords that are wrong, until told to end.
fn flood(addr: SocketAddr, stop: &AtomicBool, answered: &AtomicU64, client: usize) {
    let mut n = 0_u64;
    while !stop.load(Ordering::Acquire) {
        n += 1;
        let body = format!(r#"{{"user":"nobody-{client}-{n}","password":"not the password {n}"}}"#);
        let asked = format!(
            "POST /api/v1/session HTTP/1.1\r\nHost: {addr}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let Ok(mut stream) = TcpStream::connect(addr) else { return };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        let mut answer = Vec::new();
        if stream.write_all(asked.as_bytes()).is_ok() && stream.read_to_end(&mut answer).is_ok() {
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Answers as the service does to a flood, and does nothing for it: what the clients and the
/// sockets alone cost on this machine.
fn elsewhere() -> Outcome<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let addr = listener.local_addr()?;
    let answer = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut asked = [0; 4_096];
            let _ = stream.read(&mut asked);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    Ok(addr)
}

struct Flood {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    clients: Vec<JoinHandle<()>>,
}

impl Flood {
    fn begin(addr: SocketAddr) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let client = |n| {
            let (stop, answered) = (stop.clone(), answered.clone());
            std::thread::spawn(move || flood(addr, &stop, &answered, n))
        };
        let clients = (0..CLIENTS).map(client).collect();
        Self { stop, answered, clients }
    }

    fn end(self) -> u64 {
        self.stop.store(true, Ordering::Release);
        for client in self.clients {
            let _ = client.join();
        }
        self.answered.load(Ordering::Relaxed)
    }
}

/// One batch; its figures and how many logins were answered.
fn batch(beside: Beside, packs: usize, seed: usize) -> Outcome<(Value, u64)> {
    let dir = tempfile::Builder::new().prefix("pages").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (mut demo, addr) = start(packs, seed, dir.path())?;
    let silent = if beside == Beside::Readers { readers(addr)? } else { Vec::new() };
    let flood = match beside {
        Beside::Nobody | Beside::Readers => None,
        Beside::Logins => Some(Flood::begin(addr)),
        Beside::Elsewhere => Some(Flood::begin(elsewhere()?)),
    };
    let mut told = String::new();
    demo.0.stdout.take().ok_or("no standard output")?.read_to_string(&mut told)?;
    drop(silent);
    let answered = flood.map_or(0, Flood::end);
    let figures: Value = serde_json::from_str(told.lines().last().unwrap_or_default())?;
    if figures["judge"]["ok"] != true || figures["reconciled"] != true {
        return Err(format!("a batch that is not in order: {figures}").into());
    }
    Ok((figures, answered))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 if middle > 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values.get(middle).copied().unwrap_or_default(),
    }
}

/// Medians over the rounds; below them those of each round's ratio to its own turn with nobody.
fn tell(kind: &str, rounds: &[Vec<(Beside, Value)>]) {
    let mut table = Table::new(&[&[kind][..], &PERCENTILES].concat());
    let of = |round: &[(Beside, Value)], beside, at: &str| {
        let found = round.iter().find(|(who, _)| *who == beside);
        found.and_then(|(_, told)| told[kind][at].as_f64()).unwrap_or_default()
    };
    for (beside, name) in ALL {
        let middle = |at: &&str| median(rounds.iter().map(|r| of(r, beside, at)).collect());
        table.row(name, PERCENTILES.iter().map(middle).map(|us| format!("{us:.0}")));
    }
    for (beside, name) in &ALL[1..] {
        let one = |at: &&str| {
            let ratios = rounds.iter().map(|r| of(r, *beside, at) / of(r, Beside::Nobody, at));
            ratio(median(ratios.collect()), 1.0)
        };
        table.row(&format!("{name} / nobody"), PERCENTILES.iter().map(one));
    }
    let own = |at: &&str| {
        let ratios =
            rounds.iter().map(|r| of(r, Beside::Logins, at) / of(r, Beside::Elsewhere, at));
        ratio(median(ratios.collect()), 1.0)
    };
    table.row("flood of logins / the same at another program", PERCENTILES.iter().map(own));
    table.print();
}

fn main() -> Done {
    let run = Run::from_args();
    let setting = "Whole batches of the demo, 1,000 packs at 50 a second, no-pixels camera, \
                   labeler over Modbus, clean scenario, real sockets, in turns whose order \
                   changes; medians over the rounds, ratios within a round.";
    run.open("pages_beside", setting);
    let (packs, turns) = (run.scaled(PACKS), if run.scaled(2) > 1 { ROUNDS } else { 1 });
    let (mut rounds, mut answered) = (Vec::new(), 0);
    for round in 0..turns {
        let mut told = Vec::new();
        for turn in 0..ALL.len() {
            let (beside, _) = ALL[(round + turn) % ALL.len()];
            let (figures, logins) = batch(beside, packs, round + 1)?;
            answered += if beside == Beside::Logins { logins } else { 0 };
            told.push((beside, figures));
        }
        rounds.push(told);
    }
    println!("Microseconds, {} rounds; {answered} logins were answered:\n", rounds.len());
    for kind in KINDS {
        tell(kind, &rounds);
    }
    Ok(())
}
