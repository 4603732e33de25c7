//! What a restore changes: the new epoch blocks every open order and every product, until two
//! persons have said what may have been used in the part that is lost.
//!
//! Called for the events of a restore by the writer and by `verify`. Must never let a serial be
//! printed that may have been printed after the backup (invariant I3).

use super::step::{INVALIDATE, SCRAP};
use super::{Place, int};
use crate::error::{Fail, forbidden};
use crate::ledger_body::{LedgerBody, TwoPersons};
use contracts::open_scs::JobOrderState;
use line_core::event::PackFate;
use line_core::record::LineCounts;
use rusqlite::params;

/// Applies one event of a restore.
pub(super) fn apply(at: &Place<'_>, body: &LedgerBody) -> Result<(), Fail> {
    match body {
        LedgerBody::LedgerRestored { ledger_epoch, public_key, by, .. } => {
            signed(at, by)?;
            restored(at, *ledger_epoch, public_key)
        }
        LedgerBody::BatchUnblocked { used_up_to, invalid, scrapped, unresolved, counts, by } => {
            signed(at, by)?;
            let changed = end_what_is_lost(at, *used_up_to)?;
            if changed != (*invalid, *scrapped, *unresolved) {
                return forbidden(format!("unblocking changes {changed:?}"));
            }
            take_counts(at, counts)?;
            unblocked(at)
        }
        LedgerBody::SerialsUsed { gtin, serials } => {
            serials.iter().try_for_each(|serial| used(at, gtin, serial))
        }
        LedgerBody::ProductUnblocked { gtin, lost, by, .. } => {
            signed(at, by)?;
            at.one(
                "INSERT INTO product_unblocked VALUES(?1, ?2, ?3) ON CONFLICT(gtin) DO UPDATE \
                 SET lost = excluded.lost, seq = excluded.seq",
                params![gtin, lost.name(), at.seq],
                &|| format!("product {gtin} unblocked"),
            )
        }
        _ => forbidden("no event of a restore"),
    }
}

/// Both signatures are there, of two different persons.
fn signed(at: &Place<'_>, by: &TwoPersons) -> Result<(), Fail> {
    let both: bool = at
        .conn
        .prepare_cached(
            "SELECT ?1 <> ?2 AND EXISTS (SELECT 1 FROM signature WHERE seq = ?3 AND who = ?1 \
             AND chain = ?5) AND EXISTS (SELECT 1 FROM signature WHERE seq = ?4 AND who = ?2 \
             AND chain = ?5)",
        )?
        .query_row(
            params![by.who, by.second, by.signature_seq, by.second_signature_seq, at.chain],
            |row| row.get(0),
        )?;
    if both { Ok(()) } else { forbidden("an event of a restore without two persons' signatures") }
}

fn restored(at: &Place<'_>, epoch: u32, public_key: &str) -> Result<(), Fail> {
    at.one(
        "UPDATE meta SET value = ?1 WHERE key = 'ledger_epoch' \
         AND CAST(value AS INTEGER) + 1 = CAST(?1 AS INTEGER)",
        [epoch.to_string()],
        &|| format!("ledger epoch {epoch}, which is not the next one"),
    )?;
    // The same key goes on, unless it is lost, too.
    at.any(
        "INSERT INTO signing_key SELECT max(key_no) + 1, ?1, ?2 FROM signing_key \
         HAVING NOT EXISTS (SELECT 1 FROM signing_key WHERE public_key = ?1)",
        params![public_key, at.seq],
    )?;
    at.any(
        "INSERT INTO meta VALUES('restored_seq', ?1) \
         ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        [at.seq.to_string()],
    )?;
    // Trials have no live serials: what is left of one is closed as it stands.
    at.any(
        "UPDATE batch SET blocked = 1 WHERE state <> ?1 AND mode = 'production'",
        [JobOrderState::Closed as i64],
    )?;
    Ok(())
}

/// Serials that may have been printed after the backup, labels on the web, packs on the belt: what
/// became of them is lost. Returns how many of each.
pub(crate) fn end_what_is_lost(
    at: &Place<'_>,
    used_up_to: Option<u32>,
) -> Result<(u32, u32, u32), Fail> {
    let invalid = at.any(
        "UPDATE pool_serial SET state = ?2, cause = 'restore', last_seq = ?5 \
         WHERE batch_no = ?1 AND state = ?3 AND (job IS NOT NULL OR ?4 IS NULL \
         OR serial_idx <= ?4)",
        params![at.batch_no, INVALIDATE.to, INVALIDATE.from, used_up_to, at.seq],
    )?;
    let scrapped = at.any(
        "UPDATE pool_serial SET state = ?2, cause = 'restore', last_seq = ?4 \
         WHERE batch_no = ?1 AND state = ?3 AND track IS NULL",
        params![at.batch_no, SCRAP.to, SCRAP.from, at.seq],
    )?;
    let unresolved = at.any(
        "UPDATE pack SET fate = ?2, fate_seq = ?4, last_seq = ?4 \
         WHERE batch_no = ?1 AND fate = ?3",
        params![at.batch_no, PackFate::Unresolved as i64, PackFate::InProcess as i64, at.seq],
    )?;
    Ok((invalid as u32, scrapped as u32, unresolved as u32))
}

/// What the line's own counters said between their last record and the backup is lost: the records
/// stand for it. From here on they count again.
fn take_counts(at: &Place<'_>, c: &LineCounts) -> Result<(), Fail> {
    at.any(
        "UPDATE count_base SET infeed = ?2, exit = ?3, eject = ?4, printed = ?5, seq = ?6 \
         WHERE batch_no = ?1",
        params![
            at.batch_no,
            int(c.infeed),
            int(c.exit),
            int(c.eject_confirm),
            int(c.printed),
            at.seq
        ],
    )?;
    Ok(())
}

/// An order that was half loaded is over: its serials are used up.
fn unblocked(at: &Place<'_>) -> Result<(), Fail> {
    at.one(
        "UPDATE batch SET blocked = 0, unblocked_seq = ?2, \
         state = CASE state WHEN ?3 THEN ?4 ELSE state END WHERE batch_no = ?1 AND blocked = 1",
        params![at.batch_no, at.seq, JobOrderState::Ready as i64, JobOrderState::Aborted as i64],
        &|| "unblocking of an order that is not blocked".to_owned(),
    )
}

/// A serial of the lost part belongs to no batch of this ledger.
fn used(at: &Place<'_>, gtin: &str, serial: &str) -> Result<(), Fail> {
    at.any(
        "INSERT OR IGNORE INTO issued(gtin, serial, batch_no, serial_idx) VALUES(?1, ?2, 0, ?3)",
        params![gtin, serial, at.seq],
    )?;
    Ok(())
}
