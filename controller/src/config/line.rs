//! `line.toml`: one line, its geometry, its devices and its rules.
//!
//! Read at start, written by the demo with the simulator's ports. Must never hold what belongs to a
//! product or an order.

use super::errors::ConfigError;
use super::line_network::LineNetworkFile;
use super::security::LinkSecurity;
use super::workflow::{Clearance, RecipeRule, WorkflowRule};
use super::{parse, refuse_findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One packaging line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineFile {
    /// Name of the line, in keys and record chains: 1 to 16 of A-Z, 0-9 and `-`.
    pub line_id: String,
    /// Kind of the ledger, for ever.
    pub ledger: LedgerKind,
    /// Where everything is on the belt.
    pub geometry: Geometry,
    /// How fast it runs.
    pub rate: Rate,
    /// Times that the line promises and survives.
    pub timing: Timing,
    /// When it rejects and when it holds.
    pub rules: Rules,
    /// What two persons look at before a batch starts.
    #[serde(default, skip_serializing_if = "Clearance::is_default")]
    pub clearance: Clearance,
    /// Where its devices are.
    pub devices: Devices,
    /// The network of devices without security.
    #[serde(default, skip_serializing_if = "LineNetworkFile::is_default")]
    pub line_network: LineNetworkFile,
    /// Which camera images are kept.
    pub images: Images,
    /// The process itself; no part of what a batch pins.
    pub service: Service,
}

/// Kind of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    /// Nothing in it is real; it never exports.
    Simulation,
    /// Real packs.
    Production,
}

/// Positions in mm from the infeed eye along the belt, of a pack's leading edge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Geometry {
    /// Belt travel of one encoder pulse.
    pub mm_per_pulse: f64,
    /// Distance between two leading edges.
    pub pitch_mm: f64,
    /// Length of a pack.
    pub pack_length_mm: f64,
    /// The labeler's applied strobe.
    pub labeler_mm: f64,
    /// Photo-eye of the camera station.
    pub camera_eye_mm: f64,
    /// Camera trigger: the middle of the pack is under the camera.
    pub camera_trigger_mm: f64,
    /// Strobe of the text check, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_check_mm: Option<f64>,
    /// Strobe of the carton-code station, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carton_code_mm: Option<f64>,
    /// Strobe of the tamper-evident station, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tamper_evident_mm: Option<f64>,
    /// Strobe of the checkweigher, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkweigher_mm: Option<f64>,
    /// Photo-eye before the gate.
    pub gate_mm: f64,
    /// Photo-eye behind the gate.
    pub exit_mm: f64,
    /// From here on the next machine has the pack.
    pub handover_mm: f64,
    /// Gate eye to the eye in the chute of the reject bin.
    pub eject_confirm_mm: f64,
    /// Half of the window in which an ejection is confirmed.
    pub eject_window_mm: f64,
    /// Half of the window in which a pack is expected at an eye.
    pub window_mm: f64,
    /// The gate must know its permit this long before the pack is at its eye: switching time.
    pub gate_lead_mm: f64,
    /// Belt travel from the loss of the run permit to standstill.
    pub braking_mm: f64,
    /// Belt travel of a purge beyond infeed to exit.
    pub purge_margin_mm: f64,
}

/// Speed of the line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Packs a second for which the geometry was laid out.
    pub packs_per_s: f64,
}

/// Times that the line promises and survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Result received to permit acknowledged; a result with less time left is late.
    pub result_to_permit_budget_ms: u32,
    /// Older heartbeats end permits and run permit.
    pub heartbeat_ms_max: u32,
    /// Longest reconnect that the labeler's look-ahead must cover.
    pub reconnect_worst_ms: u32,
}

/// When the line rejects and when it holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Rejects in a row that hold the line.
    pub consecutive_rejects_max: u16,
    /// Rejects among the last 100 packs that hold the line.
    pub reject_percent_max: u16,
    /// Lowest in-line grade that any product of this line may ask for.
    pub grade_min: f64,
    /// Print jobs at the labeler; computed from rate and reconnect when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_ahead: Option<u16>,
    /// Whether a challenge test must pass before an order may start.
    #[serde(default, skip_serializing_if = "ChallengeRule::is_waived")]
    pub challenge: ChallengeRule,
    /// Whether two persons must approve an order's first pack before any may pass.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub first_pack_approval: bool,
    /// Whether an order needs clearance, device check, first pack, reviews and signatures.
    #[serde(default, skip_serializing_if = "WorkflowRule::is_waived")]
    pub workflow: WorkflowRule,
    /// Where the recipe of an order comes from.
    #[serde(default, skip_serializing_if = "RecipeRule::is_files")]
    pub recipes: RecipeRule,
}

/// Whether a challenge test must pass before an order may start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeRule {
    /// Not asked for; on a simulation ledger only.
    #[default]
    Waived,
    /// `packline order challenge` must have passed for the order.
    Required,
}

impl ChallengeRule {
    fn is_waived(&self) -> bool {
        *self == Self::Waived
    }
}

/// Where the devices are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    /// Eyes, encoder, gate, run permit.
    pub line_io: DeviceLink,
    /// Printer.
    pub labeler: DeviceLink,
    /// Camera.
    pub camera: DeviceLink,
    /// Reads the readable text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_check: Option<DeviceLink>,
    /// Reads the code of the carton itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carton_code: Option<DeviceLink>,
    /// Sees whether the tamper-evident label is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tamper_evident: Option<DeviceLink>,
    /// Weighs the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkweigher: Option<DeviceLink>,
}

/// One device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceLink {
    /// `HOST:PORT` for Modbus TCP, `opc.tcp://HOST:PORT` for OPC UA, `gpio` for a line I/O on the
    /// pins of this machine.
    pub endpoint: String,
    /// Device profile, relative to this file.
    pub profile: String,
    /// How an OPC UA link is secured; signed and encrypted when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<LinkSecurity>,
}

/// Which camera images are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// Of which packs.
    pub keep: KeepImages,
    /// Most megabytes (MiB) of one batch's images; what comes then is left out.
    #[serde(default = "images_mib_max", skip_serializing_if = "is_images_mib_max")]
    pub batch_mib_max: u32,
    /// Most images of one batch.
    #[serde(default = "images_count_max", skip_serializing_if = "is_images_count_max")]
    pub batch_count_max: u32,
}

/// A batch of which every twentieth pack is rejected, with room to spare.
const fn images_mib_max() -> u32 {
    1_024
}

const fn images_count_max() -> u32 {
    20_000
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_images_mib_max(mib: &u32) -> bool {
    *mib == images_mib_max()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_images_count_max(count: &u32) -> bool {
    *count == images_count_max()
}

/// Of which packs images are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeepImages {
    /// Of none.
    None,
    /// Of rejected ones.
    Rejected,
    /// Of all.
    All,
}

/// Where other hosts find page and API, and how they know that it is this line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Https {
    /// Address and port, `0.0.0.0:8443` for every interface.
    pub listen: String,
    /// PEM file: the certificate, then those between it and its root.
    pub certificate: String,
    /// PEM file of its private key, mode 0600.
    pub key: String,
    /// Names and addresses by which browsers call this host; the certificate bears each.
    pub names: Vec<String>,
}

/// The process itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Loopback address of page and API, or `off`.
    pub http: String,
    /// Page and API for other hosts, by TLS; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub https: Option<Https>,
    /// Where the ledger, keys and images are, relative to the working directory.
    pub data_dir: String,
    /// Most megabytes (MiB) of one batch's recording; 0 records nothing.
    #[serde(default = "recording_mib_max", skip_serializing_if = "is_recording_mib_max")]
    pub recording_mib_max: u32,
    /// Most megabytes (MiB) of all recordings; the oldest of closed batches go first.
    #[serde(default = "recordings_mib_max", skip_serializing_if = "is_recordings_mib_max")]
    pub recordings_mib_max: u32,
    /// Days after its close when a batch is sealed into a file of its own, while no order is open;
    /// 0 seals none by itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seal_after_days: u32,
    /// Below so many days until the disk is full, by the use of the last day, it is an alarm; 0
    /// looks for none.
    #[serde(default = "disk_days_min", skip_serializing_if = "is_disk_days_min")]
    pub disk_days_min: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(days: &u32) -> bool {
    *days == 0
}

/// An eight-hour batch at 10 packs a second with room to spare.
const fn recording_mib_max() -> u32 {
    256
}

/// A week to move things away.
const fn disk_days_min() -> u32 {
    7
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_disk_days_min(days: &u32) -> bool {
    *days == disk_days_min()
}

const fn recordings_mib_max() -> u32 {
    2_048
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_recording_mib_max(mib: &u32) -> bool {
    *mib == recording_mib_max()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_recordings_mib_max(mib: &u32) -> bool {
    *mib == recordings_mib_max()
}

impl LineFile {
    /// Reads and checks the text of `file`.
    ///
    /// # Errors
    /// [`ConfigError`] with every finding.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let line: Self = parse(file, text)?;
        refuse_findings(file, text, line.findings())?;
        Ok(line)
    }

    /// The file as text: for a copy with other endpoints, directories or scale.
    ///
    /// # Errors
    /// [`ConfigError`] when TOML cannot say it.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|error| {
            let what = format!("cannot be written as TOML: {error}");
            let finding = super::Finding::new("", what, "use finite numbers and plain text");
            ConfigError::new("line.toml", "", vec![finding])
        })
    }

    /// Belt speed at the rate, mm/s.
    #[must_use]
    pub fn speed_mm_s(&self) -> f64 {
        self.rate.packs_per_s * self.geometry.pitch_mm
    }
}
