//! The constant frame: banner, state, order, clock and the bar of holds.
//!
//! Called by the page. Grey is normal; colour, shape and word together mark what is not (ISA-101).

use crate::i18n::Words;
use crate::snapshot::{Hold, Snapshot};
use crate::words::{self, Urgency};
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
                @if !snapshot.mode.is_empty() { " · " (w.with("mode-named", &[("mode", mode.into())])) }
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

/// The most urgent hold, how many more there are, and what ends it.
pub(super) fn alarms(snapshot: &Snapshot, w: Words) -> Markup {
    let Some((hold, urgency)) = worst(&snapshot.holds) else {
        return html! { div.alarm.none { span.what { (w.t("no-hold")) } (unresolved(snapshot, w)) } };
    };
    let more = snapshot.holds.len().saturating_sub(1);
    let (class, word) = match urgency {
        Urgency::Critical => ("critical", w.t("critical")),
        Urgency::High => ("high", w.t("high")),
        Urgency::Low => ("low", w.t("low")),
    };
    let code = words::code(&hold.cause);
    let time = words::duration(hold.since_s);
    html! {
        div class={ "alarm " (class) } {
            (shape(urgency))
            strong { (word) }
            span.what { (words::named(w, "hold", &hold.cause)) }
            span.remedy { (w.maybe(&format!("hold-{code}-remedy")).unwrap_or_default()) }
            (unresolved(snapshot, w))
            span.since { (w.with("since-time", &[("time", time.into())])) }
            @if more > 0 { span.more { (w.with("more", &[("count", more.into())])) } }
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

fn worst(holds: &[Hold]) -> Option<(Hold, Urgency)> {
    let rank = |urgency| match urgency {
        Urgency::Critical => 0,
        Urgency::High => 1,
        Urgency::Low => 2,
    };
    let known = holds.iter().map(|hold| (*hold, words::urgency(hold.cause)));
    known.min_by_key(|(_, urgency)| rank(*urgency))
}

/// Triangle, diamond or dot: the urgency without its colour.
fn shape(urgency: Urgency) -> Markup {
    html! {
        svg.shape viewBox="0 0 28 28" aria-hidden="true" {
            @match urgency {
                Urgency::Critical => path d="M14 2 27 26H1z" {},
                Urgency::High => path d="M14 1 27 14 14 27 1 14z" {},
                Urgency::Low => circle cx="14" cy="14" r="9" {},
            }
        }
    }
}
