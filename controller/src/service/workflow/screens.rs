//! What the pages of start, review and close show, as JSON from the ledger's read side.
//!
//! Called with a [`Reader`] of the ledger or of a sealed batch's file. Must never write.

use super::refused;
use crate::service::images::image_name;
use crate::service::load::ledger_problem;
use hmi::{Answer, Problem};
use ledger::{BatchNo, PageFrom, Reader, RejectFilter};
use line_core::record::Verdict;
use serde_json::json;
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
/// before, after, reviews, done_by}`; `image_file` is relative to the data directory.
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
    let accepted = detail.pack.verdict == Some(Verdict::Accept);
    let file = [accepted, !accepted].iter().find_map(|&accepted| {
        let name = format!("images/{id}/{}", image_name(track, accepted));
        data_dir.join(&name).exists().then_some(name)
    });
    let mut told = json!(detail);
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
