//! S5: the life of a serial.
//!
//! One search; what the ledger has of the serial in words, and whether the chain that says so is as
//! it was written. Must never say more than the record, nor hold a rule.

use super::review::percent;
use super::{Frame, Screen, Shown, event_words};
use crate::app::App;
use crate::caller::Caller;
use crate::form::Asked;
use crate::i18n::Words;
use crate::problem::Problem;
use crate::query::Query;
use crate::words;
use axum::extract::State;
use axum::http::request::Parts;
use maud::{Markup, html};
use people::Action;
use serde::Deserialize;
use serde_json::Value;

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &["trace-chain-failed"];

/// Longest text that is searched for: a code has at most a few dozen characters.
const SEARCH_MAX: usize = 400;

/// What is searched; a language may stand beside it.
#[derive(Deserialize)]
pub(super) struct Wanted {
    search: Option<String>,
    batch: Option<String>,
}

pub(super) async fn screen(
    State(app): State<App>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    parts: Parts,
) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let w = frame.words;
    let search = wanted.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let found = match search.filter(|_| frame.may(Action::SerialTrace)) {
        Some(text) if text.len() > SEARCH_MAX => Some(Err(too_long())),
        Some(text) => Some(app.query(Query::Find { text: text.to_owned() }).await),
        None => None,
    };
    let main = html! {
        div.trace {
            (field(w, search))
            @match &found {
                Some(Ok(told)) => (life(w, told)),
                Some(Err(problem)) => (refused(w, problem)),
                None => p.hint { (w.t("trace-hint")) },
            }
        }
    };
    Ok(frame.answer(Screen::Trace, main))
}

fn too_long() -> Problem {
    Problem::new(422, "bad_code", "that is longer than any code").at("search")
}

/// The chain of a batch, for the page to lay into its place when it is recomputed.
pub(super) async fn chain(
    State(app): State<App>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    parts: Parts,
) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    if !frame.may(Action::SerialTrace) {
        return Err(Problem::new(403, "not_permitted", "log in to trace serials").at("batch"));
    }
    let told = app.query(Query::ChainCheck { batch: wanted.batch.unwrap_or_default() }).await?;
    Ok(Frame::part(verified(frame.words, &told)))
}

fn field(w: Words, search: Option<&str>) -> Markup {
    let shown = search.map(|text| words::short(text).replace('\u{1d}', "{GS}")).unwrap_or_default();
    html! {
        form #trace-search role="search" {
            label for="search" { (w.t("trace-search")) }
            input #search name="search" value=(shown) autocomplete="off" autocapitalize="none"
                spellcheck="false" maxlength=(SEARCH_MAX);
            button.primary type="submit" { (w.t("trace-find")) }
        }
    }
}

fn refused(w: Words, problem: &Problem) -> Markup {
    let known = w.maybe(&format!("trace-{}", problem.code));
    let text = known.unwrap_or_else(|| problem.detail.clone());
    html! {
        section.panel.message {
            h2 { (text) }
            p { (w.t("trace-hint")) }
        }
    }
}

fn life(w: Words, told: &Value) -> Markup {
    let text = |name: &str| told[name].as_str().map(words::short).unwrap_or_default();
    let batch = told["batch"].as_str().unwrap_or_default();
    html! {
        div.sides {
            section.panel.now {
                h2 { (w.t("trace-state")) }
                p.state {
                    (named(w, &told["state"]))
                    @if told["fate"].is_string() {
                        small { (words::named(w, "fate", &told["fate"])) }
                    }
                }
                dl {
                    div { dt { (w.t("gtin")) } dd { code { (text("gtin")) } } }
                    div { dt { (w.t("serial-number")) } dd { code { (text("serial")) } } }
                    div { dt { (w.t("batch")) } dd { (text("batch")) } }
                    div { dt { (w.t("pack")) } dd { (track(w, batch, told)) } }
                }
                h2 { (w.t("trace-chain")) }
                div #chain data-batch=(batch) aria-live="polite" { p { (w.t("trace-checking")) } }
                h2 { (w.t("trace-possible")) }
                (possible(w, told))
            }
            section.panel.life tabindex="0" aria-label=(w.t("trace-life")) {
                h2 { (w.t("trace-life")) span.aside { (w.t("times-utc")) } }
                (history(w, told))
            }
        }
    }
}

fn track(w: Words, batch: &str, told: &Value) -> Markup {
    let Some(track) = told["track"].as_u64() else { return html! { (w.t("trace-no-pack")) } };
    let address = format!("/review?batch={}&track={track}", percent(batch));
    html! { a href=(address) { (w.t("pack")) " " (track) } }
}

fn named(w: Words, state: &Value) -> String {
    words::named(w, "serial", state)
}

fn history(w: Words, told: &Value) -> Markup {
    let events = told["history"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        table {
            thead {
                tr {
                    @for key in ["when", "event", "who", "trace-record"] {
                        th scope="col" { (w.maybe(key).unwrap_or_default()) }
                    }
                }
            }
            tbody {
                @for row in events {
                    @let at = row["at"].as_str().unwrap_or_default();
                    @let event = &row["event"];
                    @let who = ["name", "who", "by"].iter().find_map(|name| event[*name].as_str());
                    tr {
                        td.time { (at.get(..23).unwrap_or(at).replace('T', " ")) }
                        td { (event_words::event(w, event)) }
                        td { (who.map_or_else(|| w.t("trace-by-line"), words::short)) }
                        td.number { (row["seq"]) }
                    }
                }
            }
        }
    }
}

/// What people do with serials: possible now, or why not.
fn possible(w: Words, told: &Value) -> Markup {
    let rows = told["possible"].as_array().map(Vec::as_slice).unwrap_or_default();
    let state = named(w, &told["state"]);
    html! {
        ul.possible {
            @for row in rows {
                @let act = row["act"].as_str().unwrap_or_default();
                @let why = row["why"].as_str();
                li.no[why.is_some()] {
                    span.sign aria-hidden="true" { (if why.is_none() { "✓" } else { "–" }) }
                    div {
                        b { (w.maybe(&format!("trace-act-{act}")).unwrap_or_default()) }
                        p {
                            @match why {
                                None => (w.with("trace-can",
                                    &[("state", named(w, &row["to"]).into())])),
                                Some("state") => (w.with("trace-not-state",
                                    &[("state", state.clone().into())])),
                                Some("closed") => (w.t("trace-not-closed")),
                                Some(_) => (w.t("trace-not-here")),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn verified(w: Words, told: &Value) -> Markup {
    let events = told["events"].as_i64().unwrap_or(0);
    let at = told["at"].as_str().unwrap_or_default();
    let at = at.get(..19).unwrap_or(at).replace('T', " ");
    let head = told["head"].as_str().and_then(|head| head.get(..16)).unwrap_or_default();
    let broken = &told["broken"];
    html! {
        @if broken.is_null() {
            p { "✓ " (w.with("trace-chain-good", &[("count", events.into())])) }
        } @else {
            p.problem role="alert" {
                (w.with("trace-chain-broken", &[("seq", broken["seq"].as_i64().into())]))
                " " (broken["what"].as_str().map(words::short).unwrap_or_default())
            }
        }
        p.note { (w.with("trace-chain-at", &[("time", at.into())])) }
        @if !head.is_empty() { p.note { (w.t("trace-chain-head")) " " code { (head) "…" } } }
    }
}
