//! What the unit did in the last hour, why it stands and what ends that.
//!
//! Called by the page. Must never tell a state by colour alone: each has a height of its own, and
//! its time stands in words below.

use super::head::unit;
use crate::i18n::Words;
use crate::snapshot::{Snapshot, StateSpan};
use crate::words;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Width of the picture.
const WIDTH: u64 = 700;
const HEIGHT: u64 = 24;
/// Spans of time that are shown, in seconds: the shortest that holds everything.
const WINDOWS: [u64; 4] = [300, 900, 1_800, 3_600];
/// Holds that are told one by one.
const HOLDS_SHOWN: usize = 2;

/// How a state looks: class and height.
fn look(state: &str) -> (&'static str, u64) {
    match state {
        "execute" => ("runs", 24),
        "suspending" | "suspended" | "unsuspending" => ("waits", 16),
        "holding" | "held" | "unholding" => ("held", 20),
        "aborting" | "aborted" | "clearing" => ("aborted", 24),
        _ => ("rests", 8),
    }
}

/// The timeline, and why the line stands.
pub(super) fn course(snapshot: &Snapshot, w: Words) -> Markup {
    let oldest = snapshot.timeline.first().map_or(0, |span| span.from_s);
    let window = WINDOWS.into_iter().find(|window| oldest <= *window).unwrap_or(3_600);
    html! {
        h2 {
            (w.with("timeline", &[("minutes", (window / 60).into())]))
            span.aside { (sums(&snapshot.timeline, window, w)) }
        }
        svg.timeline viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none"
            aria-hidden="true" {
            rect.track x="0" y="0" width=(WIDTH) height=(HEIGHT) {}
            @for span in &snapshot.timeline { (bar(span, window)) }
        }
        (why(snapshot, w))
    }
}

fn bar(span: &StateSpan, window: u64) -> Markup {
    let x = |ago: u64| WIDTH - ago.min(window) * WIDTH / window;
    let (class, height) = look(&span.state);
    let (from, to) = (x(span.from_s), x(span.to_s));
    html! {
        rect class=(class) x=(from) y=(HEIGHT - height) width=((to - from).max(1))
            height=(height) {}
    }
}

/// The times in words, the longest first: `EXECUTE 12:03 · HELD 0:40`.
fn sums(spans: &[StateSpan], window: u64, w: Words) -> String {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for span in spans.iter().filter(|span| span.to_s < window) {
        *sums.entry(&span.state).or_default() += span.from_s.min(window) - span.to_s;
    }
    let mut sums: Vec<_> = sums.into_iter().filter(|(_, seconds)| *seconds > 0).collect();
    sums.sort_by_key(|(_, seconds)| std::cmp::Reverse(*seconds));
    let word = |(state, seconds): &(&str, u64)| {
        format!("{} {}", unit(w, state), words::duration(*seconds))
    };
    sums.iter().take(3).map(word).collect::<Vec<_>>().join(" · ")
}

/// One line: why it stands and what ends that; of a line that runs, that nothing is in its way.
fn why(snapshot: &Snapshot, w: Words) -> Markup {
    let cause = match (snapshot.unit_state.as_str(), snapshot.suspended) {
        ("", _) => String::new(),
        (_, _) if snapshot.batch.is_none() => w.t("why-no-order"),
        ("held" | "holding" | "unholding", _) if !snapshot.holds.is_empty() => {
            return holds(snapshot, w);
        }
        ("suspended" | "suspending", Some(cause)) => words::named(w, "why", &cause),
        (state, _) => w.maybe(&format!("why-{state}")).unwrap_or_default(),
    };
    html! { p.because { (cause) } }
}

fn holds(snapshot: &Snapshot, w: Words) -> Markup {
    let more = snapshot.holds.len().saturating_sub(HOLDS_SHOWN);
    html! {
        p.because {
            @for (n, hold) in snapshot.holds.iter().take(HOLDS_SHOWN).enumerate() {
                @let code = words::code(&hold.cause);
                @if n > 0 { " · " }
                strong { (words::named(w, "hold", &hold.cause)) }
                @if n == 0 {
                    ": " (w.maybe(&format!("hold-{code}-remedy")).unwrap_or_default())
                }
            }
            @if more > 0 { " " (w.with("more", &[("count", more.into())])) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Hold;
    use line_core::reason::{HoldCause, SuspendCause};
    use people::Language;

    fn span(state: &str, from_s: u64, to_s: u64) -> StateSpan {
        StateSpan { state: state.to_owned(), from_s, to_s }
    }

    #[test]
    fn times_are_summed_within_the_window() {
        let w = Words(Language::En);
        let spans = [span("idle", 900, 400), span("execute", 400, 100), span("held", 100, 40)];
        let spans = [&spans[..], &[span("execute", 40, 0)]].concat();
        assert_eq!(sums(&spans, 300, w), "EXECUTE 4:00 · HELD 1:00");
    }

    #[test]
    fn a_line_that_stands_says_why() {
        let w = Words(Language::En);
        let shown = |state: &str, holds: &[HoldCause], suspended| {
            let holds = holds.iter().map(|cause| Hold { cause: *cause, since_s: 1 }).collect();
            let (batch, unit_state) = (Some("B-1".to_owned()), state.to_owned());
            let snapshot = Snapshot { batch, unit_state, holds, suspended, ..Snapshot::default() };
            why(&snapshot, w).into_string()
        };
        let full = shown("held", &[HoldCause::BinFull], None);
        assert!(full.contains("bin is full") && full.contains("Empty it"), "{full}");
        assert!(shown("suspended", &[], Some(SuspendCause::Starved)).contains("before"));
        assert!(shown("suspended", &[], Some(SuspendCause::Blocked)).contains("behind"));
        for state in ["idle", "stopped", "aborted", "complete", "execute", "starting", "held"] {
            assert!(shown(state, &[], None).len() > "<p class=\"because\"></p>".len(), "{state}");
        }
    }
}
