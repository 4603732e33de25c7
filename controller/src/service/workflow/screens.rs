//! What the pages of start, review and close show, as JSON from the ledger's read side.
//!
//! Called with a [`Reader`] of the ledger or of a sealed batch's file. Must never write.

use super::{evidence, refused};
use crate::names::name_of;
use crate::service::load::ledger_problem;
use crate::service::queries::image_of;
use hmi::{Answer, Problem};
use ledger::{BatchNo, PageFrom, Reader, RejectFilter};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// `{steps: [{step, state: done|missing|failed|waived, seq, by, at, detail}], before_start}`.
///
/// # Errors
/// A [`Problem`].
pub fn readiness(reader: &Reader, batch: BatchNo) -> Answer {
    let readiness = reader.readiness(batch).map_err(|e| refused(&e, "batch"))?;
    Ok(json!({ "before_start": readiness.before_start(), "steps": readiness.steps }))
}

/// `{rows: [{track, serial, reason, device, at, verdict_seq, fate, review}], more_before,
/// more_after, total, unreviewed, by_reason: [{reason, device, total, unreviewed}]}`.
///
/// # Errors
/// A [`Problem`].
pub fn rejects(
    reader: &Reader,
    batch: BatchNo,
    filter: &RejectFilter,
    (from, limit): (PageFrom, u32),
) -> Answer {
    let page = reader.reject_page(batch, filter, (from, limit)).map_err(|e| ledger_problem(&e))?;
    Ok(json!(page))
}

/// A pack with `neighbours` on either side: `{pack, expected, grade, events, image, image_file,
/// before, after, reviews, done_by, fields, image_state}`; `image_file` is relative to the data
/// directory.
///
/// # Errors
/// A [`Problem`]; 404 for an unknown pack.
pub fn pack(
    reader: &Reader,
    (batch, id): (BatchNo, &str),
    data_dir: &Path,
    track: u32,
    neighbours: u32,
) -> Answer {
    let found = reader.pack_detail(batch, track, neighbours).map_err(|e| ledger_problem(&e))?;
    let detail = found.ok_or_else(|| {
        Problem::new(404, "unknown_pack", format!("batch {id} has no pack {track}"))
            .at("track")
            .remedy("go through the list of its rejects")
    })?;
    let file = image_of(data_dir, id, track);
    let mut told = json!(detail);
    let spec = reader.spec(batch).map_err(|e| ledger_problem(&e))?;
    let year = spec.expiry.to_iso().get(..4).and_then(|year| year.parse().ok());
    let image = file.as_ref().map(|name| data_dir.join(name));
    evidence::add(&mut told, image.as_deref(), year.unwrap_or_default());
    told["image_file"] = json!(file);
    Ok(told)
}

/// `{books, identities, deviations, unresolved, in_process, unreviewed, signatures, readiness}`.
///
/// # Errors
/// A [`Problem`].
pub fn close(reader: &Reader, batch: BatchNo) -> Answer {
    let overview = reader.close_overview(batch).map_err(|e| refused(&e, "batch"))?;
    Ok(json!(overview))
}

/// `{done_by: [..]}`: who acted on these packs and so may not review them.
///
/// # Errors
/// A [`Problem`].
pub fn done_by(reader: &Reader, batch: BatchNo, tracks: &[u32]) -> Answer {
    let mut persons = Vec::new();
    for track in tracks {
        persons.extend(reader.done_by(batch, *track).map_err(|e| ledger_problem(&e))?);
    }
    persons.sort();
    persons.dedup();
    Ok(json!({ "done_by": persons }))
}

/// Rejects that are told one by one on a sheet; of more only how many for which reason.
const TOLD_MAX: usize = 20;

/// What a reviewer signs of the packs: serial and reason of each, or how many for each reason.
///
/// # Errors
/// A [`Problem`].
pub fn reviewed(reader: &Reader, batch: BatchNo, tracks: &[u32]) -> Answer {
    let (mut each, mut by_reason) = (Vec::new(), BTreeMap::<String, u32>::new());
    for track in tracks {
        let rows = reader.packs(batch, track.saturating_sub(1), 1);
        let row = rows.map_err(|e| ledger_problem(&e))?.into_iter().find(|row| row.track == *track);
        let reason = row.as_ref().and_then(|row| row.reason).map(|reason| name_of(&reason));
        *by_reason.entry(reason.clone().unwrap_or_default()).or_default() += 1;
        each.push(
            json!({ "track": track, "serial": row.and_then(|r| r.serial), "reason": reason }),
        );
    }
    Ok(if tracks.len() <= TOLD_MAX { json!(each) } else { json!(by_reason) })
}
