//! Unexplained: the recorded fate of every pack must be the true one.
//!
//! It must never take an open fate (in process, unresolved) for an answer once the batch is closed.

use super::Scene;
use super::findings::{Findings, What};
use super::join::Pack;
use super::terms::{Recorded, State};
use crate::truth::Fate;

pub(super) fn check(scene: &Scene<'_>, findings: &mut Findings) {
    for pack in &scene.joined.packs {
        let Some(row) = pack.row else { continue };
        if pack.is_pending(scene.ledger.closed) || agrees(scene, pack, row.fate) {
            continue;
        }
        let detail = format!("truly {:?}, recorded {:?}", pack.truth.fate, row.fate);
        findings.add(What::FateDiffers, pack.about(), detail);
    }
}

fn agrees(scene: &Scene<'_>, pack: &Pack<'_>, recorded: Recorded) -> bool {
    use Recorded as R;
    match pack.truth.fate {
        Fate::Exited => matches!(recorded, R::Exited | R::ResolvedExited),
        Fate::Ejected => matches!(recorded, R::Ejected | R::ResolvedEjected),
        Fate::Removed => recorded == R::Removed,
        // Taken back: put into the bin, taken away, or taken out after it was commissioned.
        Fate::Retrieved => match recorded {
            R::ResolvedEjected | R::Removed => true,
            R::Exited | R::ResolvedExited => state(scene, pack).is_some_and(State::taken_out),
            R::InProcess | R::Unresolved | R::Ejected => false,
        },
        // The simulator ended with packs on its belt and was started again with an empty one.
        Fate::OnBelt => recorded == R::Removed && pack.run + 1 < scene.truth.runs.len(),
    }
}

/// State of the serial that the ledger has for a pack.
pub(super) fn state(scene: &Scene<'_>, pack: &Pack<'_>) -> Option<State> {
    let serial = pack.row.and_then(|row| row.serial.as_deref())?;
    scene.ledger.serial(serial).map(|row| row.state)
}
