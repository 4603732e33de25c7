//! What events of alarms change: each alarm once, as it is now, and the list of its changes.
//!
//! Must never acknowledge or bring back what was not raised or shelved.

use super::Place;
use crate::error::Fail;
use crate::service::ServiceBody;
use rusqlite::params;

/// Applies one event; others change nothing here.
pub(super) fn apply(at: &Place<'_>, body: &ServiceBody) -> Result<(), Fail> {
    use ServiceBody as S;
    let (what, change) = match body {
        S::Alarm { what, raised, detail } => {
            set(at, what, *raised, detail.as_deref())?;
            (what, if *raised { "raised" } else { "returned" })
        }
        S::AlarmAcknowledged { what, who, .. } => {
            acknowledged(at, what, who)?;
            (what, "acknowledged")
        }
        S::AlarmShelved { what, who, until_unix_ms, reason, .. } => {
            shelved(at, what, (who, *until_unix_ms, reason))?;
            (what, "shelved")
        }
        S::AlarmUnshelved { what, who, .. } => {
            unshelved(at, what, who)?;
            (what, "unshelved")
        }
        _ => return Ok(()),
    };
    at.one(
        "INSERT INTO alarm_change VALUES(?1, ?2, ?3, ?4)",
        params![at.seq, at.batch_no, what, change],
        &|| format!("change of alarm {what}"),
    )
}

/// Raised anew it is unseen again; what is shelved stays so.
fn set(at: &Place<'_>, what: &str, raised: bool, detail: Option<&str>) -> Result<(), Fail> {
    let raised_seq = raised.then_some(at.seq);
    at.one(
        "INSERT INTO alarm(batch_no, what, raised, seq, raised_seq, detail) \
         VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(batch_no, what) DO UPDATE SET \
         raised = excluded.raised, seq = excluded.seq, \
         raised_seq = coalesce(excluded.raised_seq, raised_seq), \
         detail = iif(excluded.raised, excluded.detail, detail), \
         acknowledged_seq = iif(excluded.raised, NULL, acknowledged_seq), \
         acknowledged_by = iif(excluded.raised, NULL, acknowledged_by)",
        params![at.batch_no, what, raised, at.seq, raised_seq, detail],
        &|| format!("alarm {what}"),
    )
}

fn acknowledged(at: &Place<'_>, what: &str, who: &str) -> Result<(), Fail> {
    at.one(
        "UPDATE alarm SET acknowledged_seq = ?3, acknowledged_by = ?4 WHERE batch_no = ?1 \
         AND what = ?2 AND raised_seq IS NOT NULL AND acknowledged_seq IS NULL AND ?4 <> ''",
        params![at.batch_no, what, at.seq, who],
        &|| format!("acknowledgement of alarm {what} by {who}: there is nothing to be seen"),
    )
}

/// Also before it was ever raised.
fn shelved(at: &Place<'_>, what: &str, shelf: (&str, i64, &str)) -> Result<(), Fail> {
    let (who, until, reason) = shelf;
    at.one(
        "INSERT INTO alarm(batch_no, what, raised, seq, shelved_seq, shelved_by, shelved_until, \
         shelved_reason) SELECT ?1, ?2, 0, ?3, ?3, ?4, ?5, ?6 WHERE ?4 <> '' AND ?6 <> '' \
         ON CONFLICT(batch_no, what) DO UPDATE SET shelved_seq = excluded.shelved_seq, \
         shelved_by = excluded.shelved_by, shelved_until = excluded.shelved_until, \
         shelved_reason = excluded.shelved_reason",
        params![at.batch_no, what, at.seq, who, until, reason],
        &|| format!("alarm {what} shelved by {who}: by nobody or without a reason"),
    )
}

fn unshelved(at: &Place<'_>, what: &str, who: &str) -> Result<(), Fail> {
    at.one(
        "UPDATE alarm SET shelved_seq = NULL, shelved_by = NULL, shelved_until = NULL, \
         shelved_reason = NULL WHERE batch_no = ?1 AND what = ?2 AND shelved_seq IS NOT NULL",
        params![at.batch_no, what],
        &|| format!("alarm {what} brought back by {who}: it is not shelved"),
    )
}
