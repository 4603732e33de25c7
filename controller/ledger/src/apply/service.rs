//! What events of people and service change: signatures, deviations, declared numbers, serials
//! that a person took out, alarms.
//!
//! Must never change a pack, nor a serial but by a row of `serial_life` and a signature.

use super::Place;
use super::step::{DEACTIVATE, SAMPLE, SAMPLE_LABEL};
use crate::error::{Fail, forbidden};
use crate::service::{DeclaredTerm, ServiceBody, TakenAs};
use contracts::open_scs::JobOrderState;
use line_core::event::PackFate;
use rusqlite::{OptionalExtension, params};

/// Applies one event.
pub(crate) fn apply(at: &Place<'_>, body: &ServiceBody) -> Result<(), Fail> {
    use ServiceBody as S;
    match body {
        S::Signature { who, name, meaning, subject, reason, .. } => at.one(
            "INSERT INTO signature VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![at.seq, at.chain, who, name, meaning.name(), subject, reason],
            &|| "signature".to_owned(),
        ),
        S::Deviation { identity, amount, who, reason, signature_seq } => at.one(
            "INSERT INTO deviation SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
                 WHERE EXISTS (SELECT 1 FROM signature WHERE seq = ?7 AND who = ?5) \
                 AND EXISTS (SELECT 1 FROM batch WHERE batch_no = ?2)",
            params![at.seq, at.batch_no, identity.name(), amount, who, reason, signature_seq],
            &|| format!("deviation of {who} without a signature or outside a batch"),
        ),
        S::Declared { term, count, .. } => declared(at, *term, *count),
        S::TrialResult { trial, mode, passed, .. } => at.one(
            "INSERT INTO trial SELECT ?1, ?2, ?3, ?4, ?5 \
                 WHERE EXISTS (SELECT 1 FROM batch WHERE batch_no = ?2)",
            params![at.seq, at.batch_no, trial, mode, passed],
            &|| format!("result of trial {trial} outside a batch"),
        ),
        S::SerialTaken { .. } => taken(at, body),
        S::Alarm { what, raised } => at.one(
            "INSERT INTO alarm VALUES(?1, ?2, ?3, ?4) ON CONFLICT(batch_no, what) \
             DO UPDATE SET raised = excluded.raised, seq = excluded.seq",
            params![at.batch_no, what, raised, at.seq],
            &|| format!("alarm {what}"),
        ),
        S::UserChanged { user, old, new, .. } => {
            super::people::user_changed(at, user, old.as_ref(), new)
        }
        S::ServiceStart { .. }
        | S::ServiceStop { .. }
        | S::ClockJump { .. }
        | S::ConfigPinned { .. }
        | S::Command { .. }
        | S::Access { .. }
        | S::ImageKept { .. }
        | S::AnchorWritten { .. }
        | S::BackupMade { .. } => Ok(()),
        S::ReportMade { batch, .. } => report_made(at, batch),
    }
}

/// A closed batch's chain has ended, so reports are events of the site chain.
fn report_made(at: &Place<'_>, batch: &str) -> Result<(), Fail> {
    if at.batch_no != 0 {
        return forbidden("a report is an event of the site chain");
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM batch WHERE batch = ?1)";
    let known = at.tx.query_row(sql, [batch], |row| row.get(0))?;
    if known { Ok(()) } else { forbidden(format!("a report of batch {batch}, which is unknown")) }
}

fn declared(at: &Place<'_>, term: DeclaredTerm, count: i64) -> Result<(), Fail> {
    if at.batch_no == 0 {
        return forbidden("a declared number belongs to a batch");
    }
    let column = term.column();
    let sql = format!("UPDATE batch SET {column} = {column} + ?2 WHERE batch_no = ?1");
    at.one(&sql, params![at.batch_no, count], &|| format!("declared {term:?}"))
}

/// The states are those of `serial_life`. A label may be kept when its pack is in reject or when it
/// is on no pack; one that may still be applied is not, so for the latter the order must be over.
fn taken(at: &Place<'_>, body: &ServiceBody) -> Result<(), Fail> {
    let ServiceBody::SerialTaken {
        serial, taken, who, signature_seq, second_signature_seq, ..
    } = body
    else {
        return Ok(());
    };
    signed(at, *taken, who, *signature_seq, *second_signature_seq)?;
    let (step, label) = match taken {
        TakenAs::Sample => (SAMPLE, false),
        TakenAs::Removal => (DEACTIVATE, false),
        TakenAs::Label | TakenAs::FirstPack => (SAMPLE_LABEL, true),
    };
    at.one(
        "UPDATE pool_serial SET state = ?3, last_seq = ?4 \
         WHERE batch_no = ?1 AND serial_idx = ?2 AND state = ?5 AND (NOT ?6 OR EXISTS \
         (SELECT 1 FROM pack p WHERE p.batch_no = ?1 AND p.track = pool_serial.track \
         AND p.fate IN (?7, ?8)) OR (track IS NULL AND EXISTS \
         (SELECT 1 FROM batch b WHERE b.batch_no = ?1 AND b.state IN (?9, ?10))))",
        params![
            at.batch_no,
            serial,
            step.to,
            at.seq,
            step.from,
            label,
            PackFate::Ejected as i64,
            PackFate::ResolvedEjected as i64,
            JobOrderState::Completed as i64,
            JobOrderState::Aborted as i64
        ],
        &|| format!("serial {serial} taken as {}: its state does not allow it", taken.name()),
    )
}

/// Its signatures are there, of the person named and, for the first pack, of another one.
fn signed(
    at: &Place<'_>,
    taken: TakenAs,
    who: &str,
    first: i64,
    second: Option<i64>,
) -> Result<(), Fail> {
    let signer = |seq: i64| {
        let mut select =
            at.conn.prepare_cached("SELECT who FROM signature WHERE seq = ?1 AND chain = ?2")?;
        select.query_row(params![seq, at.chain], |row| row.get::<_, String>(0)).optional()
    };
    let first = signer(first)?;
    let second = second.map(signer).transpose()?.flatten();
    let two_persons = match taken {
        TakenAs::FirstPack => second.is_some_and(|second| second != who),
        TakenAs::Sample | TakenAs::Removal | TakenAs::Label => second.is_none(),
    };
    if first.as_deref() == Some(who) && two_persons {
        return Ok(());
    }
    forbidden(format!("a serial taken as {} without its signatures", taken.name()))
}
