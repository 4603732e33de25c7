//! Links, samples, results, commands and recovery: what each input tells, and what it makes due.
//!
//! Part of the reference. Must never ask the core.

use super::pack::of_station;
use super::view::{View, Waiting};
use contracts::line_io::{CHANNELS, DeviceFault, inputs};
use contracts::packml::UnitState;
use contracts::station::Station;
use line_core::event::{CameraReading, Command, Input, PackFate, Refusal, StationReading};
use line_core::ids::{Epoch, IoSeq, TrackIndex};
use line_core::limits::{PURGE_TRAVELS_MAX, RESULTS_PENDING};
use line_core::reason::{HoldCause as H, Resolution};
use line_core::record::{Device, RecordBody};

impl View {
    pub(super) fn input(&mut self, input: &Input) {
        self.step.idle = self.tells_nothing_new(input);
        match *input {
            Input::LineIoUp { epoch, encoder, first_seq, permit_epoch, totals } => {
                self.line_io_up(epoch, encoder.0, first_seq, totals);
                self.permits_die(permit_epoch);
            }
            Input::LineIoDown => {
                if std::mem::take(&mut self.io_up) {
                    self.link_down(Device::LineIo, H::LineIoLink);
                }
            }
            Input::LineIoEvent { seq, channel, edge, ordinal, count } => {
                self.event(seq, channel, edge, ordinal, count.0);
            }
            Input::LineIoSample { .. } => self.sample(input),
            Input::LabelerUp(report) => self.labeler_up(&report),
            Input::LabelerStatus(_) if self.step.idle => {}
            Input::LabelerStatus(report) => self.labeler_report(&report),
            Input::LabelerDown => {
                if std::mem::take(&mut self.labeler_up) {
                    self.link_down(Device::Labeler, H::LabelerLink);
                }
            }
            Input::CameraUp { epoch, triggers, .. } => self.camera_up(epoch, triggers),
            Input::CameraResult(result) => self.camera_result(result),
            Input::CameraSample { triggers, .. } => self.camera.triggers = triggers,
            Input::CameraDown => {
                if std::mem::take(&mut self.camera.up) {
                    self.link_down(Device::Camera, H::CameraLink);
                }
            }
            Input::StationUp { station, .. } | Input::StationSample { station, .. }
                if !self.batch.stations.names(station) => {}
            Input::StationUp { station, epoch, triggers, .. } => {
                self.station_up(station, epoch, triggers);
            }
            Input::StationSample { station, triggers, .. } => {
                self.stations[station.index()].triggers = triggers;
            }
            Input::StationResult(result) => self.station_result(result),
            Input::StationDown { station } => {
                if std::mem::take(&mut self.stations[station.index()].up) {
                    self.link_down(Device::of(station), H::StationLink);
                }
            }
            Input::Watermark(seq) => self.durable = self.durable.max(seq).min(self.emitted),
            Input::LedgerFault => self.hold(H::Ledger),
            Input::Command(command) => self.command(command),
            Input::RecoveredSerial { .. } | Input::RecoveredPack(_) | Input::RecoveryEnd { .. } => {
                self.recover(input);
            }
            Input::Tick => {}
        }
        self.empty_chute();
    }

    /// Time alone makes nothing due, nor does what was said before.
    fn tells_nothing_new(&self, input: &Input) -> bool {
        match input {
            Input::Tick | Input::CameraSample { .. } | Input::StationSample { .. } => true,
            Input::LabelerStatus(report) => self.labeler == Some(*report),
            _ => false,
        }
    }

    fn link_up(&mut self, device: Device, epoch: Epoch) {
        self.step.facts.push(RecordBody::LinkUp { device, epoch });
    }

    fn link_down(&mut self, device: Device, cause: H) {
        self.step.facts.push(RecordBody::LinkDown { device });
        self.hold(cause);
    }

    fn line_io_up(&mut self, epoch: Epoch, encoder: u64, first: IoSeq, totals: [u32; CHANNELS]) {
        self.io_up = true;
        let other = self.io_epoch.is_some_and(|known| known != epoch);
        let lost = self.io_epoch == Some(epoch) && first > self.io_seq.next();
        if other || lost {
            self.lose_positions();
            self.packs.clear();
        }
        if other || self.io_epoch.is_none() {
            self.encoder = encoder;
            self.blocked = [None; CHANNELS];
        }
        if other || lost || self.io_epoch.is_none() {
            self.io_seq = IoSeq(first.0.saturating_sub(1));
        }
        self.io_epoch = Some(epoch);
        self.link_up(Device::LineIo, epoch);
        if other && self.counting {
            self.earlier = self.sums();
            self.totals = [0; CHANNELS];
            self.bases = self.zero_here(epoch, self.bases.labeler_epoch);
            self.step.facts.push(self.counts_begin());
        }
        (self.totals, self.all_read) = (totals, false);
        if other {
            self.on_record = (0, 0);
            self.hold(H::LineIoRestart);
        }
        if lost {
            self.hold(H::UnexplainedPack);
        }
    }

    /// Nobody knows any more where the packs on the belt are.
    pub(super) fn lose_positions(&mut self) {
        for at in 0..self.packs.len() {
            if self.packs[at].open() {
                self.unresolve(at, false);
            }
        }
    }

    pub(super) fn unresolve(&mut self, at: usize, exit_seen: bool) {
        let pack = &mut self.packs[at];
        pack.fate = PackFate::Unresolved;
        pack.exit_seen |= exit_seen;
        let (track, serial) = (pack.track, pack.serial());
        let (accepted, seen) = (pack.accepted(), pack.exit_seen);
        let waiting = Waiting { serial, accepted, exit_seen: seen };
        self.exits_explained += u64::from(exit_seen);
        self.waiting.insert(track.0, waiting);
        let fact = RecordBody::PackUnresolved { track, serial, accepted, exit_seen: seen };
        self.step.facts.push(fact);
        self.hold(H::UnexplainedPack);
    }

    fn permits_die(&mut self, permit_epoch: u32) {
        if permit_epoch > self.permit_epoch {
            self.permit_epoch = permit_epoch;
            self.permits.clear();
            self.permits_accepted = 0;
            self.packs.iter_mut().filter_map(|p| p.permit.as_mut()).for_each(|p| *p = false);
        }
    }

    fn sample(&mut self, input: &Input) {
        let Input::LineIoSample { encoder, inputs, fault, permit_epoch, next_seq, totals, .. } =
            *input
        else {
            return;
        };
        let Input::LineIoSample { permits_accepted, .. } = *input else { return };
        (self.io_inputs, self.totals) = (inputs, totals);
        self.drained = next_seq <= self.io_seq.next();
        self.all_read = true;
        self.watch_purge(encoder.0);
        self.permits_die(permit_epoch);
        if permit_epoch == self.permit_epoch {
            self.acknowledge(permits_accepted as usize, encoder.0);
        }
        if self.drained {
            self.advance(encoder.0);
        }
        self.fault = fault;
        let levels = [
            (fault != DeviceFault::None && !self.clearing, H::LineIoFault),
            (inputs & inputs::BIN_FULL != 0, H::BinFull),
            (inputs & inputs::SAFETY_OK == 0 || inputs & inputs::AIR_OK == 0, H::Utilities),
            (inputs & inputs::BIN_LOCKED == 0, H::BinUnlocked),
            (self.power_fails() && !self.drains(), H::PowerFail),
        ];
        levels.into_iter().filter(|(there, _)| *there).for_each(|(_, cause)| self.hold(cause));
        if fault == DeviceFault::EncoderImplausible && !self.clearing {
            self.positions_lost();
        }
    }

    /// An eye that no travel of the belt clears was told before the purge, and is still blocked.
    fn watch_purge(&mut self, encoder: u64) {
        let travels = self.purging && !self.clearing && !self.purged && self.drained;
        let travel = self.purge_from.map_or(0, |from| encoder.abs_diff(from));
        let blocked = self.io_inputs & inputs::ANY_EYE_BLOCKED != 0;
        if travels && blocked && travel > PURGE_TRAVELS_MAX * self.c.purge_counts {
            self.hold(H::BlockedEye);
        }
    }

    /// A UPS carries the line.
    pub(super) fn power_fails(&self) -> bool {
        self.io_inputs & inputs::POWER_FAIL != 0
    }

    /// The belt still runs what is on it out, or to the order's end.
    fn drains(&self) -> bool {
        let open = !self.drained || self.packs.iter().any(|p| p.open());
        self.unit == UnitState::Completing || self.unit == UnitState::Execute && open
    }

    fn acknowledge(&mut self, accepted: usize, encoder: u64) {
        while self.permits_accepted < accepted.min(self.permits.len()) {
            let track = self.permits[self.permits_accepted];
            self.permits_accepted += 1;
            let c = self.c;
            if let Some(pack) = track.and_then(|track| self.pack(track))
                && pack.permit == Some(true)
            {
                let margin = pack.permit_deadline(&c) as i64 - encoder as i64;
                self.step.acknowledged.extend(track.map(|track| (track, margin)));
            }
        }
    }

    fn camera_up(&mut self, epoch: Epoch, triggers: u32) {
        self.link_up(Device::Camera, epoch);
        (self.camera.up, self.camera.epoch, self.camera.triggers) = (true, epoch, triggers);
        if self.camera.join.is_some_and(|(joined, ..)| joined != epoch) {
            self.camera.join = None;
            self.camera.early.clear();
            self.hold(H::CameraRestart);
        }
    }

    fn camera_result(&mut self, result: CameraReading) {
        if self.camera.join.is_some_and(|(epoch, ..)| epoch == result.epoch) {
            // What overtakes its trigger further than this is lost, and with it the order of both.
            if result.trigger > self.camera.fired && self.camera.early.len() == RESULTS_PENDING {
                return self.hold(H::CameraOutOfStep);
            }
            self.camera.early.push((result, self.encoder));
            self.bind_results();
        }
    }

    /// A result belongs to the pack whose trigger it carries; after the verdict a first one tells
    /// nothing any more.
    pub(super) fn bind_results(&mut self) {
        for (result, since) in std::mem::take(&mut self.camera.early) {
            if result.trigger > self.camera.fired {
                self.camera.early.push((result, since));
                continue;
            }
            let c = self.c;
            let encoder = self.encoder;
            let bound = self.packs.iter_mut().find(|p| p.trigger == Some(result.trigger));
            let Some(pack) = bound else { continue };
            if pack.verdict.is_some() && pack.results.is_empty() {
                continue;
            }
            pack.results.push(result);
            let again = pack.results.len() > 1 && pack.accepted();
            if again && encoder < pack.permit_deadline(&c) {
                self.step.rejects.push(pack.track);
            }
        }
    }

    fn station_up(&mut self, station: Station, epoch: Epoch, triggers: u32) {
        self.link_up(Device::of(station), epoch);
        let link = &mut self.stations[station.index()];
        (link.up, link.epoch, link.triggers) = (true, epoch, triggers);
        if link.join.is_some_and(|(joined, ..)| joined != epoch) {
            link.join = None;
            link.early.clear();
            self.hold(H::StationRestart);
        }
    }

    pub(super) fn station_result(&mut self, result: StationReading) {
        let (station, encoder, c) = (result.station, self.encoder, self.c);
        let (at, named) = (station.index(), self.batch.stations.names(station));
        let link = &mut self.stations[at];
        if !named || link.join.is_none_or(|(epoch, ..)| epoch != result.epoch) {
            return;
        }
        if result.trigger > link.fired {
            match link.early.len() == RESULTS_PENDING {
                true => self.hold(H::StationOutOfStep),
                false => link.early.push((result, encoder)),
            }
            return;
        }
        let bound = self.packs.iter_mut().find(|p| p.strobes[at] == Some(result.trigger));
        let Some(pack) = bound else { return };
        pack.measured[at].push(result);
        if pack.measured[at].len() > 1 {
            if pack.accepted() && encoder < pack.permit_deadline(&c) {
                self.step.rejects.push(pack.track);
            }
            return;
        }
        let number = pack.label.and_then(|l| self.numbers.get(l.serial.0 as usize));
        let fact = RecordBody::StationResult {
            track: pack.track,
            station,
            trigger: result.trigger,
            result_seq: result.seq,
            reason: of_station(&result, number, &self.batch, &c),
            value: result.value,
            read: (!result.content.as_bytes().is_empty()).then_some(result.content),
        };
        self.step.facts.push(fact);
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Hold if self.may_be_told_to_hold() => self.hold(H::Operator),
            Command::Abort if !matches!(self.unit, UnitState::Aborting | UnitState::Aborted) => {
                self.lose_positions();
            }
            Command::Resolve { track, resolution } => {
                self.step.answer = Some(self.resolve(track, resolution));
            }
            Command::Stop => self.step.stop_told = true,
            Command::ApproveFirstPack => {
                let due = std::mem::take(&mut self.first_pack_due);
                self.step.answer = Some(if due { Ok(()) } else { Err(Refusal::WrongState) });
            }
            // Its counters cannot be told: it ends held.
            Command::Shutdown if self.unit == UnitState::Unholding && !self.is_heard() => {
                self.hold(H::Operator);
            }
            Command::Start
            | Command::Hold
            | Command::Unhold
            | Command::Abort
            | Command::Shutdown => {}
        }
    }

    /// The devices' counters are told up to now.
    pub(super) fn is_heard(&self) -> bool {
        !self.counting || self.io_up && self.drained && self.all_read && self.labeler_up
    }

    /// Only what waits can be resolved, and as exited only an accept that an exit edge stands for.
    fn resolve(&mut self, track: TrackIndex, resolution: Resolution) -> Result<(), Refusal> {
        let Some(&waiting) = self.waiting.get(&track.0) else {
            let known = (1..=self.last_track).contains(&track.0);
            return Err(if known { Refusal::NotUnresolved } else { Refusal::UnknownPack });
        };
        let exited = resolution == Resolution::Exited;
        let stands = self.packs.iter().find(|p| p.track == track).map(|p| p.accepted());
        if exited && !stands.unwrap_or(waiting.accepted) {
            return Err(Refusal::NotAccepted);
        }
        if exited && !waiting.exit_seen {
            if self.sums().exit <= self.exits_explained {
                return Err(Refusal::NoExitEdge);
            }
            self.exits_explained += 1;
        }
        self.waiting.remove(&track.0);
        let fate = match resolution {
            Resolution::Exited => PackFate::ResolvedExited,
            Resolution::Ejected => PackFate::ResolvedEjected,
            Resolution::Removed => PackFate::Removed,
        };
        let (serial, exit_edge) = (waiting.serial, waiting.exit_seen || exited);
        let fact = RecordBody::PackResolved { track, serial, resolution, exit_edge };
        self.step.facts.push(fact);
        if let Some(pack) = self.pack(track) {
            pack.fate = fate;
        }
        if resolution == Resolution::Ejected {
            self.found_in_bin(track, serial);
        }
        Ok(())
    }
}
