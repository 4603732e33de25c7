//! What people do on an order's way from loaded to closed, each a signed act in one commit.
//!
//! Called with the ledger at hand and the signatures as they were given. Must never tell the core
//! anything: the caller does, after the ledger has answered.

use super::refused;
use crate::service::clock::wall_clock;
use hmi::{Answer, Problem};
use ledger::{BatchNo, ClearanceItem, Closed, DevicesChecked, Finding, Ledger, Signed};
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use serde_json::json;

/// The line is cleared; `{seq}`.
///
/// # Errors
/// A [`Problem`].
pub fn clear_line(
    ledger: &mut Ledger,
    batch: BatchNo,
    items: &[ClearanceItem],
    remarks: &str,
    signed: &[Signed],
) -> Answer {
    let done = ledger.clear_line(wall_clock(), batch, (items, remarks), signed);
    done.map(|seq| json!({ "seq": seq })).map_err(|e| refused(&e, "line_clearance"))
}

/// The devices were compared with the recipe; `{seq, passed}`.
///
/// # Errors
/// A [`Problem`].
pub fn check_devices(ledger: &mut Ledger, batch: BatchNo, checked: &DevicesChecked) -> Answer {
    let done = ledger.check_devices(wall_clock(), batch, checked);
    let seq = done.map_err(|e| refused(&e, "device_check"))?;
    Ok(json!({ "seq": seq, "passed": checked.passed }))
}

/// Signs the start; only then may the core be told to start. `{seq}`.
///
/// # Errors
/// A [`Problem`].
pub fn sign_start(ledger: &mut Ledger, batch: BatchNo, signed: &Signed) -> Answer {
    let done = ledger.sign_start(wall_clock(), batch, signed);
    done.map(|seq| json!({ "seq": seq })).map_err(|e| refused(&e, "order_start"))
}

/// Whether the core may be told to start: asked before every start, also an unsigned one.
///
/// # Errors
/// A [`Problem`] that names the steps.
pub fn require_startable(ledger: &Ledger, batch: BatchNo) -> Result<(), Problem> {
    ledger.require_startable(batch).map_err(|e| refused(&e, "order_start"))
}

/// Reviews rejects; `{seq, reviewed}`.
///
/// # Errors
/// A [`Problem`].
pub fn review(
    ledger: &mut Ledger,
    batch: BatchNo,
    (tracks, finding, comment): (&[u32], Finding, &str),
    signed: &Signed,
) -> Answer {
    let mut tracks = tracks.to_vec();
    tracks.sort_unstable();
    tracks.dedup();
    let what = (tracks.as_slice(), finding, comment);
    let done = ledger.review_rejects(wall_clock(), batch, what, signed);
    let seq = done.map_err(|e| refused(&e, "reject_review"))?;
    Ok(json!({ "seq": seq, "reviewed": tracks.len() }))
}

/// Records what a person says became of an unresolved pack; then the core is told. `{seq}`.
///
/// # Errors
/// A [`Problem`].
pub fn ask_resolve(
    ledger: &mut Ledger,
    batch: BatchNo,
    (track, resolution): (u32, Resolution),
    signed: &Signed,
) -> Answer {
    let done = ledger.ask_resolve(wall_clock(), batch, (TrackIndex(track), resolution), signed);
    done.map(|seq| json!({ "seq": seq })).map_err(|e| refused(&e, "resolve_pack"))
}

/// Closes a batch with its signatures.
///
/// # Errors
/// A [`Problem`]: rejects without a review, books that do not reconcile, signatures.
pub fn close(ledger: &mut Ledger, batch: BatchNo, signed: &[Signed]) -> Result<Closed, Problem> {
    let done = ledger.close_batch_signed(wall_clock(), batch, signed);
    done.map_err(|e| refused(&e, "batch_close"))
}
