//! S9: people, configuration, audit, backup.
//!
//! Must never hold a rule.

use super::{Frame, Screen, Shown};
use crate::app::App;
use crate::caller::Caller;
use axum::extract::State;
use axum::http::request::Parts;
use maud::html;

/// Texts that its script says.
pub(super) const TEXTS: &[&str] = &[];

pub(super) async fn screen(State(app): State<App>, caller: Caller, parts: Parts) -> Shown {
    let frame = Frame::of(&app, &caller, &parts).await?;
    Ok(frame.answer(Screen::Admin, html! {}))
}
