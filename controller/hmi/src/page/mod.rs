//! The screens: rendered by the server in the language of whoever looks; regions that live are
//! replaced by the stream.
//!
//! Called by the router and by the stream. A region is a function of one snapshot and a language;
//! what belongs to a person stands in the frame around it. Must never hold a rule.

mod admin;
mod alarm_list;
mod alarms;
mod close;
mod commands;
mod course;
mod difference;
mod event_words;
mod frame;
mod grades;
mod head;
mod lists;
mod production;
mod review;
mod review_pack;
mod run;
mod simulator;
mod start;
mod texts;
mod trace;
mod versions;

use crate::app::App;
use crate::i18n::Words;
use crate::problem::Problem;
use crate::snapshot::Snapshot;
use axum::Router;
use axum::http::header;
use axum::routing::get;
pub(crate) use frame::{Frame, Screen};
use maud::Markup;

/// A file of the pages: its address, its kind, its text.
type File = (&'static str, &'static str, &'static str);

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

const FILES: &[File] = &[
    ("/icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
    ("/app.js", JS, include_str!("../../assets/app.js")),
    ("/util.js", JS, include_str!("../../assets/util.js")),
    ("/live.js", JS, include_str!("../../assets/live.js")),
    ("/people.js", JS, include_str!("../../assets/people.js")),
    ("/acts.js", JS, include_str!("../../assets/acts.js")),
    ("/scan.js", JS, include_str!("../../assets/scan.js")),
    ("/run.js", JS, include_str!("../../assets/run.js")),
    ("/start.js", JS, include_str!("../../assets/start.js")),
    ("/review.js", JS, include_str!("../../assets/review.js")),
    ("/trace.js", JS, include_str!("../../assets/trace.js")),
    ("/alarms.js", JS, include_str!("../../assets/alarms.js")),
    ("/close.js", JS, include_str!("../../assets/close.js")),
    ("/admin.js", JS, include_str!("../../assets/admin.js")),
    ("/simulator.js", JS, include_str!("../../assets/simulator.js")),
    ("/versions.js", JS, include_str!("../../assets/versions.js")),
    ("/app.css", CSS, include_str!("../../assets/app.css")),
    ("/run.css", CSS, include_str!("../../assets/run.css")),
    ("/start.css", CSS, include_str!("../../assets/start.css")),
    ("/review.css", CSS, include_str!("../../assets/review.css")),
    ("/trace.css", CSS, include_str!("../../assets/trace.css")),
    ("/alarms.css", CSS, include_str!("../../assets/alarms.css")),
    ("/close.css", CSS, include_str!("../../assets/close.css")),
    ("/admin.css", CSS, include_str!("../../assets/admin.css")),
    ("/simulator.css", CSS, include_str!("../../assets/simulator.css")),
];

/// A region: its element's id and its renderer.
type Region = (&'static str, fn(&Snapshot, Words) -> Markup);

/// Every region of the screens.
const REGIONS: &[Region] = &[
    ("banner", head::banner),
    ("state", head::state),
    ("job", head::job),
    ("clock", head::clock),
    ("alarms", head::alarms),
    ("commands", commands::bar),
    ("course", course::course),
    ("rate", production::rate),
    ("output", production::output),
    ("oee", production::oee),
    ("rejects", production::rejects),
    ("grades", grades::grades),
    ("timing", production::timing),
    ("last", lists::last_packs),
    ("devices", lists::devices),
    ("books", lists::books),
    ("alarm-list", alarm_list::list),
    ("alarm-rates", alarm_list::rates),
    ("margin-histogram", simulator::margins),
];

/// The rendered regions of one snapshot in one language.
#[derive(Default)]
pub(crate) struct Regions(Vec<(&'static str, String)>);

/// Renders every region.
pub(crate) fn regions(snapshot: &Snapshot, words: Words) -> Regions {
    let rendered =
        |(id, render): &Region| (*id, crate::words::inert(render(snapshot, words).into_string()));
    Regions(REGIONS.iter().map(rendered).collect())
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

/// What a page answers with.
type Shown = Result<axum::response::Response, Problem>;

/// The routes of the pages and their files.
pub(crate) fn router(app: App) -> Router {
    let files = FILES.iter().fold(Router::new(), |router, &(path, kind, text)| {
        router.route(path, get(move || async move { ([(header::CONTENT_TYPE, kind)], text) }))
    });
    files
        .route(Screen::Run.path(), get(run::screen))
        .route(Screen::Start.path(), get(start::screen))
        .route(Screen::Review.path(), get(review::screen))
        .route("/review/pack", get(review::pack))
        .route(Screen::Trace.path(), get(trace::screen))
        .route("/serial/chain", get(trace::chain))
        .route(Screen::Alarms.path(), get(alarms::screen))
        .route(Screen::Close.path(), get(close::screen))
        .route(Screen::Admin.path(), get(admin::screen))
        .route(Screen::Simulator.path(), get(simulator::screen))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use people::Language;

    fn page(snapshot: &Snapshot) -> String {
        let words = Words(Language::En);
        let frame = Frame { words, snapshot: std::sync::Arc::new(snapshot.clone()), view: None };
        frame.page(Screen::Run, run::panels(snapshot, words)).into_string()
    }

    #[test]
    fn every_region_has_its_element_and_nothing_is_inline() {
        let html = page(&Snapshot::default());
        let elsewhere = |id: &str| id.starts_with("alarm-") || id == "margin-histogram";
        for (id, _) in REGIONS.iter().filter(|(id, _)| !elsewhere(id)) {
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
        }
        for forbidden in ["style=", "onclick", "javascript:", "http://", "https://"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn only_what_changed_is_sent() {
        let words = Words(Language::De);
        let quiet = Snapshot::default();
        let renamed = Snapshot { lot: Some("LOT-2".into()), ..Snapshot::default() };
        let (before, after) = (regions(&quiet, words), regions(&renamed, words));
        let changed: Vec<_> = after.changed_since(&before).map(|(id, _)| id).collect();
        assert_eq!(changed, ["job"]);
        assert_eq!(after.changed_since(&Regions::default()).count(), REGIONS.len());
    }

    #[test]
    fn text_from_outside_is_escaped() {
        let hostile = Snapshot { lot: Some("<b>&\"".into()), ..Snapshot::default() };
        assert!(!page(&hostile).contains("<b>&"));
    }
}
