//! The audit trail: reading it page by page, and as a file.
//!
//! An export is given out when it is on record. Must never leave an event out that was asked for.

use super::Done;
use crate::app::App;
use crate::caller::Caller;
use crate::form::{Asked, WHO_BYTES_MAX, check_text};
use crate::problem::Problem;
use crate::query::{AuditFilter, AuditForm, AuditWay, Query};
use crate::request::Request;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use people::Action;
use serde::Deserialize;
use utoipa::IntoParams;

const PER_PAGE: u16 = 100;
const PER_PAGE_MAX: u16 = 1_000;

/// What is looked for, which way, how many. Without `after` and `before`: the newest.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// Who did it.
    who: Option<String>,
    /// Kind of the event: `command`, `signature`, `access`, `user_changed`, ..
    kind: Option<String>,
    /// `site`, or a batch.
    chain: Option<String>,
    /// Not before this, RFC 3339 in UTC or its beginning.
    from: Option<String>,
    /// Before this, the same.
    to: Option<String>,
    /// Events after this sequence, the oldest first.
    after: Option<i64>,
    /// Events before this sequence, the newest first.
    before: Option<i64>,
    /// At most so many, up to 1,000.
    limit: Option<u16>,
}

/// What is looked for, and the form of the file.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportQuery {
    /// Who did it.
    who: Option<String>,
    /// Kind of the event.
    kind: Option<String>,
    /// `site`, or a batch.
    chain: Option<String>,
    /// Not before this.
    from: Option<String>,
    /// Before this.
    to: Option<String>,
    /// `csv` or `json`.
    #[serde(default)]
    #[param(inline)]
    form: AuditForm,
}

fn checked(filter: AuditFilter) -> Result<AuditFilter, Problem> {
    let AuditFilter { who, kind, chain, from, to } = &filter;
    for (field, text) in
        [("who", who), ("kind", kind), ("chain", chain), ("from", from), ("to", to)]
    {
        let Some(text) = text else { continue };
        check_text(field, text, WHO_BYTES_MAX)?;
    }
    Ok(filter)
}

/// A page of the audit trail.
#[utoipa::path(get, path = "/audit", tag = "audit", params(PageQuery),
    responses((status = 200, body = Object,
        description = "`{events: [{seq, chain, at, clock_synchronised, event}], older, newer}`: \
                       `older` goes on as `before`, `newer` as `after`; null at the end")))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Done {
    let PageQuery { who, kind, chain, from, to, after, before, limit } = query;
    let filter = checked(AuditFilter { who, kind, chain, from, to })?;
    let way = match (after, before) {
        (Some(after), None) => AuditWay::After(after),
        (None, before) => AuditWay::Before(before.unwrap_or(i64::MAX)),
        (Some(_), Some(_)) => {
            return Err(Problem::new(400, "query", "a page goes one way")
                .at("after, before")
                .remedy("give after or before"));
        }
    };
    caller.permit(&app, Action::AuditRead, None).await?;
    let limit = limit.unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
    app.query(Query::Audit { filter, way, limit }).await.map(Json)
}

/// The audit trail as a file. Who took it is on record, with the file's SHA-256.
#[utoipa::path(get, path = "/audit/export", tag = "audit", params(ExportQuery),
    responses((status = 200, description = "the file", body = String),
        (status = 422, description = "too much for one file", body = Problem)))]
pub(super) async fn export(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, Problem> {
    let ExportQuery { who, kind, chain, from, to, form } = query;
    let filter = checked(AuditFilter { who, kind, chain, from, to })?;
    let by = caller.permit(&app, Action::AuditExport, None).await?;
    let made = app.query(Query::AuditExport { filter, form }).await?;
    let text = made["text"].as_str().unwrap_or_default().to_owned();
    let sha256 = made["sha256"].as_str().unwrap_or_default();
    let what = format!("{} of {} events", Action::AuditExport.name(), made["events"]);
    let new = Some(format!("sha256:{sha256}"));
    app.request(|reply| Request::Note { by, what, new, reply }).await?;
    let (kind, name) = match form {
        AuditForm::Csv => ("text/csv; charset=utf-8", "audit.csv"),
        AuditForm::Json => ("application/json", "audit.json"),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok((
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)],
        text,
    )
        .into_response())
}
