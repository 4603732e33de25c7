//! A server over a real socket with real people behind it, a clock by hand, and a service of few
//! words. Must never decide anything.

pub use crate::client::{Call, Session, Told, expect};
use hmi::{
    Act, Answer, Desk, DeskJob, Parts, Problem, Queries, Query, REQUEST_QUEUE, Request, Snapshot,
};
use people::{
    AuditRecord, Effect, HashCost, Hasher, Language, Now, Password, People, Policy, Role, RoleSet,
    Salt, Stored, StoredCredential, User, UserState,
};
use serde_json::{Value, json};
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

pub const TOKEN: &str = "0123456789abcdef";
pub const PASSWORD: &str = "four words a night";
pub const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// A batch for which the service does not answer before its gate is opened.
pub const SLOW: &str = "SLOW";
/// A batch whose requests are thrown away unanswered.
pub const LOST: &str = "LOST";

/// Bounds a wait that would never end; no assertion about time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Users: id, roles, and whether the password was given by somebody else.
const USERS: [(&str, &str, &[Role], bool); 8] = [
    ("ada", "Ada Archer", &[Role::Administrator], false),
    ("olga", "Olga Oker", &[Role::Operator], false),
    ("otto", "Otto Oker", &[Role::Operator], false),
    ("sven", "Sven Sund", &[Role::Supervisor], false),
    ("quinn", "Quinn Quist", &[Role::Quality], false),
    ("quentin", "Quentin Quill", &[Role::Quality], false),
    ("erik", "Erik Engel", &[Role::Engineer], false),
    ("newman", "Newton Manning", &[Role::Operator], true),
];

/// What a test and the threads of its house share.
#[derive(Default)]
pub struct Shared {
    /// What reached the service.
    pub seen: Mutex<Vec<String>>,
    /// What people put on record.
    pub records: Mutex<Vec<AuditRecord>>,
    /// What stands on every sheet; a test changes it.
    pub sheet: Mutex<Value>,
    clock: AtomicU64,
    gate: (Mutex<bool>, Condvar),
    sinking: AtomicI64,
}

pub struct House {
    pub addr: SocketAddr,
    pub snapshots: watch::Sender<Arc<Snapshot>>,
    pub shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn hasher() -> Hasher {
    let cost = HashCost { memory_kib: 8, passes: 1, lanes: 1 };
    Hasher::new(cost, Salt([3; 16])).expect("hasher")
}

fn stored(hasher: &Hasher) -> Stored {
    let password = Password::new(PASSWORD.to_owned()).expect("password");
    let mut stored = Stored::default();
    let mut users = Vec::new();
    for (n, (id, name, roles, must_change)) in USERS.into_iter().enumerate() {
        let id: people::UserId = id.parse().expect("id");
        let phc = hasher.hash(&password, Salt([n as u8; 16])).expect("hash");
        stored.credentials.push(StoredCredential {
            user: id.clone(),
            number: 1,
            phc,
            set_unix_ms: 1_795_000_000_000,
        });
        users.push(User {
            id,
            name: name.parse().expect("name"),
            roles: roles.iter().copied().collect::<RoleSet>(),
            state: UserState::Active,
            language: Language::En,
            must_change,
            credential: 1,
        });
    }
    Stored { users: users.into_iter().collect(), ..stored }
}

/// The desk's thread: each answer is told when what was decided is on record.
fn live(mut people: People, mut jobs: mpsc::Receiver<DeskJob>, shared: &Shared) {
    while let Some(job) = jobs.blocking_recv() {
        let told = job(&mut people, shared.now());
        let mut kept = true;
        while let Some(effect) = people.poll() {
            kept &= shared.sinking.load(Ordering::Relaxed) == 0;
            if let Effect::Record(record) = effect {
                lock(&shared.records).push(record);
            }
        }
        if kept {
            told();
        }
    }
}

impl Shared {
    fn now(&self) -> Now {
        let ms = self.clock.load(Ordering::Relaxed);
        let unix_ms = 1_795_000_000_000 + i64::try_from(ms).expect("clock");
        Now { mono_ms: 1_000_000 + ms, unix_ms }
    }
}

struct Answers(Arc<Shared>);

impl Queries for Answers {
    fn answer(&self, query: Query) -> Answer {
        lock(&self.0.seen).push(format!("{query:?}"));
        if matches!(query, Query::AuditExport { .. }) {
            return Ok(json!({ "text": "seq,at\n", "events": 0, "sha256": "5a" }));
        }
        Ok(json!({}))
    }

    fn image(&self, _: &str, _: u32) -> Result<PathBuf, Problem> {
        Err(Problem::new(404, "no_image", "none").at("image").remedy("none"))
    }
}

impl House {
    pub fn new() -> Outcome<Self> {
        Self::build(REQUEST_QUEUE, true)
    }

    /// One whose queue holds `queue` requests; `answers` says whether anybody reads them.
    pub fn build(queue: usize, answers: bool) -> Outcome<Self> {
        let bound = hmi::bind(([127, 0, 0, 1], 0).into())?;
        let addr = bound.addr();
        let first = Snapshot { simulation: true, ..Snapshot::default() };
        let (snapshots, receiver) = watch::channel(Arc::new(first));
        let (commands, mut requests) = mpsc::channel(queue);
        let (stop, stopped) = oneshot::channel::<()>();
        let shared = Arc::new(Shared::default());
        let (jobs, queue) = mpsc::channel(hmi::DESK_QUEUE);
        let hasher = hasher();
        let people = People::new(Policy::default(), stored(&hasher), shared.now());
        let desk = Desk::new(jobs, hasher);
        let queries: Arc<dyn Queries> = Arc::new(Answers(shared.clone()));
        let parts = Parts { token: TOKEN.into(), snapshots: receiver, commands, desk, queries };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut threads = Vec::new();
        let own = shared.clone();
        threads.push(std::thread::spawn(move || live(people, queue, &own)));
        if answers {
            let own = shared.clone();
            threads.push(std::thread::spawn(move || {
                while let Some(request) = requests.blocking_recv() {
                    serve(request, &own);
                }
            }));
        } else {
            Box::leak(Box::new(requests));
        }
        threads.push(std::thread::spawn(move || {
            let end = async move {
                let _ = stopped.await;
            };
            let ended = runtime.block_on(bound.serve(parts, end));
            assert!(ended.is_ok(), "{ended:?}");
        }));
        Ok(Self { addr, snapshots, shared, stop: Some(stop), threads })
    }

    pub fn production(&self, production: bool) {
        let simulation = !production;
        self.snapshots.send_replace(Arc::new(Snapshot { simulation, ..Snapshot::default() }));
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        self.shared.clock.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }

    /// From now on nothing that people decide can be kept.
    pub fn sink(&self) {
        self.shared.sinking.store(1, Ordering::Relaxed);
    }

    /// The service answers for [`SLOW`].
    pub fn open_gate(&self) {
        *lock(&self.shared.gate.0) = true;
        self.shared.gate.1.notify_all();
    }

    pub fn seen(&self) -> Vec<String> {
        lock(&self.shared.seen).clone()
    }

    /// Refusals and doings on record: who, what, granted, why.
    pub fn accesses(&self) -> Vec<(String, String, bool, &'static str)> {
        let records = lock(&self.shared.records).clone();
        let access = |record| match record {
            AuditRecord::Access(a) => Some((a.who, a.what, a.granted, a.why.unwrap_or_default())),
            AuditRecord::User(_) => None,
        };
        records.into_iter().filter_map(access).collect()
    }

    /// The latest refusal on record: who, what, why.
    pub fn refused(&self) -> (String, String, &'static str) {
        let found = self.accesses().into_iter().rev().find(|(_, _, granted, _)| !granted);
        let (who, what, _, why) = found.expect("a refusal on record");
        (who, what, why)
    }

    pub fn call(&self, method: &str, path: &str) -> Call {
        Call::to(self.addr, &format!("{method} {path}"))
    }

    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call("POST", path).body(&body.to_string())
    }

    pub fn login(&self, user: &str) -> Outcome<Session> {
        let body = json!({ "user": user, "password": PASSWORD });
        self.post("/api/v1/session", &body).send()?.session()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.open_gate();
        drop(self.stop.take());
        for thread in self.threads.drain(..).rev() {
            assert!(thread.join().is_ok(), "a thread panicked");
        }
    }
}

/// What the service says; the house remembers that it was asked.
fn serve(request: Request, shared: &Arc<Shared>) {
    let done = |said: String| {
        lock(&shared.seen).push(said);
        json!({ "done": lock(&shared.seen).len() })
    };
    match request {
        Request::LoadOrder { text, pool, by, reply, .. } => {
            let said = format!("load {} {pool:?} by {} {}", text.len(), by.who, by.role);
            let _ = reply.send(Ok(done(said)));
        }
        Request::Act { act, by, reason, second, expects, reply } => {
            let signed: Vec<&str> = by.signatures.iter().map(|s| s.who().as_str()).collect();
            let said = format!(
                "{} {} by {} {} {reason:?} {second:?} {expects:?} {signed:?}",
                act.action().name(),
                act.object(),
                by.who,
                by.role,
            );
            let value = done(said);
            match act.batch() {
                Some(LOST) => drop(reply),
                Some(SLOW) => {
                    let shared = shared.clone();
                    std::thread::spawn(move || {
                        let mut open = lock(&shared.gate.0);
                        while !*open {
                            open = shared.gate.1.wait(open).unwrap_or_else(PoisonError::into_inner);
                        }
                        drop(open);
                        let _ = reply.send(Ok(value));
                    });
                }
                Some("NONE") => {
                    let problem = Problem::new(409, "wrong_state", "the order is not running");
                    let _ = reply.send(Err(problem.at("NONE").remedy("start it")));
                }
                _ => {
                    let _ = reply.send(Ok(value));
                }
            }
        }
        Request::Sheet { act, reply } => {
            done(format!("sheet {}", act.object()));
            let _ = reply.send(Ok(sheet(&act, &lock(&shared.sheet))));
        }
        Request::Note { by, what, new, reply } => {
            let _ = reply.send(Ok(done(format!("note {what} {new:?} by {}", by.who))));
        }
        Request::TrialState { batch, reply } => {
            let _ = reply.send(Ok(done(format!("trial {batch}"))));
        }
        Request::BackupState { reply } => {
            let _ = reply.send(Ok(done("backup state".into())));
        }
    }
}

fn sheet(act: &Act, more: &Value) -> Value {
    let mut sheet = json!({ "act": act, "more": more });
    if let Some(done_by) = more.get("done_by") {
        sheet["done_by"] = done_by.clone();
    }
    sheet
}
