//! The scenario file: which faults strike, how often, how hard, and which at a given pack or time.
//!
//! Read by the line-sim binary and handed to `World::new`. It must never say what the controller
//! has to do about a fault: that is for the judge and the tests.

mod eye;

pub use eye::Eye;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::Device;

/// A class of faults.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The labeler applies a label without ink.
    MissingPrint,
    /// Ink dragged along before it was dry.
    Smear,
    /// Nozzles that print nothing.
    DeadNozzles,
    /// Thin ink.
    LowContrast,
    /// One character of serial or lot is printed wrong.
    WrongData,
    /// The labeler's buffer is stale from here on: each label bears the data of the job before.
    SlipByOne,
    /// Somebody takes the pack off the belt between infeed and gate.
    MissingPack,
    /// The camera never delivers a result for the pack.
    CameraTimeout,
    /// The camera delivers the pack's result late.
    LateResult,
    /// The camera delivers a second result for the pack's trigger.
    DuplicateResult,
    /// The ejector sticks from the next pack on that it has to eject, until it is repaired.
    EjectorStuck,
    /// A device loses power and comes back.
    DeviceRestart,
    /// The network link to a device is cut for a while.
    LinkCut,
    /// The labeler prints a label once more on the next pack; its jobs fall back by one.
    DuplicatePrint,
    /// The web of labels breaks: nothing is printed or applied until it is mended.
    WebBreak,
    /// The readable text is printed wrong while the code is right.
    WrongText,
    /// The pack is in another product's carton.
    WrongCarton,
    /// The tamper-evident label is not there.
    TamperMissing,
    /// Something is missing in the pack, or too much.
    WeightOff,
    /// A station beside the camera never delivers a result for the pack.
    StationTimeout,
    /// A station beside the camera delivers the pack's result late.
    StationLate,
    /// Somebody puts a pack of another product onto the belt, behind this one.
    ForeignPack,
    /// A second pack sticks to this one's end.
    TouchingPacks,
    /// The pack's camera result comes after the next one's.
    OutOfOrderResult,
    /// An eye does not see the pack.
    SensorMissing,
    /// An eye stays blocked from this pack on, until it is cleaned.
    SensorStuck,
    /// The encoder counts pulses that were none, or misses some.
    EncoderGlitch,
    /// The encoder counts backward for a while.
    EncoderReversal,
    /// The reject bin is full until it is emptied.
    BinFull,
    /// A second code is in the camera's view.
    TwoCodes,
    /// The machine before us has nothing to deliver for a while.
    Starved,
    /// The machine behind us cannot take packs for a while.
    Blocked,
    /// Somebody opens the safety chain, until it is closed again.
    SafetyOpen,
    /// The air pressure is gone, until it is back: the ejector stays at rest.
    AirLost,
    /// The lock of the reject bin is open, until it is locked again.
    BinUnlocked,
    /// The mains fail and a UPS carries the line, until they are back. By plan only.
    PowerFail,
}

impl FaultKind {
    /// After these a pack may be on the line without an edge of the infeed eye: put onto the belt
    /// behind it, stuck to another pack, or missed by it.
    pub const HIDE_ENTRY: [Self; 4] =
        [Self::ForeignPack, Self::TouchingPacks, Self::SensorMissing, Self::SensorStuck];

    /// Every class, in the order in which ground truth lists them.
    pub const ALL: [Self; 36] = [
        Self::MissingPrint,
        Self::Smear,
        Self::DeadNozzles,
        Self::LowContrast,
        Self::WrongData,
        Self::SlipByOne,
        Self::MissingPack,
        Self::CameraTimeout,
        Self::LateResult,
        Self::DuplicateResult,
        Self::EjectorStuck,
        Self::DeviceRestart,
        Self::LinkCut,
        Self::DuplicatePrint,
        Self::WebBreak,
        Self::WrongText,
        Self::WrongCarton,
        Self::TamperMissing,
        Self::WeightOff,
        Self::StationTimeout,
        Self::StationLate,
        Self::ForeignPack,
        Self::TouchingPacks,
        Self::OutOfOrderResult,
        Self::SensorMissing,
        Self::SensorStuck,
        Self::EncoderGlitch,
        Self::EncoderReversal,
        Self::BinFull,
        Self::TwoCodes,
        Self::Starved,
        Self::Blocked,
        Self::SafetyOpen,
        Self::AirLost,
        Self::BinUnlocked,
        Self::PowerFail,
    ];

    /// The name as it stands in scenario and ground truth.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingPrint => "missing_print",
            Self::Smear => "smear",
            Self::DeadNozzles => "dead_nozzles",
            Self::LowContrast => "low_contrast",
            Self::WrongData => "wrong_data",
            Self::SlipByOne => "slip_by_one",
            Self::MissingPack => "missing_pack",
            Self::CameraTimeout => "camera_timeout",
            Self::LateResult => "late_result",
            Self::DuplicateResult => "duplicate_result",
            Self::EjectorStuck => "ejector_stuck",
            Self::DeviceRestart => "device_restart",
            Self::LinkCut => "link_cut",
            Self::DuplicatePrint => "duplicate_print",
            Self::WebBreak => "web_break",
            Self::WrongText => "wrong_text",
            Self::WrongCarton => "wrong_carton",
            Self::TamperMissing => "tamper_missing",
            Self::WeightOff => "weight_off",
            Self::StationTimeout => "station_timeout",
            Self::StationLate => "station_late",
            Self::ForeignPack => "foreign_pack",
            Self::TouchingPacks => "touching_packs",
            Self::OutOfOrderResult => "out_of_order_result",
            Self::SensorMissing => "sensor_missing",
            Self::SensorStuck => "sensor_stuck",
            Self::EncoderGlitch => "encoder_glitch",
            Self::EncoderReversal => "encoder_reversal",
            Self::BinFull => "bin_full",
            Self::TwoCodes => "two_codes",
            Self::Starved => "starved",
            Self::Blocked => "blocked",
            Self::SafetyOpen => "safety_open",
            Self::AirLost => "air_lost",
            Self::BinUnlocked => "bin_unlocked",
            Self::PowerFail => "power_fail",
        }
    }

    /// True for the faults that need a device.
    #[must_use]
    pub const fn needs_device(self) -> bool {
        matches!(self, Self::DeviceRestart | Self::LinkCut)
    }

    /// True for the faults of one eye.
    #[must_use]
    pub const fn is_of_an_eye(self) -> bool {
        matches!(self, Self::SensorMissing | Self::SensorStuck)
    }
}

/// Probability of each fault per pack, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the rate of the fault of the same name")]
pub struct Rates {
    pub missing_print: f64,
    pub smear: f64,
    pub dead_nozzles: f64,
    pub low_contrast: f64,
    pub wrong_data: f64,
    pub slip_by_one: f64,
    pub missing_pack: f64,
    pub camera_timeout: f64,
    pub late_result: f64,
    pub duplicate_result: f64,
    pub ejector_stuck: f64,
    pub labeler_restart: f64,
    pub camera_restart: f64,
    pub line_io_restart: f64,
    pub labeler_link_cut: f64,
    pub camera_link_cut: f64,
    pub line_io_link_cut: f64,
    pub duplicate_print: f64,
    pub web_break: f64,
    pub wrong_text: f64,
    pub wrong_carton: f64,
    pub tamper_missing: f64,
    pub weight_off: f64,
    pub station_timeout: f64,
    pub station_late: f64,
    pub foreign_pack: f64,
    pub touching_packs: f64,
    pub out_of_order_result: f64,
    pub sensor_missing: f64,
    pub sensor_stuck: f64,
    pub encoder_glitch: f64,
    pub encoder_reversal: f64,
    pub bin_full: f64,
    pub two_codes: f64,
    pub starved: f64,
    pub blocked: f64,
    pub safety_open: f64,
    pub air_lost: f64,
    pub bin_unlocked: f64,
    pub station_restart: f64,
    pub station_link_cut: f64,
}

/// How hard faults strike: ranges from which each occurrence is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Severity {
    /// Smear, 0 none to 1 unreadable.
    pub smear: [f64; 2],
    /// Dead nozzles.
    pub dead_nozzles: [u8; 2],
    /// Density of thin ink, 0 invisible to 1 full.
    pub contrast: [f64; 2],
    /// Length of a link cut, milliseconds.
    pub link_cut_ms: [u64; 2],
    /// How much later than others a late result comes, milliseconds.
    pub late_result_ms: [u64; 2],
    /// How long after the first a second result comes, milliseconds.
    pub duplicate_result_ms: [u64; 2],
    /// How long the machine before us delivers nothing, or the one behind us takes nothing,
    /// milliseconds.
    pub pause_ms: [u64; 2],
    /// Encoder counts that were none, or that are missing.
    pub encoder_glitch_counts: [u64; 2],
    /// Way over which the encoder counts backward, millimetres.
    pub encoder_reversal_mm: [f64; 2],
}

impl Default for Severity {
    fn default() -> Self {
        Self {
            smear: [0.3, 1.0],
            dead_nozzles: [2, 9],
            contrast: [0.1, 0.5],
            link_cut_ms: [200, 1_500],
            late_result_ms: [400, 900],
            duplicate_result_ms: [2, 40],
            pause_ms: [500, 3_000],
            encoder_glitch_counts: [100, 900],
            encoder_reversal_mm: [2.0, 20.0],
        }
    }
}

/// One fault at a given place: at the `at_pack`-th pack released (from 1), or at `at_ms`; a pack's
/// fault at a time strikes the next pack released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledFault {
    /// What.
    pub fault: FaultKind,
    /// To which device; for `device_restart` and `link_cut` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// At which pack, counted from 1 in order of release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_pack: Option<u64>,
    /// At which time, milliseconds since the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// For how long; drawn from the severity otherwise. For `link_cut` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Which eye; drawn otherwise. For `sensor_missing` and `sensor_stuck` at a pack only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eye: Option<Eye>,
}

/// A scenario. The default has no faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Its name, for the ground truth and reports.
    pub name: String,
    /// Faults by chance.
    pub rates: Rates,
    /// How hard they strike.
    pub severity: Severity,
    /// Faults by plan.
    pub scheduled: Vec<ScheduledFault>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "unnamed".to_owned(),
            rates: Rates::default(),
            severity: Severity::default(),
            scheduled: Vec::new(),
        }
    }
}

/// What a scenario can be wrong about.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Not the format.
    #[error("failed to read the scenario: {0}")]
    Toml(#[from] toml::de::Error),
    /// A scheduled fault that cannot be placed.
    #[error("scheduled fault {index} ({fault}): {what}")]
    Scheduled {
        /// Which entry, from 1.
        index: usize,
        /// Its fault.
        fault: &'static str,
        /// What is wrong.
        what: &'static str,
    },
}

impl Scenario {
    /// JSON schema of the scenario file.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// [`ScenarioError`].
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)?;
        for (i, entry) in scenario.scheduled.iter().enumerate() {
            let fault = entry.fault.name();
            let err = |what| ScenarioError::Scheduled { index: i + 1, fault, what };
            if entry.at_pack.is_some() == entry.at_ms.is_some() {
                return Err(err("give exactly one of at_pack and at_ms"));
            }
            if entry.fault.needs_device() != entry.device.is_some() {
                return Err(err("a device belongs to device_restart and link_cut, and only there"));
            }
            if entry.eye.is_some() && !(entry.fault.is_of_an_eye() && entry.at_pack.is_some()) {
                return Err(err("an eye belongs to sensor_missing and sensor_stuck at a pack"));
            }
        }
        Ok(scenario)
    }
}
