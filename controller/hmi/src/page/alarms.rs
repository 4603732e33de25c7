//! S6: alarms and events.
//!
//! The alarms live; history and events are pages that stand still while they are read. Must never
//! hold a rule.

use super::alarm_list::{self, told};
use super::{Frame, Screen, Shown, event_words};
use crate::app::App;
use crate::caller::Caller;
use crate::form::Asked;
use crate::i18n::Words;
use crate::query::{AlarmHistoryFilter, Query};
use crate::words;
use alarms::AlarmKind;
use axum::extract::State;
use axum::http::request::Parts;
use maud::{Markup, html};
use people::Action;
use serde::Deserialize;
use serde_json::Value;

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &[
    "alarm-shelve",
    "alarm-shelve-for",
    "alarm-shelve-means",
    "alarm-moved",
    "alarm-gone",
    "minutes",
    "hours",
    "sign-reason",
];

/// Rows of one page of history or events.
const ROWS: u16 = 50;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum View {
    #[default]
    Active,
    Unseen,
    Shelved,
    History,
    Events,
}

impl View {
    const ALL: [Self; 5] = [Self::Active, Self::Unseen, Self::Shelved, Self::History, Self::Events];

    const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unseen => "unseen",
            Self::Shelved => "shelved",
            Self::History => "history",
            Self::Events => "events",
        }
    }

    const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::Unseen | Self::Shelved)
    }
}

/// What is looked at; a language may stand beside it.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    view: View,
    alarm: Option<String>,
    before: Option<i64>,
}

pub(super) async fn screen(
    State(app): State<App>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    parts: Parts,
) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let w = frame.words;
    let may = frame.may(Action::ViewLine);
    let body = match wanted.view {
        View::History if may => history(&app, w, &wanted).await?,
        View::Events if may => events(&app, w, &wanted).await?,
        _ => live(&frame),
    };
    let main = html! {
        div.alarms data-view=(wanted.view.name()) {
            (tabs(&frame, wanted.view))
            (body)
        }
    };
    Ok(frame.answer(Screen::Alarms, main))
}

fn tabs(frame: &Frame, view: View) -> Markup {
    let w = frame.words;
    let items = alarm_list::items(&frame.snapshot);
    let count = |of: View| match of {
        View::Active => Some(items.iter().filter(|item| item.state != "shelved").count()),
        View::Unseen => Some(items.iter().filter(|item| item.is_unseen()).count()),
        View::Shelved => Some(items.iter().filter(|item| item.state == "shelved").count()),
        View::History | View::Events => None,
    };
    html! {
        div.top {
            div.tabs role="navigation" aria-label=(w.t("screen-alarms")) {
                @for of in View::ALL {
                    a href={ "/alarms?view=" (of.name()) } data-tab=(of.name())
                        aria-current=[(of == view).then_some("page")] {
                        (w.maybe(&format!("alarms-{}", of.name())).unwrap_or_default())
                        @if let Some(count) = count(of) { " " span.count { (count) } }
                    }
                }
            }
            section #alarm-rates aria-label=(w.t("alarms-per-hour")) {
                (alarm_list::rates(&frame.snapshot, w))
            }
        }
    }
}

fn live(frame: &Frame) -> Markup {
    let w = frame.words;
    html! {
        ul #alarm-list.scroll.steady tabindex="-1" aria-label=(w.t("screen-alarms")) {
            (alarm_list::list(&frame.snapshot, w))
        }
        @for view in View::ALL.into_iter().filter(|view| view.is_live()) {
            p.empty.(view.name()) {
                (w.maybe(&format!("alarms-none-{}", view.name())).unwrap_or_default())
            }
        }
        p.keys {
            @for (key, name) in [("↑ ↓", "alarm-keys-move"), ("A", "alarm-acknowledge"),
                ("S", "alarm-shelve"), ("U", "alarm-unshelve")] {
                span { kbd { (key) } " " (w.maybe(name).unwrap_or_default()) }
            }
        }
    }
}

async fn history(app: &App, w: Words, wanted: &Wanted) -> Result<Markup, crate::problem::Problem> {
    let alarm = wanted.alarm.clone().filter(|name| AlarmKind::from_name(name).is_some());
    let filter =
        AlarmHistoryFilter { alarm: alarm.clone(), before: wanted.before, ..Default::default() };
    let told = app.query(Query::AlarmHistory { filter, limit: ROWS }).await?;
    let rows = told["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = ["when", "alarm", "alarm-change", "who", "alarm-detail"];
    let more = alarm.as_deref().map(|name| format!("&alarm={name}")).unwrap_or_default();
    Ok(html! {
        div.scroll tabindex="0" {
            table.log {
                (head(w, &names))
                tbody { @for row in rows { (change(w, row)) } }
            }
            @if rows.is_empty() { p.empty { (w.t("alarms-none-history")) } }
        }
        (pager(w, "history", &told["older"], wanted.before, &more))
    })
}

fn head(w: Words, names: &[&str]) -> Markup {
    html! {
        thead {
            tr { @for name in names { th scope="col" { (w.maybe(name).unwrap_or_default()) } } }
        }
    }
}

fn change(w: Words, row: &Value) -> Markup {
    let name = row["alarm"].as_str().unwrap_or_default();
    let kind = AlarmKind::from_name(name);
    let change = row["change"].as_str().unwrap_or_default();
    let until = row["until_unix_ms"].as_i64();
    let texts = ["detail", "reason"].map(|field| row[field].as_str().map(words::short));
    html! {
        tr {
            td.time { (at(row)) }
            td.alarm-name {
                @if let Some(kind) = kind {
                    (alarm_list::shape(kind.priority()))
                    small { (alarm_list::word(kind.priority(), w)) }
                    a href={ "/alarms?view=history&alarm=" (kind.name()) } { (told(kind, w).name) }
                } @else { (words::short(name)) }
            }
            td { (w.maybe(&format!("alarm-did-{change}")).unwrap_or_else(|| change.to_owned())) }
            td { (row["who"].as_str().map(words::short).unwrap_or_default()) }
            td {
                @for text in texts.iter().flatten() { span { (text) } " " }
                @if let Some(until) = until {
                    (w.with("alarm-until", &[("time", words::utc_time(until).into())]))
                }
            }
        }
    }
}

async fn events(app: &App, w: Words, wanted: &Wanted) -> Result<Markup, crate::problem::Problem> {
    let before = wanted.before.unwrap_or(i64::MAX);
    let told = app.query(Query::LineEvents { before, limit: ROWS }).await?;
    let rows = told["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(html! {
        p.note { (w.t("events-means")) }
        div.scroll tabindex="0" {
            table.log {
                (head(w, &["when", "batch", "event"]))
                tbody {
                    @for row in rows {
                        @let chain = row["chain"].as_str().unwrap_or_default();
                        tr {
                            td.time { (at(row)) }
                            td { (if chain == "site" { w.t("none") } else { words::short(chain) }) }
                            td { (event_words::event(w, &row["event"])) }
                        }
                    }
                }
            }
            @if rows.is_empty() { p.empty { (w.t("events-none")) } }
        }
        (pager(w, "events", &told["older"], wanted.before, ""))
    })
}

/// Date and time of a record, UTC.
fn at(row: &Value) -> String {
    let at = row["at"].as_str().unwrap_or_default();
    at.get(..19).unwrap_or(at).replace('T', " ")
}

fn pager(w: Words, view: &str, older: &Value, before: Option<i64>, more: &str) -> Markup {
    html! {
        p.pager {
            @if before.is_some() || !more.is_empty() {
                a.button href={ "/alarms?view=" (view) } { (w.t("page-newest")) }
            }
            @if let Some(older) = older.as_i64() {
                a.button href={ "/alarms?view=" (view) "&before=" (older) (more) } {
                    (w.t("page-older"))
                }
            }
            small { (w.t("times-utc")) }
        }
    }
}
