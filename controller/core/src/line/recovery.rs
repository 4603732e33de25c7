//! After a restart: the open batch as the ledger knows it, brought back before any device is heard.
//!
//! Part of `Line`. Every pack that was on the belt gets its fate from the line I/O's FIFO, from the
//! purge that follows, or from a person; every job in doubt becomes invalid at the labeler's flush.
//! Must never permit a recovered pack (permits of an earlier life are never sent again).

use super::io::OnRecord;
use super::{Line, Unresolved};
use crate::event::{Input, PackFate, RecoveredPack};
use crate::ids::{Epoch, JobSeq, RecordSeq, SerialIndex, TrackIndex};
use crate::print::Job;
use crate::reason::HoldCause;
use crate::record::Verdict;
use crate::track::{Decided, Label, PermitState, Slot};
use contracts::open_scs::{JobOrderState, SerialState};
use contracts::packml::UnitState;

impl Line {
    pub(super) fn recover(&mut self, input: Input) {
        match input {
            Input::RecoveredSerial { serial, state, job, track } => {
                self.recovered_serial(serial, state, job, track);
            }
            Input::RecoveredPack(pack) => self.recovered_pack(&pack),
            Input::RecoveryEnd { .. } => self.recovery_end(input),
            _ => {}
        }
    }

    fn recovery_end(&mut self, input: Input) {
        let Input::RecoveryEnd { io_epoch, io_seq, bases, counts, .. } = input else { return };
        let Input::RecoveryEnd { line_commissioned, exits_accounted, held, .. } = input else {
            return;
        };
        let Input::RecoveryEnd { order_state, labels_accounted, ejects_accounted, .. } = input
        else {
            return;
        };
        if io_epoch.0 != 0 {
            self.io.epoch = Some(io_epoch);
            self.io.last_seq = io_seq;
        }
        if bases.io_epoch.0 != 0 {
            self.counts.recover(counts, bases);
            self.io.on_record = OnRecord { exit: bases.exit, eject: bases.eject };
        } else {
            self.counts.carry(counts);
        }
        self.labels_accounted = labels_accounted;
        self.order.line_commissioned = line_commissioned;
        self.order.exits_accounted = u64::from(exits_accounted);
        self.chute.accounted = ejects_accounted.map(u64::from);
        if matches!(order_state, JobOrderState::Completed | JobOrderState::Aborted) {
            // The line has nothing left to do: the books wait to be closed.
            let aborted = order_state == JobOrderState::Aborted;
            self.unit = if aborted { UnitState::Aborted } else { UnitState::Complete };
            self.order.state = order_state;
            return;
        }
        self.unit = UnitState::Held;
        self.order.state = JobOrderState::Held;
        self.hold(HoldCause::Restart);
        if held {
            self.hold(HoldCause::Operator);
        }
    }

    fn recovered_serial(
        &mut self,
        serial: SerialIndex,
        state: SerialState,
        job: Option<(Epoch, JobSeq)>,
        track: Option<TrackIndex>,
    ) {
        self.pool.used_up_to(serial);
        let Some((epoch, seq)) = job else { return };
        self.print.recover_epoch(epoch);
        if track.is_some() && seq > self.print.last_applied() {
            self.print.applied_up_to(seq);
        }
        let open = match state {
            SerialState::Allocated => true,
            SerialState::Encoded => track.is_none(),
            _ => false,
        };
        let Some(number) = self.pool.number(serial) else { return };
        if open {
            let printed = state == SerialState::Encoded;
            let applied = track.is_some();
            let record = RecordSeq(0);
            let job = Job { job: seq, serial, number, record, sent: true, printed, applied };
            self.print.recover(job);
        }
    }

    fn recovered_pack(&mut self, pack: &RecoveredPack) {
        self.io.last_track = self.io.last_track.max(pack.track.0);
        let mut slot = Slot::new(pack.track, pack.infeed);
        slot.recovered = true;
        // An earlier life's permit may have let it out; none is sent again, none is missed now.
        slot.permit = PermitState::Dead;
        slot.fate = pack.fate;
        slot.fate_count = pack.fate_count.unwrap_or_default();
        slot.exit_seen = pack.exit_seen;
        slot.label = pack.serial.and_then(|serial| self.recovered_label(serial));
        if let Some(verdict) = pack.verdict {
            let record = RecordSeq(0);
            slot.decided = Some(Decided { verdict, reason: pack.reason, record });
        }
        if pack.fate == PackFate::Unresolved {
            let accepted = pack.verdict == Some(Verdict::Accept);
            let (track, serial) = (pack.track, pack.serial);
            let exit_seen = pack.exit_seen;
            let rejected = pack.verdict == Some(Verdict::Reject);
            let entry = Unresolved { track, serial, accepted, rejected, exit_seen };
            let _ = self.unresolved.push(entry);
        }
        let open = slot.in_process();
        if !self.tracker.enter(slot) && open {
            self.unresolve_untracked(pack.track);
        }
    }

    fn recovered_label(&self, serial: SerialIndex) -> Option<Label> {
        let number = self.pool.number(serial)?;
        let (confirmed, void, marked) = (true, false, false);
        Some(Label { job: JobSeq(0), serial, number, confirmed, void, marked })
    }
}
