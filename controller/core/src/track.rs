//! Where each pack is, by encoder counts alone: a shift register of slots from infeed to fate,
//! registered again at every eye.
//!
//! Called by `line` with edges and counts. An edge outside the window of an expected pack is told,
//! never guessed away. Must never look at a time or decide a verdict.

use crate::event::PackFate;
use crate::ids::{EncoderCount, JobSeq, RecordSeq, SerialIndex, TrackIndex};
use crate::limits::SLOTS;
use crate::line_config::LineConfig;
use crate::reason::RejectReason;
use crate::record::Verdict;
use crate::station::StationState;
use crate::verify::Reading;
use codes::SerialNumber;
use contracts::station::STATIONS;
use heapless::Deque;

/// The label that was applied to a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its print job.
    pub job: JobSeq,
    /// Its serial.
    pub serial: SerialIndex,
    /// The serial number.
    pub number: SerialNumber,
    /// The labeler has confirmed the print and the application.
    pub confirmed: bool,
    /// The serial became invalid afterwards.
    pub void: bool,
    /// A prepared pack of a challenge: no serial of the pool stands behind it.
    pub marked: bool,
}

/// The camera trigger of a pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// None is commanded.
    #[default]
    None,
    /// To be fired at this count.
    Commanded(EncoderCount),
    /// Fired; the camera numbers its result so.
    Fired(u32),
}

/// Verdict as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Accept or reject.
    pub verdict: Verdict,
    /// Why it was rejected.
    pub reason: Option<RejectReason>,
    /// Its record.
    pub record: RecordSeq,
}

/// How far the permit of a pack is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PermitState {
    /// None was sent.
    #[default]
    None,
    /// Sent as the n-th of the permit epoch.
    Sent(u32),
    /// The device has it.
    Acknowledged,
    /// Taken back, or dead with its epoch.
    Dead,
}

/// A pack between infeed and fate.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The pack.
    pub track: TrackIndex,
    /// Where the pack would have been at the infeed, by its latest registration.
    pub reference: EncoderCount,
    /// Seen by the camera's eye.
    pub camera_seen: bool,
    /// Count at the gate eye.
    pub gate_seen: Option<EncoderCount>,
    /// Known from before a restart: missing registrations are no fault.
    pub recovered: bool,
    /// Its label.
    pub label: Option<Label>,
    /// Its camera trigger.
    pub trigger: Trigger,
    /// Its camera result.
    pub reading: Option<Reading>,
    /// Where it stands at the stations beside the camera.
    pub stations: [StationState; STATIONS],
    /// A second result came.
    pub duplicate: bool,
    /// The result can no longer be proven in time.
    pub overdue: bool,
    /// What tracking found wrong with it.
    pub fault: Option<RejectReason>,
    /// Its verdict.
    pub decided: Option<Decided>,
    /// Its permit.
    pub permit: PermitState,
    /// What became of it.
    pub fate: PackFate,
    /// Where its fate was seen.
    pub fate_count: EncoderCount,
    /// Its fate has been counted as not explained.
    pub exit_seen: bool,
}

impl Slot {
    /// A pack at the infeed eye.
    #[must_use]
    pub fn new(track: TrackIndex, infeed: EncoderCount) -> Self {
        Self {
            track,
            reference: infeed,
            camera_seen: false,
            gate_seen: None,
            recovered: false,
            label: None,
            trigger: Trigger::None,
            reading: None,
            stations: [StationState::Away; STATIONS],
            duplicate: false,
            overdue: false,
            fault: None,
            decided: None,
            permit: PermitState::None,
            fate: PackFate::InProcess,
            fate_count: EncoderCount(0),
            exit_seen: false,
        }
    }

    /// The serial on the pack, as far as known.
    #[must_use]
    pub fn serial(&self) -> Option<SerialIndex> {
        self.label.filter(|l| !l.marked).map(|l| l.serial)
    }

    /// True while its verdict stands at Accept.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.decided.is_some_and(|d| d.verdict == Verdict::Accept)
    }

    /// True while nothing final is known of it.
    #[must_use]
    pub fn in_process(&self) -> bool {
        self.fate == PackFate::InProcess
    }

    /// Notes the first thing that is wrong with it.
    pub fn blame(&mut self, reason: RejectReason) {
        self.fault.get_or_insert(reason);
    }

    /// Count at the gate eye, seen or expected.
    #[must_use]
    pub fn gate_count(&self, config: &LineConfig) -> EncoderCount {
        self.gate_seen.unwrap_or(self.reference.plus(config.gate_counts))
    }

    /// From here on a result can no longer become a permit in time.
    #[must_use]
    pub fn result_deadline(&self, config: &LineConfig) -> EncoderCount {
        self.permit_deadline(config).minus(config.permit_budget_counts)
    }

    /// From here on a permit comes too late.
    #[must_use]
    pub fn permit_deadline(&self, config: &LineConfig) -> EncoderCount {
        let gate = self.reference.plus(config.gate_counts).minus(config.window_counts);
        gate.minus(config.gate_lead_counts)
    }

    /// From here on neither exit nor ejection is to be expected.
    #[must_use]
    pub fn fate_deadline(&self, config: &LineConfig) -> EncoderCount {
        let exit = self.reference.plus(config.exit_counts + config.window_counts);
        let eject = self.gate_count(config).plus(config.eject_counts_max);
        exit.max(eject)
    }

    /// True when the pack is expected at this distance from the infeed eye at `count`.
    #[must_use]
    pub fn is_at(&self, count: EncoderCount, offset: u64, window: u64) -> bool {
        count.distance(self.reference.plus(offset)) <= window
    }

    /// True when an ejection of this pack may be confirmed at `count`.
    #[must_use]
    pub fn may_be_ejected_at(&self, count: EncoderCount, config: &LineConfig) -> bool {
        let gate = self.gate_count(config);
        let slack = if self.gate_seen.is_some() { 0 } else { config.window_counts };
        let first = gate.plus(config.eject_counts_min).minus(slack);
        let last = gate.plus(config.eject_counts_max + slack);
        first <= count && count <= last
    }
}

/// The shift register: packs in the order of their infeed, oldest first.
#[derive(Debug, Default)]
pub struct Tracker {
    slots: Deque<Slot, SLOTS>,
}

impl Tracker {
    /// Adds a pack at the infeed; false when the register is full.
    #[must_use]
    pub fn enter(&mut self, slot: Slot) -> bool {
        self.slots.push_back(slot).is_ok()
    }

    /// Every pack, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter()
    }

    /// Every pack, oldest first, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.slots.iter_mut()
    }

    /// The oldest pack for which `wanted` holds.
    pub fn find(&mut self, wanted: impl Fn(&Slot) -> bool) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|s| wanted(s))
    }

    /// The pack with this index.
    pub fn get(&mut self, track: TrackIndex) -> Option<&mut Slot> {
        self.find(|s| s.track == track)
    }

    /// The pack that entered last.
    #[must_use]
    pub fn youngest(&self) -> Option<&Slot> {
        self.slots.back()
    }

    /// Packs whose fate is open and not waiting for a person.
    #[must_use]
    pub fn in_process(&self) -> usize {
        self.slots.iter().filter(|s| s.in_process()).count()
    }

    /// True when there is no room for a further pack.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.slots.is_full()
    }

    /// Packs in the register.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// True when the register holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Lets go of packs at the front whose fate is known and whose last window has passed.
    pub fn retire(&mut self, encoder: EncoderCount, config: &LineConfig) {
        while self.slots.front().is_some_and(|s| !s.in_process() && s.is_past(encoder, config)) {
            self.slots.pop_front();
        }
    }

    /// Lets go of every pack; they belong to another encoder epoch.
    pub fn clear(&mut self) {
        self.slots.clear();
    }
}

impl Slot {
    fn is_past(&self, encoder: EncoderCount, config: &LineConfig) -> bool {
        encoder > self.fate_deadline(config).plus(config.window_counts)
    }
}
