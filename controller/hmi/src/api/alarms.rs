//! How alarms came to be so, and what else happened on the line.
//!
//! The alarms themselves are in /status. Must never change anything: that is an act.

use super::Done;
use crate::app::App;
use crate::caller::Caller;
use crate::form::{Asked, WHO_BYTES_MAX, check_text};
use crate::query::{AlarmHistoryFilter, Query};
use axum::Json;
use axum::extract::State;
use people::Action;
use serde::Deserialize;
use utoipa::IntoParams;

const PER_PAGE: u16 = 100;
const PER_PAGE_MAX: u16 = 1_000;

/// What is looked for, and where the page begins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryQuery {
    /// Of one kind.
    alarm: Option<String>,
    /// Not before this, RFC 3339 in UTC or its beginning.
    from: Option<String>,
    /// Before this, the same.
    to: Option<String>,
    /// Before this sequence.
    before: Option<i64>,
    /// At most so many, up to 1,000.
    limit: Option<u16>,
}

/// Changes of alarms, the latest first.
#[utoipa::path(get, path = "/alarms/history", tag = "alarms", params(HistoryQuery),
    responses((status = 200, body = Object,
        description = "`{changes: [{seq, at, alarm, change, who, role, until_unix_ms, reason, \
                       detail}], older}`: `older` goes on as `before`; null at the end")))]
pub(super) async fn history(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<HistoryQuery>,
) -> Done {
    let HistoryQuery { alarm, from, to, before, limit } = query;
    for (field, text) in [("alarm", &alarm), ("from", &from), ("to", &to)] {
        let Some(text) = text else { continue };
        check_text(field, text, WHO_BYTES_MAX)?;
    }
    caller.permit(&app, Action::ViewLine, None).await?;
    let filter = AlarmHistoryFilter { alarm, from, to, before };
    let limit = limit.unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
    app.query(Query::AlarmHistory { filter, limit }).await.map(Json)
}

/// Where the page begins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// Before this sequence.
    before: Option<i64>,
    /// At most so many, up to 1,000.
    limit: Option<u16>,
}

/// What happened on the line and needed nobody's response, the latest first.
#[utoipa::path(get, path = "/alarms/events", tag = "alarms", params(EventsQuery),
    responses((status = 200, body = Object,
        description = "`{events: [{seq, chain, at, clock_synchronised, event}], older}`")))]
pub(super) async fn events(
    State(app): State<App>,
    caller: Caller,
    Asked(EventsQuery { before, limit }): Asked<EventsQuery>,
) -> Done {
    caller.permit(&app, Action::ViewLine, None).await?;
    let limit = limit.unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
    let before = before.unwrap_or(i64::MAX);
    app.query(Query::LineEvents { before, limit }).await.map(Json)
}
