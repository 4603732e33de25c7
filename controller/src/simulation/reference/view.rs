//! What the reference knows of the line, and what one input makes due.
//!
//! Part of the reference. Must never ask the core.

use super::Difference;
use super::jobs::Job;
use super::pack::Pack;
use crate::simulation::observer::CoreStart;
use codes::SerialNumber;
use contracts::line_io::{CHANNELS, Channel, DeviceFault};
use contracts::open_scs::JobOrderState;
use contracts::packml::{UnitMode, UnitState};
use contracts::station::STATIONS;
use line_core::event::{CameraReading, CountBases, LabelerReport, Refusal, StationReading};
use line_core::ids::{Epoch, IoSeq, JobSeq, Nanos, RecordSeq, SerialIndex, TrackIndex};
use line_core::line_config::LineConfig;
use line_core::reason::HoldCause;
use line_core::record::{LineCounts, RecordBody};
use line_core::verify::BatchData;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;

/// A device that numbers its triggers, and how its numbers are joined with the line I/O's.
pub(super) struct Link<R> {
    pub(super) up: bool,
    pub(super) epoch: Epoch,
    pub(super) triggers: u32,
    /// Epoch, the line I/O's total and the device's own at an empty belt.
    pub(super) join: Option<(Epoch, u32, u32)>,
    /// Last trigger that the line I/O told of, in the device's numbers.
    pub(super) fired: u32,
    /// Results before their trigger, with the count at which they came.
    pub(super) early: Vec<(R, u64)>,
}

impl<R> Default for Link<R> {
    fn default() -> Self {
        let (up, epoch, triggers, join, fired) = (false, Epoch(0), 0, None, 0);
        Self { up, epoch, triggers, join, fired, early: Vec::new() }
    }
}

impl<R> Link<R> {
    pub(super) fn arm(&mut self, total: u32) {
        self.join = Some((self.epoch, total, self.triggers));
        self.fired = self.triggers;
        self.early.clear();
    }

    pub(super) fn number(&self, ordinal: u32) -> Option<u32> {
        self.join.map(|(_, total, own)| own.wrapping_add(ordinal.wrapping_sub(total)))
    }
}

/// A pack that waits for a person.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub(super) serial: Option<SerialIndex>,
    pub(super) accepted: bool,
    pub(super) exit_seen: bool,
}

/// What the present input makes due, and what was seen of it.
#[derive(Default)]
pub(super) struct Step {
    /// Records that must come, each once, and none of their kinds beside.
    pub(super) facts: Vec<RecordBody>,
    /// Triggers that must be commanded.
    pub(super) triggers: Vec<u64>,
    /// Permits acknowledged, with their margin.
    pub(super) acknowledged: Vec<(TrackIndex, i64)>,
    /// Causes that must hold, when the unit can be held.
    pub(super) holds: Vec<HoldCause>,
    /// Causes that a record of this step told.
    pub(super) held: Vec<HoldCause>,
    /// The answer, where the reference knows it.
    pub(super) answer: Option<Result<(), Refusal>>,
    /// Packs whose accept must be superseded.
    pub(super) rejects: Vec<TrackIndex>,
    pub(super) unit_before: Option<UnitState>,
    pub(super) io_seq_before: IoSeq,
    pub(super) io_epoch_before: Option<Epoch>,
    /// A job was sent before this input.
    pub(super) sent_before: Option<JobSeq>,
    pub(super) labeler_restarted: bool,
    /// The input tells nothing new, and the core has put nothing out: what is due is what was due.
    pub(super) idle: bool,
    /// The first pack lies in the bin since this input.
    pub(super) first_pack_shown: bool,
    /// A person wants the order ended.
    pub(super) stop_told: bool,
}

/// Serials that were ever sent to a labeler, by the pool that they are of.
#[derive(Default)]
pub(super) struct Used {
    pub(super) pool: Option<SerialNumber>,
    pub(super) sent: BTreeSet<u32>,
}

/// The line as the inputs tell it.
pub(super) struct View {
    pub(super) c: LineConfig,
    pub(super) batch: BatchData,
    pub(super) numbers: Box<[SerialNumber]>,
    pub(super) found: Vec<Difference>,
    pub(super) step: Step,
    pub(super) now: Nanos,
    pub(super) input: u64,
    // Packs.
    pub(super) packs: VecDeque<Pack>,
    pub(super) last_track: u32,
    pub(super) waiting: BTreeMap<u32, Waiting>,
    // Line I/O.
    pub(super) io_up: bool,
    pub(super) io_epoch: Option<Epoch>,
    pub(super) encoder: u64,
    pub(super) io_seq: IoSeq,
    pub(super) io_inputs: u16,
    pub(super) fault: DeviceFault,
    pub(super) drained: bool,
    /// No event has come since the totals were told.
    pub(super) all_read: bool,
    pub(super) blocked: [Option<u64>; CHANNELS],
    pub(super) permit_epoch: u32,
    /// Entries of the permit epoch in order; none: taken back.
    pub(super) permits: Vec<Option<TrackIndex>>,
    pub(super) permits_accepted: usize,
    // Counters.
    pub(super) totals: [u32; CHANNELS],
    pub(super) printed: u32,
    pub(super) counting: bool,
    pub(super) earlier: LineCounts,
    pub(super) bases: CountBases,
    pub(super) exits_explained: u64,
    pub(super) ejects_explained: Option<u64>,
    /// Ordinals up to which edges at the exit and in the chute were on record before a restart.
    pub(super) on_record: (u32, u32),
    pub(super) labels_explained: u64,
    // Devices.
    pub(super) labeler: Option<LabelerReport>,
    pub(super) labeler_up: bool,
    pub(super) camera: Link<CameraReading>,
    pub(super) stations: [Link<StationReading>; STATIONS],
    // Print jobs.
    pub(super) jobs: Vec<Job>,
    pub(super) job_epoch: Epoch,
    pub(super) next_job: JobSeq,
    pub(super) next_serial: u32,
    pub(super) used: Used,
    pub(super) told: BTreeSet<u32>,
    pub(super) flush: Option<u16>,
    // Course.
    pub(super) unit: UnitState,
    pub(super) order: JobOrderState,
    pub(super) holds: Vec<HoldCause>,
    pub(super) needs_purge: bool,
    /// Since the belt was purged: a pack that was not explained, and one that was not expected.
    pub(super) missing: bool,
    pub(super) foreign: bool,
    pub(super) lost: bool,
    /// Edges in the chute since then that nobody has claimed for a pack.
    pub(super) chute: VecDeque<u64>,
    pub(super) purging: bool,
    pub(super) clearing: bool,
    /// Permit epoch that was commanded for the purge.
    pub(super) purge_epoch: u32,
    /// Count at which the belt began to be purged.
    pub(super) purge_from: Option<u64>,
    pub(super) purged: bool,
    pub(super) in_a_row: u16,
    pub(super) last_hundred: VecDeque<bool>,
    pub(super) line_commissioned: u32,
    // Records.
    pub(super) emitted: RecordSeq,
    pub(super) durable: RecordSeq,
    pub(super) under_way: VecDeque<(RecordSeq, IoSeq)>,
    pub(super) last_verdict: Option<RecordBody>,
    /// Nothing may pass: two persons have not approved the first pack.
    pub(super) first_pack_due: bool,
}

impl View {
    pub(super) fn new(start: CoreStart<'_>, used: Option<Used>) -> Self {
        let pool = start.numbers.first().copied();
        let used = used.filter(|used| used.pool == pool).unwrap_or_default();
        let live = start.config.mode == UnitMode::Production;
        Self {
            c: *start.config,
            batch: *start.batch,
            numbers: start.numbers.into(),
            found: Vec::new(),
            step: Step::default(),
            now: Nanos::default(),
            input: 0,
            packs: VecDeque::new(),
            last_track: 0,
            waiting: BTreeMap::new(),
            io_up: false,
            io_epoch: None,
            encoder: 0,
            io_seq: IoSeq(0),
            io_inputs: 0,
            fault: DeviceFault::None,
            drained: false,
            all_read: false,
            blocked: [None; CHANNELS],
            permit_epoch: 0,
            permits: Vec::new(),
            permits_accepted: 0,
            totals: [0; CHANNELS],
            printed: 0,
            counting: false,
            earlier: LineCounts::default(),
            bases: CountBases::default(),
            exits_explained: 0,
            ejects_explained: Some(0),
            on_record: (0, 0),
            labels_explained: 0,
            labeler: None,
            labeler_up: false,
            camera: Link::default(),
            stations: std::array::from_fn(|_| Link::default()),
            jobs: Vec::new(),
            job_epoch: Epoch(0),
            next_job: JobSeq(0),
            next_serial: 0,
            used: Used { pool, ..used },
            told: BTreeSet::new(),
            flush: None,
            unit: UnitState::Idle,
            order: JobOrderState::Loaded,
            holds: Vec::new(),
            needs_purge: false,
            missing: false,
            foreign: false,
            lost: false,
            chute: VecDeque::new(),
            purging: false,
            clearing: false,
            purge_epoch: 0,
            purge_from: None,
            purged: false,
            in_a_row: 0,
            last_hundred: VecDeque::new(),
            line_commissioned: 0,
            emitted: RecordSeq(0),
            durable: RecordSeq(0),
            under_way: VecDeque::new(),
            last_verdict: None,
            first_pack_due: start.config.first_pack_due && live,
        }
    }

    pub(super) fn into_used(self) -> Used {
        self.used
    }

    pub(super) fn begin_step(&mut self, now: Nanos) {
        self.now = self.now.max(now);
        self.input += 1;
        self.step = Step {
            unit_before: Some(self.unit),
            io_seq_before: self.io_seq,
            io_epoch_before: self.io_epoch,
            // In order of their numbers.
            sent_before: self.jobs.iter().rev().find(|j| j.sent).map(|j| j.job),
            ..Step::default()
        };
    }

    /// Tells a difference.
    pub(super) fn differ(&mut self, what: &'static str, expected: impl Debug, got: impl Debug) {
        let (expected, got) = (format!("{expected:?}"), format!("{got:?}"));
        let (now, input) = (self.now, self.input);
        self.found.push(Difference { now, input, what, expected, got });
    }

    /// Tells a difference unless `right`.
    pub(super) fn must(&mut self, right: bool, what: &'static str, got: impl Debug) {
        if !right {
            self.differ(what, true, got);
        }
    }

    pub(super) fn pack(&mut self, track: TrackIndex) -> Option<&mut Pack> {
        self.packs.iter_mut().find(|p| p.track == track)
    }

    /// A cause holds the line, and a purge that was under way is over.
    pub(super) fn hold(&mut self, cause: HoldCause) {
        // One that holds the line already is told no second time, also when this input ends it.
        if self.holds.contains(&cause) {
            return;
        }
        let told = self.step.holds.contains(&cause);
        self.step.holds.push(cause);
        if self.can_be_held() && !told {
            (self.purging, self.clearing) = (false, false);
            self.doubt(cause);
        }
    }

    /// One pack missing and another where none should be, since the belt was purged: no place on
    /// the belt is certain.
    pub(super) fn doubt(&mut self, cause: HoldCause) {
        self.missing |= cause == HoldCause::UnexplainedPack;
        self.foreign |= cause == HoldCause::ForeignPack;
        if self.missing && self.foreign {
            self.positions_lost();
        }
    }

    /// Every pack on the belt is to be looked for, and no exit counts for one until the purge.
    pub(super) fn positions_lost(&mut self) {
        let told = self.step.holds.contains(&HoldCause::PositionsLost);
        let known = told || self.holds.contains(&HoldCause::PositionsLost);
        if self.can_be_held() && !known {
            self.step.holds.push(HoldCause::PositionsLost);
            self.lost = true;
        }
        if !known {
            self.lose_positions();
        }
    }

    pub(super) fn can_be_held(&self) -> bool {
        use UnitState as S;
        !matches!(
            self.unit,
            S::Idle
                | S::Stopped
                | S::Stopping
                | S::Complete
                | S::Aborted
                | S::Aborting
                | S::Clearing
        )
    }

    /// PackML lets a person hold in every running state.
    pub(super) fn may_be_told_to_hold(&self) -> bool {
        self.can_be_held() && !matches!(self.unit, UnitState::Holding | UnitState::Held)
    }

    /// The line's own counters since the counts began.
    pub(super) fn sums(&self) -> LineCounts {
        let since = |channel: Channel, base: u32| {
            u64::from(self.totals[channel.index()].saturating_sub(base))
        };
        LineCounts {
            infeed: self.earlier.infeed + since(Channel::Infeed, self.bases.infeed),
            exit: self.earlier.exit + since(Channel::Exit, self.bases.exit),
            eject_confirm: self.earlier.eject_confirm
                + since(Channel::EjectConfirm, self.bases.eject),
            printed: self.earlier.printed
                + u64::from(self.printed.saturating_sub(self.bases.printed)),
        }
    }

    /// The devices' totals now, as bases.
    pub(super) fn zero_here(&self, io_epoch: Epoch, labeler_epoch: Epoch) -> CountBases {
        CountBases {
            io_epoch,
            infeed: self.totals[Channel::Infeed.index()],
            exit: self.totals[Channel::Exit.index()],
            eject: self.totals[Channel::EjectConfirm.index()],
            labeler_epoch,
            printed: self.printed,
        }
    }

    /// The record that tells the counts' bases.
    pub(super) fn counts_begin(&self) -> RecordBody {
        RecordBody::CountsBegin {
            counts: self.earlier,
            io_epoch: self.bases.io_epoch,
            infeed_base: self.bases.infeed,
            exit_base: self.bases.exit,
            eject_base: self.bases.eject,
            labeler_epoch: self.bases.labeler_epoch,
            printed_base: self.bases.printed,
        }
    }
}
