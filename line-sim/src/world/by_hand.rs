//! The person at the line: looks, scans, removes, clears, repairs, feeds.
//!
//! Called by the hands socket through [`World::hands`]. It must never give more than eyes and hands
//! have: what is printed, not what was meant.

use crate::hands::{HandsRequest, HandsResponse, Repair, ScannedPack, SeenPack, WatchedPack, Zone};
use crate::scenario::FaultKind;
use crate::truth::Fate;
use crate::world::World;
use crate::world::packs::{Pack, Whereabouts};

impl World {
    /// Does what the person does, at once.
    pub fn hands(&mut self, request: HandsRequest) -> HandsResponse {
        match request {
            HandsRequest::Look => self.look(),
            HandsRequest::Scan { pack } => match self.within_reach(pack) {
                Some(found) => HandsResponse::Scanned(scan(found)),
                None => HandsResponse::OutOfReach { pack },
            },
            HandsRequest::Remove { pack } => self.remove(pack),
            HandsRequest::Clear => self.clear(),
            HandsRequest::Repair { device } => self.repair(device),
            HandsRequest::EmptyBin => self.empty_bin(),
            HandsRequest::Prepare { packs } => {
                self.infeed.lay(packs, self.belt.position_um(self.now));
                self.feeding()
            }
            HandsRequest::Feed { open } => {
                self.infeed.feed(open, self.belt.position_um(self.now));
                self.feeding()
            }
        }
    }

    fn feeding(&self) -> HandsResponse {
        let (prepared, open) = self.infeed.feeding();
        HandsResponse::Feeding { prepared, open }
    }

    fn empty_bin(&mut self) -> HandsResponse {
        let packs = std::mem::take(&mut self.levels.bin_packs);
        self.bin.clear();
        self.repair_level(FaultKind::BinFull);
        HandsResponse::Emptied { packs }
    }

    fn look(&self) -> HandsResponse {
        let seen =
            |pack: &Pack, zone| SeenPack { pack: pack.id, zone, labelled: pack.is_labelled() };
        let zones = [(Whereabouts::Belt, Zone::Belt), (Whereabouts::Exit, Zone::Exit)];
        let mut packs = Vec::new();
        for (place, zone) in zones {
            let here = self.packs.iter().filter(|pack| pack.place == place);
            packs.extend(here.map(|pack| seen(pack, zone)));
        }
        packs.extend(self.bin.iter().map(|pack| seen(pack, Zone::Bin)));
        let falling = self.packs.iter().filter(|pack| pack.place == Whereabouts::Bin);
        packs.extend(falling.map(|pack| seen(pack, Zone::Bin)));
        HandsResponse::Seen { packs }
    }

    /// What somebody knows who has watched every pack since the infeed: where each in sight came
    /// from, whether or not it can be read. No person at a line knows that; a campaign's person
    /// does, so that nothing is put down to the controller that a tired look caused.
    #[must_use]
    pub fn watched(&self) -> Vec<WatchedPack> {
        let HandsResponse::Seen { packs } = self.look() else { return Vec::new() };
        let known = |seen: SeenPack| {
            let pack = self.within_reach(seen.pack)?;
            let infeed = pack.infeed.map(|edge| (pack.io_epoch, edge.count));
            let unseen = pack.came_unseen();
            let falling = self.is_falling(seen.pack);
            let SeenPack { pack: id, zone, .. } = seen;
            let fell_unseen = zone == Zone::Bin && !falling && !pack.fell_seen;
            Some(WatchedPack { pack: id, zone, infeed, unseen, falling, fell_unseen })
        };
        packs.into_iter().filter_map(known).collect()
    }

    fn within_reach(&self, id: u64) -> Option<&Pack> {
        let absent = |place| matches!(place, Whereabouts::Coming | Whereabouts::Gone);
        let on_line = self.packs.get(id).filter(|pack| !absent(pack.place));
        on_line.or_else(|| self.bin.iter().find(|pack| pack.id == id))
    }

    fn remove(&mut self, id: u64) -> HandsResponse {
        let Some(pack) = self.packs.get(id) else { return HandsResponse::OutOfReach { pack: id } };
        let fate = match pack.place {
            Whereabouts::Belt => Fate::Removed,
            Whereabouts::Exit => Fate::Retrieved,
            Whereabouts::Bin if self.is_falling(id) => Fate::Removed,
            Whereabouts::Coming | Whereabouts::Bin | Whereabouts::Gone => {
                return HandsResponse::OutOfReach { pack: id };
            }
        };
        let scanned = scan(pack);
        self.behind_exit.retain(|behind| *behind != id);
        self.out_of_chute(id);
        self.take_off(id, fate);
        HandsResponse::Removed { packs: vec![scanned] }
    }

    fn clear(&mut self) -> HandsResponse {
        let on_belt = self.packs.iter().filter(|pack| pack.place == Whereabouts::Belt);
        let packs: Vec<ScannedPack> = on_belt.map(scan).collect();
        for scanned in &packs {
            self.take_off(scanned.pack, Fate::Removed);
        }
        self.empty_chute();
        HandsResponse::Removed { packs }
    }

    fn repair(&mut self, device: Repair) -> HandsResponse {
        let was_broken = match device {
            Repair::Ejector => {
                self.log.ejector_freed(self.now);
                std::mem::take(&mut self.ejector_is_stuck)
            }
            Repair::Labeler => {
                self.log.web_mended(self.now);
                let was_broken = self.labeler.is_broken();
                self.labeler.mend();
                was_broken || !self.labeler.is_powered()
            }
            Repair::Camera => !self.camera.is_powered(),
            Repair::LineIo => !self.line_io.is_powered(),
            Repair::Eyes => self.clean_eyes(),
            Repair::Safety => self.repair_level(FaultKind::SafetyOpen),
            Repair::Air => self.repair_level(FaultKind::AirLost),
            Repair::Bin => self.repair_level(FaultKind::BinUnlocked),
            Repair::Mains => self.repair_level(FaultKind::PowerFail),
        };
        HandsResponse::Repaired { was_broken }
    }
}

fn scan(pack: &Pack) -> ScannedPack {
    let code = pack.label.and_then(|label| label.scan());
    ScannedPack { pack: pack.id, code }
}
