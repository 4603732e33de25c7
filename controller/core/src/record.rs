//! What the core asks the ledger to remember. A record is a fact, written once, never changed; a
//! later one supersedes it.
//!
//! Made by `line.rs`, stored by the ledger in the order of [`RecordSeq`]. The serialised body
//! (`kind` first) is the canonical event body of `docs/record-format.md`: adding a field or a kind
//! is a new record version. Must never hold a date: the ledger adds the wall clock.

use crate::grade_trend::GradeParameter;
use crate::ids::{EncoderCount, Epoch, IoSeq, JobSeq, Nanos, RecordSeq, SerialIndex, TrackIndex};
use crate::reason::{HoldCause, InvalidCause, RejectReason, Resolution, SuspendCause};
use contracts::camera::{CONTENT_MAX, InLineGrade};
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use contracts::station::Station;
use serde::{Deserialize, Serialize, Serializer};

/// Version of the record bodies below.
pub const RECORD_VERSION: u8 = 6;

/// Bytes that a camera read, kept as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadContent {
    len: u8,
    bytes: [u8; CONTENT_MAX],
}

impl ReadContent {
    /// Keeps up to [`CONTENT_MAX`] bytes.
    #[must_use]
    pub fn new(content: &[u8]) -> Self {
        let mut bytes = [0; CONTENT_MAX];
        let len = content.len().min(CONTENT_MAX);
        bytes[..len].copy_from_slice(&content[..len]);
        Self { len: len as u8, bytes }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl Serialize for ReadContent {
    /// As text, each byte one character (ISO 8859-1), so that nothing is lost.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Latin1<'a>(&'a [u8]);
        impl core::fmt::Display for Latin1<'_> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                use core::fmt::Write;
                self.0.iter().try_for_each(|&byte| f.write_char(char::from(byte)))
            }
        }
        serializer.collect_str(&Latin1(self.as_bytes()))
    }
}

/// Accept or reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Proven good by every station of the recipe.
    Accept,
    /// Everything else.
    Reject,
}

/// A device of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// The labeler.
    Labeler,
    /// The camera.
    Camera,
    /// The line I/O.
    LineIo,
    /// The text-check station.
    TextCheck,
    /// The carton-code station.
    CartonCode,
    /// The tamper-evident station.
    TamperEvident,
    /// The checkweigher.
    Checkweigher,
}

impl Device {
    /// The device of a station.
    #[must_use]
    pub const fn of(station: Station) -> Self {
        match station {
            Station::TextCheck => Self::TextCheck,
            Station::CartonCode => Self::CartonCode,
            Station::TamperEvident => Self::TamperEvident,
            Station::Checkweigher => Self::Checkweigher,
        }
    }
}

/// The line's own counters since the batch's counts began, summed over device epochs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCounts {
    /// Infeed edges.
    pub infeed: u64,
    /// Exit edges.
    pub exit: u64,
    /// Eject-confirm edges.
    pub eject_confirm: u64,
    /// Labels that the labeler says it printed.
    pub printed: u64,
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Order of emission in this process.
    pub seq: RecordSeq,
    /// When the core emitted it.
    pub now: Nanos,
    /// Line-I/O epoch in force.
    pub io_epoch: Epoch,
    /// Last line-I/O event that was fully handled before this record: recovery reads on from the
    /// event after it.
    pub io_seq: IoSeq,
    /// Encoder count known then.
    pub encoder: EncoderCount,
    /// What happened.
    pub body: RecordBody,
}

/// What happened.
#[expect(missing_docs, reason = "docs/record-format.md explains each field of each kind")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordBody {
    /// The unit changed its PackML state.
    UnitState { from: UnitState, to: UnitState },
    /// The order changed its state.
    OrderState { from: JobOrderState, to: JobOrderState },
    /// Counts begin: the devices' totals that count as zero. Also after each new device epoch,
    /// with the sums so far in `counts`.
    CountsBegin {
        counts: LineCounts,
        io_epoch: Epoch,
        infeed_base: u32,
        exit_base: u32,
        eject_base: u32,
        labeler_epoch: Epoch,
        printed_base: u32,
    },
    /// A link came up in this epoch.
    LinkUp { device: Device, epoch: Epoch },
    /// A link went down.
    LinkDown { device: Device },
    /// The line holds.
    Hold { cause: HoldCause },
    /// A person or the end of its cause ended the hold.
    HoldEnded { cause: HoldCause },
    /// A purge began: gate in reject, old permits dead.
    PurgeBegin { permit_epoch: u32 },
    /// The belt is empty.
    PurgeEnd { ejected: u32 },
    /// A pack passed the infeed eye.
    PackInfeed { track: TrackIndex, count: EncoderCount },
    /// A serial was given to a print job; durable before the job leaves.
    JobAssigned { serial: SerialIndex, labeler_epoch: Epoch, job: JobSeq },
    /// The labeler confirmed the print: Allocated to Encoded.
    Printed { serial: SerialIndex, labeler_epoch: Epoch, job: JobSeq },
    /// A serial will never be used: SNInvalid.
    SerialInvalid { serial: SerialIndex, cause: InvalidCause, printed: bool },
    /// A printed label was never applied and is scrapped with the web: LabelScrapped.
    LabelScrapped { serial: SerialIndex },
    /// Labels that the labeler printed beyond its jobs: printed twice.
    ExtraLabels { count: u32 },
    /// A label was applied to a pack: serial and pack are bound.
    LabelApplied { track: TrackIndex, serial: SerialIndex, job: JobSeq, count: EncoderCount },
    /// The verdict on a pack. A later one for the same pack supersedes it.
    Verdict {
        track: TrackIndex,
        serial: Option<SerialIndex>,
        verdict: Verdict,
        reason: Option<RejectReason>,
        trigger: Option<u32>,
        result_seq: Option<u64>,
        grade: Option<Grade>,
        read: Option<ReadContent>,
    },
    /// What a station found on a pack; without a reason it is what was commanded.
    StationResult {
        track: TrackIndex,
        station: Station,
        trigger: u32,
        result_seq: u32,
        reason: Option<RejectReason>,
        value: i32,
        read: Option<ReadContent>,
    },
    /// The mean of a grade's parameter has come near the limit, or has left it again; in tenths.
    GradeTrend { parameter: GradeParameter, mean: u8, limit: u8, raised: bool },
    /// The unit is suspended for an external cause.
    Suspended { cause: SuspendCause },
    /// A camera result that decided nothing.
    ResultDiscarded { trigger: u32, result_seq: u64, track: Option<TrackIndex> },
    /// A pack passed the exit with a permit: its serial is Commissioned.
    PackExited { track: TrackIndex, serial: Option<SerialIndex>, count: EncoderCount },
    /// A pack's ejection was confirmed: its serial is Encoded (in reject).
    PackEjected { track: TrackIndex, serial: Option<SerialIndex>, count: EncoderCount },
    /// An ejection was confirmed that no tracked pack explains.
    EjectedWithoutPack { count: EncoderCount },
    /// An exit was seen that no tracked pack explains.
    ExitedWithoutPack { count: EncoderCount },
    /// A pack's fate is not known: Encoded (unresolved).
    PackUnresolved {
        track: TrackIndex,
        serial: Option<SerialIndex>,
        accepted: bool,
        exit_seen: bool,
    },
    /// A person said what became of a pack.
    PackResolved {
        track: TrackIndex,
        serial: Option<SerialIndex>,
        resolution: Resolution,
        exit_edge: bool,
    },
    /// The line's own counters, at completion and before a clean stop.
    Counts { counts: LineCounts, in_process: u32 },
}

/// In-line grade as recorded: overall and SC, MOD, RM, ANU, GNU, UEC, FPD, in tenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grade {
    /// Lowest of the parameters.
    pub overall: u8,
    /// SC, MOD, RM, ANU, GNU, UEC, FPD.
    pub parameters: [u8; 7],
}

impl From<InLineGrade> for Grade {
    fn from(grade: InLineGrade) -> Self {
        Self { overall: grade.overall, parameters: grade.parameters }
    }
}
