//! What records change in the ledger in memory, and what they contradict.
//!
//! Called for each durable record. Must never change a serial but by a row of `serial_life`.

use super::rows::CountBase;
use super::{CommissionedBy, Contradiction, MemoryLedger, PackRow, is_open};
use contracts::open_scs::{JobOrderState, SerialState};
use line_core::event::{CountBases, PackFate};
use line_core::ids::{EncoderCount, Epoch, JobSeq, SerialIndex, TrackIndex};
use line_core::reason::{RejectReason, Resolution};
use line_core::record::{LineCounts, Record, RecordBody, Verdict};
use line_core::serial_life::SerialEvent;

type Done = Result<(), Contradiction>;

fn refuse<T>(what: impl Into<String>) -> Result<T, Contradiction> {
    Err(Contradiction(what.into()))
}

fn require(holds: bool, what: impl FnOnce() -> String) -> Done {
    if holds { Ok(()) } else { refuse(what()) }
}

impl MemoryLedger {
    pub(super) fn apply(&mut self, record: &Record) -> Done {
        use RecordBody as R;
        let io_epoch = record.io_epoch;
        match record.body {
            R::OrderState { from, to } => self.order(from, to),
            R::UnitState { to, .. } => {
                self.unit = Some(to);
                Ok(())
            }
            R::Hold { cause } => {
                self.holds.push(cause);
                Ok(())
            }
            R::HoldEnded { .. } | R::PurgeBegin { .. } => {
                self.holds.clear();
                Ok(())
            }
            R::CountsBegin { .. } => self.counts_begin(&record.body),
            R::Counts { counts, .. } => {
                self.counts.get_or_insert_default().latest = counts;
                Ok(())
            }
            R::PackInfeed { track, count } => self.infeed(track, count, io_epoch),
            R::JobAssigned { .. }
            | R::Printed { .. }
            | R::SerialInvalid { .. }
            | R::LabelScrapped { .. }
            | R::ExtraLabels { .. }
            | R::LabelApplied { .. } => self.label(&record.body),
            R::Verdict { track, serial, verdict, reason, .. } => {
                self.judged(track, serial, verdict, reason)
            }
            R::EjectedWithoutPack { count } => self.stray(false, io_epoch, count),
            R::ExitedWithoutPack { count } => self.stray(true, io_epoch, count),
            R::PackExited { .. }
            | R::PackEjected { .. }
            | R::PackUnresolved { .. }
            | R::PackResolved { .. } => self.fate(&record.body),
            R::LinkUp { .. }
            | R::LinkDown { .. }
            | R::PurgeEnd { .. }
            | R::StationResult { .. }
            | R::GradeTrend { .. }
            | R::Suspended { .. }
            | R::ResultDiscarded { .. } => Ok(()),
        }
    }

    /// After a restart the core begins in Held without a record of it.
    fn order(&mut self, from: JobOrderState, to: JobOrderState) -> Done {
        use JobOrderState as S;
        let by_core = matches!(to, S::Running | S::Held | S::Suspended | S::Completed | S::Aborted);
        let now = self.order_state;
        let after_restart = from == S::Held && matches!(now, S::Loaded | S::Running | S::Suspended);
        require(by_core && (now == from || after_restart), || {
            format!("order state {from:?} to {to:?}, which is {now:?}")
        })?;
        self.order_state = to;
        Ok(())
    }

    fn infeed(&mut self, track: TrackIndex, count: EncoderCount, io_epoch: Epoch) -> Done {
        let Some(at) = (track.0 as usize).checked_sub(1) else { return refuse("track 0") };
        if self.packs.len() <= at {
            self.packs.resize(at + 1, None);
        }
        let known = self.packs[at].replace(PackRow::entered(count, io_epoch));
        self.open.insert(track.0);
        require(known.is_none(), || format!("track {track} at the infeed twice"))
    }

    fn step(&mut self, serial: SerialIndex, event: SerialEvent) -> Done {
        let Some(row) = self.serial(serial) else { return refuse("a serial beyond the pool") };
        let Some(to) = event.from(row.state) else {
            return refuse(format!("{event:?} of serial {serial}, which is {:?}", row.state));
        };
        row.state = to;
        Ok(())
    }

    fn label(&mut self, body: &RecordBody) -> Done {
        match *body {
            RecordBody::JobAssigned { serial, labeler_epoch, job } => {
                let Some(row) = self.serial(serial) else { return refuse("no such serial") };
                let fresh = row.state == SerialState::Allocated && row.job.is_none();
                row.job = Some((labeler_epoch, job));
                require(fresh, || format!("serial {serial} dispatched twice"))
            }
            RecordBody::Printed { serial, labeler_epoch, job } => {
                let of_job = self.serial(serial).and_then(|row| {
                    row.printed = true;
                    row.job
                });
                require(of_job == Some((labeler_epoch, job)), || {
                    format!("serial {serial} printed by another job")
                })?;
                self.step(serial, SerialEvent::PrintConfirmed)
            }
            RecordBody::SerialInvalid { serial, printed, .. } => {
                if let Some(row) = self.serial(serial) {
                    row.printed = printed;
                }
                self.step(serial, SerialEvent::Invalidate)
            }
            RecordBody::LabelScrapped { serial } => {
                let on_pack = self.serial(serial).is_some_and(|row| row.track.is_some());
                require(!on_pack, || format!("serial {serial} is on a pack"))?;
                self.step(serial, SerialEvent::Scrap)
            }
            RecordBody::ExtraLabels { count } => {
                self.duplicates += i64::from(count);
                Ok(())
            }
            RecordBody::LabelApplied { track, serial, job, .. } => self.applied(track, serial, job),
            _ => Ok(()),
        }
    }

    fn applied(&mut self, track: TrackIndex, serial: SerialIndex, job: JobSeq) -> Done {
        let what = || format!("serial {serial} of job {job} on track {track}");
        let row = self.serial(serial);
        let row = row.filter(|r| r.track.is_none() && r.job.is_some_and(|(_, of)| of == job));
        let Some(row) = row else { return refuse(what()) };
        row.track = Some(track);
        let pack = self.pack(track).filter(|pack| pack.serial.is_none());
        let Some(pack) = pack else { return refuse(what()) };
        pack.serial = Some(serial);
        Ok(())
    }

    fn judged(
        &mut self,
        track: TrackIndex,
        serial: Option<SerialIndex>,
        verdict: Verdict,
        reason: Option<RejectReason>,
    ) -> Done {
        let what = || format!("{verdict:?} on track {track}");
        let Some(pack) = self.pack(track) else { return refuse(what()) };
        let may = match verdict {
            Verdict::Accept => {
                pack.fate == PackFate::InProcess && serial.is_some() && pack.serial == serial
            }
            Verdict::Reject => !matches!(pack.fate, PackFate::Exited | PackFate::ResolvedExited),
        };
        (pack.verdict, pack.reason) = (Some(verdict), reason);
        pack.accepted |= verdict == Verdict::Accept;
        require(may, what)
    }

    fn stray(&mut self, at_exit: bool, epoch: Epoch, count: EncoderCount) -> Done {
        let known = self.packs.iter().rev().flatten().take(1_024).any(|pack| {
            let of = if at_exit { pack.exit_count } else { pack.eject_count };
            pack.io_epoch == epoch && of == Some(count)
        });
        // After a restart of the controller an edge may be told again.
        if !known && self.strays.insert((at_exit, epoch.0, count.0)) {
            let told = if at_exit { &mut self.strays_told.1 } else { &mut self.strays_told.0 };
            *told += 1;
            self.ejections += usize::from(!at_exit);
        }
        Ok(())
    }

    fn counts_begin(&mut self, body: &RecordBody) -> Done {
        let RecordBody::CountsBegin {
            counts,
            io_epoch,
            infeed_base,
            exit_base,
            eject_base,
            labeler_epoch,
            printed_base,
        } = *body
        else {
            return Ok(());
        };
        if self.counts.is_none() {
            // The first beginning follows the start purge: what was ejected before does not count.
            self.strays.clear();
        }
        let other = |base: CountBase| base.bases.labeler_epoch != labeler_epoch;
        self.labeler_restarts += u32::from(self.counts.is_some_and(other));
        let before = self.counts.map(|base| base.latest).unwrap_or_default();
        let latest = LineCounts {
            infeed: before.infeed.max(counts.infeed),
            exit: before.exit.max(counts.exit),
            eject_confirm: before.eject_confirm.max(counts.eject_confirm),
            printed: before.printed.max(counts.printed),
        };
        let bases = CountBases {
            io_epoch,
            infeed: infeed_base,
            exit: exit_base,
            eject: eject_base,
            labeler_epoch,
            printed: printed_base,
        };
        self.counts = Some(CountBase { bases, begin: counts, latest });
        Ok(())
    }

    fn fate(&mut self, body: &RecordBody) -> Done {
        use PackFate as F;
        match *body {
            RecordBody::PackExited { track, serial: Some(serial), count } => {
                let pack = self.becomes(track, Some(serial), F::Exited, &[F::Unresolved])?;
                pack.exit_count = Some(count);
                let accepted = pack.verdict == Some(Verdict::Accept);
                require(accepted && pack.serial == Some(serial), || {
                    format!("exit of track {track} without an accept of its serial")
                })?;
                self.commission(serial, CommissionedBy::Line)
            }
            RecordBody::PackExited { track, serial: None, .. } => {
                refuse(format!("exit of track {track} without a serial"))
            }
            RecordBody::PackEjected { track, serial, count } => {
                let from = [F::Unresolved, F::ResolvedEjected];
                self.becomes(track, serial, F::Ejected, &from)?.eject_count = Some(count);
                self.ejections += 1;
                Ok(())
            }
            RecordBody::PackUnresolved { track, serial, exit_seen, .. } => {
                let pack = self.becomes(track, serial, F::Unresolved, &[F::Unresolved])?;
                pack.exit_edge |= exit_seen;
                Ok(())
            }
            RecordBody::PackResolved { track, serial, resolution, exit_edge } => {
                self.resolved(track, serial, resolution, exit_edge)
            }
            _ => Ok(()),
        }
    }

    /// A new fate, out of InProcess or one of `from`.
    fn becomes(
        &mut self,
        track: TrackIndex,
        serial: Option<SerialIndex>,
        fate: PackFate,
        from: &[PackFate],
    ) -> Result<&mut PackRow, Contradiction> {
        if is_open(fate) {
            self.open.insert(track.0);
        } else {
            self.open.remove(&track.0);
        }
        let Some(pack) = self.pack(track) else {
            return refuse(format!("{fate:?} of track {track}, which never entered"));
        };
        let may = pack.fate == PackFate::InProcess || from.contains(&pack.fate);
        let bound = serial.is_none() || pack.serial == serial;
        if !(may && bound) {
            let (was, bears) = (pack.fate, pack.serial);
            return refuse(format!(
                "{fate:?} of track {track} with serial {serial:?}: it is {was:?} with {bears:?}"
            ));
        }
        pack.fate = fate;
        Ok(pack)
    }

    fn resolved(
        &mut self,
        track: TrackIndex,
        serial: Option<SerialIndex>,
        resolution: Resolution,
        exit_edge: bool,
    ) -> Done {
        let (fate, accepted) = match resolution {
            Resolution::Exited => (PackFate::ResolvedExited, true),
            Resolution::Ejected => (PackFate::ResolvedEjected, false),
            Resolution::Removed => (PackFate::Removed, false),
        };
        let open = self.pack(track).is_some_and(|pack| {
            pack.fate == PackFate::Unresolved
                && (!accepted || pack.verdict == Some(Verdict::Accept))
        });
        require(open, || format!("track {track} resolved as {resolution:?}: not so"))?;
        let pack = self.becomes(track, serial, fate, &[PackFate::Unresolved])?;
        pack.exit_edge |= exit_edge;
        let bears = pack.serial;
        match (resolution, serial) {
            (Resolution::Exited, Some(serial)) => {
                self.commission(serial, CommissionedBy::Resolution)
            }
            (Resolution::Exited, None) => refuse(format!("track {track} exited without a serial")),
            (Resolution::Ejected, _) => {
                self.ejections += 1;
                Ok(())
            }
            (Resolution::Removed, _) => {
                let row = bears.and_then(|serial| self.serial(serial));
                if let Some(row) = row.filter(|row| row.state == SerialState::Encoded) {
                    row.state = SerialState::LabelScrapped;
                }
                Ok(())
            }
        }
    }

    fn commission(&mut self, serial: SerialIndex, by: CommissionedBy) -> Done {
        self.step(serial, SerialEvent::Commission)?;
        if let Some(row) = self.serial(serial) {
            row.commissioned_by = Some(by);
        }
        Ok(())
    }
}
