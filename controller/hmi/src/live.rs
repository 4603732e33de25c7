//! The live stream: every region is rendered four times a second, once for all browsers, and what
//! changed goes out as one server-sent event.
//!
//! Started with the server. Must never wait for a browser: one that is slow misses frames, and
//! whoever missed one gets the whole screen next.

use crate::form::Asked;
use crate::i18n::{LANGUAGES, Words};
use crate::page;
use crate::problem::Problem;
use crate::snapshot::Snapshot;
use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::MissedTickBehavior;

/// Time between two frames.
const FRAME_EVERY: Duration = Duration::from_millis(250);
/// Browsers that may watch at the same time.
const WATCHERS_MAX: usize = 32;

/// One rendering of the screen, shared by all browsers.
#[derive(Debug, Default)]
struct Frame {
    /// n-th frame; 0 is the one before anything was rendered.
    number: u64,
    /// Every region.
    full: String,
    /// The regions that changed since the frame before.
    changed: String,
}

/// The stream's source.
#[derive(Clone)]
pub(crate) struct Live {
    /// One stream a language.
    frames: [watch::Receiver<Arc<Frame>>; LANGUAGES.len()],
    seats: Arc<Semaphore>,
}

impl Live {
    /// Starts to render until `end` is dropped or no more snapshots come.
    pub(crate) fn start(
        snapshots: watch::Receiver<Arc<Snapshot>>,
        end: watch::Receiver<()>,
    ) -> Self {
        let frames = LANGUAGES.map(|language| {
            let (sender, frames) = watch::channel(Arc::new(Frame::default()));
            tokio::spawn(render(snapshots.clone(), end.clone(), Words(language), sender));
            frames
        });
        Self { frames, seats: Arc::new(Semaphore::new(WATCHERS_MAX)) }
    }
}

async fn render(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    mut end: watch::Receiver<()>,
    words: Words,
    frames: watch::Sender<Arc<Frame>>,
) {
    let mut tick = tokio::time::interval(FRAME_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut before = page::Regions::default();
    let mut fresh_at = Instant::now();
    let mut number = 0;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = end.changed() => return,
        }
        if snapshots.has_changed().unwrap_or(false) {
            fresh_at = Instant::now();
        }
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        let regions = page::regions(&snapshot, words);
        number += 1;
        let age_ms = u64::try_from(fresh_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        let frame = Frame {
            number,
            full: message(age_ms, regions.iter()),
            changed: message(age_ms, regions.changed_since(&before)),
        };
        before = regions;
        frames.send_replace(Arc::new(frame));
    }
}

/// `{"age_ms": .., "regions": {id: html}}`.
fn message<'a>(age_ms: u64, regions: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let regions: serde_json::Map<_, _> =
        regions.map(|(id, html)| (id.to_owned(), html.into())).collect();
    serde_json::json!({ "age_ms": age_ms, "regions": regions }).to_string()
}

pub(crate) fn router(live: Live) -> Router {
    Router::new().route("/events", get(events)).with_state(live)
}

/// What one browser has seen.
struct Watcher {
    frames: watch::Receiver<Arc<Frame>>,
    seen: u64,
    _seat: OwnedSemaphorePermit,
}

/// Which language a browser wants.
#[derive(Deserialize)]
struct Wanted {
    lang: Option<String>,
}

async fn events(State(live): State<Live>, Asked(wanted): Asked<Wanted>) -> Response {
    let Ok(seat) = Arc::clone(&live.seats).try_acquire_owned() else {
        return Problem::new(503, "too_many_watchers", "too many browsers watch this line")
            .at("/events")
            .remedy(format!("close one of {WATCHERS_MAX}"))
            .into_response();
    };
    let language = wanted.lang.and_then(|text| text.parse().ok()).unwrap_or_default();
    let at = LANGUAGES.iter().position(|known| *known == language).unwrap_or(0);
    let mut frames = live.frames[at].clone();
    frames.mark_changed();
    let watcher = Watcher { frames, seen: 0, _seat: seat };
    let stream = stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(event), watcher))
    });
    Sse::new(stream).into_response()
}

impl Watcher {
    /// The next event; `None` when the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            self.frames.changed().await.ok()?;
            let frame = Arc::clone(&self.frames.borrow_and_update());
            if frame.number == 0 {
                continue;
            }
            let in_step = self.seen != 0 && frame.number == self.seen + 1;
            self.seen = frame.number;
            let text = if in_step { &frame.changed } else { &frame.full };
            return Some(Event::default().event("frame").data(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A browser that reads frame `n` and then frame `n + 2` gets the whole screen again.
    #[tokio::test]
    async fn a_slow_browser_misses_frames_and_then_gets_everything() {
        let frame = |number: u64| {
            let (full, changed) = (format!("full{number}"), format!("changed{number}"));
            Arc::new(Frame { number, full, changed })
        };
        let (sender, frames) = watch::channel(frame(0));
        let seat = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("seat");
        let mut watcher = Watcher { frames, seen: 0, _seat: seat };
        let mut seen = Vec::new();
        for numbers in [&[1_u64][..], &[2], &[3, 4], &[5]] {
            for number in numbers {
                sender.send_replace(frame(*number));
            }
            seen.push(format!("{:?}", watcher.next().await.expect("event")));
        }
        let expected = ["full1", "changed2", "full4", "changed5"];
        for (event, expected) in seen.iter().zip(expected) {
            assert!(event.contains(expected), "{expected}: {event}");
        }
        drop(sender);
        assert!(watcher.next().await.is_none());
    }
}
