//! The closed catalogue: what may become an alarm, how urgent it is, and what of the line's holds
//! is one.
//!
//! Used by the board, by the service that raises them and by the pages. An alarm needs a response of
//! a person in time (ISA-18.2, 3.1); everything else is an event and stands in no list here. Must
//! never get a kind without a text in every language.

use line_core::reason::HoldCause;

/// How urgent a response is (ISA-18.2, 3.1.54). Shown by colour, shape and word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Packs, records or people are at stake. Never shelved.
    Critical,
    /// The line stands until someone acts.
    High,
    /// It will stand, or a record will be missing, unless someone acts today.
    Medium,
    /// To be seen to when there is time.
    Low,
}

impl Priority {
    /// Every priority, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// Name in records and snapshots.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// What an alarm is about; for filters and statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Packs, labels and positions.
    Process,
    /// A device or its link.
    Device,
    /// Ledger, recordings, disk, clock.
    Records,
    /// Who gets in.
    Security,
    /// Power, air, safety chain.
    Utilities,
}

impl Class {
    /// Name in records and snapshots.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Device => "device",
            Self::Records => "records",
            Self::Security => "security",
            Self::Utilities => "utilities",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal $priority:ident $class:ident;)+) => {
        /// What may be an alarm. Records hold the names: they never change their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum AlarmKind { $($(#[$doc])* $kind),+ }

        impl AlarmKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// Name in records and snapshots.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),+ }
            }

            /// How urgent it is.
            #[must_use]
            pub const fn priority(self) -> Priority {
                match self { $(Self::$kind => Priority::$priority),+ }
            }

            /// What it is about.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$kind => Class::$class),+ }
            }
        }
    };
}

kinds! {
    /// A pack's fate is not explained.
    UnexplainedPack = "unexplained_pack" Critical Process;
    /// No position on the belt is certain.
    PositionsLost = "positions_lost" Critical Process;
    /// Labels and packs have slipped against each other.
    Slip = "slip" Critical Process;
    /// A pack where none belongs.
    ForeignPack = "foreign_pack" Critical Process;
    /// The link to the line I/O is down.
    LineIoLink = "line_io_link" Critical Device;
    /// The line I/O restarted.
    LineIoRestart = "line_io_restart" Critical Device;
    /// The line I/O dropped the run permit by itself.
    LineIoFault = "line_io_fault" Critical Device;
    /// Records cannot be written.
    LedgerFault = "ledger" Critical Records;
    /// Safety chain or air pressure.
    SafetyOrAir = "utilities" Critical Utilities;
    /// The mains have failed and a UPS carries the line.
    PowerFail = "power_fail" Critical Utilities;
    /// Too many rejects in a row.
    ConsecutiveRejects = "consecutive_rejects" High Process;
    /// Too many rejects among the last hundred packs.
    RejectPercentage = "reject_percentage" High Process;
    /// No serial number is left.
    PoolEmpty = "pool_empty" High Process;
    /// Packs stuck together, or an eye that stays blocked.
    BlockedEye = "blocked_eye" High Process;
    /// The reject bin is full.
    BinFull = "bin_full" High Process;
    /// The reject bin is not locked.
    BinUnlocked = "bin_unlocked" High Process;
    /// The link to the labeler is down.
    LabelerLink = "labeler_link" High Device;
    /// The labeler restarted.
    LabelerRestart = "labeler_restart" High Device;
    /// The labeler refused a job, or its web is broken.
    LabelerFault = "labeler_fault" High Device;
    /// The link to the camera is down.
    CameraLink = "camera_link" High Device;
    /// The camera restarted.
    CameraRestart = "camera_restart" High Device;
    /// Camera results and triggers do not match.
    CameraOutOfStep = "camera_out_of_step" High Device;
    /// The link to a station beside the camera is down.
    StationLink = "station_link" High Device;
    /// A station beside the camera restarted.
    StationRestart = "station_restart" High Device;
    /// A station's results and strobes do not match.
    StationOutOfStep = "station_out_of_step" High Device;
    /// Records wait for the disk.
    LedgerCredit = "ledger_credit" High Records;
    /// The disk will be full within the configured days.
    DiskForecast = "disk_forecast" High Records;
    /// Few serial numbers are left.
    LowPool = "low_pool" Medium Process;
    /// The clock is not synchronised.
    ClockUnsynchronised = "clock_unsynchronised" Medium Records;
    /// Old batches are not sealed.
    SealingFailed = "sealing_failed" Medium Records;
    /// Logins are refused again and again.
    LoginFailures = "failed_logins" Medium Security;
    /// Users were administered at the console, not in the service.
    ConsoleAdministration = "console_administration" Medium Security;
    /// A recording has a gap.
    RecordingGap = "recording_gap" Low Records;
    /// A recording has reached its bound.
    RecordingFull = "recording_full" Low Records;
    /// A recording cannot be written.
    RecordingFailed = "recording_failed" Low Records;
}

/// How many kinds there are: no list of alarms is longer.
pub const KINDS: usize = AlarmKind::ALL.len();

impl AlarmKind {
    /// The kind with this name; none for one of another version.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// True for what happened once and is not a state: it returns to normal with its
    /// acknowledgement.
    #[must_use]
    pub const fn ends_with_acknowledgement(self) -> bool {
        matches!(
            self,
            Self::LoginFailures
                | Self::ConsoleAdministration
                | Self::RecordingGap
                | Self::RecordingFull
                | Self::RecordingFailed
        )
    }

    /// The alarm of a hold. None for those that somebody wanted, that end by themselves or that are
    /// a step of the work: they are events, and the hold itself is on record.
    #[must_use]
    pub const fn of_hold(cause: HoldCause) -> Option<Self> {
        use HoldCause as H;
        Some(match cause {
            H::Operator | H::Restart | H::FirstPack => return None,
            H::ConsecutiveRejects => Self::ConsecutiveRejects,
            H::RejectPercentage => Self::RejectPercentage,
            H::PoolEmpty => Self::PoolEmpty,
            H::Slip => Self::Slip,
            H::UnexplainedPack => Self::UnexplainedPack,
            H::ForeignPack => Self::ForeignPack,
            H::BlockedEye => Self::BlockedEye,
            H::LabelerLink => Self::LabelerLink,
            H::CameraLink => Self::CameraLink,
            H::LineIoLink => Self::LineIoLink,
            H::LabelerRestart => Self::LabelerRestart,
            H::CameraRestart => Self::CameraRestart,
            H::LineIoRestart => Self::LineIoRestart,
            H::CameraOutOfStep => Self::CameraOutOfStep,
            H::LabelerFault => Self::LabelerFault,
            H::LineIoFault => Self::LineIoFault,
            H::LedgerCredit => Self::LedgerCredit,
            H::Ledger => Self::LedgerFault,
            H::BinFull => Self::BinFull,
            H::Utilities => Self::SafetyOrAir,
            H::StationLink => Self::StationLink,
            H::StationRestart => Self::StationRestart,
            H::StationOutOfStep => Self::StationOutOfStep,
            H::BinUnlocked => Self::BinUnlocked,
            H::PositionsLost => Self::PositionsLost,
            H::PowerFail => Self::PowerFail,
        })
    }
}
