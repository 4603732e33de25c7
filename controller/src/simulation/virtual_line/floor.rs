//! The floor of the line in virtual time: eyes and hands of the world, commands to the core, and
//! what a controller would show of its records.
//!
//! Used by the scripted person. Must never tell more than that.

use super::{Declared, VirtualLine};
use crate::simulation::memory_ledger::PackRow;
use crate::simulation::observer::Observer;
use crate::simulation::operator::{Fallen, Floor, Strays, TrackedPack, WaitingPack, WatchedPack};
use line_core::event::{Command, Refusal};
use line_core::ids::TrackIndex;
use line_core::reason::{HoldCause, Resolution};
use line_sim::hands::{HandsRequest, HandsResponse, Zone};
use std::collections::HashMap;
use std::convert::Infallible;

impl<O: Observer> Floor for VirtualLine<O> {
    type Error = Infallible;

    fn hands(&mut self, request: HandsRequest) -> Result<HandsResponse, Infallible> {
        if request == HandsRequest::EmptyBin {
            self.bin_emptied = self.ledger.ejections;
        }
        Ok(self.world.hands(request))
    }

    fn holds(&mut self) -> Result<Vec<HoldCause>, Infallible> {
        Ok(self.line.holds().iter().collect())
    }

    fn waiting(&mut self) -> Result<Vec<WaitingPack>, Infallible> {
        let number = |i: u32| self.numbers.get(i as usize).map(|n| n.as_str().to_owned());
        let pack = |u: &line_core::line::Unresolved| WaitingPack {
            track: u.track.0,
            serial: u.serial.and_then(|s| number(s.0)),
            rejected: u.rejected,
            exit_seen: u.exit_seen,
        };
        Ok(self.line.unresolved().iter().map(pack).collect())
    }

    fn resolve(
        &mut self,
        track: u32,
        resolution: Resolution,
        _reason: &str,
    ) -> Result<Result<(), Refusal>, Infallible> {
        let answer = self.command(Command::Resolve { track: TrackIndex(track), resolution });
        Ok(answer)
    }

    fn tracked(&mut self) -> Result<Option<Vec<TrackedPack>>, Infallible> {
        let number = |i: u32| self.numbers.get(i as usize).map(|n| n.as_str().to_owned());
        let pack = |(track, serial): (u32, Option<line_core::ids::SerialIndex>)| TrackedPack {
            track,
            serial: serial.and_then(|serial| number(serial.0)),
        };
        Ok(Some(self.ledger.tracked().map(pack).collect()))
    }

    fn strays(&mut self) -> Result<Strays, Infallible> {
        let told = self.ledger.strays_told;
        let seen = core::mem::replace(&mut self.strays_seen, told);
        let (ejected, exited) = (told.0 - seen.0, told.1 - seen.1);
        Ok(Strays { ejected, exited })
    }

    fn watched(&mut self) -> Result<Option<Vec<WatchedPack>>, Infallible> {
        if !self.pace.is_drawn() {
            return Ok(None);
        }
        let edge = |row: &PackRow| (row.io_epoch.0, row.infeed.0);
        let shown = self.ledger.packs().map(|(track, row)| (edge(row), track));
        // What is on its way to disk will be shown: its edge is not lost.
        let tracks: HashMap<_, _> = shown.chain(self.disk.entered()).collect();
        let declared = &self.unseen_declared;
        let known = |pack: line_sim::hands::WatchedPack| {
            let track = pack.infeed.and_then(|edge| tracks.get(&edge).copied());
            // One whose edge at the infeed went is told once the chute has counted it.
            let telling = pack.unseen || pack.zone == Zone::Bin && !pack.falling;
            let told_now = track.is_none() && telling && !declared.contains(&pack.pack);
            let (undeclared, edge_lost) = (told_now && pack.unseen, told_now && !pack.unseen);
            let line_sim::hands::WatchedPack { pack, zone, falling, fell_unseen, .. } = pack;
            WatchedPack { pack, zone, track, undeclared, edge_lost, falling, fell_unseen }
        };
        Ok(Some(self.world.watched().into_iter().map(known).collect()))
    }

    fn was_told(&mut self, pack: u64) {
        self.unseen_declared.insert(pack);
    }

    fn fallen(&mut self) -> Fallen {
        self.fallen
    }

    fn keep_fallen(&mut self, fallen: Fallen) {
        self.fallen = fallen;
    }

    fn ejections(&mut self) -> Result<Option<usize>, Infallible> {
        Ok(Some(self.ledger.ejections - self.bin_emptied))
    }

    fn declare(&mut self, term: &str, count: u32, reason: &str) -> Result<(), Infallible> {
        self.ledger.declare(term, i64::from(count));
        let (term, reason) = (term.to_owned(), reason.to_owned());
        self.declared.push(Declared { term, count, reason });
        Ok(())
    }

    fn approve_first_pack(&mut self) -> Result<(), Infallible> {
        if self.ledger.approve_first_pack() {
            self.observer.first_pack_approved();
            let _ = self.command(Command::ApproveFirstPack);
        }
        Ok(())
    }

    fn go_on(&mut self, stop: bool) -> Result<(), Infallible> {
        let command = if stop { Command::Stop } else { Command::Unhold };
        let _ = self.command(command);
        Ok(())
    }
}
