//! What the steps of an order's workflow change, and the start that needs them.
//!
//! Called for records of the core and events of people, by the writer and by `verify`. Must never
//! let an order start or a reject be reviewed but as docs/record-format.md says.

use super::Place;
use super::signed::{alone, by_two, persons};
use crate::act::{Act, same_person};
use crate::error::{Fail, forbidden};
use crate::readiness::{self, Step};
use crate::workflow_body::{
    CLEARANCE_ITEMS_MAX, DEVICES_MAX, DevicesChecked, LineCleared, REMARK_MAX,
    REVIEWED_AT_ONCE_MAX, RejectReviewed, ResolveAsked, StartSigned,
};
use contracts::open_scs::JobOrderState;
use rusqlite::params;

/// After a restart the core begins in Held without a record of it: an order that was loaded or
/// running may then go on from there.
pub(super) fn order_state(
    at: &Place<'_>,
    from: JobOrderState,
    to: JobOrderState,
) -> Result<(), Fail> {
    use JobOrderState as S;
    let by_core = matches!(to, S::Running | S::Held | S::Suspended | S::Completed | S::Aborted);
    if !by_core {
        return forbidden(format!("order state {to:?} by a record of the core"));
    }
    if to == S::Running {
        first_start(at)?;
    }
    at.one(
        "UPDATE batch SET state = ?3 WHERE batch_no = ?1 \
         AND (state = ?2 OR (?2 = ?4 AND state IN (?5, ?6, ?7)))",
        [
            at.batch_no,
            from as i64,
            to as i64,
            S::Held as i64,
            S::Loaded as i64,
            S::Running as i64,
            S::Suspended as i64,
        ],
        &|| format!("order state {from:?} to {to:?}"),
    )
}

/// The first start of an order needs every step that its workflow names.
fn first_start(at: &Place<'_>) -> Result<(), Fail> {
    let order = readiness::order(at.conn, at.batch_no)?;
    if order.started_seq.is_some() {
        return Ok(());
    }
    let missing = readiness::missing(at.conn, &order, true)?;
    if !missing.is_empty() {
        return forbidden(format!("start of an order without {}", readiness::words(&missing)));
    }
    at.one("UPDATE batch SET started_seq = ?2 WHERE batch_no = ?1", [at.batch_no, at.seq], &|| {
        "the first start of an order".to_owned()
    })
}

/// A step is done; a later one of its kind counts.
pub(super) fn step(at: &Place<'_>, step: Step, passed: bool) -> Result<(), Fail> {
    at.one(
        "INSERT INTO workflow_step VALUES(?1, ?2, ?3, ?4) ON CONFLICT(batch_no, step) \
         DO UPDATE SET seq = excluded.seq, passed = excluded.passed",
        params![at.batch_no, step.name(), at.seq, passed],
        &|| format!("step {}", step.name()),
    )
}

/// The order is loaded and has not begun.
fn before_the_start(at: &Place<'_>, what: &str) -> Result<readiness::Order, Fail> {
    let order = readiness::order(at.conn, at.batch_no)?;
    match (order.is_loaded, order.started_seq) {
        (true, None) => Ok(order),
        _ => forbidden(format!("{what} of an order that is not loaded, or has begun")),
    }
}

pub(super) fn line_cleared(at: &Place<'_>, body: &LineCleared) -> Result<(), Fail> {
    let order = before_the_start(at, "clearance")?;
    by_two(at, Act::LineClearance, &body.by)?;
    let items = &body.items;
    let size = (1..=CLEARANCE_ITEMS_MAX).contains(&items.len());
    let texts = items.iter().map(|item| &item.item).chain([&body.remarks]);
    let bounded = texts.into_iter().all(|text| text.len() <= REMARK_MAX);
    if !size || !bounded || !items.iter().all(|item| item.done && !item.item.is_empty()) {
        return forbidden("a clearance with an item that is not done, or without items");
    }
    let list = &order.spec.workflow.clearance_items;
    if !list.is_empty() && !items.iter().map(|item| &item.item).eq(list) {
        return forbidden("a clearance by another checklist than the order's");
    }
    step(at, Step::LineClearance, true)
}

pub(super) fn devices_checked(at: &Place<'_>, body: &DevicesChecked) -> Result<(), Fail> {
    let order = readiness::order(at.conn, at.batch_no)?;
    let size = (1..=DEVICES_MAX).contains(&body.devices.len());
    if !order.is_loaded || !size || body.who.is_empty() {
        return forbidden("a device check of no device, by nobody, or of no loaded order");
    }
    if body.passed && !body.may_pass() {
        return forbidden("a device check that passed with a device that does not match");
    }
    step(at, Step::DeviceCheck, body.passed)
}

pub(super) fn start_signed(at: &Place<'_>, body: &StartSigned) -> Result<(), Fail> {
    let order = before_the_start(at, "signed start")?;
    alone(at, Act::OrderStart, &body.by, &[])?;
    let missing = readiness::missing(at.conn, &order, false)?;
    if !missing.is_empty() {
        return forbidden(format!("start signed without {}", readiness::words(&missing)));
    }
    step(at, Step::OrderStart, true)
}

/// One review for all of its packs; it supersedes earlier ones.
pub(super) fn reject_reviewed(at: &Place<'_>, body: &RejectReviewed) -> Result<(), Fail> {
    let tracks = &body.tracks;
    let in_order = tracks.windows(2).all(|pair| pair[0] < pair[1]);
    let size = (1..=REVIEWED_AT_ONCE_MAX).contains(&tracks.len());
    if !in_order || !size || body.comment.len() > REMARK_MAX {
        return forbidden("a review of no pack, of too many, or of one twice");
    }
    alone(at, Act::RejectReview, &body.by, &[])?;
    for track in tracks {
        if done_by(at.conn, at.batch_no, *track)?.iter().any(|did| same_person(did, &body.by.who)) {
            return forbidden(format!("review of track {track} by who acted on it"));
        }
        at.one(
            "UPDATE pack SET review_seq = ?3 \
             WHERE batch_no = ?1 AND track = ?2 AND verdict = 'reject'",
            params![at.batch_no, track, at.seq],
            &|| format!("review of track {track}, which is no reject"),
        )?;
        at.one(
            "INSERT INTO reject_review VALUES(?1, ?2, ?3, ?4, ?5)",
            params![at.batch_no, track, at.seq, body.finding.name(), body.by.who],
            &|| format!("review of track {track}"),
        )?;
    }
    Ok(())
}

/// Everyone who said or did something with a pack by hand.
pub(crate) fn done_by(
    conn: &rusqlite::Connection,
    batch_no: i64,
    track: u32,
) -> Result<Vec<String>, Fail> {
    let mut select = conn.prepare_cached(
        "SELECT who FROM pack_act WHERE batch_no = ?1 AND track = ?2 ORDER BY who",
    )?;
    let rows = select.query_map((batch_no, track), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn resolve_asked(at: &Place<'_>, body: &ResolveAsked) -> Result<(), Fail> {
    alone(at, Act::ResolvePack, &body.by, &[])?;
    if !readiness::order(at.conn, at.batch_no)?.is_loaded {
        return forbidden("a pack resolved of an order that is not loaded");
    }
    acted(at, Some(body.track), &[&body.by.who])
}

/// Remembers who acted on a pack.
pub(super) fn acted(at: &Place<'_>, track: Option<u32>, who: &[&str]) -> Result<(), Fail> {
    let Some(track) = track else { return Ok(()) };
    for who in who {
        at.one(
            "INSERT INTO pack_act VALUES(?1, ?2, ?3, ?4) ON CONFLICT(batch_no, track, who) \
             DO UPDATE SET seq = excluded.seq",
            params![at.batch_no, track, who, at.seq],
            &|| format!("act on track {track}"),
        )?;
    }
    Ok(())
}

/// What the close of an order that was loaded needs: no reject without a review, two signatures.
pub(super) fn may_close(
    at: &Place<'_>,
    signed: Option<&crate::ledger_body::TwoPersons>,
) -> Result<(), Fail> {
    if let Some(by) = signed {
        persons(
            at,
            Act::BatchClose,
            &[(&by.who, by.signature_seq), (&by.second, by.second_signature_seq)],
            &[],
        )?;
    }
    let order = readiness::order(at.conn, at.batch_no)?;
    if !order.is_loaded || order.spec.is_trial() {
        return Ok(());
    }
    if order.spec.workflow.signatures && signed.is_none() {
        return forbidden("close of an order without its signatures");
    }
    let unreviewed = readiness::unreviewed(at.conn, at.batch_no)?;
    if order.spec.workflow.review && unreviewed.count > 0 {
        return forbidden(format!("close with {} rejects that nobody reviewed", unreviewed.count));
    }
    Ok(())
}
