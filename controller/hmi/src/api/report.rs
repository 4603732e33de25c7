//! A batch's report or export as a file.
//!
//! It is given out when it is on record, with its SHA-256. Must never hold the whole file in
//! memory, nor make more than one at a time.

use crate::app::App;
use crate::caller::Caller;
use crate::form::{Asked, WHO_BYTES_MAX, check_text};
use crate::named::Named;
use crate::problem::Problem;
use crate::query::ReportForm;
use crate::request::Request;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use people::Action;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Read};
use utoipa::IntoParams;

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;

/// The form of the file.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    /// `pdf`, `xlsx`, `csv`, `json`, or `epcis`.
    #[param(inline)]
    format: ReportForm,
    /// Name for the record of who bears the service's token.
    who: Option<String>,
}

/// The batch record, or the batch's EPCIS events. Who took it is on record; the `ETag` is the
/// SHA-256 of the file.
#[utoipa::path(get, path = "/orders/{batch}/report", tag = "orders",
    params(("batch" = String, Path), ReportQuery),
    responses((status = 200, description = "the file", body = String),
        (status = 404, description = "no such batch", body = Problem),
        (status = 409, description = "the batch went on meanwhile", body = Problem)))]
pub(super) async fn file(
    State(app): State<App>,
    caller: Caller,
    Named(batch): Named<String>,
    Asked(ReportQuery { format, who }): Asked<ReportQuery>,
) -> Result<Response, Problem> {
    if let Some(who) = &who {
        check_text("who", who, WHO_BYTES_MAX)?;
    }
    let by = caller.permit(&app, Action::ReportExport, who).await?;
    let id = batch.clone();
    let made = app.make(move |queries| queries.report(&id, format)).await?;
    let (sha256, bytes) = (made.sha256, made.bytes);
    let (etag, name) = (format!("\"{sha256}\""), file_name(&batch, format));
    let noted = |reply| Request::ReportMade { by, batch, form: format, sha256, bytes, reply };
    app.request(noted).await?;
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok((
        [
            (header::CONTENT_TYPE, content_type(format).to_owned()),
            (header::CONTENT_LENGTH, bytes.to_string()),
            (header::CONTENT_DISPOSITION, disposition),
            (header::ETAG, etag),
        ],
        pieces(made.file),
    )
        .into_response())
}

fn file_name(batch: &str, form: ReportForm) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() || char == '-' { char } else { '_' };
    let batch: String = batch.chars().map(plain).collect();
    match form {
        ReportForm::Epcis => format!("{batch}-epcis.jsonld"),
        other => format!("{batch}.{}", other.name()),
    }
}

const fn content_type(form: ReportForm) -> &'static str {
    match form {
        ReportForm::Pdf => "application/pdf",
        ReportForm::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ReportForm::Csv => "text/csv; charset=utf-8",
        ReportForm::Json => "application/json",
        ReportForm::Epcis => "application/ld+json",
    }
}

/// The file piece by piece, each read when the one before is gone.
fn pieces(file: File) -> Body {
    Body::from_stream(unfold(Some(file), |file| async move {
        let file = file?;
        match tokio::task::spawn_blocking(move || piece(file)).await {
            Ok(Ok((piece, _))) if piece.is_empty() => None,
            Ok(Ok((piece, file))) => Some((Ok(piece), Some(file))),
            Ok(Err(error)) => Some((Err(error), None)),
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    }))
}

fn piece(mut file: File) -> io::Result<(Vec<u8>, File)> {
    let mut piece = vec![0; PIECE];
    let read = file.read(&mut piece)?;
    piece.truncate(read);
    Ok((piece, file))
}
