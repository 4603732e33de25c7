//! Acts: the one way in which something is done, and the addresses that are short for it.
//!
//! A person who has logged in is named by the session; signatures for the act are taken from where
//! `signing` left them. Must never perform anything: the service does.

use super::Done;
use crate::act::{Act, ITEMS_MAX};
use crate::app::App;
use crate::caller::Caller;
use crate::form::{Body, MayBody, REASON_BYTES_MAX, Seen, WHO_BYTES_MAX, check_text};
use crate::named::Named;
use crate::problem::Problem;
use crate::request::{BackupWish, By, OrderAction, Request};
use axum::Json;
use axum::extract::State;
use line_core::reason::Resolution;
use serde::Deserialize;
use utoipa::ToSchema;

/// Who asks and why, beside an act.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asking {
    /// Why.
    pub(super) reason: Option<String>,
    /// Who, where nobody has logged in.
    pub(super) who: Option<String>,
    /// The second person, where nobody has logged in.
    pub(super) second: Option<String>,
    /// Signatures for it, as /signatures gave them; the first person's first.
    #[serde(default)]
    pub(super) signatures: Vec<String>,
}

/// An act with who asks and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Performing {
    /// What is to be done.
    act: Act,
    /// Why.
    reason: Option<String>,
    /// Who, where nobody has logged in.
    who: Option<String>,
    /// The second person, where nobody has logged in.
    second: Option<String>,
    /// Signatures for it, as /signatures gave them; the first person's first.
    #[serde(default)]
    signatures: Vec<String>,
}

/// Does something.
#[utoipa::path(post, path = "/acts", tag = "acts", request_body = Performing,
    responses((status = 200, description = "done; what it brought", body = Object),
        (status = 403, description = "not permitted", body = Problem),
        (status = 409, description = "not now", body = Problem)))]
pub(super) async fn perform(
    State(app): State<App>,
    caller: Caller,
    Seen(expects): Seen,
    Body(body): Body<Performing>,
) -> Done {
    let Performing { act, reason, who, second, signatures } = body;
    done(&app, &caller, act, Asking { reason, who, second, signatures }, expects).await
}

/// Checks the form, asks whether it may be done, and has it done.
pub(super) async fn done(
    app: &App,
    caller: &Caller,
    act: Act,
    asking: Asking,
    expects: Option<u64>,
) -> Done {
    let Asking { reason, who, second, signatures } = asking;
    check_act(&act)?;
    for (field, text, max) in [
        ("reason", &reason, REASON_BYTES_MAX),
        ("who", &who, WHO_BYTES_MAX),
        ("second", &second, WHO_BYTES_MAX),
    ] {
        let Some(text) = text else { continue };
        check_text(field, text, max)?;
    }
    let by = caller.permit(app, act.action(), who).await?;
    let by = By { signatures: taken(app, caller, &signatures)?, ..by };
    let ask = |reply| Request::Act { act, by, reason, second, expects, reply };
    app.request(ask).await.map(Json)
}

/// The signatures of these ids; each is good for one act.
fn taken(app: &App, caller: &Caller, ids: &[String]) -> Result<Vec<people::Signature>, Problem> {
    let unknown = || {
        Problem::new(409, "signature_unknown", "a signature is not there, or was used already")
            .at("signatures")
            .remedy("sign again")
    };
    if ids.len() > 2 {
        return Err(Problem::new(400, "count", "no act has more than two signatures")
            .at("signatures")
            .remedy("send the first person's, then the second's"));
    }
    let session = caller.session();
    let take = |id: &String| session.and_then(|session| app.desk.take(id, &session));
    ids.iter().map(|id| take(id).ok_or_else(unknown)).collect()
}

/// Bounds of what goes into records.
pub(super) fn check_act(act: &Act) -> Result<(), Problem> {
    if let Some(batch) = act.batch() {
        check_text("batch", batch, WHO_BYTES_MAX)?;
    }
    let many = |count: usize| {
        let good = (1..=ITEMS_MAX).contains(&count);
        let detail = format!("1 to {ITEMS_MAX} at a time");
        if good { Ok(()) } else { Err(Problem::new(400, "count", detail).at("act")) }
    };
    match act {
        Act::Sample { serial, .. }
        | Act::FirstPackApproval { serial, .. }
        | Act::ManualRemoval { serial, .. } => {
            check_text("serial", serial, crate::form::SERIAL_BYTES_MAX)
        }
        Act::RejectReview { tracks, .. } => many(tracks.len()),
        Act::LineClearance { items, remarks, .. } => {
            many(items.len())?;
            for item in items {
                check_text("item", &item.item, REASON_BYTES_MAX)?;
            }
            remarks.as_ref().map_or(Ok(()), |r| check_text("remarks", r, REASON_BYTES_MAX))
        }
        Act::AlarmAcknowledge { alarm }
        | Act::AlarmShelve { alarm, .. }
        | Act::AlarmUnshelve { alarm } => check_text("alarm", alarm, WHO_BYTES_MAX),
        Act::Deviation { identity, .. } => check_text("identity", identity, WHO_BYTES_MAX),
        Act::Backup { wish } if !wish.out.is_absolute() => {
            Err(Problem::new(400, "out", "`out` is no absolute path")
                .at("out")
                .remedy("name a directory that is not there yet, from the root on"))
        }
        _ => Ok(()),
    }
}

/// `start`, `stop`, `hold`, `unhold` or `close`.
#[utoipa::path(post, path = "/orders/{batch}/{action}", tag = "orders",
    params(("batch" = String, Path), ("action" = String, Path)), request_body = Asking,
    responses((status = 200, description = "`{batch, state}`", body = Object),
        (status = 409, description = "not now", body = Problem)))]
pub(super) async fn order(
    State(app): State<App>,
    caller: Caller,
    Seen(expects): Seen,
    Named((batch, action)): Named<(String, String)>,
    MayBody(asking): MayBody<Asking>,
) -> Done {
    let Some(action) = OrderAction::from_name(&action) else {
        return Err(Problem::new(404, "unknown_action", "an order knows no such action")
            .at(format!("/api/v1/orders/{batch}/{action}"))
            .remedy("use start, stop, hold, unhold or close"));
    };
    done(&app, &caller, Act::of_order(batch, action), asking, expects).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResolveBody {
    /// `exited`, `ejected` or `removed`.
    #[serde(rename = "as")]
    #[schema(value_type = String)]
    resolution: Resolution,
    /// Why.
    reason: String,
    /// Who, where nobody has logged in.
    who: Option<String>,
    /// Signature for it.
    #[serde(default)]
    signatures: Vec<String>,
}

/// Says what became of an unresolved pack.
#[utoipa::path(post, path = "/orders/{batch}/packs/{track}/resolve", tag = "orders",
    params(("batch" = String, Path), ("track" = String, Path)), request_body = ResolveBody,
    responses((status = 200, description = "`{batch, track, state}`", body = Object)))]
pub(super) async fn resolve(
    State(app): State<App>,
    caller: Caller,
    Named((batch, track)): Named<(String, String)>,
    Body(body): Body<ResolveBody>,
) -> Done {
    let track = track.parse().map_err(|_| {
        Problem::new(400, "track_number", format!("{track:?} is no track number"))
            .at("track")
            .remedy("use the number that the unresolved packs of /api/v1/status have")
    })?;
    let ResolveBody { resolution, reason, who, signatures } = body;
    let act = Act::ResolvePack { batch, track, resolution };
    let asking = Asking { reason: Some(reason), who, second: None, signatures };
    done(&app, &caller, act, asking, None).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BackupBody {
    /// Who, where nobody has logged in.
    who: Option<String>,
    /// What is wanted.
    wish: BackupWish,
}

/// Begins a backup.
#[utoipa::path(post, path = "/backup", tag = "service", request_body = BackupBody,
    responses((status = 200, description = "`{state, out, events, of}`", body = Object)))]
pub(super) async fn backup(
    State(app): State<App>,
    caller: Caller,
    Body(BackupBody { who, wish }): Body<BackupBody>,
) -> Done {
    done(&app, &caller, Act::Backup { wish }, Asking { who, ..Asking::default() }, None).await
}
