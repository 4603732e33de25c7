//! What the line looks like at one moment: everything that the page and `/api/v1/status` show.
//!
//! Filled by the service a few times a second and published over a watch channel. Must never hold
//! a handle or a rule: a figure that is not known is `None`, never a guess.

use crate::simulated::{MarginHistogram, Simulated};
use line_core::reason::{HoldCause, RejectReason, SuspendCause};
use line_core::record::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// One moment of the line. The field names are a public interface.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// Counts up with each change of order, unit state or mode: what a command may be bound to.
    pub version: u64,
    /// The line.
    pub line_id: String,
    /// True on a simulation ledger.
    pub simulation: bool,
    /// Wall clock at the line, ISO 8601 with offset.
    pub clock: String,
    /// PackML state, snake_case; empty before the unit is known.
    pub unit_state: String,
    /// Seconds in that state.
    pub unit_state_s: u64,
    /// PackML mode, snake_case.
    pub mode: String,
    /// OPEN-SCS state of the order, snake_case.
    pub order_state: Option<String>,
    /// The order's batch.
    pub batch: Option<String>,
    /// Name of the product.
    pub product: Option<String>,
    /// Product code, 14 digits.
    pub gtin: Option<String>,
    /// Lot.
    pub lot: Option<String>,
    /// Expiry date, ISO 8601.
    pub expiry: Option<String>,
    /// How the camera works, e.g. `pixels`.
    pub camera: String,
    /// Protocol of the labeler, e.g. `modbus`.
    pub labeler: String,
    /// Kind of ejector, e.g. `pass-gate`.
    pub ejector: String,
    /// Geometry in figures.
    pub line: LineFigures,
    /// Speed now and wanted.
    pub rate: Rate,
    /// Good packs that the order wants.
    pub target: u64,
    /// Packs that passed the exit with a permit.
    pub good: u64,
    /// Packs with the verdict reject.
    pub rejected: u64,
    /// Rejects among the last 100 packs, and the limit at which the line holds.
    pub reject_percent_recent: Option<f64>,
    /// Limit of `reject_percent_recent`.
    pub reject_percent_max: u16,
    /// Availability, performance and quality, since the service took up the order.
    pub oee: Option<Oee>,
    /// States of the unit, the oldest first; the last one goes on.
    pub timeline: Vec<StateSpan>,
    /// Why it is suspended: `starved` or `blocked`.
    pub suspended: Option<SuspendCause>,
    /// In-line grades of the latest minutes, the oldest first.
    pub grade_minutes: Vec<GradeMinute>,
    /// Lowest in-line grade that passes, in tenths.
    pub grade_min_tenths: u8,
    /// Labels ahead of the labeler, records on their way to the disk.
    pub buffer: Buffer,
    /// Serials that have not been dispatched.
    pub serials_left: Option<u64>,
    /// Below this many the pool is low.
    pub low_pool_warning: u64,
    /// The pool is low: fewer serials are left than the order's warning.
    pub low_pool: bool,
    /// Where the packs are.
    pub packs: PackCounts,
    /// Where the serials are.
    pub serials: SerialCounts,
    /// Verdicts reject by reason.
    pub rejects: BTreeMap<RejectReason, u64>,
    /// Why the line holds, oldest first.
    pub holds: Vec<Hold>,
    /// No pack passes before two persons have approved the first one.
    pub first_pack_due: bool,
    /// Packs that wait for a person.
    pub unresolved: Vec<u32>,
    /// The same with what a person needs to find them.
    pub unresolved_packs: Vec<UnresolvedPack>,
    /// The latest packs, newest first; the page shows 20.
    pub last_packs: Vec<LastPack>,
    /// Edges that no pack explained, since the service took up the order.
    pub strays: StrayEdges,
    /// Ejections on record, with and without a pack, since the service took up the order.
    pub ejections: u64,
    /// Every alarm that is not normal, the worst first: never a part of them.
    pub alarms: Vec<AlarmView>,
    /// Alarms that came in the last hour.
    pub alarms_per_hour: u32,
    /// More than ten in ten minutes: nobody can follow.
    pub flood: bool,
    /// Links to the devices.
    pub devices: Vec<Device>,
    /// Latencies of the running batch.
    #[serde(flatten)]
    pub latency: Latency,
    /// Packs by their margin at the gate.
    pub margins: MarginHistogram,
    /// What is simulated; only in a demo.
    pub simulated: Option<Simulated>,
    /// Accepts in time whose permit was not.
    pub late: u64,
    /// Every identity of the books holds; `None` while the batch runs.
    pub reconciled: Option<bool>,
    /// Head of the batch's record chain.
    pub audit: AuditHead,
}

/// Geometry in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LineFigures {
    /// Distance between two leading edges.
    pub pitch_mm: f64,
    /// Belt speed at the order's rate.
    pub speed_mm_s: f64,
    /// Camera to gate eye.
    pub camera_to_gate_mm: f64,
    /// Camera trigger to the last moment for the permit.
    pub deadline_ms: f64,
}

/// Speed now and wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rate {
    /// Packs a minute at the infeed, over the last seconds.
    pub now_packs_per_min: f64,
    /// Packs a minute that the line is set to.
    pub target_packs_per_min: f64,
}

/// Parts of one: 0.9 is 90 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Oee {
    /// Of the time since the order was begun, the part in which the line ran.
    pub availability: f64,
    /// Packs at the infeed, as a part of those that the set rate gives in that time.
    pub performance: f64,
    /// Good packs, as a part of those that were judged.
    pub quality: f64,
}

impl Oee {
    /// All three together.
    #[must_use]
    pub fn whole(&self) -> f64 {
        self.availability * self.performance * self.quality
    }
}

/// A time in one state of the unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StateSpan {
    /// PackML state, snake_case.
    pub state: String,
    /// It began so many seconds ago.
    pub from_s: u64,
    /// It ended so many seconds ago.
    pub to_s: u64,
}

/// In-line grades of one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GradeMinute {
    /// Packs with a grade.
    pub packs: u32,
    /// Their mean, in tenths.
    pub mean_tenths: u8,
    /// The lowest, in tenths.
    pub min_tenths: u8,
}

/// What waits in buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Buffer {
    /// Labels that are assigned and not printed.
    pub labels: u64,
    /// As many there may be.
    pub labels_max: u64,
    /// Records that are not on the disk yet.
    pub records: u64,
}

/// Where the packs are; terms of domain.md section 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PackCounts {
    /// Infeed edges by the line's counter.
    pub infeed: i64,
    /// Exit edges that are not for packs taken back.
    pub exit: i64,
    /// Confirmed ejections.
    pub ejected: i64,
    /// Taken off by hand, declared.
    pub removed: i64,
    /// Counted on the belt.
    pub in_process: i64,
    /// What is left over; 0 on a line in order.
    pub unexplained: i64,
}

/// Edges that no pack explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StrayEdges {
    /// In the chute of the reject bin.
    pub ejected: u32,
    /// At the exit.
    pub exited: u32,
}

/// Where the serials are; `commissioned` is commissioned ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SerialCounts {
    /// Allocated to the order.
    pub allocated: i64,
    /// Given back.
    pub returned: i64,
    /// SNInvalid.
    pub invalid: i64,
    /// Printed and valid.
    pub encoded: i64,
    /// Ever commissioned.
    pub commissioned: i64,
    /// LabelScrapped.
    pub label_scrapped: i64,
    /// LabelSampled.
    pub label_sampled: i64,
    /// Encoded (in reject).
    pub in_reject: i64,
}

/// Why the line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// The cause.
    pub cause: HoldCause,
    /// Seconds since it began.
    pub since_s: u64,
}

/// An alarm (ISA-18.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AlarmView {
    /// Name of its kind, as in the records.
    pub kind: String,
    /// `critical`, `high`, `medium`, `low`.
    pub priority: String,
    /// `active`, `acknowledged`, `returned`, `shelved`.
    pub state: String,
    /// When it was raised last, RFC 3339 UTC; none when it was shelved before.
    pub since: Option<String>,
    /// What makes it one of its kind: a batch, a figure.
    pub detail: String,
    /// Who has seen it.
    pub acknowledged_by: Option<String>,
    /// Until when it is shelved, RFC 3339 UTC.
    pub shelved_until: Option<String>,
    /// Who shelved it.
    pub shelved_by: Option<String>,
    /// Why.
    pub shelved_reason: Option<String>,
    /// It comes and goes: three times in the last minute.
    pub chatters: bool,
}

/// A pack that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnresolvedPack {
    /// n-th pack at the infeed.
    pub track: u32,
    /// Its serial, when a label was bound.
    pub serial: Option<String>,
    /// Its last verdict is accept.
    pub accepted: bool,
    /// Its last verdict is reject.
    pub rejected: bool,
    /// Seen at the exit although not released.
    pub exit_seen: bool,
}

/// A pack of the recent past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastPack {
    /// n-th pack at the infeed.
    pub track: u32,
    /// Its serial, when a label was bound.
    pub serial: Option<String>,
    /// Verdict, when it has one.
    pub verdict: Option<Verdict>,
    /// Why it was rejected.
    pub reason: Option<RejectReason>,
    /// In-line grade in tenths.
    pub grade_tenths: Option<u8>,
    /// Where it is, snake_case: `in_process`, `exited`, `ejected`, `unresolved`, `removed`.
    pub state: String,
}

/// State of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Not tried yet.
    #[default]
    Unknown,
    /// Being set up or resynchronised.
    Connecting,
    /// Up and in step.
    Up,
    /// Down.
    Down,
}

/// A device and its link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Device {
    /// What it is, in words: `line I/O`.
    pub name: String,
    /// Its protocol: `Modbus TCP`.
    pub protocol: String,
    /// What secures the link: policy and mode, `none`; nothing for a protocol without security.
    pub security: Option<String>,
    /// State of the link.
    pub link: LinkState,
    /// Epoch of the device, when known.
    pub epoch: Option<u32>,
    /// Seconds since the link changed.
    pub since_s: u64,
}

/// Latencies of the running batch, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// Result received to verdict.
    pub verdict_us: Option<Percentiles>,
    /// Verdict to durable.
    pub durable_us: Option<Percentiles>,
    /// Permit acknowledged to gate position.
    pub margin_us: Option<Percentiles>,
}

/// Plain percentiles in microseconds, of a margin too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// Half.
    pub p50: i64,
    /// 99 in 100.
    pub p99: i64,
    /// 999 in 1,000.
    pub p999: i64,
    /// The greatest.
    pub max: i64,
}

/// Head of a record chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditHead {
    /// Records of the batch.
    pub records: u64,
    /// Hash of the last one, hexadecimal.
    pub head: String,
    /// Records that a written anchor covers.
    pub anchored_records: u64,
}
