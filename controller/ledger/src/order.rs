//! An order's way to Loaded: authority, opening, allocation in slices, or giving it up.
//!
//! Called off the hot path, one slice a commit. Must never allocate a serial that the product had
//! before (invariant I3) nor let a half-loaded order run.

use crate::apply::own::pool_digest;
use crate::batch_spec::{BatchSpec, Challenge, PoolSource};
use crate::chain::SerialDigest;
use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::{BatchNo, Chain, LedgerKind};
use crate::ledger::Ledger;
use crate::ledger_body::LedgerBody;
use crate::names::order_state;
use crate::restored::{ProductBlock, product_block};
use crate::tx::{Head, OpenChain, Tx};
use codes::{Gtin, SerialNumber};
use contracts::open_scs::{JobOrderState, SerialState};
use line_core::limits::ORDER_SERIALS_MAX;
use rusqlite::{Connection, OptionalExtension, params};

/// Serials of one commit: longer ones would delay hot rows.
pub const SLICE_MAX: usize = 128;

impl Ledger {
    /// Grants this line a part of the product code's serial space, or takes it away.
    ///
    /// # Errors
    /// The commit failed.
    pub fn set_authority(
        &mut self,
        now: WallClock,
        gtin: Gtin,
        partition: Option<&str>,
        who: &str,
    ) -> Result<(), LedgerError> {
        let body = LedgerBody::AuthoritySet {
            gtin: gtin.as_str().to_owned(),
            partition: partition.map(str::to_owned),
            who: who.to_owned(),
        };
        self.transact(now, |tx| tx.own(Chain::Site, &body)).map(|_| ())
    }

    /// This line's part of the product code's serial space, when it has one.
    ///
    /// # Errors
    /// Reading failed.
    pub fn authority(&self, gtin: Gtin) -> Result<Option<String>, LedgerError> {
        Ok(authority(&self.conn, gtin)?)
    }

    /// Whether the latest challenge of the order's batch has passed; none if it had none.
    ///
    /// # Errors
    /// Reading failed.
    pub fn challenge_passed(&self, batch: BatchNo) -> Result<Option<bool>, LedgerError> {
        Ok(self
            .conn
            .query_row(
                "SELECT passed FROM trial WHERE batch_no = ?1 AND mode = 'challenge' \
                 ORDER BY seq DESC LIMIT 1",
                [batch.0],
                |row| row.get(0),
            )
            .optional()?)
    }

    /// Serials of the product code that are alive: anything but unallocated, SNInvalid, scrapped,
    /// label sample or destroyed. For the guess rule (Delegated Regulation (EU) 2016/161,
    /// Art. 4(c)).
    ///
    /// # Errors
    /// Reading failed.
    pub fn alive_serials(&self, gtin: Gtin) -> Result<u64, LedgerError> {
        use SerialState as S;
        let alive: i64 = self.conn.query_row(
            "SELECT count(*) FROM pool_serial s JOIN batch b ON b.batch_no = s.batch_no \
             WHERE b.gtin = ?1 AND b.sealed_seq IS NULL AND s.state IN (?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                gtin.as_str(),
                S::Allocated as i64,
                S::Encoded as i64,
                S::Commissioned as i64,
                S::Sampled as i64,
                S::Inactive as i64,
                S::Released as i64
            ],
            |row| row.get(0),
        )?;
        let sealed: i64 = self.conn.query_row(
            "SELECT coalesce(sum(sealed_alive), 0) FROM batch WHERE gtin = ?1",
            [gtin.as_str()],
            |row| row.get(0),
        )?;
        Ok((alive + sealed).unsigned_abs())
    }

    /// Opens a batch: genesis in the site chain, first event of its own chain. The order is Ready.
    ///
    /// # Errors
    /// Another batch is open, the id was used, no authority, a waived challenge on a production
    /// ledger, an order that is too large, or the commit failed.
    pub fn open_batch(&mut self, now: WallClock, spec: &BatchSpec) -> Result<BatchNo, LedgerError> {
        self.open_with(now, spec, None)
    }

    /// The same for an order whose serials this line does not draw: where they come from is in
    /// the same commit, and the order is Loaded only with exactly that many.
    ///
    /// # Errors
    /// As [`Ledger::open_batch`].
    pub fn open_batch_from(
        &mut self,
        now: WallClock,
        spec: &BatchSpec,
        source: &PoolSource,
    ) -> Result<BatchNo, LedgerError> {
        self.open_with(now, spec, Some(source))
    }

    fn open_with(
        &mut self,
        now: WallClock,
        spec: &BatchSpec,
        source: Option<&PoolSource>,
    ) -> Result<BatchNo, LedgerError> {
        let waived = spec.challenge == Challenge::WaivedSimulation && !spec.is_trial();
        if self.kind == LedgerKind::Production && waived {
            return Err(Refusal::ChallengeNeeded.into());
        }
        let count = match source {
            None => spec.pool_size(),
            Some(PoolSource::Imported { count, .. } | PoolSource::Kept { count }) => {
                u64::from(*count)
            }
        };
        if count > ORDER_SERIALS_MAX as u64 {
            return Err(Refusal::OrderTooLarge { max: ORDER_SERIALS_MAX }.into());
        }
        self.last_record = None;
        self.transact(now, |tx| {
            let no = open(tx, spec)?;
            if let Some(source) = source {
                tx.own(Chain::Batch(no), &sourced(source))?;
            }
            Ok(no)
        })
    }

    /// Allocates the next serials of the open batch; returns how many it has now.
    ///
    /// # Errors
    /// `Refusal::Collision` names those that the product had before: nothing was written, draw
    /// them anew. Others: too long a slice, not at the high-water mark, wrong order state, commit.
    pub fn allocate_slice(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        first: u32,
        serials: &[SerialNumber],
    ) -> Result<usize, LedgerError> {
        if serials.len() > SLICE_MAX {
            return Err(Refusal::SliceTooLong { given: serials.len(), max: SLICE_MAX }.into());
        }
        let total = first as usize + serials.len();
        if total > ORDER_SERIALS_MAX {
            return Err(Refusal::OrderTooLarge { max: ORDER_SERIALS_MAX }.into());
        }
        let texts: Vec<&str> = serials.iter().map(SerialNumber::as_str).collect();
        let mut digest = SerialDigest::new();
        texts.iter().for_each(|text| digest.add(text));
        let digest = digest.hex();
        let count = serials.len() as u32;
        self.transact(now, |tx| {
            let order = free_order(tx.conn, batch)?;
            ready(&order)?;
            if order.allocated != first {
                return Err(Refusal::NotAtHighWater { expected: order.allocated }.into());
            }
            let body = LedgerBody::SerialsAllocated { first, count, digest };
            tx.own_with(Chain::Batch(batch), &body, &texts, &[]).map(|_| total)
        })
    }

    /// Ends the allocation: the order is Loaded, the digest of all its serials is in the chain.
    ///
    /// # Errors
    /// Fewer serials than the target, wrong order state, or the commit failed.
    pub fn finish_allocation(&mut self, now: WallClock, batch: BatchNo) -> Result<(), LedgerError> {
        self.transact(now, |tx| {
            let order = free_order(tx.conn, batch)?;
            ready(&order)?;
            let (allocated, target) = (order.allocated, order.target);
            if !order.trial && (allocated < target || allocated == 0) {
                return Err(Refusal::TooFewSerials { allocated, target }.into());
            }
            let digest = pool_digest(&tx.place(Chain::Batch(batch), 0, 0))?;
            let body = LedgerBody::PoolAllocated { count: allocated, digest };
            tx.own(Chain::Batch(batch), &body).map(|_| ())
        })
    }

    /// Gives up a half-loaded order: its serials become SNInvalid (of a pool from outside:
    /// Unallocated), the order Aborted; close it next.
    ///
    /// # Errors
    /// The order is not Ready, or the commit failed.
    pub fn cancel_loading(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        who: &str,
    ) -> Result<(), LedgerError> {
        self.transact(now, |tx| {
            let order = free_order(tx.conn, batch)?;
            ready(&order)?;
            let drawn = !has_source(tx.conn, batch)?;
            let invalid = if drawn { order.allocated } else { 0 };
            let body = LedgerBody::LoadingCancelled { invalid, who: who.to_owned() };
            tx.own(Chain::Batch(batch), &body).map(|_| ())
        })
    }
}

pub(crate) fn authority(conn: &Connection, gtin: Gtin) -> rusqlite::Result<Option<String>> {
    let found: Option<Option<String>> = conn
        .query_row("SELECT partition FROM authority WHERE gtin = ?1", [gtin.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(found.flatten())
}

fn sourced(source: &PoolSource) -> LedgerBody {
    match source.clone() {
        PoolSource::Imported { provider, claim, sha256, count } => {
            LedgerBody::PoolImported { provider, claim, sha256, count }
        }
        PoolSource::Kept { count } => LedgerBody::PoolKept { count },
    }
}

fn has_source(conn: &Connection, batch: BatchNo) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pool_source WHERE batch_no = ?1)";
    conn.query_row(sql, [batch.0], |row| row.get(0))
}

fn open(tx: &mut Tx<'_>, spec: &BatchSpec) -> Result<BatchNo, Fail> {
    let place = if spec.is_trial() { &tx.heads.trial } else { &tx.heads.batch };
    if let Some(open) = place {
        return Err(Refusal::BatchOpen(open.id.clone()).into());
    }
    let known: i64 = tx.conn.query_row(
        "SELECT count(*) FROM batch WHERE batch = ?1 COLLATE NOCASE",
        [spec.batch.as_str()],
        |row| row.get(0),
    )?;
    if known != 0 {
        return Err(Refusal::BatchExists(spec.batch.clone()).into());
    }
    if !spec.is_trial() && authority(tx.conn, spec.gtin)?.is_none() {
        return Err(Refusal::NoAuthority(spec.gtin.as_str().to_owned()).into());
    }
    if !spec.is_trial() && product_block(tx.conn, spec.gtin)? == ProductBlock::Blocked {
        return Err(Refusal::ProductBlocked(spec.gtin.as_str().to_owned()).into());
    }
    let no = tx.conn.query_row("SELECT coalesce(max(batch_no), 0) + 1 FROM batch", [], |row| {
        row.get(0).map(BatchNo)
    })?;
    let genesis = LedgerBody::BatchGenesis { batch: spec.batch.clone(), batch_no: no };
    tx.own(Chain::Site, &genesis)?;
    let head = Head { chain_seq: 0, seq: 0, hash: tx.heads.site.hash };
    let open = Some(OpenChain { no, id: spec.batch.clone(), head });
    if spec.is_trial() {
        tx.heads.trial = open;
    } else {
        tx.heads.batch = open;
    }
    let opened = LedgerBody::BatchOpened { batch_no: no, spec: spec.clone() };
    tx.own_with(Chain::Batch(no), &opened, &[], &spec.config_bytes)?;
    Ok(no)
}

/// What the ledger knows of an order.
pub(crate) struct Order {
    pub(crate) state: JobOrderState,
    pub(crate) allocated: u32,
    pub(crate) target: u32,
    pub(crate) trial: bool,
    pub(crate) blocked: bool,
}

/// The order, unless a restore has blocked it.
pub(crate) fn free_order(conn: &Connection, batch: BatchNo) -> Result<Order, Fail> {
    let found = order(conn, batch)?;
    if found.blocked { Err(Refusal::Blocked.into()) } else { Ok(found) }
}

pub(crate) fn order(conn: &Connection, batch: BatchNo) -> Result<Order, Fail> {
    let found = conn
        .prepare_cached(
            "SELECT state, allocated, target, mode <> 'production', blocked \
             FROM batch WHERE batch_no = ?1",
        )?
        .query_row([batch.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .optional()?;
    let (state, allocated, target, trial, blocked) = found.ok_or(Refusal::UnknownBatch)?;
    let state = order_state(state).ok_or(Refusal::UnknownBatch)?;
    Ok(Order { state, allocated, target, trial, blocked })
}

fn ready(order: &Order) -> Result<(), Refusal> {
    match order.state {
        JobOrderState::Ready => Ok(()),
        other => Err(Refusal::WrongOrderState(other)),
    }
}
