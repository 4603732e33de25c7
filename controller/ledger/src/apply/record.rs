//! What records of the core change: packs, serials, counts, the order's state.
//!
//! The hot path: every statement is prepared once and keyed by (batch number, index). Must never
//! change a serial but by a row of `serial_life`.

use super::step::{COMMISSION, INVALIDATE, PRINT, SCRAP, Step};
use super::{Place, int, workflow};
use crate::error::{Fail, forbidden};
use crate::names::{cause_name, reason_name, verdict_name};
use line_core::event::PackFate;
use line_core::ids::{EncoderCount, Epoch, JobSeq, SerialIndex, TrackIndex};
use line_core::reason::{InvalidCause, RejectReason, Resolution};
use line_core::record::{LineCounts, RecordBody, Verdict};
use rusqlite::params;

/// `commissioned_by`: the exit eye.
pub(crate) const BY_LINE: i64 = 1;
/// `commissioned_by`: a person's resolution.
pub(crate) const BY_RESOLUTION: i64 = 2;
/// `commissioned_by`: the rework station.
pub(crate) const BY_REWORK: i64 = 3;

/// Applies one record of a batch.
pub(crate) fn apply(at: &Place<'_>, body: &RecordBody) -> Result<(), Fail> {
    use RecordBody as R;
    match *body {
        R::OrderState { from, to } => workflow::order_state(at, from, to),
        R::CountsBegin { .. } => counts_begin(at, body),
        R::PackInfeed { track, count } => infeed(at, track, count),
        R::JobAssigned { serial, labeler_epoch, job } => assigned(at, serial, labeler_epoch, job),
        R::Printed { serial, labeler_epoch, job } => printed(at, serial, labeler_epoch, job),
        R::SerialInvalid { serial, cause, printed } => invalid(at, serial, cause, printed),
        R::LabelScrapped { serial } => label_scrapped(at, serial),
        R::ExtraLabels { count } => extra_labels(at, count),
        R::LabelApplied { track, serial, job, count } => applied(at, track, serial, job, count),
        R::Verdict { track, serial, verdict, reason, .. } => {
            judged(at, track, serial, verdict, reason)
        }
        R::PackExited { track, serial, count } => exited(at, track, serial, count),
        R::PackEjected { track, serial, count } => ejected(at, track, serial, count),
        R::EjectedWithoutPack { count } => stray(at, false, count),
        R::ExitedWithoutPack { count } => stray(at, true, count),
        R::PackUnresolved { track, serial, exit_seen, .. } => {
            unresolved(at, track, serial, exit_seen)
        }
        R::PackResolved { track, serial, resolution, exit_edge } => {
            resolved(at, track, serial, resolution, exit_edge)
        }
        R::Counts { counts, .. } => counted(at, &counts),
        R::UnitState { .. }
        | R::LinkUp { .. }
        | R::LinkDown { .. }
        | R::Hold { .. }
        | R::HoldEnded { .. }
        | R::PurgeBegin { .. }
        | R::PurgeEnd { .. }
        | R::StationResult { .. }
        | R::GradeTrend { .. }
        | R::Suspended { .. }
        | R::ResultDiscarded { .. } => Ok(()),
    }
}

/// An edge that no pack explains; one that is told again after a restart counts once.
fn stray(at: &Place<'_>, at_exit: bool, count: EncoderCount) -> Result<(), Fail> {
    at.any(
        "INSERT OR IGNORE INTO stray_edge SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS \
         (SELECT 1 FROM pack WHERE batch_no = ?1 AND io_epoch = ?3 \
         AND CASE WHEN ?2 THEN exit_count ELSE eject_count END = ?4)",
        params![at.batch_no, at_exit, at.io_epoch, int(count.0), at.seq],
    )?;
    Ok(())
}

fn infeed(at: &Place<'_>, track: TrackIndex, count: EncoderCount) -> Result<(), Fail> {
    at.one(
        "INSERT INTO pack(batch_no, track, fate, infeed_count, io_epoch, infeed_seq, last_seq) \
         VALUES(?1, ?2, 0, ?3, ?4, ?5, ?5)",
        params![at.batch_no, track.0, int(count.0), at.io_epoch, at.seq],
        &|| format!("track {track} at the infeed"),
    )
}

fn assigned(at: &Place<'_>, serial: SerialIndex, epoch: Epoch, job: JobSeq) -> Result<(), Fail> {
    at.one(
        "UPDATE pool_serial SET labeler_epoch = ?3, job = ?4, assigned_seq = ?5, last_seq = ?5 \
         WHERE batch_no = ?1 AND serial_idx = ?2 AND state = ?6 AND job IS NULL",
        params![at.batch_no, serial.0, epoch.0, job.0, at.seq, PRINT.from],
        &|| format!("job {job} for serial {serial}: not allocated, or dispatched before"),
    )
}

fn printed(at: &Place<'_>, serial: SerialIndex, epoch: Epoch, job: JobSeq) -> Result<(), Fail> {
    at.one(
        "UPDATE pool_serial SET state = ?5, printed = 1, last_seq = ?6 \
         WHERE batch_no = ?1 AND serial_idx = ?2 AND labeler_epoch = ?3 AND job = ?4 \
         AND state = ?7",
        params![at.batch_no, serial.0, epoch.0, job.0, PRINT.to, at.seq, PRINT.from],
        &|| format!("print of serial {serial} by job {job}: not dispatched so, or not allocated"),
    )
}

fn invalid(
    at: &Place<'_>,
    serial: SerialIndex,
    cause: InvalidCause,
    printed: bool,
) -> Result<(), Fail> {
    let Step { from, to } = INVALIDATE;
    at.one(
        "UPDATE pool_serial SET state = ?3, cause = ?4, printed = ?5, last_seq = ?6 \
         WHERE batch_no = ?1 AND serial_idx = ?2 AND state = ?7",
        params![at.batch_no, serial.0, to, cause_name(cause), printed, at.seq, from],
        &|| format!("serial {serial} invalid: not allocated"),
    )
}

/// Printed and never applied: no pack bears it.
fn label_scrapped(at: &Place<'_>, serial: SerialIndex) -> Result<(), Fail> {
    at.one(
        "UPDATE pool_serial SET state = ?3, last_seq = ?4 \
         WHERE batch_no = ?1 AND serial_idx = ?2 AND state = ?5 AND track IS NULL",
        params![at.batch_no, serial.0, SCRAP.to, at.seq, SCRAP.from],
        &|| format!("label of serial {serial} scrapped: not encoded, or on a pack"),
    )
}

/// Labels beyond the labeler's jobs: printed twice.
fn extra_labels(at: &Place<'_>, count: u32) -> Result<(), Fail> {
    at.one(
        "UPDATE batch SET declared_duplicate = declared_duplicate + ?2 WHERE batch_no = ?1",
        params![at.batch_no, count],
        &|| "labels beyond the jobs".to_owned(),
    )
}

fn applied(
    at: &Place<'_>,
    track: TrackIndex,
    serial: SerialIndex,
    job: JobSeq,
    count: EncoderCount,
) -> Result<(), Fail> {
    let what = || format!("serial {serial} of job {job} on track {track}");
    at.one(
        "UPDATE pool_serial SET track = ?3, last_seq = ?5 \
         WHERE batch_no = ?1 AND serial_idx = ?2 AND job = ?4 AND track IS NULL",
        params![at.batch_no, serial.0, track.0, job.0, at.seq],
        &what,
    )?;
    at.one(
        "UPDATE pack SET serial_idx = ?3, applied_count = ?4, last_seq = ?5 \
         WHERE batch_no = ?1 AND track = ?2 AND serial_idx IS NULL",
        params![at.batch_no, track.0, serial.0, int(count.0), at.seq],
        &what,
    )
}

fn judged(
    at: &Place<'_>,
    track: TrackIndex,
    serial: Option<SerialIndex>,
    verdict: Verdict,
    reason: Option<RejectReason>,
) -> Result<(), Fail> {
    let what = || format!("{} on track {track}", verdict_name(verdict));
    let reason = reason.map(reason_name);
    let name = verdict_name(verdict);
    let serial = serial.map(|serial| serial.0);
    match verdict {
        Verdict::Accept => at.one(
            "UPDATE pack SET verdict = ?3, reason = ?4, verdict_seq = ?5, accepted_seq = ?5, \
             last_seq = ?5 \
             WHERE batch_no = ?1 AND track = ?2 AND fate = 0 AND serial_idx IS ?6 \
             AND EXISTS (SELECT 1 FROM batch b WHERE b.batch_no = ?1 AND b.first_pack_due = 0 \
             AND (?6 IS NOT NULL OR b.mode = 'challenge'))",
            params![at.batch_no, track.0, name, reason, at.seq, serial],
            &what,
        ),
        Verdict::Reject => at.one(
            "UPDATE pack SET verdict = ?3, reason = ?4, verdict_seq = ?5, last_seq = ?5, \
             review_seq = NULL \
             WHERE batch_no = ?1 AND track = ?2 AND fate NOT IN (1, 4)",
            params![at.batch_no, track.0, name, reason, at.seq],
            &what,
        ),
    }
}

fn commission(at: &Place<'_>, serial: SerialIndex, by: i64) -> Result<(), Fail> {
    at.one(
        "UPDATE pool_serial SET state = ?3, commissioned_by = ?4, last_seq = ?5 \
         WHERE batch_no = ?1 AND serial_idx = ?2 AND state = ?6 \
         AND EXISTS (SELECT 1 FROM batch WHERE batch_no = ?1 AND mode = 'production' \
         AND first_pack_due = 0)",
        params![at.batch_no, serial.0, COMMISSION.to, by, at.seq, COMMISSION.from],
        &|| format!("commissioning of serial {serial}: not encoded, or no first pack approved"),
    )
}

fn bound(what: &str, track: TrackIndex, serial: Option<SerialIndex>) -> Result<SerialIndex, Fail> {
    serial.map_or_else(|| forbidden(format!("{what} of track {track} without a serial")), Ok)
}

fn exited(
    at: &Place<'_>,
    track: TrackIndex,
    serial: Option<SerialIndex>,
    count: EncoderCount,
) -> Result<(), Fail> {
    let serial = bound("exit", track, serial)?;
    at.one(
        "UPDATE pack SET fate = ?3, exit_count = ?4, fate_seq = ?5, last_seq = ?5 \
         WHERE batch_no = ?1 AND track = ?2 AND fate IN (0, 3) AND verdict = 'accept' \
         AND serial_idx = ?6",
        params![at.batch_no, track.0, PackFate::Exited as i64, int(count.0), at.seq, serial.0],
        &|| format!("exit of track {track}: no accept, other serial, or fate known"),
    )?;
    commission(at, serial, BY_LINE)
}

fn ejected(
    at: &Place<'_>,
    track: TrackIndex,
    serial: Option<SerialIndex>,
    count: EncoderCount,
) -> Result<(), Fail> {
    at.one(
        "UPDATE pack SET fate = ?3, eject_count = ?4, fate_seq = ?5, last_seq = ?5 \
         WHERE batch_no = ?1 AND track = ?2 AND fate IN (0, 3, 5) \
         AND (?6 IS NULL OR serial_idx = ?6)",
        params![
            at.batch_no,
            track.0,
            PackFate::Ejected as i64,
            int(count.0),
            at.seq,
            serial.map(|serial| serial.0)
        ],
        &|| format!("ejection of track {track}: other serial, or fate known"),
    )
}

fn unresolved(
    at: &Place<'_>,
    track: TrackIndex,
    serial: Option<SerialIndex>,
    exit_seen: bool,
) -> Result<(), Fail> {
    at.one(
        "UPDATE pack SET fate = ?3, fate_seq = ?4, last_seq = ?4, exit_edge = exit_edge OR ?6 \
         WHERE batch_no = ?1 AND track = ?2 AND fate IN (0, 3) \
         AND (?5 IS NULL OR serial_idx = ?5)",
        params![
            at.batch_no,
            track.0,
            PackFate::Unresolved as i64,
            at.seq,
            serial.map(|serial| serial.0),
            exit_seen
        ],
        &|| format!("track {track} unresolved: other serial, or fate known"),
    )
}

fn resolved(
    at: &Place<'_>,
    track: TrackIndex,
    serial: Option<SerialIndex>,
    resolution: Resolution,
    exit_edge: bool,
) -> Result<(), Fail> {
    let fate = match resolution {
        Resolution::Exited => PackFate::ResolvedExited,
        Resolution::Ejected => PackFate::ResolvedEjected,
        Resolution::Removed => PackFate::Removed,
    };
    let needs_accept = resolution == Resolution::Exited;
    at.one(
        "UPDATE pack SET fate = ?3, exit_edge = exit_edge OR ?4, fate_seq = ?5, last_seq = ?5 \
         WHERE batch_no = ?1 AND track = ?2 AND fate = 3 \
         AND (?6 IS NULL OR serial_idx = ?6) AND (NOT ?7 OR verdict = 'accept')",
        params![
            at.batch_no,
            track.0,
            fate as i64,
            exit_edge,
            at.seq,
            serial.map(|serial| serial.0),
            needs_accept
        ],
        &|| format!("track {track} resolved as {resolution:?}: not unresolved, or not accepted"),
    )?;
    match resolution {
        Resolution::Exited => commission(at, bound("exit", track, serial)?, BY_RESOLUTION),
        Resolution::Ejected => Ok(()),
        Resolution::Removed => scrap_of(at, track),
    }
}

/// The label that a pack taken by hand bears, when it is a printed one.
fn scrap_of(at: &Place<'_>, track: TrackIndex) -> Result<(), Fail> {
    at.any(
        "UPDATE pool_serial SET state = ?3, last_seq = ?4 WHERE batch_no = ?1 AND serial_idx = \
         (SELECT serial_idx FROM pack WHERE batch_no = ?1 AND track = ?2) AND state = ?5",
        params![at.batch_no, track.0, SCRAP.to, at.seq, SCRAP.from],
    )?;
    Ok(())
}

fn counts_begin(at: &Place<'_>, body: &RecordBody) -> Result<(), Fail> {
    let RecordBody::CountsBegin {
        counts: c,
        io_epoch,
        infeed_base,
        exit_base,
        eject_base,
        labeler_epoch,
        printed_base,
    } = *body
    else {
        return Ok(());
    };
    // The first beginning follows the start purge: what was ejected before does not count.
    at.any(
        "DELETE FROM stray_edge WHERE batch_no = ?1 \
         AND NOT EXISTS (SELECT 1 FROM count_base WHERE batch_no = ?1)",
        [at.batch_no],
    )?;
    at.any(
        "INSERT INTO count_base VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
         ?8, ?9, ?10, ?11, ?12) ON CONFLICT(batch_no) DO UPDATE SET \
         io_epoch = ?2, infeed_base = ?3, exit_base = ?4, eject_base = ?5, labeler_epoch = ?6, \
         printed_base = ?7, begin_infeed = ?8, begin_exit = ?9, begin_eject = ?10, \
         begin_printed = ?11, infeed = max(infeed, ?8), exit = max(exit, ?9), \
         eject = max(eject, ?10), printed = max(printed, ?11), seq = ?12",
        params![
            at.batch_no,
            io_epoch.0,
            infeed_base,
            exit_base,
            eject_base,
            labeler_epoch.0,
            printed_base,
            int(c.infeed),
            int(c.exit),
            int(c.eject_confirm),
            int(c.printed),
            at.seq
        ],
    )?;
    Ok(())
}

fn counted(at: &Place<'_>, c: &LineCounts) -> Result<(), Fail> {
    at.any(
        "INSERT INTO count_base VALUES(?1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT(batch_no) DO UPDATE SET infeed = excluded.infeed, exit = excluded.exit, \
         eject = excluded.eject, printed = excluded.printed, seq = excluded.seq",
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
