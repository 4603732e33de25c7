//! Packs that belong to no track: put onto the belt by somebody, stuck to another one, or not seen
//! at the infeed. The person compares what lies on the belt with what the controller shows.
//!
//! Called while a hold is handled. Must never know a pack but by its code and its place among the
//! others.

use super::{Floor, Strays, TrackedPack};
use line_sim::hands::{HandsRequest, HandsResponse, ScannedPack, Zone};

/// A pack on the belt and its code.
pub(super) struct Lying {
    pub(super) pack: u64,
    pub(super) code: Option<String>,
}

/// Takes off the belt what is more than the controller knows, and declares it.
pub(super) fn take_off<F: Floor>(floor: &mut F) -> Result<(), F::Error> {
    let Some(tracked) = floor.tracked()? else { return Ok(()) };
    let belt = lying(floor, Zone::Belt)?;
    let mut taken = 0;
    for pack in compare(&belt, &tracked).surplus {
        floor.hands(HandsRequest::Remove { pack })?;
        taken += 1;
    }
    if taken > 0 {
        let reason = "on the belt and known to nobody: taken off by hand";
        floor.declare("additions", taken, reason)?;
        floor.declare("removals", taken, reason)?;
    }
    Ok(())
}

/// A pack of the belt whose code cannot be read, known by its place between others.
pub(super) fn by_place<F: Floor>(floor: &mut F, track: u32) -> Result<Option<u64>, F::Error> {
    let Some(tracked) = floor.tracked()? else { return Ok(None) };
    let belt = lying(floor, Zone::Belt)?;
    let places = compare(&belt, &tracked).places;
    Ok(places.into_iter().find(|(of, _)| *of == track).map(|(_, pack)| pack))
}

/// Declares what came out without being known; what passed the exit so is taken back from there.
/// What bears a serial that the controller waits for is no stranger.
pub(super) fn declare_strays<F: Floor>(floor: &mut F) -> Result<(), F::Error> {
    let Strays { ejected, exited } = floor.strays()?;
    if ejected > 0 {
        let strangers = last_strangers(floor, Zone::Bin, ejected)?;
        if !strangers.is_empty() {
            let count = strangers.len() as u32;
            floor.declare("additions", count, "in the reject bin and known to nobody")?;
        }
    }
    if exited == 0 {
        return Ok(());
    }
    let strangers = last_strangers(floor, Zone::Exit, exited)?.len() as u32;
    let reason = "behind the exit by an edge that no pack explains: taken back";
    // Whatever it bears: its position was not proven. The line stopped before another could follow.
    for lying in lying(floor, Zone::Exit)?.iter().rev().take(exited as usize) {
        floor.hands(HandsRequest::Remove { pack: lying.pack })?;
    }
    if strangers > 0 {
        floor.declare("additions", strangers, reason)?;
        floor.declare("removals", strangers, reason)?;
    }
    floor.declare("retrieved", exited, reason)
}

/// Of the packs that came last into a zone, as many as gave a stray edge: those among them that the
/// controller does not wait for.
fn last_strangers<F: Floor>(floor: &mut F, zone: Zone, count: u32) -> Result<Vec<u64>, F::Error> {
    let tracked = floor.tracked()?.unwrap_or_default();
    let there = lying(floor, zone)?;
    let awaited = |lying: &Lying| tracked.iter().any(|pack| bears(lying, pack));
    let known = there.iter().rev().take(count as usize + 2).filter(|pack| awaited(pack)).count();
    let strangers = there.iter().rev().filter(|pack| !awaited(pack)).map(|lying| lying.pack);
    Ok(strangers.take((count as usize).saturating_sub(known)).collect())
}

pub(super) fn lying<F: Floor>(floor: &mut F, zone: Zone) -> Result<Vec<Lying>, F::Error> {
    let HandsResponse::Seen { packs } = floor.hands(HandsRequest::Look)? else {
        return Ok(Vec::new());
    };
    let mut there = Vec::new();
    for pack in packs.iter().filter(|seen| seen.zone == zone).map(|seen| seen.pack) {
        let code = match floor.hands(HandsRequest::Scan { pack })? {
            HandsResponse::Scanned(ScannedPack { code, .. }) => code,
            _ => None,
        };
        there.push(Lying { pack, code });
    }
    Ok(there)
}

/// The belt beside the controller's list.
#[derive(Debug, Default, PartialEq, Eq)]
struct Compared {
    /// Packs that are more than the controller knows.
    surplus: Vec<u64>,
    /// Tracks whose pack shows itself by its place only.
    places: Vec<(u32, u64)>,
}

/// Packs keep their order: between two that are known by their codes there must not lie more than
/// the controller knows there. Of those too many, one with a code is the stranger first.
fn compare(belt: &[Lying], tracked: &[TrackedPack]) -> Compared {
    let mut compared = Compared::default();
    let (mut between, mut next) = (Vec::new(), 0);
    for lying in belt {
        match tracked[next..].iter().position(|pack| bears(lying, pack)) {
            Some(skipped) => {
                compared.stretch(&mut between, &tracked[next..next + skipped]);
                next += skipped + 1;
            }
            None => between.push(lying),
        }
    }
    compared.stretch(&mut between, &tracked[next..]);
    // Labels that have slipped show their codes at wrong places: the number tells.
    compared.surplus.truncate(belt.len().saturating_sub(tracked.len()));
    compared
}

impl Compared {
    /// Packs without a known code between two that have one, and the tracks for them.
    fn stretch(&mut self, between: &mut Vec<&Lying>, tracked: &[TrackedPack]) {
        for _ in tracked.len()..between.len() {
            let at = between.iter().position(|lying| lying.code.is_some()).unwrap_or(0);
            self.surplus.push(between.remove(at).pack);
        }
        let places = tracked.iter().zip(between.drain(..));
        self.places.extend(places.map(|(pack, lying)| (pack.track, lying.pack)));
    }
}

fn bears(lying: &Lying, pack: &TrackedPack) -> bool {
    let (Some(code), Some(serial)) = (&lying.code, &pack.serial) else { return false };
    code.contains(&format!("21{serial}{{GS}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lie(codes: &[&str]) -> Vec<Lying> {
        let code = |code: &str| (!code.is_empty()).then(|| format!("]d20121{code}{{GS}}17"));
        (1..).zip(codes).map(|(pack, text)| Lying { pack, code: code(text) }).collect()
    }

    fn known(serials: &[&str]) -> Vec<TrackedPack> {
        let serial = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        let pack = |(track, s): (u32, &&str)| TrackedPack { track, serial: serial(s) };
        (10..).zip(serials).map(pack).collect()
    }

    #[test]
    fn the_one_too_many_is_found_by_its_place() {
        let surplus =
            |belt: &[&str], serials: &[&str]| compare(&lie(belt), &known(serials)).surplus;
        assert_eq!(surplus(&["A", "", "B", ""], &["A", "B", ""]), [2]);
        assert_eq!(surplus(&["A", "X", "B"], &["A", "B"]), [2]);
        assert_eq!(surplus(&["A", "", "X", "B"], &["A", "C", "B"]), [3]);
        assert!(surplus(&["A", "", "B"], &["A", "C", "B", ""]).is_empty());
        assert!(surplus(&["X", "A", "B"], &["A", "B", "C"]).is_empty(), "slipped by one");
        assert!(surplus(&["", "B"], &["Z", "A", "B"]).is_empty());
    }

    #[test]
    fn a_pack_without_a_code_is_known_by_its_place() {
        let places = compare(&lie(&["A", "", "B"]), &known(&["A", "C", "B"])).places;
        assert_eq!(places, [(11, 2)]);
    }
}
