//! Event bodies as they are read back: core record, service event or the ledger's own.
//!
//! Used by `verify`, recovery and queries. Must never accept a body that does not say its kind
//! first.

use crate::ledger_body::LedgerBody;
use crate::service::ServiceBody;
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use contracts::station::Station;
use line_core::grade_trend::GradeParameter;
use line_core::ids::{EncoderCount, Epoch, JobSeq, SerialIndex, TrackIndex};
use line_core::reason::{HoldCause, InvalidCause, RejectReason, Resolution, SuspendCause};
use line_core::record::{Device, Grade, LineCounts, ReadContent, RecordBody, Verdict};
use serde::{Deserialize, Deserializer};

/// A body of any of the three lists.
#[derive(Clone, Debug, PartialEq)]
pub enum StoredBody {
    /// A record of the core.
    Record(RecordBody),
    /// People and service.
    Service(ServiceBody),
    /// The ledger itself.
    Ledger(LedgerBody),
}

impl StoredBody {
    /// Reads the `body` column.
    ///
    /// # Errors
    /// No JSON, an unknown kind, or a field that is missing or wrong.
    pub fn parse(body: &str) -> Result<Self, String> {
        let kind = kind_of(body).ok_or("the body does not say its kind first")?;
        let parsed = if ServiceBody::KINDS.contains(&kind) {
            serde_json::from_str(body).map(Self::Service)
        } else if LedgerBody::KINDS.contains(&kind) {
            serde_json::from_str(body).map(Self::Ledger)
        } else {
            serde_json::from_str(body).map(|Reader(record)| Self::Record(record))
        };
        parsed.map_err(|error| format!("{kind}: {error}"))
    }
}

/// The kind that a body names in its first field.
pub(crate) fn kind_of(body: &str) -> Option<&str> {
    let rest = body.strip_prefix("{\"kind\":\"")?;
    rest.split_once('"').map(|(kind, _)| kind)
}

struct Reader(RecordBody);

impl<'de> Deserialize<'de> for Reader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Shape::deserialize(deserializer).map(Self)
    }
}

/// The core's own list once more, for reading.
#[derive(Deserialize)]
#[serde(remote = "RecordBody", tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Shape {
    UnitState {
        from: UnitState,
        to: UnitState,
    },
    OrderState {
        from: JobOrderState,
        to: JobOrderState,
    },
    CountsBegin {
        counts: LineCounts,
        io_epoch: Epoch,
        infeed_base: u32,
        exit_base: u32,
        eject_base: u32,
        labeler_epoch: Epoch,
        printed_base: u32,
    },
    LinkUp {
        device: Device,
        epoch: Epoch,
    },
    LinkDown {
        device: Device,
    },
    Hold {
        cause: HoldCause,
    },
    HoldEnded {
        cause: HoldCause,
    },
    PurgeBegin {
        permit_epoch: u32,
    },
    PurgeEnd {
        ejected: u32,
    },
    PackInfeed {
        track: TrackIndex,
        count: EncoderCount,
    },
    JobAssigned {
        serial: SerialIndex,
        labeler_epoch: Epoch,
        job: JobSeq,
    },
    Printed {
        serial: SerialIndex,
        labeler_epoch: Epoch,
        job: JobSeq,
    },
    SerialInvalid {
        serial: SerialIndex,
        cause: InvalidCause,
        printed: bool,
    },
    LabelScrapped {
        serial: SerialIndex,
    },
    ExtraLabels {
        count: u32,
    },
    LabelApplied {
        track: TrackIndex,
        serial: SerialIndex,
        job: JobSeq,
        count: EncoderCount,
    },
    Verdict {
        track: TrackIndex,
        serial: Option<SerialIndex>,
        verdict: Verdict,
        reason: Option<RejectReason>,
        trigger: Option<u32>,
        result_seq: Option<u64>,
        grade: Option<Grade>,
        #[serde(deserialize_with = "read_content")]
        read: Option<ReadContent>,
    },
    StationResult {
        track: TrackIndex,
        station: Station,
        trigger: u32,
        result_seq: u32,
        reason: Option<RejectReason>,
        value: i32,
        #[serde(deserialize_with = "read_content")]
        read: Option<ReadContent>,
    },
    GradeTrend {
        parameter: GradeParameter,
        mean: u8,
        limit: u8,
        raised: bool,
    },
    Suspended {
        cause: SuspendCause,
    },
    ResultDiscarded {
        trigger: u32,
        result_seq: u64,
        track: Option<TrackIndex>,
    },
    PackExited {
        track: TrackIndex,
        serial: Option<SerialIndex>,
        count: EncoderCount,
    },
    PackEjected {
        track: TrackIndex,
        serial: Option<SerialIndex>,
        count: EncoderCount,
    },
    EjectedWithoutPack {
        count: EncoderCount,
    },
    ExitedWithoutPack {
        count: EncoderCount,
    },
    PackUnresolved {
        track: TrackIndex,
        serial: Option<SerialIndex>,
        accepted: bool,
        exit_seen: bool,
    },
    PackResolved {
        track: TrackIndex,
        serial: Option<SerialIndex>,
        resolution: Resolution,
        exit_edge: bool,
    },
    Counts {
        counts: LineCounts,
        in_process: u32,
    },
}

/// ISO 8859-1 text back to bytes.
fn read_content<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ReadContent>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let bytes = bytes.filter(|bytes| bytes.len() <= contracts::camera::CONTENT_MAX);
    bytes
        .map(|bytes| Some(ReadContent::new(&bytes)))
        .ok_or_else(|| serde::de::Error::custom("no read content"))
}

#[cfg(test)]
mod tests;
