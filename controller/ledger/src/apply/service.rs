//! What events of people and service change: signatures, deviations, declared numbers.
//!
//! Must never change a pack or a serial.

use super::Place;
use crate::error::{Fail, forbidden};
use crate::service::{DeclaredTerm, ServiceBody};
use rusqlite::params;

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
        S::ServiceStart { .. }
        | S::ServiceStop { .. }
        | S::ClockJump { .. }
        | S::ConfigPinned { .. }
        | S::Command { .. }
        | S::Access { .. }
        | S::ImageKept { .. }
        | S::AnchorWritten { .. }
        | S::Alarm { .. } => Ok(()),
    }
}

fn declared(at: &Place<'_>, term: DeclaredTerm, count: i64) -> Result<(), Fail> {
    if at.batch_no == 0 {
        return forbidden("a declared number belongs to a batch");
    }
    let sql = match term {
        DeclaredTerm::Additions => {
            "UPDATE batch SET declared_additions = declared_additions + ?2 WHERE batch_no = ?1"
        }
        DeclaredTerm::Removals => {
            "UPDATE batch SET declared_removals = declared_removals + ?2 WHERE batch_no = ?1"
        }
        DeclaredTerm::Printed => {
            "UPDATE batch SET declared_printed = declared_printed + ?2 WHERE batch_no = ?1"
        }
        DeclaredTerm::Duplicate => {
            "UPDATE batch SET declared_duplicate = declared_duplicate + ?2 WHERE batch_no = ?1"
        }
        DeclaredTerm::Setup => {
            "UPDATE batch SET declared_setup = declared_setup + ?2 WHERE batch_no = ?1"
        }
        DeclaredTerm::Challenge => {
            "UPDATE batch SET declared_challenge = declared_challenge + ?2 WHERE batch_no = ?1"
        }
    };
    at.one(sql, params![at.batch_no, count], &|| format!("declared {term:?}"))
}
