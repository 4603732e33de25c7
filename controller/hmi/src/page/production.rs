//! Speed, output, rejects and timing.
//!
//! Called by the page. Bars are our own SVG; lengths are attributes, for the policy forbids inline
//! style.

use crate::i18n::Words;
use crate::snapshot::{Percentiles, Snapshot};
use crate::words;
use line_core::reason::RejectReason;
use maud::{Markup, html};

/// The normal band around the wanted speed, as parts of it.
const BAND: (f64, f64) = (0.9, 1.1);
/// Reasons that have a row; the rest are summed up.
const REASON_ROWS: usize = 9;

/// Packs a minute on a scale with the normal band.
pub(super) fn rate(snapshot: &Snapshot, w: Words) -> Markup {
    let (now, target) = (snapshot.rate.now_packs_per_min, snapshot.rate.target_packs_per_min);
    let span = if target > 0.0 { target * 1.25 } else { 1.0 };
    let x = |value: f64| ((value / span) * 340.0).clamp(7.0, 333.0);
    let runs = snapshot.unit_state == "execute";
    let low = runs && target > 0.0 && now < target * BAND.0;
    html! {
        h2 { (w.t("packs-per-minute")) }
        p.figure {
            strong { (format!("{now:.0}")) }
            small {
                (w.with("target", &[("count", format!("{target:.0}").into())]))
                @if low { b.odd { (w.t("below-target")) } }
            }
        }
        svg.scale viewBox="0 0 340 30" role="img"
            aria-label=(w.with("rate-of", &[("now", format!("{now:.0}").into()),
                ("target", format!("{target:.0}").into())])) {
            rect.track x="0" y="6" width="340" height="10" {}
            rect.band x=(format!("{:.1}", x(target * BAND.0))) y="6"
                width=(format!("{:.1}", x(target * BAND.1) - x(target * BAND.0))) height="10" {}
            path.pointer transform=(format!("translate({:.1} 17)", x(now))) d="M0 0 7 12H-7z" {}
        }
        p.note {
            (w.with("speed-pitch", &[
                ("speed", format!("{:.0}", snapshot.line.speed_mm_s).into()),
                ("pitch", format!("{:.0}", snapshot.line.pitch_mm).into()),
            ]))
        }
    }
}

/// Good and rejected packs, and how far the order is.
pub(super) fn output(snapshot: &Snapshot, w: Words) -> Markup {
    let Snapshot { good, rejected, target, .. } = *snapshot;
    let part = if target == 0 { 0.0 } else { (good as f64 / target as f64).min(1.0) };
    let judged = good + rejected;
    let percent = if judged == 0 { 0.0 } else { 100.0 * rejected as f64 / judged as f64 };
    html! {
        h2 { (w.t("output")) }
        div.pair {
            p.figure { strong { (words::count(good as i64)) } small { (w.t("good")) } }
            p.figure {
                strong { (words::count(rejected as i64)) }
                small { (w.with("rejected-percent", &[("percent", format!("{percent:.1}").into())])) }
            }
        }
        svg.progress viewBox="0 0 340 10" role="img"
            aria-label=(w.with("good-of", &[("good", good.into()), ("target", target.into())])) {
            rect.track x="0" y="0" width="340" height="10" {}
            rect.fill x="0" y="0" width=(format!("{:.1}", part * 340.0)) height="10" {}
        }
        p.note {
            (w.with("percent-of", &[
                ("percent", format!("{:.1}", part * 100.0).into()),
                ("target", words::count(target as i64).into()),
            ]))
            @if let Some(left) = snapshot.serials_left {
                " · " span.odd[snapshot.low_pool] {
                    (w.with("serials-left", &[("count", words::count(left as i64).into())]))
                    @if snapshot.low_pool { " · " (w.t("low-pool")) }
                }
            }
        }
    }
}

/// Rejects by reason, the most frequent first.
pub(super) fn rejects(snapshot: &Snapshot, w: Words) -> Markup {
    let mut rows: Vec<(RejectReason, u64)> =
        snapshot.rejects.iter().map(|(reason, n)| (*reason, *n)).filter(|(_, n)| *n > 0).collect();
    rows.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let most = rows.first().map_or(1, |(_, n)| *n);
    let rest: u64 = rows.iter().skip(REASON_ROWS).map(|(_, n)| n).sum();
    rows.truncate(REASON_ROWS);
    let limit = snapshot.reject_percent_max;
    let recent = snapshot.reject_percent_recent;
    let near = recent.is_some_and(|now| limit > 0 && now * 2.0 >= f64::from(limit));
    html! {
        h2 {
            (w.t("rejects-by-reason"))
            @if let Some(now) = recent {
                span.aside.odd[near] {
                    (w.with("rejects-recent", &[
                        ("percent", format!("{now:.0}").into()), ("limit", limit.into()),
                    ]))
                }
            }
        }
        @if rows.is_empty() { p.empty { (w.t("no-reject")) } }
        table.bars {
            @for (reason, n) in &rows {
                tr {
                    th scope="row" { (words::named(w, "reject", reason)) }
                    td.bar { (bar(*n, most)) }
                    td.number { (words::count(*n as i64)) }
                }
            }
            @if rest > 0 {
                tr { th scope="row" { (w.t("other-reasons")) } td {} td.number { (rest) } }
            }
        }
    }
}

fn bar(value: u64, most: u64) -> Markup {
    let width = 100.0 * value as f64 / most.max(1) as f64;
    html! {
        svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.fill x="0" y="0" width=(format!("{width:.1}")) height="10" {}
        }
    }
}

/// Latencies against the time that there is.
pub(super) fn timing(snapshot: &Snapshot, w: Words) -> Markup {
    let rows = [
        (w.t("result-to-verdict"), snapshot.latency.verdict_us),
        (w.t("verdict-to-disk"), snapshot.latency.durable_us),
        (w.t("margin-at-gate"), snapshot.latency.margin_us),
    ];
    let (late, max) = (snapshot.late, w.t("max"));
    html! {
        h2 {
            (w.t("timing"))
            span.aside {
                (w.with("deadline", &[
                    ("ms", format!("{:.0}", snapshot.line.deadline_ms).into()),
                    ("mm", format!("{:.0}", snapshot.line.camera_to_gate_mm).into()),
                ]))
            }
        }
        table.figures {
            thead {
                tr {
                    th {}
                    @for name in ["p50", "p99", "p99.9", max.as_str()] { th scope="col" { (name) } }
                }
            }
            @for (name, figures) in rows {
                tr { th scope="row" { (name) } (cells(figures)) }
            }
        }
        p.note {
            @if late == 0 { (w.t("none-late")) }
            @else { b.odd { (w.with("late", &[("count", late.into())])) } }
        }
    }
}

fn cells(figures: Option<Percentiles>) -> Markup {
    let figures = figures.map(|p| [p.p50, p.p99, p.p999, p.max]);
    html! {
        @for index in 0..4 {
            td.number { (figures.map_or_else(|| "–".into(), |f| words::micros(f[index]))) }
        }
    }
}
