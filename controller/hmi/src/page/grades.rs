//! The in-line grade minute by minute, against the lowest that passes.
//!
//! Called by the page. Must never be taken for a calibrated grade: a line camera is no verifier.

use crate::i18n::Words;
use crate::snapshot::{GradeMinute, Snapshot};
use maud::{Markup, html};

/// The best grade, in tenths.
const BEST: u32 = 40;
const WIDTH: usize = 360;
const HEIGHT: u32 = 60;

/// A bar a minute from the lowest grade to the mean, and the limit.
pub(super) fn grades(snapshot: &Snapshot, w: Words) -> Markup {
    let minutes = &snapshot.grade_minutes;
    let limit = snapshot.grade_min_tenths;
    let last = minutes.last().filter(|minute| minute.packs > 0);
    let low = last.is_some_and(|minute| minute.mean_tenths < limit);
    let told = last.map(|minute| {
        let (mean, min) = (grade(minute.mean_tenths), grade(minute.min_tenths));
        w.with(
            "grade-now",
            &[("mean", mean.into()), ("min", min.into()), ("limit", grade(limit).into())],
        )
    });
    html! {
        h2 {
            (w.t("grade-per-minute"))
            @if let Some(told) = &told { span.aside.odd[low] { (told) } }
        }
        @if told.is_none() { p.empty { (w.t("no-grade")) } }
        @else {
            svg.grades viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none"
                aria-hidden="true" {
                rect.track x="0" y="0" width=(WIDTH) height=(HEIGHT) {}
                @for (n, minute) in minutes.iter().enumerate().filter(|(_, m)| m.packs > 0) {
                    (bar(n, minutes.len(), minute))
                }
                rect.limit x="0" y=(y(limit)) width=(WIDTH) height="1.5" {}
            }
        }
    }
}

fn y(tenths: u8) -> u32 {
    HEIGHT - u32::from(tenths).min(BEST) * HEIGHT / BEST
}

fn bar(n: usize, of: usize, minute: &GradeMinute) -> Markup {
    let width = WIDTH / of.max(1);
    let (top, bottom) = (y(minute.mean_tenths), y(minute.min_tenths));
    html! {
        rect.span x=(n * width + 2) y=(top) width=(width - 4) height=(bottom - top) {}
        rect.mean x=(n * width + 1) y=(top.min(HEIGHT - 4)) width=(width - 2) height="4" {}
    }
}

fn grade(tenths: u8) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}
