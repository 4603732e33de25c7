//! The closed lists of what goes into the core and what comes out of it.
//!
//! An [`Input`] is Copy and of fixed size: it is also the recording. Outputs are drained after
//! every input. Must never hold a date, a handle or a string.

mod reports;
pub use reports::{CameraReading, CountBases, LabelerReport, RecoveredPack, StationReading};

use crate::ids::{EncoderCount, Epoch, IoSeq, JobSeq, RecordSeq, SerialIndex, TrackIndex};
use crate::reason::{RejectReason, Resolution};
use crate::record::{LineCounts, Record, Verdict};
use codes::SerialNumber;
use contracts::line_io::{CHANNELS, Channel, DeviceFault, Edge};
use contracts::open_scs::{JobOrderState, SerialState};
use contracts::station::Station;

/// What happened outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The line I/O answers and its FIFO has been positioned; comes before any event of the epoch.
    LineIoUp {
        /// Epoch of the device.
        epoch: Epoch,
        /// Encoder count now.
        encoder: EncoderCount,
        /// Oldest event still in the FIFO, or the next one when it is empty.
        first_seq: IoSeq,
        /// Permit epoch in force.
        permit_epoch: u32,
        /// Rising edges by channel since the epoch began.
        totals: [u32; CHANNELS],
    },
    /// The link to the line I/O is down.
    LineIoDown,
    /// One latched edge, in the order of the FIFO, none left out.
    LineIoEvent {
        /// Number in the FIFO.
        seq: IoSeq,
        /// The eye or strobe.
        channel: Channel,
        /// Leading or trailing end.
        edge: Edge,
        /// n-th rising edge of the channel in the device's epoch.
        ordinal: u32,
        /// Encoder count at the edge.
        count: EncoderCount,
    },
    /// State of the line I/O after the events of a cycle, at least at 10 Hz.
    LineIoSample {
        /// Encoder count now.
        encoder: EncoderCount,
        /// Bits of `contracts::line_io::inputs`.
        inputs: u16,
        /// Latched fault.
        fault: DeviceFault,
        /// Permit epoch in force.
        permit_epoch: u32,
        /// Permits accepted in it.
        permits_accepted: u32,
        /// Every event up to here has been handed over.
        next_seq: IoSeq,
        /// Rising edges by channel.
        totals: [u32; CHANNELS],
    },
    /// The labeler answers; comes before any status of the epoch.
    LabelerUp(LabelerReport),
    /// The labeler's counters, whenever they change.
    LabelerStatus(LabelerReport),
    /// The link to the labeler is down.
    LabelerDown,
    /// The camera answers; comes before any result of the epoch.
    CameraUp {
        /// Epoch of the camera.
        epoch: Epoch,
        /// Its recipe is the order's.
        recipe_ok: bool,
        /// Triggers that it has received in the epoch.
        triggers: u32,
    },
    /// A result, in the order of its sequence, none left out.
    CameraResult(CameraReading),
    /// The camera's trigger count, at least at 10 Hz.
    CameraSample {
        /// Triggers that it has received in the epoch.
        triggers: u32,
        /// Last result that has been handed over.
        last_seq: u64,
    },
    /// The link to the camera is down.
    CameraDown,
    /// A station answers; comes before any result of the epoch.
    StationUp {
        /// Which.
        station: Station,
        /// Epoch of the station.
        epoch: Epoch,
        /// Its recipe is the order's.
        recipe_ok: bool,
        /// Strobes that it has given in the epoch.
        triggers: u32,
    },
    /// A station's result, in the order of its sequence, none left out.
    StationResult(StationReading),
    /// A station's strobe count, at least at 10 Hz.
    StationSample {
        /// Which.
        station: Station,
        /// Strobes that it has given in the epoch.
        triggers: u32,
        /// Last result that has been handed over.
        last_seq: u32,
    },
    /// The link to a station is down.
    StationDown {
        /// Which.
        station: Station,
    },
    /// Every record up to here is on disk.
    Watermark(RecordSeq),
    /// The ledger cannot commit, or does not know whether it did.
    LedgerFault,
    /// What a person or the service wants.
    Command(Command),
    /// State of one serial of an open batch, from the ledger, before `RecoveryEnd`.
    RecoveredSerial {
        /// The serial.
        serial: SerialIndex,
        /// Its state.
        state: SerialState,
        /// Its print job, when it was ever dispatched.
        job: Option<(Epoch, JobSeq)>,
        /// The pack that bears it.
        track: Option<TrackIndex>,
    },
    /// A pack of an open batch, from the ledger, in order of tracks, before `RecoveryEnd`.
    RecoveredPack(RecoveredPack),
    /// Everything that the ledger knows has been told.
    RecoveryEnd {
        /// Line-I/O epoch of the last record.
        io_epoch: Epoch,
        /// Last line-I/O event that is durable.
        io_seq: IoSeq,
        /// Totals at which the counts were `counts`: those of the last `CountsBegin`, moved on by
        /// the edges on record since, so that these stay counted when the line I/O lost its power,
        /// too. Of epoch 0 after a clean stop: then the counts go on from `counts` once the belt
        /// has been purged.
        bases: CountBases,
        /// Sums at `bases`.
        counts: LineCounts,
        /// Packs that the exit eye has commissioned in this batch.
        line_commissioned: u32,
        /// Exit edges that belong to a pack.
        exits_accounted: u32,
        /// Edges in the chute that are on record. Recordings of old do not know it.
        ejects_accounted: Option<u32>,
        /// Labels of the labeler's counter that the books explain.
        labels_accounted: u64,
        /// The order's state.
        order_state: JobOrderState,
        /// A hold beside the restart was open: it still needs a person.
        held: bool,
    },
    /// Nothing happened; time passed.
    Tick,
}

/// What became of a pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PackFate {
    /// On the belt, as far as known.
    #[default]
    InProcess,
    /// Passed the exit.
    Exited,
    /// Ejection confirmed.
    Ejected,
    /// Waiting for a person.
    Unresolved,
    /// A person said: behind the gate.
    ResolvedExited,
    /// A person said: in the bin.
    ResolvedEjected,
    /// A person said: taken by hand.
    Removed,
}

/// What a person or the service wants of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start or go on with the loaded order.
    Start,
    /// Hold.
    Hold,
    /// Go on after a hold.
    Unhold,
    /// Stop: drain the belt, flush the labeler, complete the order.
    Stop,
    /// Abort at once.
    Abort,
    /// Say what became of an unresolved pack.
    Resolve {
        /// The pack.
        track: TrackIndex,
        /// What became of it.
        resolution: Resolution,
    },
    /// Stop the belt cleanly, keep the order open (the service ends).
    Shutdown,
    /// The first pack is approved: the ledger holds its taking, signed by two persons.
    ApproveFirstPack,
}

/// Why a command was refused; the edge turns it into a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// PackML does not allow it in this state.
    WrongState,
    /// A device is not ready: link down or recipe not echoed.
    DeviceNotReady,
    /// Packs are still unresolved.
    UnresolvedPacks,
    /// There is no such pack.
    UnknownPack,
    /// The pack is not waiting to be resolved.
    NotUnresolved,
    /// Exited needs a durable accept.
    NotAccepted,
    /// The line's exit counter has no edge left for this pack.
    NoExitEdge,
    /// The cause of the hold is still there.
    CauseRemains,
}

/// What the core wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Remember this.
    Record(Record),
    /// Send this print job; its assignment is durable.
    Dispatch(Dispatch),
    /// Drop every unprinted job at the labeler.
    FlushLabeler {
        /// Number of the flush; a new one each time.
        flush: u16,
    },
    /// Fire the camera trigger at this count.
    Trigger {
        /// Line-I/O epoch that the count belongs to; void in another.
        epoch: Epoch,
        /// When.
        at: EncoderCount,
    },
    /// Let this pack pass.
    Permit {
        /// Permit epoch that it is for; void in another.
        permit_epoch: u32,
        /// The pack.
        track: TrackIndex,
        /// First count at the gate eye.
        from: EncoderCount,
        /// Last count at the gate eye.
        to: EncoderCount,
    },
    /// Take a permit back.
    Revoke {
        /// Permit epoch that it is for; void in another.
        permit_epoch: u32,
        /// The pack.
        track: TrackIndex,
    },
    /// Begin a new permit epoch: every permit dies.
    NewPermitEpoch {
        /// Its number.
        permit_epoch: u32,
    },
    /// Outputs of the line I/O, as bits of `contracts::line_io::outputs`.
    LineIoOutputs {
        /// The bits.
        bits: u16,
    },
    /// FIFO events up to here are durable.
    Consumed {
        /// Line-I/O epoch that the sequence belongs to; void in another.
        epoch: Epoch,
        /// Last of them.
        seq: IoSeq,
    },
    /// Answer to a command.
    Answer(Result<(), Refusal>),
    /// A verdict fell: the image may be fetched, and its latency be measured.
    Decided {
        /// The pack.
        track: TrackIndex,
        /// Accept or reject.
        verdict: Verdict,
        /// Why it was rejected.
        reason: Option<RejectReason>,
        /// Sequence of the result that decided, in the camera's epoch.
        result_seq: Option<u64>,
        /// Record that must be durable first.
        record: RecordSeq,
    },
    /// A permit was acknowledged this many counts before gate minus lead; negative is late.
    PermitAcknowledged {
        /// The pack.
        track: TrackIndex,
        /// Counts left.
        margin_counts: i64,
    },
}

/// A print job that left the pool: a serial, its job number, and nothing that could change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// Labeler epoch that the job is for.
    pub labeler_epoch: Epoch,
    /// Job number in it.
    pub job: JobSeq,
    /// Index in the pool.
    pub serial: SerialIndex,
    /// The serial number.
    pub number: SerialNumber,
}
