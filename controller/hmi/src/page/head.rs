//! The constant frame: banner, state, order, clock and the bar of alarms.
//!
//! Called by the page. Grey is normal; colour, shape and word together mark what is not (ISA-101).

use super::alarm_list;
use crate::i18n::Words;
use crate::snapshot::Snapshot;
use crate::words;
use maud::{Markup, html};

/// Says on every screen that no pack of this line is real.
pub(super) fn banner(snapshot: &Snapshot, w: Words) -> Markup {
    html! {
        @if snapshot.simulation {
            strong { (w.t("simulation")) }
            span { (w.t("simulation-means")) }
        }
        @match snapshot.mode.as_str() {
            "challenge" => { strong { (w.t("challenge")) } span { (w.t("challenge-means")) } }
            "setup" => { strong { (w.t("setup")) } span { (w.t("setup-means")) } }
            _ => {}
        }
    }
}

/// How the unit's state looks: normal, in between, or standing for a reason.
fn state_mark(state: &str) -> (&'static str, &'static str) {
    match state {
        "execute" => ("▶", "calm"),
        "complete" => ("✓", "calm"),
        "idle" | "stopped" | "" => ("■", "calm"),
        "held" | "suspended" => ("❚❚", "stands"),
        "aborted" | "aborting" => ("✕", "aborted"),
        _ => ("◐", "calm"),
    }
}

/// PackML state with its word, icon and the time in it.
pub(super) fn state(snapshot: &Snapshot, w: Words) -> Markup {
    let (icon, class) = state_mark(&snapshot.unit_state);
    let time = words::duration(snapshot.unit_state_s);
    let mode = words::named(w, "mode", &snapshot.mode);
    html! {
        span class={ "icon " (class) } aria-hidden="true" { (icon) }
        div {
            strong { (unit(w, &snapshot.unit_state)) }
            small {
                (w.with("for-time", &[("time", time.into())]))
                @if !snapshot.mode.is_empty() {
                    " · " (w.with("mode-named", &[("mode", mode.into())]))
                }
            }
        }
    }
}

/// A unit state's word.
pub(super) fn unit(w: Words, state: &str) -> String {
    if state.is_empty() {
        return w.t("unknown").to_uppercase();
    }
    w.maybe(&format!("unit-{state}")).unwrap_or_else(|| state.to_uppercase())
}

/// The order on the line.
pub(super) fn job(snapshot: &Snapshot, w: Words) -> Markup {
    let fields = [
        (w.t("batch"), &snapshot.batch),
        (w.t("gtin"), &snapshot.gtin),
        (w.t("lot"), &snapshot.lot),
        (w.t("expiry"), &snapshot.expiry),
    ];
    let none = w.t("none");
    html! {
        p {
            (snapshot.product.clone().unwrap_or_else(|| w.t("no-order")))
            @if let Some(state) = &snapshot.order_state {
                @let state = words::named(w, "order", state);
                span.tag { (w.with("order-state", &[("state", state.into())])) }
            }
        }
        dl {
            @for (name, value) in fields {
                div { dt { (name) } dd { (value.as_ref().unwrap_or(&none)) } }
            }
        }
    }
}

/// Line and wall clock.
pub(super) fn clock(snapshot: &Snapshot, _: Words) -> Markup {
    let (date, time) = snapshot.clock.split_once('T').unwrap_or((&snapshot.clock, ""));
    let time_end = time.find(['+', '-', 'Z']).unwrap_or(time.len());
    let (time, offset) = time.split_at(time_end);
    let time = time.split('.').next().unwrap_or(time);
    html! {
        strong { (time) }
        small { (date) " " (offset) }
        small { (snapshot.line_id) }
    }
}

/// The worst alarm that nobody has seen, how many there are, what to do; the way to all of them.
pub(super) fn alarms(snapshot: &Snapshot, w: Words) -> Markup {
    let items = alarm_list::items(snapshot);
    let open = items.iter().filter(|item| item.state != "shelved").count();
    let unseen = items.iter().filter(|item| item.is_unseen()).count();
    html! {
        @match items.first().filter(|item| item.state != "shelved") {
            Some(worst) => (alarm(worst, (open, unseen), snapshot, w)),
            None => (hold(snapshot, w)),
        }
    }
}

fn alarm(
    worst: &alarm_list::Item<'_>,
    (open, unseen): (usize, usize),
    snapshot: &Snapshot,
    w: Words,
) -> Markup {
    let (priority, text) = (worst.kind.priority(), alarm_list::told(worst.kind, w));
    html! {
        a.alarm.(priority.name()).seen[!worst.is_unseen()] href="/alarms" {
            (alarm_list::shape(priority))
            strong { (alarm_list::word(priority, w)) }
            span.what { (text.name) }
            span.remedy { (text.action) }
            (unresolved(snapshot, w))
            @if let Some(since) = worst.since() {
                @let time = alarm_list::time_of_day(since);
                span.since { (w.with("alarm-since", &[("time", time.into())])) }
            }
            @for (key, count) in
                [("alarms-count-unseen", unseen), ("alarms-count-seen", open - unseen)] {
                @if count > 0 { span.more { (w.with(key, &[("count", count.into())])) } }
            }
        }
    }
}

/// No alarm: what the line holds for all the same is told without its colours.
fn hold(snapshot: &Snapshot, w: Words) -> Markup {
    let hold = snapshot.holds.first();
    html! {
        a.alarm.none href="/alarms" {
            @match hold {
                Some(hold) => {
                    @let code = words::code(&hold.cause);
                    span.icon aria-hidden="true" { "❚❚" }
                    span.what.holds { (words::named(w, "hold", &hold.cause)) }
                    span.remedy { (w.maybe(&format!("hold-{code}-remedy")).unwrap_or_default()) }
                    (unresolved(snapshot, w))
                    span.since {
                        (w.with("since-time", &[("time", words::duration(hold.since_s).into())]))
                    }
                }
                None => { span.what { (w.t("no-alarm")) } (unresolved(snapshot, w)) }
            }
        }
    }
}

fn unresolved(snapshot: &Snapshot, w: Words) -> Markup {
    let waiting = snapshot.unresolved.len();
    html! {
        @if waiting > 0 {
            span.more { (w.with("waiting", &[("count", waiting.into())])) }
        }
    }
}
