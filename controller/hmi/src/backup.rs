//! Backups over the API: begin one, ask how it stands.
//!
//! Routed to by `api.rs`. Must never touch a file: the service does.

use crate::api::{Api, BodyBytes, ask, check_texts, json, text_of};
use crate::problem::Problem;
use crate::request::{BackupWish, Request};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupBody {
    who: String,
    wish: BackupWish,
}

/// `POST /backup`.
pub(crate) async fn begin(State(api): State<Api>, body: BodyBytes) -> Response {
    let read = || -> Result<BackupBody, Problem> {
        let body = text_of(body).and_then(|text| json::<BackupBody>(&text))?;
        check_texts(&body.who, "-")?;
        if !body.wish.out.is_absolute() {
            return Err(Problem::new(400, "out", "`out` is no absolute path")
                .at("out")
                .remedy("name a directory that is not there yet, from the root on"));
        }
        Ok(body)
    };
    match read() {
        Ok(BackupBody { who, wish }) => {
            ask(&api, |reply| Request::Backup { wish, who, reply }).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// `GET /backup`.
pub(crate) async fn state(State(api): State<Api>) -> Response {
    ask(&api, |reply| Request::BackupState { reply }).await
}
