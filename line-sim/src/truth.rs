//! The ground truth of a run: what physically happened, as JSON lines.
//!
//! Written by the world, read by the judge. It must never hold anything that the controller
//! claims, only what the simulated matter did.

use serde::{Deserialize, Serialize};

use crate::world::Device;
use crate::world::label::LabelText;

/// Version of the format.
pub const TRUTH_VERSION: u32 = 1;

/// Where a pack ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Left through the exit and stayed there.
    Exited,
    /// In the reject bin.
    Ejected,
    /// Taken off the belt by hand, before the exit.
    Removed,
    /// Left through the exit and was taken back by hand.
    Retrieved,
    /// Still on the belt when the run ended.
    OnBelt,
}

/// First line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthHeader {
    /// [`TRUTH_VERSION`].
    pub truth: u32,
    /// Seed of the run.
    pub seed: u64,
    /// Name of the scenario.
    pub scenario: String,
    /// `pixels` or `no-pixels`.
    pub camera: String,
}

/// A print job as the labeler was given it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRef {
    /// The labeler's epoch.
    pub epoch: u32,
    /// Sequence within it.
    pub seq: u32,
}

/// Why a printed label will never be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScrapCause {
    /// The labeler was flushed.
    Flush,
    /// The web broke.
    WebBreak,
    /// The labeler lost power: a person cleared the web before it was back.
    Restart,
    /// The run ended with the label on the web.
    End,
}

/// A label that was printed and will never be applied to a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScrappedLabel {
    /// What is physically printed on it.
    pub label: LabelText,
    /// What the labeler was told to print on it; none when it printed the label out of turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commanded: Option<LabelText>,
    /// The job that it was printed for; none for one that the labeler printed out of turn.
    pub job: Option<JobRef>,
    /// Why.
    pub why: ScrapCause,
    /// When it was lost, milliseconds since the start.
    pub at_ms: u64,
}

/// All about one pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackTruth {
    /// Number of the pack in the order of the belt, from 1.
    pub pack: u64,
    /// The line I/O's infeed ordinal; none when the line I/O was without power or its eye did not
    /// see the pack: put onto the belt behind it, stuck to the one before, or missed.
    pub infeed_ordinal: Option<u32>,
    /// Line-I/O epoch of ordinal and count.
    pub io_epoch: u32,
    /// Encoder count of the infeed edge.
    pub infeed_count: Option<u64>,
    /// What is physically printed on it.
    pub label: Option<LabelText>,
    /// What the labeler was told to print on it; none when nothing, or when it printed the label
    /// before once more, out of turn.
    pub commanded: Option<LabelText>,
    /// The job that it was told with.
    pub job: Option<JobRef>,
    /// Its readable lines, separated by line feeds; none when nothing is visible.
    #[serde(default)]
    pub text: Option<String>,
    /// Code of its carton.
    #[serde(default)]
    pub carton: Option<String>,
    /// Its tamper-evident label is there.
    #[serde(default)]
    pub tamper: Option<bool>,
    /// What it weighs.
    #[serde(default)]
    pub weight_mg: Option<u32>,
    /// Ink faults.
    pub ink: Vec<String>,
    /// Faults that struck this pack.
    pub faults: Vec<String>,
    /// Where it ended.
    pub fate: Fate,
    /// When it ended there, milliseconds since the start.
    pub at_ms: u64,
    /// The label equals what was commanded, its ink has no fault, and all is right that the
    /// stations of the line would see.
    pub good: bool,
    /// Name of the prepared pack that a person laid onto the infeed; none of an ordinary one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<String>,
}

/// A fault that is not, or not only, about one pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultTruth {
    /// Name of the fault.
    pub fault: String,
    /// Where; `ejector` for the gate's actuator.
    pub device: String,
    /// Start, milliseconds since the start of the run.
    pub from_ms: u64,
    /// End; none when it was still there at the end of the run.
    pub to_ms: Option<u64>,
    /// Packs that it struck.
    pub packs: Vec<u64>,
    /// Packs on the belt when it struck.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub on_belt: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl FaultTruth {
    pub(crate) fn begun(fault: &str, device: &str, from_ms: u64) -> Self {
        let (fault, device) = (fault.to_owned(), device.to_owned());
        Self { fault, device, from_ms, to_ms: None, packs: Vec::new(), on_belt: 0 }
    }

    pub(crate) fn of_device(fault: &str, device: Device, from_ms: u64, to_ms: u64) -> Self {
        Self { to_ms: Some(to_ms), ..Self::begun(fault, device.name(), from_ms) }
    }

    pub(crate) fn with(self, on_belt: u64) -> Self {
        Self { on_belt, ..self }
    }
}

/// One line of the ground truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TruthRecord {
    /// The first.
    Header(TruthHeader),
    /// A pack whose fate is final.
    Pack(PackTruth),
    /// A fault that is over, or the run is.
    Fault(FaultTruth),
    /// A label that no pack will bear.
    Scrapped(ScrappedLabel),
}

impl TruthRecord {
    /// The record as one JSON line, newline included.
    #[must_use]
    pub fn to_line(&self) -> String {
        // Plain structs of numbers and texts always serialize.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// Reads a line.
    ///
    /// # Errors
    /// When it is none of the four records.
    pub fn from_line(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}
