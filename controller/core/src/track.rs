//! Where each pack is, by encoder counts alone: a slot from infeed to fate, registered again at
//! every eye. The register of slots is `register.rs`.
//!
//! Called by `line` with edges and counts. An edge outside the window of an expected pack is told,
//! never guessed away. Must never look at a time or decide a verdict.

use crate::event::PackFate;
use crate::ids::{EncoderCount, JobSeq, RecordSeq, SerialIndex, TrackIndex};
use crate::line_config::LineConfig;
use crate::reason::RejectReason;
use crate::record::Verdict;
use crate::station::StationState;
use crate::verify::Reading;
use codes::SerialNumber;
use contracts::station::STATIONS;

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
    /// Its count at the infeed eye.
    pub infeed: EncoderCount,
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
            infeed,
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

    /// True while neither exit nor ejection was seen, also when a person looks for it.
    #[must_use]
    pub fn fate_open(&self) -> bool {
        matches!(self.fate, PackFate::InProcess | PackFate::Unresolved)
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
        result_deadline(self.reference, config)
    }

    /// From here on a permit comes too late.
    #[must_use]
    pub fn permit_deadline(&self, config: &LineConfig) -> EncoderCount {
        permit_deadline(self.reference, config)
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

    /// True when its last window has passed; one that waits for a person may still come by, but
    /// for a pitch, when the counts have jumped.
    #[must_use]
    pub fn is_past(&self, encoder: EncoderCount, config: &LineConfig) -> bool {
        let waits = self.fate == PackFate::Unresolved;
        let displaced = if waits { config.pitch_counts_min } else { 0 };
        encoder > self.fate_deadline(config).plus(config.window_counts + displaced)
    }
}

/// Where a pack whose place at the infeed eye is `reference` must have its permit.
#[must_use]
pub fn permit_deadline(reference: EncoderCount, config: &LineConfig) -> EncoderCount {
    let gate = reference.plus(config.gate_counts).minus(config.window_counts);
    gate.minus(config.gate_lead_counts)
}

/// Where it must have its result.
#[must_use]
pub fn result_deadline(reference: EncoderCount, config: &LineConfig) -> EncoderCount {
    permit_deadline(reference, config).minus(config.permit_budget_counts)
}
