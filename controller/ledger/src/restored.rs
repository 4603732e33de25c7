//! A ledger that goes on from a backup: the new epoch, and how its blocks are ended.
//!
//! Called by restore and by the commands that unblock, off the hot path. Must never end a block
//! without two persons' signatures in the same commit.

use crate::apply::restore::end_what_is_lost;
use crate::books::books;
use crate::checkpoint;
use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::{BatchNo, Chain, LedgerKind};
use crate::ledger::Ledger;
use crate::ledger_body::{LedgerBody, LostSerials, TwoPersons};
use crate::order::{SLICE_MAX, order};
use crate::service::ServiceBody;
use crate::terms::Meaning;
use crate::tx::Tx;
use crate::{Anchor, keys};
use codes::{Gtin, SerialNumber};
use line_core::print::JOBS;
use line_core::record::LineCounts;
use rusqlite::{Connection, OptionalExtension};

/// Two persons and their reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persons {
    /// Who does it: login name.
    pub who: String,
    /// Who approves it, another person.
    pub second: String,
    /// Why.
    pub reason: String,
    /// Both have proven who they are; else only a simulation ledger takes it.
    pub authenticated: bool,
}

/// What a restore says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restoration {
    /// Last event of the backup.
    pub through_seq: i64,
    /// SHA-256 of its manifest, hex.
    pub manifest_sha256: String,
    /// Who restores, and why.
    pub persons: Persons,
}

/// What an order's serials may have gone through in the part that is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LostPart {
    /// Anything: none of its serials is printed any more.
    Unknown,
    /// These were printed or found; what the labeler may have had after them is used up, too.
    UsedUpTo(Vec<SerialNumber>),
}

/// What became of an order that was unblocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unblocked {
    /// Serials made SNInvalid.
    pub invalid: u32,
    /// Labels made LabelScrapped.
    pub scrapped: u32,
    /// Packs that a person has to look for.
    pub unresolved: u32,
    /// Serials that may still be printed.
    pub left: u32,
}

/// Whether orders of a product may be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductBlock {
    /// The ledger was never restored.
    Never,
    /// It was, and nobody has said what was used in the part that is lost.
    Blocked,
    /// Two persons have said what is known.
    Unblocked(LostSerials),
}

impl Ledger {
    /// Begins a new epoch on a ledger that was restored: every open order and every product is
    /// blocked. Returns the first anchor of the new epoch.
    ///
    /// # Errors
    /// Not two persons, nobody has proven who they are (production), the ledger does not end where
    /// the backup did, or the commit failed.
    pub(crate) fn begin_epoch(
        &mut self,
        now: WallClock,
        restoration: &Restoration,
    ) -> Result<Anchor, LedgerError> {
        self.require(&restoration.persons)?;
        if self.heads.next_seq != restoration.through_seq + 1 {
            let what = "the ledger does not end where the backup did";
            return Err(LedgerError::NotUsable(what.to_owned()));
        }
        let mut signer = self.signer();
        signer.epoch += 1;
        let public_key = keys::hex(signer.key.verifying_key().as_bytes());
        let anchor = self.transact(now, |tx| {
            let subject = format!("restore from the backup of event {}", restoration.through_seq);
            let by = sign(tx, Chain::Site, &restoration.persons, &subject)?;
            let body = LedgerBody::LedgerRestored {
                ledger_epoch: signer.epoch,
                through_seq: restoration.through_seq,
                manifest_sha256: restoration.manifest_sha256.clone(),
                public_key,
                by,
            };
            tx.own(Chain::Site, &body)?;
            checkpoint::write(tx, &signer)
        })?;
        self.epoch = signer.epoch;
        self.checkpointed = (anchor.through_seq, now.unix_ms);
        Ok(anchor)
    }

    /// Ends the block of an order that was open in the backup. What may have been printed after
    /// the backup becomes SNInvalid, labels on the web LabelScrapped, packs on the belt
    /// unresolved.
    ///
    /// # Errors
    /// The order is not blocked, a serial is none of its own, not two persons, or the commit
    /// failed.
    pub fn unblock_batch(
        &mut self,
        now: WallClock,
        batch: BatchNo,
        lost: &LostPart,
        persons: &Persons,
    ) -> Result<Unblocked, LedgerError> {
        self.require(persons)?;
        self.last_record = None;
        self.transact(now, |tx| unblock(tx, batch, lost, persons))
    }

    /// Allows orders of a product again, after the serials that were used in the lost part (those
    /// given are never allocated again).
    ///
    /// # Errors
    /// The ledger was never restored, not two persons, or the commit failed.
    pub fn unblock_product(
        &mut self,
        now: WallClock,
        gtin: Gtin,
        (lost, used): (LostSerials, &[SerialNumber]),
        persons: &Persons,
    ) -> Result<(), LedgerError> {
        self.require(persons)?;
        if product_block(&self.conn, gtin)? == ProductBlock::Never {
            return Err(Refusal::NotBlocked.into());
        }
        self.transact(now, |tx| {
            let text = gtin.as_str().to_owned();
            for slice in used.chunks(SLICE_MAX) {
                let serials = slice.iter().map(|serial| serial.as_str().to_owned()).collect();
                tx.own(Chain::Site, &LedgerBody::SerialsUsed { gtin: text.clone(), serials })?;
            }
            let by = sign(tx, Chain::Site, persons, &format!("unblocking of product {text}"))?;
            let used = used.len() as u32;
            tx.own(Chain::Site, &LedgerBody::ProductUnblocked { gtin: text, lost, used, by })
        })?;
        Ok(())
    }

    /// Whether orders of a product may be loaded.
    ///
    /// # Errors
    /// Reading failed.
    pub fn product_block(&self, gtin: Gtin) -> Result<ProductBlock, LedgerError> {
        Ok(product_block(&self.conn, gtin)?)
    }

    /// True when a restore has blocked the order.
    ///
    /// # Errors
    /// No such batch, or reading failed.
    pub fn is_blocked(&self, batch: BatchNo) -> Result<bool, LedgerError> {
        Ok(self.conn.query_row(
            "SELECT blocked FROM batch WHERE batch_no = ?1",
            [batch.0],
            |r| r.get(0),
        )?)
    }

    fn require(&self, persons: &Persons) -> Result<(), Refusal> {
        let (who, second) = (persons.who.trim(), persons.second.trim());
        if who.is_empty() || second.is_empty() || who.eq_ignore_ascii_case(second) {
            return Err(Refusal::TwoPersons);
        }
        if persons.reason.trim().is_empty() {
            return Err(Refusal::NoReason);
        }
        if !persons.authenticated && self.kind == LedgerKind::Production {
            return Err(Refusal::NotAuthenticated);
        }
        Ok(())
    }
}

/// Both signatures, in the same commit as what they are for.
fn sign(
    tx: &mut Tx<'_>,
    chain: Chain,
    persons: &Persons,
    subject: &str,
) -> Result<TwoPersons, Fail> {
    let mut one = |who: &str, meaning: Meaning| {
        let body = ServiceBody::Signature {
            who: who.to_owned(),
            name: who.to_owned(),
            meaning,
            subject: subject.to_owned(),
            reason: persons.reason.clone(),
            authenticated: persons.authenticated,
        };
        tx.service(chain, &body)
    };
    let signature_seq = one(&persons.who, Meaning::Performed)?;
    let second_signature_seq = one(&persons.second, Meaning::Approved)?;
    let Persons { who, second, reason, .. } = persons.clone();
    Ok(TwoPersons { who, second, reason, signature_seq, second_signature_seq })
}

fn unblock(
    tx: &mut Tx<'_>,
    batch: BatchNo,
    lost: &LostPart,
    persons: &Persons,
) -> Result<Unblocked, Fail> {
    if !order(tx.conn, batch)?.blocked {
        return Err(Refusal::NotBlocked.into());
    }
    let used_up_to = used_up_to(tx.conn, batch, lost)?;
    let chain = Chain::Batch(batch);
    let open = tx.heads.open(batch).ok_or(Refusal::UnknownBatch)?;
    let by = sign(tx, chain, persons, &format!("unblocking of {}", open.id.clone()))?;
    // Done once to see what it comes to, undone, and done again by the event itself.
    tx.conn.execute_batch("SAVEPOINT lost")?;
    let place = tx.place(chain, tx.heads.next_seq, 0);
    let (invalid, scrapped, unresolved) = end_what_is_lost(&place, used_up_to)?;
    let counts = counts(tx.conn, batch)?;
    tx.conn.execute_batch("ROLLBACK TO lost; RELEASE lost")?;
    let body = LedgerBody::BatchUnblocked { used_up_to, invalid, scrapped, unresolved, counts, by };
    tx.own(chain, &body)?;
    let left = tx.conn.query_row(
        "SELECT count(*) FROM pool_serial WHERE batch_no = ?1 AND state = 2",
        [batch.0],
        |row| row.get(0),
    )?;
    Ok(Unblocked { invalid, scrapped, unresolved, left })
}

/// The last index that may have been printed: the labeler had up to a look-ahead more than what
/// was seen of it.
fn used_up_to(conn: &Connection, batch: BatchNo, lost: &LostPart) -> Result<Option<u32>, Fail> {
    let LostPart::UsedUpTo(serials) = lost else { return Ok(None) };
    let dispatched: Option<u32> = conn.query_row(
        "SELECT max(serial_idx) FROM pool_serial WHERE batch_no = ?1 AND job IS NOT NULL",
        [batch.0],
        |row| row.get(0),
    )?;
    let mut last = dispatched;
    for serial in serials {
        let found: Option<u32> = conn
            .prepare_cached(
                "SELECT i.serial_idx FROM issued i JOIN batch b ON b.batch_no = ?1 \
                 AND b.gtin = i.gtin WHERE i.serial = ?2 AND i.batch_no = ?1",
            )?
            .query_row((batch.0, serial.as_str()), |row| row.get(0))
            .optional()?;
        let index = found.ok_or_else(|| Refusal::UnknownSerial(serial.as_str().to_owned()))?;
        last = last.max(Some(index));
    }
    Ok(Some(last.map_or(0, |last| last.saturating_add(JOBS as u32))))
}

/// The line's own counters as the records tell them.
fn counts(conn: &Connection, batch: BatchNo) -> Result<LineCounts, Fail> {
    let b = books(conn, batch.0)?;
    let (waiting, at_exit, last_track): (i64, i64, i64) = conn.query_row(
        "SELECT count(*) FILTER (WHERE fate = 3), count(*) FILTER (WHERE fate = 3 AND exit_edge), \
         coalesce(max(track), 0) FROM pack WHERE batch_no = ?1",
        [batch.0],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let by_hand: i64 = conn.query_row(
        "SELECT count(*) FROM pack WHERE batch_no = ?1 AND fate = 5",
        [batch.0],
        |row| row.get(0),
    )?;
    let exit = b.line_commissioned + b.resolved_at_exit + b.retrieved_after_exit + at_exit;
    let ejected = b.serials_in_reject_ever + b.ejects_without_serial;
    let infeed = exit - b.retrieved_after_exit - at_exit + ejected + b.declared_removals + waiting
        - b.declared_additions;
    let printed = b.encoded + b.invalid_but_printed + b.duplicate + b.setup + b.challenge
        - b.printed_undeclared;
    let count = |value: i64| value.max(0).unsigned_abs();
    Ok(LineCounts {
        infeed: count(infeed.max(last_track)),
        exit: count(exit),
        eject_confirm: count(ejected - by_hand),
        printed: count(printed),
    })
}

pub(crate) fn product_block(conn: &Connection, gtin: Gtin) -> rusqlite::Result<ProductBlock> {
    let restored: Option<i64> = conn
        .query_row(
            "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'restored_seq'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    let Some(restored) = restored else { return Ok(ProductBlock::Never) };
    let said: Option<String> = conn
        .query_row(
            "SELECT lost FROM product_unblocked WHERE gtin = ?1 AND seq > ?2",
            (gtin.as_str(), restored),
            |row| row.get(0),
        )
        .optional()?;
    let lost = said.as_deref().and_then(LostSerials::from_name);
    Ok(lost.map_or(ProductBlock::Blocked, ProductBlock::Unblocked))
}
