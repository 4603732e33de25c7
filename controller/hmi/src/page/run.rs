//! S1, the run screen: speed, output, rejects, timing, packs, devices, books.
//!
//! Anyone may look at it. Must never fetch anything: each panel is a function of one snapshot.

use super::{Frame, Screen, Shown, lists, production};
use crate::app::App;
use crate::caller::Caller;
use crate::i18n::Words;
use crate::snapshot::Snapshot;
use axum::extract::State;
use axum::http::request::Parts;
use maud::{Markup, html};

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &[];

pub(super) async fn screen(State(app): State<App>, caller: Caller, parts: Parts) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    let panels = panels(&frame.snapshot, frame.words);
    Ok(frame.answer(Screen::Run, panels))
}

pub(super) fn panels(snapshot: &Snapshot, w: Words) -> Markup {
    html! {
        section.panel #rate { (production::rate(snapshot, w)) }
        section.panel #output { (production::output(snapshot, w)) }
        section.panel #rejects { (production::rejects(snapshot, w)) }
        section.panel #timing { (production::timing(snapshot, w)) }
        section.panel #last { (lists::last_packs(snapshot, w)) }
        section.panel #devices { (lists::devices(snapshot, w)) }
        section.panel #books { (lists::books(snapshot, w)) }
    }
}
