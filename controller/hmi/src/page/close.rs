//! S7: the close of a batch.
//!
//! The books and what is open are asked for by its script. Must never hold a rule.

use super::{Frame, Screen, Shown};
use crate::app::App;
use crate::caller::Caller;
use axum::extract::State;
use axum::http::request::Parts;
use maud::html;

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &[
    "act-declare_count",
    "act-deviation",
    "close-as-ejected",
    "close-as-exited",
    "close-as-removed",
    "close-closed",
    "close-count",
    "close-covered",
    "close-declare",
    "close-differs",
    "close-end",
    "close-first-books",
    "close-first-packs",
    "close-holds",
    "close-identities",
    "close-no-pack",
    "close-none",
    "close-not-yours",
    "close-nothing",
    "close-pack",
    "close-reviewed",
    "close-runs",
    "close-scan-pack",
    "close-signatures",
    "close-sums",
    "close-term",
    "close-term-additions",
    "close-term-duplicate",
    "close-term-printed",
    "close-term-removals",
    "close-term-retrieved",
    "close-unresolved",
    "close-unreviewed",
    "scan-form",
    "scan-layout",
];

pub(super) async fn screen(State(app): State<App>, caller: Caller, parts: Parts) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let main = html! {
        p.problem #close-problem role="alert" {}
        div.close #close {}
    };
    Ok(frame.answer(Screen::Close, main))
}
