//! S4: the rejects of a batch, gone through one by one.
//!
//! The list and its filter; one pack is drawn by `review_pack`. Must never hold a rule: what may be
//! reviewed, and by whom, the ledger says.

use super::{Frame, Screen, Shown, review_pack};
use crate::app::App;
use crate::caller::Caller;
use crate::form::{Asked, utc_ms};
use crate::i18n::Words;
use crate::problem::Problem;
use crate::query::Query;
use crate::words;
use crate::workflow_query::{RejectsFilter, RejectsFrom, WorkflowQuery};
use axum::extract::State;
use axum::http::request::Parts;
use maud::{Markup, html};
use people::Action;
use serde::Deserialize;
use serde_json::Value;

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &[
    "act-reject_review",
    "review-confirm",
    "review-deviation",
    "review-comment",
    "review-comment-needed",
    "review-selected",
    "review-none-selected",
    "review-too-many",
    "review-mark-confirmed",
    "review-mark-deviation",
    "review-counts",
];

/// Rejects of one page of the list.
const ROWS: u16 = 200;
/// Packs before and behind the one that is looked at.
const NEIGHBOURS: u32 = 3;
/// Devices that tell of rejects.
const DEVICES: [&str; 9] = [
    "labeler",
    "camera",
    "line_io",
    "controller",
    "text_check",
    "carton_code",
    "tamper_evident",
    "checkweigher",
    "station",
];

/// What is looked at; a language may stand beside it. Empty texts are as if they were not there.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Wanted {
    batch: Option<String>,
    reason: Option<String>,
    device: Option<String>,
    from: Option<String>,
    until: Option<String>,
    unreviewed: Option<String>,
    after: Option<u32>,
    before: Option<u32>,
    track: Option<u32>,
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

impl Wanted {
    fn filter(&self) -> Result<RejectsFilter, Problem> {
        let reason = given(&self.reason).map(|name| {
            serde_json::from_value(name.into()).map_err(|_| {
                Problem::new(400, "query", "there is no such reason").at("reason").remedy("choose")
            })
        });
        let device = given(&self.device).filter(|name| DEVICES.contains(name)).map(str::to_owned);
        let (from, until) = (given(&self.from).map(utc_ms), given(&self.until).map(utc_ms));
        Ok(RejectsFilter {
            reasons: reason.transpose()?.into_iter().collect(),
            device,
            from_ms: from.transpose()?,
            // Up to the end of the minute that is named.
            until_ms: until.transpose()?.map(|ms| ms.saturating_add(59_999)),
            unreviewed: given(&self.unreviewed).is_some(),
        })
    }
}

pub(super) async fn screen(
    State(app): State<App>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    parts: Parts,
) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let batch = given(&wanted.batch).map(str::to_owned).or_else(|| frame.snapshot.batch.clone());
    let main = match batch {
        Some(batch) if frame.may(Action::RejectReview) => {
            rejects(&app, &frame, &batch, &wanted).await?
        }
        Some(_) => html! {},
        None => html! { p.none { (frame.words.t("review-no-batch")) } },
    };
    let form = |main: Markup| {
        html! {
            div.review data-batch=[given(&wanted.batch).or(frame.snapshot.batch.as_deref())] {
                (main)
            }
        }
    };
    Ok(frame.answer(Screen::Review, form(main)))
}

/// One pack alone, for the page to lay into its place.
pub(super) async fn pack(
    State(app): State<App>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    parts: Parts,
) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    if !frame.may(Action::RejectReview) {
        let what = Action::RejectReview;
        let who = format!("{} is for: {}", what.words(), what.roles());
        return Err(Problem::new(403, "not_permitted", who).at(what.name()).remedy("log in"));
    }
    let (Some(batch), Some(track)) = (given(&wanted.batch), wanted.track) else {
        return Err(Problem::new(400, "query", "no batch, or no pack").at("batch, track"));
    };
    let told = one(&app, batch, track).await?;
    Ok(Frame::part(review_pack::pack(frame.words, batch, &told)))
}

async fn one(app: &App, batch: &str, track: u32) -> Result<Value, Problem> {
    let query = WorkflowQuery::Pack { batch: batch.to_owned(), track, neighbours: NEIGHBOURS };
    app.query(Query::Workflow(query)).await
}

async fn rejects(
    app: &App,
    frame: &Frame,
    batch: &str,
    wanted: &Wanted,
) -> Result<Markup, Problem> {
    let w = frame.words;
    let from = match (wanted.after, wanted.before) {
        (_, Some(before)) => RejectsFrom::Before(before),
        (after, None) => RejectsFrom::After(after.unwrap_or(0)),
    };
    let which = wanted.filter()?;
    let of = batch.to_owned();
    let query = WorkflowQuery::Rejects { batch: of, filter: which, from, limit: ROWS };
    let page = app.query(Query::Workflow(query)).await?;
    let rows = page["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |row: &Value| row["track"].as_u64().and_then(|n| u32::try_from(n).ok());
    let track = wanted.track.or_else(|| rows.first().and_then(of));
    let told = match track {
        Some(track) => Some(one(app, batch, track).await?),
        None => None,
    };
    Ok(html! {
        (filter(w, batch, wanted, &page))
        div.sides {
            section.list aria-label=(w.t("screen-review")) {
                ul #rejects-list role="listbox" tabindex="0" aria-multiselectable="true"
                    aria-label=(w.t("screen-review")) {
                    @for row in rows { (reject(w, row, of(row) == track)) }
                }
                @if rows.is_empty() { p.empty { (w.t("review-none")) } }
                (pages(w, batch, wanted, &page, rows))
                div.bulk {
                    button #select-all type="button" { (w.t("review-select-all")) " " kbd { "A" } }
                    button #bulk type="button" {
                        span #selected { (w.t("review-none-selected")) } " " kbd { "B" }
                    }
                }
            }
            section #pack aria-live="polite" aria-label=(w.t("pack")) {
                @if let Some(told) = &told { (review_pack::pack(w, batch, told)) }
            }
        }
        (keys(w))
    })
}

fn filter(w: Words, batch: &str, wanted: &Wanted, page: &Value) -> Markup {
    let counts = |name: &str| page[name].as_u64().unwrap_or(0);
    let by_reason = page["by_reason"].as_array().map(Vec::as_slice).unwrap_or_default();
    let reason = given(&wanted.reason);
    let known = |name: &&str| by_reason.iter().any(|row| row["reason"] == *name);
    html! {
        form #review-filter {
            label {
                (w.t("batch"))
                input name="batch" value=(batch) maxlength="64" autocomplete="off";
            }
            label {
                (w.t("review-reason"))
                select name="reason" {
                    option value="" { (w.t("review-any")) }
                    @if let Some(name) = reason.filter(|name| !known(name)) {
                        option value=(name) selected { (words::named(w, "reject", &name)) }
                    }
                    @for row in by_reason {
                        @let name = row["reason"].as_str().unwrap_or_default();
                        option value=(name) selected[reason == Some(name)] {
                            (words::named(w, "reject", &name)) " (" (row["total"]) ")"
                        }
                    }
                }
            }
            label {
                (w.t("review-device"))
                select name="device" {
                    option value="" { (w.t("review-any")) }
                    @for name in DEVICES {
                        option value=(name) selected[given(&wanted.device) == Some(name)] {
                            (words::named(w, "event-device", &name))
                        }
                    }
                }
            }
            @for (name, key, value) in [("from", "review-from", &wanted.from),
                ("until", "review-until", &wanted.until)] {
                label {
                    (w.maybe(key).unwrap_or_default())
                    input type="datetime-local" name=(name)
                        value=(given(value).unwrap_or_default());
                }
            }
            label.check {
                input type="checkbox" name="unreviewed" value="true"
                    checked[given(&wanted.unreviewed).is_some()];
                (w.t("review-unreviewed"))
            }
            p #review-counts data-total=(counts("total")) {
                (w.with("review-counts", &[
                    ("count", counts("total").into()), ("left", counts("unreviewed").into()),
                ]))
            }
        }
    }
}

fn reject(w: Words, row: &Value, selected: bool) -> Markup {
    let track = row["track"].as_u64().unwrap_or(0);
    let reason = words::named(w, "reject", &row["reason"]);
    let finding = row["review"]["finding"].as_str();
    html! {
        li role="option" data-track=(track) data-reviewed[finding.is_some()]
            aria-selected=(if selected { "true" } else { "false" }) aria-checked="false" {
            span.check aria-hidden="true" { span.box {} }
            span.track { (track) }
            span.reason { (reason) small { (time(&row["at"])) " · " (serial(w, &row["serial"])) } }
            span.mark {
                @if let Some(finding) = finding {
                    (w.maybe(&format!("review-mark-{finding}")).unwrap_or_default())
                }
            }
        }
    }
}

fn serial(w: Words, value: &Value) -> String {
    value.as_str().map_or_else(|| w.t("none"), words::short)
}

/// Time of the day of a record, UTC.
fn time(at: &Value) -> &str {
    let at = at.as_str().unwrap_or_default();
    at.get(11..19).unwrap_or(at)
}

fn pages(w: Words, batch: &str, wanted: &Wanted, page: &Value, rows: &[Value]) -> Markup {
    let edge = |row: Option<&Value>| row.and_then(|row| row["track"].as_u64()).unwrap_or(0);
    let back = page["more_before"] == true;
    let on = page["more_after"] == true;
    let address = |way: &str, track: u64| {
        let mut address = format!("/review?batch={}&{way}={track}", percent(batch));
        let more = [
            ("reason", &wanted.reason),
            ("device", &wanted.device),
            ("from", &wanted.from),
            ("until", &wanted.until),
            ("unreviewed", &wanted.unreviewed),
        ];
        for (name, value) in more {
            let Some(value) = given(value) else { continue };
            address.push_str(&format!("&{name}={}", percent(value)));
        }
        address
    };
    html! {
        @if back || on {
            p.pager {
                @if back {
                    a.button rel="prev" href=(address("before", edge(rows.first()))) {
                        (w.t("review-page-before"))
                    }
                }
                @if on {
                    a.button rel="next" href=(address("after", edge(rows.last()))) {
                        (w.t("review-page-after"))
                    }
                }
            }
        }
    }
}

/// A text as part of an address.
pub(super) fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn keys(w: Words) -> Markup {
    let keys = [
        ("↑ ↓", "review-key-move"),
        ("PgDn", "review-key-below"),
        ("Enter", "review-key-confirm"),
        ("D", "review-key-deviation"),
        ("␣", "review-key-select"),
        ("A", "review-key-all"),
        ("B", "review-key-bulk"),
        ("F", "review-key-filter"),
        ("L", "review-key-list"),
    ];
    html! {
        p.keys {
            @for (key, name) in keys {
                span { kbd { (key) } " " (w.maybe(name).unwrap_or_default()) }
            }
        }
    }
}
