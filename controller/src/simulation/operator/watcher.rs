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
    fn both(&mut self, packs: u32) {
        self.additions += packs;
        self.removals += packs;
    }

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

/// Packs that came past the infeed eye and fell into the bin, against the edges of nobody there.
/// Whose edge it was cannot be told, and need not be: their numbers balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fallen {
    /// Strangers, not declared yet.
    strangers: u32,
    /// Packs whose edge at the infeed went with the power of the line I/O, not declared yet.
    edge_lost: u32,
    /// Edges of nobody that no declaration explains.
    edges: u32,
}

impl Fallen {
    /// Those that an edge of nobody tells.
    fn told(&mut self) -> u32 {
        let strangers = self.strangers.min(self.edges);
        let edge_lost = self.edge_lost.min(self.edges - strangers);
        self.strangers -= strangers;
        self.edge_lost -= edge_lost;
        self.edges -= strangers + edge_lost;
        strangers + edge_lost
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
    let open = floor.tracked()?.unwrap_or_default();
    // One that was said to have fallen is pushed on into the bin.
    let was_said = |track: u32| {
        !waiting.iter().any(|w| w.track == track) && !open.iter().any(|o| o.track == track)
    };
    let out_of_chute =
        |pack: &WatchedPack| empties && pack.falling && !pack.track.is_some_and(was_said);
    for pack in seen.iter().filter(|pack| out_of_chute(pack)) {
        floor.hands(HandsRequest::Remove { pack: pack.pack })?;
    }
    if empties {
        floor.hands(HandsRequest::Clear)?;
    }
    // What is taken out of the chute by hand has no edge there either.
    let by_hand =
        |pack: &WatchedPack| pack.undeclared && (pack.zone == Zone::Belt || out_of_chute(pack));
    let mut uncounted = Uncounted::default();
    for pack in seen.iter().filter(|pack| by_hand(pack)) {
        take(floor, pack)?;
        floor.was_told(pack.pack);
        uncounted.both(1);
    }
    uncounted.declare(floor)?;
    let came_out: Vec<WatchedPack> = seen.iter().copied().filter(|pack| !by_hand(pack)).collect();
    tell_what_came_out(floor, &came_out, false)?;
    for pack in waiting {
        let found = seen.iter().find(|seen| seen.track == Some(pack.track));
        let (resolution, reason) = match found.map(|seen| seen.zone) {
            Some(Zone::Bin) if found.is_some_and(out_of_chute) => {
                (Resolution::Removed, "taken out of the chute")
            }
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

/// Declares strangers in the bin, and takes back whatever left by an edge of no pack. At the `last`
/// look no more edges are told: what is left of the strangers has given its edge to other packs.
///
/// # Errors
/// Those of the floor.
pub(super) fn tell_what_came_out<F: Floor>(
    floor: &mut F,
    seen: &[WatchedPack],
    last: bool,
) -> Result<(), F::Error> {
    let Strays { ejected, exited } = floor.strays()?;
    let open = floor.tracked()?.unwrap_or_default();
    let (mut uncounted, mut fallen) = (Uncounted::default(), floor.fallen());
    fallen.edges += ejected;
    // What still falls is told when the eye in the chute has had its chance.
    for pack in seen.iter().filter(|pack| pack.zone != Zone::Belt && !pack.falling) {
        let has_left = pack.zone == Zone::Exit;
        let gives_edge = !has_left && !pack.fell_unseen;
        fallen.strangers += u32::from(pack.undeclared && gives_edge);
        fallen.edge_lost += u32::from(pack.edge_lost && gives_edge);
        uncounted.both(u32::from(pack.undeclared && !gives_edge));
        if pack.undeclared || pack.edge_lost {
            floor.was_told(pack.pack);
        }
        let is_open = pack.track.is_none_or(|track| open.iter().any(|t| t.track == track));
        if has_left && (pack.undeclared || exited > 0 && is_open) {
            take(floor, pack)?;
        }
    }
    uncounted.additions += fallen.told();
    if last {
        uncounted.both(std::mem::take(&mut fallen.strangers));
    }
    floor.keep_fallen(fallen);
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
