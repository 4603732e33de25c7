//! What a disk holds after a power cut, opened and judged by what was acknowledged before.
//!
//! Used for every image. Must never trust one thing alone: heads, verifier, anchors, recovery and
//! the operations that follow all have to agree.

use crate::reference::{ANCHORS, Bench, FIRST, Heads, NEXT, Place, Reference, Step, keep_anchor};
use crash_vfs::{Disk, Image};
use ledger::{Anchor, CommitError, LedgerError, Refusal, keys, verify};
use line_core::event::Input;
use line_core::ids::{JobSeq, RecordSeq, SerialIndex};
use line_core::pool::Pool;
use line_core::record::{Record, RecordBody};
use std::sync::Arc;

/// Steps that are done after a recovery, to see that life goes on.
const AFTERWARDS: usize = 3;

/// What is wrong with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Acknowledged and gone: events, or an anchor.
    Lost(String),
    /// A serial that was dispatched could be used again.
    Reused(String),
    /// Neither before nor after a step, or not verifiable, or not usable.
    Corrupt(String),
}

/// What has to be there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Due {
    /// Steps that had answered.
    pub steps: usize,
    /// Anchors that were synced.
    pub anchors: usize,
}

/// What a power cut left.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Steps whose events are there.
    pub steps: usize,
    /// Anchors that are there.
    pub anchors: usize,
    /// Operations of the disk when each of the steps that followed had answered, and those steps.
    pub marks: Vec<(usize, usize)>,
    /// More than had answered.
    pub unanswered: bool,
    pub wrong: Option<Wrong>,
}

impl Found {
    /// What has to be there when the power goes again at operation `at` of what followed.
    pub fn due(&self, at: usize) -> Due {
        let answered = self.marks.iter().filter(|(mark, _)| *mark <= at).map(|(_, steps)| *steps);
        Due { steps: answered.max().unwrap_or(self.steps), anchors: self.anchors }
    }
}

/// Opens `image` at `place` and judges it by what has to be there; the disk is handed on, as it is
/// after the operations that follow.
pub fn judge(reference: &Reference, place: &Place, image: &Image, due: Due) -> (Found, Arc<Disk>) {
    let disk = Disk::holding(image);
    let mount = place.mount(disk.clone());
    let mut found = Found::default();
    let judged = judge_mounted(reference, place, &disk, due, &mut found);
    found.wrong = judged.err();
    drop(mount);
    (found, disk)
}

fn judge_mounted(
    reference: &Reference,
    place: &Place,
    disk: &Disk,
    due: Due,
    found: &mut Found,
) -> Result<(), Wrong> {
    let answered = due.steps;
    let opened = place.open();
    if answered == 0 && opened.is_err() {
        // The creation had not answered, and nothing is there.
        return Ok(());
    }
    let mut bench = opened.map_err(|e| Wrong::Corrupt(format!("not opened: {e}")))?;
    let heads = place.heads().map_err(|e| Wrong::Corrupt(format!("no heads: {e}")))?;
    found.steps = steps_of(reference, &heads, answered)?;
    let before = answered.checked_sub(1).map(|last| &reference.states[last]);
    found.unanswered = before != Some(&heads);
    found.anchors = proven(place, disk, due.anchors)?;
    serials(reference, &mut bench, found.steps)?;
    afterwards(reference, place, disk, bench, found)
}

/// Steps that the heads stand for; exactly those answered, or one more.
fn steps_of(reference: &Reference, heads: &Heads, answered: usize) -> Result<usize, Wrong> {
    let known = |state: &Heads| state == heads;
    let Some(last) = reference.states.iter().rposition(known) else {
        return Err(Wrong::Corrupt(format!("neither before nor after a step: {heads:?}")));
    };
    let acknowledged = answered.checked_sub(1).map(|last| &reference.states[last]);
    let first = reference.states.iter().position(known).unwrap_or(last);
    // Steps without events answer with the same heads.
    if acknowledged != Some(heads) && first < answered {
        let what = format!("{answered} steps had answered, {} are there", first + 1);
        return Err(Wrong::Lost(what));
    }
    if acknowledged != Some(heads) && first > answered {
        return Err(Wrong::Corrupt(format!("step {first} is there before it was asked")));
    }
    Ok(last + 1)
}

/// Chains, projections, signatures, and the anchors that were kept; how many there are.
fn proven(place: &Place, disk: &Disk, due: usize) -> Result<usize, Wrong> {
    let broken = |what: String| Wrong::Corrupt(what);
    let image = disk.shown();
    let file = image.get(ANCHORS).map_or(&[][..], Vec::as_slice);
    let whole = &file[..Anchor::whole_lines(file)];
    let kept = whole.iter().filter(|&&byte| byte == b'\n').count();
    if kept < due {
        return Err(Wrong::Lost(format!("{kept} of {due} anchors are there")));
    }
    std::fs::write(&place.anchors, whole).map_err(|e| broken(e.to_string()))?;
    let key = keys::load(place.path()).map_err(|e| broken(e.to_string()))?.public_key_hex();
    let report = verify::verify(&place.ledger, Some((&place.anchors, &key)));
    let report = report.map_err(|e| broken(e.to_string()))?;
    match report.first_bad {
        None => Ok(kept),
        Some(bad) => Err(broken(format!("record {}: {}", bad.seq, bad.what))),
    }
}

/// Everything that was ever dispatched is known as used, and no index below is handed out.
fn serials(reference: &Reference, bench: &mut Bench, steps: usize) -> Result<(), Wrong> {
    if bench.ledger.open_batch_id().map(|(no, _)| no) != Some(FIRST) {
        return Ok(());
    }
    let broken = |e: LedgerError| Wrong::Corrupt(format!("not recovered: {e}"));
    let recovery = bench.ledger.recover(FIRST).map_err(broken)?;
    let expected = &reference.script.serials()[..recovery.pool.len()];
    if recovery.pool != expected {
        return Err(Wrong::Lost("the pool is another one".to_owned()));
    }
    let used = recovery.inputs.iter().filter_map(|input| match input {
        Input::RecoveredSerial { serial, job: Some(_), .. } => Some(*serial),
        _ => None,
    });
    let dispatched = reference.script.dispatched(steps);
    let mut pool = Pool::new(recovery.pool.clone().into_boxed_slice(), 0);
    used.for_each(|serial| pool.used_up_to(serial));
    match pool.take().map(|serial| serial.index().0 as usize) {
        Some(next) if next < dispatched => {
            let what = format!("serial {next} would be handed out, {dispatched} were dispatched");
            Err(Wrong::Reused(what))
        }
        _ => Ok(()),
    }
}

/// The next steps give what they gave in the reference, to the last hash.
fn afterwards(
    reference: &Reference,
    place: &Place,
    disk: &Disk,
    mut bench: Bench,
    found: &mut Found,
) -> Result<(), Wrong> {
    let steps = found.steps;
    let broken = |what: String| Wrong::Corrupt(what);
    if let Some(again) = reused(reference, &mut bench, steps) {
        return Err(Wrong::Reused(again));
    }
    let end = (steps + AFTERWARDS).min(reference.script.steps.len());
    for at in steps..end {
        let done = reference.script.perform(&mut bench, at);
        let anchor = done.map_err(|e| broken(format!("step {at} afterwards: {e}")))?;
        if let Some(anchor) = anchor {
            keep_anchor(disk, &anchor).map_err(|e| broken(e.to_string()))?;
        }
        let heads = place.heads().map_err(|e| broken(e.to_string()))?;
        if heads != reference.states[at] {
            return Err(broken(format!("step {at} afterwards gave other events")));
        }
        found.marks.push((disk.operations(), at + 1));
    }
    Ok(())
}

/// The ledger itself refuses a serial that had a job, and one that the product had.
fn reused(reference: &Reference, bench: &mut Bench, steps: usize) -> Option<String> {
    let done = &reference.script.steps[..steps];
    let loading = matches!(done.last(), Some(Step::Open(NEXT)));
    if loading {
        let had = &reference.script.serials()[..1];
        let again = bench.ledger.allocate_slice(crate::reference::clock(0), NEXT, 0, had);
        let refused =
            matches!(&again, Err(LedgerError::Refused(Refusal::Collision(at))) if *at == [0]);
        return (!refused).then(|| format!("a serial of the first order: {again:?}"));
    }
    let assigned = reference.script.dispatched(steps);
    let running = matches!(done.last(), Some(Step::Records(_)));
    if !running || assigned == 0 {
        return None;
    }
    let serial = SerialIndex(assigned as u32 - 1);
    let template = reference.script.records.iter().rfind(
        |record| matches!(record.body, RecordBody::JobAssigned { serial: of, .. } if of == serial),
    )?;
    let RecordBody::JobAssigned { labeler_epoch, .. } = template.body else { return None };
    let body = RecordBody::JobAssigned { serial, labeler_epoch, job: JobSeq(1_000_000) };
    let record = Record { seq: RecordSeq(1), body, ..*template };
    let again = bench.ledger.append(crate::reference::clock(0), FIRST, &[record]);
    let refused = matches!(again, Err(CommitError::Forbidden(_)));
    // A new handle's records begin anew.
    (!refused).then(|| format!("a second job for serial {}: {again:?}", serial.0))
}
