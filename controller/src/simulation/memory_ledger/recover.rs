//! What the core is told of the batch after a restart of the controller.
//!
//! Called when the controller comes up again. Must never leave out a serial that was dispatched.

use super::{MemoryLedger, is_open};
use contracts::open_scs::SerialState;
use contracts::packml::UnitState;
use ledger::RECOVERED_PACKS;
use line_core::event::{CountBases, Input, PackFate, RecoveredPack};
use line_core::ids::{SerialIndex, TrackIndex};
use line_core::reason::HoldCause;
use line_core::record::LineCounts;

impl MemoryLedger {
    /// The inputs that bring the batch back, up to and with `RecoveryEnd`.
    #[must_use]
    pub fn recover(&self) -> Vec<Input> {
        let mut inputs = Vec::new();
        for (index, row) in (0..).zip(&self.serials) {
            if row.state != SerialState::Allocated || row.job.is_some() {
                let (serial, state) = (SerialIndex(index), row.state);
                let (job, track) = (row.job, row.track);
                inputs.push(Input::RecoveredSerial { serial, state, job, track });
            }
        }
        self.recover_packs(&mut inputs);
        inputs.push(self.recovery_end());
        inputs
    }

    /// Packs on the belt or unresolved, and the latest of the others, in order of tracks.
    fn recover_packs(&self, inputs: &mut Vec<Input>) {
        let over = self.packs().filter(|(_, pack)| !is_open(pack.fate)).count();
        let mut skip = over.saturating_sub(usize::try_from(RECOVERED_PACKS).unwrap_or(0));
        for (track, pack) in self.packs() {
            if !is_open(pack.fate) && skip > 0 {
                skip -= 1;
                continue;
            }
            inputs.push(Input::RecoveredPack(RecoveredPack {
                track: TrackIndex(track),
                infeed: pack.infeed,
                io_epoch: pack.io_epoch,
                serial: pack.serial,
                verdict: pack.verdict,
                reason: pack.reason,
                fate: pack.fate,
                fate_count: pack.exit_count.or(pack.eject_count),
                exit_seen: pack.exit_edge,
            }));
        }
    }

    fn recovery_end(&self) -> Input {
        let (mut line_commissioned, mut exits_accounted) = (0, 0);
        for (_, pack) in self.packs() {
            line_commissioned += u32::from(pack.fate == PackFate::Exited);
            exits_accounted += u32::from(pack.fate == PackFate::Exited || pack.exit_edge);
        }
        let clean = self.unit == Some(UnitState::Stopped) && self.open.is_empty();
        let base = self.counts.unwrap_or_default();
        let (bases, begin) = self.as_far_as_known();
        let books = self.books();
        let labels = books.encoded + books.invalid_but_printed + books.duplicate;
        let (io_epoch, io_seq) = if clean { Default::default() } else { self.last_io };
        Input::RecoveryEnd {
            io_epoch,
            io_seq,
            bases: if clean { CountBases::default() } else { bases },
            counts: if clean { base.latest } else { begin },
            line_commissioned,
            exits_accounted,
            ejects_accounted: Some(self.ejects_on_record() as u32),
            labels_accounted: labels.unsigned_abs(),
            order_state: self.order_state,
            held: self.holds.iter().any(|&cause| !passing(cause)),
        }
    }

    /// Where the counts were begun, moved on by the edges that are on record since.
    fn as_far_as_known(&self) -> (CountBases, LineCounts) {
        let Some(base) = self.counts else { return Default::default() };
        let exits = self.exits_on_record();
        let (was, bases) = (base.begin, base.bases);
        let infeed = was.infeed.max(self.packs.len() as u64);
        let exit = was.exit.max(exits as u64);
        let eject_confirm = was.eject_confirm.max(self.ejects_on_record() as u64);
        let bases = CountBases {
            infeed: bases.infeed + (infeed - was.infeed) as u32,
            exit: bases.exit + (exit - was.exit) as u32,
            eject: bases.eject + (eject_confirm - was.eject_confirm) as u32,
            ..bases
        };
        (bases, LineCounts { infeed, exit, eject_confirm, ..was })
    }

    /// A pack that was told to have left may have done so by an edge of no pack.
    fn exits_on_record(&self) -> usize {
        let strays = self.strays.iter().filter(|(at_exit, ..)| *at_exit).count();
        let (mut seen, mut told) = (0, 0);
        for (_, pack) in self.packs() {
            match pack.fate {
                PackFate::ResolvedExited => told += usize::from(pack.exit_edge),
                PackFate::Exited => seen += 1,
                _ => seen += usize::from(pack.exit_edge),
            }
        }
        seen + told.max(strays)
    }

    /// Edges in the chute, of a pack or of none.
    fn ejects_on_record(&self) -> usize {
        let strays = self.strays.iter().filter(|(at_exit, ..)| !at_exit).count();
        self.packs().filter(|(_, pack)| pack.fate == PackFate::Ejected).count() + strays
    }
}

/// Holds that end by themselves when the devices answer again.
fn passing(cause: HoldCause) -> bool {
    use HoldCause as H;
    matches!(
        cause,
        H::Restart
            | H::LineIoLink
            | H::LineIoFault
            | H::LabelerLink
            | H::CameraLink
            | H::StationLink
    )
}
