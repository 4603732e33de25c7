//! What every handler has at hand.
//!
//! Made once by `server`. Must never hold a rule.

use crate::auth::Token;
use crate::desk::Desk;
use crate::idempotency::Remembered;
use crate::problem::Problem;
use crate::query::{Queries, Query};
use crate::request::{Answer, Reply, Request};
use crate::snapshot::Snapshot;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

/// Longest wait for the service. Loading a large order takes a few seconds.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);
/// Questions that are answered at a time.
const QUERIES_AT_ONCE: usize = 2;

/// One place of so many of the queue is kept for Stop.
const KEPT_FOR_STOP: usize = 8;

fn busy(detail: &str) -> Problem {
    Problem::new(503, "busy", detail).at("request queue").remedy("try again in a second").after(1)
}

/// What the web server is made of.
pub struct Parts {
    /// The service's own token, for programs on this machine.
    pub token: String,
    /// What the line looks like.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where requests go.
    pub commands: mpsc::Sender<Request>,
    /// People.
    pub desk: Desk,
    /// Who answers questions.
    pub queries: Arc<dyn Queries>,
}

/// See the module.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) token: Token,
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
    commands: mpsc::Sender<Request>,
    pub(crate) desk: Desk,
    queries: Arc<dyn Queries>,
    turns: Arc<Semaphore>,
    pub(crate) remembered: Remembered,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { token, snapshots, commands, desk, queries } = parts;
        let turns = Arc::new(Semaphore::new(QUERIES_AT_ONCE));
        let token = Token::new(token);
        let remembered = Remembered::default();
        Self { token, snapshots, commands, desk, queries, turns, remembered }
    }

    /// Queues a request and waits for its answer.
    ///
    /// # Errors
    /// The service's refusal; 503 when too many wait, 504 when it takes too long.
    pub(crate) async fn request(&self, request: impl FnOnce(Reply) -> Request) -> Answer {
        let (reply, answer) = oneshot::channel::<Answer>();
        let request = request(reply);
        let kept = self.commands.max_capacity() / KEPT_FOR_STOP;
        if !request.is_urgent() && self.commands.capacity() <= kept {
            return Err(busy("too many requests are waiting"));
        }
        self.commands.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => busy("too many requests are waiting"),
            TrySendError::Closed(_) => busy("the service is stopping"),
        })?;
        match tokio::time::timeout(ANSWER_WAIT_MAX, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                Err(Problem::new(503, "dropped", "the service stopped before it answered")
                    .at("request queue")
                    .remedy("start the service and look at the order's state before asking again"))
            }
            Err(_) => Err(Problem::new(504, "no_answer", "the service has not answered in 30 s")
                .at("request queue")
                .remedy("look at /api/v1/status before asking again: it may still be done")),
        }
    }

    /// Answers a question on a thread of its own.
    ///
    /// # Errors
    /// Those of the question; 503 when the server stops.
    pub(crate) async fn query(&self, query: Query) -> Answer {
        self.look(move |queries| queries.answer(query)).await
    }

    /// Looks something up on a thread of its own, two at a time.
    ///
    /// # Errors
    /// Those of the look; 503 when the server stops.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&dyn Queries) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let ended = |_| Problem::new(503, "ended", "the service is stopping").at("questions");
        let turn =
            Arc::clone(&self.turns).acquire_owned().await.map_err(|e| ended(e.to_string()))?;
        let queries = Arc::clone(&self.queries);
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            look(queries.as_ref())
        });
        work.await.map_err(|error| ended(error.to_string()))?
    }
}
