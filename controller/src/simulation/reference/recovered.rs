//! After a restart: what the ledger tells of the open batch.
//!
//! Part of the reference. Must never ask the core.

use super::pack::Pack;
use super::view::{View, Waiting};
use contracts::line_io::Channel;
use contracts::open_scs::{JobOrderState, SerialState};
use contracts::packml::UnitState;
use line_core::event::{Input, PackFate, RecoveredPack};
use line_core::ids::RecordSeq;
use line_core::reason::{HoldCause as H, RejectReason};

impl View {
    pub(super) fn recover(&mut self, input: &Input) {
        match *input {
            Input::RecoveredSerial { serial, state, job, track } => {
                self.told.insert(serial.0);
                self.next_serial = self.next_serial.max(serial.0 + 1);
                let open = state == SerialState::Allocated
                    || state == SerialState::Encoded && track.is_none();
                // The labeler's latest, whether or not its job is open.
                self.job_epoch = job.map_or(self.job_epoch, |(epoch, _)| epoch);
                if let Some((_, job)) = job.filter(|_| open) {
                    let printed = state == SerialState::Encoded;
                    self.recover_job(serial, job, printed, track.is_some());
                }
            }
            Input::RecoveredPack(pack) => self.recovered_pack(&pack),
            Input::RecoveryEnd { .. } => self.recovery_end(input),
            _ => {}
        }
    }

    fn recovered_pack(&mut self, known: &RecoveredPack) {
        self.last_track = self.last_track.max(known.track.0);
        let mut pack = Pack::new(known.track, known.infeed.0);
        (pack.recovered, pack.fate, pack.exit_seen) = (true, known.fate, known.exit_seen);
        pack.fate_count = known.fate_count.map_or(0, |count| count.0);
        pack.verdict = known.verdict.map(|verdict| (verdict, RecordSeq(0)));
        pack.first = known.reason == Some(RejectReason::FirstPack);
        pack.permit = Some(false);
        pack.label = known.serial.map(Self::recovered_label);
        if known.fate == PackFate::Unresolved {
            let (serial, accepted) = (known.serial, pack.accepted());
            let waiting = Waiting { serial, accepted, exit_seen: known.exit_seen };
            self.waiting.insert(known.track.0, waiting);
        }
        self.packs.push_back(pack);
    }

    fn recovery_end(&mut self, input: &Input) {
        let Input::RecoveryEnd { io_epoch, io_seq, bases, counts, order_state, held, .. } = *input
        else {
            return;
        };
        let Input::RecoveryEnd { labels_accounted, exits_accounted, line_commissioned, .. } =
            *input
        else {
            return;
        };
        let Input::RecoveryEnd { ejects_accounted, .. } = *input else { return };
        let forgotten: Vec<u32> = self.used.sent.difference(&self.told).copied().collect();
        self.must(forgotten.is_empty(), "every serial ever sent is told at recovery", forgotten);
        if io_epoch.0 != 0 {
            (self.io_epoch, self.io_seq) = (Some(io_epoch), io_seq);
        }
        self.earlier = counts;
        if bases.io_epoch.0 != 0 {
            (self.bases, self.counting) = (bases, true);
            self.totals[Channel::Infeed.index()] = bases.infeed;
            self.totals[Channel::Exit.index()] = bases.exit;
            self.totals[Channel::EjectConfirm.index()] = bases.eject;
            self.printed = bases.printed;
            self.on_record = (bases.exit, bases.eject);
        }
        self.labels_explained = labels_accounted;
        self.exits_explained = u64::from(exits_accounted);
        self.ejects_explained = ejects_accounted.map(u64::from);
        self.line_commissioned = line_commissioned;
        match order_state {
            JobOrderState::Completed => {
                (self.unit, self.order) = (UnitState::Complete, order_state);
            }
            JobOrderState::Aborted => (self.unit, self.order) = (UnitState::Aborted, order_state),
            _ => {
                (self.unit, self.order) = (UnitState::Held, JobOrderState::Held);
                self.step.unit_before = Some(UnitState::Held);
                self.hold(H::Restart);
                if held {
                    self.hold(H::Operator);
                }
            }
        }
    }
}
