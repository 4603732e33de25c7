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
    "books-allocated",
    "books-challenge",
    "books-commissioned_ever",
    "books-commissioned_now",
    "books-confirmed_ejects",
    "books-declared_additions",
    "books-declared_removals",
    "books-destroyed",
    "books-duplicate",
    "books-ejects_without_serial",
    "books-encoded",
    "books-ends_at_close",
    "books-exit_edges",
    "books-in_process",
    "books-in_reject",
    "books-inactive",
    "books-infeed",
    "books-invalid",
    "books-invalid_but_printed",
    "books-label_sampled",
    "books-label_scrapped",
    "books-labeler_printed",
    "books-line_commissioned",
    "books-printed_undeclared",
    "books-released",
    "books-resolved_at_exit",
    "books-resolved_commissioned",
    "books-retrieved_after_exit",
    "books-returned",
    "books-reworked",
    "books-sampled",
    "books-serials_in_reject_ever",
    "books-setup",
    "books-unresolved",
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
    "close-not-yet",
    "close-not-yours",
    "close-nothing",
    "close-pack",
    "close-report-csv",
    "close-report-epcis",
    "close-report-json",
    "close-report-pdf",
    "close-report-xlsx",
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
    "identity-allocated",
    "identity-commissioned_ever-by-cause",
    "identity-commissioned_ever-by-state",
    "identity-confirmed_ejects",
    "identity-encoded",
    "identity-in_process",
    "identity-labeler_printed",
    "identity-unexplained",
    "identity-unexplained_exit",
    "scan-form",
    "scan-layout",
    "scan-no-gs",
];

pub(super) async fn screen(State(app): State<App>, caller: Caller, parts: Parts) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let main = html! {
        p.problem #close-problem role="alert" {}
        div.close #close {}
    };
    Ok(frame.answer(Screen::Close, main))
}
