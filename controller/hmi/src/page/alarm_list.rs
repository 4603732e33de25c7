//! Every alarm that is not normal, as the bar of the frame and the list of S6 show it.
//!
//! A function of one snapshot. A hold whose alarm could not be recorded is shown all the same. Must
//! never tell a priority by colour alone, nor leave an alarm out.

use crate::i18n::Words;
use crate::snapshot::{AlarmView, Snapshot};
use crate::words;
use alarms::{AlarmKind, Language as Told, Priority, Text, text};
use maud::{Markup, html};
use people::Language;

/// An alarm, with its row of the catalogue.
pub(super) struct Item<'a> {
    pub(super) kind: AlarmKind,
    /// `active`, `acknowledged`, `returned`, `shelved`; `unrecorded` when the disk takes nothing.
    pub(super) state: &'a str,
    pub(super) view: Option<&'a AlarmView>,
}

impl Item<'_> {
    /// Nobody has seen it.
    pub(super) fn is_unseen(&self) -> bool {
        matches!(self.state, "active" | "returned" | "unrecorded")
    }

    pub(super) fn since(&self) -> Option<&str> {
        self.view.and_then(|view| view.since.as_deref())
    }
}

/// All of them, the worst first: unseen before seen before shelved.
pub(super) fn items(snapshot: &Snapshot) -> Vec<Item<'_>> {
    let known = snapshot.alarms.iter().filter_map(|view| {
        let kind = AlarmKind::from_name(&view.kind)?;
        Some(Item { kind, state: view.state.as_str(), view: Some(view) })
    });
    let known: Vec<Item<'_>> = known.collect();
    let holds = snapshot.holds.iter().filter_map(|hold| AlarmKind::of_hold(hold.cause));
    let there = |kind: AlarmKind| {
        known.iter().any(|item| item.kind == kind && !matches!(item.state, "returned"))
    };
    let missing = holds.filter(|kind| !there(*kind));
    let mut all: Vec<Item<'_>> =
        missing.map(|kind| Item { kind, state: "unrecorded", view: None }).collect();
    all.sort_by_key(|item| item.kind.priority());
    let unrecorded: Vec<AlarmKind> = all.iter().map(|item| item.kind).collect();
    all.extend(known.into_iter().filter(|item| !unrecorded.contains(&item.kind)));
    all
}

/// The row of the catalogue in the reader's language.
pub(super) fn told(kind: AlarmKind, w: Words) -> Text {
    text(kind, if w.0 == Language::De { Told::German } else { Told::English })
}

/// Triangle, diamond, square or dot: the priority without its colour.
pub(super) fn shape(priority: Priority) -> Markup {
    html! {
        svg.shape viewBox="0 0 28 28" aria-hidden="true" {
            @match priority {
                Priority::Critical => path d="M14 2 27 26H1z" {},
                Priority::High => path d="M14 1 27 14 14 27 1 14z" {},
                Priority::Medium => rect x="4" y="4" width="20" height="20" {},
                Priority::Low => circle cx="14" cy="14" r="9" {},
            }
        }
    }
}

/// The word of a priority.
pub(super) fn word(priority: Priority, w: Words) -> String {
    w.maybe(priority.name()).unwrap_or_default()
}

/// `12:00:05` of a point of time.
pub(super) fn time_of_day(at: &str) -> &str {
    at.get(11..19).unwrap_or(at)
}

/// The list. Each row keeps its key, so that the page lays a change over the row it belongs to.
pub(super) fn list(snapshot: &Snapshot, w: Words) -> Markup {
    html! { @for item in items(snapshot) { (row(&item, w)) } }
}

fn row(item: &Item<'_>, w: Words) -> Markup {
    let (kind, priority) = (item.kind, item.kind.priority());
    let text = told(kind, w);
    html! {
        li.row.(priority.name()) data-key=(kind.name()) data-state=(item.state)
            data-unseen[item.is_unseen()] {
            (shape(priority))
            div.what {
                p { strong.priority { (word(priority, w)) } " " b { (text.name) } }
                p.facts { (facts(item, w)) }
            }
            dl {
                div { dt { (w.t("alarm-cause")) } dd { (text.cause) } }
                div { dt { (w.t("alarm-consequence")) } dd { (text.consequence) } }
                div.action { dt { (w.t("alarm-action")) } dd { (text.action) } }
            }
            div.buttons { (buttons(item, w)) }
        }
    }
}

/// State in words, since when, of what, who has seen or shelved it.
fn facts(item: &Item<'_>, w: Words) -> Markup {
    let state = w.maybe(&format!("alarm-is-{}", item.state)).unwrap_or_default();
    let view = item.view;
    let detail = view.map_or("", |view| view.detail.as_str());
    let shelf = view.and_then(|view| view.shelved_until.as_deref().zip(view.shelved_by.as_deref()));
    let seen = view.and_then(|view| view.acknowledged_by.as_deref());
    html! {
        span.state { (state) }
        @if let Some(since) = item.since() {
            " · " (w.with("alarm-since", &[("time", time_of_day(since).into())]))
        }
        @if !detail.is_empty() { " · " span.detail { (words::short(detail)) } }
        @if view.is_some_and(|view| view.chatters) { " · " b { (w.t("alarm-chatters")) } }
        @if let Some(who) = seen {
            " · " (w.with("alarm-seen-by", &[("who", words::short(who).into())]))
        }
        @if let Some((until, who)) = shelf {
            " · " (w.with("alarm-shelved-until", &[
                ("time", time_of_day(until).into()), ("who", words::short(who).into()),
            ]))
            @if let Some(why) = view.and_then(|view| view.shelved_reason.as_deref()) {
                ": " q { (words::short(why)) }
            }
        }
    }
}

/// Two places that never change: what does not apply says why.
fn buttons(item: &Item<'_>, w: Words) -> Markup {
    let shelved = item.state == "shelved";
    let critical = item.kind.priority() == Priority::Critical;
    let seen_why = match item.state {
        "active" | "returned" => None,
        "unrecorded" => Some(w.t("alarm-not-recorded")),
        "shelved" => Some(w.t("alarm-is-shelved-first")),
        _ => Some(w.t("alarm-is-seen")),
    };
    let shelf_why = match item.state {
        _ if critical => Some(w.t("alarm-never-shelved")),
        "unrecorded" => Some(w.t("alarm-not-recorded")),
        _ => None,
    };
    html! {
        (button("alarm_acknowledge", item.kind, w.t("alarm-acknowledge"), seen_why))
        @if shelved {
            (button("alarm_unshelve", item.kind, w.t("alarm-unshelve"), None))
        } @else {
            (button("alarm_shelve", item.kind, w.t("alarm-shelve"), shelf_why))
        }
    }
}

fn button(act: &str, kind: AlarmKind, name: String, why: Option<String>) -> Markup {
    // The row of the table of permissions has one name for shelving and bringing back.
    let action = if act == "alarm_acknowledge" { act } else { "alarm_shelve" };
    html! {
        button type="button" data-act=(act) data-action=(action) data-alarm=(kind.name())
            aria-disabled=(if why.is_some() { "true" } else { "false" }) {
            span.word { (name) }
            small.why { (why.unwrap_or_default()) }
        }
    }
}

/// How often alarms came, and whether that is more than a person can follow.
pub(super) fn rates(snapshot: &Snapshot, w: Words) -> Markup {
    html! {
        p.figure {
            strong { (snapshot.alarms_per_hour) }
            small { (w.t("alarms-per-hour")) }
        }
        @if snapshot.flood {
            p.flood role="alert" { span aria-hidden="true" { "▲ " } (w.t("alarm-flood")) }
        } @else {
            p.note { (w.t("alarm-no-flood")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Hold;
    use line_core::reason::HoldCause;

    fn view(kind: &str, state: &str) -> AlarmView {
        AlarmView { kind: kind.into(), state: state.into(), ..AlarmView::default() }
    }

    #[test]
    fn a_hold_whose_alarm_is_not_on_record_is_shown_first() {
        let hold = |cause| Hold { cause, since_s: 1 };
        let snapshot = Snapshot {
            holds: vec![
                hold(HoldCause::Operator),
                hold(HoldCause::BinFull),
                hold(HoldCause::Ledger),
            ],
            alarms: vec![view("bin_full", "acknowledged"), view("ledger", "returned")],
            ..Snapshot::default()
        };
        let shown: Vec<_> =
            items(&snapshot).iter().map(|item| (item.kind.name(), item.state)).collect::<Vec<_>>();
        assert_eq!(shown, [("ledger", "unrecorded"), ("bin_full", "acknowledged")]);
    }

    #[test]
    fn every_priority_has_colour_shape_and_word() {
        for language in [Language::En, Language::De] {
            let w = Words(language);
            let mut seen = Vec::new();
            for priority in Priority::ALL {
                let drawn = shape(priority).into_string();
                assert!(!word(priority, w).is_empty());
                assert!(!seen.contains(&drawn), "two priorities have one shape");
                seen.push(drawn);
            }
        }
    }

    #[test]
    fn every_row_says_cause_consequence_and_action_and_why_a_button_is_off() {
        for kind in AlarmKind::ALL {
            for state in ["active", "acknowledged", "returned", "shelved"] {
                let snapshot =
                    Snapshot { alarms: vec![view(kind.name(), state)], ..Snapshot::default() };
                for language in [Language::En, Language::De] {
                    let w = Words(language);
                    let html = list(&snapshot, w).into_string();
                    let text = told(*kind, w);
                    for words in [text.name, text.cause, text.consequence, text.action] {
                        let escaped = html! { (words) }.into_string();
                        assert!(html.contains(&escaped), "{kind:?} {state}: {words}");
                    }
                    let off = "aria-disabled=\"true\"><span class=\"word\">";
                    for part in html.split(off).skip(1) {
                        assert!(
                            !part.contains("<small class=\"why\"></small></button>") || {
                                // The reason stands behind the first word.
                                let first = part.split("</button>").next().unwrap_or_default();
                                !first.contains("<small class=\"why\"></small>")
                            }
                        );
                    }
                }
            }
        }
    }
}
