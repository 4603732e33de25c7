//! The constant frame: banner, state, order, clock and the bar of holds.
//!
//! Called by the page. Grey is normal; colour, shape and word together mark what is not (ISA-101).

use crate::snapshot::{Hold, Snapshot};
use crate::words::{self, HoldWords, Urgency};
use maud::{Markup, html};

/// Says on every screen that no pack of this line is real.
pub(super) fn banner(snapshot: &Snapshot) -> Markup {
    html! {
        @if snapshot.simulation {
            strong { "SIMULATION" }
            span { "No pack on this line is real. Its ledger is a simulation for ever." }
        }
        @if let Some((word, meaning)) = trial_words(&snapshot.mode) {
            strong { (word) }
            span { (meaning) }
        }
    }
}

/// What the banner says while a trial runs.
fn trial_words(mode: &str) -> Option<(&'static str, &'static str)> {
    match mode {
        "challenge" => Some((
            "CHALLENGE TEST",
            "Prepared packs prove the reject path. The gate stays shut: all go to the bin.",
        )),
        "setup" => Some((
            "SETUP",
            "Labels without live serials. The gate stays shut: every pack goes to the bin.",
        )),
        _ => None,
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
pub(super) fn state(snapshot: &Snapshot) -> Markup {
    let (icon, class) = state_mark(&snapshot.unit_state);
    let word = if snapshot.unit_state.is_empty() { "unknown" } else { &snapshot.unit_state };
    html! {
        span class={ "icon " (class) } aria-hidden="true" { (icon) }
        div {
            strong { (word.to_uppercase()) }
            small {
                "for " (words::duration(snapshot.unit_state_s))
                @if !snapshot.mode.is_empty() { " · " (words::plain(&snapshot.mode)) " mode" }
            }
        }
    }
}

/// The order on the line.
pub(super) fn job(snapshot: &Snapshot) -> Markup {
    let fields = [
        ("Batch", &snapshot.batch),
        ("GTIN", &snapshot.gtin),
        ("Lot", &snapshot.lot),
        ("Expiry", &snapshot.expiry),
    ];
    let order_state = snapshot.order_state.as_deref().map(words::plain);
    html! {
        p {
            (snapshot.product.as_deref().unwrap_or("No order loaded"))
            @if let Some(state) = order_state { span.tag { "Order " (state.to_lowercase()) } }
        }
        dl {
            @for (name, value) in fields {
                div { dt { (name) } dd { (value.as_deref().unwrap_or("–")) } }
            }
        }
    }
}

/// Line and wall clock.
pub(super) fn clock(snapshot: &Snapshot) -> Markup {
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
pub(super) fn alarms(snapshot: &Snapshot) -> Markup {
    let Some((hold, words)) = worst(&snapshot.holds) else {
        return html! { div.alarm.none { span.what { "No hold" } (unresolved(snapshot)) } };
    };
    let more = snapshot.holds.len().saturating_sub(1);
    let (class, word) = match words.urgency {
        Urgency::Critical => ("critical", "CRITICAL"),
        Urgency::High => ("high", "HIGH"),
        Urgency::Low => ("low", "LOW"),
    };
    html! {
        div class={ "alarm " (class) } {
            (shape(words.urgency))
            strong { (word) }
            span.what { (words.what) }
            span.remedy { (words.remedy) }
            (unresolved(snapshot))
            span.since { "since " (words::duration(hold.since_s)) }
            @if more > 0 { span.more { "+" (more) " more" } }
        }
    }
}

fn unresolved(snapshot: &Snapshot) -> Markup {
    let waiting = snapshot.unresolved.len();
    html! {
        @if waiting > 0 {
            span.more {
                (waiting) @if waiting == 1 { " pack waits" } @else { " packs wait" }
                " for a person"
            }
        }
    }
}

fn worst(holds: &[Hold]) -> Option<(Hold, HoldWords)> {
    let rank = |urgency| match urgency {
        Urgency::Critical => 0,
        Urgency::High => 1,
        Urgency::Low => 2,
    };
    holds
        .iter()
        .map(|hold| (*hold, words::hold(hold.cause)))
        .min_by_key(|(_, words)| rank(words.urgency))
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
