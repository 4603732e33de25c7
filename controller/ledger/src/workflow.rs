//! The steps of an order's workflow: clearance, device check, signed start, reviews, resolutions.
//!
//! Called by the service with what people gave, off the hot path. Must never do a step without its
//! signatures in the same commit.

use crate::act::{Act, Signed, sign_alone, sign_by_two};
use crate::apply::workflow::done_by;
use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::{BatchNo, Chain};
use crate::ledger::Ledger;
use crate::order::free_order;
use crate::readiness::{self, Order};
use crate::service::ServiceBody;
use crate::tx::Tx;
use crate::workflow_body::{
    ClearanceItem, DevicesChecked, Finding, LineCleared, REMARK_MAX, REVIEWED_AT_ONCE_MAX,
    RejectReviewed, ResolveAsked, StartSigned,
};
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use rusqlite::Connection;

impl Ledger {
    /// The line is cleared of the batch before: performed, then reviewed by another person. A later
    /// clearance supersedes. Returns the event's sequence.
    ///
    /// # Errors
    /// [`Refusal`]: the order is not loaded or has begun, an item is missing or not done, the
    /// signatures do not fit; or the commit failed.
    pub fn clear_line(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        (items, remarks): (&[ClearanceItem], &str),
        signed: &[Signed],
    ) -> Result<i64, LedgerError> {
        self.transact(now, |tx| {
            let order = before_start(tx, batch)?;
            let list = &order.spec.workflow.clearance_items;
            let whole = list.is_empty() || items.iter().map(|item| &item.item).eq(list);
            if items.is_empty() || !whole || items.iter().any(|item| !item.done) {
                return Err(Refusal::Checklist.into());
            }
            let chain = Chain::Batch(batch);
            let by = sign_by_two(tx, chain, Act::LineClearance, signed, &[])?;
            let (items, remarks) = (items.to_vec(), remarks.to_owned());
            tx.service(chain, &ServiceBody::LineCleared(LineCleared { items, remarks, by }))
        })
    }

    /// Records a comparison of the devices with the recipe; the latest counts. Returns the event's
    /// sequence.
    ///
    /// # Errors
    /// [`Refusal`]: the order is not loaded, or it passed with a device that does not match; or the
    /// commit failed.
    pub fn check_devices(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        checked: &DevicesChecked,
    ) -> Result<i64, LedgerError> {
        self.transact(now, |tx| {
            free_order(tx.conn, batch)?;
            let order = readiness::order(tx.conn, batch.0)?;
            if !order.is_loaded {
                return Err(Refusal::NotBeforeStart.into());
            }
            if checked.passed && !checked.may_pass() {
                let bad = checked.devices.iter().find(|device| !device.link || !device.matches);
                let what = bad.map_or("an empty pool or a wrong hash", |device| &device.device);
                return Err(Refusal::DeviceCheck(what.to_owned()).into());
            }
            tx.service(Chain::Batch(batch), &ServiceBody::DevicesChecked(checked.clone()))
        })
    }

    /// Signs the start of an order; every other step before it must be done. The core may begin
    /// when this is committed. Returns the event's sequence.
    ///
    /// # Errors
    /// [`Refusal::StepsMissing`] and others; or the commit failed.
    pub fn sign_start(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        signed: &Signed,
    ) -> Result<i64, LedgerError> {
        self.transact(now, |tx| {
            let order = before_start(tx, batch)?;
            let missing = readiness::missing(tx.conn, &order, false)?;
            if !missing.is_empty() {
                return Err(Refusal::StepsMissing(missing).into());
            }
            let chain = Chain::Batch(batch);
            let by = sign_alone(tx, chain, Act::OrderStart, signed, &[])?;
            tx.service(chain, &ServiceBody::StartSigned(StartSigned { by }))
        })
    }

    /// True when the order may begin, or go on: what its first start needs is on record.
    ///
    /// # Errors
    /// [`Refusal::StepsMissing`] names what is not; or reading failed.
    pub fn require_startable(&self, batch: BatchNo) -> Result<(), LedgerError> {
        let order = readiness::order(&self.conn, batch.0).map_err(LedgerError::from_fail)?;
        if order.started_seq.is_some() {
            return Ok(());
        }
        let missing = readiness::missing(&self.conn, &order, true);
        match missing.map_err(LedgerError::from_fail)? {
            steps if steps.is_empty() => Ok(()),
            steps => Err(Refusal::StepsMissing(steps).into()),
        }
    }

    /// Reviews rejects, all with one finding and one signature; a later review of a pack
    /// supersedes, a new verdict ends it. Returns the event's sequence.
    ///
    /// # Errors
    /// [`Refusal`]: no pack, too many, one that is no reject, the signer acted on one of them, the
    /// signature does not fit; or the commit failed.
    pub fn review_rejects(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        (tracks, finding, comment): (&[u32], Finding, &str),
        signed: &Signed,
    ) -> Result<i64, LedgerError> {
        let in_order = tracks.windows(2).all(|pair| pair[0] < pair[1]);
        if !in_order || tracks.is_empty() || tracks.len() > REVIEWED_AT_ONCE_MAX {
            let (given, max) = (tracks.len(), REVIEWED_AT_ONCE_MAX);
            return Err(Refusal::Reviewed { given, max }.into());
        }
        if comment.len() > REMARK_MAX {
            return Err(Refusal::OutOfBounds("the comment").into());
        }
        self.transact(now, |tx| {
            free_order(tx.conn, batch)?;
            let mut acted = Vec::new();
            for track in tracks {
                if !is_reject(tx.conn, batch, *track)? {
                    return Err(Refusal::NoReject(TrackIndex(*track)).into());
                }
                acted.extend(done_by(tx.conn, batch.0, *track)?);
            }
            let chain = Chain::Batch(batch);
            let by = sign_alone(tx, chain, Act::RejectReview, signed, &acted)?;
            let (tracks, comment) = (tracks.to_vec(), comment.to_owned());
            let body = RejectReviewed { tracks, finding, comment, by };
            tx.service(chain, &ServiceBody::RejectReviewed(body))
        })
    }

    /// Records what a person says became of an unresolved pack, before the core is told. Returns
    /// the event's sequence.
    ///
    /// # Errors
    /// [`Refusal`]: the order is not loaded, the signature does not fit; or the commit failed.
    pub fn ask_resolve(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        (track, resolution): (TrackIndex, Resolution),
        signed: &Signed,
    ) -> Result<i64, LedgerError> {
        self.transact(now, |tx| {
            free_order(tx.conn, batch)?;
            if !readiness::order(tx.conn, batch.0)?.is_loaded {
                return Err(Refusal::NotBeforeStart.into());
            }
            let chain = Chain::Batch(batch);
            let by = sign_alone(tx, chain, Act::ResolvePack, signed, &[])?;
            let body = ResolveAsked { track: track.0, resolution, by };
            tx.service(chain, &ServiceBody::ResolveAsked(body))
        })
    }
}

fn before_start(tx: &Tx<'_>, batch: BatchNo) -> Result<Order, Fail> {
    free_order(tx.conn, batch)?;
    let order = readiness::order(tx.conn, batch.0)?;
    if !order.is_loaded || order.started_seq.is_some() {
        return Err(Refusal::NotBeforeStart.into());
    }
    Ok(order)
}

fn is_reject(conn: &Connection, batch: BatchNo, track: u32) -> Result<bool, Fail> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pack WHERE batch_no = ?1 AND track = ?2 \
               AND verdict = 'reject')";
    Ok(conn.prepare_cached(sql)?.query_row((batch.0, track), |row| row.get(0))?)
}
