//! The run screen: one page, rendered by the server, whose regions the live stream replaces.
//!
//! Called by the router and by the stream. Must never fetch anything: a region is a function of one
//! snapshot.

mod head;
mod lists;
mod production;

use crate::snapshot::Snapshot;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;
use maud::{DOCTYPE, Markup, html};
use std::sync::Arc;
use tokio::sync::watch;

const STYLE: &str = include_str!("../../assets/app.css");
const SCRIPT: &str = include_str!("../../assets/app.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// A region: its element's id and its renderer.
type Region = (&'static str, fn(&Snapshot) -> Markup);

/// Every region of the screen.
const REGIONS: [Region; 12] = [
    ("banner", head::banner),
    ("state", head::state),
    ("job", head::job),
    ("clock", head::clock),
    ("alarms", head::alarms),
    ("rate", production::rate),
    ("output", production::output),
    ("rejects", production::rejects),
    ("timing", production::timing),
    ("last", lists::last_packs),
    ("devices", lists::devices),
    ("books", lists::books),
];

/// The rendered regions of one snapshot.
#[derive(Default)]
pub(crate) struct Regions(Vec<(&'static str, String)>);

/// Renders every region.
pub(crate) fn regions(snapshot: &Snapshot) -> Regions {
    Regions(REGIONS.iter().map(|(id, render)| (*id, render(snapshot).into_string())).collect())
}

impl Regions {
    /// Every region.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(id, html)| (*id, html.as_str()))
    }

    /// The regions that are not as in `before`.
    pub(crate) fn changed_since(
        &self,
        before: &Self,
    ) -> impl Iterator<Item = (&'static str, &str)> {
        self.iter().enumerate().filter_map(move |(index, (id, html))| {
            let same = before.0.get(index).is_some_and(|(_, old)| old == html);
            (!same).then_some((id, html))
        })
    }
}

/// The routes of the page and its two files.
pub(crate) fn router(snapshots: watch::Receiver<Arc<Snapshot>>) -> Router {
    let file = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind)], text) })
    };
    Router::new()
        .route("/", get(run_screen))
        .route("/app.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/app.css", file("text/css; charset=utf-8", STYLE))
        .route("/icon.svg", file("image/svg+xml", ICON))
        .with_state(snapshots)
}

async fn run_screen(State(snapshots): State<watch::Receiver<Arc<Snapshot>>>) -> Html<String> {
    let snapshot = Arc::clone(&snapshots.borrow());
    Html(page(&snapshot).into_string())
}

/// The whole page; without script it is a still picture that says so.
pub(crate) fn page(snapshot: &Snapshot) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-link="connecting" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { "Packline " (snapshot.line_id) }
                link rel="icon" type="image/svg+xml" href="/icon.svg";
                link rel="stylesheet" href="/app.css";
                script type="module" src="/app.js" {}
            }
            body {
                h1.unseen { "Run screen" }
                div #stale role="alert" {
                    strong { "Display is not live" }
                    span #stale-why { "waiting for the first figures" }
                }
                noscript { "This page needs its script to stay live; reload to see new figures." }
                div #banner { (head::banner(snapshot)) }
                header {
                    section #state aria-label="State" { (head::state(snapshot)) }
                    section #job aria-label="Order" { (head::job(snapshot)) }
                    section #clock aria-label="Clock" { (head::clock(snapshot)) }
                }
                section #alarms aria-label="Holds" role="status" { (head::alarms(snapshot)) }
                main {
                    section.panel #rate { (production::rate(snapshot)) }
                    section.panel #output { (production::output(snapshot)) }
                    section.panel #rejects { (production::rejects(snapshot)) }
                    section.panel #timing { (production::timing(snapshot)) }
                    section.panel #last { (lists::last_packs(snapshot)) }
                    section.panel #devices { (lists::devices(snapshot)) }
                    section.panel #books { (lists::books(snapshot)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_its_element_and_nothing_is_inline() {
        let html = page(&Snapshot::default()).into_string();
        for (id, _) in REGIONS {
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
        }
        for forbidden in ["style=", "onclick", "javascript:", "http://", "https://"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn only_what_changed_is_sent() {
        let quiet = Snapshot::default();
        let renamed = Snapshot { lot: Some("LOT-2".into()), ..Snapshot::default() };
        let (before, after) = (regions(&quiet), regions(&renamed));
        let changed: Vec<_> = after.changed_since(&before).map(|(id, _)| id).collect();
        assert_eq!(changed, ["job"]);
        assert_eq!(after.changed_since(&Regions::default()).count(), REGIONS.len());
    }

    #[test]
    fn text_from_outside_is_escaped() {
        let hostile = Snapshot { lot: Some("<b>&\"".into()), ..Snapshot::default() };
        assert!(!page(&hostile).into_string().contains("<b>&"));
    }
}
