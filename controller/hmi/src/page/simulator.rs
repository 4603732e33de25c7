//! S8: what is simulated, and how much time was left at the gate. Only a demo has it.
//!
//! Anyone may look at it. Must never be reached on a line of real packs.

use super::{Frame, Screen, Shown, production};
use crate::app::App;
use crate::caller::Caller;
use crate::i18n::Words;
use crate::problem::Problem;
use crate::simulated::{MARGIN_BARS, MarginHistogram, Simulated};
use crate::snapshot::Snapshot;
use crate::words;
use axum::extract::State;
use axum::http::request::Parts;
use maud::{Markup, html};

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &[];

const WIDTH: usize = 720;
const HEIGHT: u32 = 240;

pub(super) async fn screen(State(app): State<App>, caller: Caller, parts: Parts) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let (snapshot, w) = (frame.snapshot.as_ref(), frame.words);
    let Some(simulated) = &snapshot.simulated else {
        return Err(Problem::new(404, "no_simulation", "this line is no demo")
            .at(Screen::Simulator.path())
            .remedy("start one: packline demo --serve"));
    };
    let main = html! {
        div.column {
            section.panel #simulated { (what(simulated, snapshot, w)) }
            section.panel #timing { (production::timing(snapshot, w)) }
        }
        div.column {
            section.panel #margin-histogram { (margins(snapshot, w)) }
            section.panel { (faults(simulated, w)) }
        }
    };
    Ok(frame.answer(Screen::Simulator, main))
}

/// Scenario, seed, rate, devices.
fn what(simulated: &Simulated, snapshot: &Snapshot, w: Words) -> Markup {
    let stations: Vec<&str> = simulated.stations.iter().map(String::as_str).collect();
    let stations = if stations.is_empty() { w.t("none") } else { stations.join(", ") };
    let rows = [
        ("simulator-scenario", words::short(&simulated.scenario)),
        ("simulator-seed", simulated.seed.to_string()),
        ("simulator-rate", format!("{:.1}", simulated.packs_per_s)),
        ("simulator-packs", words::count(i64::try_from(simulated.packs).unwrap_or(i64::MAX))),
        ("simulator-camera", snapshot.camera.clone()),
        ("simulator-labeler", snapshot.labeler.clone()),
        ("simulator-ejector", snapshot.ejector.clone()),
        ("simulator-stations", stations),
    ];
    html! {
        h2 { (w.t("screen-simulator")) }
        dl.facts {
            @for (key, value) in rows { div { dt { (w.t(key)) } dd { (value) } } }
        }
        p.note { (w.t("simulator-again")) }
    }
}

/// Packs by the time that was left when the gate knew its permit.
pub(super) fn margins(snapshot: &Snapshot, w: Words) -> Markup {
    let MarginHistogram { bar_ms, packs } = snapshot.margins;
    let most = packs.iter().copied().max().unwrap_or(0);
    let width = WIDTH / MARGIN_BARS;
    let total: u32 = packs.iter().sum();
    html! {
        h2 {
            (w.t("simulator-margin"))
            span.aside { (w.with("simulator-judged", &[("count", total.into())])) }
        }
        @if most == 0 { p.empty { (w.t("simulator-no-margin")) } }
        @else {
            svg.histogram viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none"
                role="img" aria-label=(w.t("simulator-margin")) {
                rect.track x="0" y="0" width=(WIDTH) height=(HEIGHT) {}
                @for (n, count) in packs.iter().enumerate().filter(|(_, count)| **count > 0) {
                    @let height = (u64::from(*count) * u64::from(HEIGHT) / u64::from(most)).max(2);
                    rect.fill x=(n * width + 1) y=(u64::from(HEIGHT) - height) width=(width - 2)
                        height=(height) {}
                }
            }
            p.axis {
                @for quarter in 0..=4_usize {
                    span { (format!("{:.0}", bar_ms * (MARGIN_BARS * quarter / 4) as f64)) " ms" }
                }
            }
        }
        p.note { (w.t("simulator-margin-means")) }
    }
}

/// What may strike, and how often.
fn faults(simulated: &Simulated, w: Words) -> Markup {
    html! {
        h2 { (w.t("simulator-faults")) }
        @if simulated.faults.is_empty() { p.empty { (w.t("simulator-no-fault")) } }
        div.scroll tabindex="0" role="region" aria-label=(w.t("simulator-faults")) {
            table.list {
                @for fault in &simulated.faults {
                    tr {
                        th scope="row" { (words::named(w, "fault", &fault.kind)) }
                        td.number {
                            @if let Some(chance) = fault.per_pack {
                                (w.with("simulator-chance", &[
                                    ("per", format!("{:.2}", chance * 1_000.0).into()),
                                ]))
                            } @else {
                                (w.with("simulator-planned", &[("count", fault.planned.into())]))
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::SimulatedFault;
    use people::Language;

    #[test]
    fn margins_are_bars_of_the_packs_that_had_them() {
        let w = Words(Language::En);
        let empty = margins(&Snapshot::default(), w).into_string();
        assert!(!empty.contains("<svg"), "{empty}");
        let mut histogram = MarginHistogram { bar_ms: 10.0, packs: [0; MARGIN_BARS] };
        (histogram.packs[3], histogram.packs[20]) = (1, 400);
        let told = margins(&Snapshot { margins: histogram, ..Snapshot::default() }, w);
        let told = told.into_string();
        assert_eq!(told.matches("class=\"fill\"").count(), 2, "{told}");
        assert!(told.contains("401 permits") && told.contains("240 ms"), "{told}");
    }

    #[test]
    fn faults_are_told_in_words_and_a_scenario_is_text() {
        let fault =
            |kind: &str, per_pack, planned| SimulatedFault { kind: kind.into(), per_pack, planned };
        let simulated = Simulated {
            scenario: "<b>".into(),
            faults: vec![fault("web_break", Some(0.0005), 0), fault("bin_full", None, 2)],
            ..Simulated::default()
        };
        let w = Words(Language::De);
        let told = faults(&simulated, w).into_string();
        assert!(told.contains("Etikettenbahn reißt") && told.contains("0.50 auf"), "{told}");
        assert!(told.contains("geplant, 2 Mal"), "{told}");
        let told = what(&simulated, &Snapshot::default(), w).into_string();
        assert!(told.contains("&lt;b&gt;") && !told.contains("<b>"), "{told}");
    }
}
