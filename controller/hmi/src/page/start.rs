//! S2: an order from its loading to its first pack.
//!
//! The steps and what each needs are asked for by its script. Must never hold a rule.

use super::{Frame, Screen, Shown};
use crate::app::App;
use crate::caller::Caller;
use axum::extract::State;
use axum::http::request::Parts;
use maud::html;

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &[
    "act-challenge_test",
    "act-device_check",
    "act-first_pack_approval",
    "act-line_clearance",
    "act-setup_labels",
    "scan-check",
    "scan-check-hint",
    "scan-form",
    "scan-good",
    "scan-layout",
    "scan-no-gs",
    "scan-no-prefix",
    "screen-run",
    "step-challenge",
    "step-device_check",
    "step-first_pack",
    "step-line_clearance",
    "step-order",
    "step-order_start",
    "step-state-done",
    "step-state-failed",
    "step-state-missing",
    "step-state-waived",
    "start-all-done",
    "start-approve",
    "start-batch",
    "start-challenge",
    "start-challenge-hint",
    "start-check",
    "start-check-hint",
    "start-clear",
    "start-device",
    "start-down",
    "start-echoed",
    "start-expected",
    "start-expiry",
    "start-false",
    "start-first-hint",
    "start-gate",
    "start-gate-open",
    "start-gate-reject",
    "start-gtin",
    "start-link",
    "start-security",
    "start-unsecured",
    "start-load",
    "start-lot",
    "start-no-files",
    "start-no-order",
    "start-not-ticked",
    "start-not-yours",
    "start-other",
    "start-pool",
    "start-product",
    "start-ready",
    "start-remarks",
    "start-right",
    "start-scan-order",
    "start-scan-pack",
    "start-serial",
    "start-setup",
    "start-sign-hint",
    "start-start",
    "start-target",
    "start-trial-failed",
    "start-trial-passed",
    "start-trial-runs",
    "start-up",
    "start-used",
    "start-wrong",
    "prepared-good_control",
    "prepared-no_code",
    "prepared-unreadable",
    "prepared-wrong_content",
    "prepared-wrong_product",
    "prepared-duplicate",
    "prepared-low_grade",
    "prepared-wrong_text",
    "prepared-wrong_carton",
    "prepared-tamper_evidence_missing",
    "prepared-underweight",
    "prepared-setup_label",
];

pub(super) async fn screen(State(app): State<App>, caller: Caller, parts: Parts) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let w = frame.words;
    let main = html! {
        div.start {
            section.panel aria-label=(w.t("start-steps")) {
                ol.steps #steps {}
                div #scanner {}
                p.problem #start-problem role="alert" {}
            }
            section.panel #step-work {}
        }
    };
    Ok(frame.answer(Screen::Start, main))
}
