//! The desk: asks people's state on the thread that owns it, and proves passwords elsewhere.
//!
//! Used by `api` and pages. An answer comes only when everything that was decided is durable. Must
//! never hold a rule, a password or a hash of one beyond a call.

use crate::act::Act;
use crate::problem::Problem;
use people::{
    Attempt, Denied, Factor, Fresh, Hasher, LoggedIn, Nonce, Now, Password, People, Proved, Salt,
    Signature, TokenHash,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Says the answer, once everything is durable.
pub type Told = Box<dyn FnOnce() + Send>;
/// One question to people's state.
pub type DeskJob = Box<dyn FnOnce(&mut People, Now) -> Told + Send>;
/// Questions that may wait.
pub const DESK_QUEUE: usize = 64;

/// Passwords proven at a time: each takes a core and 19 MiB for its while.
const PROOFS: usize = 1;
/// Passwords that may wait to be proven: a flood is turned away.
const PROOFS_WAIT: usize = 32;
/// Signatures that were given and wait for their act.
const HELD_MAX: usize = 64;
/// As many as people's state keeps asked for.
const WANTED_MAX: usize = 256;
/// For so long they do.
const HELD: Duration = Duration::from_secs(120);

struct Held {
    id: String,
    session: TokenHash,
    signature: Signature,
    since: Instant,
}

/// What a signature was asked for.
struct Wanted {
    nonce: Nonce,
    act: Act,
}

/// See the module.
#[derive(Clone)]
pub struct Desk {
    jobs: mpsc::Sender<DeskJob>,
    hasher: Arc<Hasher>,
    proofs: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    held: Arc<Mutex<VecDeque<Held>>>,
    wanted: Arc<Mutex<VecDeque<Wanted>>>,
}

impl Desk {
    /// A desk whose jobs go to `jobs`.
    #[must_use]
    pub fn new(jobs: mpsc::Sender<DeskJob>, hasher: Hasher) -> Self {
        Self {
            jobs,
            hasher: Arc::new(hasher),
            proofs: Arc::new(Semaphore::new(PROOFS)),
            waiting: Arc::new(Semaphore::new(PROOFS_WAIT)),
            held: Arc::default(),
            wanted: Arc::default(),
        }
    }

    /// Asks people's state; the answer is durable.
    ///
    /// # Errors
    /// 503: too many wait, or what was decided could not be kept.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut People, Now) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (tell, told) = oneshot::channel();
        let job: DeskJob = Box::new(move |people, now| {
            let answer = question(people, now);
            Box::new(move || {
                let _ = tell.send(answer);
            })
        });
        self.jobs.try_send(job).map_err(|_| busy())?;
        told.await.map_err(|_| not_kept())
    }

    /// Proves a password, one at a time, on a thread that may be slow.
    ///
    /// # Errors
    /// 503: too many wait.
    pub async fn prove<P: Send + 'static>(
        &self,
        attempt: Attempt<P>,
        password: Password,
    ) -> Result<Proved<P>, Problem> {
        let salt = Salt(random()?);
        self.hash(move |hasher| attempt.prove(hasher, &password, Factor::NotAsked, salt)).await
    }

    /// Something slow with the hasher.
    ///
    /// # Errors
    /// 503: too many wait.
    pub async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hasher) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.proofs).acquire_owned().await.map_err(|_| busy())?;
        let hasher = Arc::clone(&self.hasher);
        // Place and turn go with the work: a caller who goes away does not make room for another
        // hash beside the one that he leaves behind.
        let work = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work(&hasher)
        });
        work.await.map_err(|_| not_kept())
    }

    /// Logs somebody in.
    ///
    /// # Errors
    /// The refusal.
    pub async fn login(
        &self,
        station: people::Station,
        user: String,
        password: Password,
        replaces: Option<people::Token>,
    ) -> Result<LoggedIn, Problem> {
        let attempt = self.ask(move |p, now| p.begin_login(now, &station, &user)).await?;
        let proved = self.prove(attempt.map_err(|d| denied(&d))?, password).await?;
        let fresh = Fresh::new(random()?);
        let done =
            self.ask(move |p, now| p.finish_login(now, proved, &fresh, replaces.as_ref())).await?;
        done.map_err(|d| denied(&d))
    }

    /// Keeps what a signature was asked for, to look at it again when it is given.
    pub(crate) fn remember(&self, nonce: &Nonce, act: Act) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.len() >= WANTED_MAX {
            wanted.pop_front();
        }
        wanted.push_back(Wanted { nonce: *nonce, act });
    }

    /// What it was; asked once.
    pub(crate) fn recall(&self, nonce: &Nonce) -> Option<Act> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let at = wanted.iter().position(|wanted| wanted.nonce == *nonce)?;
        wanted.remove(at).map(|wanted| wanted.act)
    }

    /// Keeps a signature that was given until its act comes.
    pub(crate) fn hold(&self, id: String, session: TokenHash, signature: Signature) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|kept| kept.since.elapsed() < HELD);
        if held.len() >= HELD_MAX {
            held.pop_front();
        }
        held.push_back(Held { id, session, signature, since: Instant::now() });
    }

    /// A copy of a signature that waits, for a second one.
    pub(crate) fn peek(&self, id: &str, session: &TokenHash) -> Option<Signature> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = |kept: &&Held| kept.id == id && kept.session == *session;
        let fresh = |kept: &&Held| kept.since.elapsed() < HELD;
        held.iter().filter(fresh).find(mine).map(|kept| kept.signature.clone())
    }

    /// Takes a signature for its act: it is good for one.
    pub(crate) fn take(&self, id: &str, session: &TokenHash) -> Option<Signature> {
        let found = self.peek(id, session);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|kept| kept.id != id || kept.session != *session);
        found
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Problem::new(503, "random", error.to_string()).at("random bytes"))?;
    Ok(bytes)
}

fn busy() -> Problem {
    Problem::new(503, "busy", "too many requests are waiting")
        .at("people")
        .remedy("try again in a second")
        .after(1)
}

fn not_kept() -> Problem {
    Problem::new(503, "not_kept", "it could not be put on record, so it was not done")
        .at("people")
        .remedy("look at the alarms: the disk may be full; then try again")
}

/// A refusal in the API's form.
pub(crate) fn denied(denied: &Denied) -> Problem {
    use Denied as D;
    let status = match denied {
        D::NoSession | D::NameOrPassword | D::OtherStation | D::SignPassword => 401,
        D::TooSoon { .. } => 429,
        D::Password(_) | D::NoReason | D::NoRole => 422,
        D::TooManySessions
        | D::NotLocked
        | D::IdUsed
        | D::NameUsed
        | D::TooManyUsers
        | D::Unchanged
        | D::Retired
        | D::LastAdministrator
        | D::SignRecordChanged
        | D::SignReplayed
        | D::SignTimedOut => 409,
        D::UnknownUser | D::SignUnknown => 404,
        _ => 403,
    };
    let (detail, remedy) = match denied.to_string().split_once("; ") {
        Some((detail, remedy)) => (detail.to_owned(), remedy.to_owned()),
        None => (denied.to_string(), String::new()),
    };
    let problem = Problem::new(status, denied.code(), detail).at("people").remedy(remedy);
    match denied {
        D::TooSoon { wait_ms } => problem.after(wait_ms.div_ceil(1_000)),
        _ => problem,
    }
}
