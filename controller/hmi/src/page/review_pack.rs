//! One reject: image, what was expected against what was read, grade, times, neighbours, reviews.
//!
//! Called by the review and laid into its place by the page's script. Must never say of an image or
//! a place more than the record has.

use super::difference::{difference, marked};
use super::event_words;
use super::review::percent;
use crate::i18n::Words;
use crate::words;
use maud::{Markup, html};
use serde_json::Value;

/// Names of a grade's parameters in the order of the record.
const PARAMETERS: [(&str, &str); 7] = [
    ("SC", "symbol_contrast"),
    ("MOD", "modulation"),
    ("RM", "reflectance_margin"),
    ("ANU", "axial_non_uniformity"),
    ("GNU", "grid_non_uniformity"),
    ("UEC", "unused_error_correction"),
    ("FPD", "fixed_pattern_damage"),
];
/// Reviews that are shown.
const REVIEWS: usize = 5;

pub(super) fn pack(w: Words, batch: &str, told: &Value) -> Markup {
    let pack = &told["pack"];
    let track = pack["track"].as_u64().unwrap_or(0);
    html! {
        div.pack data-track=(track) {
            (head(w, told))
            div.parts {
                (image(w, batch, track, told))
                div.facts {
                    (fields(w, told))
                    (grade(w, &told["grade"]))
                }
                div.below {
                    (neighbours(w, told))
                    (times(w, &told["events"]))
                }
            }
            (reviews(w, told))
        }
    }
}

fn head(w: Words, told: &Value) -> Markup {
    let pack = &told["pack"];
    let reject = pack["verdict"] == "reject";
    let reason = words::named(w, "reject", &pack["reason"]);
    let serial = pack["serial"].as_str();
    html! {
        div.head {
            div {
                h2 {
                    (w.t("pack")) " " (pack["track"]) ": "
                    @if reject { (reason) } @else { (w.t("verdict-accept")) }
                }
                p {
                    @match serial {
                        Some(serial) => a href=(trace_of(told, serial)) { (words::short(serial)) },
                        None => (w.t("review-no-serial")),
                    }
                    " · " (words::named(w, "fate", &pack["fate"]))
                }
            }
            div.buttons {
                button.primary type="button" data-finding="confirmed" {
                    (w.t("review-confirm")) " " kbd { "Enter" }
                }
                button type="button" data-finding="deviation" {
                    (w.t("review-deviation")) " " kbd { "D" }
                }
            }
        }
    }
}

/// The address of a serial's life: the code that was expected names the product.
fn trace_of(told: &Value, serial: &str) -> String {
    let code = told["expected"].as_str().unwrap_or_default();
    let gtin = code.trim_start_matches("]d2").get(2..16).unwrap_or_default();
    format!("/serial?search={}", percent(&format!("{gtin} {serial}")))
}

/// The picture with what the record has of it written over it; the record has no place of the code.
fn image(w: Words, batch: &str, track: u64, told: &Value) -> Markup {
    let state = told["image_state"].as_str().unwrap_or("none");
    let kept = matches!(state, "recorded" | "altered" | "unrecorded");
    let read = told["pack"]["read"].as_str().is_some_and(|read| !read.is_empty());
    let sha256 = told["image"]["sha256"].as_str().unwrap_or_default();
    html! {
        figure.camera.(state) {
            @if kept {
                div.shot {
                    img src={ "/api/v1/orders/" (percent(batch)) "/packs/" (track) "/image" }
                        alt=(w.with("review-image-of", &[("track", track.into())]));
                    svg.overlay viewBox="0 0 100 100" preserveAspectRatio="none"
                        aria-hidden="true" {
                        path d="M2 14V2H14M86 2H98V14M98 86V98H86M14 98H2V86" {}
                    }
                    span.tag { (w.t(if read { "review-code-read" } else { "review-code-unread" })) }
                }
            } @else {
                p.none { (w.t("review-no-image")) }
            }
            figcaption {
                @if state != "none" {
                    strong { (w.maybe(&format!("review-image-{state}")).unwrap_or_default()) }
                }
                @if kept { " " (w.t("review-no-place")) }
                @if let Some(short) = sha256.get(..12) { " SHA-256 " code { (short) "…" } }
            }
        }
    }
}

fn fields(w: Words, told: &Value) -> Markup {
    let rows = told["fields"].as_array();
    let some = |text: &&str| !text.is_empty();
    let raw = [told["expected"].as_str(), told["pack"]["read"].as_str().filter(some)];
    html! {
        table.compare {
            caption { (w.t("review-compare")) }
            thead {
                tr {
                    td {}
                    th scope="col" { (w.t("review-expected")) }
                    th scope="col" { (w.t("review-read")) }
                    td {}
                }
            }
            tbody {
                @match rows {
                    Some(rows) => @for row in rows {
                        (compared(w, row["field"].as_str().unwrap_or_default(),
                            [row["expected"].as_str(), row["read"].as_str()]))
                    },
                    None => (compared(w, "code", raw)),
                }
            }
        }
    }
}

fn compared(w: Words, field: &str, [expected, read]: [Option<&str>; 2]) -> Markup {
    let name = w.maybe(&format!("field-{field}")).unwrap_or_default();
    let nothing = w.t("review-nothing");
    let (left, right) = match (expected, read) {
        (Some(expected), Some(read)) => {
            let (left, right) = difference(&words::short(expected), &words::short(read));
            (marked(&left), marked(&right))
        }
        (expected, read) => {
            let plain = |text: Option<&str>| {
                let text = text.map_or_else(|| nothing.clone(), words::short);
                marked(&vec![(text, false)])
            };
            (plain(expected), plain(read))
        }
    };
    let equal = expected == read && expected.is_some();
    html! {
        tr.differs[!equal] {
            th scope="row" { (name) }
            td { code { (left) } }
            td { code { (right) } }
            td.sign { (if equal { "=" } else { "≠" }) }
        }
    }
}

fn grade(w: Words, grade: &Value) -> Markup {
    let tenths = |value: &Value| value.as_u64().filter(|n| *n <= 40);
    let text = |n: u64| format!("{}.{}", n / 10, n % 10);
    let Some(overall) = tenths(&grade["overall"]) else {
        return html! { p.grade.note { (w.t("review-no-grade")) } };
    };
    html! {
        div.grade {
            p { (w.t("grade")) " " strong { (text(overall)) } small { (w.t("review-in-line")) } }
            ul {
                @for (at, (short, name)) in PARAMETERS.into_iter().enumerate() {
                    @if let Some(value) = tenths(&grade["parameters"][at]) {
                        li.low[value == overall]
                            title=(w.maybe(&format!("grade-{name}")).unwrap_or_default()) {
                            span { (short) }
                            svg viewBox="0 0 40 6" preserveAspectRatio="none" aria-hidden="true" {
                                rect.track x="0" y="0" width="40" height="6" {}
                                rect.fill x="0" y="0" width=(value) height="6" {}
                            }
                            b { (text(value)) }
                        }
                    }
                }
            }
        }
    }
}

/// When what happened, in milliseconds after the infeed.
fn times(w: Words, events: &Value) -> Markup {
    let events = events.as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        div.times {
            h3 { (w.t("review-times")) }
            (strip(w, events))
            table {
                tbody {
                    @for event in events {
                        tr {
                            td.number {
                                @match event["ms"].as_f64() {
                                    Some(ms) => { (format!("{ms:+.1} ms")) }
                                    None => { (w.t("none")) }
                                }
                            }
                            td { (event_words::event(w, &event["body"])) }
                        }
                    }
                }
            }
        }
    }
}

/// The same as a line: print, camera, gate.
fn strip(w: Words, events: &[Value]) -> Markup {
    let named = |event: &Value| match event["kind"].as_str()? {
        "printed" => Some("review-at-print"),
        "label_applied" => Some("review-at-label"),
        "pack_infeed" => Some("review-at-infeed"),
        "verdict" => Some("review-at-camera"),
        "pack_exited" | "pack_ejected" => Some("review-at-gate"),
        _ => None,
    };
    let places: Vec<(f64, &str)> =
        events.iter().filter_map(|event| Some((event["ms"].as_f64()?, named(event)?))).collect();
    let low = places.iter().map(|(ms, _)| *ms).fold(0.0, f64::min);
    let high = places.iter().map(|(ms, _)| *ms).fold(1.0, f64::max);
    let x = |ms: f64| format!("{:.1}", 20.0 + 360.0 * (ms - low) / (high - low));
    html! {
        svg.strip viewBox="0 0 400 52" role="img" aria-label=(w.t("review-times")) {
            path.axis d="M20 26H380" {}
            @for (at, (ms, key)) in places.iter().enumerate() {
                circle cx=(x(*ms)) cy="26" r="5" {}
                text x=(x(*ms)) y=(if at % 2 == 0 { "14" } else { "48" }) text-anchor="middle" {
                    (w.maybe(key).unwrap_or_default())
                }
            }
        }
    }
}

/// Who stood before and behind: a slip shows itself as a neighbour's code.
fn neighbours(w: Words, told: &Value) -> Markup {
    let list = |name: &str| told[name].as_array().cloned().unwrap_or_default();
    let (mut rows, after) = (list("before"), list("after"));
    rows.reverse();
    let own = told["pack"].clone();
    let own_track = own["track"].clone();
    rows.push(own);
    rows.extend(after);
    html! {
        div.neighbours {
            h3 { (w.t("review-neighbours")) }
            table {
                thead {
                    tr {
                        @for key in ["pack", "review-bound", "review-read", "verdict"] {
                            th scope="col" { (w.maybe(key).unwrap_or_default()) }
                        }
                    }
                }
                tbody {
                    @for row in &rows { (neighbour(w, row, &rows, row["track"] == own_track)) }
                }
            }
        }
    }
}

fn neighbour(w: Words, row: &Value, rows: &[Value], own: bool) -> Markup {
    let read = row["read_serial"].as_str();
    let other = read.filter(|read| row["serial"] != *read);
    let owner = other.and_then(|read| rows.iter().find(|row| row["serial"] == read));
    let verdict = match row["verdict"].as_str() {
        Some("reject") => words::named(w, "reject", &row["reason"]),
        Some(_) => w.t("verdict-accept"),
        None => w.t("none"),
    };
    let text = |value: Option<&str>| value.map_or_else(|| w.t("none"), words::short);
    html! {
        tr.own[own] {
            td.number { (row["track"]) }
            td { code { (text(row["serial"].as_str())) } }
            td {
                code { (text(read)) }
                @if let Some(owner) = owner {
                    @let of = owner["track"].as_u64();
                    " " strong.slip { "≠ " (w.with("review-code-of", &[("track", of.into())])) }
                } @else if other.is_some() {
                    " " strong.slip { "≠ " (w.t("review-code-foreign")) }
                }
            }
            td { (verdict) }
        }
    }
}

fn reviews(w: Words, told: &Value) -> Markup {
    let reviews = told["reviews"].as_array().map(Vec::as_slice).unwrap_or_default();
    let done_by: Vec<String> = told["done_by"]
        .as_array()
        .map(|all| all.iter().filter_map(Value::as_str).map(words::short).collect())
        .unwrap_or_default();
    html! {
        div.reviews {
            h3 { (w.t("review-earlier")) }
            @if reviews.is_empty() { p { (w.t("review-not-yet")) } }
            @for review in reviews.iter().take(REVIEWS) {
                p {
                    (words::named(w, "finding", &review["finding"])) ", "
                    (review["who"].as_str().map(words::short).unwrap_or_default()) ", "
                    (review["at"].as_str().unwrap_or_default())
                    @let said = review["comment"].as_str();
                    @if let Some(said) = said.filter(|said| !said.is_empty()) {
                        ": " q { (words::short(said)) }
                    }
                    @if review["in_force"] != true { " " small { (w.t("review-superseded")) } }
                }
            }
            @if !done_by.is_empty() {
                p.note { (w.with("review-done-by", &[("who", done_by.join(", ").into())])) }
            }
        }
    }
}
