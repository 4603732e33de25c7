//! What events of people and service change: signatures, deviations, declared numbers, serials
//! that a person took out.
//!
//! Must never change a pack, nor a serial but by a row of `serial_life` and a signature.

use super::signed::{alone, by_two, persons};
use super::step::{DEACTIVATE, SAMPLE, SAMPLE_LABEL};
use super::{Place, workflow};
use crate::act::Act;
use crate::error::{Fail, Refusal, forbidden};
use crate::readiness::Step;
use crate::service::ServiceBody;
use crate::terms::{DeclaredTerm, TakenAs};
use contracts::open_scs::JobOrderState;
use line_core::event::PackFate;
use rusqlite::{OptionalExtension, params};

/// Applies one event.
pub(crate) fn apply(at: &Place<'_>, body: &ServiceBody) -> Result<(), Fail> {
    use ServiceBody as S;
    match body {
        S::Signature { .. } => signature(at, body),
        S::Deviation { identity, amount, by } => {
            by_two(at, Act::Deviation, by)?;
            at.one(
                "INSERT INTO deviation VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                params![at.seq, at.batch_no, identity.name(), amount, by.who, by.reason],
                &|| "deviation".to_owned(),
            )
        }
        S::Declared { term, count, by } => {
            alone(at, Act::DeclareCount, by, &[])?;
            declared(at, *term, *count)
        }
        S::TrialResult { trial, mode, passed, .. } => at.one(
            "INSERT INTO trial SELECT ?1, ?2, ?3, ?4, ?5 \
                 WHERE EXISTS (SELECT 1 FROM batch WHERE batch_no = ?2)",
            params![at.seq, at.batch_no, trial, mode, passed],
            &|| format!("result of trial {trial} outside a batch"),
        ),
        S::SerialTaken { .. } => taken(at, body),
        S::LineCleared(cleared) => workflow::line_cleared(at, cleared),
        S::DevicesChecked(checked) => workflow::devices_checked(at, checked),
        S::StartSigned(start) => workflow::start_signed(at, start),
        S::RejectReviewed(review) => workflow::reject_reviewed(at, review),
        S::ResolveAsked(asked) => workflow::resolve_asked(at, asked),
        S::Alarm { .. }
        | S::AlarmAcknowledged { .. }
        | S::AlarmShelved { .. }
        | S::AlarmUnshelved { .. } => super::alarm::apply(at, body),
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
    let known = at.conn.query_row(sql, [batch], |row| row.get(0))?;
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
    let mut claims = vec![(who.as_str(), *signature_seq)];
    let second = second_signature_seq.map(|seq| Ok::<_, Fail>((signer(at, seq)?, seq)));
    let second = second.transpose()?;
    claims.extend(second.iter().map(|(who, seq)| (who.as_str(), *seq)));
    persons(at, taken.act(), &claims, &[])?;
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
    )?;
    let track = at
        .conn
        .prepare_cached("SELECT track FROM pool_serial WHERE batch_no = ?1 AND serial_idx = ?2")?
        .query_row((at.batch_no, serial), |row| row.get(0))?;
    // Who approves it has done nothing with the pack.
    workflow::acted(at, track, &[who.as_str()])?;
    if *taken == TakenAs::FirstPack { first_pack(at) } else { Ok(()) }
}

/// From here on packs may be accepted.
fn first_pack(at: &Place<'_>) -> Result<(), Fail> {
    at.any("UPDATE batch SET first_pack_due = 0 WHERE batch_no = ?1", [at.batch_no])?;
    workflow::step(at, Step::FirstPack, true)
}

/// Who gave a signature; nobody when there is none.
fn signer(at: &Place<'_>, seq: i64) -> Result<String, Fail> {
    let mut select = at.conn.prepare_cached("SELECT who FROM signature WHERE seq = ?1")?;
    Ok(select.query_row([seq], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// One that nobody has proven is taken by a simulation ledger only (21 CFR 11.200).
fn signature(at: &Place<'_>, body: &ServiceBody) -> Result<(), Fail> {
    let ServiceBody::Signature { who, name, meaning, subject, reason, authenticated } = body else {
        return Ok(());
    };
    if !authenticated && is_production(at)? {
        return Err(Refusal::NotAuthenticated.into());
    }
    at.one(
        "INSERT INTO signature VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![at.seq, at.chain, who, name, meaning.name(), subject, reason, authenticated],
        &|| "signature".to_owned(),
    )
}

/// True in a ledger of real packs.
pub(super) fn is_production(at: &Place<'_>) -> Result<bool, Fail> {
    let sql = "SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'kind' AND value = 'production')";
    Ok(at.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}
