//! What a ledger would tell of an open batch after a restart, from the records that are durable.
//!
//! Used by the fixture's restart. Must never tell more than was durable.

use crate::event::{CountBases, Input, Output, PackFate, RecoveredPack};
use crate::ids::{Epoch, JobSeq, SerialIndex, TrackIndex};
use crate::reason::Resolution;
use crate::record::{LineCounts, Record, RecordBody, Verdict};
use contracts::open_scs::{JobOrderState, SerialState};
use std::collections::BTreeMap;

type Serial = (SerialState, (Epoch, JobSeq), Option<TrackIndex>);

#[derive(Default)]
struct Told {
    serials: BTreeMap<SerialIndex, Serial>,
    packs: BTreeMap<TrackIndex, RecoveredPack>,
    begin: (CountBases, LineCounts),
    /// Edges of no pack: at the exit, in the chute.
    strays: (u64, u64),
}

/// Inputs for a new line, up to and with `RecoveryEnd`.
pub(super) fn told(seen: &[Output], durable: u64) -> Vec<Input> {
    let record = |o: &Output| if let Output::Record(r) = o { Some(*r) } else { None };
    let records: Vec<Record> =
        seen.iter().filter_map(record).filter(|r| r.seq.0 <= durable).collect();
    let mut told = Told::default();
    for record in &records {
        told.serial(&record.body);
        told.pack(record);
    }
    let exits =
        told.packs.values().filter(|p| p.fate == PackFate::Exited || p.exit_seen).count() as u32;
    let line_commissioned =
        told.packs.values().filter(|p| p.fate == PackFate::Exited).count() as u32;
    let (bases, counts) = told.as_far_as_known(exits);
    let ejects_accounted = Some(told.ejects_on_record() as u32);
    let mut inputs = Vec::new();
    for (serial, (state, job, track)) in told.serials {
        inputs.push(Input::RecoveredSerial { serial, state, job: Some(job), track });
    }
    inputs.extend(told.packs.into_values().map(Input::RecoveredPack));
    let last = records.last().unwrap();
    let explained = |r: &&Record| {
        matches!(
            r.body,
            RecordBody::Printed { .. } | RecordBody::SerialInvalid { printed: true, .. }
        )
    };
    let labels_accounted = records.iter().filter(explained).count() as u64;
    inputs.push(Input::RecoveryEnd {
        io_epoch: last.io_epoch,
        io_seq: last.io_seq,
        bases,
        counts,
        line_commissioned,
        exits_accounted: exits,
        ejects_accounted,
        labels_accounted,
        held: false,
        order_state: JobOrderState::Running,
    });
    inputs
}

impl Told {
    fn serial(&mut self, body: &RecordBody) {
        match *body {
            RecordBody::JobAssigned { serial, labeler_epoch, job } => {
                let told = (SerialState::Allocated, (labeler_epoch, job), None);
                self.serials.insert(serial, told);
            }
            RecordBody::Printed { serial, .. } => self.state(serial, SerialState::Encoded),
            RecordBody::SerialInvalid { serial, .. } => self.state(serial, SerialState::SnInvalid),
            RecordBody::LabelApplied { track, serial, .. } => {
                self.serials.entry(serial).and_modify(|s| s.2 = Some(track));
            }
            RecordBody::PackExited { serial: Some(serial), .. } => {
                self.state(serial, SerialState::Commissioned);
            }
            RecordBody::ExitedWithoutPack { .. } => self.strays.0 += 1,
            RecordBody::EjectedWithoutPack { .. } => self.strays.1 += 1,
            RecordBody::CountsBegin {
                counts,
                io_epoch,
                infeed_base: infeed,
                exit_base: exit,
                eject_base: eject,
                labeler_epoch,
                printed_base: printed,
            } => {
                let bases = CountBases { io_epoch, infeed, exit, eject, labeler_epoch, printed };
                self.begin = (bases, counts);
            }
            _ => {}
        }
    }

    /// Where the counts were begun, moved on by the edges on record since.
    fn as_far_as_known(&self, exits: u32) -> (CountBases, LineCounts) {
        let (mut bases, mut counts) = self.begin;
        let moved = |begin: &mut u64, base: &mut u32, known: u64| {
            let more = known.saturating_sub(*begin);
            (*begin, *base) = (*begin + more, *base + more as u32);
        };
        moved(&mut counts.infeed, &mut bases.infeed, self.packs.len() as u64);
        moved(&mut counts.exit, &mut bases.exit, u64::from(exits) + self.strays.0);
        moved(&mut counts.eject_confirm, &mut bases.eject, self.ejects_on_record());
        (bases, counts)
    }

    fn ejects_on_record(&self) -> u64 {
        let ejected = self.packs.values().filter(|p| p.fate == PackFate::Ejected).count() as u64;
        ejected + self.strays.1
    }

    fn state(&mut self, serial: SerialIndex, state: SerialState) {
        self.serials.entry(serial).and_modify(|s| s.0 = state);
    }

    fn pack(&mut self, record: &Record) {
        let mut change = |track: TrackIndex, change: &mut dyn FnMut(&mut RecoveredPack)| {
            self.packs.entry(track).and_modify(|pack| change(pack));
        };
        match record.body {
            RecordBody::LabelApplied { track, serial, .. } => {
                change(track, &mut |p| p.serial = Some(serial));
            }
            RecordBody::Verdict { track, verdict, reason, .. } => {
                change(track, &mut |p| (p.verdict, p.reason) = (Some(verdict), reason));
            }
            RecordBody::PackExited { track, count, .. } => change(track, &mut |p| {
                (p.fate, p.fate_count) = (PackFate::Exited, Some(count));
            }),
            RecordBody::PackEjected { track, count, .. } => change(track, &mut |p| {
                (p.fate, p.fate_count) = (PackFate::Ejected, Some(count));
            }),
            RecordBody::PackUnresolved { track, exit_seen, .. } => change(track, &mut |p| {
                p.fate = PackFate::Unresolved;
                p.exit_seen |= exit_seen;
            }),
            RecordBody::PackResolved { track, resolution, .. } => change(track, &mut |p| {
                p.fate = match resolution {
                    Resolution::Exited => PackFate::ResolvedExited,
                    Resolution::Ejected => PackFate::ResolvedEjected,
                    Resolution::Removed => PackFate::Removed,
                };
            }),
            RecordBody::PackInfeed { track, count } => {
                let (io_epoch, infeed) = (record.io_epoch, count);
                let (serial, verdict, reason): (_, Option<Verdict>, _) = (None, None, None);
                let (fate, fate_count, exit_seen) = (PackFate::InProcess, None, false);
                let pack = RecoveredPack {
                    track,
                    infeed,
                    io_epoch,
                    serial,
                    verdict,
                    reason,
                    fate,
                    fate_count,
                    exit_seen,
                };
                self.packs.insert(track, pack);
            }
            _ => {}
        }
    }
}
