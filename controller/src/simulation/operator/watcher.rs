//! The person who has watched every pack: tells without error what became of each.
//!
//! Called in campaigns, where the controller is on trial and not the person's eyes. Must never tell
//! more than where packs are: what follows from it is the controller's.

use super::{Floor, Strays, WaitingPack, WatchedPack};
use line_core::reason::Resolution;
use line_sim::hands::{HandsRequest, Zone};

/// Packs that no counter tells.
#[derive(Default)]
struct Uncounted {
    additions: u32,
    removals: u32,
}

impl Uncounted {
    fn declare<F: Floor>(self, floor: &mut F) -> Result<(), F::Error> {
        let reason = "came past the infeed eye";
        for (term, count) in [("additions", self.additions), ("removals", self.removals)] {
            if count > 0 {
                floor.declare(term, count, reason)?;
            }
        }
        Ok(())
    }
}

/// Tells what became of every pack that waits, takes strangers off the line and declares them. With
/// `empties` everything on the belt is taken off.
///
/// # Errors
/// Those of the floor.
pub(super) fn tell<F: Floor>(
    floor: &mut F,
    seen: &[WatchedPack],
    waiting: &[WaitingPack],
    empties: bool,
) -> Result<(), F::Error> {
    if empties {
        floor.hands(HandsRequest::Clear)?;
    }
    // What is pushed on through the chute by hand has no edge there either.
    let by_hand = |pack: &WatchedPack| {
        pack.undeclared && (pack.zone == Zone::Belt || empties && pack.falling)
    };
    let mut uncounted = Uncounted::default();
    for pack in seen.iter().filter(|pack| by_hand(pack)) {
        take(floor, pack)?;
        uncounted.additions += 1;
        uncounted.removals += 1;
    }
    uncounted.declare(floor)?;
    let came_out: Vec<WatchedPack> = seen.iter().copied().filter(|pack| !by_hand(pack)).collect();
    tell_what_came_out(floor, &came_out)?;
    for pack in waiting {
        let found = seen.iter().find(|seen| seen.track == Some(pack.track));
        let (resolution, reason) = match found.map(|seen| seen.zone) {
            Some(Zone::Bin) => (Resolution::Ejected, "seen to fall into the reject bin"),
            Some(Zone::Belt) => (Resolution::Removed, "taken off the belt"),
            Some(Zone::Exit) => (Resolution::Removed, "taken back from behind the exit"),
            None => (Resolution::Removed, "seen to be taken away"),
        };
        if let Some(found) = found {
            take(floor, found)?;
        }
        let _ = floor.resolve(pack.track, resolution, reason)?;
    }
    Ok(())
}

/// Declares strangers in the bin, and takes back whatever left by an edge of no pack.
///
/// # Errors
/// Those of the floor.
pub(super) fn tell_what_came_out<F: Floor>(
    floor: &mut F,
    seen: &[WatchedPack],
) -> Result<(), F::Error> {
    let Strays { ejected, exited } = floor.strays()?;
    let open = floor.tracked()?.unwrap_or_default();
    let mut uncounted = Uncounted::default();
    for pack in seen.iter().filter(|pack| pack.zone != Zone::Belt) {
        let has_left = pack.zone == Zone::Exit;
        uncounted.additions += u32::from(pack.undeclared);
        uncounted.removals += u32::from(pack.undeclared && (has_left || pack.fell_unseen));
        let is_open = pack.track.is_none_or(|track| open.iter().any(|t| t.track == track));
        if has_left && (pack.undeclared || exited > 0 && is_open) {
            take(floor, pack)?;
        }
    }
    // Their edges in the chute count, those at the infeed went with the power.
    let more = seen.iter().filter(|pack| pack.zone == Zone::Bin && pack.edge_lost).count() as u32;
    uncounted.additions += more.min(ejected.saturating_sub(uncounted.additions));
    uncounted.declare(floor)?;
    if exited > 0 {
        floor.declare("retrieved", exited, "behind the exit by an edge that no pack explains")?;
    }
    Ok(())
}

/// Takes a pack off the line, unless it lies in the bin or is off already.
fn take<F: Floor>(floor: &mut F, pack: &WatchedPack) -> Result<(), F::Error> {
    if pack.zone != Zone::Bin {
        floor.hands(HandsRequest::Remove { pack: pack.pack })?;
    }
    Ok(())
}
