//! The scripted person of demo and virtual time: acts only through hands and commands, as
//! somebody at the line could, for every hold that a scenario can cause.
//!
//! Polled by its owner while the line is held. Must never know what the simulator knows: it looks,
//! scans, takes away, repairs, and tells the controller.

mod floor;
mod strangers;
mod watcher;

pub use floor::{Floor, Strays, TrackedPack, WaitingPack, WatchedPack};
use line_core::reason::{HoldCause, Resolution};
use line_sim::hands::{HandsRequest, HandsResponse, Repair, ScannedPack, Zone};
pub use watcher::Fallen;

/// Name under which it signs.
pub const OPERATOR: &str = "demo-operator";

/// What is looked after at every hold: nobody can see from afar which of them it was.
const REPAIRS: [Repair; 9] = [
    Repair::Ejector,
    Repair::Labeler,
    Repair::Camera,
    Repair::LineIo,
    Repair::Eyes,
    Repair::Safety,
    Repair::Air,
    Repair::Bin,
    Repair::Mains,
];

/// Handles one hold: repairs, looks for every waiting pack and for packs that nobody waits for,
/// goes on.
///
/// # Errors
/// Those of the floor.
pub fn handle_hold<F: Floor>(floor: &mut F) -> Result<(), F::Error> {
    let holds = floor.holds()?;
    if holds.is_empty() {
        return Ok(());
    }
    for device in REPAIRS {
        floor.hands(HandsRequest::Repair { device })?;
    }
    let mut waiting = floor.waiting()?;
    waiting.sort_by_key(|pack| pack.track);
    if let Some(seen) = floor.watched()? {
        let lost = [HoldCause::LineIoRestart, HoldCause::PositionsLost];
        let empties = lost.iter().any(|cause| holds.contains(cause));
        watcher::tell(floor, &seen, &waiting, empties)?;
    } else if holds.contains(&HoldCause::LineIoRestart) {
        after_lost_positions(floor, &waiting)?;
    } else if holds.contains(&HoldCause::PositionsLost) {
        strangers::declare_strays(floor)?;
        let surplus = after_lost_positions(floor, &waiting)?;
        if surplus > 0 {
            let reason = "on the emptied belt and known to nobody";
            floor.declare("additions", surplus, reason)?;
            floor.declare("removals", surplus, reason)?;
        }
    } else {
        // Without its link the controller's list is an old one.
        if !holds.contains(&HoldCause::LineIoLink) {
            strangers::take_off(floor)?;
        }
        strangers::declare_strays(floor)?;
        for pack in &waiting {
            find(floor, pack)?;
        }
    }
    if holds.contains(&HoldCause::FirstPack) {
        floor.approve_first_pack()?;
    }
    if holds.contains(&HoldCause::BinFull) {
        floor.hands(HandsRequest::EmptyBin)?;
    }
    floor.go_on(holds.contains(&HoldCause::PoolEmpty))
}

/// Before the books are closed: packs that came out without being known, and no hold followed.
///
/// # Errors
/// Those of the floor.
pub fn before_close<F: Floor>(floor: &mut F) -> Result<(), F::Error> {
    if let Some(seen) = floor.watched()? {
        return watcher::tell_what_came_out(floor, &seen, true);
    }
    strangers::declare_strays(floor)
}

/// What came out of a purge without being known is declared while it lies on top.
///
/// # Errors
/// Those of the floor.
pub fn after_purge<F: Floor>(floor: &mut F) -> Result<(), F::Error> {
    match floor.watched()? {
        Some(seen) => watcher::tell_what_came_out(floor, &seen, false),
        None => Ok(()),
    }
}

/// After an abort: the belt stands, and every pack without an end is looked for.
///
/// # Errors
/// Those of the floor.
pub fn handle_abort<F: Floor>(floor: &mut F) -> Result<(), F::Error> {
    let mut waiting = floor.waiting()?;
    waiting.sort_by_key(|pack| pack.track);
    if let Some(seen) = floor.watched()? {
        return watcher::tell(floor, &seen, &waiting, true);
    }
    strangers::declare_strays(floor)?;
    let surplus = after_lost_positions(floor, &waiting)?;
    if surplus > 0 {
        let reason = "on the emptied belt and known to nobody";
        floor.declare("additions", surplus, reason)?;
        floor.declare("removals", surplus, reason)?;
    }
    Ok(())
}

/// Positions are lost: the belt is emptied by hand (domain.md section 1). Packs keep their order on
/// the belt, so one without a readable code is known by its place between two that have one. What
/// was not on the belt lies behind the exit or in the bin: without power the gate rests in reject.
/// Gives how many packs more than the controller knows were in hand.
fn after_lost_positions<F: Floor>(floor: &mut F, waiting: &[WaitingPack]) -> Result<u32, F::Error> {
    let in_hand = match floor.hands(HandsRequest::Clear)? {
        HandsResponse::Removed { packs } => packs,
        _ => Vec::new(),
    };
    // Packs that came in while the belt was coming to rest wait for nobody yet.
    let tracked = floor.tracked()?.unwrap_or_default();
    let awaited = |pack: &&TrackedPack| waiting.iter().any(|w| w.track == pack.track);
    let followed = tracked.iter().filter(|pack| !awaited(pack)).count();
    let is = |p: &ScannedPack, w: &WaitingPack| bears(p.code.as_deref(), w);
    let mut nameless = nameless_in_bin(floor, waiting)?;
    let bare = |p: &ScannedPack| waiting.iter().all(|w| !is(p, w));
    // From the infeed on: what lies in the bin or behind the exit was before all on the belt.
    let (mut rest, mut known) = (in_hand.len(), 0);
    for pack in waiting.iter().rev() {
        let found = in_hand.iter().rposition(|p| is(p, pack));
        let last = rest.checked_sub(1).filter(|&at| bare(&in_hand[at]));
        if let Some(at) = found.or(last) {
            rest = rest.min(at);
            known += 1;
            let _ = floor.resolve(pack.track, Resolution::Removed, "taken off the emptied belt")?;
        } else if take_unreadable_behind_exit(floor)? {
            let reason = "taken back from behind the exit: its code cannot be read";
            let _ = floor.resolve(pack.track, Resolution::Removed, reason)?;
        } else if nameless > 0 && locate(floor, pack)?.is_none() {
            nameless -= 1;
            let reason = "neither on the emptied belt nor behind the exit: in the reject bin";
            let _ = floor.resolve(pack.track, Resolution::Ejected, reason)?;
        } else if find(floor, pack)? == Whereabouts::Unknown {
            // It may be one of those in hand that show no code, or another's.
            known += 1;
        }
    }
    Ok(in_hand.len().saturating_sub(known + followed) as u32)
}

/// What cannot be read never counts as good: a pack like that behind the exit is taken back.
fn take_unreadable_behind_exit<F: Floor>(floor: &mut F) -> Result<bool, F::Error> {
    let HandsResponse::Seen { packs } = floor.hands(HandsRequest::Look)? else { return Ok(false) };
    for pack in packs.iter().filter(|p| p.zone == Zone::Exit).map(|p| p.pack) {
        let scan = floor.hands(HandsRequest::Scan { pack })?;
        if matches!(scan, HandsResponse::Scanned(ScannedPack { code: None, .. })) {
            floor.hands(HandsRequest::Remove { pack })?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// More packs are in the bin than ejections on record, and one of the last cannot be read: while
/// the line comes to a stop, no more than two follow it.
fn more_in_bin<F: Floor>(floor: &mut F) -> Result<bool, F::Error> {
    let Some(known) = floor.ejections()? else { return Ok(false) };
    let HandsResponse::Seen { packs } = floor.hands(HandsRequest::Look)? else { return Ok(false) };
    let there = packs.iter().filter(|seen| seen.zone == Zone::Bin).count();
    Ok(there > known && unreadable_in_bin(floor, 3)?)
}

/// How many of the packs that lie in the bin beyond the ejections on record bear no serial that is
/// waited for: blank, unreadable or wrong. The latest lie on top.
fn nameless_in_bin<F: Floor>(floor: &mut F, waiting: &[WaitingPack]) -> Result<usize, F::Error> {
    let Some(known) = floor.ejections()? else {
        // Without that number only the last one tells anything.
        return Ok(if unreadable_in_bin(floor, 1)? { usize::MAX } else { 0 });
    };
    let bin = strangers::lying(floor, Zone::Bin)?;
    let more = bin.iter().rev().take(bin.len().saturating_sub(known));
    let nameless = more.filter(|pack| waiting.iter().all(|w| !bears(pack.code.as_deref(), w)));
    Ok(nameless.count())
}

fn unreadable_in_bin<F: Floor>(floor: &mut F, last: usize) -> Result<bool, F::Error> {
    let HandsResponse::Seen { packs } = floor.hands(HandsRequest::Look)? else { return Ok(false) };
    let last = packs.iter().rev().filter(|p| p.zone == Zone::Bin).take(last);
    for pack in last.map(|seen| seen.pack) {
        let scan = floor.hands(HandsRequest::Scan { pack })?;
        if matches!(scan, HandsResponse::Scanned(ScannedPack { code: None, .. })) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a pack that was looked for was seen somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whereabouts {
    Known,
    Unknown,
}

/// Looks for one pack and says what became of it.
fn find<F: Floor>(floor: &mut F, pack: &WaitingPack) -> Result<Whereabouts, F::Error> {
    let mut seen = Whereabouts::Known;
    let (resolution, reason) = match locate(floor, pack)? {
        Some((_, Zone::Bin)) => (Resolution::Ejected, "found in the reject bin"),
        Some((id, Zone::Belt | Zone::Exit)) => {
            floor.hands(HandsRequest::Remove { pack: id })?;
            (Resolution::Removed, "taken off the line by hand and scanned")
        }
        None => {
            if let Some(pack) = strangers::by_place(floor, pack.track)? {
                floor.hands(HandsRequest::Remove { pack })?;
                (Resolution::Removed, "without a readable code, known by its place: taken off")
            } else if pack.rejected && !pack.exit_seen && more_in_bin(floor)? {
                (Resolution::Ejected, "not on the belt, without a readable code: in the bin")
            } else {
                seen = Whereabouts::Unknown;
                (Resolution::Removed, "not to be found by its code: taken off by hand")
            }
        }
    };
    let _ = floor.resolve(pack.track, resolution, reason)?;
    Ok(seen)
}

/// Scans what is in sight for the pack by its serial. One that was seen at the exit and does not
/// show its serial is the last one there: the line stopped before another could follow.
fn locate<F: Floor>(floor: &mut F, pack: &WaitingPack) -> Result<Option<(u64, Zone)>, F::Error> {
    let HandsResponse::Seen { packs } = floor.hands(HandsRequest::Look)? else {
        return Ok(None);
    };
    let mut last_out = None;
    for seen in packs {
        let scan = floor.hands(HandsRequest::Scan { pack: seen.pack })?;
        let HandsResponse::Scanned(scanned) = scan else { continue };
        // One seen at the exit is looked for there: a slipped label shows its code twice.
        let there = seen.zone == Zone::Exit || !pack.exit_seen;
        if there && bears(scanned.code.as_deref(), pack) {
            return Ok(Some((seen.pack, seen.zone)));
        }
        if seen.zone == Zone::Exit {
            last_out = Some((seen.pack, seen.zone));
        }
    }
    Ok(last_out.filter(|_| pack.exit_seen))
}

fn bears(code: Option<&str>, pack: &WaitingPack) -> bool {
    let (Some(code), Some(serial)) = (code, &pack.serial) else { return false };
    code.contains(&format!("21{serial}{{GS}}"))
}
